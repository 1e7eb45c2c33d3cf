"""Query parameters of lists and records, read strictly: anything odd is a 400 that names the parameter."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _

from amity.engines.api.body import read_json
from amity.engines.api.serial import Shape, shape_of
from amity.foundation.core.errors import FieldError, Malformed
from amity.foundation.records.listing import Query
from amity.foundation.records.spec import Field, ObjectSpec

MAX_LIMIT = 200
DEFAULT_LIMIT = 50
MAX_EXPAND = 5
LIST = ("filter", "sort", "cursor", "limit", "fields", "expand", "q", "count", "trash")


def refuse(name: str, message: str) -> Malformed:
    errors = [FieldError(name, "parameter", message)]
    return Malformed(f"{name}: {message}", code="parameter", details={"errors": errors})


def list_query(given: Mapping[str, str], shape: Shape) -> Query:
    tree = read_json(given["filter"]) if given.get("filter") else None
    if tree is not None and not isinstance(tree, dict):
        raise refuse("filter", _("This must be a JSON object."))
    search = given.get("q", "")
    if len(search) > 200:
        raise refuse("q", _("At most 200 signs can be searched for."))
    return Query(
        filter=tree,
        sort=given.get("sort", ""),
        search=search,
        columns=tuple(item.key for item in shape.fields),
        cursor=given.get("cursor", ""),
        limit=whole_number(given, "limit", DEFAULT_LIMIT, MAX_LIMIT),
        trash=switch(given, "trash"),
    )


def whole_number(given: Mapping[str, str], name: str, default: int, most: int) -> int:
    """A number from 1 to `most`."""
    text = given.get(name, str(default))
    if not text.isascii() or not text.isdecimal() or len(text) > 9 or not 1 <= int(text) <= most:
        raise refuse(name, _("This must be a number from 1 to %(most)s.") % {"most": most})
    return int(text)


def switch(given: Mapping[str, str], name: str) -> bool:
    text = given.get(name, "0")
    if text not in ("0", "1", "true", "false"):
        raise refuse(name, _("This must be 0 or 1."))
    return text in ("1", "true")


def words(given: Mapping[str, str], name: str) -> tuple[str, ...]:
    text = given.get(name, "")
    return tuple(word.strip() for word in text.split(",")) if text else ()


def chosen(given: Mapping[str, str], spec: ObjectSpec) -> tuple[Shape, list[Field]]:
    """The fields to show and the link fields among them to expand."""
    shape, wanted = shape_of(spec, words(given, "fields")), words(given, "expand")
    return shape, _expandable(spec, shape, wanted) if wanted else []


def _expandable(spec: ObjectSpec, shape: Shape, wanted: tuple[str, ...]) -> list[Field]:
    if len(wanted) > MAX_EXPAND:
        raise refuse("expand", _("At most %(most)s links can be expanded.") % {"most": MAX_EXPAND})
    links = {item.key: item for item in shape.links}
    for key in wanted:
        if key not in links:
            raise refuse("expand", _("“%(key)s” is not a link that is shown.") % {"key": key[:60]})
    return [links[key] for key in dict.fromkeys(wanted)]


def count_of(given: Mapping[str, str]) -> str:
    """ "" for no count, `1` for one capped at 1,000, `exact`."""
    text = given.get("count", "")
    if text not in ("", "0", "1", "exact"):
        raise refuse("count", _("This must be 1 or exact."))
    return "" if text == "0" else text


__all__ = ["LIST", "chosen", "count_of", "list_query", "refuse", "switch", "whole_number", "words"]

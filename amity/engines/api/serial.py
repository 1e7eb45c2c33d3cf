"""Records as the API shows them, and values as it takes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext as _

from amity.foundation.core.errors import FieldError, Malformed
from amity.foundation.records.access import visible_among
from amity.foundation.records.context import Context
from amity.foundation.records.fieldtypes import FieldType
from amity.foundation.records.objects import specs_for
from amity.foundation.records.services.clean import why_read_only
from amity.foundation.records.spec import Field, ObjectSpec, Values
from amity.foundation.records.values import LinkedRecord, Row, row_of

Linked = dict[tuple[str, int], dict[str, Any]]


class Shape:
    """How one selection of fields is written: worked out once, used for every record."""

    def __init__(self, spec: ObjectSpec, fields: Sequence[Field]) -> None:
        self.spec = spec
        self.fields = tuple(fields)
        self.plain = [item.key for item in fields if not item.target and _as_it_is(item)]
        self.turned = [item for item in fields if not item.target and not _as_it_is(item)]
        self.links = [item for item in fields if item.target]

    def write(self, row: Row, expanded: Mapping[str, Linked]) -> dict[str, Any]:
        values = row.values
        found: dict[str, Any] = {
            "id": row.id,
            "object": self.spec.key,
            "title": row.title,
            "url": f"/{self.spec.key}/{row.id}/",
            "version": row.version,
        }
        for key in self.plain:
            found[key] = values.get(key)
        for item in self.turned:
            found[item.key] = item.type.to_api(item, values.get(item.key))
        for item in self.links:
            ends = [
                link_json(end, expanded.get(item.key)) for end in row.links.get(item.key, ()) if end.visible
            ]
            found[item.key] = ends if item.many else (ends[0] if ends else None)
        return found


def _as_it_is(field: Field) -> bool:
    """Whether the canonical value is the API's value too."""
    return type(field.type).to_api in (FieldType.to_api,)


@lru_cache(maxsize=256)
def shape_of(spec: ObjectSpec, keys: tuple[str, ...]) -> Shape:
    """The shape of these fields, of all visible ones when empty. Raises Malformed for an unknown field."""
    if not keys:
        return Shape(spec, spec.live_fields)
    unknown = [key for key in keys if key not in {item.key for item in spec.live_fields}]
    if unknown:
        raise Malformed(_("There is no field “%(key)s”.") % {"key": unknown[0][:60]}, code="unknown_field")
    return Shape(spec, [spec.by_key[key] for key in dict.fromkeys(keys)])


def link_json(end: LinkedRecord, expanded: Linked | None = None) -> dict[str, Any]:
    """The far end of a link, whole when it was asked for with `expand`."""
    short = {"id": end.id, "object": end.object_key, "title": end.title}
    return expanded.get((end.object_key, end.id), short) if expanded else short


def record_json(
    spec: ObjectSpec, record: Any, context: Context, keys: tuple[str, ...] = ()
) -> dict[str, Any]:
    """One loaded record, links as `{"id", "object", "title"}`."""
    shape = shape_of(spec, keys)
    return shape.write(row_of(spec, record, context, shape.fields), {})


def expand_links(rows: Sequence[Row], fields: Iterable[Field], context: Context) -> dict[str, Linked]:
    """The records at the far ends of these fields, by field key: one statement per field and its links."""
    found: dict[str, Linked] = {}
    for field in fields:
        target = specs_for(context.actor)[field.target]
        ids = {end.id for row in rows for end in row.links.get(field.key, ()) if end.visible}
        records = visible_among(target, context.actor, ids) if ids else []
        found[field.key] = {(target.key, one.pk): record_json(target, one, context) for one in records}
    return found


def read_values(spec: ObjectSpec, data: Any) -> Values:
    """What a program sent for a record, in the form services take.

    Raises Malformed (400) for names that are unknown or cannot be written; values are judged by the service.
    """
    if not isinstance(data, dict):
        raise Malformed(_("Send a JSON object of fields and values."))
    known = {item.key: item for item in spec.live_fields}
    errors: list[FieldError] = []
    for key in data:
        if key not in known:
            errors.append(FieldError(key[:60], "unknown_field", _("There is no such field.")))
        elif known[key].read_only:
            errors.append(FieldError(key, "read_only", why_read_only(known[key])))
    if errors:
        raise Malformed(
            _("Some fields are unknown or cannot be written."),
            code=errors[0].code,
            details={"errors": errors},
        )
    return {key: known[key].type.from_api(known[key], value) for key, value in data.items()}


__all__ = ["Shape", "expand_links", "link_json", "read_values", "record_json", "shape_of"]

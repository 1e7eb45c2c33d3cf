"""The form of a bulk edit: for each field how it changes and to what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from amity.engines.web.forms import Choices, form_field, shown_control, typed_control
from amity.engines.web.views.common import Place
from amity.foundation.core.errors import FieldError, Invalid
from amity.foundation.records.services.bulk_change import (
    OPS,
    FieldChange,
    editable_fields,
    takes_several,
)
from amity.foundation.records.services.forms import read_form
from amity.foundation.records.spec import Field

HOW = "how-"
Errors = Mapping[str, list[str]]


def posted_changes(place: Place, data: Any) -> list[FieldChange]:
    """The steps of a sent form. Raises Invalid with every field's error."""
    how = {item.key: data.get(f"{HOW}{item.key}", "") for item in editable_fields(place.spec)}
    chosen = [item for item in editable_fields(place.spec) if how[item.key] in OPS]
    written = [item for item in chosen if how[item.key] != "clear"]
    with transaction.atomic():
        values = read_form(place.actor, place.spec, written, data)
    empty = [item for item in written if values[item.key] is None]
    if empty:
        text = _("Enter a value, or choose “Clear”.")
        raise Invalid([FieldError(item.key, "required", text) for item in empty])
    return [FieldChange(item.key, how[item.key], values.get(item.key)) for item in chosen]


def groups_of(place: Place, data: Any, errors: Errors, count: int, only: str) -> list[dict[str, Any]]:
    """Every field that can be changed in so many records, in its group; only one when `only` names it."""
    choices = Choices(place.context)
    groups: dict[str, list[dict[str, Any]]] = {}
    for item in editable_fields(place.spec):
        if (only and item.key != only) or (item.unique and count > 1):
            continue
        groups.setdefault(str(item.group), []).append(_row(item, data, errors, choices, only))
    return [{"label": label, "fields": fields} for label, fields in groups.items()]


def _row(item: Field, data: Any, errors: Errors, choices: Choices, only: str) -> dict[str, Any]:
    sent = f"{HOW}{item.key}" in data
    params = typed_control(item, data, choices) if sent else shown_control(item, None, choices)
    if not sent and item.default is not None:
        params |= {"value": None}
    if item.target:
        params |= {"search_url": f"/{item.target}/pick/only/"}
    ways = ways_of(item)
    first = ways[0][0] if only else ""
    return {
        "key": item.key,
        "how": data.get(f"{HOW}{item.key}", first),
        "ways": ways,
        "field": {**form_field(item, params, dict(errors)), "hide_label": True, "required": False},
    }


def ways_of(item: Field) -> list[tuple[str, str]]:
    """How a field can change, the most usual way first."""
    clear: Sequence[tuple[str, str]] = [] if item.required else [("clear", _("Clear"))]
    if takes_several(item):
        return [("add", _("Add")), ("remove", _("Remove")), ("set", _("Replace by")), *clear]
    return [("set", _("Set to")), *clear]


__all__ = ["groups_of", "posted_changes", "ways_of"]

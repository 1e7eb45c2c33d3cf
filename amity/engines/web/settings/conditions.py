"""The part of a field's page that says when it is shown or required."""

from __future__ import annotations

from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from amity.foundation.records.services.schema import controlling_fields
from amity.foundation.records.spec import Field, ObjectSpec

TRUTHS = {"yes": True, "no": False}
EMPTY = "-"


def condition_groups(spec: ObjectSpec, field: Field | None) -> list[dict[str, Any]]:
    """The fields it may depend on, each with the values to tick."""
    return [
        {"key": item.key, "label": str(item.label), "options": [*_values(item), (EMPTY, _("Empty"), "grey")]}
        for item in controlling_fields(spec, field.key if field else "")
    ]


def _values(item: Field) -> list[tuple[str, str, str]]:
    if item.type.name == "boolean":
        return [("yes", _("Yes"), "green"), ("no", _("No"), "red")]
    return [(option.key, str(option.label), option.colour) for option in item.live_options]


def posted_condition(data: QueryDict, spec: ObjectSpec, field_key: str) -> dict[str, Any] | None:
    """What was ticked. Values of several fields are given on without a field, so that they are refused."""
    if data.get("when") not in ("shown", "required"):
        return None
    ticked = {
        item.key: [_read(item, text) for text in data.getlist(f"when-{item.key}")]
        for item in controlling_fields(spec, field_key)
        if data.getlist(f"when-{item.key}")
    }
    (key, values), *more = ticked.items() or [("", [])]
    return {"field": "" if more else key, "values": values, "requires": data["when"] == "required"}


def _read(item: Field, text: str) -> Any:
    if text == EMPTY:
        return ""
    return TRUTHS.get(text, text) if item.type.name == "boolean" else text


def written_condition(field: Field) -> dict[str, Any] | None:
    """A field's condition as the form sends it."""
    if field.when is None:
        return None
    return {"field": field.when.field, "values": list(field.when.values), "requires": field.when.requires}

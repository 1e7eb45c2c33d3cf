"""Fields that come and go with another one's value, in forms: which are there, and when to ask anew."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from amity.engines.web.views.common import Place
from amity.foundation.core.errors import AmityError
from amity.foundation.records.services.clean import form_values
from amity.foundation.records.spec import Field, Values


def in_use(place: Place, fields: Sequence[Field], data: Any, values: Values) -> list[Field]:
    """The form's fields for what was typed in it so far; `values` are the record's, without anything typed."""
    typed = {**values, **_typed(place, fields, data)} if data else values
    return [item for item in fields if item.shown(typed)]


def sent(place: Place, fields: Sequence[Field], data: Any, values: Values) -> list[Field]:
    """Those of the form's fields that it can have sent: what was not there is not emptied."""
    asked = in_use(place, fields, data, values)
    return [item for item in asked if item.shown(values) or _is_in(item, data)]


def _is_in(item: Field, data: Any) -> bool:
    return any(name == item.key or name.startswith(f"{item.key}-") for name in data)


def _typed(place: Place, fields: Sequence[Field], data: Any) -> Values:
    asked = [item for item in fields if item.key in controllers(fields)]
    try:
        return form_values(place.spec, asked, data, place.context)
    except AmityError:
        return {}


def controllers(fields: Sequence[Field]) -> list[str]:
    """Keys of fields whose change makes others come or go."""
    return list(dict.fromkeys(item.when.field for item in fields if item.when and not item.when.requires))


def redraw(fields: Sequence[Field], url: str) -> dict[str, str]:
    """Attributes of the form part that is drawn anew, by POST to `url`, when a controlling field changes."""
    keys = controllers(fields)
    if not keys:
        return {}
    return {
        "hx-post": url,
        "hx-trigger": ", ".join(f"change from:#{key}" for key in keys),
        "hx-include": "closest form",
        "hx-target": "this",
        "hx-swap": "outerMorph",
    }

"""From a field to the parameters of `ui.field`: which control, with which value and choices.

A control is filled either from a canonical value (`shown`) or from what somebody typed (`typed`), so that a
refused form comes back exactly as it was.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from amity.foundation.accounts.models import Membership, Team
from amity.foundation.core import countries
from amity.foundation.core.money import to_decimal_string
from amity.foundation.records.context import Context
from amity.foundation.records.fieldtypes.contact import ADDRESS_PARTS, row_indexes
from amity.foundation.records.services.tags import known_tags
from amity.foundation.records.spec import Field
from amity.foundation.records.values import LinkedRecord, Row

COMMON_CURRENCIES = (
    "EUR", "USD", "GBP", "CHF", "TRY", "INR", "JPY", "CNY", "AUD", "CAD", "NZD", "SEK", "NOK",
    "DKK", "PLN", "CZK", "HUF", "RON", "BGN", "UAH", "GEL", "AED", "SAR", "QAR", "KWD", "ILS",
    "EGP", "MAD", "ZAR", "NGN", "KES", "BRL", "MXN", "ARS", "CLP", "COP", "PEN", "SGD", "HKD",
    "MYR", "THB", "IDR", "PHP", "VND", "KRW", "TWD", "LKR", "PKR", "BDT", "KZT",
)  # fmt: skip
POINT_LABELS: dict[Any, Any] = {
    "work": gettext_lazy("Work"), "home": gettext_lazy("Home"), "mobile": gettext_lazy("Mobile"),
    "other": gettext_lazy("Other"), "billing": gettext_lazy("Billing"), "delivery": gettext_lazy("Delivery"),
    "telegram": "Telegram", "whatsapp": "WhatsApp", "signal": "Signal", "viber": "Viber",
    "instagram": "Instagram",
    "facebook": "Facebook", "linkedin": "LinkedIn", "x": "X", "skype": "Skype",
}  # fmt: skip
SERVICES = (
    "whatsapp",
    "telegram",
    "signal",
    "viber",
    "instagram",
    "facebook",
    "linkedin",
    "x",
    "skype",
    "other",
)
Params = dict[str, Any]


class Choices:
    """What selects offer, read when a form first asks for it."""

    def __init__(self, context: Context) -> None:
        self.context = context

    @cached_property
    def users(self) -> list[tuple[int, str]]:
        rows = Membership.unscoped.filter(workspace_id=self.context.workspace_id, is_active=True)
        found = [(row.user_id, str(row.user)) for row in rows.select_related("user")]
        return sorted(found, key=lambda pair: pair[1].casefold())

    @cached_property
    def teams(self) -> list[tuple[int, str]]:
        return list(Team.unscoped.filter(workspace_id=self.context.workspace_id).values_list("pk", "name"))

    @cached_property
    def tags(self) -> list[tuple[str, str]]:
        return known_tags(self.context.actor, 60)

    @cached_property
    def countries(self) -> list[tuple[str, str]]:
        return list(countries.country_choices(self.context.language))


# --- canonical value → parameters --------------------------------------------------------


def _text_shown(field: Field, value: Any, links: list[LinkedRecord], choices: Choices) -> Params:
    return {"value": field.type.edit_text(field, value, choices.context)}


def _same_shown(field: Field, value: Any, links: list[LinkedRecord], choices: Choices) -> Params:
    return {"value": value}


def _money_shown(field: Field, value: Any, links: list[LinkedRecord], choices: Choices) -> Params:
    if value is None:
        return {"value": "", "currency": _currency(field, choices)}
    return {"value": to_decimal_string(value["amount"], value["currency"]), "currency": value["currency"]}


def _currency(field: Field, choices: Choices) -> str:
    return str(field.settings.get("currency") or choices.context.currency)


def _datetime_shown(field: Field, value: Any, links: list[LinkedRecord], choices: Choices) -> Params:
    return {"value": field.type.edit_text(field, value, choices.context).replace(" ", "T")}


def _links_shown(field: Field, value: Any, links: list[LinkedRecord], choices: Choices) -> Params:
    seen = [(link.id, link.title) for link in links if link.visible]
    if field.many:
        return {"value": seen}
    return {"value": seen[0][0] if seen else None, "text": seen[0][1] if seen else ""}


# --- what was typed → parameters ---------------------------------------------------------


def _text_typed(field: Field, data: Any, name: str, choices: Choices) -> Params:
    return {"value": data.get(name, "")}


def _list_typed(field: Field, data: Any, name: str, choices: Choices) -> Params:
    return {"value": [item for item in data.getlist(name) if item]}


def _rating_typed(field: Field, data: Any, name: str, choices: Choices) -> Params:
    raw = data.get(name, "")
    return {"value": int(raw) if raw in ("1", "2", "3", "4", "5") else None}


def _money_typed(field: Field, data: Any, name: str, choices: Choices) -> Params:
    return {
        "value": data.get(name, ""),
        "currency": data.get(f"{name}-currency") or _currency(field, choices),
    }


def _points_typed(field: Field, data: Any, name: str, choices: Choices) -> Params:
    rows = [f"{name}-{index}" for index in row_indexes(data, name)]
    points = [
        {"value": data.get(f"{row}-value", ""), "label": data.get(f"{row}-label", "")}
        for row in rows
        if data.get(f"{row}-value") and not data.get(f"{row}-remove")
    ]
    return {"value": points or ([{"value": data[name], "label": ""}] if data.get(name) else [])}


def _addresses_typed(field: Field, data: Any, name: str, choices: Choices) -> Params:
    rows = [f"{name}-{index}" for index in row_indexes(data, name) if not data.get(f"{name}-{index}-remove")]
    found = [{part: data.get(f"{row}-{part}", "") for part in (*ADDRESS_PARTS, "label")} for row in rows]
    return {"value": [one for one in found if any(one.values())]}


def _links_typed(field: Field, data: Any, name: str, choices: Choices) -> Params:
    text = data.get(f"{name}-text", "")
    if field.many:
        return {"value": [], "text": text}
    return {"value": data.get(name, ""), "text": text}


# --- what else a control needs -----------------------------------------------------------


def _nothing(field: Field, choices: Choices) -> Params:
    return {}


def _options(field: Field, choices: Choices) -> Params:
    return {"options": [(option.key, str(option.label)) for option in field.live_options], "empty": "—"}


def _chips(field: Field, choices: Choices) -> Params:
    return {"options": [(option.key, str(option.label), option.colour) for option in field.live_options]}


def _yes_no(field: Field, choices: Choices) -> Params:
    return {"options": [("yes", _("Yes")), ("no", _("No")), ("", _("Not said"))]}


def _users(field: Field, choices: Choices) -> Params:
    return {"options": choices.users, "empty": _("Nobody")}


def _teams(field: Field, choices: Choices) -> Params:
    return {"options": choices.teams, "empty": "—"}


def _tags(field: Field, choices: Choices) -> Params:
    return {"known": choices.tags}


def _currencies(field: Field, choices: Choices) -> Params:
    codes = dict.fromkeys([_currency(field, choices), choices.context.currency, *COMMON_CURRENCIES])
    return {"currencies": [(code, code) for code in codes]}


def _percent(field: Field, choices: Choices) -> Params:
    return {"suffix": "%"}


def _labels(*keys: str) -> Callable[[Field, Choices], Params]:
    return lambda field, choices: {"labels": [("", "—"), *((key, str(POINT_LABELS[key])) for key in keys)]}


def _address(field: Field, choices: Choices) -> Params:
    labels = [("", "—"), *((key, str(POINT_LABELS[key])) for key in ("home", "work", "billing", "delivery"))]
    return {"countries": choices.countries, "labels": labels}


def _countries(field: Field, choices: Choices) -> Params:
    return {"options": choices.countries, "empty": "—"}


def _languages(field: Field, choices: Choices) -> Params:
    return {"options": list(countries.language_choices(choices.context.language)), "empty": "—"}


def _picker(field: Field, choices: Choices) -> Params:
    return {"search_url": f"/{field.target}/pick/"}


@dataclass(frozen=True)
class Control:
    """The control of one field type: macro, filling from a value, filling from input, extra parameters."""

    kind: str
    shown: Callable[[Field, Any, list[LinkedRecord], Choices], Params] = _text_shown
    typed: Callable[[Field, Any, str, Choices], Params] = _text_typed
    more: Callable[[Field, Choices], Params] = _nothing


CONTROLS: dict[str, Control] = {
    "text": Control("text"),
    "long_text": Control("textarea"),
    "url": Control("text"),
    "number": Control("number"),
    "percent": Control("number", more=_percent),
    "money": Control("money", _money_shown, _money_typed, _currencies),
    "rating": Control("rating", _same_shown, _rating_typed),
    "boolean": Control("radios", more=_yes_no),
    "date": Control("date"),
    "datetime": Control("datetime", _datetime_shown),
    "choice": Control("select", _same_shown, more=_options),
    "multi_choice": Control("choices", _same_shown, _list_typed, _chips),
    "tags": Control("tags", _same_shown, _list_typed, _tags),
    "user": Control("user", _same_shown, more=_users),
    "team": Control("select", _same_shown, more=_teams),
    "email": Control("emails", _same_shown, _points_typed, _labels("work", "home", "other")),
    "phone": Control("phones", _same_shown, _points_typed, _labels("mobile", "work", "home", "other")),
    "messenger": Control("handles", _same_shown, _points_typed, _labels(*SERVICES)),
    "address": Control("addresses", _same_shown, _addresses_typed, _address),
    "country": Control("country", _same_shown, more=_countries),
    "language": Control("select", _same_shown, more=_languages),
    "link": Control("link", _links_shown, _links_typed, _picker),
    "file": Control("file", lambda *given: {}, lambda *given: {}),
}
QUICK = {"email": "email", "phone": "tel"}


def kind_of(field: Field) -> str:
    if field.target and field.many:
        return "links"
    return CONTROLS.get(field.type.name, CONTROLS["text"]).kind


def shown_control(field: Field, row: Row | None, choices: Choices) -> Params:
    """`kind`, `name`, `value` … for `ui.field` or `ui.cell_editor`, filled from the record."""
    control = CONTROLS.get(field.type.name, CONTROLS["text"])
    value = row.values.get(field.key) if row else field.default
    links = row.links.get(field.key, []) if row else []
    filled = control.shown(field, value, links, choices)
    params = {"kind": kind_of(field), "name": field.key, **control.more(field, choices), **filled}
    if "options" in params and field.type.name != "boolean":
        params["options"] = with_current(field, value, params["options"], choices)
    return params


def with_current(field: Field, value: Any, options: list[Any], choices: Choices) -> list[Any]:
    """The offered options and what the record holds now (archived, or left), so that saving keeps it."""
    held = value if isinstance(value, list) else [value]
    offered = {option[0] for option in options}
    missing = [one for one in held if one is not None and one not in offered]
    return [*options, *((one, current_text(field, one, choices)) for one in missing)]


def current_text(field: Field, value: Any, choices: Choices) -> str:
    if field.type.references:
        return _("As it is now")
    option = field.option(value) if isinstance(value, str) else None
    return str(option.label) if option else field.type.display(field, value, choices.context)


def typed_control(field: Field, data: Any, choices: Choices) -> Params:
    """The same, filled with what somebody typed."""
    control = CONTROLS.get(field.type.name, CONTROLS["text"])
    filled = control.typed(field, data, field.key, choices)
    return {"kind": kind_of(field), "name": field.key, **control.more(field, choices), **filled}


def quick_control(field: Field, data: Any, choices: Choices) -> Params:
    """One plain input where the full form has a list of them."""
    simple = QUICK.get(field.type.name)
    if simple is None:
        return typed_control(field, data, choices) if data else shown_control(field, None, choices)
    return {"kind": simple, "name": field.key, "value": data.get(field.key, "") if data else ""}


def form_field(field: Field, params: Params, errors: dict[str, list[str]]) -> Params:
    """Everything `ui.field` takes."""
    wide = params["kind"] in ("textarea", "addresses", "emails", "phones", "handles", "tags", "links")
    return {
        **params,
        "label": str(field.label),
        "help": str(field.help) or None,
        "required": field.required,
        "errors": errors.get(field.key, []),
        "wide": wide,
    }

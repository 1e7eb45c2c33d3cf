"""Making and changing computed fields: what is checked before a formula is kept, and what a formula needs kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from amity.foundation.accounts.actor import Actor
from amity.foundation.core.errors import Invalid, LimitReached
from amity.foundation.records.access import visible
from amity.foundation.records.context import context_for
from amity.foundation.records.fieldtypes import TYPES
from amity.foundation.records.formulas.formula import (
    RESULTS,
    Formula,
    FormulaError,
    build,
    known_fields,
)
from amity.foundation.records.models import FieldRow
from amity.foundation.records.spec import Field, ObjectSpec
from amity.foundation.records.values import read_record

MOST_COMPUTED = 30
# What people type decides these for other fields; of a computed one the formula does.
NOT_FOR_COMPUTED = ("required", "unique", "default")


def offered_fields(spec: ObjectSpec, key: str = "") -> list[Field]:
    """The fields a formula of the computed field `key` can use, in order: none that itself depends on it."""
    known = known_fields(spec.live_fields)
    return [
        item for item in spec.live_fields if item.key in known and key not in {item.key, *_needs(spec, item)}
    ]


def read_formula(spec: ObjectSpec, key: str, type_name: str, text: str, currency: str) -> Formula:
    """The formula as it would be kept. Raises FormulaError at the place that is wrong, circles among it."""
    formula = build(text.strip(), type_name, known_fields(spec.live_fields), currency)
    for used in sorted(formula.inputs):
        if used == key or key in _needs(spec, spec.by_key[used]):
            names = " → ".join(str(spec.by_key[name].label) for name in _way(spec, used, key))
            place = max(text.lower().find(used), 0)
            message = _("This goes round in a circle: %(names)s") % {"names": names}
            raise FormulaError(message, place, place + len(used))
    return formula


def _needs(spec: ObjectSpec, item: Field) -> set[str]:
    """Every field that this one is worked out from, near and far."""
    found: set[str] = set()
    waiting = [item]
    while waiting:
        formula = waiting.pop().formula
        for key in (formula.inputs if formula else frozenset()) - found:
            found.add(key)
            waiting.append(spec.by_key[key])
    return found


def _way(spec: ObjectSpec, start: str, key: str) -> list[str]:
    """From the field `key` by what it uses back to itself."""
    way = [key, start]
    while way[-1] != key:
        formula = spec.by_key[way[-1]].formula
        inputs = sorted(formula.inputs) if formula else []
        way.append(next(name for name in inputs if name == key or key in _needs(spec, spec.by_key[name])))
    return way


def checked_settings(
    actor: Actor, spec: ObjectSpec, row: FieldRow, options: Mapping[str, Any]
) -> dict[str, Any]:
    """`formula` and `currency` as they are kept with the field. Raises Invalid at `formula`, `type` or an option."""
    if row.type not in RESULTS:
        raise Invalid.one("type", "unknown", _("Choose a type from the list."))
    for name in NOT_FOR_COMPUTED:
        if options.get(name):
            raise Invalid.one(name, "computed", _("A computed field cannot have this."))
    others = [item for item in spec.fields if item.computed and item.key != row.key and not item.archived]
    if len(others) >= MOST_COMPUTED:
        raise LimitReached(_("An object has at most %(n)s computed fields.") % {"n": MOST_COMPUTED})
    currency = str(row.settings.get("currency") or context_for(actor).currency)
    text = str(options["formula"] or "")
    try:
        formula = read_formula(spec, row.key, row.type, text, currency)
    except FormulaError as error:
        raise Invalid.one("formula", "formula", error.message) from error
    return {"formula": formula.text, "currency": currency}


def refuse_if_used(spec: ObjectSpec, key: str) -> None:
    """A field that a formula uses is not put away. Raises Invalid that names the computed fields."""
    users = [item for item in spec.computed if item.formula and key in item.formula.inputs]
    if users:
        names = ", ".join(f"“{item.label}”" for item in users)
        text = _("A formula uses this field: %(names)s. Change it or put that field away first.")
        raise Invalid.one("key", "used", text % {"names": names})


def refuse_unless_readable(actor: Actor, spec: ObjectSpec, row: FieldRow) -> None:
    """A computed field comes back only while its formula can be worked out. Raises Invalid."""
    try:
        checked_settings(actor, spec, row, {"formula": row.settings["formula"]})
    except Invalid as error:
        text = _("Its formula cannot be read any more: %(reason)s")
        raise Invalid.one("key", "formula", text % {"reason": error.errors[0].message}) from error


def preview(
    actor: Actor, spec: ObjectSpec, *, key: str, type_name: str, text: str
) -> list[tuple[int, str, str]]:
    """What a formula gives for the newest three records: `(id, title, value)`. Raises FormulaError."""
    context = context_for(actor)
    held = spec.field(key)
    currency = str(held.settings.get("currency") if held else "") or context.currency
    formula = read_formula(spec, key, type_name, text, currency)
    shown = Field(key or "formula", TYPES[type_name], "", custom=True)
    found = []
    for record in visible(spec, actor).order_by("-pk")[:3]:
        values = read_record(spec, record)
        value = formula.value({**values, **spec.compute(values)})
        found.append((int(record.pk), str(record.title), shown.type.display(shown, value, context)))
    return found


__all__ = [
    "checked_settings", "offered_fields", "preview", "read_formula", "refuse_if_used", "refuse_unless_readable",
]  # fmt: skip

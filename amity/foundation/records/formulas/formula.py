"""Formulas over the fields of an object: which fields they know, and how values go in and come out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from amity.foundation.core.money import exponent
from amity.foundation.core.text import clean_text
from amity.foundation.records.formulas import meaning
from amity.foundation.records.formulas.grammar import FormulaError, Node, parse
from amity.foundation.records.formulas.meaning import Amount, Known, Meant

if TYPE_CHECKING:
    from amity.foundation.records.spec import Field

# The kind of a field's value in formulas, by the name of its type. What people type freely over many lines,
# moments (their day differs from zone to zone), lists and references are not among them.
KINDS = {
    "number": meaning.NUMBER, "percent": meaning.NUMBER, "rating": meaning.NUMBER, "money": meaning.MONEY,
    "boolean": meaning.TRUTH, "date": meaning.DATE, "text": meaning.TEXT, "choice": meaning.TEXT,
    "country": meaning.TEXT, "language": meaning.TEXT,
}  # fmt: skip
# What a computed field can hold.
RESULTS = ("number", "money", "date", "text", "boolean")
MOST_TEXT = 250
_MOST = Decimal(10) ** 15
_significant = Context(prec=15, rounding=ROUND_HALF_UP, traps=[])


@dataclass(frozen=True, eq=False)
class Formula:
    """A formula ready to be worked out. `inputs` are the keys of the fields it uses; `text` is how it was written."""

    text: str
    inputs: frozenset[str]
    run: Callable[[Mapping[str, Any]], Any]

    def value(self, values: Mapping[str, Any]) -> Any:
        """The canonical value for a record of these values; None where there is none. Never raises."""
        try:
            return self.run(values)
        except (ArithmeticError, ValueError, TypeError, KeyError):  # a value no field type would take
            return None


def known_fields(fields: Iterable[Field]) -> dict[str, Known]:
    """The fields a formula can use, by key. The product's own (owner, dates of the record) are not among them."""
    return {item.key: _known(item) for item in fields if _usable(item)}


def _usable(item: Field) -> bool:
    return (
        item.type.name in KINDS
        and item.stored
        and not item.archived
        and item.column not in ("created_at", "updated_at")
    )


def _known(item: Field) -> Known:
    kind = KINDS[item.type.name]
    choices = tuple(option.key for option in item.options) if item.type.name == "choice" else ()
    return Known(item.key, str(item.label), kind, _reader(item.key, kind), choices)


def _reader(key: str, kind: str) -> Callable[[Mapping[str, Any]], Any]:
    turn = _READ.get(kind)
    if turn is None:
        return lambda values: values.get(key)

    def read(values: Mapping[str, Any]) -> Any:
        value = values.get(key)
        return None if value is None else turn(value)

    return read


def _amount(value: Mapping[str, Any]) -> Amount:
    return Amount(Decimal(value["amount"]).scaleb(-exponent(value["currency"])), value["currency"])


_READ: dict[str, Callable[[Any], Any]] = {
    meaning.NUMBER: lambda value: Decimal(value) if isinstance(value, int) else Decimal(repr(value)),
    meaning.MONEY: _amount,
    meaning.DATE: dt.date.fromisoformat,
}


def build(text: str, type_name: str, fields: Mapping[str, Known], currency: str) -> Formula:
    """The formula of a computed field of this type. Raises FormulaError at the place that is wrong."""
    node = parse(text)
    meant = meaning.mean(node, fields, currency)
    run, write = meant.run, _writer(meant, type_name, currency)

    def work(values: Mapping[str, Any]) -> Any:
        value = run(values)
        return None if value is None else write(value)

    return Formula(text, frozenset(_inputs(node, fields)), work)


def _inputs(node: Node, fields: Mapping[str, Known]) -> Iterable[str]:
    if node.kind == "field":
        yield node.value if node.value in fields else node.value.lower()
    for part in node.parts:
        yield from _inputs(part, fields)


def _writer(meant: Meant, type_name: str, currency: str) -> Callable[[Any], Any]:
    """From what the formula gives to the canonical value of the field."""
    if type_name == "text":
        return lambda value: (
            clean_text(meaning.text_of(value), multiline=False, limit=4000)[:MOST_TEXT] or None
        )
    if type_name == "money" and meant.kind == meaning.NUMBER:
        return lambda value: _money_out(Amount(value, currency))
    if meant.kind != KINDS[type_name]:
        message = _("The formula gives %(kind)s, but the result is set to %(wanted)s.")
        words = {"kind": meaning.kind_word(meant.kind), "wanted": meaning.kind_word(KINDS[type_name])}
        raise meaning.wrong(meant.node, message % words)
    return _WRITE[type_name]


def _number_out(value: Decimal) -> float | int | None:
    """Within what a number field holds, of at most 15 significant digits."""
    if abs(value) > _MOST:
        return None
    short = _significant.plus(value)
    whole = abs(short) < _MOST and short == short.to_integral_value()
    return int(short) if whole else float(short)


def _money_out(value: Amount) -> dict[str, Any] | None:
    """Whole minor units, halves away from zero."""
    if abs(value.value) > _MOST:
        return None
    minor = int(value.value.scaleb(exponent(value.currency)).to_integral_value(ROUND_HALF_UP))
    return {"amount": minor, "currency": value.currency} if abs(minor) <= _MOST else None


def _date_out(value: dt.date) -> str | None:
    return value.isoformat() if 1000 <= value.year <= 9998 else None


_WRITE: dict[str, Callable[[Any], Any]] = {
    "number": _number_out, "money": _money_out, "date": _date_out, "boolean": bool,
}  # fmt: skip


__all__ = ["KINDS", "RESULTS", "Formula", "FormulaError", "build", "known_fields"]

"""What a formula means: each part is given a kind and a function that works it out, or a reason why it has none.

Kinds: number, money, date, text, truth. Numbers are Decimals, money an `Amount`, dates `date`s. An empty value
(None) makes a result empty, except in `coalesce`, `if`, `join`, `is_empty`, `and` and `or`. What cannot be worked
out (a division by zero, two currencies) is empty too.
"""

from __future__ import annotations

import datetime as dt
import decimal
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from difflib import get_close_matches
from functools import partial
from typing import Any, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from amity.foundation.core.money import exponent
from amity.foundation.records.formulas.grammar import FormulaError, Node

NUMBER, MONEY, DATE, TEXT, TRUTH = "number", "money", "date", "text", "truth"
MOST_TEXT = 1000  # signs a text may grow to while it is worked out

Inputs = Mapping[str, Any]
Run = Callable[[Inputs], Any]

# Nothing raises: what cannot be worked out is NaN or infinite, and `_sound` makes that empty.
_exact = decimal.Context(prec=28, rounding=ROUND_HALF_UP, traps=[])


class Amount(NamedTuple):
    value: Decimal
    currency: str


@dataclass(frozen=True)
class Known:
    """A field as formulas know it. `read` gives the value of a record; `choices` are the keys a choice can hold."""

    key: str
    label: str
    kind: str
    read: Run
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Meant:
    kind: str
    run: Run
    node: Node
    choices: tuple[str, ...] = ()


def kind_word(kind: str) -> str:
    words = {
        NUMBER: pgettext("formula", "a number"), MONEY: pgettext("formula", "money"),
        DATE: pgettext("formula", "a date"), TEXT: pgettext("formula", "text"),
        TRUTH: pgettext("formula", "yes or no"),
    }  # fmt: skip
    return words[kind]


def mean(node: Node, fields: Mapping[str, Known], currency: str) -> Meant:
    """What a tree means over these fields. Raises FormulaError. `currency` is what `money(…)` makes of a number."""
    return _Meaning(fields, currency).of(node)


def wrong(node: Node, message: str) -> FormulaError:
    return FormulaError(message, node.start, node.end)


class _Meaning:
    def __init__(self, fields: Mapping[str, Known], currency: str) -> None:
        self.fields, self.currency = fields, currency

    def of(self, node: Node) -> Meant:
        if node.kind in (NUMBER, TEXT, TRUTH):
            value = node.value
            return Meant(node.kind, lambda _inputs: value, node)
        if node.kind == "field":
            return self.field(node)
        parts = [self.of(part) for part in node.parts]
        if node.kind == "call":
            return self.call(node, parts)
        return self.operation(node, parts)

    def field(self, node: Node) -> Meant:
        known = self.fields.get(node.value) or self.fields.get(node.value.lower())
        if known is None:
            raise wrong(node, self._unknown(node.value))
        return Meant(known.kind, known.read, node, known.choices)

    def _unknown(self, name: str) -> str:
        by_word = {known.label.casefold(): known.key for known in self.fields.values()}
        by_word |= {key: key for key in self.fields}
        close = get_close_matches(name.casefold(), list(by_word), 1, 0.6)
        if not close:
            return _("“%(name)s” is no field that formulas know.") % {"name": name}
        text = _("“%(name)s” is no field; did you mean “%(near)s”?")
        return text % {"name": name, "near": by_word[close[0]]}

    def call(self, node: Node, parts: list[Meant]) -> Meant:
        found = FUNCTIONS.get(node.value)
        if found is None:
            close = get_close_matches(node.value, list(FUNCTIONS), 1, 0.5)
            text = _("There is no function “%(name)s”.") % {"name": node.value}
            if close:
                text += " " + _("Did you mean “%(near)s”?") % {"near": close[0]}
            raise wrong(node, text)
        if not found.least <= len(parts) <= found.most:
            raise wrong(node, _("It is written like this: %(example)s") % {"example": found.example})
        return found.make(node, parts, self.currency)

    def operation(self, node: Node, parts: list[Meant]) -> Meant:
        if node.kind in ("-1", "+1"):
            return _signed(node, parts[0])
        if node.kind == "not1":
            _need(parts[0], TRUTH)
            inner = parts[0].run
            return Meant(TRUTH, lambda inputs: None if (v := inner(inputs)) is None else not v, node)
        if node.kind in ("and", "or"):
            return _logic(node, *parts)
        if node.kind == "&":
            return _joined(node, parts, self.currency)
        if node.kind in _COMPARE:
            return _comparison(node, *parts)
        return _arithmetic(node, *parts)


# --- operations ------------------------------------------------------------------------------------------------


def _need(meant: Meant, *kinds: str) -> None:
    if meant.kind not in kinds:
        text = _("This is %(kind)s; %(wanted)s is needed here.")
        wanted = _(" or ").join(kind_word(kind) for kind in kinds)
        raise wrong(meant.node, text % {"kind": kind_word(meant.kind), "wanted": wanted})


def _sound(value: Decimal) -> Decimal | None:
    return value if value.is_finite() else None


def _signed(node: Node, inner: Meant) -> Meant:
    _need(inner, NUMBER, MONEY)
    run = inner.run
    if node.kind == "+1":
        return Meant(inner.kind, run, node)

    def minus(inputs: Inputs) -> Any:
        value = run(inputs)
        if value is None:
            return None
        return Amount(-value.value, value.currency) if isinstance(value, Amount) else -value

    return Meant(inner.kind, minus, node)


def _logic(node: Node, left: Meant, right: Meant) -> Meant:
    _need(left, TRUTH)
    _need(right, TRUTH)
    first, second = left.run, right.run
    if node.kind == "and":
        return Meant(TRUTH, lambda inputs: bool(first(inputs) and second(inputs)), node)
    return Meant(TRUTH, lambda inputs: bool(first(inputs) or second(inputs)), node)


_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq, "≠": operator.ne, "<": operator.lt, ">": operator.gt, "≤": operator.le, "≥": operator.ge,
}  # fmt: skip


def _comparison(node: Node, left: Meant, right: Meant) -> Meant:
    _same_kind(node, [left, right])
    if node.kind not in ("=", "≠"):
        _need(left, NUMBER, MONEY, DATE)
        _need(right, NUMBER, MONEY, DATE)
    _known_choice(left, right)
    _known_choice(right, left)
    compare, first, second = _COMPARE[node.kind], left.run, right.run

    def compared(inputs: Inputs) -> bool | None:
        one, other = first(inputs), second(inputs)
        if one is None or other is None:
            return None
        if isinstance(one, Amount):
            return compare(one.value, other.value) if one.currency == other.currency else None
        return compare(one, other)

    return Meant(TRUTH, compared, node)


def _known_choice(field: Meant, written: Meant) -> None:
    """A choice is compared by its key, which its label's change does not touch."""
    node = written.node
    if field.choices and node.kind == TEXT and node.value not in field.choices:
        keys = ", ".join(f"“{key}”" for key in field.choices[:12])
        text = _("“%(name)s” is none of the choices. They are: %(choices)s")
        raise wrong(node, text % {"name": node.value, "choices": keys})


def _same_kind(node: Node, parts: Sequence[Meant]) -> str:
    """The kind that all parts have."""
    first = parts[0]
    for part in parts[1:]:
        if part.kind != first.kind:
            text = _("This is %(kind)s, but %(other)s stands beside it.")
            found = {"kind": kind_word(part.kind), "other": kind_word(first.kind)}
            hint = {part.kind, first.kind} == {NUMBER, MONEY}
            more = " " + _("money(…) makes money of a number.") if hint else ""
            raise wrong(part.node, text % found + more)
    return first.kind


_RESULTS: dict[tuple[str, str, str], str] = {
    ("+", NUMBER, NUMBER): NUMBER, ("+", MONEY, MONEY): MONEY, ("+", DATE, NUMBER): DATE, ("+", NUMBER, DATE): DATE,
    ("-", NUMBER, NUMBER): NUMBER, ("-", MONEY, MONEY): MONEY, ("-", DATE, NUMBER): DATE, ("-", DATE, DATE): NUMBER,
    ("*", NUMBER, NUMBER): NUMBER, ("*", MONEY, NUMBER): MONEY, ("*", NUMBER, MONEY): MONEY,
    ("/", NUMBER, NUMBER): NUMBER, ("/", MONEY, NUMBER): MONEY, ("/", MONEY, MONEY): NUMBER,
}  # fmt: skip
_DECIMALS: dict[str, Callable[[Decimal, Decimal], Decimal]] = {
    "+": _exact.add, "-": _exact.subtract, "*": _exact.multiply, "/": _exact.divide,
}  # fmt: skip


def _arithmetic(node: Node, left: Meant, right: Meant) -> Meant:
    kind = _RESULTS.get((node.kind, left.kind, right.kind))
    if kind is None:
        if {left.kind, right.kind} == {NUMBER, MONEY} and node.kind in "+-":
            _same_kind(node, [left, right])
        text = _("%(left)s and %(right)s cannot be worked out with “%(sign)s”.")
        found = {"left": kind_word(left.kind), "right": kind_word(right.kind), "sign": node.kind}
        shown = text % found
        raise wrong(node, shown[:1].upper() + shown[1:])
    work = _of_dates if DATE in (left.kind, right.kind) else _of_amounts
    return Meant(kind, partial(work, node.kind, left.run, right.run), node)


def _of_amounts(sign: str, first: Run, second: Run, inputs: Inputs) -> Any:
    one, other = first(inputs), second(inputs)
    if one is None or other is None:
        return None
    work = _DECIMALS[sign]
    if isinstance(one, Amount):
        if not isinstance(other, Amount):
            return _amount(work(one.value, other), one.currency)
        if one.currency != other.currency:
            return None
        found = work(one.value, other.value)
        return _sound(found) if sign == "/" else _amount(found, one.currency)
    if isinstance(other, Amount):
        return _amount(work(one, other.value), other.currency)
    return _sound(work(one, other))


def _amount(value: Decimal, currency: str) -> Amount | None:
    return Amount(value, currency) if value.is_finite() else None


def _of_dates(sign: str, first: Run, second: Run, inputs: Inputs) -> Any:
    one, other = first(inputs), second(inputs)
    if one is None or other is None:
        return None
    if isinstance(one, Decimal):
        one, other = other, one
    if isinstance(other, Decimal):
        return _moved(one, other if sign == "+" else -other)
    return Decimal((one - other).days)


def _moved(day: dt.date, days: Decimal) -> dt.date | None:
    """Whole days on; empty beyond the years a date field takes."""
    if abs(days) > 4_000_000:
        return None
    place = day.toordinal() + int(days.to_integral_value(decimal.ROUND_FLOOR))
    return dt.date.fromordinal(place) if 0 < place <= dt.date.max.toordinal() else None


# --- functions -------------------------------------------------------------------------------------------------


def _if(node: Node, parts: list[Meant], currency: str) -> Meant:
    _need(parts[0], TRUTH)
    kind = _same_kind(node, parts[1:])
    condition, then = parts[0].run, parts[1].run
    other: Run = parts[2].run if len(parts) == 3 else lambda _inputs: None
    return Meant(kind, lambda inputs: then(inputs) if condition(inputs) else other(inputs), node)


def _coalesce(node: Node, parts: list[Meant], currency: str) -> Meant:
    kind, runs = _same_kind(node, parts), [part.run for part in parts]

    def first(inputs: Inputs) -> Any:
        for run in runs:
            value = run(inputs)
            if value is not None:
                return value
        return None

    return Meant(kind, first, node)


def _is_empty(node: Node, parts: list[Meant], currency: str) -> Meant:
    run = parts[0].run
    return Meant(TRUTH, lambda inputs: run(inputs) is None, node)


def _extreme(pick: Callable[..., Any], node: Node, parts: list[Meant], currency: str) -> Meant:
    for part in parts:
        _need(part, NUMBER, MONEY, DATE)
    kind, runs = _same_kind(node, parts), [part.run for part in parts]

    def found(inputs: Inputs) -> Any:
        values = [run(inputs) for run in runs]
        if any(value is None for value in values):
            return None
        if kind == MONEY and len({value.currency for value in values}) > 1:
            return None
        return pick(values)

    return Meant(kind, found, node)


def _abs(node: Node, parts: list[Meant], currency: str) -> Meant:
    _need(parts[0], NUMBER, MONEY)
    run = parts[0].run

    def positive(inputs: Inputs) -> Any:
        value = run(inputs)
        if isinstance(value, Amount):
            return Amount(abs(value.value), value.currency)
        return None if value is None else abs(value)

    return Meant(parts[0].kind, positive, node)


def _round(node: Node, parts: list[Meant], currency: str) -> Meant:
    """Halves go away from zero. The places are a number that is written out."""
    _need(parts[0], NUMBER, MONEY)
    places = 0
    if len(parts) == 2:
        said = parts[1].node
        if said.kind != NUMBER or said.value not in range(7):
            raise wrong(said, _("Write how many decimals are left, from 0 to 6."))
        places = int(said.value)
    step, run = Decimal(1).scaleb(-places), parts[0].run

    def rounded(inputs: Inputs) -> Any:
        value = run(inputs)
        if isinstance(value, Amount):
            return _amount(_exact.quantize(value.value, step), value.currency)
        return None if value is None else _sound(_exact.quantize(value, step))

    return Meant(parts[0].kind, rounded, node)


def _days(node: Node, parts: list[Meant], currency: str) -> Meant:
    _need(parts[0], DATE)
    _need(parts[1], DATE)
    return Meant(NUMBER, partial(_of_dates, "-", parts[1].run, parts[0].run), node)


def _money(node: Node, parts: list[Meant], currency: str) -> Meant:
    _need(parts[0], NUMBER)
    run = parts[0].run
    return Meant(
        MONEY, lambda inputs: None if (value := run(inputs)) is None else Amount(value, currency), node
    )


def _joined(node: Node, parts: list[Meant], currency: str) -> Meant:
    """Texts one after the other; what is empty is left out."""
    runs = [part.run for part in parts]

    def text(inputs: Inputs) -> str | None:
        return "".join(text_of(run(inputs)) for run in runs)[:MOST_TEXT] or None

    return Meant(TEXT, text, node)


def text_of(value: Any) -> str:
    """A value in a text: the same in every language, since the text is stored once for all."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, Amount):
        cents = _exact.quantize(value.value, Decimal(1).scaleb(-exponent(value.currency)))
        return f"{cents:f} {value.currency}" if cents.is_finite() else ""
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def plain(value: Decimal) -> str:
    """Digits without trailing zeros or an exponent, at most 15 of them significant."""
    short = decimal.Context(prec=15, rounding=ROUND_HALF_UP, traps=[]).plus(value)
    text = f"{short:f}" if abs(short.adjusted()) < 40 else "0"
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"


@dataclass(frozen=True)
class Function:
    make: Callable[[Node, list[Meant], str], Meant]
    least: int
    most: int
    example: str


FUNCTIONS: dict[str, Function] = {
    "if": Function(_if, 2, 3, "if(hours > 8, hours - 8, 0)"),
    "coalesce": Function(_coalesce, 1, 20, "coalesce(discount, 0)"),
    "is_empty": Function(_is_empty, 1, 1, "is_empty(discount)"),
    "min": Function(partial(_extreme, min), 1, 20, "min(price, offer)"),
    "max": Function(partial(_extreme, max), 1, 20, "max(hours, 1)"),
    "round": Function(_round, 1, 2, "round(hours, 1)"),
    "abs": Function(_abs, 1, 1, "abs(price - offer)"),
    "days": Function(_days, 2, 2, "days(started, finished)"),
    "money": Function(_money, 1, 1, "money(hours * 40)"),
    "join": Function(_joined, 1, 20, 'join(town, ", ", street)'),
}

__all__ = ["FUNCTIONS", "Amount", "Known", "Meant", "kind_word", "mean", "plain", "wrong"]

"""Number, percent, rating, money, yes/no."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from django.db.models import Q
from django.db.models.expressions import Combinable
from django.db.models.lookups import Exact
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from amity.foundation.core.money import (
    exponent,
    format_money,
    format_number,
    from_decimal_string,
    parse_money,
    parse_number,
    to_decimal_string,
)
from amity.foundation.records.context import Context
from amity.foundation.records.database import JsonNumber, JsonPathNumber, JsonPathText
from amity.foundation.records.fieldtypes.base import RANGE, BadValue, FieldType, between, negate
from amity.foundation.records.spec import Field

NUMBER_OPERATORS = (
    "is", "is_not", "above", "below", "at_least", "at_most", "between", "empty", "filled",
)  # fmt: skip


# An amount as our own files write it: a point, no grouping, and the currency's code.
_WITH_CODE = re.compile(r"(-?[0-9]+(?:\.[0-9]+)?) ([A-Z]{3})")


def is_currency(code: str) -> bool:
    try:
        exponent(code)
    except ValueError:
        return False
    return True


class Number(FieldType):
    name, label, icon = "number", _("Number"), "hash"
    slot_kind, numeric, widget, adds_up = "n", True, "number", True
    operators = NUMBER_OPERATORS
    low, high = -1e15, 1e15

    def parse(self, field: Field, raw: str, context: Context) -> Any:
        if not raw.strip():
            return None
        return self._bounded(raw, context.language)

    def clean(self, field: Field, value: Any, context: Context) -> Any:
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise BadValue("type", _("This must be a number."))
        return self._bounded(repr(value), None)

    def _bounded(self, text: str, language: str | None) -> float:
        try:
            value = parse_number(text, language)
        except ValueError as error:
            raise BadValue("number", _("Enter a number.")) from error
        if not self.low <= value <= self.high:
            raise BadValue(
                "range",
                _("Enter a number from %(low)s to %(high)s.")
                % {"low": f"{self.low:g}", "high": f"{self.high:g}"},
            )
        return value

    def converter(self, field: Field, context: Context) -> Callable[[Any], Any]:
        slow, high = super().converter(field, context), self.high

        def convert(raw: Any) -> Any:
            if raw.isascii() and raw.isdecimal() and len(raw) < 15 and raw[0] != "0" and int(raw) <= high:
                return int(raw)
            return slow(raw)

        return convert

    def display(self, field: Field, value: Any, context: Context) -> str:
        return "" if value is None else format_number(value, context.language)

    def search_text(self, value: Any) -> str:
        return "" if value is None else f"{value:g}"

    def slot_value(self, value: Any) -> Any:
        return None if value is None else float(value)

    def json_expression(self, field: Field) -> Combinable:
        return JsonNumber("custom", field.key)

    def schema(self, field: Field) -> dict[str, Any]:
        return {"type": ["number", "null"]}

    def compare(self, field: Field, expression: Any, operator: str, value: Any, context: Context) -> Q:
        if operator == "between":
            return between(expression, self.operands(field, value, context))
        operand = self.operand(field, value, context)
        if operator in RANGE:
            return Q(RANGE[operator](expression, operand))
        same = Q(Exact(expression, operand))
        return same if operator == "is" else negate(same, expression)


class Percent(Number):
    name, label, icon = "percent", _("Percent"), "percent"
    adds_up = False

    def parse(self, field: Field, raw: str, context: Context) -> Any:
        return super().parse(field, raw.replace("%", ""), context)

    def display(self, field: Field, value: Any, context: Context) -> str:
        # Translators: a percentage; some languages put the sign first.
        shape = gettext("%(number)s %%")
        return "" if value is None else shape % {"number": format_number(value, context.language)}


class Rating(Number):
    name, label, icon = "rating", _("Rating"), "star"
    low, high, widget = 1, 5, "rating"
    few_values, groups, adds_up = True, True, False

    def group_values(self, field: Field) -> list[Any]:
        return [5, 4, 3, 2, 1]

    def group_value(self, raw: Any) -> Any:
        return None if raw is None else int(raw)

    def clean(self, field: Field, value: Any, context: Context) -> Any:
        cleaned = super().clean(field, value, context)
        if cleaned is not None and cleaned != int(cleaned):
            raise BadValue("range", _("Enter a whole number from 1 to 5."))
        return None if cleaned is None else int(cleaned)

    def parse(self, field: Field, raw: str, context: Context) -> Any:
        stars = raw.count("★")
        return stars if 1 <= stars <= 5 else self.clean(field, super().parse(field, raw, context), context)

    def schema(self, field: Field) -> dict[str, Any]:
        return {"type": ["integer", "null"], "minimum": 1, "maximum": 5}


class YesNo(FieldType):
    name, label, icon = "boolean", _("Yes or no"), "check"
    slot_kind, widget, few_values, groups = "n", "boolean", True, True
    operators = ("is", "empty", "filled")
    words = {
        True: {
            "yes",
            "true",
            "1",
            "y",
            "x",
            "on",
            "evet",
            "ja",
            "oui",
            "sí",
            "si",
            "да",
            "ie",
            "ydy",
            "ஆம்",
            "✓",
            "✔",
        },
        False: {
            "no",
            "false",
            "0",
            "n",
            "off",
            "hayır",
            "hayir",
            "nein",
            "non",
            "нет",
            "na",
            "nac ydy",
            "இல்லை",
        },
    }

    def parse(self, field: Field, raw: str, context: Context) -> Any:
        word = raw.strip().casefold()
        if not word:
            return None
        for answer, words in self.words.items():
            if word in words:
                return answer
        raise BadValue("boolean", _("Enter yes or no."))

    def clean(self, field: Field, value: Any, context: Context) -> Any:
        if value is None or isinstance(value, bool):
            return value
        raise BadValue("type", _("This must be true or false."))

    def display(self, field: Field, value: Any, context: Context) -> str:
        if value is None:
            return ""
        return pgettext("answer", "Yes") if value else pgettext("answer", "No")

    def edit_text(self, field: Field, value: Any, context: Context) -> str:
        return "" if value is None else ("yes" if value else "no")

    def search_text(self, value: Any) -> str:
        return ""

    def slot_value(self, value: Any) -> Any:
        return None if value is None else float(value)

    def group_values(self, field: Field) -> list[Any]:
        return [True, False]

    def group_value(self, raw: Any) -> Any:
        return None if raw is None else bool(raw)

    def json_expression(self, field: Field) -> Combinable:
        return JsonBoolean("custom", field.key)

    def schema(self, field: Field) -> dict[str, Any]:
        return {"type": ["boolean", "null"]}

    def compare(self, field: Field, expression: Any, operator: str, value: Any, context: Context) -> Q:
        operand: Any = self.operand(field, value, context)
        if field.column and not field.slot:
            operand = bool(operand)
        return Q(Exact(expression, operand))


class JsonBoolean(JsonNumber):
    """JSON true and false as 1 and 0, which SQLite's accessor already gives."""

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        sql, params = compiler.compile(self.source_expressions[0])
        return f"(({sql} ->> %s)::boolean::int::double precision)", [*params, self.key]


class Money(FieldType):
    """Amount in minor units with its currency. Compared by amount; filters name the currency or take the firm's."""

    name, label, icon = "money", _("Money"), "banknote"
    slot_kind, numeric, widget, adds_up = "n", True, "money", True
    operators = NUMBER_OPERATORS

    def parse(self, field: Field, raw: str, context: Context) -> Any:
        if not raw.strip():
            return None
        written = _WITH_CODE.fullmatch(raw.strip())
        currency = written[2] if written and is_currency(written[2]) else self._currency(field, context)
        try:
            if written and written[2] == currency:
                amount = from_decimal_string(written[1], currency)
            else:
                amount = parse_money(raw, currency, context.language)
        except ValueError as error:
            raise BadValue("money", _("Enter an amount like 1,234.50.")) from error
        return self.clean(field, {"amount": amount, "currency": currency}, context)

    def _currency(self, field: Field, context: Context) -> str:
        return str(field.settings.get("currency") or context.currency)

    def clean(self, field: Field, value: Any, context: Context) -> Any:
        if value is None:
            return None
        if not isinstance(value, dict) or set(value) != {"amount", "currency"}:
            raise BadValue("type", _("Money needs an amount and a currency."))
        amount, currency = value["amount"], value["currency"]
        try:
            exponent(currency)
            amount = from_decimal_string(amount, currency) if isinstance(amount, str) else amount
        except (ValueError, TypeError, KeyError) as error:
            raise BadValue("money", _("This amount or currency is not known.")) from error
        if isinstance(amount, bool) or not isinstance(amount, int) or abs(amount) > 10**15:
            raise BadValue("range", _("This amount is too large."))
        return {"amount": amount, "currency": currency}

    def from_form(self, field: Field, data: Any, name: str, context: Context) -> Any:
        currency = data.get(f"{name}-currency") or self._currency(field, context)
        raw = data.get(name, "").strip()
        if not raw:
            return None
        try:
            amount = parse_money(raw, currency, context.language)
        except (ValueError, KeyError) as error:
            raise BadValue("money", _("Enter an amount like 1,234.50.")) from error
        return self.clean(field, {"amount": amount, "currency": currency}, context)

    def display(self, field: Field, value: Any, context: Context) -> str:
        return "" if value is None else format_money(value["amount"], value["currency"], context.language)

    def edit_text(self, field: Field, value: Any, context: Context) -> str:
        return (
            ""
            if value is None
            else f"{to_decimal_string(value['amount'], value['currency'])} {value['currency']}"
        )

    def to_api(self, field: Field, value: Any) -> Any:
        if value is None:
            return None
        return {
            "amount": to_decimal_string(value["amount"], value["currency"]),
            "currency": value["currency"],
        }

    def from_api(self, field: Field, value: Any) -> Any:
        """Decimal text only: a bare number would be taken for minor units."""
        if isinstance(value, dict) and not isinstance(value.get("amount"), str):
            return {**value, "amount": None}
        return value

    def search_text(self, value: Any) -> str:
        return ""

    def slot_value(self, value: Any) -> Any:
        return None if value is None else float(value["amount"])

    def json_expression(self, field: Field) -> Combinable:
        return JsonPathNumber("custom", field.key, "amount")

    def unit(self, field: Field) -> Combinable | None:
        return JsonPathText("custom", field.key, "currency")

    def schema(self, field: Field) -> dict[str, Any]:
        money = {"amount": {"type": "string"}, "currency": {"type": "string", "minLength": 3, "maxLength": 3}}
        return {"type": ["object", "null"], "properties": money, "required": list(money)}

    compare = Number.compare

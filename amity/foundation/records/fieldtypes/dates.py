"""Date, and date with time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db.models import Case, IntegerField, Q, Value, When
from django.db.models.expressions import Combinable
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _

from amity.foundation.core import clock
from amity.foundation.core.errors import Malformed
from amity.foundation.records.context import Context
from amity.foundation.records.database import JsonInstant, JsonText
from amity.foundation.records.fieldtypes.base import RANGE, BadValue, FieldType, between, negate
from amity.foundation.records.spec import Field

DATE_OPERATORS = (
    "is", "is_not", "before", "after", "between", "last_days", "next_days", "older_days", "empty", "filled",
)  # fmt: skip


class Date(FieldType):
    """A day without a zone. In the JSON it is ISO text, in a slot days since 1970."""

    name, label, icon = "date", _("Date"), "calendar"
    slot_kind, widget, few_values, dated = "n", "date", True, True
    operators = DATE_OPERATORS

    def parse(self, field: Field, raw: str, context: Context) -> Any:
        if not raw.strip():
            return None
        try:
            return self.clean(
                field, clock.parse_date(raw, day_first=context.day_first, locale=context.language), context
            )
        except BadValue:
            raise
        except ValueError as error:
            raise BadValue("date", _("Enter a date like 2026-11-21.")) from error

    def clean(self, field: Field, value: Any, context: Context) -> Any:
        if value is None:
            return None
        if not isinstance(value, str):
            raise BadValue("type", _("This must be a date like 2026-11-21."))
        try:
            day = dt.date.fromisoformat(value)
        except ValueError as error:
            raise BadValue("date", _("Enter a date like 2026-11-21.")) from error
        if len(value) != 10 or not 1000 <= day.year <= 9998:
            raise BadValue("date", _("Enter a date like 2026-11-21."))
        return day.isoformat()

    def display(self, field: Field, value: Any, context: Context) -> str:
        return "" if value is None else clock.format_date(value, context.language)

    def edit_text(self, field: Field, value: Any, context: Context) -> str:
        return value or ""

    def search_text(self, value: Any) -> str:
        return ""

    def to_column(self, value: Any) -> Any:
        return None if value is None else dt.date.fromisoformat(value)

    def from_column(self, value: Any) -> Any:
        return None if value is None else value.isoformat()

    def slot_value(self, value: Any) -> Any:
        return None if value is None else float(clock.date_to_days(value))

    def comparable(self, field: Field, iso: str) -> Any:
        """The ISO day in the form this field's expression holds: slot number, column date or JSON text."""
        if field.slot:
            return self.slot_value(iso)
        return self.to_column(iso) if field.column else iso

    def edge(self, field: Field, day: dt.date, context: Context) -> Any:
        """Where a day begins, in the form this field's expression holds."""
        return self.comparable(field, day.isoformat())

    def stretch(self, field: Field, edges: Sequence[dt.date], context: Context) -> tuple[Q, Combinable]:
        """Whether a value lies from the first of these days to before the last, and in which stretch between two."""
        value, marks = field.expression(), [self.edge(field, day, context) for day in edges]
        inside = Q(RANGE["at_least"](value, marks[0])) & Q(RANGE["below"](value, marks[-1]))
        return inside, _halved(value, marks, 0, len(marks) - 1)

    def day_of(self, value: str, context: Context) -> dt.date:
        """The day of a canonical value as the viewer's calendar has it."""
        return dt.date.fromisoformat(value)

    def on_day(self, value: str | None, day: dt.date, context: Context) -> str:
        """The canonical value moved to another day; its time of day stays."""
        return day.isoformat()

    def schema(self, field: Field) -> dict[str, Any]:
        return {"type": ["string", "null"], "format": "date"}

    def operand(self, field: Field, value: Any, context: Context) -> Any:
        if value == "today":
            value = clock.today(context.zone).isoformat()
        return self.comparable(field, self.read_operand(field, value, context))

    def read_operand(self, field: Field, value: Any, context: Context) -> str:
        """The canonical value of a filter's operand; raises Malformed."""
        try:
            parsed: str | None = self.parse(field, value, context) if isinstance(value, str) else None
        except BadValue as error:
            raise Malformed(f"{field.label}: {error.message}") from error
        if parsed is None:
            raise Malformed(_("“%(field)s” needs a date to compare with.") % {"field": field.label})
        return parsed

    def shifted(self, field: Field, days: int, context: Context) -> Any:
        day = clock.today(context.zone) + dt.timedelta(days=days)
        return self.comparable(field, day.isoformat())

    def compare(self, field: Field, expression: Any, operator: str, value: Any, context: Context) -> Q:
        if operator in ("last_days", "next_days", "older_days"):
            return self._around_today(field, expression, operator, days_of(field, value), context)
        if operator == "between":
            return between(expression, self.operands(field, value, context))
        operand = self.operand(field, value, context)
        if operator in RANGE:
            return Q(RANGE[operator](expression, operand))
        same = Q(Exact(expression, operand))
        return same if operator == "is" else negate(same, expression)

    def _around_today(self, field: Field, expression: Any, operator: str, days: int, context: Context) -> Q:
        if operator == "older_days":
            return Q(RANGE["before"](expression, self.shifted(field, -days, context)))
        span = (-days, 0) if operator == "last_days" else (0, days)
        return between(expression, [self.shifted(field, place, context) for place in span])

    def json_expression(self, field: Field) -> Combinable:
        return JsonText("custom", field.key)


def _halved(value: Any, marks: Sequence[Any], low: int, high: int) -> Combinable:
    """Between which two marks a value lies, asked as one looks up a word: 42 days take six comparisons."""
    if high - low == 1:
        return Value(low, output_field=IntegerField())
    middle = (low + high) // 2
    below = When(RANGE["below"](value, marks[middle]), then=_halved(value, marks, low, middle))
    return Case(below, default=_halved(value, marks, middle, high), output_field=IntegerField())


def days_of(field: Field, value: Any) -> int:
    """A whole number of days from a filter; raises Malformed."""
    text = str(value).strip()
    if not text.isdecimal() or len(text) > 5 or int(text) > 36_500:
        raise Malformed(_("“%(field)s” needs a number of days.") % {"field": field.label})
    return int(text)


class DateTime(Date):
    """An instant, kept in UTC. Filters by day mean the viewer's day."""

    name, label, icon = "datetime", _("Date and time"), "clock"
    widget = "datetime"

    def parse(self, field: Field, raw: str, context: Context) -> Any:
        if not raw.strip():
            return None
        try:
            return clock.parse_datetime(raw, zone=context.zone, day_first=context.day_first)
        except ValueError as error:
            raise BadValue("datetime", _("Enter a date and time like 2026-11-21 14:30.")) from error

    def clean(self, field: Field, value: Any, context: Context) -> Any:
        if value is None:
            return None
        try:
            instant = clock.from_iso(value)
        except (ValueError, TypeError, AttributeError) as error:
            raise BadValue("datetime", _("This must be an instant like 2026-11-21T14:30:00Z.")) from error
        return clock.to_iso(instant)

    def display(self, field: Field, value: Any, context: Context) -> str:
        if value is None:
            return ""
        return clock.human_time(clock.from_iso(value), context.zone, context.language, clock.now())

    def edit_text(self, field: Field, value: Any, context: Context) -> str:
        return "" if value is None else clock.local_text(value, context.zone)

    def to_column(self, value: Any) -> Any:
        return None if value is None else clock.from_iso(value)

    def from_column(self, value: Any) -> Any:
        return None if value is None else clock.to_iso(value)

    def slot_value(self, value: Any) -> Any:
        return None if value is None else float(clock.datetime_to_micros(value))

    def schema(self, field: Field) -> dict[str, Any]:
        return {"type": ["string", "null"], "format": "date-time"}

    def json_expression(self, field: Field) -> Combinable:
        return JsonInstant("custom", field.key)

    def comparable(self, field: Field, iso: str) -> Any:
        found = super().comparable(field, iso)
        return found.removesuffix("Z") if isinstance(found, str) else found

    def edge(self, field: Field, day: dt.date, context: Context) -> Any:
        return self.comparable(field, clock.day_start(day, context.zone))

    def day_of(self, value: str, context: Context) -> dt.date:
        return clock.from_iso(value).astimezone(clock.find_zone(context.zone)).date()

    def on_day(self, value: str | None, day: dt.date, context: Context) -> str:
        zone = clock.find_zone(context.zone)
        time = clock.from_iso(value).astimezone(zone).time() if value else dt.time()
        return clock.to_iso(dt.datetime.combine(day, time, zone))

    def compare(self, field: Field, expression: Any, operator: str, value: Any, context: Context) -> Q:
        """An operand without a time means the whole of the viewer's day."""
        if operator in ("last_days", "next_days", "older_days"):
            return self._around_today(field, expression, operator, days_of(field, value), context)
        if operator == "between":
            spans = [self._span(field, item, context) for item in (value if isinstance(value, list) else [])]
            if len(spans) != 2:
                raise Malformed(_("“Between” needs two values."))
            first, last = sorted(spans, key=lambda span: span[0])
            return self._within(field, expression, (first[0], last[1]))
        span = self._span(field, value, context)
        if operator == "before":
            return Q(RANGE["before"](expression, self.comparable(field, span[0])))
        if operator == "after":
            past = RANGE["above" if span[0] == span[1] else "at_least"]
            return Q(past(expression, self.comparable(field, span[1])))
        same = self._within(field, expression, span)
        return same if operator == "is" else negate(same, expression)

    def _span(self, field: Field, value: Any, context: Context) -> tuple[str, str]:
        """First instant of what is meant and the first past it; both alike for an exact instant."""
        if value == "today":
            return self._day(clock.today(context.zone), context)
        instant = self.read_operand(field, value, context)
        if ":" in value:
            return instant, instant
        return self._day(clock.from_iso(instant).astimezone(clock.find_zone(context.zone)).date(), context)

    def _day(self, day: dt.date, context: Context, days: int = 1) -> tuple[str, str]:
        try:
            return clock.day_start(day, context.zone), clock.day_start(
                day + dt.timedelta(days=days), context.zone
            )
        except OverflowError as error:
            raise Malformed(_("This date is too far away.")) from error

    def _within(self, field: Field, expression: Any, span: tuple[str, str]) -> Q:
        start, end = (self.comparable(field, iso) for iso in span)
        if start == end:
            return Q(Exact(expression, start))
        return Q(RANGE["at_least"](expression, start)) & Q(RANGE["below"](expression, end))

    def _around_today(self, field: Field, expression: Any, operator: str, days: int, context: Context) -> Q:
        today = clock.today(context.zone)
        first = today if operator == "next_days" else today - dt.timedelta(days=days)
        span = self._day(first, context, days + 1)
        if operator == "older_days":
            return Q(RANGE["before"](expression, self.comparable(field, span[0])))
        return self._within(field, expression, span)

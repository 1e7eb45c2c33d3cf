"""What every field type answers. One small class per type; built-in and custom fields use the same."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from django.db.models import Q, TextField
from django.db.models.expressions import Combinable
from django.db.models.lookups import GreaterThan, GreaterThanOrEqual, IsNull, LessThan, LessThanOrEqual
from django.utils.translation import gettext_lazy as _

from amity.foundation.core.errors import Malformed
from amity.foundation.core.text import clean_text, fold, sort_key
from amity.foundation.records.context import Context
from amity.foundation.records.database import JsonText
from amity.foundation.records.spec import Field

OPERATORS: dict[str, Any] = {
    "is": _("is"),
    "is_not": _("is not"),
    "is_any": _("is any of"),
    "is_none": _("is none of"),
    "contains": _("contains"),
    "not_contains": _("does not contain"),
    "starts": _("begins with"),
    "above": _("is above"),
    "below": _("is below"),
    "at_least": _("is at least"),
    "at_most": _("is at most"),
    "between": _("is between"),
    "after": _("is after"),
    "before": _("is before"),
    "last_days": _("in the last … days"),
    "next_days": _("in the next … days"),
    "older_days": _("more than … days ago"),
    "has": _("has"),
    "has_any": _("has any of"),
    "has_not": _("has not"),
    "within": _("is or stands below"),
    "empty": _("is empty"),
    "filled": _("is filled"),
}


class BadValue(ValueError):
    """A value a field cannot take. `code` is for programs, `message` for people."""

    def __init__(self, code: str, message: Any) -> None:
        self.code = code
        self.message = message
        super().__init__(str(message))


MEMORY = 5000


def remembering(convert: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Convert each text once: for columns where the same few values come again and again."""
    memory: dict[Any, Any] = {}

    def quick(raw: Any) -> Any:
        key = raw if isinstance(raw, str) else repr(raw)
        if key not in memory:
            value = convert(raw)
            if len(memory) >= MEMORY:
                return value
            memory[key] = value
        return memory[key]

    return quick


def is_plain(text: str, limit: int) -> bool:
    """Whether stripped text can be stored as it is: `tidy` would give it back unchanged."""
    return text.isascii() and text.isprintable() and len(text) <= limit


def tidy(text: str, limit: int, *, multiline: bool = False) -> str:
    """Text fit to be stored; raises BadValue when longer than `limit` characters."""
    try:
        return clean_text(text, multiline=multiline, limit=limit)
    except ValueError as error:
        raise BadValue("too_long", _("This is longer than %(n)s characters.") % {"n": limit}) from error


class FieldType:
    """Base of the field types.

    Canonical values are JSON-able and empty is always None. `parse` reads what a person typed or a file holds,
    `clean` what a program sent; both raise `BadValue`. `slot_kind` is t or n when the type can be made fast.
    A board can have a column for each value of a type that `groups`, and sum one that `adds_up`; one that is
    `dated` stands in a calendar.
    """

    name: ClassVar[str]
    label: ClassVar[Any]
    icon: ClassVar[str] = "type"
    slot_kind: ClassVar[str] = ""
    sortable: ClassVar[bool] = True
    sorts_by_key: ClassVar[bool] = False
    can_be_unique: ClassVar[bool] = False
    creatable: ClassVar[bool] = True
    numeric: ClassVar[bool] = False
    many_valued: ClassVar[bool] = False
    few_values: ClassVar[bool] = False
    groups: ClassVar[bool] = False
    dated: ClassVar[bool] = False
    adds_up: ClassVar[bool] = False
    most: ClassVar[int] = 0
    operators: ClassVar[tuple[str, ...]] = ()
    widget: ClassVar[str] = "text"
    references: ClassVar[str] = ""

    def parse(self, field: Field, raw: str, context: Context) -> Any:
        return self.clean(field, raw.strip() or None, context)

    def clean(self, field: Field, value: Any, context: Context) -> Any:
        raise NotImplementedError

    def converter(self, field: Field, context: Context) -> Callable[[Any], Any]:
        """A function for one column of an import: stripped text, or raw lists of points and parts, to values."""

        def convert(raw: Any) -> Any:
            return (
                self.parse(field, raw, context) if isinstance(raw, str) else self.clean(field, raw, context)
            )

        return remembering(convert) if self.few_values else convert

    def plain_limit(self, field: Field) -> int:
        """How long stripped, printable ASCII may be to be stored as it is written; 0 where it has to be read."""
        return 0

    def display(self, field: Field, value: Any, context: Context) -> str:
        """One line of text for people; empty for None."""
        return "" if value is None else str(value)

    def edit_text(self, field: Field, value: Any, context: Context) -> str:
        """What `parse` would read back: for inputs and exports."""
        return self.display(field, value, context)

    def to_api(self, field: Field, value: Any) -> Any:
        return value

    def from_api(self, field: Field, value: Any) -> Any:
        """What `clean` takes of a value in API form; anything unreadable goes on to be refused there."""
        return value

    def to_column(self, value: Any) -> Any:
        return value

    def from_column(self, value: Any) -> Any:
        return value

    def slot_value(self, value: Any) -> Any:
        """The indexed copy: folded text or a number."""
        return value

    def search_text(self, value: Any) -> str:
        return "" if value is None else str(value)

    def index_values(self, field: Field, value: Any) -> list[tuple[str, str]]:
        """`(kind, normal)` rows for many-valued types."""
        return []

    def parts(self, value: Any) -> dict[str, Any] | None:
        """What a value of many is made of, each by what makes it itself; None for types that hold one value.

        Merging records keeps the parts of all of them, at most `most`.
        """
        return None

    def json_expression(self, field: Field) -> Combinable:
        return JsonText("custom", field.key)

    def group_values(self, field: Field) -> list[Any]:
        """Every value of a type that groups, in order; empty where only the records tell (users, teams)."""
        return []

    def group_value(self, raw: Any) -> Any:
        """The canonical value of what `field.expression()` gives in the database."""
        return raw

    def unit(self, field: Field) -> Combinable | None:
        """What must be equal for values to be added up, such as the currency."""
        return None

    def schema(self, field: Field) -> dict[str, Any]:
        """JSON Schema of the API value."""
        return {"type": ["string", "null"]}

    def from_form(self, field: Field, data: Any, name: str, context: Context) -> Any:
        """Read the value out of a submitted form (a QueryDict)."""
        return self.parse(field, data.get(name, ""), context)

    # --- filters -----------------------------------------------------------------------------------------

    def condition(self, field: Field, operator: str, value: Any, context: Context) -> Q:
        """SQL of one filter line. Raises Malformed for an operator the type does not know."""
        if operator not in self.operators:
            raise Malformed(
                _("“%(field)s” has no operator “%(op)s”.") % {"field": field.label, "op": operator}
            )
        expression = field.expression()
        if operator == "empty":
            return Q(IsNull(expression, True))
        if operator == "filled":
            return Q(IsNull(expression, False))
        return self.compare(field, expression, operator, value, context)

    def compare(self, field: Field, expression: Any, operator: str, value: Any, context: Context) -> Q:
        raise NotImplementedError

    def operand(self, field: Field, value: Any, context: Context) -> Any:
        """One filter value in the form the expression compares; raises Malformed when unreadable."""
        return self.slot_value(self.asked(field, value, context))

    def asked(self, field: Field, value: Any, context: Context) -> Any:
        """One filter value, canonical."""
        try:
            cleaned = (
                self.parse(field, value, context)
                if isinstance(value, str)
                else self.clean(field, value, context)
            )
        except BadValue as error:
            raise Malformed(f"{field.label}: {error.message}") from error
        if cleaned is None:
            raise Malformed(_("“%(field)s” needs a value to compare with.") % {"field": field.label})
        return cleaned

    def operands(self, field: Field, value: Any, context: Context) -> list[Any]:
        items = value if isinstance(value, list) else [value]
        if not items or len(items) > 200:
            raise Malformed(_("Choose between 1 and 200 values."))
        return [self.operand(field, item, context) for item in items]


def negate(condition: Q, expression: Any) -> Q:
    """NOT that also holds for empty values."""
    return Q(IsNull(expression, True)) | ~condition


RANGE: dict[str, Callable[..., Any]] = {
    "above": GreaterThan,
    "after": GreaterThan,
    "below": LessThan,
    "before": LessThan,
    "at_least": GreaterThanOrEqual,
    "at_most": LessThanOrEqual,
}


def between(expression: Any, values: Iterable[Any]) -> Q:
    pair = list(values)
    if len(pair) != 2:
        raise Malformed(_("“Between” needs two values."))
    low, high = sorted(pair)
    return Q(GreaterThanOrEqual(expression, low)) & Q(LessThanOrEqual(expression, high))


def folded_slot(value: Any) -> str | None:
    return sort_key(value) if value else None


__all__ = [
    "OPERATORS", "RANGE", "BadValue", "FieldType", "TextField", "between", "fold", "folded_slot", "negate",
    "tidy",
]  # fmt: skip

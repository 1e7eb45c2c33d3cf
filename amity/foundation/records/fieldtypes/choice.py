"""Single and multiple choice, and tags."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.db.models.lookups import Exact, In
from django.utils.translation import gettext_lazy as _

from amity.foundation.core.errors import Malformed
from amity.foundation.core.text import fold
from amity.foundation.records.context import Context
from amity.foundation.records.database import Unindexed
from amity.foundation.records.fieldtypes.base import BadValue, FieldType, negate, tidy
from amity.foundation.records.models import IndexedValue
from amity.foundation.records.spec import Field

MANY_OPERATORS = ("has", "has_any", "has_not", "empty", "filled")


def find_option(field: Field, word: str) -> str:
    """The key of an option named by key or label; raises BadValue naming the choices."""
    if field.option(word):
        return word
    folded = fold(word)
    for option in field.options:
        if fold(str(option.label)) == folded or fold(option.key) == folded:
            return option.key
    names = ", ".join(str(option.label) for option in field.live_options[:12])
    raise BadValue("choice", _("“%(word)s” is not one of: %(names)s.") % {"word": word[:60], "names": names})


class Choice(FieldType):
    name, label, icon = "choice", _("Choice"), "circle-dot"
    slot_kind, widget, few_values, groups = "t", "choice", True, True
    operators = ("is", "is_not", "is_any", "is_none", "empty", "filled")

    def clean(self, field: Field, value: Any, context: Context) -> Any:
        if value is None:
            return None
        if not isinstance(value, str):
            raise BadValue("type", _("This must be one of the choices."))
        return find_option(field, value)

    def display(self, field: Field, value: Any, context: Context) -> str:
        option = field.option(value) if value else None
        return str(option.label) if option else (value or "")

    def search_text(self, value: Any) -> str:
        return ""

    def group_values(self, field: Field) -> list[Any]:
        return [option.key for option in field.options]

    def schema(self, field: Field) -> dict[str, Any]:
        return {"type": ["string", "null"], "enum": [*(option.key for option in field.options), None]}

    def compare(self, field: Field, expression: Any, operator: str, value: Any, context: Context) -> Q:
        if operator in ("is_any", "is_none"):
            some = Q(In(expression, self.operands(field, value, context)))
            return some if operator == "is_any" else negate(some, expression)
        same = Q(Exact(expression, self.operand(field, value, context)))
        return same if operator == "is" else negate(same, expression)


class Many(FieldType):
    """Base of types with many values: each one is a row of the value index."""

    sortable = False
    many_valued = few_values = True
    operators = MANY_OPERATORS

    def kind(self, field: Field) -> str:
        """The index kind; a field of its own by default."""
        return f"f.{field.key}"

    def normal(self, field: Field, word: str, context: Context) -> str:
        """One filter value in the index's form."""
        return fold(word)

    def rows(self, field: Field, context: Context, **filters: Any) -> Exists:
        """Without a word to look for, SQLite shall look up the record rather than walk all words of the kind."""
        found = IndexedValue.unscoped.filter(
            kind=self.kind(field),
            record_id=OuterRef("pk"),
            object_type_id=field.settings["type_id"],
            **filters,
        )
        if filters:
            found = found.filter(workspace_id=context.workspace_id)
        else:
            found = found.alias(own_workspace=Unindexed("workspace_id"))
            found = found.filter(own_workspace=context.workspace_id)
        return Exists(found)

    def condition(self, field: Field, operator: str, value: Any, context: Context) -> Q:
        if operator not in self.operators:
            raise Malformed(
                _("“%(field)s” has no operator “%(op)s”.") % {"field": field.label, "op": operator}
            )
        if operator in ("empty", "filled"):
            filled = Q(self.rows(field, context))
            return filled if operator == "filled" else ~filled
        words = [self._word(item) for item in (value if isinstance(value, list) else [value])]
        if not all(words) or not 1 <= len(words) <= 200:
            raise Malformed(_("“%(field)s” needs a value to compare with.") % {"field": field.label})
        return self.matching(field, operator, [self.normal(field, word, context) for word in words], context)

    def _word(self, value: Any) -> str:
        """One operand as clean text; empty when it is none."""
        try:
            return tidy(str(value), 254) if isinstance(value, str | int) else ""
        except BadValue as error:
            raise Malformed(str(error.message)) from error

    def matching(self, field: Field, operator: str, normals: list[str], context: Context) -> Q:
        has = Q(self.rows(field, context, normal__in=[normal[:200] for normal in normals]))
        return ~has if operator == "has_not" else has


class MultiChoice(Many):
    name, label, icon = "multi_choice", _("Multiple choice"), "square-check"
    widget = "multi_choice"

    def parse(self, field: Field, raw: str, context: Context) -> Any:
        words = [word.strip() for word in raw.replace(";", ",").split(",")]
        return self.clean(field, [word for word in words if word], context)

    def clean(self, field: Field, value: Any, context: Context) -> Any:
        if value is None or value == []:
            return None
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise BadValue("type", _("This must be a list of choices."))
        keys = dict.fromkeys(find_option(field, item) for item in value)
        return list(keys)

    def from_form(self, field: Field, data: Any, name: str, context: Context) -> Any:
        return self.clean(field, [item for item in data.getlist(name) if item], context)

    def display(self, field: Field, value: Any, context: Context) -> str:
        options = [field.option(key) for key in value or []]
        return ", ".join(str(option.label) for option in options if option)

    def search_text(self, value: Any) -> str:
        return ""

    def normal(self, field: Field, word: str, context: Context) -> str:
        try:
            return find_option(field, word)
        except BadValue as error:
            raise Malformed(str(error.message)) from error

    def index_values(self, field: Field, value: Any) -> list[tuple[str, str]]:
        return [(self.kind(field), key) for key in value or []]

    def parts(self, value: Any) -> dict[str, Any]:
        return {key: key for key in value or []}

    def schema(self, field: Field) -> dict[str, Any]:
        keys = [option.key for option in field.options]
        return {"type": ["array", "null"], "items": {"type": "string", "enum": keys}}


class Tags(Many):
    """Free words on any record; new ones are made by the writer."""

    name, label, icon = "tags", _("Tags"), "tag"
    creatable, widget, most = False, "tags", 50

    def kind(self, field: Field) -> str:
        return "tag"

    def parse(self, field: Field, raw: str, context: Context) -> Any:
        return self.clean(field, [word for word in raw.replace(";", ",").split(",") if word.strip()], context)

    def clean(self, field: Field, value: Any, context: Context) -> Any:
        if value is None or value == []:
            return None
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise BadValue("type", _("This must be a list of tags."))
        if len(value) > self.most:
            raise BadValue("too_many", _("A record takes at most 50 tags."))
        names = (tidy(item, 60) for item in value)
        return list({fold(name): name for name in names if fold(name)}.values()) or None

    def from_form(self, field: Field, data: Any, name: str, context: Context) -> Any:
        words: list[str] = []
        for item in data.getlist(name):
            words += [word for word in item.split(",") if word.strip()]
        return self.clean(field, words, context)

    def display(self, field: Field, value: Any, context: Context) -> str:
        return ", ".join(value or [])

    def to_column(self, value: Any) -> Any:
        return value or []

    def from_column(self, value: Any) -> Any:
        return value or None

    def search_text(self, value: Any) -> str:
        return " ".join(value or [])

    def index_values(self, field: Field, value: Any) -> list[tuple[str, str]]:
        return [("tag", fold(name)[:200]) for name in value or []]

    def parts(self, value: Any) -> dict[str, Any]:
        return {fold(name): name for name in value or []}

    def schema(self, field: Field) -> dict[str, Any]:
        return {"type": ["array", "null"], "items": {"type": "string", "maxLength": 60}, "maxItems": 50}

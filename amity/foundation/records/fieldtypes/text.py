"""Text, long text and web address."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django.db.models import Q
from django.db.models.functions import Length
from django.db.models.lookups import Contains, GreaterThanOrEqual, In, StartsWith
from django.utils.translation import gettext_lazy as _

from amity.foundation.core.contact import normal_url
from amity.foundation.core.text import fold, sort_key
from amity.foundation.records.context import Context
from amity.foundation.records.database import Fold
from amity.foundation.records.fieldtypes.base import BadValue, FieldType, folded_slot, is_plain, negate, tidy
from amity.foundation.records.spec import Field

KEY_LENGTH = 200


class Text(FieldType):
    name, label, icon = "text", _("Text"), "type"
    slot_kind, can_be_unique = "t", True
    operators: ClassVar[tuple[str, ...]] = (
        "is",
        "is_not",
        "is_any",
        "contains",
        "not_contains",
        "starts",
        "empty",
        "filled",
    )
    limit = 250
    multiline = False

    def room(self, field: Field) -> int:
        """How many characters fit: a built-in field's column may hold fewer."""
        return int(field.settings.get("limit", self.limit))

    def clean(self, field: Field, value: Any, context: Context) -> str | None:
        if value is None:
            return None
        if not isinstance(value, str):
            raise BadValue("type", _("This must be text."))
        text = tidy(value, self.room(field), multiline=self.multiline)
        return text or None

    def plain_limit(self, field: Field) -> int:
        return self.room(field)

    def converter(self, field: Field, context: Context) -> Callable[[Any], Any]:
        limit, slow = self.plain_limit(field), super().converter(field, context)
        return lambda raw: raw if is_plain(raw, limit) else slow(raw)

    def slot_value(self, value: Any) -> Any:
        return folded_slot(value)

    def schema(self, field: Field) -> dict[str, Any]:
        return {"type": ["string", "null"], "maxLength": self.room(field)}

    def operand(self, field: Field, value: Any, context: Context) -> Any:
        return self.asked(field, value, context)

    def compare(self, field: Field, expression: Any, operator: str, value: Any, context: Context) -> Q:
        """The key of an indexed field lacks leading punctuation and what is past 200 signs: it narrows the
        search, the folded text itself decides."""
        whole = field.whole()
        key = expression if field.slot or field.sort_column else None
        if operator == "is_any":
            return _same(key, whole, [fold(str(item)) for item in self.operands(field, value, context)])
        word = fold(str(self.operand(field, value, context)))
        if operator in ("is", "is_not"):
            same = _same(key, whole, [word])
            return same if operator == "is" else negate(same, whole)
        if operator == "starts":
            return Q(StartsWith(Fold(whole), word))
        inside = _contains(key, whole, word)
        return inside if operator == "contains" else negate(inside, whole)


def _same(key: Any, whole: Any, words: list[str]) -> Q:
    same = Q(In(Fold(whole), words))
    return same if key is None else Q(In(key, [sort_key(word) for word in words])) & same


def _contains(key: Any, whole: Any, word: str) -> Q:
    inside = Q(Contains(Fold(whole), word))
    if key is None or not word[:1].isalnum():
        return inside
    cut = Q(GreaterThanOrEqual(Length(key), KEY_LENGTH - 1))
    return Q(Contains(key, word)) | (cut & inside)


class LongText(Text):
    name, label, icon = "long_text", _("Long text"), "file-text"
    slot_kind, can_be_unique, sortable = "", False, False
    operators = ("contains", "not_contains", "empty", "filled")
    limit, multiline, widget = 20_000, True, "textarea"


class Url(Text):
    name, label, icon = "url", _("Web address"), "globe"
    limit, widget = 2_000, "url"

    def clean(self, field: Field, value: Any, context: Context) -> str | None:
        text = super().clean(field, value, context)
        if text is None:
            return None
        try:
            return normal_url(text)
        except ValueError as error:
            raise BadValue("url", _("Enter a web address like example.com.")) from error

    def plain_limit(self, field: Field) -> int:
        return 0

    def operand(self, field: Field, value: Any, context: Context) -> Any:
        return str(value)

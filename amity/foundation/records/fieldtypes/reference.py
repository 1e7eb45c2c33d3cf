"""User, team, link to records, and file. Existence is checked in sets by the writer, never one by one."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.expressions import Combinable
from django.db.models.lookups import Exact, In, IsNull
from django.utils.translation import gettext_lazy as _

from amity.foundation.core.errors import Malformed
from amity.foundation.records.context import Context
from amity.foundation.records.database import JsonNumber
from amity.foundation.records.fieldtypes.base import BadValue, FieldType, negate
from amity.foundation.records.models import Link
from amity.foundation.records.spec import Field


class Reference(FieldType):
    """Base: the canonical value is an id of something in this workspace."""

    operators: ClassVar[tuple[str, ...]] = ("is", "is_not", "is_any", "empty", "filled")
    sortable = False

    def clean(self, field: Field, value: Any, context: Context) -> Any:
        if value in (None, ""):
            return None
        if isinstance(value, str) and value.isdecimal() and len(value) < 20:
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 2**63:
            raise BadValue("reference", _("Choose one from the list."))
        return value

    def search_text(self, value: Any) -> str:
        return ""

    def group_value(self, raw: Any) -> Any:
        return None if raw is None else int(raw)

    def slot_value(self, value: Any) -> Any:
        return value

    def json_expression(self, field: Field) -> Combinable:
        return JsonNumber("custom", field.key)

    def schema(self, field: Field) -> dict[str, Any]:
        return {"type": ["integer", "null"]}

    def compare(self, field: Field, expression: Any, operator: str, value: Any, context: Context) -> Q:
        if operator == "is_any":
            return Q(In(expression, self.operands(field, value, context)))
        same = Q(Exact(expression, self.operand(field, value, context)))
        return same if operator == "is" else negate(same, expression)


class User(Reference):
    """A colleague. Filters know `me`."""

    name, label, icon, widget, references = "user", _("User"), "user", "user", "user"
    groups = True

    def operand(self, field: Field, value: Any, context: Context) -> Any:
        return context.actor.user_id or 0 if value == "me" else super().operand(field, value, context)


class Team(Reference):
    name, label, icon, widget, references = "team", _("Team"), "users", "team", "team"
    groups = True


class File(Reference):
    name, label, icon, widget, references = "file", _("File"), "paperclip", "file", "file"
    operators = ("empty", "filled")


class LinkTo(Reference):
    """Records of another object: a foreign key of ours (`column`) or rows of the Link table (`relation_id`)."""

    name, label, icon, widget, references = "link", _("Link"), "link", "link", "link"

    def clean(self, field: Field, value: Any, context: Context) -> Any:
        if not field.many:
            items = value if isinstance(value, list) else [value]
            if len(items) > 1:
                raise BadValue("too_many", _("Only one record can be linked here."))
            return super().clean(field, items[0] if items else None, context)
        items = value if isinstance(value, list) else [value]
        if len(items) > 1000:
            raise BadValue("too_many", _("At most 1,000 records can be linked at once."))
        ids = [super(LinkTo, self).clean(field, item, context) for item in items]
        return list(dict.fromkeys(item for item in ids if item is not None)) or None

    def from_api(self, field: Field, value: Any) -> Any:
        """An id or what reading gives: `{"id", "object", "title"}`; a list of them where many may be linked."""
        if isinstance(value, list):
            return [self.from_api(field, item) for item in value]
        return value["id"] if isinstance(value, dict) and "id" in value else value

    def from_form(self, field: Field, data: Any, name: str, context: Context) -> Any:
        values = [item for item in data.getlist(name) if item]
        return self.clean(field, values if field.many else (values[0] if values else None), context)

    def condition(self, field: Field, operator: str, value: Any, context: Context) -> Q:
        raise TypeError("a filter by a link asks condition_among: it must know what one may see")

    def condition_among(
        self, field: Field, operator: str, value: Any, context: Context, seen: QuerySet[Any] | None
    ) -> Q:
        """SQL of one filter line. A link to a record outside `seen` is as if it were not there; None sees all."""
        if operator not in self.operators:
            raise Malformed(
                _("“%(field)s” has no operator “%(op)s”.") % {"field": field.label, "op": operator}
            )
        ids = None if operator in ("empty", "filled") else self.operands(field, value, context)
        some = _of_column(field, ids, seen) if field.column else _of_pairs(field, ids, context, seen)
        if operator == "is_not" and field.column:
            return negate(some, F(field.column))
        return ~some if operator in ("is_not", "empty") else some

    def operand(self, field: Field, value: Any, context: Context) -> Any:
        try:
            found = Reference.clean(self, field, value, context)
        except BadValue as error:
            raise Malformed(f"{field.label}: {error.message}") from error
        if found is None:
            raise Malformed(_("“%(field)s” needs a value to compare with.") % {"field": field.label})
        return found

    def schema(self, field: Field) -> dict[str, Any]:
        link = {
            "type": "object",
            "properties": {
                "id": {"type": "integer"},
                "object": {"type": "string"},
                "title": {"type": "string"},
            },
        }
        return (
            {"type": ["array", "null"], "items": link} if field.many else {**link, "type": ["object", "null"]}
        )


class LinkIntoTree(LinkTo):
    """A link to an object whose records stand below one another: `within` finds those below too.

    It goes by the name of every link; which records are below, the compiler of filters knows.
    """

    operators: ClassVar[tuple[str, ...]] = (*LinkTo.operators, "within")


def _of_column(field: Field, ids: list[int] | None, seen: QuerySet[Any] | None) -> Q:
    """Records whose foreign key holds one of these ids, or any."""
    column = F(field.column)
    if seen is None:
        return Q(IsNull(column, False)) if ids is None else Q(In(column, ids))
    if ids is None:
        return Q(Exists(seen.filter(pk=OuterRef(field.column))))
    return Q(In(column, seen.filter(pk__in=ids).values("pk")))


def _of_pairs(field: Field, ids: list[int] | None, context: Context, seen: QuerySet[Any] | None) -> Q:
    """Records with a Link row to one of these ids, or any."""
    pairs, end = links_of(field, context), f"{other_end(field)}_id__in"
    if ids is not None:
        pairs = pairs.filter(**{end: ids})
    return Q(Exists(pairs if seen is None else pairs.filter(**{end: seen.values("pk")})))


def other_end(field: Field) -> str:
    return "to" if field.end == "from" else "from"


def links_of(field: Field, context: Context) -> Any:
    """The Link rows of the outer record under this field's relation."""
    return Link.unscoped.filter(
        workspace_id=context.workspace_id,
        relation_id=field.relation_id or 0,
        **{f"{field.end}_id": OuterRef("pk")},
    )


__all__ = ["File", "LinkIntoTree", "LinkTo", "Reference", "Team", "User", "links_of", "other_end"]

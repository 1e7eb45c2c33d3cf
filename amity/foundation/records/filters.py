"""Queries are data: one filter tree compiles to SQL for columns, custom fields and related records alike.

A tree is `{"and": [...]}`, `{"or": [...]}`, `{"not": {...}}`, a line `{"field", "op", "value"}`, or
`{"related": <link field, reverse object, "notes" or "sharing">, "none": bool, "where": {...}}`.
An unknown field, operator or shape raises Malformed; nothing is ever ignored.
"""

from __future__ import annotations

from typing import Any, cast

from django.db.models import Case, Exists, F, IntegerField, OuterRef, Q, QuerySet, Value, When
from django.db.models.lookups import Exact
from django.utils.translation import gettext as _

from amity.foundation.core.errors import Malformed
from amity.foundation.records.access import visible
from amity.foundation.records.context import Context
from amity.foundation.records.database import OneOf
from amity.foundation.records.fieldtypes import TYPES, BadValue
from amity.foundation.records.fieldtypes.dates import days_of
from amity.foundation.records.fieldtypes.reference import LinkIntoTree, LinkTo, links_of, other_end
from amity.foundation.records.models import Note
from amity.foundation.records.objects import specs_for
from amity.foundation.records.seen import seen_by
from amity.foundation.records.sharing import live_shares, received
from amity.foundation.records.spec import Field, ObjectSpec
from amity.foundation.records.trees import tree_field, with_below

MAX_LINES = 100
MAX_DEPTH = 6
Tree = dict[str, Any]


def compile_tree(spec: ObjectSpec, tree: Tree | None, context: Context) -> Q:
    """The condition of a whole tree; an empty one is true."""
    return _Compiler(context).node(seen_by(context.actor, spec), tree, 0) if tree else Q()


class _Compiler:
    def __init__(self, context: Context) -> None:
        self.context = context
        self.lines = 0

    def node(self, spec: ObjectSpec, tree: Any, depth: int) -> Q:
        if not isinstance(tree, dict) or depth > MAX_DEPTH:
            raise Malformed(_("This filter cannot be read."))
        self.lines += 1
        if self.lines > MAX_LINES:
            raise Malformed(_("A filter has at most %(n)s lines.") % {"n": MAX_LINES})
        if set(tree) in ({"and"}, {"or"}):
            return self._group(spec, tree, depth)
        if set(tree) == {"not"}:
            return opposite(self.node(spec, tree["not"], depth + 1))
        if "related" in tree and set(tree) <= {"related", "none", "where"}:
            return self._related(spec, tree, depth)
        if {"field", "op"} <= set(tree) <= {"field", "op", "value"}:
            return self._line(spec, tree)
        raise Malformed(_("This filter cannot be read."))

    def _group(self, spec: ObjectSpec, tree: Tree, depth: int) -> Q:
        word, items = next(iter(tree.items()))
        if not isinstance(items, list):
            raise Malformed(_("This filter cannot be read."))
        parts = [self.node(spec, item, depth + 1) for item in items]
        if not parts:
            return Q()
        whole = parts[0]
        for part in parts[1:]:
            whole = whole & part if word == "and" else whole | part
        return whole

    def _line(self, spec: ObjectSpec, tree: Tree) -> Q:
        field = readable_field(spec, tree["field"])
        told = (field, str(tree["op"]), tree.get("value"), self.context)
        try:
            if isinstance(field.type, LinkIntoTree) and tree["op"] == "within":
                return self._within(field, tree.get("value"))
            if isinstance(field.type, LinkTo):
                return field.type.condition_among(*told, self._seen(field))
            return field.type.condition(*told)
        except BadValue as error:
            raise Malformed(f"{field.label}: {error.message}") from error

    def _within(self, field: Field, value: Any) -> Q:
        """Linked to a record or to one below it; only those one may see count, on the way down too."""
        target = self._spec(field.target)
        line, link = tree_field(target), cast(LinkIntoTree, field.type)
        record_id = link.operand(field, value, self.context)
        if line is None or line.hidden:
            return link.condition_among(field, "is", record_id, self.context, self._seen(field))
        ids = with_below(visible(target, self.context.actor), line.column, record_id)
        return Q(OneOf(F(field.column), ids))

    def _seen(self, field: Field) -> QuerySet[Any] | None:
        """The records a link may be asked about; None when the role sees all of them, which costs nothing."""
        target = self._spec(field.target)
        everybody = self.context.actor.owners(target.key, "see") is None
        return None if everybody else visible(target, self.context.actor)

    def _related(self, spec: ObjectSpec, tree: Tree, depth: int) -> Q:
        name = tree["related"]
        if name == "notes":
            some = Q(Exists(self._notes(spec, tree.get("where"))))
        elif name == "sharing" and spec.field("sharing") is None:
            some = Q(pk__in=self._shared(spec, tree.get("where")))
        else:
            some = Q(Exists(self._records(spec, str(name), tree.get("where"), depth)))
        return ~some if tree.get("none") else some

    def _notes(self, spec: ObjectSpec, where: Tree | None) -> QuerySet[Any]:
        """Notes of the record; `where` is `{"op": "last_days" | "older_days", "value": n}`."""
        notes = Note.unscoped.filter(
            workspace_id=self.context.workspace_id,
            object_type_id=spec.type_id,
            record_id=OuterRef("pk"),
            deleted_at=None,
        )
        if not where:
            return notes
        created = Field("created_at", TYPES["datetime"], _("Note"), column="created_at")
        op = str(where.get("op"))
        if op not in ("last_days", "older_days") or set(where) - {"op", "value", "field"}:
            raise Malformed(_("This filter cannot be read."))
        days_of(created, where.get("value"))
        return notes.filter(created.type.condition(created, op, where.get("value"), self.context))

    def _shared(self, spec: ObjectSpec, where: Tree | None) -> QuerySet[Any]:
        """Ids of shared records; `where` is `{"op": "with_me" | "by_me"}`, nothing for all of them."""
        actor = self.context.actor
        if where not in (None, {}, {"op": "with_me"}, {"op": "by_me"}):
            raise Malformed(_("This filter cannot be read."))
        op = (where or {}).get("op")
        shares = received(actor) if op == "with_me" else live_shares(actor.workspace_id)
        if op == "by_me":
            shares = shares.filter(shared_by_id=actor.user_id or 0)
        return shares.filter(object_type_id=spec.type_id).values("record_id")

    def _records(self, spec: ObjectSpec, name: str, where: Tree | None, depth: int) -> QuerySet[Any]:
        """Related records one may see; workspace and access go into the joined relation too."""
        field = spec.field(name)
        if field is not None and field.target and not field.archived and not field.hidden:
            target = self._spec(field.target)
            rows = visible(target, self.context.actor).filter(
                self.node(target, where, depth + 1) if where else Q()
            )
            if field.column:
                return rows.filter(pk=OuterRef(field.column))
            pairs = links_of(field, self.context)
            linked: QuerySet[Any] = pairs.filter(**{f"{other_end(field)}_id__in": rows.values("pk")})
            return linked
        for reverse in spec.reverses:
            if reverse.object_key == name:
                target = self._spec(name)
                readable_field(target, reverse.field_key)
                column = target.by_key[reverse.field_key].column
                rows = visible(target, self.context.actor).filter(**{column: OuterRef("pk")})
                return rows.filter(self.node(target, where, depth + 1)) if where else rows
        raise Malformed(
            _("“%(name)s” is not related to %(object)s.") % {"name": name[:60], "object": spec.plural}
        )

    def _spec(self, key: str) -> ObjectSpec:
        spec = specs_for(self.context.actor).get(key)
        if spec is None or not spec.enabled:
            raise Malformed(_("“%(name)s” is not an object here.") % {"name": key[:60]})
        return spec


def opposite(condition: Q) -> Q:
    """Every record the condition does not hold for, those with empty values too: SQL's NOT forgets them."""
    if not condition:
        return condition
    holds = Case(When(condition, then=Value(1)), default=Value(0), output_field=IntegerField())
    return Q(Exact(holds, 0))


def readable_field(spec: ObjectSpec, key: Any) -> Field:
    """A field one may filter and sort by; Malformed for anything else, hidden ones included."""
    field = spec.field(key) if isinstance(key, str) else None
    if field is None or field.archived or field.hidden:
        raise Malformed(_("There is no field “%(key)s”.") % {"key": str(key)[:60]}, code="unknown_field")
    return field

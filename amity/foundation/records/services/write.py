"""The one writer of records. A single save is a set of one: page, API, import and undo share it.

In one transaction: the rows, their history, the value index, the search rows and the event.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from django.db import IntegrityError, connection
from django.utils.translation import gettext as _

from amity.foundation.accounts.actor import Actor
from amity.foundation.core.clock import now
from amity.foundation.core.errors import Conflict
from amity.foundation.core.outbox import emit
from amity.foundation.core.text import sort_key
from amity.foundation.records import search
from amity.foundation.records.context import Context, context_for
from amity.foundation.records.database import dump_json, insert_rows, next_ids, update_rows
from amity.foundation.records.events import RecordsChanged
from amity.foundation.records.models import SLOTS, Change, IndexedValue
from amity.foundation.records.services.links import apply_links
from amity.foundation.records.services.tags import ensure_tags
from amity.foundation.records.spec import ObjectSpec, Values
from amity.foundation.records.values import read_record

BASE = (
    "workspace_id", "owner_id", "title", "title_key", "version", "created_at", "updated_at", "created_by_id",
    "deleted_at",
)  # fmt: skip
CHANGE_COLUMNS = (
    "workspace_id", "object_type_id", "record_id", "kind", "changes", "actor_id", "source", "at", "batch_id", "undoes",
)  # fmt: skip
VALUE_COLUMNS = ("workspace_id", "object_type_id", "record_id", "kind", "normal")


@dataclass
class Draft:
    """A record about to be written: all its stored values, and links by field key where they change."""

    values: Values
    links: dict[str, list[int]] = field(default_factory=dict)


@dataclass
class Edit:
    """A change of a loaded record: new values of the changed fields and new links."""

    record: Any
    values: Values
    links: dict[str, list[int]] = field(default_factory=dict)
    undoes: int | None = None


class Writer:
    """Writes sets of records of one object. Call inside `transaction.atomic()`; values are cleaned already."""

    def __init__(self, spec: ObjectSpec, actor: Actor, *, batch_id: int | None = None) -> None:
        self.spec = spec
        self.actor = actor
        self.context: Context = context_for(actor)
        self.batch_id = batch_id
        self.at = now()
        self.columns = self._columns()
        self._own = {item.key: item for item in spec.fields if item.column and item.column != "owner_id"}
        self._to_db = {name: self._adapter(name) for name in self.columns}
        self._places = {name: (place, self._to_db[name]) for place, name in enumerate(self.columns, 1)}
        self._customs = {item.key for item in spec.fields if item.custom and item.stored}
        self._slots = [item for item in spec.fields if item.custom and (item.slot or item.unique_slot)]
        self._many = [item for item in spec.fields if item.type.many_valued and item.stored]
        self._text_of = search.text_maker(spec)
        self._searched = {"owner", *(item.key for item in spec.search_fields)}

    def _columns(self) -> tuple[str, ...]:
        own = [item.column for item in self.spec.fields if item.column]
        lead = ("object_type_id",) if self.spec.custom else ()
        return tuple(dict.fromkeys([*BASE, *lead, *own, *self.spec.derived_columns, "custom", *SLOTS]))

    def _adapter(self, name: str) -> Any:
        """How a column's value goes to the database: None when it goes as it is."""
        column: Any = self.spec.model._meta.get_field(name)
        kind = column.get_internal_type()
        if kind == "JSONField":
            return dump_json
        if kind in ("DateField", "DateTimeField"):
            return lambda value: column.get_db_prep_save(value, connection)
        return None

    # --- the row of a record -----------------------------------------------------------------------------

    def row_values(self, values: Values) -> dict[str, Any]:
        """Columns made of canonical values, in model form: own columns, JSON, slots, title. Empty ones are absent."""
        title = self.spec.title_of(values)
        custom: Values = {}
        row: dict[str, Any] = {"custom": custom}
        for key, value in values.items():
            if value is None:
                continue
            if key in self._customs:
                custom[key] = value
            elif key in self._own:
                item = self._own[key]
                row[item.column] = item.type.to_column(value)
        row["owner_id"] = values.get("owner")
        row["title"], row["title_key"] = title, sort_key(title)
        for item in self._slots:
            if values.get(item.key) is not None:
                self._fill_slots(item, values[item.key], row)
        row.update(self.spec.derive(values, self.context))
        return row

    def _fill_slots(self, item: Any, value: Any, row: dict[str, Any]) -> None:
        slot_value = item.type.slot_value(value)
        if item.slot:
            row[item.slot] = slot_value
        if item.unique_slot:
            row[item.unique_slot] = str(slot_value)[:200]

    def whole_row(self, values: Values, deleted_at: Any) -> dict[str, Any]:
        """`row_values` with the empty columns named too, for updates."""
        empty = {item.column: item.type.to_column(None) for item in self._own.values()}
        slots = {name: None for item in self._slots for name in (item.slot, item.unique_slot) if name}
        return {**empty, **slots, **self.row_values(values), "deleted_at": deleted_at}

    # --- creating ----------------------------------------------------------------------------------------

    def create(self, drafts: Sequence[Draft]) -> list[int]:
        """Insert records; returns their ids in order. Raises Conflict for a taken unique value."""
        if not drafts:
            return []
        self._make_tags(draft.values for draft in drafts)
        ids = next_ids(self.spec.model, len(drafts))
        rows = [self.row_values(draft.values) for draft in drafts]
        self._insert(ids, rows)
        insert_rows(Change, CHANGE_COLUMNS, self._creations(ids))
        self._index_values((i, draft.values) for i, draft in zip(ids, drafts, strict=True))
        texts = [
            (i, row["owner_id"], self._text_of(row["title"], draft.values))
            for i, row, draft in zip(ids, rows, drafts, strict=True)
        ]
        search.add_rows(self.spec, self.actor.workspace_id, texts)
        for i, draft in zip(ids, drafts, strict=True):
            if draft.links:
                apply_links(self.spec, self.actor, i, draft.links)
        emit(RecordsChanged.of(self.spec, self.actor, "created", ids, self.batch_id))
        return ids

    def _insert(self, ids: list[int], rows: list[dict[str, Any]]) -> None:
        """One statement for all rows. What is the same everywhere stands in a template, what is empty is left out."""
        template, places = self._template(), self._places
        prepared = []
        for record_id, row in zip(ids, rows, strict=True):
            line = template.copy()
            line[0] = record_id
            for name, value in row.items():
                place, adapt = places[name]
                line[place] = value if adapt is None or value is None else adapt(value)
            prepared.append(line)
        used = {0, *(place for place, value in enumerate(template) if value is not None)}
        used.update(places[name][0] for name in set().union(*rows))
        columns = ("id", *self.columns)
        if len(used) < len(columns):
            pick = itemgetter(*sorted(used))
            columns, prepared = pick(columns), [pick(line) for line in prepared]
        try:
            insert_rows(self.spec.model, columns, prepared)
        except IntegrityError as error:
            raise _taken(self.spec, error) from error

    def _template(self) -> list[Any]:
        """A new record without values, in database form."""
        constants: dict[str, Any] = {item.column: item.type.to_column(None) for item in self._own.values()}
        constants |= {
            "workspace_id": self.actor.workspace_id,
            "object_type_id": self.spec.type_id,
            "version": 1,
            "created_at": self.at,
            "updated_at": self.at,
            "created_by_id": self.actor.user_id,
            "custom": {},
        }
        return [None, *(self._db(name, constants.get(name)) for name in self.columns)]

    def _creations(self, ids: list[int]) -> list[list[Any]]:
        line = self._change(0, "create", {})
        return [[*line[:2], record_id, *line[3:]] for record_id in ids]

    # --- changing ----------------------------------------------------------------------------------------

    def update(self, edits: Sequence[Edit], kind: str = "update") -> list[int]:
        """Change loaded (and locked) records; unchanged ones are left alone. Returns ids of changed ones."""
        self._make_tags(edit.values for edit in edits)
        changed: list[tuple[Edit, Values, dict[str, Any], dict[str, Any]]] = []
        for edit in edits:
            before = read_record(self.spec, edit.record)
            after = {**before, **edit.values}
            diff = {
                key: [before.get(key), value]
                for key, value in edit.values.items()
                if before.get(key) != value
            }
            links = apply_links(self.spec, self.actor, edit.record.pk, edit.links)
            if diff or links:
                changed.append(
                    (edit, after, self.whole_row(after, edit.record.deleted_at), {**diff, **links})
                )
        if not changed:
            return []
        renamed = {
            edit.record.pk for edit, _after, row, _diff in changed if row["title"] != edit.record.title
        }
        self._update_rows([(edit.record, row) for edit, _after, row, _diff in changed])
        lines = [self._change(edit.record.pk, kind, diff, edit.undoes) for edit, _a, _r, diff in changed]
        insert_rows(Change, CHANGE_COLUMNS, lines)
        self._reindex([(edit.record.pk, after, row, diff) for edit, after, row, diff in changed], renamed)
        ids = [edit.record.pk for edit, *_rest in changed]
        fields = sorted({key for *_rest, diff in changed for key in diff})
        emit(RecordsChanged.of(self.spec, self.actor, "updated", ids, self.batch_id, fields))
        return ids

    def _update_rows(self, rows: list[tuple[Any, dict[str, Any]]]) -> None:
        """One statement for all rows over the columns that differ in any of them."""
        names = sorted({k for record, row in rows for k, v in row.items() if getattr(record, k, None) != v})
        columns = [*names, "updated_at", "version"]
        prepared = []
        for record, row in rows:
            record.version += 1
            record.updated_at = self.at
            for name in names:
                setattr(record, name, row[name])
            line = [*(row[name] for name in names), self.at, record.version]
            prepared.append(
                [self._db(name, value) for name, value in zip(columns, line, strict=True)] + [record.pk]
            )
        try:
            update_rows(self.spec.model, columns, prepared)
        except IntegrityError as error:
            raise _taken(self.spec, error) from error

    def _db(self, name: str, value: Any) -> Any:
        adapt = self._to_db.get(name)
        return adapt(value) if adapt and value is not None else value

    def _reindex(
        self, rows: list[tuple[int, Values, dict[str, Any], dict[str, Any]]], renamed: set[int]
    ) -> None:
        """Value index and search rows of the records whose indexed fields, name or owner changed."""
        many = {item.key for item in self._many}
        moved = [(pk, after) for pk, after, _row, diff in rows if many & set(diff)]
        if moved:
            IndexedValue.unscoped.filter(
                object_type_id=self.spec.type_id, record_id__in=[pk for pk, _after in moved]
            ).delete()
            self._index_values(moved)
        found = [
            (pk, row["owner_id"], self._text_of(row["title"], after))
            for pk, after, row, diff in rows
            if pk in renamed or not self._searched.isdisjoint(diff)
        ]
        if found:
            search.update_rows(self.spec, self.actor.workspace_id, found)

    # --- trash -------------------------------------------------------------------------------------------

    def trash(self, records: Sequence[Any]) -> list[int]:
        """Move records to the trash: out of search and matching, links kept."""
        ids = [record.pk for record in records]
        self._set_deleted(records, self.at)
        search.remove_rows(self.spec, ids)
        IndexedValue.unscoped.filter(object_type_id=self.spec.type_id, record_id__in=ids).delete()
        insert_rows(Change, CHANGE_COLUMNS, [self._change(pk, "delete", {}) for pk in ids])
        emit(RecordsChanged.of(self.spec, self.actor, "deleted", ids, self.batch_id))
        return ids

    def restore(self, records: Sequence[Any]) -> list[int]:
        """Bring records back; Conflict when a unique value was taken meanwhile."""
        try:
            self._set_deleted(records, None)
        except IntegrityError as error:
            raise _taken(self.spec, error) from error
        found = [(record, read_record(self.spec, record)) for record in records]
        self._index_values((record.pk, values) for record, values in found)
        search.add_rows(
            self.spec,
            self.actor.workspace_id,
            [(r.pk, r.owner_id, self._text_of(r.title, values)) for r, values in found],
        )
        ids = [record.pk for record in records]
        insert_rows(Change, CHANGE_COLUMNS, [self._change(pk, "restore", {}) for pk in ids])
        emit(RecordsChanged.of(self.spec, self.actor, "restored", ids, self.batch_id))
        return ids

    def _set_deleted(self, records: Sequence[Any], at: Any) -> None:
        rows = []
        for record in records:
            record.deleted_at, record.version = at, record.version + 1
            rows.append([self._db("deleted_at", at), record.version, record.pk])
        update_rows(self.spec.model, ("deleted_at", "version"), rows)

    # --- helpers -----------------------------------------------------------------------------------------

    def _change(
        self, record_id: int, kind: str, changes: dict[str, Any], undoes: int | None = None
    ) -> list[Any]:
        at = self._to_db["updated_at"](self.at)
        spec = self.spec
        return [
            self.actor.workspace_id, spec.type_id, record_id, kind, dump_json(changes), self.actor.user_id,
            self.actor.source, at, self.batch_id, undoes,
        ]  # fmt: skip

    def _index_values(self, rows: Iterable[tuple[int, Values]]) -> None:
        found = [
            (self.actor.workspace_id, self.spec.type_id, record_id, kind, normal)
            for record_id, values in rows
            for item in self._many
            if values.get(item.key) is not None
            for kind, normal in item.type.index_values(item, values[item.key])
        ]
        if found:
            insert_rows(IndexedValue, VALUE_COLUMNS, found)

    def _make_tags(self, rows: Iterable[Values]) -> None:
        names = {name for values in rows for name in values.get("tags") or []}
        if names:
            ensure_tags(self.actor.workspace_id, names)


def _taken(spec: ObjectSpec, error: IntegrityError) -> Exception:
    """A unique value is in use: says which field and nothing about the other record."""
    text = str(error)
    for item in spec.fields:
        if item.unique_slot and (f"_{item.unique_slot}_once" in text or f".{item.unique_slot}" in text):
            return Conflict(
                _("“%(field)s”: already in use.") % {"field": item.label},
                code="taken",
                details={"field": item.key},
            )
    return error

"""The one writer of records. A single save is a set of one: page, API, import and undo share it.

In one transaction: the rows, their history, the value index, the search rows and the event.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import repeat
from typing import Any

from django.db import IntegrityError, connection
from django.db.models import F
from django.utils.translation import gettext as _

from amity.foundation.accounts.actor import Actor
from amity.foundation.core.clock import now
from amity.foundation.core.errors import Conflict
from amity.foundation.core.outbox import emit
from amity.foundation.core.text import sort_key
from amity.foundation.records import search
from amity.foundation.records.access import among_records
from amity.foundation.records.context import Context, context_for
from amity.foundation.records.database import dump_json, insert_rows, next_ids, together, update_rows
from amity.foundation.records.events import RecordsChanged
from amity.foundation.records.models import Change, IndexedValue, MergedRecord
from amity.foundation.records.services.links import apply_links
from amity.foundation.records.services.tags import ensure_tags
from amity.foundation.records.spec import Field, ObjectSpec, Values
from amity.foundation.records.trees import check_depth, check_lines
from amity.foundation.records.values import read_record

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
    """A change of a loaded record: new values of the changed fields and new links.

    `before` holds the record's values where the caller has read them already.
    """

    record: Any
    values: Values
    links: dict[str, list[int]] = field(default_factory=dict)
    undoes: int | None = None
    before: Values | None = None


@dataclass
class _Changed:
    """A record that an edit really changes: all its values afterwards, and `{field: [before, after]}`.

    `computed` names the computed fields that change with it. History does not tell of them: they follow.
    """

    record: Any
    after: Values
    diff: dict[str, Any]
    undoes: int | None
    computed: set[str] = field(default_factory=set)

    def touches(self, keys: set[str]) -> bool:
        return not (keys.isdisjoint(self.diff) and keys.isdisjoint(self.computed))


class Writer:
    """Writes sets of records of one object. Call inside `transaction.atomic()`; values are cleaned already.

    A set is worked off column by column, which costs a fraction of going record by record.
    """

    def __init__(self, spec: ObjectSpec, actor: Actor, *, batch_id: int | None = None) -> None:
        self.spec = spec
        self.actor = actor
        self.context: Context = context_for(actor)
        self.batch_id = batch_id
        self.at = now()
        self._change_columns = (*CHANGE_COLUMNS, "origin") if actor.origin else CHANGE_COLUMNS
        self._own = [item for item in spec.fields if item.column and item.column != "owner_id"]
        self._customs = {item.key for item in spec.fields if item.custom and item.stored}
        self._slots = [item for item in spec.fields if item.custom and (item.slot or item.unique_slot)]
        self._many = [item for item in spec.fields if item.type.many_valued and item.stored]
        self._searched = {"owner", *(item.key for item in spec.search_fields)}
        self._inputs = set().union(*(item.formula.inputs for item in spec.computed if item.formula))

    # --- the columns of records --------------------------------------------------------------------------

    def columns_of(self, every: Sequence[Values], keys: set[str]) -> dict[str, list[Any]]:
        """Columns made of canonical values, in model form, an entry per record.

        Columns of fields that are not among `keys` are left out.
        """
        columns: dict[str, list[Any]] = {}
        for item in self._own:
            if item.key in keys:
                to_column = item.type.to_column
                columns[item.column] = [to_column(values.get(item.key)) for values in every]
        for item in self._slots:
            if item.key in keys:
                columns.update(slot_columns(item, [values.get(item.key) for values in every]))
        if not self._customs.isdisjoint(keys):
            columns["custom"] = [self._custom(values) for values in every]
        titles = [self.spec.title_of(values) for values in every]
        columns["title"], columns["title_key"] = titles, [sort_key(title) for title in titles]
        columns["owner_id"] = [values.get("owner") for values in every]
        derived = [self.spec.derive(values, self.context) for values in every]
        for name in self.spec.derived_columns:
            columns[name] = [found.get(name) for found in derived]
        return columns

    def _custom(self, values: Values) -> Values:
        customs = self._customs
        return {key: value for key, value in values.items() if key in customs and value is not None}

    def _to_db(self, columns: dict[str, list[Any]]) -> dict[str, list[Any]]:
        """Columns in model form as they go to the database."""
        return {name: self._adapted(name, column) for name, column in columns.items()}

    def _adapted(self, name: str, column: list[Any]) -> list[Any]:
        model_field: Any = self.spec.model._meta.get_field(name)
        kind = model_field.get_internal_type()
        if kind == "JSONField":
            return [dump_json(value) for value in column]
        if kind in ("DateField", "DateTimeField"):
            adapt = model_field.get_db_prep_save
            return [None if value is None else adapt(value, connection) for value in column]
        return column

    # --- creating ----------------------------------------------------------------------------------------

    def create(self, drafts: Sequence[Draft]) -> list[int]:
        """Insert records; returns their ids in order. Raises Conflict for a taken unique value."""
        if not drafts:
            return []
        every = [draft.values for draft in drafts]
        if self.spec.computed:
            every = [{**values, **self.spec.compute(values)} for values in every]
        check_depth(self.spec, self.actor.workspace_id, every)
        self._make_tags(every)
        ids = next_ids(self.spec.model, len(drafts))
        columns = self.columns_of(every, set().union(*every))
        with self._once_only(), together(len(ids)):
            self._create_rows(ids, every, columns)
            for i, draft in zip(ids, drafts, strict=True):
                if draft.links:
                    apply_links(self.spec, self.actor, i, draft.links)
            emit(RecordsChanged.of(self.spec, self.actor, "created", ids, self.batch_id))
        return ids

    def _create_rows(self, ids: list[int], every: Sequence[Values], columns: dict[str, list[Any]]) -> None:
        self._insert(ids, columns)
        insert_rows(Change, self._change_columns, self._creations(ids))
        self._index_values(ids, every)
        texts = search.texts(self.spec, columns["title"], every)
        search.add_rows(
            self.spec, self.actor.workspace_id, list(zip(ids, columns["owner_id"], texts, strict=True))
        )

    def _insert(self, ids: list[int], columns: dict[str, list[Any]]) -> None:
        """One statement for all rows. Columns that are empty in every row are left out."""
        constants = {
            name: [value]
            for name, value in self._constants().items()
            if value is not None and name not in columns
        }
        same = [repeat(column[0]) for column in self._to_db(constants).values()]
        rows = zip(ids, *same, *self._to_db(columns).values(), strict=False)
        insert_rows(self.spec.model, ("id", *constants, *columns), rows)

    def _constants(self) -> dict[str, Any]:
        """A new record without values, in model form."""
        return {
            **{item.column: item.type.to_column(None) for item in self._own},
            "workspace_id": self.actor.workspace_id,
            "version": 1,
            "created_at": self.at,
            "updated_at": self.at,
            "created_by_id": self.actor.user_id,
            "custom": {},
            **({"object_type_id": self.spec.type_id} if self.spec.custom else {}),
        }

    def _creations(self, ids: list[int]) -> list[list[Any]]:
        line = self._change(0, "create", {})
        return [[*line[:2], record_id, *line[3:]] for record_id in ids]

    # --- changing ----------------------------------------------------------------------------------------

    def update(self, edits: Sequence[Edit], kind: str = "update", *, always: bool = False) -> list[int]:
        """Change loaded (and locked) records; unchanged ones are left alone. Returns ids of changed ones.

        `always`: a line of history even where no value changes.
        """
        self._make_tags([edit.values for edit in edits])
        check_lines(self.spec, self.actor.workspace_id, {edit.record.pk: edit.values for edit in edits})
        changed = [one for one in map(self._changed, edits) if one.diff or always]
        if not changed:
            return []
        fields = sorted({key for one in changed for key in (*one.diff, *one.computed)})
        columns = self.columns_of([one.after for one in changed], set(fields))
        renamed = {
            one.record.pk
            for one, title in zip(changed, columns["title"], strict=True)
            if title != one.record.title
        }
        ids = [one.record.pk for one in changed]
        lines = [self._change(one.record.pk, kind, one.diff, one.undoes) for one in changed]
        with self._once_only(), together(len(ids)):
            self._update_rows([one.record for one in changed], columns)
            insert_rows(Change, self._change_columns, lines)
            self._reindex(changed, renamed)
            emit(RecordsChanged.of(self.spec, self.actor, "updated", ids, self.batch_id, fields))
        return ids

    def _changed(self, edit: Edit) -> _Changed:
        """Writes the links; the record itself is not touched yet."""
        before = read_record(self.spec, edit.record) if edit.before is None else edit.before
        diff: dict[str, Any] = {
            key: [before.get(key), value] for key, value in edit.values.items() if before.get(key) != value
        }
        diff.update(apply_links(self.spec, self.actor, edit.record.pk, edit.links))
        after, computed = {**before, **edit.values}, set()
        if not self._inputs.isdisjoint(diff):
            found = self.spec.compute(after)
            computed = {key for key, value in found.items() if before.get(key) != value}
            after |= found
        return _Changed(edit.record, after, diff, edit.undoes, computed)

    def _update_rows(self, records: Sequence[Any], columns: dict[str, list[Any]]) -> None:
        """One statement for all rows over the columns that differ in any of them."""
        differing = {
            name: column
            for name, column in sorted(columns.items())
            if any(getattr(record, name) != value for record, value in zip(records, column, strict=True))
        }
        for record in records:
            record.version += 1
            record.updated_at = self.at
        for name, column in differing.items():
            for record, value in zip(records, column, strict=True):
                setattr(record, name, value)
        differing["updated_at"] = [self.at] * len(records)
        differing["version"] = [record.version for record in records]
        rows = zip(*self._to_db(differing).values(), (record.pk for record in records), strict=True)
        update_rows(self.spec.model, list(differing), list(rows))

    def _reindex(self, changed: Sequence[_Changed], renamed: set[int]) -> None:
        """Value index and search rows of the records whose indexed fields, name or owner changed."""
        many = {item.key for item in self._many}
        moved = [one for one in changed if not many.isdisjoint(one.diff)]
        if moved:
            ids = [one.record.pk for one in moved]
            IndexedValue.unscoped.filter(object_type_id=self.spec.type_id, record_id__in=ids).delete()
            self._index_values(ids, [one.after for one in moved])
        found = [one for one in changed if one.record.pk in renamed or one.touches(self._searched)]
        if found:
            search.update_rows(
                self.spec,
                self.actor.workspace_id,
                self._search_rows([one.record for one in found], [one.after for one in found]),
            )

    def _search_rows(
        self, records: Sequence[Any], every: Sequence[Values]
    ) -> list[tuple[int, int | None, str]]:
        texts = search.texts(self.spec, [record.title for record in records], every)
        return [(one.pk, one.owner_id, text) for one, text in zip(records, texts, strict=True)]

    def point(self, item: Field, ids: Sequence[int], old: int, new: int) -> None:
        """Lead a link column of many records from one record to another, trashed ones too.

        What records are called and found by does not depend on it, so they need not be read.
        """
        among_records(self.spec, self.actor.workspace_id, ids).update(
            **{item.column: new, "version": F("version") + 1, "updated_at": self.at}
        )
        line = self._change(0, "update", {item.key: [old, new]})
        insert_rows(Change, self._change_columns, [[*line[:2], pk, *line[3:]] for pk in ids])
        emit(RecordsChanged.of(self.spec, self.actor, "updated", ids, self.batch_id, [item.key]))

    # --- trash -------------------------------------------------------------------------------------------

    def trash(self, records: Sequence[Any], kind: str = "delete") -> list[int]:
        """Move records to the trash: out of search and matching, links kept."""
        ids = [record.pk for record in records]
        self._set_deleted(records, self.at)
        search.remove_rows(self.spec, ids)
        IndexedValue.unscoped.filter(object_type_id=self.spec.type_id, record_id__in=ids).delete()
        insert_rows(Change, self._change_columns, [self._change(pk, kind, {}) for pk in ids])
        verb = "deleted" if kind == "delete" else kind
        emit(RecordsChanged.of(self.spec, self.actor, verb, ids, self.batch_id))
        return ids

    def restore(self, records: Sequence[Any]) -> list[int]:
        """Bring records back, merged ones too; Conflict when a unique value was taken meanwhile."""
        with self._once_only():
            self._set_deleted(records, None)
        ids = [record.pk for record in records]
        MergedRecord.unscoped.filter(object_type_id=self.spec.type_id, record_id__in=ids).delete()
        every = [read_record(self.spec, record) for record in records]
        self._index_values(ids, every)
        search.add_rows(self.spec, self.actor.workspace_id, self._search_rows(records, every))
        insert_rows(Change, self._change_columns, [self._change(pk, "restore", {}) for pk in ids])
        emit(RecordsChanged.of(self.spec, self.actor, "restored", ids, self.batch_id))
        return ids

    def _set_deleted(self, records: Sequence[Any], at: Any) -> None:
        moment = self._adapted("deleted_at", [at])[0]
        rows = []
        for record in records:
            record.deleted_at, record.version = at, record.version + 1
            rows.append([moment, record.version, record.pk])
        update_rows(self.spec.model, ("deleted_at", "version"), rows)

    # --- helpers -----------------------------------------------------------------------------------------

    @contextmanager
    def _once_only(self) -> Iterator[None]:
        """Raises Conflict when a unique value is taken."""
        try:
            yield
        except IntegrityError as error:
            raise _taken(self.spec, error) from error

    def _change(
        self, record_id: int, kind: str, changes: dict[str, Any], undoes: int | None = None
    ) -> list[Any]:
        at = connection.ops.adapt_datetimefield_value(self.at)
        spec, actor = self.spec, self.actor
        origin = [actor.origin] if actor.origin else []
        return [
            actor.workspace_id, spec.type_id, record_id, kind, dump_json(changes), actor.user_id,
            actor.source, at, self.batch_id, undoes, *origin,
        ]  # fmt: skip

    def _index_values(self, ids: Sequence[int], every: Sequence[Values]) -> None:
        place = (self.actor.workspace_id, self.spec.type_id)
        found = [
            (*place, record_id, kind, normal)
            for item in self._many
            for record_id, values in zip(ids, every, strict=True)
            if values.get(item.key) is not None
            for kind, normal in item.type.index_values(item, values[item.key])
        ]
        if found:
            insert_rows(IndexedValue, VALUE_COLUMNS, found)

    def _make_tags(self, rows: Sequence[Values]) -> None:
        names = {name for values in rows for name in values.get("tags") or []}
        if names:
            ensure_tags(self.actor.workspace_id, names)


def slot_columns(item: Any, column: list[Any]) -> dict[str, list[Any]]:
    """The indexed copies of a fast or unique field."""
    values = [None if value is None else item.type.slot_value(value) for value in column]
    found = {item.slot: values} if item.slot else {}
    if item.unique_slot:
        found[item.unique_slot] = [None if value is None else str(value)[:200] for value in values]
    return found


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

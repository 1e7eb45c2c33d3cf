"""Cells of a sheet: texts for many fields of many records, each judged by itself, written as one undoable batch.

Texts are read by their fields as an import reads them, in the person's language. A cell that cannot be written
says why and keeps nobody else's from being written. Where a record has another version than its cell was made
from, the cell is refused when somebody else changed that very field since; one's own changes are no surprise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import F, Window
from django.db.models.functions import RowNumber
from django.utils.translation import gettext as _

from amity.foundation.accounts.actor import Actor
from amity.foundation.core.clock import now
from amity.foundation.core.errors import AmityError, Conflict, Denied, Invalid, LimitReached, NotFound
from amity.foundation.records.access import judged, locked
from amity.foundation.records.context import context_for
from amity.foundation.records.fieldtypes.contact import Points
from amity.foundation.records.importing.convert import Converted, Converter
from amity.foundation.records.importing.match import References
from amity.foundation.records.models import Batch, BulkRun, Change
from amity.foundation.records.seen import seen_by
from amity.foundation.records.services.bulk_change import FieldChange, Refused, SetEdit
from amity.foundation.records.services.clean import clean_values
from amity.foundation.records.services.records import check_handing
from amity.foundation.records.services.write import Edit, Writer
from amity.foundation.records.spec import Field, ObjectSpec, Values
from amity.foundation.records.values import read_record, user_names

MOST = 5_000
SET = 250  # records of one transaction
LOOK_BACK = 100  # changes of one record; behind more than that, every field counts as changed
WITHOUT_VERSION = ("share", "unshare")  # lines of history that make no new version of the record
OPEN, WRITTEN, UNCHANGED, REFUSED, CONFLICT = "open", "written", "unchanged", "refused", "conflict"


@dataclass(frozen=True)
class CellText:
    """What one cell shall hold; an empty text empties it. `version` is the record's as the person saw it, if known."""

    record_id: int
    field: str
    text: str
    version: int | None = None


@dataclass
class Outcome:
    """What came of one cell: written, unchanged, refused or conflict; the last two say why in `code` and `message`.

    `by` is who changed the field meanwhile.
    """

    cell: CellText
    status: str = OPEN
    code: str = ""
    message: str = ""
    by: str = ""
    value: Any = None

    def refuse(self, code: str, message: Any, *, status: str = REFUSED, by: str = "") -> None:
        self.status, self.code, self.message, self.by = status, code, str(message), by


@dataclass
class Pasted:
    """`outcomes` in the order of the cells; `run` takes the whole back, None when nothing was written.

    `versions` of the records as they are now, as far as they are the actor's to change.
    """

    outcomes: list[Outcome]
    run: BulkRun | None
    versions: dict[int, int]


def paste_cells(*, actor: Actor, spec: ObjectSpec, cells: Sequence[CellText]) -> Pasted:
    """Write what can be written of at most 5,000 cells. Raises Denied, Invalid for none, LimitReached for too many."""
    actor.require(spec.key, "edit")
    if not cells:
        raise Invalid.one("cells", "required", _("There is nothing to write."))
    if len(cells) > MOST:
        raise LimitReached(_("At most %(most)s cells can be written at once.") % {"most": MOST})
    sheet = _Sheet(actor, seen_by(actor, spec), cells)
    ids = sorted({one.cell.record_id for one in sheet.outcomes if one.status == OPEN})
    for start in range(0, len(ids), SET):
        with transaction.atomic():
            sheet.write(ids[start : start + SET])
            if start + SET >= len(ids):
                sheet.end()
    return Pasted(sheet.outcomes, sheet.run, sheet.versions)


class _Sheet:
    """One paste at work. Every set of records is a transaction with its part of the run."""

    def __init__(self, actor: Actor, spec: ObjectSpec, cells: Sequence[CellText]) -> None:
        self.actor, self.spec, self.context = actor, spec, context_for(actor)
        self.outcomes = [Outcome(cell) for cell in cells]
        self.run: BulkRun | None = None
        self.versions: dict[int, int] = {}
        self._by_record: dict[int, dict[str, Outcome]] = {}
        for one in self.outcomes:
            self._take(one)
        self._read()
        keys = dict.fromkeys(one.cell.field for one in self.outcomes if one.status == OPEN)
        self._sets = SetEdit(spec, actor, [FieldChange(key) for key in keys])

    # --- reading the texts ---------------------------------------------------------------------------

    def _take(self, one: Outcome) -> None:
        item = self.spec.field(one.cell.field)
        if item is None or item.archived or item.hidden:
            one.refuse("unknown_field", _("There is no such field."))
        elif item.read_only or item.type.references == "file":
            one.refuse("read_only", _("This field cannot be written."))
        elif item.key in self._by_record.setdefault(one.cell.record_id, {}):
            one.refuse("twice", _("This cell was sent twice."))
        else:
            self._by_record[one.cell.record_id][item.key] = one

    def _read(self) -> None:
        """Canonical values of all texts, a column at a time; names are looked up in sets."""
        converter = Converter(self.spec, self.context)
        columns: dict[str, list[tuple[Converted, str]]] = {}
        rows: list[tuple[Converted, Outcome]] = []
        for one in self.outcomes:
            if one.status == OPEN:
                row = Converted(len(rows), [])
                rows.append((row, one))
                text = one.cell.text.replace("\0", "").strip()
                columns.setdefault(one.cell.field, []).append((row, text))
        for key, pairs in columns.items():
            converter.column(key, [row for row, _text in pairs], [text for _row, text in pairs])
        References(self.spec, self.context, strict=True).resolve([row for row, _one in rows])
        for row, one in rows:
            one.value = row.values.get(one.cell.field)
            if row.errors:
                one.refuse(row.errors[0].code, row.errors[0].message)
            elif one.value is None and one.cell.text.strip():
                one.refuse("value", _("This cannot be read as “%(field)s”.") % {"field": self._label(one)})

    def _label(self, one: Outcome) -> str:
        return str(self.spec.by_key[one.cell.field].label)

    # --- writing -------------------------------------------------------------------------------------

    def write(self, ids: Sequence[int]) -> None:
        """One set of records; call inside a transaction."""
        if self.run is None:
            self.run = self._begin()
        self._tried(ids)
        self.run.total += len(ids)
        self.run.position = self.run.total
        self.run.unchanged = self.run.total - self.run.changed
        self.run.save(update_fields=["total", "position", "changed", "unchanged"])

    def end(self) -> None:
        """A run that wrote nothing is none."""
        if self.run is not None and not self.run.changed:
            batch = self.run.batch
            self.run.delete()
            Batch.unscoped.filter(pk=batch.pk if batch else 0).delete()
            self.run = None

    def _begin(self) -> BulkRun:
        place = {"workspace_id": self.actor.workspace_id, "actor_id": self.actor.user_id}
        batch = Batch.objects.create(**place, kind="bulk", label=str(self.spec.plural)[:200])
        run: BulkRun = BulkRun.objects.create(
            **place, object_type_id=self.spec.type_id, batch=batch, action="cells", state="done", finished_at=now(),
            results={"source": self.actor.source},
        )  # fmt: skip
        return run

    def _tried(self, ids: Sequence[int]) -> None:
        """All at once; where something is taken, in halves, so that only that cell is refused."""
        try:
            with transaction.atomic():
                edits = self._edits(ids)
                assert self.run is not None
                self.run.changed += len(
                    Writer(self.spec, self.actor, batch_id=self.run.batch_id).update(edits)
                )
        except (Conflict, Invalid) as error:
            if len(ids) > 1:
                middle = len(ids) // 2
                self._tried(ids[:middle])
                self._tried(ids[middle:])
            elif open_cells := self._open(ids[0]):
                _blame(open_cells, error)
                self._tried(ids)
            return
        self.versions |= {edit.record.pk: edit.record.version for edit in edits}
        for pk in ids:
            for one in self._open(pk).values():
                one.status = WRITTEN

    def _open(self, pk: int) -> dict[str, Outcome]:
        return {key: one for key, one in self._by_record[pk].items() if one.status == OPEN}

    def _edits(self, ids: Sequence[int]) -> list[Edit]:
        found = {record.pk: record for record in locked(self.spec, self.actor.workspace_id, ids)}
        records = []
        for pk in ids:
            try:
                records.append(judged(self.spec, self.actor, found.get(pk), "edit"))
            except AmityError as error:
                gone = isinstance(error, NotFound)
                text = _("This record is not there any more.") if gone else str(error)
                for one in self._open(pk).values():
                    one.refuse("gone" if gone else error.code, text)
        self.versions |= {record.pk: record.version for record in records}
        self._sets.load(records)
        since = self._changed_since(records)
        edits = (self._edit(record, since.get(record.pk, {})) for record in records)
        return [edit for edit in edits if edit is not None]

    def _changed_since(self, records: Sequence[Any]) -> dict[int, dict[str, str]]:
        """By record: who (by name) changed which field since the version its cells were made from. "*": any field."""
        behind = {}
        for record in records:
            seen = [
                one.cell.version for one in self._open(record.pk).values() if one.cell.version is not None
            ]
            if seen and min(seen) != record.version:
                behind[record.pk] = record.version - min(seen)
        if not behind:
            return {}
        rows = Change.unscoped.filter(
            workspace_id=self.actor.workspace_id, object_type_id=self.spec.type_id, record_id__in=behind
        )
        rows = rows.exclude(kind__in=WITHOUT_VERSION).annotate(
            nth=Window(RowNumber(), partition_by="record_id", order_by=F("id").desc())
        )
        lines = list(
            rows.filter(nth__lte=LOOK_BACK).values_list("record_id", "nth", "actor_id", "source", "changes")
        )
        names = user_names(self.actor.workspace_id, {line[2] for line in lines})
        since: dict[int, dict[str, str]] = {
            pk: {} if 0 < steps <= LOOK_BACK else {"*": ""} for pk, steps in behind.items()
        }
        for pk, nth, who, source, changes in sorted(lines):
            mine = who == self.actor.user_id and source == self.actor.source == "page"
            if nth <= behind[pk] and not mine:
                for key in changes:
                    since[pk].setdefault(key, names.get(who or 0, ""))
        return since

    # --- one record ----------------------------------------------------------------------------------

    def _edit(self, record: Any, since: dict[str, str]) -> Edit | None:
        """What the cells make of a record; refuses those that cannot be. None when nothing changes."""
        before = read_record(self.spec, record)
        links: dict[str, list[int]] = {}
        values: Values = {}
        for key, one in self._open(record.pk).items():
            item = self.spec.by_key[key]
            if self._says_the_same(item, before, one):
                one.status = UNCHANGED
                continue
            try:
                if item.stored:
                    values[key] = self._value(record, before, one)
                else:
                    links[key] = self._sets.ids(record, FieldChange(key, "set", one.value))
            except Refused as error:
                one.refuse(error.code, _refusal(item, error.code))
            except Denied as error:
                one.refuse(error.code, error)
        linked_now = self._sets.linked_now(record)
        for key in [key for key, ids in links.items() if set(ids) == set(linked_now.get(key, ()))]:
            del links[key]
            self._by_record[record.pk][key].status = UNCHANGED
        stored = self._stored(record.pk, before, values)
        for key, one in self._open(record.pk).items():
            self._surprise(key, one, since)
            if one.status != OPEN:
                links.pop(key, None)
        if since:
            values = {key: value for key, value in values.items() if key in self._open(record.pk)}
            stored = self._stored(record.pk, before, values)
        return Edit(record, stored, links, before=before) if stored or links else None

    def _says_the_same(self, item: Field, before: Values, one: Outcome) -> bool:
        """Whether the text is the cell's own, which may say less than the value does: no labels, no seconds."""
        if not item.stored or item.type.references or not one.cell.text:
            return False
        return one.cell.text == item.type.edit_text(item, before.get(item.key), self.context)

    def _value(self, record: Any, before: Values, one: Outcome) -> Any:
        """The cell's value for this record. Raises Refused or Denied."""
        item = self.spec.by_key[one.cell.field]
        now_held = before.get(item.key)
        value = self._sets.value(before, FieldChange(item.key, "set", one.value))
        if item.key == "owner" and value != now_held:
            check_handing(self.spec, record, value, self.actor)
        return _with_labels(item, now_held, value)

    def _stored(self, pk: int, before: Values, values: Values) -> Values:
        """What of the values really changes the record, made ready by the object itself; refuses what it may not."""
        while True:
            try:
                ready = self._prepared(before, values)
            except Invalid as error:
                cells = {key: one for key, one in self._open(pk).items() if key in values}
                _blame(cells, error)
            else:
                refused = self._needed(pk, before, ready, values)
                if not refused:
                    break
            values = {key: value for key, value in values.items() if key in self._open(pk)}
        gone = {key for key in values if key not in ready}
        changed = {key: value for key, value in ready.items() if before.get(key) != value}
        for key in values:
            made = set(ready) - set(values) if key in gone else {key}
            if made.isdisjoint(changed):
                self._by_record[pk][key].status = UNCHANGED
        return changed

    def _prepared(self, before: Values, values: Values) -> Values:
        """A whole name becomes its parts. Raises Invalid."""
        prepared = self.spec.prepare(dict(values), before, self.context) if values else values
        extra = {
            key: value for key, value in prepared.items() if key not in values or values[key] is not value
        }
        return {**prepared, **clean_values(self.spec, extra, self.context)} if extra else prepared

    def _needed(self, pk: int, before: Values, ready: Values, values: Values) -> bool:
        """Refuses the cells that would leave a needed field empty; whether there were any."""
        after, refused = {**before, **ready}, False
        for item in self._sets.asked:
            if after.get(item.key) is not None or not item.needed(after):
                continue
            emptied = before.get(item.key) is not None
            guilty = item.key if emptied or item.when is None else item.when.field
            one = self._open(pk).get(guilty)
            if one is not None and guilty in values and (emptied or not item.needed(before)):
                one.refuse("required", _("“%(field)s” is needed.") % {"field": item.label})
                refused = True
        return refused

    def _surprise(self, key: str, one: Outcome, since: dict[str, str]) -> None:
        """Refuses a cell whose field somebody else changed meanwhile."""
        parts = self.spec.title_parts if key == self.spec.title_field else ()
        by = next((since[name] for name in ("*", key, *parts) if name in since), None)
        if by is None:
            return
        text = (
            _("%(name)s changed this meanwhile.") % {"name": by} if by else _("This was changed meanwhile.")
        )
        one.refuse("conflict", text, status=CONFLICT, by=by)


def _blame(cells: dict[str, Outcome], error: Conflict | Invalid) -> None:
    """Refuse the cells an error is about, all of them when it names none."""
    if isinstance(error, Invalid):
        texts = {found.field: (found.code, found.message) for found in error.errors}
    else:
        texts = {str(error.details.get("field", "")): (error.code, str(error))}
    guilty = [one for key, one in cells.items() if key in texts]
    for one in guilty or cells.values():
        code, text = texts.get(one.cell.field) or next(iter(texts.values()), (error.code, str(error)))
        one.refuse(code, text)


def _refusal(item: Field, code: str) -> str:
    if code == "needed":
        return _("“%(field)s” is needed.") % {"field": item.label}
    if code == "unseen":
        return _("You cannot change this link.")
    return _("A record takes no more of these.")


def _with_labels(item: Field, held: Any, value: Any) -> Any:
    """E-mails and phones that stay keep their labels, which no text tells."""
    if not isinstance(item.type, Points) or not held or not value:
        return value
    known = {point["normal"]: point for point in held}
    return [known.get(point["normal"], point) for point in value]


__all__ = [
    "CONFLICT",
    "MOST",
    "REFUSED",
    "UNCHANGED",
    "WRITTEN",
    "CellText",
    "Outcome",
    "Pasted",
    "paste_cells",
]

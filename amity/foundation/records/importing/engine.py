"""One set of rows into the database: converted, looked up, matched and written in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.translation import gettext as _

from amity.foundation.core.errors import AmityError, FieldError, Invalid
from amity.foundation.records.access import among_records, reached
from amity.foundation.records.context import Context
from amity.foundation.records.fieldtypes.consent import WITHDRAWN
from amity.foundation.records.importing.convert import Converted, Converter
from amity.foundation.records.importing.mapping import Proposal
from amity.foundation.records.importing.match import Key, Matcher, References, key_maker
from amity.foundation.records.importing.rowreader import RowReader
from amity.foundation.records.importing.source import Row
from amity.foundation.records.provenance import IMPORT, named
from amity.foundation.records.services.claims import Sorted, hear
from amity.foundation.records.services.clean import check_required
from amity.foundation.records.services.consents import Said, state_of, write_consents
from amity.foundation.records.services.records import (
    as_list,
    check_handing,
    check_owner,
    check_unseen,
    keep_unseen,
)
from amity.foundation.records.services.write import Draft, Edit, Writer
from amity.foundation.records.spec import ObjectSpec, Values
from amity.foundation.records.trees import check_lines
from amity.foundation.records.values import read_record

MERGED = ("email", "phone", "messenger", "address", "tags", "multi_choice")
UNASKED = (*MERGED, "consent")  # joined, or added to what was said before: nothing is overwritten


@dataclass(frozen=True)
class Rules:
    """How rows meet records. `on_match`: update, skip or create. `winner` per field: file, record, ask.

    `file` takes the file's value where it has one, `record` only fills what is empty, `ask` keeps the file's as a
    claim of `source` beside the record's; many-valued fields are joined either way. `make_linked` creates companies
    named in a row; `drop_bad` leaves unreadable values out instead of refusing their row. `countries`: where
    phones of the file may be from. `day_first`: how its dates are written, None for as the person's language does.
    `file_name` is noted with consents.
    """

    keys: tuple[str, ...] = ()
    on_match: str = "update"
    winner: dict[str, str] = field(default_factory=dict)
    default_winner: str = "file"
    make_linked: bool = True
    drop_bad: bool = False
    add_choices: bool = True
    owner_id: int | None = None
    countries: tuple[str, ...] = ()
    day_first: bool | None = None
    source: str = ""
    file_name: str = ""

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Rules:
        known = {key: value for key, value in data.items() if key in cls.__dataclass_fields__}
        return cls(
            **{**known, "keys": tuple(known.get("keys", ())), "countries": tuple(known.get("countries", ()))}
        )


@dataclass
class Result:
    """What became of a set of rows; `made` are the ids of new records."""

    made: list[int] = field(default_factory=list)
    updated: int = 0
    skipped: int = 0
    refused: list[Converted] = field(default_factory=list)
    both: list[tuple[int, int]] = field(default_factory=list)


class Engine:
    """Writes sets of rows for one run. `write_set` must be called inside a transaction."""

    def __init__(
        self, spec: ObjectSpec, context: Context, proposal: Proposal, rules: Rules, batch_id: int | None
    ) -> None:
        if rules.day_first is not None:
            context = replace(context, day_first=rules.day_first)
        self.spec, self.context, self.rules, self.batch_id = spec, context, rules, batch_id
        self.actor = context.actor
        self.read = RowReader(proposal)
        self.converter = Converter(spec, context, drop_bad=rules.drop_bad, countries=rules.countries)
        self.matcher = Matcher(spec, context, rules.keys)
        self.references = References(spec, context, make=rules.make_linked, batch_id=batch_id)
        self.columns = column_names(proposal)
        self.row_keys = key_maker(spec, rules.keys)
        self._defaults = [item for item in spec.fields if item.default is not None and not item.archived]
        self._consents = {item.key: item for item in spec.consents}
        self._linked = {item.key for item in spec.fields if not item.stored} - self._consents.keys()
        self._moved: dict[int, Values] = {}  # of the set at hand, for links that must not go in a circle
        self._required = [item for item in spec.writable if item.required or item.when]

    def convert(self, rows: Sequence[Row]) -> list[Converted]:
        """Canonical values and problems of each row; writes nothing."""
        converted = [_readable(row) for row in rows]
        good = [row for row in converted if not row.errors]
        if good:
            self.converter.convert(good, self.read)
        for row in good:
            if not (row.values or row.names or row.errors):
                row.errors.append(FieldError("", "empty", _("The row is empty.")))
        return converted

    def prepare(self, row: Converted, current: Values) -> None:
        """The object's own rules (a whole name becomes its parts); problems go to the row."""
        try:
            row.values = self.spec.prepare(row.values, current, self.context)
        except Invalid as error:
            row.errors += error.errors

    def write_set(self, converted: Sequence[Converted]) -> Result:
        """Create and update; rows with problems are refused, the good ones go in."""
        self.references.resolve([row for row in converted if not row.errors])
        result = Result()
        good: list[Converted] = []
        for row in converted:
            if not row.errors:
                self.prepare(row, {})
            (result.refused if row.errors else good).append(row)
        self._write(good, result)
        return result

    def _write(self, rows: list[Converted], result: Result) -> None:
        keys = [self.row_keys(row.values) for row in rows]
        matched = self.matcher.find(keys) if self.rules.keys else {}
        new: list[tuple[Converted, Values]] = []
        new_by_key: dict[Key, int] = {}
        edits: dict[int, list[Converted]] = {}
        for row, own in zip(rows, keys, strict=True):
            places = [matched[key] for key in own if key in matched]
            place = places[0] if places else None
            if len(places) > 1:
                result.both += [(places[0], other) for other in dict.fromkeys(places) if other != places[0]]
            twin = next((new_by_key[key] for key in own if key in new_by_key), None)
            if self.rules.on_match == "create" or (place is None and twin is None):
                new_by_key.update(dict.fromkeys(own, len(new)))
                new.append((row, row.values))
            elif self.rules.on_match == "skip":
                result.skipped += 1
            elif place is not None:
                edits.setdefault(place, []).append(row)
            elif twin is not None:
                base, values = new[twin]
                new[twin] = base, {**values, **self.merged(values, row.values)}
                result.updated += 1
        self._create(new, result)
        self._update(edits, result)

    # --- new records -------------------------------------------------------------------------------------

    def _create(self, new: list[tuple[Converted, Values]], result: Result) -> None:
        if new and not self.actor.may(self.spec.key, "create"):
            self._refuse([row for row, _values in new], result, _("You may not create such records."))
            return
        drafts, told = [], []
        for row, values in new:
            consents = self._take_consents(values)
            try:
                drafts.append(self._draft(values))
                told.append(consents)
            except AmityError as error:
                self._refuse([row], result, str(error))
        made = Writer(self.spec, self.actor, batch_id=self.batch_id).create(drafts)
        self._write_consents(dict(zip(made, told, strict=True)))
        result.made += made

    def _take_consents(self, values: Values) -> dict[str, str]:
        return {key: values.pop(key) for key in self._consents if key in values}

    def _write_consents(self, told: Mapping[int, Mapping[str, str]]) -> set[int]:
        """What the file says people agreed to; it never gives again what was withdrawn. Returns whose changed."""
        written: set[int] = set()
        for key, item in self._consents.items():
            said = {pk: consents[key] for pk, consents in told.items() if key in consents}
            have = state_of(self.actor, self.spec, item, list(said)) if said else {}
            new = {pk: verdict for pk, verdict in said.items() if have[pk] not in (verdict, WITHDRAWN)}
            how = Said(remark=self.rules.file_name, batch_id=self.batch_id)
            write_consents(self.actor, self.spec, item, new, how)
            written |= new.keys()
        return written

    def _draft(self, values: Values) -> Draft:
        for item in self._defaults:
            values.setdefault(item.key, item.default)
        values.setdefault("owner", self.rules.owner_id or self.actor.user_id)
        check_owner(self.spec, values["owner"], self.actor)
        if self._required:
            check_required(self.spec, values)
        if self._linked.isdisjoint(values):
            return Draft(values)
        links = {key: as_list(value) for key, value in values.items() if key in self._linked}
        return Draft({key: value for key, value in values.items() if key not in links}, links)

    # --- known records -----------------------------------------------------------------------------------

    def _update(self, edits: dict[int, list[Converted]], result: Result) -> None:
        if not edits:
            return
        records = {item.pk: item for item in among_records(self.spec, self.actor.workspace_id, edits)}
        ready: list[tuple[Edit, int]] = []
        may = self.actor.may(self.spec.key, "edit")
        open_to_me = (
            {one.pk for one in reached(self.spec, self.actor, records.values(), "edit")} if may else ()
        )
        self._moved.clear()
        said: dict[int, Sorted] = {}
        told: dict[int, dict[str, str]] = {}
        for pk, rows in edits.items():
            record = records[pk]
            if pk not in open_to_me:
                self._refuse(rows, result, _("You may not change this record."))
                continue
            ready += self._edit(record, rows, result, said, told)
        self._hear(ready, said)
        writer = Writer(self.spec, self.actor, batch_id=self.batch_id)
        changed = set(writer.update([edit for edit, _count in ready])) | self._write_consents(told)
        for edit, count in ready:
            hit = edit.record.pk in changed
            result.updated += count if hit else 0
            result.skipped += 0 if hit else count

    def _hear(self, ready: list[tuple[Edit, int]], said: dict[int, Sorted]) -> None:
        """What the file says otherwise is kept as claims; what its rank lets win is written with the rest."""
        source = named(IMPORT, self.rules.source)
        heard = hear(actor=self.actor, spec=self.spec, source=source, said=said, batch_id=self.batch_id)
        for edit, _count in ready:
            edit.values.update(heard.winning.get(edit.record.pk, {}))

    def _said(self, before: Values, rows: list[Converted]) -> Sorted:
        """What rows say about filled fields that are not to be overwritten but asked about."""
        found = Sorted()
        for key, value in [pair for row in rows for pair in row.values.items()]:
            old, item = before.get(key), self.spec.by_key[key]
            if value is None or old is None or item.type.name in UNASKED or not self._asks(key):
                continue
            if value == old:
                found.agreed.append(key)
            else:
                found.disputed[key] = value
        return found

    def _asks(self, key: str) -> bool:
        return self.rules.winner.get(key, self.rules.default_winner) == "ask"

    def _edit(
        self,
        record: Any,
        rows: list[Converted],
        result: Result,
        said: dict[int, Sorted],
        told: dict[int, dict[str, str]],
    ) -> list[tuple[Edit, int]]:
        before = read_record(self.spec, record)
        values: Values = {}
        for row in rows:
            values.update(self.merged({**before, **values}, row.values))
        other = self._said(before, rows)
        consents = self._take_consents(values)
        try:
            for key, owner in [*values.items(), *other.disputed.items()]:
                if key == "owner" and owner != before.get("owner"):
                    check_handing(self.spec, record, owner, self.actor)
            check_unseen(self.spec, before, {**values, **other.disputed}, self.context)
            check_required(self.spec, {**before, **values}, only=set(values))
            check_lines(self.spec, self.actor.workspace_id, {record.pk: values}, self._moved)
            self._moved[record.pk] = values
        except AmityError as error:
            self._refuse(rows, result, str(error))
            return []
        said[record.pk] = other
        told[record.pk] = consents
        stored = {key: value for key, value in values.items() if self.spec.by_key[key].stored}
        links = {
            key: keep_unseen(self.spec, key, record.pk, as_list(value), self.context)
            for key, value in values.items()
            if key not in stored
        }
        return [(Edit(record, stored, links), len(rows))]

    def merged(self, have: Values, new: Values) -> Values:
        """The new values that win over what the record has."""
        found: Values = {}
        for key, value in new.items():
            old = have.get(key)
            if old is not None and self.spec.by_key[key].type.name in MERGED:
                found[key] = join_lists(self.spec.by_key[key].type.name, old, value)
            elif old is None or self.rules.winner.get(key, self.rules.default_winner) == "file":
                found[key] = value
        return found

    def _refuse(self, rows: Sequence[Converted], result: Result, message: str) -> None:
        for row in rows:
            row.errors.append(FieldError("", "refused", message))
            result.refused.append(row)


def _readable(row: Row) -> Converted:
    if row.problem is None:
        return Converted(row.number, row.cells)
    error = FieldError(row.problem.column, row.problem.code, str(row.problem))
    return Converted(row.number, row.cells, errors=[error])


def join_lists(kind: str, old: list[Any], new: list[Any]) -> list[Any]:
    """Both lists, the old one first, nothing twice; at most as many as a record takes."""
    if kind in ("email", "phone", "messenger"):
        have = {point["normal"] for point in old}
        return [*old, *(point for point in new if point["normal"] not in have)][:20]
    if kind == "address":
        have_text = {_address_text(item) for item in old}
        return [*old, *(item for item in new if _address_text(item) not in have_text)][:20]
    return list(dict.fromkeys([*old, *new]))[:50]


def _address_text(address: dict[str, str]) -> str:
    return " ".join(text.casefold() for key, text in sorted(address.items()) if key != "label")


def column_names(proposal: Proposal) -> dict[str, str]:
    """The file's column for each field, so that a problem names what stands in the file."""
    names: dict[str, str] = {}
    for column in proposal.columns:
        if column.target and column.action != "skip" and column.part != "label":
            names.setdefault(column.target, column.column)
    return names


__all__ = ["Engine", "Result", "Rules", "column_names"]

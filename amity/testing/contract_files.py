"""The contract of an object's files: what an export holds and to whom, and what an import does and undoes."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from typing import Any

import pytest

from amity.foundation.accounts.actor import Actor
from amity.foundation.core.errors import Denied, NotFound
from amity.foundation.records.exporting.cards import CARD_FIELDS
from amity.foundation.records.importing.match import keys_offered
from amity.foundation.records.listing import Query
from amity.foundation.records.models import Change, ImportRefusal, ImportRun
from amity.foundation.records.objects import specs_for
from amity.foundation.records.services import import_files, import_undo, imports
from amity.foundation.records.services.exports import export, formats_for
from amity.foundation.records.services.records import create_record, delete_record
from amity.foundation.records.spec import Field
from amity.testing import faults
from amity.testing.contract_services import World, check_indexes
from amity.testing.world import record_values, with_scope

OWN = ("created_at", "updated_at", "created_by")
UNREADABLE = {
    "number": "many", "percent": "many", "rating": "99", "money": "much", "date": "some day", "datetime": "some day",
    "email": "no address", "url": "java script:", "boolean": "perhaps", "country": "Nowhereland",
}  # fmt: skip


class FileContract:
    """Import and export of one object."""

    @pytest.fixture(autouse=True)
    def _own_home(self, settings: Any, tmp_path: Any) -> None:
        settings.AMITY_HOME = tmp_path

    @pytest.mark.parametrize("format", ["csv", "xlsx", "jsonl"])
    def test_an_export_read_again_makes_the_same_records(self, world: World, format: str) -> None:
        everybody = with_scope(world.firm.owner)
        ids = [world.create(n) for n in range(1, 7)]
        before = [_values(world, record_id) for record_id in ids]
        content = exported(world, everybody, format)
        for record_id in ids:
            delete_record(actor=everybody, spec=world.spec, record_id=record_id)
        run = imported(world, everybody, content, f"records.{format}", on_match="create")
        assert (run.created, run.refused) == (len(ids), 0), refusals(run)
        assert [_values(world, record_id) for record_id in made_by(run)] == before
        check_indexes(world.firm, world.spec)

    @pytest.mark.parametrize("format", ["csv", "xlsx", "jsonl", "vcf"])
    def test_an_export_read_again_fills_what_was_emptied(self, world: World, format: str) -> None:
        """Values are wiped but for what tells whose they are; links to other records come back too."""
        everybody = with_scope(world.firm.owner)
        if format not in formats_for(world.spec):
            pytest.skip("an address book has no such records")
        ids = [world.create(n, **linked(world, n)) for n in (1, 2, 3)]
        before = [_values(world, record_id) for record_id in ids]
        content = exported(world, everybody, format)
        kept = {*OWN, "owner", world.spec.title_field, *_told_apart_by(world)}
        wiped = [item.key for item in world.spec.writable if item.key not in kept and not item.required]
        for record_id in ids:
            world.update(record_id, dict.fromkeys(wiped))
        run = imported(world, everybody, content, f"records.{format}", on_match="update")
        assert (run.created, run.updated, run.refused) == (0, len(ids), 0), refusals(run)
        after = [_values(world, record_id) for record_id in ids]
        if format == "vcf":
            known = set(CARD_FIELDS) - {"company"}
            before, after = (
                [{k: v for k, v in row.items() if k in known} for row in rows] for rows in (before, after)
            )
        assert [_differences(a, b) for a, b in zip(after, before, strict=True)] == [{}] * len(ids)
        check_indexes(world.firm, world.spec)

    def test_an_export_holds_what_the_right_reaches_and_nothing_else(self, world: World) -> None:
        world.named("Quizzical Zebrafish")
        world.named("Somebody Elses", actor=world.firm.colleague)
        mine = exported(world, with_scope(world.firm.owner, export="own"), "csv").decode()
        assert "Zebrafish" in mine
        assert "Somebody" not in mine
        before = faults.snapshot()
        for actor in (with_scope(world.firm.owner, export="none"), world.firm.stranger):
            with pytest.raises(Denied):
                exported(world, actor, "csv")
        assert faults.changed_tables(before) == []

    def test_an_import_needs_the_right_and_touches_nothing_unseen(self, world: World) -> None:
        """A row that matches somebody else's record makes a new one: that record is not there for the reader."""
        record_id = world.create(1)
        content, kept = exported(world, with_scope(world.firm.owner), "csv"), _values(world, record_id)
        delete_record(actor=world.firm.owner, spec=world.spec, record_id=record_id)
        before = faults.snapshot()
        with pytest.raises(Denied):
            imported(world, world.firm.stranger, content)
        assert faults.changed_tables(before) == []
        other = world.named("Only Mine")
        row = _csv([_title(world), "x"], ["Only Mine", ""])
        reader = with_scope(world.firm.colleague, see="own", edit="all")
        run = imported(world, reader, row)
        assert world.title(other) == "Only Mine"
        assert other not in made_by(run, "update")
        assert _values(world, record_id) == kept

    def test_rows_that_cannot_be_read_are_refused_and_named(self, world: World) -> None:
        item, odd = unreadable(world)
        rows = [["Good One", ""], ["Bad Two", odd], ["Good Three", ""]]
        required = _required(world)
        heads = [_title(world), str(item.label), *required]
        content = _csv(heads, *([*row, *required.values()] for row in rows))
        run = imported(world, with_scope(world.firm.owner), content)
        assert (run.created, run.refused) == (2, 1), refusals(run)
        (refused,) = ImportRefusal.unscoped.filter(run=run)
        assert refused.cells[:2] == ["Bad Two", odd]
        assert [problem["column"] for problem in refused.problems] == [str(item.label)]
        lines = "".join(
            part if isinstance(part, str) else part.decode() for part in import_files.refused_lines(run)
        )
        assert "Bad Two" in lines
        assert "Good" not in lines

    def test_an_import_is_taken_back_but_what_was_changed_since(self, world: World) -> None:
        everybody = with_scope(world.firm.owner)
        ids = [world.create(n) for n in range(1, 5)]
        content = exported(world, everybody, "csv")
        for record_id in ids:
            delete_record(actor=everybody, spec=world.spec, record_id=record_id)
        run = imported(world, everybody, content, on_match="create")
        touched, *others = made_by(run)
        world.update(touched, {world.spec.title_field: "Changed Since"})
        import_undo.undo_run(actor=world.firm.owner, run=run)
        import_undo.undo_job.func(run.pk)
        run.refresh_from_db()
        assert (run.state, run.results["undo"]["kept_count"]) == ("undone", 1)
        assert _live(world, touched)
        assert not any(_live(world, record_id) for record_id in others)
        check_indexes(world.firm, world.spec)

    def test_an_import_of_another_is_not_there(self, world: World) -> None:
        run = imported(world, with_scope(world.firm.owner), _csv([_title(world)], ["Any Name"]))
        for actor in (world.firm.colleague, world.firm.stranger):
            with pytest.raises(NotFound):
                imports.get_run(actor=actor, run_id=run.pk)


# --- what these tests are made of ------------------------------------------------------------------------------


def linked(world: World, n: int) -> dict[str, Any]:
    """A value for each field that points at records of another object."""
    found: dict[str, Any] = {}
    for item in world.spec.writable:
        target = specs_for(world.firm.workspace).get(item.target) if item.target else None
        if target is not None and target.key != world.spec.key:
            values = {**record_values(target, n), target.title_field: f"Linked to {item.key} {n}"}
            made = create_record(actor=world.firm.owner, spec=target, values=values)
            found[item.key] = [made] if item.many else made
    return found


def _told_apart_by(world: World) -> set[str]:
    """Fields by which a row finds its record, and the parts of a name."""
    keys = set(keys_offered(world.spec))
    names = {"name", "first_name", "middle_name", "last_name", "prefix", "suffix", "company"}
    return names | {item.key for item in world.spec.fields if item.key in keys or item.type.name in keys}


def exported(world: World, actor: Actor, format: str) -> bytes:
    file = export(actor=actor, spec=world.spec, query=Query(sort="id"), format=format)
    return b"".join(file.chunks)


def imported(
    world: World, actor: Actor, content: bytes, name: str = "records.csv", **rules: Any
) -> ImportRun:
    """The run, done with the rights of `actor`, whatever role the person has by now."""
    path = import_files.keep_file([content])
    try:
        run = imports.start_draft(actor=actor, spec=world.spec, file_name=name, path=path)
    except Denied:
        path.unlink(missing_ok=True)
        raise
    run.rules.update(rules)
    imports.begin(actor=actor, run=run)
    imports.work(replace(actor, source="import"), run)
    run.refresh_from_db()
    assert (run.state, run.error) == ("done", "")
    return run


def made_by(run: ImportRun, kind: str = "create") -> list[int]:
    """Ids of the records an import made or changed, in the order of the file."""
    rows = Change.unscoped.filter(batch_id=run.batch_id or 0, kind=kind)
    return list(rows.order_by("pk").values_list("record_id", flat=True))


def refusals(run: ImportRun) -> list[Any]:
    return list(ImportRefusal.unscoped.filter(run=run).values_list("cells", "problems"))


def unreadable(world: World) -> tuple[Field, str]:
    """A field and a text that it cannot read."""
    for item in world.spec.writable:
        if item.type.name in UNREADABLE and item.key != world.spec.title_field:
            return item, UNREADABLE[item.type.name]
    pytest.fail("the object needs a field whose type refuses some text")


def _title(world: World) -> str:
    return str(world.spec.by_key[world.spec.title_field].label)


def _required(world: World) -> dict[str, str]:
    """Labels and texts of the other fields that a record must have."""
    values = world.values(world.spec, 1)
    return {
        str(item.label): item.type.edit_text(item, world.clean(item, values[item.key]), world.context)
        for item in world.spec.writable
        if item.required and item.key in values and item.key != world.spec.title_field
    }


def _csv(*rows: list[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def _values(world: World, record_id: int) -> dict[str, Any]:
    return {key: value for key, value in world.read(record_id).items() if key not in OWN}


def _differences(after: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    return {
        key: (after.get(key), before.get(key))
        for key in {*after, *before}
        if after.get(key) != before.get(key)
    }


def _live(world: World, record_id: int) -> bool:
    records = world.spec.model.unscoped.filter(pk=record_id, workspace_id=world.firm.workspace.pk)
    return bool(records.filter(deleted_at=None).exists())

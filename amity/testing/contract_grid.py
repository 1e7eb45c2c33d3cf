"""The contract of an object's grid: cells are read back, judged one by one, and taken back as one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client

from amity.foundation.accounts.actor import Actor
from amity.foundation.core.errors import Denied, Invalid, LimitReached, Malformed
from amity.foundation.records import listing, sheet
from amity.foundation.records.context import context_for
from amity.foundation.records.listing import Query
from amity.foundation.records.models import Batch, BulkRun
from amity.foundation.records.seen import may_be_hidden
from amity.foundation.records.services.bulk import undo_bulk
from amity.foundation.records.services.cells import (
    CONFLICT,
    MOST,
    REFUSED,
    UNCHANGED,
    WRITTEN,
    CellText,
    Pasted,
    paste_cells,
)
from amity.foundation.records.spec import Field, Values
from amity.foundation.records.values import Row, row_of, team_names, user_names
from amity.testing import faults
from amity.testing.contract_access import SCOPES, _reached, _records_of_everybody
from amity.testing.contract_bulk import _targets
from amity.testing.contract_fields import _limited
from amity.testing.contract_services import World, check_indexes
from amity.testing.row_security import seeing_all
from amity.testing.statements import recorded
from amity.testing.world import Firm, load, make_records, with_scope


class GridContract:
    """Pasting into the records of one object."""

    prepare: Callable[[Firm], None]
    outside: Any

    def test_what_is_copied_is_pasted_back(self, world: World) -> None:
        """Every field's text, pasted into another record, gives the same value; into its own, no change."""
        source, goal = world.create(1), world.create(2)
        fields = _pasteable(world)
        texts = {item.key: _text(world, source, item) for item in fields}
        own = _paste(world, [(source, key, text) for key, text in texts.items()])
        assert {one.status for one in own.outcomes} == {UNCHANGED}
        assert (own.run, BulkRun.unscoped.exists(), Batch.unscoped.exists()) == (None, False, False)
        unique = {item.key for item in fields if item.unique}
        found = _paste(world, [(goal, key, text) for key, text in texts.items() if key not in unique])
        assert {one.status for one in found.outcomes} <= {WRITTEN, UNCHANGED}
        for item in fields:
            if item.key not in unique:
                assert _text(world, goal, item) == texts[item.key], item.key
        check_indexes(world.firm, world.spec)

    def test_a_paste_is_one_batch_and_goes_back_as_one(self, world: World) -> None:
        ids = [world.create(n, tags=["Old"]) for n in (1, 2, 3)]
        before = [_kept(world, pk) for pk in ids]
        found = _paste(world, [(pk, "tags", "New, Newer") for pk in ids])
        assert [one.status for one in found.outcomes] == [WRITTEN] * 3
        assert [world.read(pk)["tags"] for pk in ids] == [["New", "Newer"]] * 3
        assert found.run
        assert (found.run.state, found.run.changed) == ("done", 3)
        assert {world.changes(pk)[-1].batch_id for pk in ids} == {found.run.batch_id}
        assert found.versions == {pk: load(world.spec, world.firm.workspace, pk).version for pk in ids}
        assert ids[0] in world.found("newer")
        undo_bulk(actor=world.firm.owner, run=found.run)
        assert [_kept(world, pk) for pk in ids] == before
        check_indexes(world.firm, world.spec)

    def test_an_empty_text_empties_what_may_be_empty(self, world: World) -> None:
        pk = world.create(1)
        found = _paste(world, [(pk, item.key, "") for item in _pasteable(world)], actor=world.firm.admin)
        for one in found.outcomes:
            item = world.spec.by_key[one.cell.field]
            if item.required:
                assert (one.status, one.code) == (REFUSED, "required"), item.key
            elif item.stored and item.key != world.spec.title_field:
                assert world.read(pk)[item.key] is None, item.key
        check_indexes(world.firm, world.spec)

    def test_a_refused_cell_says_why_and_keeps_no_other_from_being_written(self, world: World) -> None:
        pk, other = world.create(1), world.create(2)
        found = _paste(
            world,
            [(pk, "owner", "Nobody Here"), (pk, "tags", "Fine"), (other, "tags", "x" * 61), (other, "nope", "1"),
             (pk, "created_at", "2020-01-01"), (pk, "tags", "Again"), (987_654_321, "tags", "Gone")],
        )  # fmt: skip
        assert [(one.status, one.code) for one in found.outcomes] == [
            (REFUSED, "unknown"), (WRITTEN, ""), (REFUSED, "too_long"), (REFUSED, "unknown_field"),
            (REFUSED, "read_only"), (REFUSED, "twice"), (REFUSED, "gone"),
        ]  # fmt: skip
        assert all(one.message for one in found.outcomes if one.status == REFUSED)
        assert world.read(pk)["tags"] == ["Fine"]

    def test_a_taken_value_refuses_its_cell_alone(self, world: World) -> None:
        """Given to several records at once, a value that only one may have goes to the first."""
        for item, value in world.samples(9):
            if item.unique:
                ids = [world.create(n) for n in (1, 2, 3)]
                text = item.type.edit_text(item, world.clean(item, value), world.context)
                cells = [(pk, key, t) for pk in ids for key, t in ((item.key, text), ("tags", "Beside"))]
                found = _paste(world, cells)
                status = [one.status for one in found.outcomes if one.cell.field == item.key]
                assert status == [WRITTEN, REFUSED, REFUSED]
                assert [world.read(pk)["tags"] for pk in ids] == [["Beside"]] * 3
        check_indexes(world.firm, world.spec)

    def test_what_somebody_else_changed_meanwhile_is_not_overwritten(self, world: World) -> None:
        pk = world.create(1, tags=["Old"])
        seen = _version(world, pk)
        world.update(pk, {"tags": ["Hers"]}, actor=world.firm.admin)
        held, kept = world.read(pk), ("tags", "owner", world.spec.title_field)
        free = next(
            item.key
            for item in _pasteable(world)
            if held[item.key] is not None and not item.required and item.key not in kept
        )
        found = _paste(world, [(pk, "tags", "Mine", seen), (pk, free, "", seen)])
        tags, other = found.outcomes
        assert (tags.status, tags.by, other.status) == (CONFLICT, str(world.firm.admin.user), WRITTEN)
        assert str(world.firm.admin.user) in tags.message
        assert world.read(pk)["tags"] == ["Hers"]
        same = _paste(world, [(pk, "tags", "Hers", seen)])
        assert same.outcomes[0].status == UNCHANGED
        anyway = _paste(world, [(pk, "tags", "Mine", found.versions[pk])])
        assert (anyway.outcomes[0].status, world.read(pk)["tags"]) == (WRITTEN, ["Mine"])

    def test_ones_own_changes_are_no_surprise(self, world: World) -> None:
        pk = world.create(1)
        seen = _version(world, pk)
        world.update(pk, {"tags": ["First"]})
        found = _paste(world, [(pk, "tags", "Second", seen)])
        assert found.outcomes[0].status == WRITTEN
        ahead = _paste(world, [(pk, "tags", "Third", seen + 50)])
        assert ahead.outcomes[0].status == CONFLICT

    @pytest.mark.parametrize("reach", SCOPES)
    def test_pasting_reaches_as_far_as_the_role_says(self, world: World, reach: str) -> None:
        owned = _records_of_everybody(world)
        actor = with_scope(world.firm.owner, edit=reach)
        cells = [(pk, "tags", "Pasted") for pk in owned.values()]
        if reach == "none":
            before = faults.snapshot()
            with pytest.raises(Denied):
                _paste(world, cells, actor=actor)
            assert faults.changed_tables(before) == []
            return
        found = _paste(world, cells, actor=actor)
        assert _written(found) == {owned[who] for who in _reached(reach)}
        assert {one.code for one in found.outcomes if one.status != WRITTEN} <= {"denied"}

    def test_pasting_tells_nothing_of_what_is_not_seen(self, world: World, other_firm: Firm) -> None:
        """Unseen, absent and another firm's records are answered alike, and stay as they are."""
        _twin, twin_id = self._twin(world, other_firm)  # type: ignore[attr-defined]
        owned = _records_of_everybody(world)
        actor = with_scope(world.firm.owner, see="own")
        ids = [*owned.values(), twin_id, 987_654_321]
        with seeing_all():
            before = faults.snapshot()
        found = _paste(world, [(pk, "tags", "Pasted", 1) for pk in ids if pk != owned["me"]], actor=actor)
        assert {(one.status, one.code, one.by) for one in found.outcomes} == {(REFUSED, "gone", "")}
        assert len({one.message for one in found.outcomes}) == 1
        with seeing_all():
            assert faults.changed_tables(before) == []

    def test_hidden_and_locked_fields_are_refused_and_hidden_ones_do_not_show(self, world: World) -> None:
        pk = world.create(1, tags=["Secret word"])
        tags = world.spec.by_key["tags"]
        before = faults.snapshot()
        for right, code in (("hidden", "unknown_field"), ("read", "read_only")):
            found = _paste(world, [(pk, "tags", "x")], actor=_limited(world, tags, right))
            assert (found.outcomes[0].code, found.run) == (code, None)
        assert faults.changed_tables(before) == []
        limited = _limited(world, tags, "hidden")
        for item in world.spec.live_fields:
            if may_be_hidden(world.spec, item) and item.type.adds_up and item.stored:
                with pytest.raises(Malformed):
                    sheet.totals(world.spec, Query(), context_for(_limited(world, item, "hidden")), [item])
        page = listing.page(world.spec, Query(), context_for(limited))
        assert "tags" not in {item.key for item in page.columns}

    def test_unseen_links_are_not_overwritten_nor_named(self, world: World) -> None:
        for item in _pasteable(world):
            if not item.target or not item.column:
                continue
            hidden, mine = _targets(world, item.target)
            held = world.create(
                1, actor=world.firm.admin, owner=world.firm.owner.user_id, **{item.key: hidden}
            )
            actor = with_scope(world.firm.owner, see="own", edit="own")
            found = _paste(world, [(held, item.key, "Far end")], actor=actor)
            assert (found.outcomes[0].code, world.read(held)[item.key]) == ("unseen", hidden)
            free = world.create(2)
            assert _paste(world, [(free, item.key, "Far end")], actor=actor).outcomes[0].status == WRITTEN
            assert world.read(free)[item.key] == mine
            both = _paste(world, [(free, item.key, "Far end")], actor=world.firm.admin)
            assert both.outcomes[0].code == "shared"

    def test_owners_are_given_only_within_reach(self, world: World) -> None:
        pk = world.create(1)
        actor = with_scope(world.firm.owner, see="own", edit="own")
        found = _paste(
            world, [(pk, "owner", str(world.firm.colleague.user)), (pk, "tags", "Fine")], actor=actor
        )
        assert [one.status for one in found.outcomes] == [REFUSED, WRITTEN]
        assert world.read(pk)["owner"] == world.firm.owner.user_id

    def test_looking_as_somebody_else_pastes_nothing(self, world: World) -> None:
        pk = world.create(1)
        before = faults.snapshot()
        with pytest.raises(Denied):
            _paste(world, [(pk, "tags", "x")], actor=replace(world.firm.owner, read_only=True))
        assert faults.changed_tables(before) == []

    def test_too_many_cells_and_none_are_refused(self, world: World) -> None:
        with pytest.raises(LimitReached):
            _paste(world, [(1, "tags", "x")] * (MOST + 1))
        with pytest.raises(Invalid):
            _paste(world, [])

    def test_many_cells_cost_as_many_statements_as_few(self, world: World) -> None:
        few, many = (make_records(world.spec, world.firm.owner, n, start=n) for n in (40, 90))
        _paste(world, [(few[0], "tags", "Counted")])  # makes the tag
        counts = []
        for ids in (few[1:], many):
            with recorded() as statements:
                _paste(world, [(pk, "tags", "Counted") for pk in ids])
            counts.append(len(statements))
        assert counts[1] <= counts[0] + 2  # SQLite takes a long INSERT in parts

    def test_the_grid_shows_each_what_they_may_see_and_change(
        self, outside: tuple[World, int], client_of: Callable[[Actor], Client]
    ) -> None:
        world, pk = outside
        shown = client_of(world.firm.owner).get(f"/{world.spec.key}/?shape=grid").content.decode()
        title = world.spec.title_field
        assert f'data-edit="/{world.spec.key}/{pk}/edit/{title}/?cell=1"' in shown
        for actor in (world.firm.colleague, world.firm.stranger):
            answer = client_of(actor).get(f"/{world.spec.key}/?shape=grid")
            assert "Zebrafish" not in answer.content.decode()
            rows = client_of(actor).get(f"/{world.spec.key}/cells/?shape=grid&ids={pk}")
            assert "Zebrafish" not in rows.content.decode()

    def test_a_paste_by_the_page_answers_the_rows(
        self, outside: tuple[World, int], client_of: Callable[[Actor], Client]
    ) -> None:
        world, pk = outside
        cells = [[pk, 1, "tags", "From a sheet"], [pk, 1, "owner", "Nobody at all"]]
        url = f"/{world.spec.key}/cells/?shape=grid&columns={world.spec.title_field},tags,owner"
        answer = client_of(world.firm.owner).post(
            url, {"cells": json.dumps(cells)}, headers={"HX-Request": "true"}
        )
        text = answer.content.decode()
        assert (answer.status_code, 'data-text="From a sheet"' in text, "/undo/" in text) == (200, True, True)
        assert f'data-trouble data-id="{pk}" data-key="owner" data-typed="Nobody at all"' in text
        colleague = client_of(world.firm.colleague)
        colleague.get("/help/")  # what a first visit writes
        before = faults.snapshot()
        refused = colleague.post(url, {"cells": json.dumps(cells)})
        assert "Zebrafish" not in refused.content.decode()
        assert faults.changed_tables(before) == []

    def test_totals_are_those_of_the_records(self, world: World) -> None:
        make_records(world.spec, world.firm.owner, 12)
        for item in world.spec.live_fields:
            if not (item.type.adds_up and item.stored):
                continue
            held: dict[str, list[float]] = {}
            for row in listing.page(world.spec, Query(columns=(item.key,)), world.context).rows:
                value = row.values[item.key]
                if isinstance(value, dict):
                    held.setdefault(value["currency"], []).append(value["amount"])
                elif value is not None:
                    held.setdefault("", []).append(value)
            found = sheet.totals(world.spec, Query(), world.context, [item])[item.key]
            assert {one.unit: one.count for one in found} == {unit: len(some) for unit, some in held.items()}
            for one in found:
                assert one.amount == pytest.approx(sum(held[one.unit])), item.key


def _pasteable(world: World) -> list[Field]:
    """The fields that a grid can write."""
    parts = set(world.spec.title_parts)
    return [item for item in world.spec.writable if item.type.references != "file" and item.key not in parts]


def _paste(world: World, cells: Iterable[tuple[Any, ...]], *, actor: Actor | None = None) -> Pasted:
    found = [CellText(*cell) for cell in cells]
    return paste_cells(actor=actor or world.firm.owner, spec=world.spec, cells=found)


def _row(world: World, record_id: int) -> Row:
    return row_of(
        world.spec, load(world.spec, world.firm.workspace, record_id), context_for(world.firm.admin)
    )


def _text(world: World, record_id: int, item: Field) -> str:
    row = _row(world, record_id)
    workspace, value = world.firm.workspace.pk, row.values.get(item.key)
    names = {
        "user": user_names(workspace, [value] if isinstance(value, int) else []),
        "team": team_names(workspace, [value] if isinstance(value, int) else []),
    }
    return sheet.cell_text(world.spec, item, row, names, world.context)


def _kept(world: World, record_id: int) -> Values:
    return {key: value for key, value in world.read(record_id).items() if key != "updated_at"}


def _version(world: World, record_id: int) -> int:
    return int(load(world.spec, world.firm.workspace, record_id).version)


def _written(found: Pasted) -> set[int]:
    return {one.cell.record_id for one in found.outcomes if one.status == WRITTEN}

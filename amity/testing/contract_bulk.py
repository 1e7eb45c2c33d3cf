"""The contract of changing many records of an object at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from amity.foundation.core.errors import Conflict, Denied, Invalid
from amity.foundation.records.access import visible
from amity.foundation.records.listing import Query
from amity.foundation.records.models import BulkRun, BulkSet, Change
from amity.foundation.records.objects import spec_for
from amity.foundation.records.services.bulk import bulk, bulk_job, undo_bulk, undo_bulk_job
from amity.foundation.records.services.bulk_change import FieldChange, editable_fields
from amity.foundation.records.services.records import create_record, delete_record
from amity.foundation.records.spec import Values
from amity.testing import faults
from amity.testing.contract_access import SCOPES, _reached, _records_of_everybody
from amity.testing.contract_fields import _limited
from amity.testing.contract_services import World, check_indexes
from amity.testing.row_security import seeing_all
from amity.testing.world import Firm, with_scope

TAGS = [FieldChange("tags", "add", ["Bulky word"])]


class BulkContract:
    """Bulk edit, delete, restore and undo of one object."""

    prepare: Callable[[Firm], None]

    def test_each_field_is_set_in_many_records_and_taken_back(self, world: World) -> None:
        ids = [world.create(n) for n in (1, 2, 3)]
        before = [_kept(world, pk) for pk in ids]
        fields = {item.key for item in editable_fields(world.spec)}
        changes = [
            FieldChange(item.key, "set", value)
            for item, value in world.samples(5)
            if item.key in fields and not item.unique
        ]
        run = _edit(world, ids, changes)
        assert (run.state, run.changed, run.refused) == ("done", 3, 0)
        for pk in ids:
            after = world.read(pk)
            for change in changes:
                item = world.spec.by_key[change.field]
                assert after[change.field] == world.clean(item, change.value), change.field
            assert world.changes(pk)[-1].batch_id == run.batch_id
        check_indexes(world.firm, world.spec)
        undo_bulk(actor=world.firm.owner, run=run)
        assert [_kept(world, pk) for pk in ids] == before
        assert (run.state, run.results["undo"]["reverted"]) == ("undone", 3)
        check_indexes(world.firm, world.spec)
        with pytest.raises(Conflict):
            undo_bulk(actor=world.firm.owner, run=run)

    def test_each_optional_field_is_cleared_in_many_records(self, world: World) -> None:
        ids = [world.create(n) for n in (1, 2)]
        for item in editable_fields(world.spec):
            clear = [FieldChange(item.key, "clear")]
            if item.required:
                with pytest.raises(Invalid):
                    _edit(world, ids, clear)
            elif item.stored:
                _edit(world, ids, clear, actor=world.firm.admin)
                assert [world.read(pk)[item.key] for pk in ids] == [None, None], item.key
        check_indexes(world.firm, world.spec)

    def test_tags_are_added_and_removed_whatever_else_is_there(self, world: World) -> None:
        tagged, bare = world.create(1, tags=["bulky WORD", "Other"]), world.create(2, tags=None)
        run = _edit(world, [tagged, bare], TAGS)
        assert (run.changed, run.unchanged) == (1, 1)
        assert [world.read(pk)["tags"] for pk in (tagged, bare)] == [["bulky WORD", "Other"], ["Bulky word"]]
        assert bare in world.found("bulky word")
        _edit(world, [tagged, bare], [FieldChange("tags", "remove", ["Bulky Word"])])
        assert [world.read(pk)["tags"] for pk in (tagged, bare)] == [["Other"], None]
        check_indexes(world.firm, world.spec)

    def test_many_are_deleted_and_brought_back(self, world: World) -> None:
        ids = [world.create(n) for n in (1, 2, 3)]
        kept = [world.read(pk) for pk in ids]
        run = _do(world, ids, "delete")
        assert run.changed == 3
        assert not visible(world.spec, world.firm.owner).exists()
        undo_bulk(actor=world.firm.owner, run=run)
        assert [world.read(pk) for pk in ids] == kept
        _do(world, ids, "delete")
        restored = _do(world, ids[:2], "restore")
        assert (restored.changed, visible(world.spec, world.firm.owner).count()) == (2, 2)
        undo_bulk(actor=world.firm.owner, run=restored)
        assert not visible(world.spec, world.firm.owner).exists()
        check_indexes(world.firm, world.spec)

    @pytest.mark.parametrize("scope", SCOPES)
    def test_bulk_reaches_as_far_as_the_role_says(self, world: World, scope: str) -> None:
        """What is out of reach is counted; nobody learns more than from a single edit."""
        owned = _records_of_everybody(world)
        ids, reached = list(owned.values()), {owned[who] for who in _reached(scope)}
        actor = with_scope(world.firm.owner, edit=scope, delete=scope)
        for action, changes in (("edit", TAGS), ("delete", [])):
            if scope == "none":
                before = faults.snapshot()
                with pytest.raises(Denied):
                    _do(world, ids, action, changes, actor=actor)
                assert faults.changed_tables(before) == []
                continue
            run = _do(world, ids, action, changes, actor=actor)
            assert (run.changed, run.refused) == (len(reached), len(ids) - len(reached))
            assert set(run.results["reasons"]) == ({"denied"} if run.refused else set())
            assert _touched(run) == reached
            undo_bulk(actor=world.firm.admin, run=run)

    def test_bulk_tells_nothing_of_what_is_not_seen(self, world: World) -> None:
        owned = _records_of_everybody(world)
        actor = with_scope(world.firm.owner, see="own")
        ids = [*owned.values(), 987_654_321]
        run = _do(world, ids, "edit", TAGS, actor=actor)
        assert _touched(run) == {owned["me"]}
        assert run.results["reasons"] == {"gone": len(ids) - 1}
        assert run.results["refused"] == []
        every = bulk(actor=actor, spec=world.spec, which=Query(), action="delete")
        assert (every.total, _touched(every)) == (1, {owned["me"]})

    def test_bulk_stays_in_its_workspace(self, world: World, other_firm: Firm) -> None:
        twin, twin_id = self._twin(world, other_firm)  # type: ignore[attr-defined]
        mine = world.create(1)
        for action, changes in (("edit", TAGS), ("delete", [])):
            run = _do(world, [mine, twin_id], action, changes, actor=world.firm.admin)
            assert (_touched(run), run.results["reasons"]) == ({mine}, {"gone": 1})
        with seeing_all():
            assert visible(twin, other_firm.admin).filter(pk=twin_id).exists()

    def test_owners_are_given_only_within_reach(self, world: World) -> None:
        ids = [world.create(1)]
        theirs = [FieldChange("owner", "set", world.firm.colleague.user_id)]
        before = faults.snapshot()
        with pytest.raises(Denied):
            _edit(world, ids, theirs, actor=with_scope(world.firm.owner, see="own", edit="own"))
        assert faults.changed_tables(before) == []
        assert _edit(world, ids, theirs, actor=with_scope(world.firm.owner)).changed == 1

    def test_fields_that_are_not_the_roles_to_write_stay_as_they_are(self, world: World) -> None:
        record_id = world.create(1, tags=["Old"])
        tags = world.spec.by_key["tags"]
        before = faults.snapshot()
        for right in ("hidden", "read"):
            with pytest.raises(Invalid):
                _edit(world, [record_id], TAGS, actor=_limited(world, tags, right))
        assert faults.changed_tables(before) == []
        run = _edit(world, [record_id], TAGS)
        undo_bulk(actor=_limited(world, tags, "hidden"), run=run)
        told = run.results["undo"]
        assert (told["reverted"], told["kept"], told["kept_fields"]) == (0, [], 1)
        assert world.read(record_id)["tags"] == ["Old", "Bulky word"]

    def test_what_was_changed_since_is_kept_and_named(self, world: World) -> None:
        ids = [world.create(n, tags=["Old"]) for n in (1, 2)]
        run = _edit(world, ids, TAGS)
        world.update(ids[0], {"tags": ["Newer"]}, actor=world.firm.admin)
        undo_bulk(actor=world.firm.owner, run=run)
        assert [world.read(pk)["tags"] for pk in ids] == [["Newer"], ["Old"]]
        told = run.results["undo"]
        assert (told["reverted"], told["kept_count"], told["kept"][0]["id"]) == (1, 1, ids[0])
        assert str(world.firm.admin.user) in told["kept"][0]["reason"]

    def test_a_large_change_is_a_job_over_what_matched_when_it_began(self, world: World) -> None:
        first = world.create(1, tags=["Chosen"])
        gone = world.create(2, tags=["Chosen"])
        tree = {"field": "tags", "op": "has", "value": "Chosen"}
        run = bulk(
            actor=world.firm.owner, spec=world.spec, which=Query(filter=tree), action="edit", changes=TAGS, at_once=0
        )  # fmt: skip
        late = world.create(3, tags=["Chosen"])
        world.update(first, {"tags": ["No more"]})
        delete_record(actor=world.firm.owner, spec=world.spec, record_id=gone)
        bulk_job.func(run.pk)
        run.refresh_from_db()
        assert (run.state, run.total, run.changed, run.refused) == ("done", 2, 1, 1)
        assert world.read(first)["tags"] == ["No more", "Bulky word"]
        assert world.read(late)["tags"] == ["Chosen"]
        assert not BulkSet.unscoped.filter(run=run).exists()
        undo_bulk(actor=world.firm.owner, run=run, at_once=0)
        undo_bulk_job.func(run.pk)
        run.refresh_from_db()
        assert (run.state, world.read(first)["tags"]) == ("undone", ["No more"])

    def test_looking_as_somebody_else_changes_nothing_in_bulk(self, world: World) -> None:
        ids = [world.create(1)]
        run = _edit(world, ids, TAGS)
        looker = world.firm.owner.__class__(
            world.firm.workspace, world.firm.owner.user, admin=True, read_only=True
        )
        before = faults.snapshot()
        for action in (
            lambda: _edit(world, ids, TAGS, actor=looker),
            lambda: undo_bulk(actor=looker, run=run),
        ):
            with pytest.raises(Denied):
                action()
        assert faults.changed_tables(before) == []

    def test_unseen_links_stay_where_they_are(self, world: World) -> None:
        """A foreign key to what one cannot see refuses the record; nothing is overwritten blindly."""
        keys = [item for item in editable_fields(world.spec) if item.target and item.column]
        for item in keys:
            hidden, mine = _targets(world, item.target)
            held = world.create(
                1, actor=world.firm.admin, owner=world.firm.owner.user_id, **{item.key: hidden}
            )
            free = world.create(2)
            actor = with_scope(world.firm.owner, see="own", edit="own", delete="own")
            run = _edit(world, [held, free], [FieldChange(item.key, "set", mine)], actor=actor)
            assert (run.changed, run.results["reasons"]) == (1, {"unseen": 1})
            assert [world.read(pk)[item.key] for pk in (held, free)] == [hidden, mine]


def _targets(world: World, key: str) -> tuple[int, int]:
    target = spec_for(world.firm.workspace, key)
    values = {target.title_field: "Far end"}
    return (
        create_record(actor=world.firm.colleague, spec=target, values=values),
        create_record(actor=world.firm.owner, spec=target, values=values),
    )


def _do(
    world: World, ids: Sequence[int], action: str, changes: Sequence[FieldChange] = (), *, actor: Any = None
) -> BulkRun:
    return bulk(
        actor=actor or world.firm.owner, spec=world.spec, which=Query(ids=tuple(ids)), action=action, changes=changes
    )  # fmt: skip


def _edit(world: World, ids: Sequence[int], changes: Sequence[FieldChange], *, actor: Any = None) -> BulkRun:
    return _do(world, ids, "edit", changes, actor=actor)


def _kept(world: World, record_id: int) -> Values:
    """What an undo brings back: all but the moment of the last change."""
    return {key: value for key, value in world.read(record_id).items() if key != "updated_at"}


def _touched(run: BulkRun) -> set[int]:
    return set(Change.unscoped.filter(batch=run.batch).values_list("record_id", flat=True))

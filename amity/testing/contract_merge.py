"""The contract of merging: nothing is lost, nothing is told, and all of it can be taken apart again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from amity.foundation.accounts.actor import Actor
from amity.foundation.core.errors import Conflict, Denied, Invalid, NotFound, Stale
from amity.foundation.core.models import OutboxEvent
from amity.foundation.core.scope import scope
from amity.foundation.records.access import all_records
from amity.foundation.records.merged import survivor_of
from amity.foundation.records.models import Link, Merge, Note
from amity.foundation.records.services.merge import merge_records
from amity.foundation.records.services.notes import add_note, notes_of
from amity.foundation.records.services.records import create_record, restore_record, update_record
from amity.foundation.records.services.undo import Undone, undo_change
from amity.testing import faults
from amity.testing.contract_access import _linked, _relate
from amity.testing.contract_services import World, check_indexes
from amity.testing.row_security import seeing_all
from amity.testing.world import Firm, load, with_scope

OWN = ("created_at", "updated_at", "created_by")


class MergeContract:
    """Merging records of one object."""

    key: str
    prepare: Callable[[Firm], None]

    def test_merging_keeps_the_values_of_both(self, world: World) -> None:
        first, second = world.create(1), world.create(2)
        before = {pk: world.read(pk) for pk in (first, second)}
        _merge(world, first, second)
        for item in world.spec.writable:
            mine, other = (before[pk].get(item.key) for pk in (first, second))
            parts = item.type.parts(mine)
            if parts is None or not item.stored:
                assert world.read(first)[item.key] == (other if mine is None else mine), item.key
            else:
                wanted = {**(item.type.parts(other) or {}), **parts}
                assert (item.type.parts(world.read(first)[item.key]) or {}).keys() == wanted.keys(), item.key
        assert not _live(world, second)
        assert survivor_of(world.spec, world.firm.workspace.pk, second) == first
        check_indexes(world.firm, world.spec)

    def test_gaps_are_filled_and_chosen_values_taken(self, world: World) -> None:
        bare, full = world.named("Quizzical Zebrafish"), world.create(2)
        title, values = world.spec.title_field, world.read(full)
        _merge(world, bare, full)
        parts = (title, *world.spec.title_parts)
        required = {item.key for item in world.spec.writable if item.required}
        for item, _value in world.samples(2):
            if item.key not in (*parts, *required):
                assert world.read(bare)[item.key] == values[item.key], item.key
        assert world.title(bare) == "Quizzical Zebrafish"
        third = world.create(3)
        named = world.title(third)
        merge_records(
            actor=_anyone(world), spec=world.spec, survivor_id=bare, other_ids=[third], take={title: third}
        )
        assert world.title(bare) == named
        check_indexes(world.firm, world.spec)

    def test_a_merge_is_taken_apart_as_it_was(self, world: World) -> None:
        ids = [world.create(n) for n in (1, 2, 3)]
        for pk in ids:
            add_note(actor=world.firm.owner, spec=world.spec, record_id=pk, body=f"About {pk}")
        before = [_values(world, pk) for pk in ids]
        merge = _merge(world, *ids)
        assert sorted(_notes(world, ids[0])) == sorted(f"About {pk}" for pk in ids)
        done = _undo(world, merge)
        assert (len(done.back), done.kept) == (2, [])
        assert [_values(world, pk) for pk in ids] == before
        assert [_notes(world, pk) for pk in ids] == [[f"About {pk}"] for pk in ids]
        assert survivor_of(world.spec, world.firm.workspace.pk, ids[1]) is None
        check_indexes(world.firm, world.spec)
        with pytest.raises(Conflict):
            _undo(world, merge)

    def test_what_came_later_stays_with_the_survivor(self, world: World) -> None:
        first, second = world.create(1), world.create(2)
        world.update(first, {"tags": ["before"]})
        world.update(second, {"tags": ["brought"]})
        merge = _merge(world, first, second)
        world.update(first, {"tags": ["before", "brought", "later"]})
        add_note(actor=world.firm.owner, spec=world.spec, record_id=first, body="Later")
        _undo(world, merge)
        assert world.read(first)["tags"] == ["before", "later"]
        assert world.read(second)["tags"] == ["brought"]
        assert _notes(world, first) == ["Later"]
        check_indexes(world.firm, world.spec)

    def test_what_went_into_another_is_told_as_merged(self, world: World) -> None:
        first, second = world.create(1), world.create(2)
        _merge(world, first, second)
        events = OutboxEvent.objects.filter(name="records.changed").order_by("id")
        mine = [event.payload for event in events if event.payload["object_key"] == self.key][2:]
        told = {(event["verb"], tuple(map(tuple, event["spans"]))) for event in mine}
        assert told == {("merged", ((second, second),)), ("updated", ((first, first),))}

    def test_links_come_over_once_and_go_back(self, world: World) -> None:
        spec, ahead, back = _relate(world)
        admin = world.firm.admin
        first, second, third, fourth = (
            create_record(actor=admin, spec=spec, values=world.values(spec, n)) for n in range(1, 5)
        )
        update_record(actor=admin, spec=spec, record_id=first, values={ahead.key: [third]})
        update_record(actor=admin, spec=spec, record_id=second, values={ahead.key: [first, third, fourth]})
        update_record(actor=admin, spec=spec, record_id=fourth, values={ahead.key: [second]})
        before = _link_rows(ahead.relation_id)
        merge = _merge(world, first, second)
        assert _linked(spec, admin, first, ahead) == [third, fourth]
        assert _linked(spec, admin, first, back) == [fourth]
        _undo(world, merge)
        assert _link_rows(ahead.relation_id) == before

    def test_merging_needs_the_right_to_change_and_to_delete(self, world: World) -> None:
        first, second = world.create(1), world.create(2)
        hidden = world.create(3, actor=world.firm.colleague)
        owner = world.firm.owner
        refusals: list[tuple[Actor, int, Any]] = [
            (with_scope(owner, delete="none"), second, Denied),
            (with_scope(owner, edit="none"), second, Denied),
            (with_scope(owner, see="own"), hidden, NotFound),
            (Actor(owner.workspace, owner.user, admin=True, read_only=True), second, Denied),
            (world.firm.stranger, second, NotFound),
            (owner, first, Invalid),
        ]
        before = faults.snapshot()
        for actor, other, kind in refusals:
            with pytest.raises(kind):
                merge_records(actor=actor, spec=world.spec, survivor_id=first, other_ids=[other])
        assert faults.changed_tables(before) == []
        merge = _merge(world, first, second)
        before = faults.snapshot()
        for actor in (with_scope(owner, delete="none"), with_scope(owner, edit="none"), world.firm.colleague):
            with pytest.raises((Denied, NotFound)):
                _undo(world, merge, actor)
        assert faults.changed_tables(before) == []

    def test_records_of_another_workspace_are_not_there(self, world: World, other_firm: Firm) -> None:
        first = world.create(1)
        twin, theirs = self._twin(world, other_firm)  # type: ignore[attr-defined]
        before = faults.snapshot()
        for survivor, other in ((first, theirs), (theirs, first)):
            with pytest.raises(NotFound):
                merge_records(
                    actor=world.firm.admin, spec=world.spec, survivor_id=survivor, other_ids=[other]
                )
        assert faults.changed_tables(before) == []
        with seeing_all():
            assert all_records(twin, other_firm.workspace.pk).filter(pk=theirs, deleted_at=None).exists()

    def test_two_who_merge_the_same_are_told(self, world: World) -> None:
        first, second, third = (world.create(n) for n in (1, 2, 3))
        with pytest.raises(Stale):
            merge_records(
                actor=_anyone(world),
                spec=world.spec,
                survivor_id=first,
                other_ids=[second],
                versions={second: 7},
            )
        _merge(world, first, second)
        for survivor, others in ((first, [second]), (second, [first]), (third, [second])):
            with pytest.raises(Conflict) as caught:
                merge_records(actor=_anyone(world), spec=world.spec, survivor_id=survivor, other_ids=others)
            assert (caught.value.code, caught.value.details) == ("merged", {"survivor": first})
        with pytest.raises(Conflict):
            restore_record(actor=_anyone(world), spec=world.spec, record_id=second)
        _merge(world, third, first)
        assert survivor_of(world.spec, world.firm.workspace.pk, second) == third

    def test_merging_is_all_or_nothing(self, world: World) -> None:
        first, second = world.create(1), world.create(2)
        for pk in (first, second):
            add_note(actor=world.firm.owner, spec=world.spec, record_id=pk, body="Said")
        before = faults.snapshot()

        def nothing_changed() -> None:
            assert faults.changed_tables(before) == []

        assert faults.fail_each_statement(lambda: _merge(world, first, second), nothing_changed) > 12
        before, merge = faults.snapshot(), Merge.unscoped.get()
        assert faults.fail_each_statement(lambda: _undo(world, merge), nothing_changed) > 12
        check_indexes(world.firm, world.spec)

    # --- pages and API -------------------------------------------------------------------------------------

    def test_pages_merge_and_old_addresses_lead_on(
        self, outside: tuple[World, int], client_of: Callable[[Actor], Client]
    ) -> None:
        world, first = outside
        with scope(world.firm.workspace.pk):
            second = world.create(2)
            named = world.title(second)
        client, path = client_of(world.firm.admin), f"/{self.key}/merge/"
        for address in (f"{path}?ids={first}&ids={second}", f"/{self.key}/{first}/merge/"):
            shown = client.get(address)
            assert shown.status_code == 200, address
            assert "Zebrafish" in shown.content.decode()
        assert named in client.get(f"{path}?ids={first}&ids={second}").content.decode().replace(
            "&#39;", "'"
        ).replace("&#34;", '"')
        chosen = client.post(path, {"ids": [first, second]})
        assert (chosen.status_code, chosen["Location"]) == (302, f"{path}?ids={first}&ids={second}")
        sent = client.post(
            path, {"ids": [first, second], "keep": first, f"take-{world.spec.title_field}": second}
        )
        assert (sent.status_code, sent["Location"]) == (302, f"/{self.key}/{first}/")
        with scope(world.firm.workspace.pk):
            assert world.title(first) == named
            merge = Merge.unscoped.get()
        old = client.get(f"/{self.key}/{second}/")
        assert (old.status_code, old["Location"]) == (302, f"/{self.key}/{first}/")
        told = client.get(f"/api/v1/{self.key}/{second}")
        assert (told.status_code, told.json()["merged_into"]) == (302, first)
        assert client_of(world.firm.stranger).get(f"/{self.key}/{second}/").status_code == 404
        assert client.post(f"/{self.key}/{first}/undo/{merge.change_id}/").status_code == 302
        assert client.get(f"/{self.key}/{second}/").status_code == 200

    def test_programs_merge(self, outside: tuple[World, int], client_of: Callable[[Actor], Client]) -> None:
        world, first = outside
        with scope(world.firm.workspace.pk):
            second = world.create(2)
        client, path = client_of(world.firm.admin), f"/api/v1/{self.key}/{first}/merge"
        body = {"ids": [second], "values": {"tags": ["by a program"]}}
        stale = client.post(path, body, "application/json", headers={"If-Match": '"7"'})
        bad = client.post(path, {"ids": "all"}, "application/json")
        assert (stale.status_code, bad.status_code) == (412, 422)
        for replayed in (False, True):
            sent = client.post(path, body, "application/json", headers={"Idempotency-Key": "k"})
            assert (sent.status_code, sent.json()["tags"]) == (200, ["by a program"])
            assert ("Idempotent-Replayed" in sent) is replayed
        history = client.get(f"/api/v1/{self.key}/{first}/history").json()["data"]
        assert history[0]["kind"] == "merge"
        assert {line["record"] for line in history} == {first, second}


def _anyone(world: World) -> Actor:
    return with_scope(world.firm.owner)


def _merge(world: World, survivor: int, *others: int) -> Merge:
    return merge_records(actor=_anyone(world), spec=world.spec, survivor_id=survivor, other_ids=others)


def _undo(world: World, merge: Merge, actor: Actor | None = None) -> Undone:
    return undo_change(
        actor=actor or _anyone(world), spec=world.spec, record_id=merge.survivor_id, change_id=merge.change_id
    )


def _values(world: World, record_id: int) -> dict[str, Any]:
    return {key: value for key, value in world.read(record_id).items() if key not in OWN}


def _notes(world: World, record_id: int) -> list[str]:
    notes: list[Note] = notes_of(actor=world.firm.owner, spec=world.spec, record_id=record_id)
    return [note.body for note in notes]


def _live(world: World, record_id: int) -> bool:
    return load(world.spec, world.firm.workspace, record_id).deleted_at is None


def _link_rows(relation_id: int | None) -> set[tuple[int, int]]:
    return set(Link.unscoped.filter(relation_id=relation_id or 0).values_list("from_id", "to_id"))

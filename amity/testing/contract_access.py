"""The contract of who reaches a record: own, team, below, all; another workspace never."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from amity.foundation.accounts.actor import Actor
from amity.foundation.core.errors import AmityError, Denied, Invalid, NotFound
from amity.foundation.records import listing, search
from amity.foundation.records.access import get_record, visible
from amity.foundation.records.context import context_for
from amity.foundation.records.listing import Query
from amity.foundation.records.models import Link
from amity.foundation.records.objects import spec_for
from amity.foundation.records.services.duplicates import find_duplicates
from amity.foundation.records.services.notes import add_note
from amity.foundation.records.services.records import (
    create_record,
    delete_record,
    restore_record,
    update_record,
)
from amity.foundation.records.services.schema import create_relation
from amity.foundation.records.services.undo import last_change, undo_change
from amity.foundation.records.spec import Field, ObjectSpec
from amity.foundation.records.values import row_of
from amity.testing import faults
from amity.testing.contract_services import World
from amity.testing.row_security import seeing_all
from amity.testing.world import Firm, add_person, add_team, put_in_team, refresh, with_scope

SCOPES = ("none", "own", "team", "below", "all")


class AccessContract:
    """Rights and workspaces of one object."""

    prepare: Callable[[Firm], None]

    # --- rights --------------------------------------------------------------------------------------------

    @pytest.mark.parametrize("scope", SCOPES)
    def test_seeing_reaches_as_far_as_the_role_says(self, world: World, scope: str) -> None:
        owned = _records_of_everybody(world)
        actor = with_scope(world.firm.owner, see=scope)
        wanted = sorted(owned[who] for who in _reached(scope))
        assert sorted(visible(world.spec, actor).values_list("pk", flat=True)) == wanted
        assert sorted(row.id for row in listing.page(world.spec, Query(), context_for(actor)).rows) == wanted
        assert listing.count(world.spec, Query(), context_for(actor)) == (len(wanted), True)
        assert sorted(world.found("commonword", actor=actor)) == wanted
        for record_id in set(owned.values()) - set(wanted):
            with pytest.raises(NotFound):
                get_record(world.spec, actor, record_id)

    @pytest.mark.parametrize("scope", SCOPES)
    def test_editing_reaches_as_far_as_the_role_says(self, world: World, scope: str) -> None:
        item, value = next(pair for pair in world.samples(2) if pair[0].key != "owner")
        actor = with_scope(world.firm.owner, edit=scope)
        _tries(world, scope, lambda pk: world.update(pk, {item.key: value}, actor=actor))

    @pytest.mark.parametrize("scope", SCOPES)
    def test_deleting_reaches_as_far_as_the_role_says(self, world: World, scope: str) -> None:
        actor = with_scope(world.firm.owner, delete=scope)
        _tries(world, scope, lambda pk: delete_record(actor=actor, spec=world.spec, record_id=pk))
        _tries_restoring(world, scope, actor)

    def test_no_verb_reaches_what_is_not_seen(self, world: World) -> None:
        owned = _records_of_everybody(world)
        actor = with_scope(world.firm.owner, see="own")
        for action in _actions(world, actor, owned["outsider"]):
            _refused(action, NotFound)

    def test_creating_needs_its_right_and_denial_changes_nothing(self, world: World) -> None:
        before = faults.snapshot()
        for actor in (world.firm.stranger, with_scope(world.firm.owner, create="none")):
            with pytest.raises(Denied):
                world.create(1, actor=actor)
        assert faults.changed_tables(before) == []

    def test_looking_as_somebody_else_changes_nothing(self, world: World) -> None:
        record_id = world.create(1)
        looker = Actor(world.firm.workspace, world.firm.owner.user, admin=True, read_only=True)
        assert get_record(world.spec, looker, record_id)
        before = faults.snapshot()
        for action in _actions(world, looker, record_id):
            _refused(action, Denied)
        with pytest.raises(Denied):
            world.create(2, actor=looker)
        assert faults.changed_tables(before) == []

    def test_a_record_cannot_be_given_beyond_ones_reach(self, world: World) -> None:
        record_id = world.create(1)
        actor = with_scope(world.firm.owner, see="own", edit="own")
        before = faults.snapshot()
        with pytest.raises(Denied):
            world.update(record_id, {"owner": world.firm.colleague.user_id}, actor=actor)
        with pytest.raises(Denied):
            world.create(2, actor=actor, owner=world.firm.colleague.user_id)
        assert faults.changed_tables(before) == []
        world.update(record_id, {"owner": world.firm.colleague.user_id}, actor=with_scope(world.firm.owner))

    # --- another workspace ---------------------------------------------------------------------------------

    def test_another_workspace_is_reached_on_no_path(self, world: World, other_firm: Firm) -> None:
        twin, twin_id = self._twin(world, other_firm)
        actor = world.firm.admin
        before = faults.snapshot()
        for action in _actions(world, actor, twin_id):
            _refused(action, NotFound)
        mine = world.named("Twinname Here")
        assert world.found("twinname", actor=actor) == [mine]
        assert [row.id for row in listing.page(world.spec, Query(), context_for(actor)).rows] == [mine]
        with seeing_all():
            hits = search.search("twinname", other_firm.admin)
        assert [(hit.object_key, hit.record_id) for hit in hits] == [(twin.key, twin_id)]
        assert set(faults.changed_tables(before)) <= _tables_of_a_creation(world)

    def test_duplicates_tell_nothing_of_what_one_cannot_see(self, world: World, other_firm: Firm) -> None:
        self._twin(world, other_firm)
        hidden = world.create(1, actor=world.firm.colleague)
        values = world.read(hidden)
        assert find_duplicates(world.spec, values, world.firm.owner) == []
        found = find_duplicates(world.spec, values, world.firm.admin)
        assert {item.record_id for item in found} <= {hidden}

    def test_people_and_teams_of_another_workspace_are_refused(self, world: World, other_firm: Firm) -> None:
        record_id = world.create(1)
        with seeing_all():
            team = add_team(other_firm.workspace, "Theirs")
        wrong = {"user": other_firm.owner.user_id, "team": team.pk, "file": 1, "link": 1}
        before = faults.snapshot()
        for item in world.spec.writable:
            if item.type.references:
                value = [wrong[item.type.references]] if item.many else wrong[item.type.references]
                with pytest.raises((Invalid, Denied)):
                    world.update(record_id, {item.key: value}, actor=world.firm.owner)
        assert faults.changed_tables(before) == []

    def test_planted_links_across_workspaces_show_nothing(self, world: World, other_firm: Firm) -> None:
        _twin, twin_id = self._twin(world, other_firm)
        spec, first, _second = _relate(world)
        record_id = world.create(1)
        here = context_for(world.firm.admin)
        ends = {"relation_id": first.relation_id, "from_id": record_id, "to_id": twin_id}
        for workspace in (world.firm.workspace, other_firm.workspace):
            with seeing_all():
                Link.unscoped.filter(relation_id=first.relation_id or 0).delete()
                Link.unscoped.create(workspace=workspace, **ends)
            row = row_of(spec, get_record(spec, world.firm.admin, record_id), here)
            assert row.values[first.key] is None
            assert not any(link.visible or link.title for link in row.links[first.key])
            tree = {"related": first.key, "where": {"and": []}}
            assert listing.page(spec, Query(filter=tree), here).rows == []

    def test_planted_foreign_keys_across_workspaces_show_nothing(
        self, world: World, other_firm: Firm
    ) -> None:
        record_id = world.create(1)
        here = context_for(world.firm.admin)
        for item in world.spec.fields:
            if item.column and item.target:
                target = spec_for(other_firm.workspace, item.target)
                values = {target.title_field: "Canary Quetzal"}
                with seeing_all():
                    theirs = create_record(actor=other_firm.admin, spec=target, values=values)
                world.spec.model.unscoped.filter(pk=record_id).update(**{item.column: theirs})
                row = row_of(world.spec, get_record(world.spec, world.firm.admin, record_id), here)
                assert row.values[item.key] is None
                assert [link.title for link in row.links[item.key]] == [""]
                where = {"field": target.title_field, "op": "contains", "value": "Canary"}
                tree = {"related": item.key, "where": where}
                assert listing.page(world.spec, Query(filter=tree), here).rows == []
                shown = listing.page(world.spec, Query(columns=(item.key,)), here).rows[0]
                assert shown.values[item.key] is None

    def _twin(self, world: World, other_firm: Firm) -> tuple[ObjectSpec, int]:
        """The same object with the same record in the other firm."""
        with seeing_all():
            self.prepare(other_firm)
            twin = spec_for(other_firm.workspace, world.spec.key)
            theirs = World(other_firm, twin, world.values)
            record_id = theirs.named("Twinname Here", actor=other_firm.admin)
            theirs.create(1, actor=other_firm.admin)
        return twin, _first_not_in(world, theirs, record_id)

    # --- links ---------------------------------------------------------------------------------------------

    def test_links_show_at_both_ends_and_can_be_undone(self, world: World) -> None:
        spec, first, second = _relate(world)
        admin = world.firm.admin
        one, two = (create_record(actor=admin, spec=spec, values=world.values(spec, n)) for n in (1, 2))
        update_record(actor=admin, spec=spec, record_id=one, values={first.key: [two]})
        assert _linked(spec, admin, one, first) == [two]
        assert _linked(spec, admin, two, second) == [one]
        change = last_change(spec, admin, one)
        assert change is not None
        assert change.changes == {first.key: [None, [two]]}
        undo_change(actor=admin, spec=spec, record_id=one, change_id=change.pk)
        assert _linked(spec, admin, two, second) == []

    def test_links_one_may_not_see_are_kept_and_not_named(self, world: World) -> None:
        spec, first, _second = _relate(world)
        admin, owner = world.firm.admin, with_scope(world.firm.owner, see="own", edit="own")
        mine, mine_too = (create_record(actor=owner, spec=spec, values=world.values(spec, n)) for n in (1, 2))
        hidden = create_record(actor=admin, spec=spec, values=world.values(spec, 3))
        update_record(actor=admin, spec=spec, record_id=mine, values={first.key: [hidden]})
        with pytest.raises(Invalid):
            update_record(actor=owner, spec=spec, record_id=mine_too, values={first.key: [hidden]})
        update_record(actor=owner, spec=spec, record_id=mine, values={first.key: [mine_too]})
        assert _linked(spec, admin, mine, first) == [hidden, mine_too]
        assert _linked(spec, owner, mine, first) == [mine_too]
        row = row_of(spec, get_record(spec, owner, mine), context_for(owner))
        assert [(link.id, link.title) for link in row.links[first.key] if not link.visible] == [(0, "")]


def _first_not_in(world: World, theirs: World, record_id: int) -> int:
    """An id that means nothing in the first firm, so that no look-alike record answers by accident."""
    assert not world.spec.model.unscoped.filter(pk=record_id, workspace_id=world.firm.workspace.pk).exists()
    return record_id


def _records_of_everybody(world: World) -> dict[str, int]:
    """Records of the owner, a team mate, somebody in a team below, an outsider, and nobody."""
    firm = world.firm
    people = {
        "me": firm.owner,
        "mate": add_person(firm.workspace, "mate@example.com"),
        "below": add_person(firm.workspace, "below@example.com"),
        "outsider": firm.colleague,
    }
    team = add_team(firm.workspace, "North")
    put_in_team(team, people["me"], people["mate"])
    put_in_team(add_team(firm.workspace, "North-east", team), people["below"])
    put_in_team(add_team(firm.workspace, "South"), people["outsider"])
    refresh(firm)
    owned = {who: _owned(world, person.user_id) for who, person in people.items()}
    return {**owned, "nobody": _owned(world, None)}


def _owned(world: World, user_id: int | None) -> int:
    record_id = world.named("Commonword One", actor=world.firm.admin)
    world.update(record_id, {"owner": user_id}, actor=world.firm.admin)
    return record_id


def _reached(scope: str) -> set[str]:
    return {
        "none": set(),
        "own": {"me"},
        "team": {"me", "mate"},
        "below": {"me", "mate", "below"},
        "all": {"me", "mate", "below", "outsider", "nobody"},
    }[scope]


def _tries(world: World, scope: str, action: Callable[[int], Any]) -> None:
    """The action passes on what the scope reaches; elsewhere it is denied and nothing changes."""
    owned = _records_of_everybody(world)
    for who, record_id in owned.items():
        if who in _reached(scope):
            action(record_id)
        else:
            before = faults.snapshot()
            with pytest.raises(Denied):
                action(record_id)
            assert faults.changed_tables(before) == []


def _tries_restoring(world: World, scope: str, actor: Actor) -> None:
    admin = world.firm.admin
    record_id = _owned(world, world.firm.colleague.user_id)
    delete_record(actor=admin, spec=world.spec, record_id=record_id)
    if scope == "all":
        restore_record(actor=actor, spec=world.spec, record_id=record_id)
        return
    with pytest.raises(Denied):
        restore_record(actor=actor, spec=world.spec, record_id=record_id)


def _actions(world: World, actor: Actor, record_id: int) -> list[Callable[[], Any]]:
    """Everything that writes to one record."""
    spec = world.spec
    item, value = world.samples(2)[0]
    change = last_change(spec, actor, record_id)
    change_id = change.pk if change else 1
    return [
        lambda: update_record(actor=actor, spec=spec, record_id=record_id, values={item.key: value}),
        lambda: delete_record(actor=actor, spec=spec, record_id=record_id),
        lambda: undo_change(actor=actor, spec=spec, record_id=record_id, change_id=change_id),
        lambda: add_note(actor=actor, spec=spec, record_id=record_id, body="x"),
    ]


def _refused(action: Callable[[], Any], kind: type[AmityError]) -> None:
    before = faults.snapshot()
    with pytest.raises(kind):
        action()
    assert faults.changed_tables(before) == []


def _tables_of_a_creation(world: World) -> set[str]:
    return {
        world.spec.model._meta.db_table, "records_change", "records_searchrow", "records_indexedvalue", "records_tag",
        "core_outboxevent", "sqlite_sequence",
    }  # fmt: skip


def _relate(world: World) -> tuple[ObjectSpec, Field, Field]:
    """A relation of the object to itself: the new spec and the fields of its two ends."""
    key = world.spec.key
    relation = create_relation(
        actor=world.firm.admin, from_object=key, to_object=key, from_label="Leads to", to_label="Comes from"
    )
    refresh(world.firm)
    world.spec = spec_for(world.firm.workspace, key)
    return world.spec, world.spec.by_key[relation.from_key], world.spec.by_key[relation.to_key]


def _linked(spec: ObjectSpec, actor: Actor, record_id: int, item: Field) -> list[int]:
    row = row_of(spec, get_record(spec, actor, record_id), context_for(actor))
    return [link.id for link in row.links[item.key] if link.visible]

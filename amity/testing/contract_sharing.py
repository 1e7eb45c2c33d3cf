"""The contract of sharing: a share opens a record by every door, as far as it says, and no longer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from amity.engines.notify import centre
from amity.engines.web.state import dump
from amity.foundation.accounts.actor import Actor, load_actor
from amity.foundation.accounts.models import Team
from amity.foundation.accounts.roles import VERBS
from amity.foundation.accounts.tokens import create_token
from amity.foundation.core.clock import now, to_iso
from amity.foundation.core.errors import AmityError, Conflict, Denied, Invalid, Malformed, NotFound
from amity.foundation.core.jobs.worker import run_pending
from amity.foundation.core.scope import scope
from amity.foundation.records import listing, search
from amity.foundation.records.access import get_record, visible
from amity.foundation.records.board import tallies, top_rows
from amity.foundation.records.context import context_for
from amity.foundation.records.listing import Query
from amity.foundation.records.models import Change, Share
from amity.foundation.records.objects import spec_for
from amity.foundation.records.services.bulk import bulk
from amity.foundation.records.services.bulk_change import FieldChange
from amity.foundation.records.services.cells import CellText, paste_cells
from amity.foundation.records.services.exports import Rows
from amity.foundation.records.services.files import add_file
from amity.foundation.records.services.merge import merge_records
from amity.foundation.records.services.notes import add_note
from amity.foundation.records.services.purge import purge_records
from amity.foundation.records.services.records import delete_record, restore_record, update_record
from amity.foundation.records.services.shares import (
    KEY,
    remove_ended,
    share_record,
    shares_of,
    unshare_record,
)
from amity.foundation.records.services.take_over import take_over
from amity.foundation.records.services.undo import last_change, undo_change
from amity.testing import faults
from amity.testing.contract_access import _relate
from amity.testing.contract_services import World
from amity.testing.row_security import seeing_all
from amity.testing.world import Firm, add_team, put_in_team, with_scope

OWN = dict.fromkeys(VERBS, "own")


class SharingContract:
    """Shares of one object's records."""

    def test_a_share_opens_every_reading_door_and_its_end_closes_it(self, world: World) -> None:
        mine, given = _two(world)
        for level in ("see", "change"):
            assert _seen_everywhere(world, _reader(world), given) == {mine}
            share = _share(world, given, level=level)
            assert _seen_everywhere(world, _reader(world), given) == {mine, given}
            Share.unscoped.filter(pk=share.pk).update(ends_at=now())
            assert _seen_everywhere(world, _reader(world), given) == {mine}
            assert list(remove_ended()) == [1]

    def test_a_share_to_see_opens_no_writing_door(self, world: World) -> None:
        _mine, given = _two(world)
        _share(world, given)
        for action in _writings(world, _reader(world), given):
            _refused(action, Denied)

    def test_a_share_to_change_lets_change_and_neither_delete_nor_give_away_nor_share_on(
        self, world: World
    ) -> None:
        _mine, given = _two(world)
        _share(world, given, level="change")
        actor = _reader(world)
        item, value = next(pair for pair in world.samples(3) if pair[0].key != "owner")
        update_record(actor=actor, spec=world.spec, record_id=given, values={item.key: value})
        change = last_change(world.spec, actor, given)
        assert change is not None
        undo_change(actor=actor, spec=world.spec, record_id=given, change_id=change.pk)
        update_record(actor=actor, spec=world.spec, record_id=given, values={"tags": ["Shared"]})
        tag = FieldChange("tags", "add", ["In bulk"])
        run = bulk(actor=actor, spec=world.spec, which=Query(ids=(given,)), action="edit", changes=[tag])
        assert (run.changed, run.refused) == (1, 0)
        add_note(actor=actor, spec=world.spec, record_id=given, body="Seen")
        add_file(actor=actor, spec=world.spec, record_id=given, upload=SimpleUploadedFile("a.txt", b"a"))
        for action in _takings(world, actor, given):
            _refused(action, Denied)
        mine = FieldChange("owner", "set", actor.user_id)
        run = bulk(actor=actor, spec=world.spec, which=Query(ids=(given,)), action="edit", changes=[mine])
        assert (run.changed, run.refused) == (0, 1)
        assert actor.user
        cell = CellText(given, "owner", actor.user.email)
        assert [one.code for one in paste_cells(actor=actor, spec=world.spec, cells=[cell]).outcomes] == [
            "denied"
        ]

    def test_an_unshared_record_is_as_if_it_were_not_there(self, world: World) -> None:
        _mine, given = _two(world)
        for action in (*_writings(world, _reader(world), given), *_takings(world, _reader(world), given)):
            _refused(action, NotFound)

    def test_a_team_share_holds_for_who_is_in_the_team_today(self, world: World) -> None:
        mine, given = _two(world)
        team = add_team(world.firm.workspace, "Borrowers")
        _share(world, given, team=team)
        assert _seen_everywhere(world, _reader(world), given) == {mine}
        put_in_team(team, world.firm.owner)
        assert _seen_everywhere(world, _reader(world), given) == {mine, given}
        team.delete()
        assert _seen_everywhere(world, _reader(world), given) == {mine}
        assert not Share.unscoped.exists()

    def test_a_role_that_sees_no_such_object_gets_nothing_by_a_share(self, world: World) -> None:
        _mine, given = _two(world)
        team = add_team(world.firm.workspace, "Borrowers")
        put_in_team(team, world.firm.owner)
        _share(world, given, team=team, level="change")
        blind = replace(_reader(world), permissions={"*": dict.fromkeys(VERBS, "none")})
        assert not visible(world.spec, blind).exists()
        assert search.search("commonword", blind) == []
        reader = replace(_reader(world), permissions={"*": {**OWN, "edit": "none", "export": "none"}})
        with pytest.raises(Denied):
            update_record(actor=reader, spec=world.spec, record_id=given, values={"tags": ["No"]})

    def test_hidden_fields_stay_hidden_in_a_shared_record(self, world: World) -> None:
        _mine, given = _two(world)
        _share(world, given, level="change")
        world.update(given, {"tags": ["Zanzibar"]}, actor=world.firm.admin)
        rights = {world.spec.key: {"tags": "hidden"}}
        actor = replace(_reader(world), field_rights=rights)
        spec = spec_for(actor, world.spec.key)
        assert spec.field("tags") not in spec.live_fields
        tagged = {"field": "tags", "op": "has_any", "value": ["Zanzibar"]}
        for query in (Query(filter=tagged), Query(columns=("tags",))):
            with pytest.raises(Malformed):
                listing.page(spec, query, context_for(actor))
        with pytest.raises(Invalid):
            update_record(actor=actor, spec=spec, record_id=given, values={"tags": ["Mine"]})

    # --- who shares ----------------------------------------------------------------------------------------

    def test_everybody_who_sees_the_record_sees_with_whom_it_is_shared(self, world: World) -> None:
        _mine, given = _two(world)
        with pytest.raises(NotFound):
            shares_of(actor=_reader(world), spec=world.spec, record_id=given)
        share = _share(world, given, why="For the tender")
        told = shares_of(actor=_reader(world), spec=world.spec, record_id=given)
        assert [(one.pk, one.user_id, one.why) for one in told] == [
            (share.pk, world.firm.owner.user_id, "For the tender")
        ]

    def test_sharing_again_changes_the_share_and_can_be_taken_back(self, world: World) -> None:
        _mine, given = _two(world)
        _share(world, given)
        _share(world, given, level="change")
        admin = world.firm.admin
        assert _levels(world, given) == ["change"]
        _undo_last(world, given)
        assert _levels(world, given) == ["see"]
        share = shares_of(actor=admin, spec=world.spec, record_id=given)[0]
        unshare_record(actor=admin, spec=world.spec, record_id=given, share_id=share.pk)
        assert _levels(world, given) == []
        _undo_last(world, given)
        assert _levels(world, given) == ["see"]
        change = next(one for one in world.changes(given) if one.kind == "share")
        _share(world, given, level="change")
        with pytest.raises(Conflict):
            undo_change(actor=admin, spec=world.spec, record_id=given, change_id=change.pk)

    def test_what_is_over_is_not_brought_back(self, world: World) -> None:
        _mine, given = _two(world)
        share, admin = _share(world, given), world.firm.admin
        change = unshare_record(actor=admin, spec=world.spec, record_id=given, share_id=share.pk)
        before, _after = change.changes[KEY]
        over = {KEY: [{**before, "ends_at": to_iso(now())}, None]}
        Change.unscoped.filter(pk=change.pk).update(changes=over)
        again = partial(undo_change, actor=admin, spec=world.spec, record_id=given, change_id=change.pk)
        _refused(again, Conflict)

    def test_who_got_a_share_may_give_it_back_and_end_no_other(self, world: World) -> None:
        mine, given = _two(world)
        team = add_team(world.firm.workspace, "Others")
        other, share = _share(world, given, team=team), _share(world, given, level="change")
        _refused(lambda: _unshare(world, _reader(world), given, other), Denied)
        _unshare(world, _reader(world), given, share)
        assert _seen_everywhere(world, _reader(world), given) == {mine}

    def test_what_makes_no_sense_is_refused(self, world: World) -> None:
        _mine, given = _two(world)
        admin, spec = world.firm.admin, world.spec
        guest, owner = world.firm.stranger.user_id, world.firm.colleague.user_id
        update_record(actor=admin, spec=spec, record_id=given, values={"owner": owner})
        wrong: list[dict[str, Any]] = [
            {"level": "see"},
            {"level": "see", "user_id": admin.user_id},
            {"level": "see", "user_id": 10**9},
            {"level": "see", "user_id": owner},
            {"level": "see", "team_id": 10**9},
            {"level": "see", "user_id": guest, "team_id": 1},
            {"level": "own", "user_id": guest},
            {"level": "see", "user_id": guest, "ends_at": now() - timedelta(seconds=1)},
            {"level": "see", "user_id": guest, "why": "x" * 301},
        ]
        for terms in wrong:
            share = partial(share_record, actor=admin, spec=spec, record_id=given, **terms)
            _refused(share, Invalid)

    def test_nobody_of_another_firm_gets_a_share(self, world: World, other_firm: Firm) -> None:
        _mine, given = _two(world)
        with seeing_all():
            theirs = add_team(other_firm.workspace, "Theirs")
        for terms in ({"user_id": other_firm.owner.user_id}, {"team_id": theirs.pk}):
            which: dict[str, Any] = {"spec": world.spec, "record_id": given, "level": "see", **terms}
            _refused(partial(share_record, actor=world.firm.admin, **which), Invalid)

    # --- what becomes of shares ----------------------------------------------------------------------------

    def test_a_share_rests_in_the_trash_and_goes_with_its_record(self, world: World) -> None:
        mine, given = _two(world)
        _share(world, given, level="change")
        admin = world.firm.admin
        delete_record(actor=admin, spec=world.spec, record_id=given)
        assert _seen_everywhere(world, _reader(world), given) == {mine}
        assert not visible(world.spec, _reader(world), trash=True).exists()
        restore_record(actor=admin, spec=world.spec, record_id=given)
        assert _seen_everywhere(world, _reader(world), given) == {mine, given}
        delete_record(actor=admin, spec=world.spec, record_id=given)
        purge_records(spec=world.spec, workspace_id=world.firm.workspace.pk, ids=[given])
        assert not Share.unscoped.exists()

    def test_a_merge_carries_shares_over_and_back(self, world: World) -> None:
        mine, given = _two(world)
        admin = world.firm.admin
        kept = world.named("Commonword Kept", actor=admin)
        _share(world, given)
        _share(world, kept, level="change")
        merge_records(actor=admin, spec=world.spec, survivor_id=kept, other_ids=[given])
        assert _levels(world, kept) == ["change"]
        assert _seen_everywhere(world, _reader(world), kept) == {mine, kept}
        _undo_last(world, kept)
        assert (_levels(world, kept), _levels(world, given)) == (["change"], ["see"])

    # --- filters, telling ----------------------------------------------------------------------------------

    def test_lists_are_narrowed_to_what_is_shared(self, world: World) -> None:
        mine, given = _two(world)
        _share(world, given)
        for actor, op, wanted in (
            (_reader(world), "with_me", {given}),
            (_reader(world), "by_me", set()),
            (_now(world, world.firm.admin), "by_me", {given}),
            (_now(world, world.firm.admin), "with_me", set()),
        ):
            tree = {"related": "sharing", "where": {"op": op}}
            assert _listed(world, actor, Query(filter=tree)) == wanted
            rest = _listed(world, actor, Query(filter={"and": [{**tree, "none": True}]}))
            assert rest == {mine, given} - wanted

    def test_a_link_to_a_record_answers_filters_while_it_is_shared(self, world: World) -> None:
        spec, first, second = _relate(world)
        mine, given = _two(world)
        world.update(mine, {first.key: [given]}, actor=world.firm.admin)
        asked: list[dict[str, Any]] = [
            {"field": first.key, "op": "filled"},
            {"field": first.key, "op": "is_any", "value": [given]},
            {"related": first.key, "where": {"field": spec.title_field, "op": "contains", "value": "Given"}},
        ]
        for shared in (False, True):
            if shared:
                _share(world, given)
            actor = _reader(world)
            for tree in asked:
                assert _listed(world, actor, Query(filter=tree)) == ({mine} if shared else set()), tree
            back = {"related": second.key, "where": {"and": []}}
            assert _listed(world, actor, Query(filter=back)) == ({given} if shared else set())

    def test_a_share_is_all_or_nothing(self, world: World) -> None:
        _mine, given = _two(world)
        before = faults.snapshot()

        def nothing() -> None:
            assert faults.changed_tables(before) == []

        assert faults.fail_each_statement(lambda: _share(world, given), nothing) > 3
        assert _levels(world, given) == ["see"]

    def test_the_receiver_is_told_why_and_the_sharer_is_not(self, world: World) -> None:
        _mine, given = _two(world)
        run_pending()
        team = add_team(world.firm.workspace, "Borrowers")
        put_in_team(team, world.firm.owner, world.firm.admin)
        _share(world, given, team=team, why="Please call them")
        run_pending()
        told = centre.recent(_now(world, world.firm.owner))
        assert [one.kind.key for one in told] == ["shared"]
        assert "Please call them" in told[0].text
        assert told[0].url == f"/{world.spec.key}/{given}/"
        assert [one for one in centre.recent(world.firm.admin) if one.kind.key == "shared"] == []

    def test_pages_and_api_open_with_a_share(
        self, outside: tuple[World, int], client_of: Callable[[Actor], Client]
    ) -> None:
        world, given = outside
        firm, key = world.firm, world.spec.key
        with scope(firm.workspace.pk):
            _token, secret = create_token(actor=firm.admin, user_id=firm.stranger.user_id or 0, name="t")
        browser = client_of(firm.stranger)  # a guest: sees own records only
        program = Client(SERVER_NAME="127.0.0.1", headers={"authorization": f"Bearer {secret}"})
        tree = dump({"related": "sharing", "where": {"op": "with_me"}})
        for shared in (False, True):
            if shared:
                with scope(firm.workspace.pk):
                    _share(world, given, receiver=firm.stranger)
            pages = [f"/{key}/{given}/{part}" for part in ("", "peek/", "share/")]
            calls = [
                f"/api/v1/{key}/{given}{part}" for part in ("", "/notes", "/history", "/files", "/shares")
            ]
            found = {url: browser.get(url).status_code for url in pages}
            found |= {url: program.get(url).status_code for url in calls}
            assert set(found.values()) == {200 if shared else 404}, found
            listed = browser.get(f"/{key}/", {"filter": tree}).content.decode()
            rows = program.get(f"/api/v1/{key}").json()["data"]
            assert ("Zebrafish" in listed, [row["id"] for row in rows]) == (shared, [given] if shared else [])
            for url in (f"/{key}/{given}/notes/", f"/{key}/{given}/share/", f"/{key}/{given}/delete/"):
                assert browser.post(url, {"text": "x"}).status_code == (403 if shared else 404), url


# --- a world with one record of the reader's and one that is not -----------------------------------------------


def _two(world: World) -> tuple[int, int]:
    """A record of the owner's, and one of the administrator's to be shared with the owner."""
    return (
        world.named("Commonword Mine"),
        world.named("Commonword Given", actor=world.firm.admin),
    )


def _now(world: World, actor: Actor) -> Actor:
    """Somebody as their next request finds them."""
    found = load_actor(world.firm.workspace.pk, actor.user_id or 0, "page")
    assert found is not None
    return found


def _reader(world: World) -> Actor:
    """The owner with a role that reaches own records only."""
    return with_scope(_now(world, world.firm.owner), **OWN)


def _share(
    world: World, record_id: int, *, level: str = "see", team: Team | None = None, why: str = "",
    receiver: Actor | None = None,
) -> Share:  # fmt: skip
    person = (receiver or world.firm.owner).user_id
    whom = {"team_id": team.pk} if team else {"user_id": person}
    return share_record(
        actor=world.firm.admin, spec=world.spec, record_id=record_id, level=level, why=why, **whom
    )


def _unshare(world: World, actor: Actor, record_id: int, share: Share) -> None:
    unshare_record(actor=actor, spec=world.spec, record_id=record_id, share_id=share.pk)


def _levels(world: World, record_id: int) -> list[str]:
    return [one.level for one in shares_of(actor=world.firm.admin, spec=world.spec, record_id=record_id)]


def _undo_last(world: World, record_id: int) -> None:
    change = last_change(world.spec, world.firm.admin, record_id)
    assert change is not None
    undo_change(actor=world.firm.admin, spec=world.spec, record_id=record_id, change_id=change.pk)


def _listed(world: World, actor: Actor, query: Query) -> set[int]:
    context = context_for(actor)
    ids = [row.id for row in listing.page(world.spec, query, context).rows]
    assert len(ids) == len(set(ids))
    assert listing.count(world.spec, query, context) == (len(ids), True)
    return set(ids)


def _seen_everywhere(world: World, actor: Actor, record_id: int) -> set[int]:
    """Every reading door shows the same records; whether the one is among them, the record itself says too."""
    spec, context = world.spec, context_for(actor)
    seen = set(visible(spec, actor).values_list("pk", flat=True))
    title = {"field": spec.title_field, "op": "contains", "value": "Commonword"}
    doors = {
        "list": _listed(world, actor, Query()),
        "sorted": _listed(world, actor, Query(sort="-updated_at")),
        "found": set(world.found("commonword", actor=actor)),
        "start": set(world.found("co", actor=actor)),
        "exported": _exported(world, actor),
        "paged": _paged(world, actor),
    }
    assert doors == dict.fromkeys(doors, seen), doors
    assert _listed(world, actor, Query(filter=title, search="commonword")) == seen
    by = world.spec.by_key["owner"]
    counts = tallies(spec, Query(), context, by)
    assert sum(one.count for one in counts.values()) == len(seen)
    cards = top_rows(spec, Query(), context, by, list(counts), 5)
    assert sorted(row.id for rows in cards.values() for row in rows) == sorted(seen)
    if record_id in seen:
        assert get_record(spec, actor, record_id)
    else:
        with pytest.raises(NotFound):
            get_record(spec, actor, record_id)
    return seen


def _paged(world: World, actor: Actor) -> set[int]:
    """The same list, one row a page, there and back."""
    context, found, cursor = context_for(actor), [], ""
    while True:
        page = listing.page(world.spec, Query(limit=1, cursor=cursor), context)
        found += [row.id for row in page.rows]
        if not page.next_cursor:
            break
        cursor = page.next_cursor
    back = []
    while page.previous_cursor:
        page = listing.page(world.spec, Query(limit=1, cursor=page.previous_cursor), context)
        back += [row.id for row in page.rows]
    assert back == found[-2::-1]
    return set(found)


def _exported(world: World, actor: Actor) -> set[int]:
    return set(Rows(actor, world.spec, Query(), world.spec.live_fields).ids)


def _writings(world: World, actor: Actor, record_id: int) -> list[Callable[[], Any]]:
    """Everything that adds to a record or changes it."""
    spec = world.spec
    which: dict[str, Any] = {"actor": actor, "spec": spec, "record_id": record_id}
    newest = last_change(spec, actor, record_id)
    return [
        lambda: update_record(**which, values={"tags": ["Not mine"]}),
        lambda: add_note(**which, body="Not mine"),
        lambda: add_file(**which, upload=SimpleUploadedFile("a.txt", b"a")),
        lambda: undo_change(**which, change_id=newest.pk if newest else 1),
        *_takings(world, actor, record_id),
    ]


def _takings(world: World, actor: Actor, record_id: int) -> list[Callable[[], Any]]:
    """What a share never allows: deleting, handing over, sharing on, merging."""
    which: dict[str, Any] = {"actor": actor, "spec": world.spec, "record_id": record_id}
    mine = visible(world.spec, actor).filter(owner_id=actor.user_id).first()
    assert mine is not None
    return [
        lambda: delete_record(**which),
        lambda: update_record(**which, values={"owner": actor.user_id}),
        lambda: take_over(**which),
        lambda: share_record(**which, level="see", user_id=world.firm.stranger.user_id),
        lambda: merge_records(actor=actor, spec=world.spec, survivor_id=record_id, other_ids=[mine.pk]),
        lambda: merge_records(actor=actor, spec=world.spec, survivor_id=mine.pk, other_ids=[record_id]),
    ]


def _refused(action: Callable[[], Any], kind: type[AmityError]) -> None:
    before = faults.snapshot()
    with pytest.raises(kind):
        action()
    assert faults.changed_tables(before) == []

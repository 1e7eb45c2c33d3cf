"""The contract of one answer: every value knows its source, and what sources say differently is settled once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client

from amity.foundation.accounts.actor import Actor
from amity.foundation.core.errors import Conflict, Denied, NotFound
from amity.foundation.core.scope import scope
from amity.foundation.records.models import Change, Claim
from amity.foundation.records.provenance import sources_of
from amity.foundation.records.seen import seen_by
from amity.foundation.records.services.batches import undo_batch
from amity.foundation.records.services.claims import open_claims
from amity.foundation.records.services.merge import merge_records
from amity.foundation.records.services.purge import purge_records
from amity.foundation.records.services.records import delete_record
from amity.foundation.records.services.settling import Choice, rank_sources, reopen, settle, take_all
from amity.foundation.records.services.undo import undo_change
from amity.foundation.records.spec import Field, Values
from amity.testing import faults
from amity.testing.contract_services import World, check_indexes
from amity.testing.row_security import seeing_all
from amity.testing.world import Firm, with_scope


class ClaimContract:
    """Provenance and conflicts of records of one object."""

    key: str

    def test_every_value_knows_who_gave_it(self, world: World) -> None:
        record_id = world.create(1)
        item, value = _plain(world, 2)
        world.update(record_id, {item.key: value}, actor=_shop(world))
        found = _sources(world, record_id)
        created = Change.unscoped.get(object_type_id=world.spec.type_id, record_id=record_id, kind="create")
        assert found.fields[item.key].source == "api:Webshop"
        others = {key: origin for key, origin in found.fields.items() if key != item.key}
        assert {origin.change_id for origin in others.values()} == {created.pk}
        assert {origin.source for origin in others.values()} == {f"person:{world.firm.owner.user_id}"}
        undo_change(
            actor=world.firm.owner, spec=world.spec, record_id=record_id, change_id=found.fields[item.key].change_id
        )  # fmt: skip
        assert _sources(world, record_id).fields[item.key].kind == "undo"

    def test_each_of_many_values_knows_its_own_source(self, world: World) -> None:
        record_id = world.create(1)
        world.update(record_id, {"tags": ["first"]})
        world.update(record_id, {"tags": ["first", "second"]}, actor=_shop(world))
        world.update(record_id, {"tags": ["first", "second", "third"]}, actor=world.firm.admin)
        parts = _sources(world, record_id).parts["tags"]
        told = [
            parts[key].source.partition(":")[0]
            for key in sorted(parts, key=lambda key: str(parts[key].change_id))
        ]
        assert len(parts) == 3
        assert sorted(told) == ["api", "person", "person"]

    def test_what_was_merged_is_told(self, world: World) -> None:
        bare, full = world.named("Quizzical Zebrafish"), world.create(2)
        title = world.title(full)
        merge_records(actor=with_scope(world.firm.owner), spec=world.spec, survivor_id=bare, other_ids=[full])
        merged = [origin for origin in _sources(world, bare).fields.values() if origin.kind == "merge"]
        assert merged
        assert {origin.titles for origin in merged} == {(title,)}

    def test_a_second_source_asks_instead_of_overwriting(self, world: World) -> None:
        record_id = world.create(1)
        before = world.read(record_id)
        wanted = {item.key: value for item, value in world.samples(2)}
        world.update(record_id, wanted, actor=_shop(world), ask=True)
        after = world.read(record_id)
        for item, value in world.samples(2):
            cleaned = world.clean(item, value)
            if item.type.parts(before[item.key]) is not None:
                assert after[item.key][: len(before[item.key])] == before[item.key], item.key
                assert set(item.type.parts(cleaned) or ()) <= set(item.type.parts(after[item.key]) or ()), (
                    item.key
                )
            else:
                assert after[item.key] == before[item.key], item.key
        said = {claim.field: claim.value for claim in _open(world, record_id)}
        assert said == {
            item.key: world.clean(item, value)
            for item, value in world.samples(2)
            if item.type.parts(before[item.key]) is None and world.clean(item, value) != before[item.key]
        }
        check_indexes(world.firm, world.spec)

    def test_the_same_is_asked_once_and_another_value_anew(self, world: World) -> None:
        record_id, item, value = self._asked(world)
        claim = _open(world, record_id)[0]
        _say(world, record_id, item, value)
        assert [one.pk for one in _open(world, record_id)] == [claim.pk]
        _settle(world, record_id, item, Choice(keep=True))
        _say(world, record_id, item, value)
        assert _open(world, record_id) == []
        _say(world, record_id, item, value, source="api:Ledger")
        assert [one.source for one in _open(world, record_id)] == ["api:Ledger"]
        third = _third(world, item)
        _say(world, record_id, item, third)
        assert len(_open(world, record_id)) == 2

    def test_a_source_says_one_thing_at_a_time(self, world: World) -> None:
        record_id, item, _value = self._asked(world)
        third = _third(world, item)
        _say(world, record_id, item, third)
        assert [one.value for one in _open(world, record_id)] == [world.clean(item, third)]
        _say(world, record_id, item, world.read(record_id)[item.key])
        assert _open(world, record_id) == []

    def test_taking_an_answer_is_a_change_that_can_be_undone(self, world: World) -> None:
        record_id, item, value = self._asked(world)
        before = world.read(record_id)[item.key]
        claim = _open(world, record_id)[0]
        done = _settle(world, record_id, item, Choice(take=claim.pk))
        assert world.read(record_id)[item.key] == world.clean(item, value)
        assert _open(world, record_id) == []
        assert done.change_id
        undo_change(actor=world.firm.owner, spec=world.spec, record_id=record_id, change_id=done.change_id)
        assert world.read(record_id)[item.key] == before
        assert [one.pk for one in _open(world, record_id)] == [claim.pk]
        check_indexes(world.firm, world.spec)

    def test_keeping_and_a_third_answer_settle_too(self, world: World) -> None:
        record_id, item, _value = self._asked(world)
        _settle(world, record_id, item, Choice(keep=True))
        assert _open(world, record_id) == []
        assert reopen(actor=world.firm.owner, spec=world.spec, record_id=record_id, field_key=item.key) == 1
        assert len(_open(world, record_id)) == 1
        third = _third(world, item)
        _settle(world, record_id, item, Choice(value=third))
        assert world.read(record_id)[item.key] == world.clean(item, third)
        assert [claim.state for claim in Claim.unscoped.filter(record_id=record_id)] == ["kept"]

    def test_the_second_of_two_people_is_told(self, world: World) -> None:
        record_id, item, _value = self._asked(world)
        claim = _open(world, record_id)[0]
        _settle(world, record_id, item, Choice(take=claim.pk))
        before = faults.snapshot()
        for choice in (Choice(keep=True), Choice(take=claim.pk), Choice(value=_third(world, item))):
            with pytest.raises(Conflict, match="Owner"):
                _settle(world, record_id, item, choice, actor=world.firm.admin)
        assert faults.changed_tables(before) == []

    def test_who_may_not_change_the_field_cannot_settle(self, world: World) -> None:
        record_id, item, _value = self._asked(world)
        owner, claim = world.firm.owner, _open(world, record_id)[0]
        rights = {self.key: {item.key: "read"}}
        refusals: list[tuple[Actor, Any]] = [
            (world.firm.stranger, NotFound),
            (with_scope(owner, edit="none"), Denied),
            (replace(with_scope(owner), field_rights=rights), Denied),
            (Actor(owner.workspace, owner.user, admin=True, read_only=True), Denied),
        ]
        before = faults.snapshot()
        for actor, kind in refusals:
            with pytest.raises(kind):
                _settle(world, record_id, item, Choice(take=claim.pk), actor=actor)
            with pytest.raises((Denied, NotFound)):
                take_all(actor=actor, spec=world.spec, source="api:Webshop")
        assert faults.changed_tables(before) == []

    def test_a_hidden_field_never_tells(self, world: World) -> None:
        record_id, item, _value = self._asked(world)
        if item.key == world.spec.title_field:
            return
        actor = replace(with_scope(world.firm.owner), field_rights={self.key: {item.key: "hidden"}})
        known = seen_by(actor, world.spec)
        assert not open_claims(known, actor).exists()
        assert item.key not in sources_of(known, actor.workspace_id, world.read(record_id), record_id).fields
        with pytest.raises(NotFound):
            _settle(world, record_id, item, Choice(keep=True), actor=actor)

    def test_a_source_is_believed_in_everything_as_one_batch(self, world: World) -> None:
        ids, item, value = [], None, None
        for n in (1, 1, 1):
            record_id, item, value = self._asked(world, n)
            ids.append(record_id)
        assert item is not None
        before = [world.read(pk)[item.key] for pk in ids]
        actor = with_scope(world.firm.owner)
        done = take_all(actor=actor, spec=world.spec, source="api:Webshop")
        assert (done.count, done.refused, done.more) == (3, [], False)
        assert [world.read(pk)[item.key] for pk in ids] == [world.clean(item, value)] * 3
        back = undo_batch(actor=actor, spec=world.spec, batch_id=done.batch_id)
        assert (back.restored, back.kept) == (3, [])
        assert [world.read(pk)[item.key] for pk in ids] == before
        assert len(open_claims(world.spec, actor)) == 3
        check_indexes(world.firm, world.spec)

    def test_a_ranked_source_settles_by_itself(self, world: World) -> None:
        item, value = _plain(world, 2)
        with pytest.raises(Denied):
            rank_sources(actor=world.firm.owner, spec=world.spec, field_key="", sources=["api:Webshop"])
        rank_sources(actor=world.firm.admin, spec=world.spec, field_key="", sources=["api:Webshop", "person"])
        record_id = world.create(1)
        _say(world, record_id, item, value)
        assert world.read(record_id)[item.key] == world.clean(item, value)
        third = _third(world, item)
        _say(world, record_id, item, third, source="api:Ledger")
        assert world.read(record_id)[item.key] == world.clean(item, value)
        assert _open(world, record_id) == []
        states = dict(Claim.unscoped.filter(record_id=record_id).values_list("source", "state"))
        assert states == {"api:Webshop": "taken", "api:Ledger": "kept"}
        rank_sources(actor=world.firm.admin, spec=world.spec, field_key=item.key, sources=["api:Ledger"])
        _say(world, record_id, item, _third(world, item, 1), source="api:Ledger")
        assert world.read(record_id)[item.key] == world.clean(item, _third(world, item, 1))

    def test_claims_go_where_their_record_goes(self, world: World) -> None:
        first = world.create(3)
        second, item, _value = self._asked(world)
        actor = with_scope(world.firm.owner)
        merge = merge_records(actor=actor, spec=world.spec, survivor_id=first, other_ids=[second])
        assert [claim.source for claim in _open(world, first)] == ["api:Webshop"]
        lost = Claim.unscoped.filter(record_id=first, source__startswith="merge:")
        assert item.key in set(lost.values_list("field", flat=True))
        assert set(lost.values_list("state", flat=True)) == {"kept"}
        undo_change(actor=actor, spec=world.spec, record_id=first, change_id=merge.change_id)
        assert not Claim.unscoped.filter(record_id=first).exists()
        assert len(_open(world, second)) == 1
        delete_record(actor=actor, spec=world.spec, record_id=second)
        assert not open_claims(world.spec, actor).exists()
        purge_records(spec=world.spec, workspace_id=world.firm.workspace.pk, ids=[second])
        assert not Claim.unscoped.filter(object_type_id=world.spec.type_id).exists()

    def test_claims_of_another_workspace_are_not_there(self, world: World, other_firm: Firm) -> None:
        record_id, item, _value = self._asked(world)
        twin, _theirs = self._twin(world, other_firm)  # type: ignore[attr-defined]
        before = faults.snapshot()
        for spec in (world.spec, twin):
            with pytest.raises(NotFound):
                settle(
                    actor=other_firm.admin, spec=spec, record_id=record_id, field_key=item.key,
                    choice=Choice(keep=True),
                )  # fmt: skip
        with seeing_all():
            assert not open_claims(twin, other_firm.admin).exists()
        assert faults.changed_tables(before) == []

    def _asked(self, world: World, n: int = 1) -> tuple[int, Field, Any]:
        """A record with one conflict: the field and what the webshop says."""
        record_id = world.create(n)
        item, value = _plain(world, 2)
        _say(world, record_id, item, value)
        return record_id, item, value

    # --- outside -------------------------------------------------------------------------------------------

    def test_programs_ask_and_settle(
        self, outside: tuple[World, int], client_of: Callable[[Actor], Client]
    ) -> None:
        world, first = outside
        with scope(world.firm.workspace.pk):
            item, value = _plain(world, 5)
            world.update(first, {item.key: dict(_fields(world, 1))[item.key]})
            before, cleaned = world.read(first)[item.key], world.clean(item, value)
        client, path = client_of(world.firm.owner), f"/api/v1/{self.key}/{first}"
        assert (
            client.patch(f"{path}?on_conflict=shout", {item.key: value}, "application/json").status_code
            == 400
        )
        sent = client.patch(f"{path}?on_conflict=ask", {item.key: value}, "application/json")
        assert (sent.status_code, sent["Conflicts"]) == (200, item.key)
        told = client.get(f"{path}/conflicts").json()["data"]
        assert [(one["field"], one["present"]["value"], one["answers"][0]["value"]) for one in told] == [
            (item.key, item.type.to_api(item, before), item.type.to_api(item, cleaned))
        ]
        assert len(client.get(f"/api/v1/{self.key}/conflicts").json()["data"]) == 1
        settled = {"take": told[0]["answers"][0]["id"]}
        assert (
            client.post(
                f"{path}/conflicts/{item.key}", {"take": 1, "keep": True}, "application/json"
            ).status_code
            == 422
        )
        assert client.post(f"{path}/conflicts/{item.key}", settled, "application/json").status_code == 200
        assert client.post(f"{path}/conflicts/{item.key}", settled, "application/json").status_code == 409
        with scope(world.firm.workspace.pk):
            assert world.read(first)[item.key] == cleaned
        sources = client.get(f"{path}/sources").json()["data"]
        assert next(one for one in sources if one["field"] == item.key)["actor"]["name"] == str(
            world.firm.owner.user
        )

    def test_pages_show_and_settle(
        self, outside: tuple[World, int], client_of: Callable[[Actor], Client]
    ) -> None:
        world, first = outside
        with scope(world.firm.workspace.pk):
            item, value = _plain(world, 5)
            world.update(first, {item.key: dict(_fields(world, 1))[item.key]})
            _say(world, first, item, value)
            claim = _open(world, first)[0]
            title = world.title(first)
        client = client_of(world.firm.owner)
        base = f"/{self.key}/{first}/"
        assert f"{base}conflicts/#{item.key}" in client.get(base).content.decode()
        for address in (f"{base}conflicts/", f"/{self.key}/conflicts/"):
            text = client.get(address).content.decode()
            assert "Webshop" in text
            assert f'value="{claim.pk}"' in text
        assert "Webshop" not in client_of(world.firm.stranger).get(f"/{self.key}/conflicts/").content.decode()
        assert client_of(world.firm.stranger).get(f"{base}sources/").status_code == 404
        assert title[:5] in client.get(f"{base}sources/").content.decode()
        data = {"take": claim.pk}
        assert client.post(f"{base}conflicts/{item.key}/", data).status_code == 302
        with scope(world.firm.workspace.pk):
            assert world.read(first)[item.key] == world.clean(item, value)
        assert client.post(f"{base}conflicts/{item.key}/", data).status_code == 302
        assert "already" in client.get(base).content.decode()


def _shop(world: World, source: str = "api:Webshop") -> Actor:
    return replace(with_scope(world.firm.owner), source="api", origin=source)


def _plain(world: World, n: int) -> tuple[Field, Any]:
    """A field of one value that differs from record 1's, with its n-th sample; not the title where there is another."""
    found = [
        (item, value)
        for item, value in world.samples(n)
        if item.type.parts(world.clean(item, value)) is None
        and item.type.name in ("text", "long_text", "url")
    ]
    return found[0] if found else (world.spec.by_key[world.spec.title_field], f"Another name {n}")


def _fields(world: World, n: int) -> list[tuple[str, Any]]:
    """Keys of fields with their n-th sample, the title too."""
    return list(world.values(world.spec, n).items())


def _third(world: World, item: Field, more: int = 0) -> Any:
    return {"url": f"https://third.example.com/{more}"}.get(item.type.name, f"Third answer {more}")


def _say(world: World, record_id: int, item: Field, value: Any, source: str = "api:Webshop") -> None:
    world.update(record_id, {item.key: value}, actor=_shop(world, source), ask=True)


def _open(world: World, record_id: int) -> list[Claim]:
    return list(open_claims(world.spec, world.firm.admin, record_id=record_id))


def _settle(world: World, record_id: int, item: Field, choice: Choice, actor: Actor | None = None) -> Any:
    return settle(
        actor=actor or world.firm.owner,
        spec=world.spec,
        record_id=record_id,
        field_key=item.key,
        choice=choice,
    )


def _sources(world: World, record_id: int) -> Any:
    values: Values = world.read(record_id)
    return sources_of(world.spec, world.firm.workspace.pk, values, record_id)

"""The contract of roles by field: what is hidden is nowhere, what is for reading cannot be written."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client

from amity.foundation.accounts.actor import Actor
from amity.foundation.accounts.models import Role
from amity.foundation.core.errors import AmityError, Conflict, Invalid, Malformed
from amity.foundation.core.scope import scope
from amity.foundation.records import listing
from amity.foundation.records.context import context_for
from amity.foundation.records.listing import Query
from amity.foundation.records.models import Change
from amity.foundation.records.objects import spec_for
from amity.foundation.records.seen import may_be_hidden
from amity.foundation.records.services.exports import export
from amity.foundation.records.services.field_rights import set_field_rights
from amity.foundation.records.services.records import create_record, update_record
from amity.foundation.records.services.reindex import reindex_job
from amity.foundation.records.services.undo import undo_change
from amity.foundation.records.spec import Field
from amity.testing import faults
from amity.testing.contract_pages import call_api
from amity.testing.contract_services import World
from amity.testing.world import with_scope


class FieldContract:
    """Rights on single fields of one object."""

    key: str

    def test_a_hidden_field_is_known_to_nothing(self, world: World) -> None:
        record_id = world.create(1)
        for item in _hideable(world):
            actor = _limited(world, item, "hidden")
            context = context_for(actor)
            for query in _asking(item):
                with pytest.raises(Malformed):
                    listing.page(world.spec, query, context)
            row = listing.page(world.spec, Query(), context).rows[0]
            assert row.id == record_id
            assert item.key not in {one.key for one in spec_for(actor, self.key).live_fields}

    def test_a_hidden_field_is_neither_written_nor_lost(self, world: World) -> None:
        record_id = world.create(1)
        for item, value in world.samples(2):
            if not may_be_hidden(world.spec, item):
                continue
            actor, kept = _limited(world, item, "hidden"), world.read(record_id)
            before = faults.snapshot()
            with pytest.raises(Invalid) as refused:
                update_record(actor=actor, spec=world.spec, record_id=record_id, values={item.key: value})
            assert [error.code for error in refused.value.errors] == ["unknown_field"]
            assert faults.changed_tables(before) == []
            title = {world.spec.title_field: f"Renamed for {item.key}"}
            update_record(actor=actor, spec=world.spec, record_id=record_id, values=title)
            assert world.read(record_id)[item.key] == kept[item.key]

    def test_a_field_for_reading_is_shown_and_refused(self, world: World) -> None:
        record_id = world.create(1)
        for item, value in world.samples(2):
            actor = _limited(world, item, "read")
            before = faults.snapshot()
            with pytest.raises(Invalid) as refused:
                update_record(actor=actor, spec=world.spec, record_id=record_id, values={item.key: value})
            assert {error.code for error in refused.value.errors} == {"read_only"}
            assert faults.changed_tables(before) == []
            row = listing.page(world.spec, Query(columns=(item.key,)), context_for(actor)).rows[0]
            assert row.values[item.key] == world.read(record_id)[item.key]

    def test_a_required_field_one_may_not_write_is_not_asked_of_one(self, world: World) -> None:
        required = [item for item in world.spec.writable if item.required and may_be_hidden(world.spec, item)]
        for item in required:
            values = {key: value for key, value in world.values(world.spec, 1).items() if key != item.key}
            assert create_record(actor=_limited(world, item, "hidden"), spec=world.spec, values=values)

    def test_no_undo_by_those_who_may_not_write(self, world: World) -> None:
        record_id = world.create(1)
        for item, value in world.samples(2):
            world.update(record_id, {item.key: value})
            change = world.changes(record_id)[-1]
            if item.key not in change.changes:  # the sample has the value that is there
                continue
            before = faults.snapshot()
            for right in ("read", "hidden") if may_be_hidden(world.spec, item) else ("read",):
                with pytest.raises(Conflict):
                    undo_change(
                        actor=_limited(world, item, right),
                        spec=world.spec,
                        record_id=record_id,
                        change_id=change.pk,
                    )
            assert faults.changed_tables(before) == []

    def test_files_leave_hidden_fields_out(self, world: World) -> None:
        world.create(1)
        for item in _hideable(world):
            for form in ("csv", "jsonl"):
                actor = _limited(world, item, "hidden")
                file = export(actor=actor, spec=world.spec, query=Query(), format=form)
                head = b"".join(file.chunks).decode("utf-8-sig").splitlines()[0]
                names = list(json.loads(head)) if form == "jsonl" else head.split(",")
                assert item.key not in names
                assert not {str(item.label), f"{item.label} 1"} & set(names)

    def test_what_some_role_may_not_see_is_found_by_nobody(self, world: World) -> None:
        item = _text(world)
        record_id = world.create(1, **{item.key: "Quincunx"})
        role = Role.objects.get(key="member")
        assert world.found("quincunx") == [record_id]
        _save_right(world, role, item, "hidden")
        assert world.found("quincunx", actor=world.firm.admin) == []
        admin, values = world.firm.admin, {item.key: "Xylograph"}
        update_record(actor=admin, spec=spec_for(admin, self.key), record_id=record_id, values=values)
        assert world.found("xylograph", actor=admin) == []
        _save_right(world, role, item, "")
        assert world.found("xylograph", actor=world.firm.admin) == [record_id]

    def test_pages_and_api_tell_nothing_of_a_hidden_field(
        self, outside: tuple[World, int], client_of: Callable[[Actor], Client]
    ) -> None:
        """One text field with a word that stands nowhere else, changed twice so that its history has it too."""
        world, record_id = outside
        item = _text(world)
        with scope(world.firm.workspace.pk):
            for word in ("Xylograph", "Quincunx"):
                world.update(record_id, {item.key: word}, actor=world.firm.admin)
            before = Change.unscoped.filter(record_id=record_id).count()
            set_field_rights(
                actor=world.firm.admin,
                role_id=Role.objects.get(key="member").pk,
                object_key=self.key,
                rights={item.key: "hidden"},
            )
        assert before >= 2
        client = client_of(world.firm.owner)
        paths = [f"/{self.key}/", f"/{self.key}/{record_id}/", f"/{self.key}/{record_id}/peek/",
                 f"/{self.key}/{record_id}/edit/", f"/{self.key}/new/", f"/{self.key}/columns/"]  # fmt: skip
        answers = [client.get(path) for path in paths]
        assert [answer.status_code for answer in answers] == [200] * len(paths)
        api = [f"/api/v1/{self.key}", f"/api/v1/{self.key}/{record_id}",
               f"/api/v1/{self.key}/{record_id}/history"]  # fmt: skip
        answers += [call_api(world.firm.owner, "get", path) for path in api]
        told = " ".join(answer.content.decode() for answer in answers)
        assert "Quincunx" not in told
        assert "Xylograph" not in told
        label = f">{item.label}<"
        assert label not in told
        assert client.get(f"/{self.key}/{record_id}/edit/{item.key}/").status_code == 404
        asked = f"/api/v1/{self.key}?fields={item.key}"
        assert call_api(world.firm.owner, "get", asked).status_code == 400
        assert "Quincunx" in client_of(world.firm.admin).get(f"/{self.key}/{record_id}/").content.decode()

    def test_names_and_owners_cannot_be_hidden(self, world: World) -> None:
        role = Role.objects.get(key="member")
        fixed = [item for item in world.spec.live_fields if not may_be_hidden(world.spec, item)]
        assert "owner" in {item.key for item in fixed}
        for item in fixed:
            with pytest.raises(Invalid):
                _save_right(world, role, item, "hidden")
        with pytest.raises(AmityError):
            set_field_rights(actor=world.firm.owner, role_id=role.pk, object_key=world.spec.key, rights={})


def _hideable(world: World) -> list[Field]:
    return [item for item in world.spec.live_fields if may_be_hidden(world.spec, item)]


def _text(world: World) -> Field:
    """A text that can be searched for and hidden."""
    found = [item for item in _hideable(world) if item.type.name == "text" and item.search]
    if not found:
        pytest.skip("the object has no text field that can be hidden")
    return found[0]


def _limited(world: World, item: Field, right: str) -> Actor:
    actor = with_scope(world.firm.owner)
    return replace(actor, field_rights={world.spec.key: {item.key: right}})


def _asking(item: Field) -> list[Query]:
    """Ways to ask for a field: as a column, a filter, an order."""
    empty = {"field": item.key, "op": "empty"}
    asked = [Query(columns=(item.key,)), Query(filter=empty), Query(filter={"not": empty})]
    return [*asked, Query(sort=item.key)] if item.sortable else asked


def _save_right(world: World, role: Role, item: Field, right: str) -> None:
    """Through the service, with the index written anew as its job does."""
    admin: Any = world.firm.admin
    rights = {item.key: right} if right else {}
    set_field_rights(actor=admin, role_id=role.pk, object_key=world.spec.key, rights=rights)
    admin.workspace.refresh_from_db()
    reindex_job.func(world.spec.type_id)

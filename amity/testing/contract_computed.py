"""The contract of computed fields: on every object, by whatever way a record is written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from amity.foundation.accounts.actor import Actor
from amity.foundation.core.errors import Invalid
from amity.foundation.core.scope import scope
from amity.foundation.records import listing
from amity.foundation.records.listing import Query
from amity.foundation.records.models import ImportRun
from amity.foundation.records.objects import spec_for
from amity.foundation.records.services import schema
from amity.foundation.records.services.bulk import bulk, undo_bulk
from amity.foundation.records.services.bulk_change import FieldChange
from amity.foundation.records.services.compute import recompute_job
from amity.foundation.records.services.records import delete_record, restore_record
from amity.foundation.records.services.undo import last_change, undo_change
from amity.foundation.records.spec import Field
from amity.testing import faults
from amity.testing.contract_files import exported, imported
from amity.testing.contract_merge import _merge, _undo
from amity.testing.contract_pages import call_api
from amity.testing.contract_services import World, check_indexes
from amity.testing.world import Firm, refresh, with_scope

OWN = "Xylophonic"


class ComputedContract:
    """A computed text over one of the object's own texts."""

    key: str
    values: Callable[..., Any]
    prepare: Callable[[Firm], None]

    @pytest.fixture
    def shaped(self, world: World) -> tuple[World, Field]:
        return with_formula(world, self.key)

    def test_every_way_of_writing_works_it_out(self, shaped: tuple[World, Field]) -> None:
        world, item = shaped
        ids = [world.create(n) for n in (1, 2, 3)]
        agrees(world, ids, item)
        world.update(ids[0], {item.key: f"{OWN} one"})
        agrees(world, ids, item)
        change = last_change(world.spec, world.firm.owner, ids[0])
        assert change
        assert set(change.changes) == {item.key}
        undo_change(actor=world.firm.owner, spec=world.spec, record_id=ids[0], change_id=change.pk)
        agrees(world, ids, item)
        delete_record(actor=world.firm.owner, spec=world.spec, record_id=ids[1])
        restore_record(actor=world.firm.owner, spec=world.spec, record_id=ids[1])
        agrees(world, ids, item)

    def test_many_at_once_and_taken_back(self, shaped: tuple[World, Field]) -> None:
        world, item = shaped
        ids = [world.create(n) for n in (1, 2, 3)]
        before = [world.read(pk)["computed"] for pk in ids]
        run = bulk(
            actor=world.firm.owner, spec=world.spec, which=Query(ids=tuple(ids)), action="edit",
            changes=[FieldChange(item.key, "set", OWN)],
        )  # fmt: skip
        assert [world.read(pk)["computed"] for pk in ids] == [f"{OWN} !"] * 3
        agrees(world, ids, item)
        undo_bulk(actor=world.firm.owner, run=run)
        assert [world.read(pk)["computed"] for pk in ids] == before
        agrees(world, ids, item)
        with pytest.raises(Invalid):
            bulk(
                actor=world.firm.owner, spec=world.spec, which=Query(ids=tuple(ids)), action="edit",
                changes=[FieldChange("computed", "set", OWN)],
            )  # fmt: skip

    def test_an_import_works_it_out_and_leaves_its_column(
        self, shaped: tuple[World, Field], settings: Any, tmp_path: Any
    ) -> None:
        settings.AMITY_HOME = tmp_path
        world, item = shaped
        world.create(1)
        everybody = with_scope(world.firm.owner)
        content = exported(world, everybody, "csv")
        assert b"Computed" in content
        assert b" !" in content
        run = imported(world, everybody, content.replace(b" !", b" ?"), on_match="create")
        assert (run.created, run.refused) == (1, 0)
        (column,) = [one for one in run.mapping["columns"] if one["column"] == "Computed"]
        assert (column["action"], column["note"]) == ("skip", "computed")
        made = made_by_run(world, run)
        agrees(world, made, item)
        assert world.read(made[0])["computed"].endswith(" !")
        check_indexes(world.firm, world.spec)

    def test_merging_works_it_out_and_back(self, shaped: tuple[World, Field]) -> None:
        world, item = shaped
        empty = {} if item.required else {item.key: None}
        first, second = world.create(1, **empty), world.create(2)
        before = [world.read(pk)["computed"] for pk in (first, second)]
        merge = _merge(world, first, second)
        agrees(world, [first], item)
        _undo(world, merge)
        assert [world.read(pk)["computed"] for pk in (first, second)] == before
        agrees(world, [first, second], item)

    def test_lists_filter_sort_and_find_by_it(self, shaped: tuple[World, Field]) -> None:
        world, item = shaped
        ids = [world.create(n, **{item.key: f"{OWN} {n}"}) for n in (1, 2)]
        assert sorted(world.found(OWN)) == ids
        asked = {"field": "computed", "op": "is", "value": f"{OWN} 2 !"}
        assert [row.id for row in listing.page(world.spec, Query(filter=asked), world.context).rows] == [
            ids[1]
        ]
        rows = listing.page(world.spec, Query(sort="-computed", columns=("computed",)), world.context).rows
        assert [(row.id, row.values["computed"]) for row in rows] == [
            (ids[1], f"{OWN} 2 !"),
            (ids[0], f"{OWN} 1 !"),
        ]

    def test_pages_show_it_and_nobody_writes_it(
        self, closed_firm: Firm, client_of: Callable[[Actor], Client]
    ) -> None:
        firm = closed_firm
        with scope(firm.workspace.pk):
            self.prepare(firm)
            world, item = with_formula(World(firm, spec_for(firm.workspace, self.key), self.values), self.key)
            record_id = world.create(1, **{item.key: OWN})
        client = client_of(firm.owner)
        for path in ("", "peek/", "edit/"):
            answer = client.get(f"/{self.key}/{record_id}/{path}")
            assert answer.status_code == 200
            assert (f"{OWN} !" in answer.content.decode()) is (path != "edit/")
            assert 'name="computed"' not in answer.content.decode()
        assert client.get(f"/{self.key}/?columns=computed").status_code == 200
        before = faults.snapshot()
        assert client.get(f"/{self.key}/{record_id}/edit/computed/").status_code == 403
        assert client.post(f"/{self.key}/{record_id}/edit/computed/", {"computed": "x"}).status_code == 403
        assert faults.changed_tables(before) == []
        told = call_api(firm.owner, "get", f"/api/v1/{self.key}/{record_id}").json()
        assert told["computed"] == f"{OWN} !"
        shape = call_api(firm.owner, "get", "/api/v1/openapi.json").json()["components"]["schemas"]
        described = shape[self.key]["properties"]["computed"]
        assert described["readOnly"] is True
        assert f"join({item.key}, ' !')" in described["description"]
        assert "computed" not in shape[f"{self.key}.create"]["properties"]


def with_formula(world: World, key: str) -> tuple[World, Field]:
    """The object with a computed field, and the field it uses: a text that is free to change."""
    spec, firm = world.spec, world.firm
    found = [one for one, _v in world.samples(1) if one.type.name == "text" and one.stored and not one.unique]
    item = found[0] if found else spec.by_key[spec.title_field]
    made = schema.create_field(
        actor=firm.admin, object_key=key, type_name="text", label="Computed", key="computed",
        formula=f"join({item.key}, ' !')",
    )  # fmt: skip
    made.object_type.refresh_from_db()
    recompute_job.func(type_id=spec.type_id, asked=1)
    refresh(firm)
    return World(firm, spec_for(firm.workspace, key), world.values), item


def agrees(world: World, ids: list[int], item: Field) -> None:
    """Every record holds what its formula gives, and the indexes hold the same."""
    for record_id in ids:
        values = world.read(record_id)
        assert values["computed"] == f"{values[item.key] or ''} !".strip()
    check_indexes(world.firm, world.spec)


def made_by_run(world: World, run: ImportRun) -> list[int]:
    rows = world.spec.model.unscoped.filter(workspace_id=world.firm.workspace.pk, deleted_at=None)
    return [int(rows.order_by("-pk").values_list("pk", flat=True)[0])]

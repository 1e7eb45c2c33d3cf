"""Companies of a group: who stands above and below whom."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from amity.foundation.core.errors import Conflict, Invalid
from amity.foundation.records import listing
from amity.foundation.records.context import context_for
from amity.foundation.records.listing import Query
from amity.foundation.records.objects import spec_for
from amity.foundation.records.services.bulk import bulk
from amity.foundation.records.services.bulk_change import FieldChange
from amity.foundation.records.services.merge import merge_records
from amity.foundation.records.services.records import create_record, delete_record, update_record
from amity.foundation.records.trees import DEEPEST
from amity.testing import faults
from amity.testing.contract_files import imported, refusals
from amity.testing.contract_services import World
from amity.testing.world import Firm, load, with_scope

pytestmark = pytest.mark.django_db


def company(firm: Firm, name: str, parent: int | None = None, actor: Any = None) -> int:
    spec = spec_for(firm.owner, "companies")
    return create_record(actor=actor or firm.owner, spec=spec, values={"name": name, "parent": parent})


def move(firm: Firm, record_id: int, parent: int | None) -> Any:
    spec = spec_for(firm.owner, "companies")
    return update_record(actor=firm.owner, spec=spec, record_id=record_id, values={"parent": parent})


def within(actor: Any, key: str, field: str, value: int) -> list[str]:
    spec = spec_for(actor, key)
    tree = {"field": field, "op": "within", "value": value}
    rows = listing.page(spec, Query(filter=tree, sort="title"), context_for(actor)).rows
    return [row.title for row in rows]


@pytest.fixture
def group(firm: Firm) -> dict[str, int]:
    """A holding, two daughters, and a granddaughter, with somebody in each."""
    made: dict[str, int] = {}
    for name, parent in (("Holding", ""), ("North", "Holding"), ("South", "Holding"), ("Shop", "North")):
        made[name] = company(firm, name, made.get(parent))
    made["Other"] = company(firm, "Other")
    people = spec_for(firm.owner, "people")
    for name, pk in made.items():
        create_record(actor=firm.owner, spec=people, values={"name": f"Ana {name}", "company": pk})
    return made


def test_a_list_finds_those_below_too(firm: Firm, group: dict[str, int]) -> None:
    everyone = ["Ana Holding", "Ana North", "Ana Shop", "Ana South"]
    assert within(firm.owner, "people", "company", group["Holding"]) == everyone
    assert within(firm.owner, "people", "company", group["North"]) == ["Ana North", "Ana Shop"]
    assert within(firm.owner, "companies", "parent", group["Holding"]) == ["North", "Shop", "South"]
    assert within(firm.owner, "companies", "parent", 10**9) == []


def test_nobody_finds_through_what_they_do_not_see(firm: Firm, group: dict[str, int]) -> None:
    mine = company(firm, "Branch", group["South"])
    spec = spec_for(firm.admin, "companies")
    update_record(actor=firm.admin, spec=spec, record_id=mine, values={"owner": firm.colleague.user_id})
    own = with_scope(firm.colleague, see="own")
    assert within(own, "companies", "parent", group["Holding"]) == []
    hiding = replace(with_scope(firm.owner), field_rights={"companies": {"parent": "hidden"}})
    assert within(hiding, "people", "company", group["Holding"]) == ["Ana Holding"]


def test_another_firm_finds_nothing(firm: Firm, group: dict[str, int], other_firm: Firm) -> None:
    assert within(other_firm.admin, "people", "company", group["Holding"]) == []


def test_a_company_stands_neither_below_itself_nor_too_deep(firm: Firm, group: dict[str, int]) -> None:
    before = faults.snapshot()
    for child, parent in (("Holding", "Holding"), ("Holding", "Shop"), ("North", "Shop")):
        with pytest.raises(Invalid) as caught:
            move(firm, group[child], group[parent])
        assert caught.value.errors[0].code == "circle"
    assert faults.changed_tables(before) == []
    line = [group["Other"]]
    while len(line) < DEEPEST:
        line.append(company(firm, f"Level {len(line)}", line[-1]))
    low = company(firm, "Low")
    for child, parent in ((low, line[-1]), (group["North"], line[-2]), (group["Holding"], line[-3])):
        with pytest.raises(Invalid) as caught:
            move(firm, child, parent)
        assert caught.value.errors[0].code == "too_deep"
    move(firm, low, line[-2])


def test_a_new_company_does_not_stand_too_deep_either(firm: Firm) -> None:
    line = [company(firm, "Top")]
    while len(line) < DEEPEST:
        line.append(company(firm, f"Level {len(line)}", line[-1]))
    with pytest.raises(Invalid):
        company(firm, "One too many", line[-1])


def test_many_moved_at_once_leave_out_who_would_go_in_a_circle(firm: Firm, group: dict[str, int]) -> None:
    spec = spec_for(firm.owner, "companies")
    which = Query(ids=(group["Holding"], group["Other"]))
    change = [FieldChange("parent", "set", group["Shop"])]
    run = bulk(actor=firm.owner, spec=spec, which=which, action="edit", changes=change)
    assert (run.changed, run.refused) == (1, 1)
    parents = {name: load(spec, firm.workspace, group[name]).parent_id for name in ("Holding", "Other")}
    assert parents == {"Holding": None, "Other": group["Shop"]}


def test_an_import_refuses_the_rows_that_close_a_circle(
    firm: Firm, group: dict[str, int], settings: Any, tmp_path: Any
) -> None:
    settings.AMITY_HOME = tmp_path
    world = World(firm, spec_for(firm.owner, "companies"), None)
    text = "Name,Belongs to\nOther,South\nSouth,Other\nShop,South\n"
    run = imported(
        world, with_scope(firm.owner), text.encode(), "companies.csv", on_match="update", keys=["name"]
    )
    assert (run.updated, run.refused) == (2, 1), refusals(run)
    assert load(world.spec, firm.workspace, group["South"]).parent_id == group["Holding"]


def test_merging_mother_and_daughter_is_refused(firm: Firm, group: dict[str, int]) -> None:
    spec = spec_for(firm.owner, "companies")
    actor = with_scope(firm.owner)
    for first, second in (("Holding", "Shop"), ("Shop", "Holding")):
        before = faults.snapshot()
        with pytest.raises(Conflict):
            merge_records(actor=actor, spec=spec, survivor_id=group[first], other_ids=[group[second]])
        assert faults.changed_tables(before) == []
    merge_records(actor=actor, spec=spec, survivor_id=group["South"], other_ids=[group["North"]])
    assert load(spec, firm.workspace, group["Shop"]).parent_id == group["South"]


def test_those_below_a_company_in_the_trash_stay(firm: Firm, group: dict[str, int]) -> None:
    spec = spec_for(firm.owner, "companies")
    delete_record(actor=firm.owner, spec=spec, record_id=group["North"])
    assert within(firm.owner, "companies", "parent", group["Holding"]) == ["South"]
    assert within(firm.owner, "people", "company", group["Shop"]) == ["Ana Shop"]

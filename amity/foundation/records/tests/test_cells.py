"""Cells of a sheet: what no other object's contract shows, and what happens when a statement fails."""

from __future__ import annotations

import pytest

from amity.foundation.records.models import Batch, BulkRun, Change
from amity.foundation.records.objects import spec_for
from amity.foundation.records.services import cells
from amity.foundation.records.services.bulk import undo_bulk
from amity.foundation.records.services.cells import (
    CONFLICT,
    REFUSED,
    UNCHANGED,
    WRITTEN,
    CellText,
    paste_cells,
)
from amity.foundation.records.services.records import create_record, update_record
from amity.foundation.records.services.schema import create_field
from amity.testing import faults
from amity.testing.world import load, make_object, refresh, with_scope

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(firm):
    return spec_for(firm.workspace, "people")


def person(firm, people, name, **values):
    return create_record(actor=firm.owner, spec=people, values={"name": name, **values})


def paste(firm, spec, *rows, actor=None):
    return paste_cells(actor=actor or firm.owner, spec=spec, cells=[CellText(*row) for row in rows])


def held(firm, spec, pk):
    return load(spec, firm.workspace, pk)


def test_a_whole_name_becomes_its_parts_and_parts_of_the_same_row_win(firm, people):
    one, two = person(firm, people, "Ada Byron"), person(firm, people, "Bo Byron")
    found = paste(
        firm, people, (one, "name", "Ada King Lovelace"), (two, "name", "Bo X"), (two, "last_name", "Derek")
    )
    assert [cell.status for cell in found.outcomes] == [WRITTEN, UNCHANGED, WRITTEN]
    assert (held(firm, people, one).title, held(firm, people, two).last_name) == (
        "Ada King Lovelace",
        "Derek",
    )
    undo_bulk(actor=firm.owner, run=found.run)
    assert [held(firm, people, pk).title for pk in (one, two)] == ["Ada Byron", "Bo Byron"]


def test_a_name_whose_part_somebody_changed_is_a_conflict(firm, people):
    pk = person(firm, people, "Ada Byron")
    update_record(actor=firm.admin, spec=people, record_id=pk, values={"last_name": "King"})
    found = paste(firm, people, (pk, "name", "Ada Lovelace", 1), (pk, "job_title", "Countess", 1))
    assert [cell.status for cell in found.outcomes] == [CONFLICT, WRITTEN]
    assert held(firm, people, pk).title == "Ada King"


def test_labels_of_addresses_that_stay_are_kept(firm, people):
    emails = [{"value": "a@example.com", "label": "work"}, {"value": "b@example.com", "label": "home"}]
    pk = person(firm, people, "Ada", emails=emails)
    paste(firm, people, (pk, "emails", "B@example.com; c@example.com"))
    told = [(point["value"], point["label"]) for point in held(firm, people, pk).emails]
    assert told == [("b@example.com", "home"), ("c@example.com", "")]


def test_colleagues_are_named_by_address_where_the_name_is_shared(firm, people):
    pk = person(firm, people, "Ada")
    firm.colleague.user.name = firm.admin.user.name = "Sam Same"
    firm.colleague.user.save(update_fields=["name"])
    firm.admin.user.save(update_fields=["name"])
    shared = paste(firm, people, (pk, "owner", "Sam Same"), actor=firm.admin)
    assert (shared.outcomes[0].status, shared.outcomes[0].code) == (REFUSED, "shared")
    found = paste(firm, people, (pk, "owner", firm.colleague.user.email), actor=firm.admin)
    assert found.outcomes[0].status == WRITTEN
    assert held(firm, people, pk).owner_id == firm.colleague.user_id


def test_numbers_and_dates_are_read_as_the_person_writes_them(firm):
    companies = spec_for(firm.workspace, "companies")
    pk = create_record(actor=firm.owner, spec=companies, values={"name": "Acme"})
    firm.owner.user.language = "tr"
    found = paste(firm, companies, (pk, "employees", "1.250,5"))
    assert found.outcomes[0].status == WRITTEN
    assert held(firm, companies, pk).employees == 1250.5


def test_many_records_go_in_sets_and_are_one_run(firm, people, monkeypatch):
    monkeypatch.setattr(cells, "SET", 2)
    ids = [person(firm, people, f"Person {n}") for n in range(5)]
    rows = [(pk, "job_title", "Keeper") for pk in ids[:4]]
    found = paste(firm, people, *rows, (ids[4], "stage", "nonsense"))
    assert (found.run.total, found.run.changed) == (4, 4)
    assert len(set(Change.unscoped.filter(kind="update").values_list("batch_id", flat=True))) == 1
    nothing = paste(firm, people, *rows)
    assert (nothing.run, {cell.status for cell in nothing.outcomes}) == (None, {UNCHANGED})
    assert (BulkRun.unscoped.count(), Batch.unscoped.filter(kind="bulk").count()) == (1, 1)


def test_a_needed_field_is_not_emptied_and_its_condition_not_met(firm):
    key = make_object(firm, "crates", [("choice", {"options": ["Low", "High"]})])
    rule = {"field": "f_choice", "values": ["high"], "requires": True}
    create_field(actor=firm.admin, object_key=key, type_name="text", label="Why", key="why", when=rule)
    refresh(firm)
    spec = spec_for(firm.workspace, key)
    pk = create_record(actor=firm.owner, spec=spec, values={"name": "Crate", "f_choice": "low"})
    found = paste(firm, spec, (pk, "f_choice", "High"), (pk, "name", ""))
    assert [cell.code for cell in found.outcomes] == ["required", "required"]
    both = paste(firm, spec, (pk, "f_choice", "High"), (pk, "why", "Because"))
    assert [cell.status for cell in both.outcomes] == [WRITTEN, WRITTEN]
    emptied = paste(firm, spec, (pk, "why", ""))
    assert (emptied.outcomes[0].status, emptied.outcomes[0].code) == (REFUSED, "required")


def test_a_paste_is_whole_or_not_at_all_when_the_database_fails(firm, people):
    ids = [person(firm, people, f"Person {n}", tags=["Old"]) for n in range(3)]
    rows, same = [(pk, "tags", "New") for pk in ids], []
    before = faults.snapshot()
    failed = faults.fail_each_statement(
        lambda: paste(firm, people, *rows), lambda: same.append(faults.changed_tables(before) == [])
    )
    assert failed > 5
    assert all(same)
    assert all(held(firm, people, pk).tags == ["New"] for pk in ids)


def test_odd_texts_are_refused_or_kept_clean(firm, people):
    pk = person(firm, people, "Ada")
    odd = paste(
        firm, people, (pk, "birthday", "--05-19"), (pk, "job_title", "A\0B\u202e"), (pk, "tags", " ; "), (pk, "company", "\0"),
    )  # fmt: skip
    assert [cell.status for cell in odd.outcomes] == [REFUSED, WRITTEN, REFUSED, REFUSED]
    assert "\0" not in held(firm, people, pk).job_title


def test_a_reader_of_own_records_learns_nothing_by_names(firm, people):
    """A linked record's name is known only as far as one sees it."""
    companies = spec_for(firm.workspace, "companies")
    create_record(actor=firm.colleague, spec=companies, values={"name": "Hidden Ltd"})
    pk = person(firm, people, "Ada")
    actor = with_scope(firm.owner, see="own", edit="own")
    told = [
        paste(firm, people, (pk, "company", name), actor=actor).outcomes[0]
        for name in ("Hidden Ltd", "Absent Ltd")
    ]
    assert told[0].message.replace("Hidden", "Absent") == told[1].message
    assert [one.code for one in told] == ["unknown", "unknown"]

"""The duplicates of an object: looked for, shown to those who see both, decided on and not asked again."""

from __future__ import annotations

import pytest

from amity.engines.quality.jobs import look_for_duplicates, scan_all, scan_job
from amity.engines.quality.models import DuplicatePair, DuplicateScan
from amity.engines.quality.services import decide, decided_pairs, needs_scan, open_pairs, scan
from amity.foundation.core.errors import Denied, NotFound
from amity.foundation.core.models import Job
from amity.foundation.records.objects import spec_for
from amity.foundation.records.services.merge import merge_records
from amity.foundation.records.services.records import create_record
from amity.testing import faults
from amity.testing.row_security import seeing_all
from amity.testing.world import make_object, with_scope


@pytest.fixture
def people(firm):
    return spec_for(firm.workspace, "people")


def person(firm, name, *, actor=None, **values):
    spec = spec_for(firm.workspace, "people")
    return create_record(actor=actor or firm.owner, spec=spec, values={"name": name, **values})


def alike(firm, number=1, **options):
    """Two records of one person; the second is the newer."""
    address = f"ana.lima{number}@example.com"
    first = person(firm, f"Ana Lima{number}", emails=[address], **options)
    return first, person(
        firm, f"Ana M. Lima{number}", emails=[address], phones=[f"+44207946001{number}"], **options
    )


def look(firm, people):
    scan(people, firm.workspace.pk)
    return [(pair.first_id, pair.second_id) for pair in open_pairs(people, firm.admin, 50)]


def test_pairs_are_found_and_go_when_they_are_one(firm, people):
    first, second = alike(firm)
    person(firm, "Bo Berg", emails=["bo@example.com"])
    assert look(firm, people) == [(first, second)]
    (pair,) = open_pairs(people, firm.owner, 50)
    assert "email" in pair.reasons
    merge_records(actor=firm.admin, spec=people, survivor_id=first, other_ids=[second])
    assert open_pairs(people, firm.admin, 50) == []
    assert look(firm, people) == []
    assert not DuplicatePair.unscoped.exists()


def test_a_decision_is_remembered_and_can_be_taken_back(firm, people):
    alike(firm)
    look(firm, people)
    (pair,) = open_pairs(people, firm.owner, 50)
    decide(actor=firm.owner, spec=people, pair_id=pair.pk, different=True)
    assert look(firm, people) == []
    assert [one.pk for one in decided_pairs(people, firm.owner, 50)] == [pair.pk]
    decide(actor=firm.owner, spec=people, pair_id=pair.pk, different=False)
    assert len(look(firm, people)) == 1


def test_only_those_who_see_both_hear_of_a_pair(firm, people):
    first, _second = alike(firm)
    hidden = person(firm, "Ana Lima1", emails=["ana.lima1@example.com"], actor=firm.colleague)
    look(firm, people)
    assert all(hidden not in (pair.first_id, pair.second_id) for pair in open_pairs(people, firm.owner, 50))
    assert open_pairs(people, firm.colleague, 50) == []
    pair = DuplicatePair.unscoped.get(first_id=first, second_id=hidden)
    before = faults.snapshot()
    for actor in (firm.owner, firm.colleague, firm.stranger):
        with pytest.raises(NotFound):
            decide(actor=actor, spec=people, pair_id=pair.pk, different=True)
    with pytest.raises(Denied):
        decide(actor=with_scope(firm.owner, edit="none"), spec=people, pair_id=pair.pk, different=True)
    assert faults.changed_tables(before) == []


def test_a_pair_by_a_hidden_field_is_not_told(firm, people):
    alike(firm)
    look(firm, people)
    actor = with_scope(firm.owner)
    actor.field_rights["people"] = {"emails": "hidden"}
    assert open_pairs(people, actor, 50) == []


def test_records_of_another_firm_are_nobodys_duplicates(firm, people, other_firm):
    alike(firm)
    with seeing_all():
        theirs = person(other_firm, "Ana Lima1", emails=["ana.lima1@example.com"], actor=other_firm.admin)
    pairs = look(firm, people)
    assert len(pairs) == 1
    assert all(theirs not in pair for pair in pairs)


def test_an_object_of_the_firms_own_has_duplicates_too(firm):
    make_object(firm, "visits")
    visits = spec_for(firm.workspace, "visits")
    values = {"f_email": ["ana@example.com"], "f_date": "2024-02-01"}
    for name in ("Harbour tour", "Harbour tuor"):
        create_record(actor=firm.owner, spec=visits, values={"name": name, **values})
    create_record(actor=firm.owner, spec=visits, values={"name": "Another thing"})
    assert len(look(firm, visits)) == 1


def test_a_faulty_scan_goes_on_when_called_again(transactional_db, firm, people):
    for number in range(3):
        alike(firm, number)
    failed = faults.fail_each_statement(lambda: scan(people, firm.workspace.pk), lambda: None)
    assert failed >= 4
    assert len(look(firm, people)) == 3
    assert DuplicatePair.unscoped.count() == 3


def test_looking_is_a_job_once_and_at_night_where_something_changed(firm, people):
    alike(firm)
    for actor in (firm.stranger, with_scope(firm.owner, delete="none")):
        with pytest.raises(Denied):
            look_for_duplicates(actor=actor, spec=people)
    assert look_for_duplicates(actor=firm.owner, spec=people) == look_for_duplicates(
        actor=firm.owner, spec=people
    )
    Job.objects.all().delete()
    assert needs_scan(people, firm.workspace.pk)
    assert scan_all.func() == 1
    assert scan_job.func(people.type_id) == 1
    assert not needs_scan(people, firm.workspace.pk)
    assert DuplicateScan.unscoped.get().records == 2

"""Conflicts beyond the contract: imports that ask, two people at once, failures, many at once, and what it costs."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from django.db import connection

from amity.foundation.core.errors import Conflict
from amity.foundation.core.scope import scope
from amity.foundation.records.models import Change, Claim
from amity.foundation.records.objects import spec_for
from amity.foundation.records.provenance import sources_of
from amity.foundation.records.services import import_undo, imports
from amity.foundation.records.services.claims import open_claims
from amity.foundation.records.services.conflicts import conflicts_of
from amity.foundation.records.services.records import create_record, update_record
from amity.foundation.records.services.settling import Choice, rank_sources, settle, take_all
from amity.foundation.records.tests.importing.test_samples import bring_in
from amity.foundation.records.values import read_record
from amity.testing import faults
from amity.testing.contract_services import check_indexes
from amity.testing.statements import recorded
from amity.testing.world import load, make_firm, make_object, refresh

FILE = (
    "First name,Last name,E-mail,Phone,Job title,Department\n"
    "Ana,Lima,ana@example.com,+44 20 7946 0001,CEO,Sales\nBo,Berg,bo@example.com,,Baker,\n"
)
ANA = {"first_name": "Ana", "last_name": "Lima", "emails": "ana@example.com", "job_title": "Clerk"}


@pytest.fixture
def people(firm):
    return spec_for(firm.workspace, "people")


@pytest.fixture
def ana(firm, people):
    return create_record(actor=firm.owner, spec=people, values=ANA)


def said(spec, actor, **which):
    return [(claim.field, claim.value, claim.source) for claim in open_claims(spec, actor, **which)]


def ask(firm, spec, record_id, values, source="api:Webshop", actor=None):
    program = replace(actor or firm.admin, source="api", origin=source)
    update_record(actor=program, spec=spec, record_id=record_id, values=values, ask=True)


def value_of(firm, spec, record_id, key):
    return read_record(spec, load(spec, firm.workspace, record_id))[key]


def test_an_import_that_asks_fills_gaps_and_keeps_the_rest_beside(firm, people, ana):
    run = bring_in(firm.admin, "customers-2026-11.csv", FILE, key="people", default_winner="ask")
    assert (run.created, run.updated, run.refused) == (1, 1, 0)
    values = read_record(people, load(people, firm.workspace, ana))
    assert (values["job_title"], values["department"], len(values["phones"])) == ("Clerk", "Sales", 1)
    assert said(people, firm.admin) == [("job_title", "CEO", "import:customers")]
    found = sources_of(people, firm.workspace.pk, values, ana)
    assert found.fields["department"].source == "import:customers"
    assert found.fields["department"].label == "customers-2026-11.csv"
    assert found.fields["job_title"].source == f"person:{firm.owner.user_id}"


def test_the_next_file_of_the_source_does_not_ask_again(firm, people, ana):
    bring_in(firm.admin, "customers-1.csv", FILE, key="people", default_winner="ask")
    settle(actor=firm.owner, spec=people, record_id=ana, field_key="job_title", choice=Choice(keep=True))
    again = bring_in(firm.admin, "customers-2.csv", FILE, key="people", default_winner="ask")
    assert (again.created, again.updated, again.skipped) == (0, 0, 2)
    assert said(people, firm.admin) == []
    bring_in(firm.admin, "customers-3.csv", FILE.replace("CEO", "CFO"), key="people", default_winner="ask")
    assert said(people, firm.admin) == [("job_title", "CFO", "import:customers")]


def test_single_fields_may_ask_while_the_file_wins_elsewhere(firm, people, ana):
    other = FILE.replace("Lima", "Limes")
    bring_in(firm.admin, "a.csv", other, key="people", winner={"job_title": "ask"})
    assert value_of(firm, people, ana, "last_name") == "Limes"
    assert said(people, firm.admin) == [("job_title", "CEO", "import:a")]


def test_taking_an_import_back_removes_what_it_asked(firm, people, ana):
    ask(firm, people, ana, {"job_title": "Chair"})
    run = bring_in(firm.admin, "a.csv", FILE, key="people", default_winner="ask")
    assert len(said(people, firm.admin)) == 2
    import_undo.undo_run(actor=firm.admin, run=run)
    import_undo.undo_job.func(run.pk)
    assert said(people, firm.admin) == [("job_title", "Chair", "api:Webshop")]
    assert value_of(firm, people, ana, "job_title") == "Clerk"


def test_a_ranked_file_wins_by_itself_and_its_import_can_be_taken_back(firm, people, ana):
    rank_sources(actor=firm.admin, spec=people, field_key="job_title", sources=["import:a"])
    refresh(firm)
    run = bring_in(firm.admin, "a.csv", FILE, key="people", default_winner="ask")
    assert value_of(firm, people, ana, "job_title") == "CEO"
    assert said(people, firm.admin) == []
    import_undo.undo_run(actor=firm.admin, run=run)
    import_undo.undo_job.func(run.pk)
    assert value_of(firm, people, ana, "job_title") == "Clerk"
    assert not Claim.objects.exists()


def test_a_trial_asks_nobody(firm, people, ana, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(FILE)
    run = imports.start_draft(actor=firm.admin, spec=people, file_name="a.csv", path=path)
    imports.set_mapping(actor=firm.admin, run=run, mapping=run.mapping, rules={"default_winner": "ask"})
    imports.begin(actor=firm.admin, run=run, dry_run=True)
    imports.import_job.func(run.pk)
    run.refresh_from_db()
    assert (run.state, Claim.objects.count()) == ("done", 0)


def test_settling_and_asking_are_all_or_nothing(transactional_db, firm, people, ana):
    before = faults.snapshot()

    def nothing_changed():
        assert faults.changed_tables(before) == []

    faults.fail_each_statement(
        lambda: ask(firm, people, ana, {"job_title": "CEO", "department": "Sales"}), nothing_changed
    )
    claim = Claim.objects.get()
    before = faults.snapshot()

    def choose():
        choice = Choice(take=claim.pk)
        settle(actor=firm.admin, spec=people, record_id=ana, field_key="job_title", choice=choice)

    assert faults.fail_each_statement(choose, nothing_changed) >= 4
    assert value_of(firm, people, ana, "job_title") == "CEO"
    check_indexes(firm, people)


def test_what_cannot_be_taken_stays_open_and_is_told(firm):
    key = make_object(firm, "tools", [("text", {"unique": True})])
    spec = spec_for(firm.workspace, key)
    ids = [
        create_record(actor=firm.admin, spec=spec, values={"name": f"T {n}", "f_text": f"v{n}"})
        for n in range(3)
    ]
    for pk in ids[1:]:
        ask(firm, spec, pk, {"f_text": "v0" if pk == ids[1] else "free"})
    done = take_all(actor=firm.admin, spec=spec, source="api:Webshop")
    assert (done.count, len(done.refused)) == (1, 1)
    assert [value_of(firm, spec, pk, "f_text") for pk in ids] == ["v0", "v1", "free"]
    assert [claim.record_id for claim in open_claims(spec, firm.admin)] == [ids[1]]


def test_believing_one_source_sets_the_others_aside(firm, people, ana):
    ask(firm, people, ana, {"job_title": "CEO"})
    ask(firm, people, ana, {"job_title": "CFO"}, "api:Ledger")
    take_all(actor=firm.admin, spec=people, source="api:Ledger", field_key="job_title")
    states = dict(Claim.objects.values_list("source", "state"))
    assert states == {"api:Webshop": "kept", "api:Ledger": "taken"}
    assert value_of(firm, people, ana, "job_title") == "CFO"


def test_conflicts_and_sources_cost_the_same_for_few_and_many(firm, people):
    def costs():
        with recorded() as list_of_all:
            conflicts_of(people, firm.admin)
        values = read_record(people, load(people, firm.workspace, first))
        with recorded() as of_one:
            sources_of(people, firm.workspace.pk, values, first)
        return len(list_of_all), len(of_one)

    ids = [
        create_record(actor=firm.admin, spec=people, values={"name": f"P {n}", "job_title": "A"})
        for n in range(20)
    ]
    first = ids[0]
    for pk in ids[:2]:
        ask(firm, people, pk, {"job_title": "B"})
    few = costs()
    for pk in ids[2:]:
        ask(firm, people, pk, {"job_title": "B"})
    for n in range(30):
        update_record(actor=firm.admin, spec=people, record_id=first, values={"department": f"D {n}"})
    assert costs() == few
    assert few <= (6, 2)


def test_what_agrees_by_now_is_no_conflict(firm, people, ana):
    ask(firm, people, ana, {"job_title": "CEO"})
    update_record(actor=firm.owner, spec=people, record_id=ana, values={"job_title": "CEO"})
    assert conflicts_of(people, firm.admin)[0] == []


@pytest.mark.django_db(transaction=True)
def test_of_two_who_settle_at_once_one_is_told(real_database):
    firm = make_firm("Acme", 0)
    with scope(firm.workspace.pk):
        people = spec_for(firm.workspace, "people")
        ana = create_record(actor=firm.owner, spec=people, values=ANA)
        ask(firm, people, ana, {"job_title": "CEO"})
        claim = Claim.objects.get()
    start, results = threading.Barrier(2), []

    def work(choice, actor):
        try:
            start.wait()
            with scope(firm.workspace.pk):
                results.append(
                    settle(actor=actor, spec=people, record_id=ana, field_key="job_title", choice=choice)
                )
        except Exception as error:  # handed to the test
            results.append(error)
        finally:
            connection.close()

    both = [(Choice(take=claim.pk), firm.owner), (Choice(keep=True), firm.admin)]
    threads = [threading.Thread(target=work, args=one) for one in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(isinstance(one, Conflict) for one in results) == [False, True], results
    with scope(firm.workspace.pk):
        state = Claim.objects.get().state
        assert value_of(firm, people, ana, "job_title") == ("CEO" if state == "taken" else "Clerk")
        assert Change.objects.filter(record_id=ana, kind="update").count() == int(state == "taken")


def test_a_ranked_answer_that_closes_a_circle_is_refused_alone(firm):
    companies = spec_for(firm.workspace, "companies")
    root = create_record(actor=firm.owner, spec=companies, values={"name": "Root"})
    top = create_record(actor=firm.owner, spec=companies, values={"name": "Top", "parent": root})
    create_record(actor=firm.owner, spec=companies, values={"name": "Sub", "parent": top})
    other = create_record(actor=firm.owner, spec=companies, values={"name": "Other", "parent": top})
    rank_sources(actor=firm.admin, spec=companies, field_key="parent", sources=["import:a"])
    refresh(firm)
    file = f"Name,{companies.by_key['parent'].label}\nTop,Sub\nOther,Root\n"
    run = bring_in(firm.admin, "a.csv", file, key="companies", default_winner="ask")
    assert (run.updated, run.refused) == (1, 1)
    assert [value_of(firm, companies, pk, "parent") for pk in (top, other)] == [root, root]

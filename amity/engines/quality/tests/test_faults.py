"""Faults of records: found over many records, told within reach and field rights, settled for good."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from amity.engines.quality import findings
from amity.engines.quality.checking import check_object
from amity.engines.quality.jobs import check_all, check_job, look_for_faults
from amity.engines.quality.measures import by_person, keep_day, measure, persons_shown, trends
from amity.engines.quality.models import Finding, QualityDay
from amity.engines.quality.plans import change_plan, plan_of
from amity.engines.quality.rules import create_rule, remove_rule, restore_rule, rules_of
from amity.foundation.core.clock import now
from amity.foundation.core.errors import Denied, Invalid, Malformed, NotFound
from amity.foundation.core.jobs.worker import run_pending
from amity.foundation.core.models import Job
from amity.foundation.records.access import all_records
from amity.foundation.records.objects import spec_for
from amity.foundation.records.services.notes import write_note
from amity.foundation.records.services.records import create_record, update_record
from amity.foundation.records.services.undo import last_change, undo_change
from amity.testing import faults
from amity.testing.row_security import seeing_all
from amity.testing.world import add_team, make_object, put_in_team, with_scope


@pytest.fixture
def people(firm):
    return spec_for(firm.workspace, "people")


def person(firm, first, last, *, actor=None, **values):
    spec = spec_for(firm.workspace, "people")
    return create_record(
        actor=actor or firm.owner, spec=spec, values={"first_name": first, "last_name": last, **values}
    )


def look(firm, people, actor=None, **how):
    check_object(people, firm.workspace)
    return {
        one.record_id: {(r.field, r.code) for r in one.reasons} for one in listed(firm, people, actor, **how)
    }


def listed(firm, people, actor=None, **how):
    return findings.to_check(people, actor or firm.owner, limit=100, **how)


def test_an_invented_person_is_told_with_reasons_and_a_real_one_is_not(firm, people):
    bad = person(firm, "Asdf", "Qwerty", emails=["asd@asd.com"], phones=["+90 555 555 55 55"])
    person(firm, "Anna", "Test", emails=["anna.test@example.com"], birthday="1990-01-01")
    found = look(firm, people)
    assert set(found) == {bad}
    assert {("first_name", "keyboard"), ("last_name", "keyboard"), ("phones", "phone_digits")} <= found[bad]


def test_values_that_cannot_be_right(firm, people):
    bad = person(
        firm, "Ana", "Lima", emails=["ana@gmial.com"], birthday=(now() + timedelta(days=40)).date().isoformat(),
        addresses=[{"city": "İzmir", "postal_code": "99", "country": "TR"}],
    )  # fmt: skip
    person(firm, "Bo", "Berg", addresses=[{"city": "Bath", "postal_code": "BA1 1AA", "country": "GB"}])
    assert look(firm, people, kind="invalid") == {
        bad: {("emails", "email_typo"), ("birthday", "future_birthday"), ("addresses", "postcode")}
    }
    numbers = measure(people, firm.owner)
    assert (numbers.records, numbers.counts["valid"], numbers.shares["valid"]) == (2, 1, 50)


def test_one_phone_under_many_names_but_not_in_one_family_or_firm(firm, people):
    names = ("Ada", "Bo", "Cem", "Dee", "Eve", "Fay", "Gül", "Hal")
    same = [person(firm, name, f"{name}son", phones=["+44 20 7946 0018"]) for name in names]
    for name in names:
        person(firm, name, "Lima", phones=["+44 20 7946 0019"])
    firms = create_record(
        actor=firm.owner, spec=spec_for(firm.workspace, "companies"), values={"name": "Switchboard Ltd"}
    )
    for name in names:
        person(firm, name, f"{name}berg", phones=["+44 20 7946 0020"], company=firms)
    found = look(firm, people)
    assert set(found) == set(same)
    (reason,) = listed(firm, people)[0].reasons
    assert reason.text == "stands under 8 different names"


def test_new_years_day_counts_only_with_one_hand_and_never_alone(firm, people):
    for number in range(12):
        person(firm, f"Ana{'abcdefghijkl'[number]}", "Lima", birthday=f"19{60 + number}-01-01")
    for number in range(40):
        person(
            firm,
            "Bo",
            f"Berg{'a' * (number % 3)}",
            actor=firm.colleague,
            birthday=f"1970-03-{number % 27 + 2:02d}",
        )
    odd = person(firm, "Rea", "Test", birthday="1999-01-01")
    assert look(firm, people) == {odd: {("last_name", "filler_word"), ("birthday", "new_year")}}


def test_the_same_birthday_by_the_same_hand_is_enough(firm, people):
    ids = [person(firm, f"Ana{'abcdefghijkl'[n]}", "Lima", birthday="1980-05-05") for n in range(12)]
    assert set(look(firm, people)) == set(ids)


def test_a_burst_with_one_value_at_the_end_of_the_form(firm, people):
    ids = [person(firm, f"Ana{'abcdef'[n]}", "Test", phones=["+44 20 7946 0021"]) for n in range(6)]
    begun = now() - timedelta(days=3)
    for place, pk in enumerate(ids):
        all_records(people, firm.workspace.pk).filter(pk=pk).update(
            created_at=begun + timedelta(seconds=20 * place)
        )
    found = look(firm, people)
    assert set(found) == set(ids)
    assert ("phones", "burst") in found[ids[0]]
    all_records(people, firm.workspace.pk).update(created_at=begun)  # as an import writes them
    assert look(firm, people) == {}


def test_right_is_remembered_until_the_value_changes_and_can_be_taken_back(firm, people):
    pk = person(firm, "Asdf", "Lima", actor=firm.owner)
    assert set(look(firm, people)) == {pk}
    findings.settle(actor=firm.owner, spec=people, record_id=pk)
    assert look(firm, people) == {}
    assert [one[0] for one in findings.settled_records(people, firm.owner, 10)] == [pk]
    assert findings.settled_records(people, firm.stranger, 10) == []
    findings.reopen(actor=firm.owner, spec=people, record_id=pk)
    assert set(look(firm, people)) == {pk}
    findings.settle(actor=firm.owner, spec=people, record_id=pk)
    update_record(actor=firm.owner, spec=people, record_id=pk, values={"job_title": "Nurse"})
    assert look(firm, people) == {}
    update_record(actor=firm.owner, spec=people, record_id=pk, values={"first_name": "Qwerty"})
    assert set(look(firm, people)) == {pk}
    with pytest.raises(NotFound):
        findings.reopen(actor=firm.owner, spec=people, record_id=pk)


def test_clearing_takes_the_bad_value_only_and_undo_brings_it_back(firm, people):
    pk = person(
        firm, "Ana", "Lima", emails=["ana@example.com", "ana@gmial.com"], phones=["+90 555 555 55 55"]
    )
    look(firm, people)
    findings.clear_value(actor=firm.owner, spec=people, record_id=pk, field_key="emails")
    record = all_records(people, firm.workspace.pk).get(pk=pk)
    assert [point["normal"] for point in record.emails] == ["ana@example.com"]
    change = last_change(people, firm.owner, pk)
    undo_change(actor=firm.owner, spec=people, record_id=pk, change_id=change.pk)
    assert len(all_records(people, firm.workspace.pk).get(pk=pk).emails) == 2
    before = faults.snapshot()
    for actor, key, error in (
        (firm.owner, "job_title", NotFound), (firm.stranger, "phones", NotFound),
        (with_scope(firm.owner, edit="none"), "phones", Denied),
    ):  # fmt: skip
        with pytest.raises(error):
            findings.clear_value(actor=actor, spec=people, record_id=pk, field_key=key)
    assert faults.changed_tables(before) == []


def test_a_hidden_field_leaves_no_trace(firm, people):
    pk = person(firm, "Ana", "Test", phones=["+90 555 555 55 55"], birthday="2990-01-01")
    blind = replace(
        with_scope(firm.owner), field_rights={"people": {"phones": "hidden", "birthday": "hidden"}}
    )
    create_rule(
        actor=firm.admin, spec=people, name="Nobody has a phone", filter={"field": "phones", "op": "filled"}
    )
    assert set(look(firm, people)) == {pk}
    keep_day(people, firm.workspace)
    assert listed(firm, people, blind) == []
    assert findings.reasons_for(people, blind, pk) == ()
    assert rules_of(blind, people) == []
    numbers = measure(people, blind)
    assert numbers.counts["valid"] == numbers.counts["genuine"] == 0
    assert "phones" not in {gap.field.key for gap in numbers.gaps}
    assert trends(people, blind, [0, blind.user_id]) == {}
    assert [one.faults for one in by_person(people, blind)] == [0]
    with pytest.raises(NotFound):
        findings.clear_value(actor=blind, spec=people, record_id=pk, field_key="phones")
    findings.settle(actor=blind, spec=people, record_id=pk)
    assert listed(firm, people) != []


def test_nothing_of_another_firm(firm, people, other_firm):
    person(firm, "Asdf", "Lima")
    with seeing_all():
        theirs = spec_for(other_firm.workspace, "people")
        stranger = create_record(actor=other_firm.admin, spec=theirs, values={"first_name": "Asdf"})
    assert stranger not in look(firm, people, firm.admin)
    assert {row.workspace_id for row in Finding.unscoped.all()} == {firm.workspace.pk}
    rule = create_rule(actor=firm.admin, spec=people, name="x", filter={"field": "phones", "op": "empty"})
    with pytest.raises(NotFound):
        remove_rule(actor=other_firm.admin, spec=theirs, rule_id=rule.pk)


# --- rules and plans --------------------------------------------------------------------------------------------


def test_a_rule_of_two_fields_and_its_way_out_and_back(firm, people):
    bare, full = person(firm, "Ana", "Lima"), person(firm, "Bo", "Berg", emails=["bo@example.com"])
    tree = {"and": [{"field": "emails", "op": "empty"}, {"field": "phones", "op": "empty"}]}
    rule = create_rule(actor=firm.admin, spec=people, name="An e-mail or a phone", filter=tree)
    assert look(firm, people) == {bare: {("", f"rule-{rule.pk}")}}
    assert full not in look(firm, people)
    remove_rule(actor=firm.admin, spec=people, rule_id=rule.pk)
    assert listed(firm, people) == []
    restore_rule(actor=firm.admin, spec=people, rule_id=rule.pk)
    assert set(look(firm, people)) == {bare}


def test_a_rule_that_cannot_be_is_refused_and_nothing_is_written(firm, people):
    before = faults.snapshot()
    for name, tree, field in (
        ("", {"field": "phones", "op": "empty"}, "name"), ("x", {}, "filter"), ("x", {"field": "nope", "op": "empty"}, "filter"),
        ("x", {"field": "phones", "op": "sings"}, "filter"), ("x", {"and": []}, "filter"), ("x" * 121, {"field": "phones", "op": "empty"}, "name"),
        (7, [], "name"),
    ):  # fmt: skip
        with pytest.raises(Invalid) as refused:
            create_rule(actor=firm.admin, spec=people, name=name, filter=tree)
        assert field in {error.field for error in refused.value.errors}
    for actor in (firm.owner, replace(firm.admin, read_only=True)):
        with pytest.raises(Denied):
            create_rule(actor=actor, spec=people, name="x", filter={"field": "phones", "op": "empty"})
        with pytest.raises(Denied):
            change_plan(actor=actor, spec=people, fields=["emails"], stale_days=100)
    for fields, days in ((["nope"], 100), ([], 100), (["emails"], 1), (["emails"], "100"), ("emails", True)):
        with pytest.raises(Invalid):
            change_plan(actor=firm.admin, spec=people, fields=fields, stale_days=days)
    with pytest.raises(Malformed):
        findings.to_check(people, firm.owner, kind="nope")
    assert faults.changed_tables(before) == []


def test_the_plan_says_what_is_to_be_filled(firm, people):
    person(firm, "Ana", "Lima", emails=["ana@example.com"])
    person(firm, "Bo", "Berg")
    change_plan(actor=firm.admin, spec=people, fields=["emails", "job_title"], stale_days=30)
    assert [item.key for item in plan_of(people, firm.workspace.pk).fields] == ["emails", "job_title"]
    numbers = measure(people, firm.owner)
    assert {gap.field.key: gap.empty for gap in numbers.gaps} == {"emails": 1, "job_title": 2}
    assert numbers.shares["complete"] == 25


def test_gaps_of_an_object_of_the_firms_own(firm):
    make_object(firm, "visits")
    visits = spec_for(firm.workspace, "visits")
    for values in ({"f_email": ["ana@example.com"]}, {}, {}):
        create_record(actor=firm.owner, spec=visits, values={"name": "Tour", **values})
    change_plan(actor=firm.admin, spec=visits, fields=["f_email", "f_multi_choice"], stale_days=30)
    numbers = measure(visits, firm.owner)
    assert {gap.field.key: gap.empty for gap in numbers.gaps} == {"f_email": 2, "f_multi_choice": 3}


def test_stale_is_what_nobody_touched(firm, people):
    ids = [person(firm, f"Ana{'abc'[n]}", "Lima") for n in range(3)]
    long_ago = now() - timedelta(days=400)
    all_records(people, firm.workspace.pk).update(updated_at=long_ago)
    assert set(findings.stale(people, firm.owner, 365).values_list("pk", flat=True)) == set(ids)
    write_note(actor=firm.owner, spec=people, record_id=ids[0], body="Called")
    findings.confirm(actor=firm.owner, spec=people, record_id=ids[1])
    assert list(findings.stale(people, firm.owner, 365).values_list("pk", flat=True)) == [ids[2]]
    assert measure(people, firm.owner).counts["fresh"] == 1
    findings.unconfirm(actor=firm.owner, spec=people, record_id=ids[1])
    assert findings.stale(people, firm.owner, 365).count() == 2
    with pytest.raises(Denied):
        findings.confirm(actor=with_scope(firm.owner, edit="none"), spec=people, record_id=ids[1])
    with pytest.raises(NotFound):
        findings.confirm(actor=firm.stranger, spec=people, record_id=ids[1])


# --- people who type, days, jobs --------------------------------------------------------------------------------


def test_each_sees_the_numbers_that_are_theirs_to_see(firm, people):
    put_in_team(add_team(firm.workspace, "Sales"), firm.owner, firm.colleague)
    person(firm, "Asdf", "Lima")
    person(firm, "Ana", "Lima")
    person(firm, "Bo", "Berg", actor=firm.colleague)
    look(firm, people)
    mine = by_person(people, firm.owner)
    assert [(one.person_id, one.records, one.faults, one.score) for one in mine] == [
        (firm.owner.user_id, 2, 1, 50)
    ]
    lead = with_scope(firm.colleague, see="below", edit="below")
    assert {one.person_id for one in by_person(people, lead)} == {firm.owner.user_id, firm.colleague.user_id}
    assert [one.score for one in by_person(people, firm.admin)] == [100, 50]
    assert persons_shown(people, firm.stranger) == {firm.stranger.user_id}


def test_days_become_a_line_of_weeks(firm, people):
    person(firm, "Ana", "Lima")
    today = now().date()
    for weeks in range(5):
        keep_day(people, firm.workspace, today - timedelta(weeks=weeks))
    keep_day(people, firm.workspace, today - timedelta(weeks=40))
    found = trends(people, firm.admin, [0, firm.owner.user_id])
    assert [len(found[0]), len(found[firm.owner.user_id])] == [5, 5]
    assert set(trends(people, firm.owner, [0, firm.owner.user_id, firm.admin.user_id])) == {
        firm.owner.user_id
    }
    assert QualityDay.unscoped.count() == 12


def test_a_changed_record_is_looked_at_at_once_and_an_object_at_night(firm, people):
    pk = person(firm, "Asdf", "Lima")
    run_pending()
    assert [one.record_id for one in listed(firm, people)] == [pk]
    update_record(actor=firm.owner, spec=people, record_id=pk, values={"first_name": "Ana"})
    run_pending()
    assert listed(firm, people) == []
    with pytest.raises(Denied):
        look_for_faults(actor=firm.stranger, spec=people)
    assert look_for_faults(actor=firm.owner, spec=people) == look_for_faults(actor=firm.owner, spec=people)
    Job.objects.all().delete()
    assert check_all.func() == 1
    assert check_job.func(people.type_id) == 0
    Job.objects.all().delete()
    assert check_all.func() == 0


def test_a_faulty_look_goes_on_when_called_again(transactional_db, firm, people):
    ids = [person(firm, "Asdf", f"Lima{'abc'[n]}") for n in range(3)]
    failed = faults.fail_each_statement(lambda: check_object(people, firm.workspace), lambda: None)
    assert failed >= 4
    assert set(look(firm, people)) == set(ids)

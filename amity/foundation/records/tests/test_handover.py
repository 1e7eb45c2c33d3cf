"""Handing over a colleague's records by rules, and taking over one customer."""

from dataclasses import replace

import pytest

from amity.foundation.accounts.members import set_active
from amity.foundation.accounts.models import Membership, Role
from amity.foundation.core.errors import Conflict, Denied, Invalid, NotFound
from amity.foundation.core.jobs.api import progress_of
from amity.foundation.records.models import Change, Handover, HandoverSet, TakenOver
from amity.foundation.records.objects import spec_for
from amity.foundation.records.services import runs
from amity.foundation.records.services.handover import (
    handover_job,
    start_handover,
    undo_handover,
    undo_handover_job,
)
from amity.foundation.records.services.handover_plan import Rule, counts_of, make_plan, read_rules
from amity.foundation.records.services.links import linked_ids
from amity.foundation.records.services.notes import add_note
from amity.foundation.records.services.records import create_record, update_record
from amity.foundation.records.services.take_over import linked_of_owner, may_take, take_over
from amity.foundation.records.tests.test_faults import all_or_nothing
from amity.testing import faults
from amity.testing.contract_services import check_indexes
from amity.testing.world import add_person, add_team, load, make_records, put_in_team, with_scope


@pytest.fixture
def people(firm):
    return spec_for(firm.workspace, "people")


@pytest.fixture
def companies(firm):
    return spec_for(firm.workspace, "companies")


@pytest.fixture
def ada(firm):
    return add_person(firm.workspace, "ada@example.com")


def to(*actors, key="*", **more):
    return Rule(key, "users", users=tuple(actor.user_id for actor in actors), **more)


def owners(spec, firm, ids):
    return [load(spec, firm.workspace, pk).owner_id for pk in ids]


def give_role(actor, **scopes):
    """Another role for good, as jobs read it: scopes by verb, `all` where nothing is said."""
    actor = with_scope(actor, **scopes)
    role = Role.objects.create(
        workspace=actor.workspace, key=f"role{actor.user_id}", permissions=actor.permissions
    )
    Membership.objects.filter(user_id=actor.user_id).update(role=role)
    return actor


def errors_of(firm, ada, *rules, actor=None):
    before = faults.snapshot()
    with pytest.raises(Invalid) as caught:
        start_handover(actor=actor or firm.admin, user_id=ada.user_id, rules=rules)
    assert faults.changed_tables(before) == []
    return [(error.field, error.code) for error in caught.value.errors]


def test_everything_goes_to_one_person_and_back_in_one_step(firm, people, companies, ada):
    mine, theirs = make_records(people, ada, 3), make_records(people, with_scope(firm.stranger), 2, start=50)
    firms = make_records(companies, ada, 2)
    assert {spec.key: n for spec, n in counts_of(firm.admin, ada.user_id)} == {"people": 3, "companies": 2}
    run = start_handover(actor=firm.admin, user_id=ada.user_id, rules=[to(firm.owner)])
    assert (run.state, run.total, run.changed, run.refused) == ("done", 5, 5, 0)
    assert owners(people, firm, mine) + owners(companies, firm, firms) == [firm.owner.user_id] * 5
    assert owners(people, firm, theirs) == [firm.stranger.user_id] * 2
    assert TakenOver.objects.filter(run=run, to_user_id=firm.owner.user_id).count() == 5
    history = Change.objects.filter(batch=run.batch)
    assert history.count() == 5
    assert all(one.changes == {"owner": [ada.user_id, firm.owner.user_id]} for one in history)
    check_indexes(firm, people)
    undo_handover(actor=firm.admin, run=run)
    assert run.state == "undone"
    assert owners(people, firm, mine) + owners(companies, firm, firms) == [ada.user_id] * 5


def test_the_first_rule_that_fits_wins_and_the_rest_stays(firm, people, companies, ada):
    ids = make_records(people, ada, 5)
    firms = make_records(companies, ada, 2)
    update_record(actor=ada, spec=people, record_id=ids[0], values={"tags": ["VIP"]})
    update_record(actor=ada, spec=people, record_id=ids[1], values={"tags": ["VIP"]})
    tagged = {"field": "tags", "op": "has_any", "value": ["VIP"]}
    rules = [
        to(firm.owner, key="people", filter=tagged),
        to(firm.admin, firm.stranger, key="people"),
        Rule("companies", "stay"),
        Rule("*", "nobody"),
    ]
    plan = make_plan(actor=firm.admin, user_id=ada.user_id, rules=rules)
    assert plan.stays["companies"] == 2
    assert dict(plan.given) == {
        ("people", firm.owner.user_id): 2,
        ("people", firm.admin.user_id): 2,
        ("people", firm.stranger.user_id): 1,
    }
    assert Handover.objects.count() == 0
    start_handover(actor=firm.admin, user_id=ada.user_id, rules=rules)
    first, second = firm.admin.user_id, firm.stranger.user_id
    assert owners(people, firm, ids) == [firm.owner.user_id] * 2 + [first, second, first]
    assert owners(companies, firm, firms) == [ada.user_id] * 2


def test_whoever_has_the_fewest_gets_the_next(firm, people, ada):
    make_records(people, firm.owner, 3, start=100)
    ids = make_records(people, ada, 5)
    rules = [to(firm.owner, firm.admin, share="fewest")]
    plan = make_plan(actor=firm.admin, user_id=ada.user_id, rules=rules)
    assert dict(plan.given) == {("people", firm.admin.user_id): 4, ("people", firm.owner.user_id): 1}
    assert [pk for _type, pk, _to in plan.rows] == ids


def test_a_team_shares_and_nobody_leaves_them_ownerless(firm, people, companies, ada):
    team = add_team(firm.workspace, "North")
    put_in_team(team, ada, firm.owner, firm.stranger)
    ids, firms = make_records(people, ada, 4), make_records(companies, ada, 1)
    rules = [Rule("people", "team", team=team.pk), Rule("*", "nobody")]
    run = start_handover(actor=firm.admin, user_id=ada.user_id, rules=rules)
    assert sorted(owners(people, firm, ids)) == sorted([firm.owner.user_id, firm.stranger.user_id] * 2)
    assert owners(companies, firm, firms) == [None]
    assert TakenOver.objects.filter(run=run).count() == 4
    undo_handover(actor=firm.admin, run=run)
    assert owners(companies, firm, firms) == [ada.user_id]


def test_what_is_wrong_is_named_by_rule_and_nothing_is_written(firm, other_firm, people, ada):
    make_records(people, ada, 2)
    gone = add_person(firm.workspace, "gone@example.com")
    set_active(actor=firm.admin, member_id=Membership.objects.get(user_id=gone.user_id).pk, active=False)
    team = add_team(firm.workspace, "Alone")
    put_in_team(team, ada)
    assert errors_of(firm, ada) == [("rules", "required")]
    assert errors_of(firm, ada, to(firm.owner, key="nothing")) == [("rules.0.object", "unknown")]
    wrong = [to(firm.owner), to(other_firm.owner), to(gone), to(ada), Rule("*", "users")]
    assert errors_of(firm, ada, *wrong) == [
        ("rules.1.users", "unknown"), ("rules.2.users", "unknown"), ("rules.3.users", "unknown"),
        ("rules.4.users", "required"),
    ]  # fmt: skip
    assert errors_of(firm, ada, Rule("*", "team", team=team.pk)) == [("rules.0.team", "empty")]
    assert errors_of(firm, ada, Rule("*", "team", team=9999)) == [("rules.0.team", "unknown")]
    broken = {"field": "nothing", "op": "is", "value": 1}
    assert errors_of(firm, ada, to(firm.owner, key="people", filter=broken))[0][0] == "rules.0.filter"
    assert errors_of(firm, ada, to(firm.owner, filter=broken)) == [("rules.0.filter", "object")]
    assert errors_of(firm, ada, Rule("*", "stay")) == [("rules", "nothing")]
    with pytest.raises(NotFound):
        start_handover(actor=firm.admin, user_id=other_firm.owner.user_id, rules=[to(firm.owner)])


def test_rules_out_of_json_are_read_or_refused_by_name():
    rule = {"object": "people", "to": "users", "users": [3, 3, 4], "share": "fewest"}
    assert read_rules([rule]) == [Rule("people", "users", users=(3, 4), share="fewest")]
    assert read_rules([read_rules([rule])[0].to_json()]) == read_rules([rule])
    for bad, where in (
        ([], "rules"), ("x", "rules"), ([3], "rules.0"), ([{**rule, "who": 1}], "rules.0"),
        ([rule, {**rule, "to": "all"}], "rules.1.to"), ([{**rule, "users": [True]}], "rules.0.users"),
        ([{**rule, "filter": []}], "rules.0.filter"), ([{**rule, "share": "half"}], "rules.0.share"),
        ([{**rule, "team": "3"}], "rules.0.team"), ([{**rule, "object": None}], "rules.0.object"),
        ([rule] * 51, "rules"),
    ):  # fmt: skip
        with pytest.raises(Invalid) as caught:
            read_rules(bad)
        assert caught.value.errors[0].field == where


def test_a_role_moves_only_what_it_may_change_and_only_within_its_reach(firm, people, companies, ada):
    ids = make_records(people, ada, 2)
    firms = make_records(companies, ada, 2)
    own = with_scope(firm.owner, see="all", edit="own")
    before = faults.snapshot()
    with pytest.raises(NotFound):
        start_handover(actor=own, user_id=ada.user_id, rules=[to(firm.owner)])
    assert faults.changed_tables(before) == []
    put_in_team(add_team(firm.workspace, "North"), ada, firm.owner)
    lead = with_scope(firm.owner, see="all", edit="team")
    assert errors_of(firm, ada, to(firm.stranger), actor=lead)[0] == ("rules.0.users", "reach")
    assert errors_of(firm, ada, Rule("*", "nobody"), actor=lead)[0] == ("rules.0.to", "reach")
    run = start_handover(actor=lead, user_id=ada.user_id, rules=[to(firm.owner)])
    assert run.changed == 4
    assert owners(people, firm, ids) + owners(companies, firm, firms) == [firm.owner.user_id] * 4


def test_who_may_not_see_an_object_gets_none_of_it(firm, people, ada):
    make_records(people, ada, 1)
    give_role(firm.stranger, see="none")
    assert errors_of(firm, ada, to(firm.stranger)) == [("rules.0.users", "blind")]


def test_an_owner_that_a_role_may_not_change_closes_the_object(firm, people, companies, ada):
    make_records(people, ada, 1)
    make_records(companies, ada, 1)
    lead = replace(with_scope(firm.owner), field_rights={"people": {"owner": "read"}})
    assert [spec.key for spec, _n in counts_of(lead, ada.user_id)] == ["companies"]
    assert errors_of(firm, ada, to(firm.owner, key="people"), actor=lead) == [("rules.0.object", "unknown")]


def test_what_changed_hands_meanwhile_is_left_alone_and_counted(firm, people, ada):
    ids = make_records(people, ada, 4)
    run = start_handover(actor=firm.admin, user_id=ada.user_id, rules=[to(firm.owner)], at_once=0)
    assert (run.state, run.changed) == ("running", 0)
    update_record(actor=firm.admin, spec=people, record_id=ids[1], values={"owner": firm.stranger.user_id})
    handover_job.call(run.pk)
    run.refresh_from_db()
    assert (run.state, run.changed, run.refused) == ("done", 3, 1)
    assert run.results["reasons"] == {"elsewhere": 1}
    assert owners(people, firm, ids)[1] == firm.stranger.user_id
    assert not HandoverSet.objects.exists()


def test_undo_leaves_what_was_given_away_again_and_gives_back_to_somebody_who_left(firm, people, ada):
    ids = make_records(people, ada, 3)
    set_active(actor=firm.admin, member_id=Membership.objects.get(user_id=ada.user_id).pk, active=False)
    run = start_handover(actor=firm.admin, user_id=ada.user_id, rules=[to(firm.owner)])
    update_record(actor=firm.admin, spec=people, record_id=ids[0], values={"owner": firm.stranger.user_id})
    undo_handover(actor=firm.admin, run=run, at_once=0)
    assert run.state == "undoing"
    undo_handover_job.call(run.pk)
    run.refresh_from_db()
    assert run.state == "undone"
    assert owners(people, firm, ids) == [firm.stranger.user_id, ada.user_id, ada.user_id]
    assert run.results["undo"]["kept_count"] == 1


def test_a_second_handover_of_the_same_person_waits_for_the_first(firm, people, ada):
    make_records(people, ada, 2)
    run = start_handover(actor=firm.admin, user_id=ada.user_id, rules=[to(firm.owner)], at_once=0)
    before = faults.snapshot()
    with pytest.raises(Conflict) as caught:
        start_handover(actor=firm.admin, user_id=ada.user_id, rules=[to(firm.owner)])
    assert caught.value.code == "running"
    assert faults.changed_tables(before) == []
    runs.cancel_run(actor=firm.admin, run=run)
    assert progress_of(run.job_id).finished
    assert run.state == "cancelled"
    assert start_handover(actor=firm.admin, user_id=ada.user_id, rules=[to(firm.owner)]).changed == 2


def test_rights_are_looked_at_again_when_the_job_works(firm, people, ada):
    ids = make_records(people, ada, 2)
    lead = with_scope(firm.owner, see="all", edit="all")
    give_role(firm.owner, see="all", edit="own")
    run = start_handover(actor=lead, user_id=ada.user_id, rules=[to(firm.stranger)], at_once=0)
    handover_job.call(run.pk)
    run.refresh_from_db()
    assert (run.changed, run.refused, run.results["reasons"]) == (0, 2, {"denied": 2})
    assert owners(people, firm, ids) == [ada.user_id] * 2


def test_a_successor_who_left_meanwhile_gets_nothing(firm, people, ada):
    make_records(people, ada, 2)
    run = start_handover(actor=firm.admin, user_id=ada.user_id, rules=[to(firm.stranger)], at_once=0)
    member = Membership.objects.get(user_id=firm.stranger.user_id)
    set_active(actor=firm.admin, member_id=member.pk, active=False)
    handover_job.call(run.pk)
    run.refresh_from_db()
    assert (run.changed, run.results["reasons"]) == (0, {"denied": 2})


def test_last_touch_is_from_before_the_handover(firm, people, ada):
    changed, noted = make_records(people, ada, 2)
    update_record(actor=ada, spec=people, record_id=changed, values={"tags": ["x"]})
    at = load(people, firm.workspace, changed).updated_at
    note = add_note(actor=ada, spec=people, record_id=noted, body="Called")
    run = start_handover(actor=firm.admin, user_id=ada.user_id, rules=[to(firm.owner)])
    touched = dict(TakenOver.objects.filter(run=run).values_list("record_id", "touched_at"))
    assert touched == {changed: at, noted: note.created_at}


def test_a_fault_leaves_nothing_half_done(firm, people, ada):
    make_records(people, ada, 2)
    rules = [to(firm.owner)]
    all_or_nothing(
        firm, people, lambda: start_handover(actor=firm.admin, user_id=ada.user_id, rules=rules), at_least=10
    )
    all_or_nothing(
        firm, people, lambda: undo_handover(actor=firm.admin, run=Handover.objects.get()), at_least=8
    )


# --- one customer --------------------------------------------------------------------------------


@pytest.fixture
def customer(firm, people, companies, ada):
    """A company of Ada's with two people of hers and one of somebody else's."""
    company = create_record(actor=ada, spec=companies, values={"name": "Kaya"})
    mine = [
        create_record(actor=ada, spec=people, values={"name": f"Person {n}", "company": company})
        for n in range(2)
    ]
    other = create_record(
        actor=with_scope(firm.stranger), spec=people, values={"name": "Other", "company": company}
    )
    return company, mine, other


def test_a_customer_is_taken_over_with_what_the_same_colleague_owns(firm, people, companies, ada, customer):
    company, mine, other = customer
    taker = with_scope(firm.owner, see="all", edit="all")
    record = load(companies, firm.workspace, company)
    assert may_take(taker, companies, record)
    assert [(spec.key, ids) for spec, ids in linked_of_owner(taker, companies, record)] == [("people", mine)]
    alone = take_over(actor=taker, spec=companies, record_id=company)
    assert owners(people, firm, mine) == [ada.user_id] * 2
    undo_handover(actor=taker, run=alone)
    run = take_over(actor=taker, spec=companies, record_id=company, also=["people"])
    assert (run.kind, run.state, run.changed) == ("take", "done", 3)
    assert owners(companies, firm, [company]) + owners(people, firm, mine) == [taker.user_id] * 3
    assert owners(people, firm, [other]) == [firm.stranger.user_id]
    with pytest.raises(Conflict) as caught:
        take_over(actor=taker, spec=companies, record_id=company)
    assert caught.value.code == "own"
    undo_handover(actor=taker, run=run)
    assert owners(companies, firm, [company]) + owners(people, firm, mine) == [ada.user_id] * 3


def test_a_person_comes_with_the_company_and_links_of_relations(firm, people, companies, ada, customer):
    company, mine, _other = customer
    linked = next((item for item in people.live_fields if item.target and not item.stored), None)
    if linked is not None:
        assert linked_ids(linked, firm.workspace.pk, mine[0]) == []
    record = load(people, firm.workspace, mine[0])
    assert [(spec.key, ids) for spec, ids in linked_of_owner(firm.admin, people, record)] == [
        ("companies", [company])
    ]


def test_taking_over_ends_where_the_role_ends(firm, companies, ada, customer):
    company, _mine, _other = customer
    before = faults.snapshot()
    with pytest.raises(Denied):
        take_over(actor=with_scope(firm.owner, see="all", edit="own"), spec=companies, record_id=company)
    with pytest.raises(NotFound):
        take_over(actor=with_scope(firm.owner, see="own", edit="own"), spec=companies, record_id=company)
    with pytest.raises(Invalid):
        take_over(actor=firm.admin, spec=companies, record_id=company, also=["nothing"])
    assert faults.changed_tables(before) == []


def test_an_ownerless_customer_may_be_taken(firm, companies, ada, customer):
    company, _mine, _other = customer
    update_record(actor=firm.admin, spec=companies, record_id=company, values={"owner": None})
    record = load(companies, firm.workspace, company)
    assert linked_of_owner(firm.admin, companies, record) == []
    run = take_over(actor=firm.admin, spec=companies, record_id=company, also=["people"])
    assert (run.changed, run.from_user_id) == (1, None)

"""Pages of handing over, as a browser without JavaScript uses them."""

from __future__ import annotations

import re

import pytest

from amity.foundation.accounts.models import Membership
from amity.foundation.core.scope import scope
from amity.foundation.records.models import Handover, TakenOver
from amity.foundation.records.objects import spec_for
from amity.foundation.records.services import handover as service
from amity.foundation.records.services.notes import add_note
from amity.foundation.records.services.records import create_record, update_record
from amity.testing import faults
from amity.testing.world import add_person, add_team, load, put_in_team

pytestmark = pytest.mark.django_db


class Desk:
    """Ada leaves; she owns four people and a company. The administrator's browser."""

    def __init__(self, firm, client_of):
        self.firm, self.client_of, self.browser = firm, client_of, client_of(firm.admin)
        self.ada = add_person(firm.workspace, "ada@example.com")
        self.url = f"/settings/hand-over/{self.ada.user_id}/"
        with scope(firm.workspace.pk):
            self.people = spec_for(firm.workspace, "people")
            self.companies = spec_for(firm.workspace, "companies")
            self.company = self.made(self.companies, name="Kaya Ltd")
            stages = ("lead", "customer", "customer", "lead")
            self.ids = [
                self.made(self.people, name=f"Person {n}", stage=stage, company=self.company)
                for n, stage in enumerate(stages)
            ]

    def made(self, spec, actor=None, **values):
        return create_record(actor=actor or self.ada, spec=spec, values=values)

    def post(self, **data):
        fields = {name.replace("_", "-", 1): value for name, value in data.items() if name[0] == "r"}
        rest = {name: value for name, value in data.items() if name[0] != "r"}
        return self.browser.post(self.url, {"r9-object": "*", **fields, **rest})

    def owners(self, spec=None, ids=None):
        with scope(self.firm.workspace.pk):
            return [load(spec or self.people, self.firm.workspace, pk).owner_id for pk in ids or self.ids]

    def start(self, **data):
        last = {"r9_to": "one", "r9_user": self.firm.owner.user_id}
        return self.post(**{**last, **data}, once="k1")


@pytest.fixture
def desk(closed_firm, client_of):
    return Desk(closed_firm, client_of)


def text_of(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_from_the_person_to_the_result_and_back(desk):
    member = Membership.unscoped.get(user_id=desk.ada.user_id).pk
    page = desk.browser.get(f"/settings/people/{member}/")
    assert f'href="{desk.url}"' in page.content.decode()
    assert "Owns 5 records." in text_of(page)
    index = desk.browser.get("/settings/hand-over/")
    assert "4 people, 1 company" in text_of(index)
    before = faults.snapshot()
    preview = desk.post(r9_to="one", r9_user=desk.firm.owner.user_id, do="preview")
    assert faults.changed_tables(before) == []
    assert "4 people, 1 company" in text_of(preview)
    assert "Hand over 5 records" in text_of(preview)
    answer = desk.start()
    run = Handover.unscoped.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/handovers/{run.pk}/")
    assert set(desk.owners()) == {desk.firm.owner.user_id}
    result = desk.browser.get(answer["Location"])
    assert "Changed hands 5" in text_of(result)
    assert "0 of 5 read" in text_of(result)
    desk.browser.post(f"/handovers/{run.pk}/undo/")
    assert set(desk.owners()) == {desk.ada.user_id}
    assert "Taken back" in text_of(desk.browser.get(f"/handovers/{run.pk}/"))
    assert "Owns 5 records." in text_of(desk.browser.get(f"/settings/people/{member}/"))


def test_the_form_sent_twice_hands_over_once(desk):
    first, second = desk.start(), desk.start()
    assert first["Location"] == second["Location"]
    assert Handover.unscoped.count() == 1


def test_whoever_is_switched_off_is_offered_to_be_handed_over(desk):
    member = Membership.unscoped.get(user_id=desk.ada.user_id).pk
    answer = desk.browser.post(f"/settings/people/{member}/switch/", {"active": "0"}, follow=True)
    assert "Ada still owns records" in text_of(answer)
    assert desk.start().status_code == 302
    assert "still owns records" not in text_of(desk.browser.get(f"/settings/people/{member}/"))


def test_rules_with_a_filter_are_put_together_step_by_step(desk):
    added = desk.post(do="add").content.decode()
    assert 'name="r0-object"' in added
    assert "Everything else" in added
    filtered = desk.post(r0_object="people", r0_fits="filter").content.decode()
    assert 'name="r0-f-0-field"' in filtered
    stage = {"r0_object": "people", "r0_of": "people", "r0_fits": "filter", "r0_f-0-field": "stage"}
    chosen = desk.post(**stage).content.decode()
    assert 'name="r0-f-0-op"' in chosen
    whole = {
        **stage,
        "r0_f-0-op": "is_any",
        "r0_f-0-value": "customer",
        "r0_to": "one",
        "r0_user": desk.firm.admin.user_id,
    }
    preview = desk.post(**whole, r9_to="stay", do="preview")
    assert preview.status_code == 200
    assert "Hand over 2 records" in text_of(preview)
    assert "Stays with Ada 2 people, 1 company" in text_of(preview)
    desk.start(**whole, r9_to="stay")
    assert desk.owners() == [
        desk.ada.user_id,
        desk.firm.admin.user_id,
        desk.firm.admin.user_id,
        desk.ada.user_id,
    ]
    gone = desk.post(**stage, do="remove:0").content.decode()
    assert 'name="r0-fits"' not in gone


def test_what_is_wrong_stands_at_its_rule_and_what_was_typed_stays(desk):
    desk.browser.get(desk.url)
    before = faults.snapshot()
    nobody = desk.post(r9_to="one", do="preview")
    assert nobody.status_code == 422
    assert "Choose who gets them." in text_of(nobody)
    open_filter = {"r0_object": "people", "r0_of": "people", "r0_fits": "filter", "r0_f-0-field": "stage"}
    unfinished = desk.post(**open_filter, r9_to="nobody", do="preview")
    assert unfinished.status_code == 422
    assert "Finish the filter" in text_of(unfinished)
    assert 'value="stage" selected' in unfinished.content.decode()
    foreign = desk.post(r9_to="one", r9_user="999999", do="preview")
    assert (foreign.status_code, "Choose other people" in text_of(foreign)) == (422, True)
    nothing = desk.start(r9_to="stay")
    assert (nothing.status_code, "nothing would change hands" in text_of(nothing)) == (422, True)
    for junk in (
        {"r0_object": "nothing"},
        {"r0_fits": "junk"},
        {"do": "up:99"},
        {"add": "r7-f-3:group"},
        {"r9_team": "x" * 99},
    ):
        assert desk.post(**junk).status_code == 200
    assert faults.changed_tables(before) == []


def test_a_second_one_at_the_same_time_is_told(desk, monkeypatch):
    monkeypatch.setattr(service, "AT_ONCE", 0)
    assert desk.start().status_code == 302
    answer = desk.post(r9_to="one", r9_user=desk.firm.owner.user_id, once="other")
    assert answer.status_code == 422
    assert "being handed over already" in text_of(answer)


def test_a_job_shows_how_far_it_is_and_can_be_stopped(desk, monkeypatch):
    monkeypatch.setattr(service, "AT_ONCE", 0)
    page = desk.start()["Location"]
    assert "0 of 5" in text_of(desk.browser.get(page))
    assert desk.browser.get(f"{page}progress/").status_code == 200
    assert "Running" in text_of(desk.browser.get(f"{page}badge/"))
    desk.browser.post(f"{page}cancel/")
    assert Handover.unscoped.get().state == "cancelled"
    assert set(desk.owners()) == {desk.ada.user_id}


def test_a_team_lead_hands_over_inside_the_team_only(desk, client_of):
    firm = desk.firm
    with scope(firm.workspace.pk):
        put_in_team(add_team(firm.workspace, "North"), firm.colleague, desk.ada)
    lead = client_of(firm.colleague)
    assert "Ada" in text_of(lead.get("/settings/hand-over/"))
    out = {"r9-object": "*", "r9-to": "one", "r9-user": firm.owner.user_id, "once": "k"}
    answer = lead.post(desk.url, out)
    assert (answer.status_code, "does not let you" in text_of(answer)) == (422, True)
    assert lead.post(desk.url, {**out, "r9-user": firm.colleague.user_id}).status_code == 302
    assert set(desk.owners()) == {firm.colleague.user_id}
    assert lead.get(f"/settings/hand-over/{firm.owner.user_id}/").status_code == 404


# --- what one took over --------------------------------------------------------------------------


@pytest.fixture
def taken(desk, client_of):
    """The owner's browser at the page of what she took over."""
    with scope(desk.firm.workspace.pk):
        add_note(actor=desk.ada, spec=desk.people, record_id=desk.ids[2], body="Wants an offer by May")
    desk.start()
    run = Handover.unscoped.get()
    return client_of(desk.firm.owner), f"/handovers/{run.pk}/taken/"


def test_the_new_owner_finds_what_helps_and_ticks_it_off(desk, taken):
    browser, url = taken
    page = text_of(browser.get(url))
    assert "What you took over from Ada" in page
    assert "0 of 5 read" in page
    assert "Wants an offer by May" in page
    assert page.index("Person 2") < page.index("Person 0")
    quiet = text_of(browser.get(f"{url}?object=people&sort=quiet"))
    assert quiet.index("Person 0") < quiet.index("Person 2")
    assert "Kaya Ltd" in text_of(browser.get(f"{url}?object=companies"))
    row = TakenOver.unscoped.filter(record_id=desk.ids[0], object_type_id=desk.people.type_id).get()
    browser.post(f"{url}seen/?object=people", {"id": row.pk, "read": "1"})
    assert "1 of 5 read" in text_of(browser.get(url))
    browser.post(f"{url}seen/?object=people", {"all": desk.people.type_id, "read": "1"})
    assert "4 of 5 read" in text_of(browser.get(url))
    browser.post(f"{url}seen/?object=people", {"id": row.pk, "read": "0"})
    piece = browser.post(
        f"{url}seen/?object=people", {"id": row.pk, "read": "0"}, headers={"HX-Request": "true"}
    )
    assert piece.content.decode().lstrip().startswith('<div class="stack taken"')


def test_only_the_new_owner_sees_the_page_and_only_what_the_role_shows(desk, taken, client_of):
    browser, url = taken
    assert desk.browser.get(url).status_code == 404
    assert client_of(desk.firm.colleague).post(f"{url}seen/", {"all": "1", "read": "1"}).status_code == 404
    with scope(desk.firm.workspace.pk):
        values = {"owner": desk.firm.admin.user_id}
        update_record(actor=desk.firm.admin, spec=desk.people, record_id=desk.ids[0], values=values)
    page = text_of(browser.get(f"{url}?object=people"))
    assert "Person 0" not in page
    assert "1 record here is deleted or out of your sight by now." in page


def test_a_field_hidden_from_the_role_does_not_show(desk, taken):
    browser, url = taken
    assert "Customer" in text_of(browser.get(f"{url}?object=people"))
    with scope(desk.firm.workspace.pk):
        role = Membership.objects.select_related("role").get(user_id=desk.firm.owner.user_id).role
        role.field_rights = {"people": {"stage": "hidden"}}
        role.save()
    assert "Customer" not in text_of(browser.get(f"{url}?object=people"))


# --- one customer --------------------------------------------------------------------------------


def test_a_customer_is_taken_over_from_its_page(desk):
    record = f"/companies/{desk.company}/"
    assert f"{record}take-over/" in desk.browser.get(record).content.decode()
    form = text_of(desk.browser.get(f"{record}take-over/"))
    assert "instead of Ada" in form
    assert "4 people" in form
    answer = desk.browser.post(f"{record}take-over/", {"with": ["people"], "once": "k"})
    assert (answer.status_code, answer["Location"]) == (302, record)
    assert set(desk.owners() + desk.owners(desk.companies, [desk.company])) == {desk.firm.admin.user_id}
    assert "take-over" not in desk.browser.get(record).content.decode()
    again = desk.browser.get(f"{record}take-over/", follow=True)
    assert "This is yours already." in text_of(again)
    run = Handover.unscoped.get()
    desk.browser.post(f"/handovers/{run.pk}/undo/")
    assert set(desk.owners()) == {desk.ada.user_id}


def test_who_may_see_but_not_change_takes_nothing(desk, client_of):
    role = Membership.unscoped.select_related("role").get(user_id=desk.firm.colleague.user_id).role
    role.permissions = {
        "*": {"see": "all", "create": "all", "edit": "own", "delete": "own", "export": "none"}
    }
    role.save()
    browser, record = client_of(desk.firm.colleague), f"/companies/{desk.company}/"
    assert "take-over" not in browser.get(record).content.decode()
    before = faults.snapshot()
    assert browser.post(f"{record}take-over/", {"with": ["people"]}).status_code == 403
    assert faults.changed_tables(before) == []

"""Where rooms meet: what a share does not give stays out of reach by every later door, too."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.test import Client

from amity.foundation.accounts.models import Membership, Role, User
from amity.foundation.accounts.roles import VERBS
from amity.foundation.accounts.tokens import create_token
from amity.foundation.core.errors import Denied
from amity.foundation.core.scope import scope
from amity.foundation.records.models import Handover
from amity.foundation.records.objects import spec_for
from amity.foundation.records.services.cells import CONFLICT, REFUSED, WRITTEN, CellText, paste_cells
from amity.foundation.records.services.handover_plan import Rule, make_plan
from amity.foundation.records.services.records import create_record, update_record
from amity.foundation.records.services.shares import share_record
from amity.foundation.records.services.take_over import linked_of_owner, may_take, take_over
from amity.testing import faults
from amity.testing.world import Firm, load, with_scope
from amity.tests.security.conftest import CANARY, Planted, body_of, browser_of, no_writes

pytestmark = pytest.mark.django_db


@pytest.fixture
def lent(firm: Firm) -> tuple[Any, int, Any]:
    """A colleague's person, shared with the owner to be changed; the owner's role reaches own records only."""
    people = spec_for(firm.workspace, "people")
    pk = create_record(actor=firm.colleague, spec=people, values={"name": "Ada Lent"})
    share_record(actor=firm.admin, spec=people, record_id=pk, level="change", user_id=firm.owner.user_id)
    return people, pk, replace(with_scope(firm.owner, see="own", edit="own"), shared=True)


def test_a_borrowed_record_is_not_taken_by_a_cell(firm: Firm, lent: tuple[Any, int, Any]) -> None:
    people, pk, borrower = lent
    mine = CellText(pk, "owner", str(borrower.user.email))
    found = paste_cells(actor=borrower, spec=people, cells=[mine, CellText(pk, "job_title", "Countess")])
    assert [one.status for one in found.outcomes] == [REFUSED, WRITTEN]
    assert load(people, firm.workspace, pk).owner_id == firm.colleague.user_id


def test_a_borrowed_record_is_not_taken_over(firm: Firm, lent: tuple[Any, int, Any]) -> None:
    people, pk, borrower = lent
    before = faults.snapshot()
    assert not may_take(borrower, people, load(people, firm.workspace, pk))
    with pytest.raises(Denied):
        take_over(actor=borrower, spec=people, record_id=pk)
    assert faults.changed_tables(before) == []
    assert not Handover.objects.exists()


def test_a_borrowed_record_is_not_taken_over_along_with_another(
    firm: Firm, lent: tuple[Any, int, Any]
) -> None:
    people, pk, borrower = lent
    companies = spec_for(firm.workspace, "companies")
    company = create_record(actor=firm.colleague, spec=companies, values={"name": "Lent Ltd"})
    update_record(actor=firm.admin, spec=people, record_id=pk, values={"company": company})
    free = {**borrower.permissions, "companies": borrower.permissions["*"] | {"see": "all", "edit": "all"}}
    borrower = replace(borrower, permissions=free)
    record = load(companies, firm.workspace, company)
    assert linked_of_owner(borrower, companies, record) == []


def test_a_borrowed_record_is_not_handed_over_by_rules(firm: Firm, lent: tuple[Any, int, Any]) -> None:
    people, pk, borrower = lent
    free = {**borrower.permissions, "companies": borrower.permissions["*"] | {"see": "all", "edit": "all"}}
    borrower = replace(borrower, permissions=free)
    rules = [Rule("people", "users", users=(borrower.user_id or 0,))]
    who = firm.colleague.user_id or 0
    plan = make_plan(actor=borrower, user_id=who, rules=rules)
    assert (plan.rows, dict(plan.given)) == ([], {})
    assert load(people, firm.workspace, pk).owner_id == who


def test_a_share_in_between_hides_no_change_from_a_cell(firm: Firm) -> None:
    """Sharing writes history and no new version: what came before it still counts as changed since."""
    people = spec_for(firm.workspace, "people")
    pk = create_record(actor=firm.owner, spec=people, values={"name": "Ada", "job_title": "One"})
    seen = load(people, firm.workspace, pk).version
    update_record(actor=firm.admin, spec=people, record_id=pk, values={"job_title": "Two"})
    for who in (firm.colleague, firm.stranger):
        share_record(actor=firm.admin, spec=people, record_id=pk, level="see", user_id=who.user_id)
    found = paste_cells(actor=firm.owner, spec=people, cells=[CellText(pk, "job_title", "Three", seen)])
    assert [one.status for one in found.outcomes] == [CONFLICT]
    assert load(people, firm.workspace, pk).job_title == "Two"


def test_what_is_linked_by_a_hidden_field_is_not_named_for_taking_over(firm: Firm) -> None:
    people, companies = (spec_for(firm.workspace, key) for key in ("people", "companies"))
    company = create_record(actor=firm.colleague, spec=companies, values={"name": "Secret Ltd"})
    create_record(actor=firm.colleague, spec=people, values={"name": "Ada", "company": company})
    actor = replace(with_scope(firm.owner), field_rights={"people": {"company": "hidden"}})
    record = load(companies, firm.workspace, company)
    assert linked_of_owner(with_scope(firm.owner), companies, record) != []
    assert linked_of_owner(actor, spec_for(actor, "companies"), record) == []


def test_the_pages_and_the_api_refuse_to_take_a_borrowed_record(planted: Planted) -> None:
    firm = planted.firm
    with scope(firm.workspace.pk):
        people = spec_for(firm.workspace, "people")
        pk = planted.ids["record_id"]
        who = firm.stranger.user_id  # a guest: sees and changes own records only
        Membership.objects.filter(user_id=who).update(
            role=Role.objects.create(
                workspace=firm.workspace, key="borrower", permissions={"*": dict.fromkeys(VERBS, "own")}
            )
        )
        share_record(actor=firm.owner, spec=people, record_id=pk, level="change", user_id=who)
        _token, secret = create_token(actor=firm.admin, user_id=who or 0, name="t")
    browser = browser_of(firm.stranger)
    program = Client(SERVER_NAME="127.0.0.1", headers={"authorization": f"Bearer {secret}"})
    cell = {"id": pk, "field": "owner", "text": firm.stranger.user.email}
    assert browser.get(f"/people/{pk}/").status_code == 200
    with no_writes():
        assert browser.get(f"/people/{pk}/take-over/").status_code == 403
        assert browser.post(f"/people/{pk}/take-over/").status_code == 403
    asked = {"content_type": "application/json"}
    assert program.post(f"/api/v1/people/{pk}/take_over", {}, **asked).status_code == 403
    answer = program.post("/api/v1/people/cells", {"cells": [cell]}, **asked)
    assert [one["status"] for one in answer.json()["cells"]] == ["refused"]
    with scope(firm.workspace.pk):
        assert load(people, firm.workspace, pk).owner_id == firm.owner.user_id


def test_a_share_until_the_end_of_time_breaks_no_page(planted: Planted) -> None:
    """What a program sets is drawn in the reader's zone, where that day may not be."""
    firm, pk = planted.firm, planted.ids["record_id"]
    User.objects.filter(pk=firm.owner.user_id).update(zone="Asia/Tokyo")
    with scope(firm.workspace.pk):
        _token, secret = create_token(actor=firm.owner, user_id=firm.owner.user_id or 0, name="t")
    program = Client(SERVER_NAME="127.0.0.1", headers={"authorization": f"Bearer {secret}"})
    browser = browser_of(firm.owner)
    for last in ("9999-12-31T23:59:59Z", "9998-12-31T23:59:59Z"):
        terms = {"user": firm.colleague.user_id, "level": "see", "ends_at": last}
        answer = program.post(f"/api/v1/people/{pk}/shares", terms, content_type="application/json")
        assert answer.status_code == (422 if last[:4] == "9999" else 201)
        assert browser.get(f"/people/{pk}/share/").status_code == 200
        assert browser.get(f"/people/{pk}/").status_code == 200


def test_every_room_opens_to_a_borrower_and_shows_what_was_lent(planted: Planted) -> None:
    """The list's own query differs for whoever has shares: every room that builds on it works with both."""
    firm, ids = planted.firm, planted.ids
    pk = ids["record_id"]
    with scope(firm.workspace.pk):
        people = spec_for(firm.workspace, "people")
        everything = {"permissions": {"*": dict.fromkeys(VERBS, "own")}}
        role = Role.objects.create(workspace=firm.workspace, key="borrower", **everything)
        Membership.objects.filter(user_id=firm.stranger.user_id).update(role=role)
        share_record(actor=firm.owner, spec=people, record_id=pk, level="see", user_id=firm.stranger.user_id)
        _token, secret = create_token(actor=firm.admin, user_id=firm.stranger.user_id or 0, name="t")
    browser = browser_of(firm.stranger)
    program = Client(SERVER_NAME="127.0.0.1", headers={"authorization": f"Bearer {secret}"})
    for page in (
        "", "conflicts/", "recipients/", "quality/", "quality/check/", "quality/untouched/", "quality/right/", "cells/?ids=1",
        "duplicates/", "?shape=grid", "?shape=board", f"{pk}/", f"{pk}/sources/", f"{pk}/conflicts/", f"{pk}/share/",
        "?sort=-updated_at", "?search=quokka",
    ):  # fmt: skip
        answer = browser.get(f"/people/{page}")
        assert answer.status_code in ((200, 403) if page == "cells/?ids=1" else (200,)), page
    for path in (
        "", "/conflicts", "/recipients", "/quality", "/quality/findings", f"/{pk}/sources", f"/{pk}/conflicts",
        f"/{pk}/consents", f"/{pk}/shares", f"/recipients?purpose={ids['consent']}",
    ):  # fmt: skip
        answer = program.get(f"/api/v1/people{path}")
        assert (answer.status_code, CANARY in answer.content.decode() or path[:8] == "/quality") == (
            200,
            True,
        ), path
    assert CANARY in browser.get("/people/recipients/").content.decode()
    assert CANARY in browser.get("/people/conflicts/").content.decode()
    posted = browser.post("/people/recipients/", {"ids": str(pk), "do": "csv", "channel": "email"})
    assert CANARY in body_of(posted)
    asked = {"content_type": "application/json"}
    refused = {
        f"/{pk}/conflicts/job_title": {"keep": True},
        f"/{pk}/consents": {"field": ids["consent"], "verdict": "withdrawn"},
        f"/{pk}/quality/settle": {}, f"/{pk}/quality/reopen": {}, f"/{pk}/take_over": {},
        f"/{pk}/shares": {"user": firm.colleague.user_id, "level": "see"},
    }  # fmt: skip
    before = faults.snapshot()
    for path, body in refused.items():
        assert program.post(f"/api/v1/people{path}", body, **asked).status_code == 403, path
    source = f"api:{CANARY} shop"
    taken = program.post("/api/v1/people/conflicts/take", {"source": source}, **asked)
    assert taken.json().get("settled", 0) == 0
    cell = {"id": pk, "field": "job_title", "text": "Mine"}
    written = program.post("/api/v1/people/cells", {"cells": [cell]}, **asked).json()
    assert [one["code"] for one in written["cells"]] == ["denied"]
    changed = [name for name in faults.changed_tables(before) if "ratelimit" not in name]
    assert [name for name in changed if name.startswith(("records_", "quality_", "people_"))] == []

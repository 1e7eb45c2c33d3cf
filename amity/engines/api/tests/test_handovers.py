"""Handing over by REST: counted first, started, followed, stopped and taken back; one customer taken over."""

from __future__ import annotations

import pytest

from amity.foundation.core.jobs.worker import run_pending
from amity.foundation.records.models import Handover
from amity.testing.world import add_person

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ada(closed_firm):
    return add_person(closed_firm.workspace, "ada@example.com")


@pytest.fixture
def api(closed_firm, program_of):
    return program_of(closed_firm.admin)


@pytest.fixture
def ids(ada, program_of):
    program = program_of(ada)
    company = program("POST", "companies", {"name": "Kaya"}).data["id"]
    people = [program("POST", "people", {"name": f"P {n}", "company": company}).data["id"] for n in range(3)]
    return company, people


def to(*actors, **more):
    return {"object": "*", "to": "users", "users": [actor.user_id for actor in actors], **more}


def owners(api, key):
    return [row["owner"] for row in api("GET", f"{key}?sort=id").data["data"]]


def test_from_counting_to_the_result_and_back(closed_firm, api, ada, ids):
    body = {
        "from": ada.user_id,
        "rules": [to(closed_firm.owner, object="people"), {"object": "*", "to": "stay"}],
    }
    planned = api("POST", "handovers", {**body, "dry_run": True})
    owner = {"id": closed_firm.owner.user_id, "name": "Owner"}
    assert (planned.status_code, planned.data["state"], planned.data["total"]) == (200, "planned", 3)
    assert planned.data["given"] == [{"object": "people", "to": owner, "count": 3}]
    assert planned.data["stays"] == [{"object": "companies", "count": 1}]
    assert Handover.unscoped.count() == 0
    begun = api("POST", "handovers", body)
    assert (begun.status_code, begun.data["state"]) == (202, "running")
    assert api("POST", "handovers", body).data["code"] == "running"
    place = begun["Location"].removeprefix("/api/v1/")
    run_pending()
    done = api("GET", place).data
    assert (done["state"], done["changed"], done["given"]) == ("done", 3, planned.data["given"])
    assert owners(api, "people") == [closed_firm.owner.user_id] * 3
    assert owners(api, "companies") == [ada.user_id]
    assert api("POST", f"{place}/undo").status_code == 202
    run_pending()
    assert api("GET", place).data["undone"]["reverted"] == 3
    assert owners(api, "people") == [ada.user_id] * 3


def test_it_can_be_stopped(closed_firm, api, ada, ids):
    begun = api("POST", "handovers", {"from": ada.user_id, "rules": [to(closed_firm.owner)]})
    place = begun["Location"].removeprefix("/api/v1/")
    assert api("POST", f"{place}/cancel").data["state"] == "cancelled"
    run_pending()
    assert owners(api, "people") == [ada.user_id] * 3


def test_what_cannot_be_is_told(closed_firm, other_firm, api, ada, ids, program_of):
    def send(**body):
        answer = api("POST", "handovers", {"from": ada.user_id, "rules": [to(closed_firm.owner)], **body})
        return answer.status_code, [error["field"] for error in answer.data["errors"]]

    assert send(rules=[]) == (422, ["rules"])
    assert send(rules=[{"object": "people", "to": "all"}]) == (422, ["rules.0.to"])
    assert send(rules=[to(other_firm.owner)]) == (422, ["rules.0.users"])
    assert send(rules=[to(closed_firm.owner, object="nothing")]) == (422, ["rules.0.object"])
    broken = {"field": "nothing", "op": "is", "value": 1}
    assert send(rules=[to(closed_firm.owner, object="people", filter=broken)]) == (422, ["rules.0.filter"])
    assert send(**{"from": "ada"})[0] == 400
    assert send(dry_run="yes")[0] == 400
    assert send(other=1)[0] == 400
    assert send(**{"from": other_firm.owner.user_id})[0] == 404
    colleague = program_of(closed_firm.colleague)
    assert (
        colleague("POST", "handovers", {"from": ada.user_id, "rules": [to(closed_firm.owner)]}).status_code
        == 404
    )
    assert Handover.unscoped.count() == 0


def test_a_customer_is_taken_over(closed_firm, api, ada, ids):
    company, _people = ids
    taken = api("POST", f"companies/{company}/take_over", {"with": ["people"]})
    assert (taken.status_code, taken.data["kind"], taken.data["changed"]) == (202, "take", 4)
    assert owners(api, "people") + owners(api, "companies") == [closed_firm.admin.user_id] * 4
    assert api("POST", f"companies/{company}/take_over", {}).status_code == 409
    assert api("POST", f"people/{ids[1][0]}/take_over", {"with": ["nothing"]}).status_code in (409, 422)

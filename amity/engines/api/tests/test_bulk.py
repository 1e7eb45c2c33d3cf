"""Bulk changes by REST: started, followed, stopped and taken back."""

from __future__ import annotations

import pytest

from amity.foundation.core.jobs.worker import run_pending
from amity.foundation.records.models import BulkRun

pytestmark = pytest.mark.django_db(transaction=True)
TAGS = [{"field": "tags", "op": "add", "value": ["Bulk"]}]


@pytest.fixture
def api(closed_firm, program_of):
    return program_of(closed_firm.owner)


@pytest.fixture
def ids(api):
    return [api("POST", "companies", {"name": f"Firm {n}"}).data["id"] for n in range(4)]


def tagged(api):
    return sorted(row["id"] for row in api("GET", "companies").data["data"] if row["tags"])


def test_from_filter_to_result_and_back(api, ids):
    tree = {"field": "name", "op": "is_not", "value": "Firm 3"}
    begun = api("POST", "companies/bulk", {"action": "edit", "filter": tree, "changes": TAGS})
    assert (begun.status_code, begun.data["state"], begun.data["total"]) == (202, "running", 3)
    place = begun["Location"].removeprefix("/api/v1/")
    run_pending()
    done = api("GET", place).data
    assert (done["state"], done["changed"], done["refused"]) == ("done", 3, 0)
    assert tagged(api) == ids[:3]
    api("PATCH", f"companies/{ids[0]}", {"tags": ["Since"]})
    assert api("POST", f"{place}/undo").status_code == 202
    run_pending()
    undone = api("GET", place).data
    assert (undone["state"], undone["undone"]["reverted"], undone["undone"]["kept_count"]) == ("undone", 2, 1)
    assert tagged(api) == ids[:1]
    assert api("POST", f"{place}/undo").status_code == 409


def test_delete_and_restore_by_ids(api, ids):
    api("POST", "companies/bulk", {"action": "delete", "ids": ids[:2]})
    run_pending()
    assert [row["id"] for row in api("GET", "companies").data["data"]] == ids[2:]
    api("POST", "companies/bulk", {"action": "restore", "ids": ids})
    run_pending()
    assert len(api("GET", "companies").data["data"]) == 4
    last = BulkRun.unscoped.first()
    assert (last.changed, last.results["reasons"]) == (2, {"gone": 2})


def test_sent_twice_with_a_key_it_begins_once(api, ids):
    body = {"action": "edit", "ids": ids, "changes": TAGS}
    first, again = (api("POST", "companies/bulk", body, idempotency_key="k1") for _turn in range(2))
    assert (first.data, BulkRun.unscoped.count()) == (again.data, 1)


def test_stopping(api, ids):
    begun = api("POST", "companies/bulk", {"action": "edit", "ids": ids, "changes": TAGS}).data
    stopped = api("POST", f"companies/bulk/{begun['id']}/cancel")
    assert (stopped.status_code, stopped.data["state"]) == (200, "cancelled")
    run_pending()
    assert tagged(api) == []


def test_runs_are_their_owners_and_their_objects(api, ids, closed_firm, program_of):
    begun = api("POST", "companies/bulk", {"action": "edit", "ids": ids, "changes": TAGS}).data
    colleague, admin = program_of(closed_firm.colleague), program_of(closed_firm.admin)
    for path in (f"companies/bulk/{begun['id']}", "companies/bulk/987654"):
        assert colleague("GET", path).status_code == 404
        for verb in ("cancel", "undo"):
            assert colleague("POST", f"{path}/{verb}").status_code == 404
    assert admin("GET", f"companies/bulk/{begun['id']}").status_code == 200
    assert api("GET", f"people/bulk/{begun['id']}").status_code == 404
    assert (
        program_of(closed_firm.stranger)(
            "POST", "companies/bulk", {"action": "delete", "ids": ids}
        ).status_code
        == 403
    )


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"action": "erase"}, 400),
        ({"action": ["edit"]}, 400),
        ({"ids": None}, 400),
        ({"ids": []}, 400),
        ({"ids": [True]}, 400),
        ({"ids": ["1"]}, 400),
        ({"filter": {"and": []}}, 400),
        ({"ids": None, "filter": []}, 400),
        ({"ids": None, "filter": {"field": "nothing", "op": "is", "value": 1}}, 400),
        ({"changes": []}, 400),
        ({"changes": [{"field": "nothing", "value": 1}]}, 400),
        ({"changes": [{"field": "created_at", "value": 1}]}, 400),
        ({"changes": [{"field": "name", "value": "x", "more": 1}]}, 400),
        ({"changes": [{"field": "name", "op": "add", "value": "x"}]}, 422),
        ({"changes": [{"field": "name", "op": "clear"}]}, 422),
        ({"changes": [{"field": "emails", "value": 5}]}, 422),
        ({"unknown": 1}, 400),
    ],
)
def test_bad_input_is_refused_and_begins_nothing(api, ids, change, status):
    body = {"action": "edit", "ids": ids, "changes": TAGS, **change}
    if body["ids"] is None:
        del body["ids"]
    answer = api("POST", "companies/bulk", body)
    assert (answer.status_code, BulkRun.unscoped.count()) == (status, 0), answer.data

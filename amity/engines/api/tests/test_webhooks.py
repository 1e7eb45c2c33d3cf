"""Webhooks through the API."""

from __future__ import annotations

import pytest

from amity.engines.webhooks.models import Webhook

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(closed_firm, program_of):
    return program_of(closed_firm.admin)


def test_a_webhook_s_whole_life(api):
    made = api("POST", "webhooks", {"name": "Books", "url": "https://example.com/h", "objects": ["people"]})
    assert made.status_code == 201
    assert made.data["secret"].startswith("whsec_")
    assert made.data["verbs"] == ["created", "updated", "deleted", "restored", "merged", "noted"]
    place = f"webhooks/{made.data['id']}"
    assert made["Location"] == f"/api/v1/{place}"
    read = api("GET", place).data
    assert "secret" not in read
    assert api("GET", "webhooks").data == {"data": [read], "next_cursor": None}
    tree = {"field": "job_title", "op": "is", "value": "x"}
    changed = api("PATCH", place, {"filter": tree, "verbs": ["created"], "active": False}).data
    assert (changed["filter"], changed["verbs"], changed["active"]) == (tree, ["created"], False)
    assert api("POST", f"{place}/test").status_code == 409
    assert api("PATCH", place, {"active": True}).data["active"] is True
    sent = api("POST", f"{place}/test")
    assert (sent.status_code, sent.data["state"], sent.data["event"]) == (202, "waiting", "test")
    page = api("GET", f"{place}/deliveries?limit=1").data
    assert (page["data"][0]["id"], page["next_cursor"]) == (sent.data["id"], None)
    assert api("POST", f"{place}/deliveries/{sent.data['id']}/replay").status_code == 409
    fresh = api("POST", f"{place}/secret").data["secret"]
    assert fresh != made.data["secret"]
    assert api("DELETE", place).status_code == 204
    assert api("GET", place).status_code == 404


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"name": "a"}, 422, "url"), ({"url": "https://example.com/"}, 422, "name"), ({"secret": "x"}, 400, "secret"),
        ({"name": "a", "url": "http://169.254.169.254/"}, 422, "url"), ({"name": "a", "url": 5}, 422, "url"),
        ({"name": "a", "url": "https://example.com/", "objects": "people"}, 422, "objects"),
        ({"name": "a", "url": "https://example.com/", "verbs": []}, 422, "verbs"),
        ({"name": "a", "url": "https://example.com/", "filter": {"field": "a", "op": "is"}}, 422, "filter"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(api, body, status, field):
    answer = api("POST", "webhooks", body)
    assert (answer.status_code, [error["field"] for error in answer.data["errors"]]) == (status, [field])
    assert not Webhook.unscoped.exists()


def test_the_same_key_keeps_no_secret(api):
    from amity.foundation.records.models import KeptAnswer

    api("POST", "webhooks", {"name": "a", "url": "https://example.com/"}, idempotency_key="k")
    assert not KeptAnswer.unscoped.exists()


def test_members_are_kept_out(closed_firm, program_of):
    program = program_of(closed_firm.owner)
    assert program("GET", "webhooks").status_code == 403
    assert program("POST", "webhooks", {"name": "a", "url": "https://example.com/"}).status_code == 403

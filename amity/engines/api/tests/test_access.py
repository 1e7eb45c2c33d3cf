"""Every address × everybody who might call it: what is not allowed changes nothing and tells nothing."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.test import Client

from amity.engines.api.urls import ALL_ROUTES
from amity.engines.notify.centre import tell
from amity.engines.quality.models import Finding
from amity.engines.quality.rules import create_rule
from amity.engines.webhooks.messages import drop, queue
from amity.engines.webhooks.services import create_webhook
from amity.foundation.accounts.tokens import revoke_token
from amity.foundation.core.clock import now
from amity.foundation.core.scope import scope
from amity.foundation.records.listing import Query
from amity.foundation.records.models import Change, Handover, Note, Purpose
from amity.foundation.records.objects import forget, spec_for
from amity.foundation.records.services.batches import new_batch
from amity.foundation.records.services.bulk import bulk
from amity.foundation.records.services.bulk_change import FieldChange
from amity.foundation.records.services.notes import add_note
from amity.foundation.records.services.records import create_record, delete_record, update_record
from amity.foundation.records.services.shares import share_record
from amity.testing.world import add_team

pytestmark = pytest.mark.django_db
CANARY = "Kingfisher"
WRITES = ("POST", "PATCH", "DELETE", "PUT")
CASES = [(route, method) for route in ALL_ROUTES for method in route.methods]
NAMES = [f"{method} {route.name}" for route, method in CASES]
# What each writing address is sent. A new one must be added here, or this file fails.
BODIES: dict[tuple[str, str], Any] = {
    ("webhooks", "POST"): {"name": "New", "url": "https://example.com/"},
    ("webhook", "PATCH"): {"name": "Changed", "active": False},
    ("webhook", "DELETE"): None,
    ("webhook_secret", "POST"): None,
    ("webhook_test", "POST"): None,
    ("replay", "POST"): None,
    ("records", "POST"): {"name": "New"},
    ("batch", "POST"): None,
    ("batch_undo", "POST"): None,
    ("bulk", "POST"): None,
    ("bulk_cancel", "POST"): None,
    ("cells", "POST"): None,
    ("bulk_undo", "POST"): None,
    ("handovers", "POST"): None,
    ("handover_cancel", "POST"): None,
    ("handover_undo", "POST"): None,
    ("take_over", "POST"): {"with": []},
    ("record", "PATCH"): {"name": "Changed"},
    ("record", "DELETE"): None,
    ("merge", "POST"): None,
    ("restore", "POST"): None,
    ("undo", "POST"): None,
    ("conflicts_take", "POST"): {"source": "api:Shop"},
    ("conflict", "POST"): {"keep": True},
    ("notes", "POST"): {"body": "New"},
    ("consents", "POST"): {"field": "consent_news", "verdict": "given"},
    ("note", "PATCH"): {"body": "Changed", "pinned": True},
    ("note", "DELETE"): None,
    ("links", "POST"): None,
    ("link", "DELETE"): None,
    ("shares", "POST"): None,
    ("share", "DELETE"): None,
    ("files", "POST"): None,
    ("file", "DELETE"): None,
    ("quality_rules", "POST"): {"name": "New", "filter": {"field": "emails", "op": "empty"}},
    ("quality_rule", "DELETE"): None,
    ("settle", "POST"): None,
    ("reopen", "POST"): None,
    ("notifications_read", "POST"): None,
    ("notification", "PATCH"): {"read": True},
}
NOT_OF_A_RECORD = {
    "me",
    "metadata",
    "search",
    "openapi",
    "docs",
    "records",
    "recipients",
    "views",
    "batch",
    "conflicts",
    "conflicts_take",
    "quality",
    "findings",
    "notifications",
    "notifications_read",
}
# Administrators alone, whoever asks otherwise.
OF_ADMINS = {
    "webhooks", "webhook", "webhook_secret", "webhook_test", "deliveries", "replay", "quality_rules",
    "quality_rule",
}  # fmt: skip
LISTS_OF_ADMINS = ("webhooks", "quality_rules")


@dataclass
class World:
    """The ids of one person's record and of everything that hangs on it."""

    object_key: str
    record_id: int
    company_id: int
    trashed_id: int
    note_id: int
    change_id: int
    file_id: int = 0
    batch_id: int = 0
    other_id: int = 10**9 - 1
    bulk_id: int = 0
    told_id: int = 0
    webhook_id: int = 0
    delivery_id: int = 0
    share_id: int = 0
    team_id: int = 0
    handover_id: int = 10**9
    user_id: int = 10**9
    rule_id: int = 0

    def address(self, route) -> str:
        record = self.trashed_id if route.name == "restore" else self.record_id
        parts = {
            "<key:object_key>": self.object_key,
            "<id:record_id>": record,
            "<id:note_id>": self.note_id,
            "<id:change_id>": self.change_id,
            "<key:relation>": "company",
            "<key:field_key>": "job_title",
            "<id:target_id>": self.company_id,
            "<id:file_id>": self.file_id,
            "<id:batch_id>": self.batch_id,
            "<id:notification_id>": self.told_id,
            "<id:webhook_id>": self.webhook_id,
            "<id:delivery_id>": self.delivery_id,
            "<id:bulk_id>": self.bulk_id,
            "<id:share_id>": self.share_id,
            "<id:handover_id>": self.handover_id,
            "<id:rule_id>": self.rule_id,
        }
        text = route.path
        for mark, value in parts.items():
            text = text.replace(mark, str(value))
        return text + ("?q=" + CANARY if route.name == "search" else "")

    def body(self, route, method) -> Any:
        if (route.name, method) == ("batch", "POST"):
            return {
                "operations": [
                    {"op": "update", "id": self.record_id, "values": {"name": "Changed"}},
                    {"op": "delete", "id": self.record_id},
                ]
            }
        if (route.name, method) == ("bulk", "POST"):
            tags = {"field": "tags", "op": "add", "value": ["More"]}
            return {"action": "edit", "ids": [self.record_id], "changes": [tags]}
        if (route.name, method) == ("handovers", "POST"):
            return {"from": self.user_id, "rules": [{"object": "*", "to": "stay"}], "dry_run": True}
        if (route.name, method) == ("cells", "POST"):
            return {"cells": [{"id": self.record_id, "field": "tags", "text": "More"}]}
        if (route.name, method) == ("links", "POST"):
            return {"id": self.company_id}
        if (route.name, method) == ("shares", "POST"):
            return {"team": self.team_id, "level": "change", "why": "New"}
        if (route.name, method) == ("merge", "POST"):
            return {"ids": [self.other_id]}
        return BODIES.get((route.name, method))


def build(actor: Any) -> World:
    from django.core.files.uploadedfile import SimpleUploadedFile

    from amity.foundation.records.services.files import add_file

    with scope(actor.workspace_id):
        Purpose.unscoped.create(
            workspace_id=actor.workspace_id, key="news", label="News", wording="Yes.",
            objects_shown=["people"],
        )  # fmt: skip
        forget(actor.workspace_id)
        people, companies = spec_for(actor.workspace, "people"), spec_for(actor.workspace, "companies")
        company = create_record(actor=actor, spec=companies, values={"name": f"{CANARY} Ltd"})
        person = create_record(actor=actor, spec=people, values={"name": f"Ana {CANARY}", "company": company})
        trashed = create_record(actor=actor, spec=people, values={"name": f"Gone {CANARY}"})
        delete_record(actor=actor, spec=people, record_id=trashed)
        other = create_record(actor=actor, spec=people, values={"name": f"A. {CANARY}"})
        batch = new_batch(actor, CANARY)
        update_record(
            actor=actor, spec=people, record_id=person, values={"job_title": CANARY}, batch_id=batch
        )
        shop = replace(actor, origin="api:Shop")
        said = {"job_title": f"{CANARY} two"}
        update_record(actor=shop, spec=people, record_id=person, values=said, ask=True)
        note = add_note(actor=actor, spec=people, record_id=person, body=f"About {CANARY}")
        upload = SimpleUploadedFile(f"{CANARY}.txt", b"content")
        stored = add_file(actor=actor, spec=people, record_id=person, upload=upload)
        change = Change.unscoped.filter(record_id=person, object_type_id=people.type_id).latest("pk")
        told = tell(
            workspace_id=actor.workspace_id, user_id=actor.user_id, kind="import_ended", group="canary",
            data={"file": f"{CANARY}.csv", "state": "done"},
        )  # fmt: skip
        Finding.unscoped.create(
            workspace_id=actor.workspace_id, object_type_id=people.type_id, record_id=person, kind="made_up",
            code="keyboard", field="first_name", weight=100, digest="x", settled_at=now(),
        )  # fmt: skip
        tags = [FieldChange("tags", "add", [CANARY])]
        run = bulk(actor=actor, spec=people, which=Query(ids=(person,)), action="edit", changes=tags)
        team = add_team(actor.workspace, f"{CANARY} team")
        share = share_record(
            actor=actor, spec=people, record_id=person, level="see", team_id=team.pk, why=CANARY
        )
        handover = Handover.objects.create(
            workspace=actor.workspace, actor=actor.user, from_user=actor.user, kind="take", state="done", total=1, changed=1,
            batch_id=new_batch(actor, CANARY), results={"source": "api"},
        )  # fmt: skip
    return World(
        "people", person, company, trashed, note.pk, change.pk, stored.pk, batch, other, run.pk, told.pk,
        share_id=share.pk, team_id=team.pk, handover_id=handover.pk, user_id=actor.user_id,
    )  # fmt: skip


def with_webhook(world: World, admin: Any) -> None:
    """A webhook of an administrator, with a message that is over."""
    with scope(admin.workspace_id):
        hook, _secret = create_webhook(actor=admin, name=f"{CANARY} hook", url="https://example.com/")
        message = queue(hook, "test", {"message": CANARY})
        drop(message)
        people = spec_for(admin.workspace, "people")
        tree = {"field": "department", "op": "is", "value": CANARY}
        rule = create_rule(actor=admin, spec=people, name=f"{CANARY} rule", filter=tree)
    world.webhook_id, world.delivery_id, world.rule_id = hook.pk, message.pk, rule.pk


def snapshot() -> dict[str, tuple[int, str]]:
    """Number and hash of the rows of every table; when a token was last used does not count."""
    found = {}
    for model in apps.get_models():
        rows = sorted(map(repr, model._base_manager.values_list()))
        if model._meta.model_name not in ("apitoken", "session"):
            found[model._meta.label] = (len(rows), hashlib.sha256("\n".join(rows).encode()).hexdigest())
    return found


def send(program, world, route, method):
    if (route.name, method) == ("files", "POST"):
        from django.core.files.uploadedfile import SimpleUploadedFile

        return program.client.post(
            f"/api/v1/{world.address(route)}",
            {"file": SimpleUploadedFile("a.txt", b"x")},
            HTTP_AUTHORIZATION=f"Bearer {program.secret}",
        )
    return program(method, world.address(route), world.body(route, method))


@pytest.fixture(autouse=True)
def _own_files(settings, tmp_path):
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {**settings.STORAGES["default"], "OPTIONS": {"location": tmp_path}},
    }


def test_every_writing_address_has_its_body():
    assert {(route.name, method) for route, method in CASES if method in WRITES} == set(BODIES)


@pytest.mark.parametrize(("route", "method"), CASES, ids=NAMES)
def test_the_owner_may(closed_firm, program_of, route, method):
    """Else the refusals below would prove nothing."""
    world = build(closed_firm.owner)
    actor = closed_firm.admin if route.name in OF_ADMINS else closed_firm.owner
    if route.name in OF_ADMINS:
        with_webhook(world, closed_firm.admin)
    response = send(program_of(actor), world, route, method)
    if route.name == "take_over":  # what is one's own cannot be taken
        assert (response.status_code, response.data["code"]) == (409, "own")
        return
    assert response.status_code < 300, getattr(response, "data", None)


# The tests below go through every address in one world: what is refused leaves it as it was.


@pytest.mark.parametrize("who", ["colleague", "stranger", "other firm"])
def test_others_see_nothing_and_change_nothing(closed_firm, other_firm, program_of, who):
    world = build(closed_firm.owner)
    with_webhook(world, closed_firm.admin)
    build(other_firm.owner)
    actor = {
        "colleague": closed_firm.colleague,
        "stranger": closed_firm.stranger,
        "other firm": other_firm.admin,
    }[who]
    program, before = program_of(actor), snapshot()
    for route, method in CASES:
        own_data = route.name in NOT_OF_A_RECORD or (who == "other firm" and route.name in LISTS_OF_ADMINS)
        if own_data and (who == "other firm" or (route.name, method) == ("records", "POST")):
            continue
        response = send(program, world, route, method)
        text = b"".join(response.streaming_content) if response.streaming else response.content
        assert CANARY.encode() not in text, (route.name, method)
        assert own_data or response.status_code in (403, 404), (route.name, method)
        assert snapshot() == before, (route.name, method)


def test_a_guest_creates_nothing(closed_firm, program_of):
    program, before = program_of(closed_firm.stranger), snapshot()
    assert program("POST", "people", {"name": "New"}).status_code == 403
    assert snapshot() == before


def test_absent_and_unseen_answer_alike(closed_firm, program_of):
    unseen = build(closed_firm.owner)
    absent = World(
        "people", 10**9, unseen.company_id, 10**9, unseen.note_id, unseen.change_id, unseen.file_id,
        batch_id=10**9, bulk_id=10**9, team_id=unseen.team_id,
    )  # fmt: skip
    program = program_of(closed_firm.colleague)
    for route, method in CASES:
        if route.name not in NOT_OF_A_RECORD:
            answers = [send(program, world, route, method) for world in (unseen, absent)]
            told = [(item.status_code, {**item.json(), "request_id": ""}) for item in answers]
            assert told[0] == told[1], (route.name, method)


@pytest.mark.parametrize("kind", ["revoked", "wrong", "none", "basic"])
def test_without_a_live_token_nothing_happens(closed_firm, program_of, kind):
    world = build(closed_firm.owner)
    program = program_of(closed_firm.owner)
    if kind == "revoked":
        with scope(closed_firm.workspace.pk):
            revoke_token(actor=closed_firm.owner, token_id=program.token.pk)
    secret = program.secret if kind == "revoked" else "amity_" + "x" * 43
    header = {"none": None, "basic": "Basic YTpi"}.get(kind, f"Bearer {secret}")
    extra = {"HTTP_AUTHORIZATION": header} if header else {}
    before = snapshot()
    for place, (route, method) in enumerate(CASES):
        # From many addresses: one that guesses so often is told to wait.
        response = Client(SERVER_NAME="127.0.0.1", REMOTE_ADDR=f"192.0.2.{place}").generic(
            method, f"/api/v1/{world.address(route)}", b"{}", content_type="application/json", **extra
        )
        expected = 302 if route.page and kind == "none" else 401
        assert response.status_code == expected, (route.name, method)
        assert not response.cookies
    assert snapshot() == before


def test_a_read_only_token_reads_and_never_writes(closed_firm, program_of):
    world = build(closed_firm.admin)
    with_webhook(world, closed_firm.admin)
    program, before = program_of(closed_firm.admin, read_only=True), snapshot()
    for route, method in CASES:
        response = send(program, world, route, method)
        if route.name == "batch":
            assert response.data["succeeded"] == 0
        else:
            assert response.status_code == (403 if method in WRITES else 200), (route.name, method)
        assert snapshot() == before, (route.name, method)


def test_a_browser_needs_the_csrf_token_to_write(closed_firm):
    world = build(closed_firm.admin)
    browser = Client(SERVER_NAME="127.0.0.1", enforce_csrf_checks=True)
    with_webhook(world, closed_firm.admin)
    browser.force_login(closed_firm.admin.user, backend="amity.foundation.accounts.signin.DelayedBackend")
    browser.get("/api/v1/me")  # the first request of a sign-in writes down whose it is
    before = snapshot()
    for route, method in CASES:
        body = b"{}" if method in WRITES else b""
        response = browser.generic(
            method, f"/api/v1/{world.address(route)}", body, content_type="application/json"
        )
        assert response.status_code == (403 if method in WRITES else 200), (route.name, method)
        if method in WRITES:
            assert response["Content-Type"] == "application/problem+json"
    assert snapshot() == before


def test_reading_methods_never_write(closed_firm, program_of):
    world = build(closed_firm.admin)
    with_webhook(world, closed_firm.admin)
    program, before = program_of(closed_firm.admin), snapshot()
    for route, method in CASES:
        for safe in ("GET", "HEAD", "OPTIONS") if method in WRITES else ():
            program(safe, world.address(route), None, x_http_method_override=method)
    assert snapshot() == before


def test_no_cookie_is_set_for_a_token(closed_firm, program_of):
    program = program_of(closed_firm.admin)
    assert not program("GET", "people").cookies
    assert not program("POST", "people", {"name": "A"}).cookies


def test_text_that_is_not_json_is_refused(closed_firm, program_of):
    program = program_of(closed_firm.admin)
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        response = program.client.post(
            "/api/v1/companies",
            b'{"name": "A"}',
            content_type=kind,
            HTTP_AUTHORIZATION=f"Bearer {program.secret}",
        )
        assert response.status_code == 415
    assert program("GET", "companies?count=exact").data["count"]["value"] == 0


def test_links_to_unseen_records_show_nowhere(closed_firm, program_of):
    world = build(closed_firm.owner)
    with scope(closed_firm.workspace.pk):
        people = spec_for(closed_firm.workspace, "people")
        update_record(
            actor=closed_firm.admin,
            spec=people,
            record_id=world.record_id,
            values={"owner": closed_firm.colleague.user_id},
        )
    program = program_of(closed_firm.colleague)
    place = f"people/{world.record_id}"
    assert program("GET", place).data["company"] is None
    assert program("GET", f"{place}/links/company").data["data"] == []
    assert program("GET", "people?expand=company").data["data"][0]["company"] is None
    program("PATCH", place, {"job_title": "x"})
    assert f'"company":{world.company_id}' not in program("GET", f"{place}/history").content.decode()
    assert Note.unscoped.count() == 1


def test_a_browser_with_the_csrf_token_may_write(closed_firm):
    browser = Client(SERVER_NAME="127.0.0.1", enforce_csrf_checks=True)
    browser.force_login(closed_firm.admin.user, backend="amity.foundation.accounts.signin.DelayedBackend")
    secret = "a" * 32
    browser.cookies[settings.CSRF_COOKIE_NAME] = secret
    response = browser.post(
        "/api/v1/companies", b'{"name": "A"}', content_type="application/json", HTTP_X_CSRFTOKEN=secret
    )
    assert (response.status_code, response.json()["title"]) == (201, "A")

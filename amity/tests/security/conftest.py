"""One firm full of canaries that belong to its owner, and browsers of everybody who must not hear them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from amity.engines.notify.centre import tell
from amity.engines.notify.mail import Letter, send_mail
from amity.engines.quality.models import DuplicatePair, Finding
from amity.engines.quality.rules import create_rule
from amity.engines.webhooks.messages import queue
from amity.engines.webhooks.services import create_webhook
from amity.foundation.accounts.actor import Actor
from amity.foundation.accounts.invitations import invite
from amity.foundation.accounts.models import Membership, Role, TeamMember
from amity.foundation.accounts.tokens import create_token
from amity.foundation.core.clock import now
from amity.foundation.core.models import Job
from amity.foundation.core.scope import scope
from amity.foundation.records.listing import Query
from amity.foundation.records.models import Change, Handover, Relation, SavedView, TakenOver
from amity.foundation.records.objects import spec_for
from amity.foundation.records.services import imports
from amity.foundation.records.services.batches import new_batch
from amity.foundation.records.services.bulk import bulk
from amity.foundation.records.services.bulk_change import FieldChange
from amity.foundation.records.services.consents import Said, save_purpose, set_consent
from amity.foundation.records.services.files import add_file
from amity.foundation.records.services.import_files import keep_file
from amity.foundation.records.services.notes import add_note
from amity.foundation.records.services.records import create_record, delete_record, update_record
from amity.foundation.records.services.schema import create_field, create_relation
from amity.foundation.records.services.shares import share_record
from amity.testing.world import Firm, add_person, add_team, refresh

BACKEND = "amity.foundation.accounts.signin.DelayedBackend"
CANARY = "Quokka"
WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE")
# Bookkeeping of the request itself: who is signed in, and how often somebody asked.
OWN_TABLES = (
    "django_session",
    "accounts_usersession",
    "core_ratelimit",
    "core_counter",
    "accounts_signinfailure",
)


@dataclass
class Planted:
    """The owner's things in one firm, all of them named after the canary."""

    firm: Firm
    ids: dict[str, Any] = field(default_factory=dict)
    manager: Actor | None = None


@pytest.fixture(autouse=True)
def _own_files(settings: Any, tmp_path: Any) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    settings.AMITY_HOME = tmp_path
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {**settings.STORAGES["default"], "OPTIONS": {"location": tmp_path / "files"}},
    }


@pytest.fixture
def planted(closed_firm: Firm) -> Planted:
    return plant(closed_firm)


@pytest.fixture
def firm_scope(planted: Planted) -> Iterator[None]:
    """The firm's workspace, open."""
    with scope(planted.firm.workspace.pk):
        yield


def plant(firm: Firm) -> Planted:
    """Put a canary into every kind of thing that belongs to one person."""
    found = Planted(firm)
    with scope(firm.workspace.pk):
        _plant_schema(firm, found.ids)
        _plant_records(firm, found.ids)
        _plant_firm(firm, found.ids)
        found.manager = add_person(firm.workspace, f"manager{firm.workspace.pk}@example.com", "manager")
    return found


def _plant_schema(firm: Firm, ids: dict[str, Any]) -> None:
    create_field(actor=firm.admin, object_key="people", type_name="file", label="Contract", key="contract")
    refresh(firm)
    create_relation(
        actor=firm.admin, from_object="people", to_object="companies", from_label="Advises", to_label="Advisers",
        from_many=True, to_many=True,
    )  # fmt: skip
    refresh(firm)
    purpose = save_purpose(actor=firm.admin, label="News", wording="News by e-mail", objects=["people"])
    refresh(firm)
    ids |= {"purpose_id": purpose.pk, "consent": f"consent_{purpose.key}"}
    ids["relation_id"] = Relation.unscoped.get(workspace=firm.workspace).pk
    people = spec_for(firm.workspace, "people")
    ids["relation"] = next(item.key for item in people.live_fields if item.relation_id)


def _plant_records(firm: Firm, ids: dict[str, Any]) -> None:
    owner = firm.owner
    people, companies = spec_for(firm.workspace, "people"), spec_for(firm.workspace, "companies")
    company = create_record(
        actor=owner, spec=companies, values={"name": f"{CANARY} Ltd", "tags": [f"{CANARY} tag"]}
    )
    values = {
        "name": f"Ana {CANARY}", "company": company, "emails": [f"{CANARY}@example.com"], ids["relation"]: [company],
        "tags": [f"{CANARY} tag"],
    }  # fmt: skip
    person = create_record(actor=owner, spec=people, values=values)
    ids["batch_id"] = batch = new_batch(owner, CANARY)
    job = {"job_title": f"{CANARY} keeper"}
    update_record(actor=owner, spec=people, record_id=person, values=job, batch_id=batch)
    program = replace(owner, source="api", origin=f"api:{CANARY} shop")
    other = {"job_title": f"{CANARY} feeder"}
    update_record(actor=program, spec=people, record_id=person, values=other, ask=True)
    trashed = create_record(actor=owner, spec=people, values={"name": f"Gone {CANARY}"})
    delete_record(actor=owner, spec=people, record_id=trashed)
    twin = create_record(actor=owner, spec=people, values={"name": f"A. {CANARY}"})
    pair = DuplicatePair.unscoped.create(
        workspace=firm.workspace, object_type_id=people.type_id, first_id=person, second_id=twin, chance=0.9,
        reasons=["name"],
    )  # fmt: skip
    said = Said("paper", f"Form of {CANARY}", ("companies", company))
    set_consent(actor=owner, spec=people, record_id=person, field=ids["consent"], verdict="given", said=said)
    Finding.unscoped.create(
        workspace=firm.workspace, object_type_id=people.type_id, record_id=person, kind="made_up", weight=100,
        code="keyboard", field="job_title", digest="x",
    )  # fmt: skip
    note = add_note(actor=owner, spec=people, record_id=person, body=f"About {CANARY}")
    upload = SimpleUploadedFile(f"{CANARY}.txt", b"Quokka inside")
    stored = add_file(actor=owner, spec=people, record_id=person, upload=upload)
    view = SavedView.unscoped.create(
        workspace=firm.workspace, object_type_id=people.type_id, name=f"{CANARY} view", config={},
        owner_id=owner.user_id, created_by_id=owner.user_id,
    )  # fmt: skip
    tags = [FieldChange("tags", "add", [f"{CANARY} more"])]
    changed = bulk(actor=owner, spec=people, which=Query(ids=(person,)), action="edit", changes=tags)
    handover = Handover.objects.create(
        workspace=firm.workspace, actor=owner.user, from_user=owner.user, kind="take", state="done", total=1, changed=1,
        batch_id=new_batch(owner, CANARY), results={"source": "page"},
    )  # fmt: skip
    TakenOver.objects.create(
        workspace=firm.workspace, object_type_id=people.type_id, record_id=person, run=handover, to_user=owner.user,
        touched_at=now(),
    )  # fmt: skip
    path = keep_file([f"Name,E-mail\nBo {CANARY},bo{CANARY}@example.com\n".encode()])
    run = imports.start_draft(actor=owner, spec=people, file_name=f"{CANARY}.csv", path=path)
    change = Change.unscoped.filter(record_id=person, object_type_id=people.type_id).latest("pk")
    ids["document"] = "first-steps"
    ids |= {
        "key": "people", "object_key": "people", "record_id": person, "trashed_id": trashed, "company_id": company,
        "target_id": company, "note_id": note.pk, "pair_id": pair.pk, "file_id": stored.pk, "view_id": view.pk,
        "run_id": run.pk, "bulk_id": changed.pk,
        "handover_id": handover.pk, "user_id": owner.user_id,
        "change_id": change.pk, "name": "job_title", "field_key": "contract", "user_key": "MQ", "token": "x",
    }  # fmt: skip


def _plant_firm(firm: Firm, ids: dict[str, Any]) -> None:
    team = add_team(firm.workspace, f"{CANARY} team")
    TeamMember.unscoped.create(workspace=firm.workspace, team=team, user_id=firm.admin.user_id)
    people = spec_for(firm.workspace, "people")
    shared = share_record(
        actor=firm.owner, spec=people, record_id=ids["record_id"], level="see", team_id=team.pk, why=CANARY
    )
    invitation, _secret = invite(actor=firm.admin, email=f"{CANARY}-new@example.com", role_key="member")
    told = tell(
        workspace_id=firm.workspace.pk, user_id=firm.owner.user_id or 0, kind="import_ended", group="canary",
        data={"file": f"{CANARY}.csv", "state": "done"},
    )  # fmt: skip
    letter = Letter(to=f"{CANARY}@example.com", subject=f"About {CANARY}", text=f"Dear {CANARY}")
    mailed = send_mail(letter, workspace_id=firm.workspace.pk, kind="test")
    token, _secret = create_token(actor=firm.owner, user_id=firm.owner.user_id or 0, name=f"{CANARY} token")
    hook, _secret = create_webhook(actor=firm.admin, name=f"{CANARY} hook", url="https://example.com/")
    message = queue(hook, "test", {"message": CANARY})
    people = spec_for(firm.workspace, "people")
    tree = {"field": "department", "op": "is", "value": CANARY}
    rule = create_rule(actor=firm.admin, spec=people, name=f"{CANARY} rule", filter=tree)
    job = Job.objects.filter(workspace_id=firm.workspace.pk).first()
    ids |= {
        "notification_id": told.pk if told else 0, "mail_id": mailed.pk,
        "webhook_id": hook.pk, "delivery_id": message.pk, "share_id": shared.pk, "rule_id": rule.pk,
        "team_id": team.pk, "invitation_id": invitation.pk, "token_id": token.pk, "session_id": 10**6,
        "member_id": Membership.unscoped.get(workspace=firm.workspace, user_id=firm.owner.user_id).pk,
        "role_id": Role.unscoped.get(workspace=firm.workspace, key="member").pk, "job_id": job.pk if job else 10**6,
    }  # fmt: skip


def browser_of(actor: Actor | None, **extra: Any) -> Client:
    """A browser signed in as that person, or as nobody."""
    host = actor.workspace.host if actor and actor.workspace.host else "127.0.0.1"
    client = Client(SERVER_NAME=host, raise_request_exception=True, **extra)
    if actor:
        assert actor.user
        client.force_login(actor.user, backend=BACKEND)
    return client


@contextmanager
def no_writes(what: object = "") -> Iterator[list[str]]:
    """Fails when a statement writes to a table that is more than the request's own bookkeeping."""
    seen: list[str] = []

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        answer = execute(sql, params, many, context)
        wrote = context["cursor"].rowcount != 0  # an UPDATE that found no row is none
        if wrote and sql.lstrip().upper().startswith(WRITES) and not any(name in sql for name in OWN_TABLES):
            seen.append(sql[:200])
        return answer

    with connection.execute_wrapper(watch):
        yield seen
    assert seen == [], what


def body_of(response: Any) -> str:
    """Everything an answer says, headers too."""
    content = b"".join(response.streaming_content) if response.streaming else response.content
    return content.decode(errors="replace") + str(dict(response.items()))

"""Every settings address and who may use it; a refusal changes nothing."""

from __future__ import annotations

import pytest
from django.apps import apps

from amity.engines.notify.mail import Letter, send_mail
from amity.engines.web.settings.urls import urlpatterns
from amity.engines.webhooks.messages import queue
from amity.engines.webhooks.services import create_webhook
from amity.foundation.accounts import invitations
from amity.foundation.accounts.models import Membership, Role, Team, User
from amity.foundation.accounts.services import save_team
from amity.foundation.core.scope import scope
from amity.foundation.records.services import schema
from amity.foundation.records.services.consents import save_purpose

EVERYBODY = {
    "", "profile/", "appearance/", "password/", "sessions/", "sessions/<int:session_id>/end/", "tokens/",
    "tokens/<int:token_id>/revoke/", "view-as/stop/", "notifications/",
}  # fmt: skip
ALL = [str(item.pattern) for item in urlpatterns]
ADMIN_ONLY = [pattern for pattern in ALL if pattern not in EVERYBODY]


def row_counts() -> dict[str, int]:
    ours = [model for model in apps.get_models() if model.__module__.startswith("amity.")]
    skip = {"UserSession"}
    return {
        model.__name__: (model.unscoped if hasattr(model, "unscoped") else model.objects).count()
        for model in ours
        if model.__name__ not in skip
    }


@pytest.fixture
def world(closed_firm):
    """A team, an invitation, an object with a field, a relation and a second role."""
    admin = closed_firm.admin
    with scope(closed_firm.workspace.pk):
        team = save_team(actor=admin, name="North")
        made, _secret = invitations.invite(actor=admin, email="new@example.com", role_key="member")
        schema.create_object(actor=admin, label="Pupil", plural="Pupils")
        schema.refresh(admin)
        schema.create_field(actor=admin, object_key="pupils", type_name="text", label="Class")
        schema.refresh(admin)
        relation = schema.create_relation(
            actor=admin, from_object="pupils", to_object="people", from_label="Parents", to_label="Children"
        )
        purpose = save_purpose(actor=admin, label="News", wording="Yes.", objects=["people"])
        member = Membership.objects.get(user=closed_firm.colleague.user)
        role = Role.objects.get(key="guest")
        letter = Letter(to="a@example.com", subject="Hello", text="Text")
        mailed = send_mail(letter, workspace_id=closed_firm.workspace.pk, kind="test")
        hook, _secret = create_webhook(actor=admin, name="Books", url="https://example.com/")
        message = queue(hook, "test", {})
    closed_firm.ids = {
        "<int:team_id>": team.pk, "<int:invitation_id>": made.pk, "<slug:key>": "pupils",
        "<slug:field_key>": "class", "<int:relation_id>": relation.pk, "<int:member_id>": member.pk,
        "<int:role_id>": role.pk, "<int:job_id>": 1, "<int:session_id>": 1, "<int:token_id>": 1,
        "<int:purpose_id>": purpose.pk, "<int:mail_id>": mailed.pk, "<int:webhook_id>": hook.pk, "<int:delivery_id>": message.pk,
    }  # fmt: skip
    return closed_firm


def url_of(world, pattern: str) -> str:
    for part, value in world.ids.items():
        pattern = pattern.replace(part, str(value))
    assert "<" not in pattern, pattern
    return f"/settings/{pattern}"


@pytest.mark.parametrize("pattern", ADMIN_ONLY)
def test_only_administrators_come_in(world, client_of, client, pattern):
    manager = User.objects.get(pk=world.colleague.user.pk)
    Membership.unscoped.filter(user=manager).update(
        role=Role.unscoped.get(workspace=world.workspace, key="manager")
    )
    url = url_of(world, pattern)
    people = [client_of(world.owner), client_of(world.colleague), client_of(world.stranger)]
    before = row_counts()
    for someone in people:
        assert {someone.get(url).status_code, someone.post(url, {"label": "X", "name": "X"}).status_code} <= {
            403,
            405,
        }
        assert (
            someone.post(url, {"label": "X", "name": "X"}).status_code == 403
            or someone.get(url).status_code == 403
        )
    for answer in (client.get(url), client.post(url)):
        assert answer.status_code in (302, 405)
        assert answer.get("Location", "/sign-in/").startswith("/sign-in/")
    assert row_counts() == before


@pytest.mark.parametrize("pattern", ALL)
def test_administrators_reach_every_page(world, client_of, pattern):
    answer = client_of(world.admin).get(url_of(world, pattern))
    assert answer.status_code in (200, 302, 405)


@pytest.mark.parametrize("pattern", sorted(EVERYBODY))
def test_own_pages_are_everybodys_but_not_strangers(world, client_of, client, pattern):
    assert client_of(world.stranger).get(url_of(world, pattern)).status_code in (200, 302, 405)
    answer = client.get(url_of(world, pattern))
    assert answer.status_code == 405 or answer["Location"].startswith("/sign-in/")


@pytest.mark.parametrize("pattern", ALL)
def test_looking_as_somebody_changes_nothing(world, client_of, pattern):
    client = client_of(world.admin)
    member_id = world.ids["<int:member_id>"]
    assert client.post(f"/settings/people/{member_id}/view-as/").status_code == 302
    if pattern == "view-as/stop/":
        return
    before = row_counts()
    sent = {
        "name": "X",
        "label": "X",
        "plural": "Xs",
        "theme": "dark",
        "old_password": "correct horse 7",
        "new_password": "x" * 12,
    }
    answer = client.post(url_of(world, pattern), sent)
    assert answer.status_code in (302, 403, 405, 422)
    assert row_counts() == before
    assert User.objects.get(pk=world.colleague.user.pk).theme == "system"


def test_looking_as_somebody_shows_it_and_stops(world, client_of):
    client = client_of(world.admin)
    client.post(f"/settings/people/{world.ids['<int:member_id>']}/view-as/")
    text = client.get("/settings/profile/").content.decode()
    assert "You see what Colleague sees" in text
    assert client.get("/settings/people/").status_code == 403
    assert client.post("/settings/view-as/stop/").status_code == 302
    assert client.get("/settings/people/").status_code == 200


def test_members_cannot_look_as_somebody(world, client_of):
    client = client_of(world.owner)
    session = client.session
    session["view_as"] = world.admin.user.pk
    session.save()
    assert client.get("/settings/people/").status_code == 403


def test_ids_of_another_firm_are_unknown(world, client_of, other_firm):
    client = client_of(world.admin)
    foreign = Membership.unscoped.get(user=other_firm.owner.user)
    with scope(other_firm.workspace.pk):
        team = save_team(actor=other_firm.admin, name="Theirs")
    role = Role.unscoped.get(workspace=other_firm.workspace, key="member")
    for url in (f"people/{foreign.pk}/", f"teams/{team.pk}/", f"roles/{role.pk}/"):
        assert client.get(f"/settings/{url}").status_code == 404
        assert client.post(f"/settings/{url}", {"name": "X", "label": "X"}).status_code == 404
    assert Team.unscoped.get(pk=team.pk).name == "Theirs"

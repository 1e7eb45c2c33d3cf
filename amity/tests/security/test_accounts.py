"""Ways in: links that were used or outlived their maker, people of two firms, sessions, queued work, headers."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client

from amity.foundation.accounts.invitations import accept, find, invite
from amity.foundation.accounts.members import end_member_access, set_active, set_role
from amity.foundation.accounts.models import Membership, User, UserSession
from amity.foundation.accounts.resets import find_user, link_for_member, link_path, set_password
from amity.foundation.accounts.services import add_member
from amity.foundation.accounts.sessions import sessions_of
from amity.foundation.accounts.tokens import create_token
from amity.foundation.core.errors import Denied
from amity.foundation.core.scope import scope
from amity.foundation.records.models import ImportRun
from amity.foundation.records.services import imports
from amity.testing.world import PASSWORD, Firm, add_person
from amity.tests.security.conftest import BACKEND, Planted, browser_of

pytestmark = pytest.mark.django_db


def member_of(firm: Firm, actor: Any) -> Membership:
    return Membership.unscoped.get(workspace=firm.workspace, user_id=actor.user_id)


def test_an_old_invitation_gives_nothing_back(closed_firm: Firm) -> None:
    """Neither a role that was taken since, nor a way in for whoever was switched off after inviting."""
    with scope(closed_firm.workspace.pk):
        second = add_person(closed_firm.workspace, "boss@example.com", "admin")
        _made, own = invite(actor=second, email="secret-friend@example.com", role_key="admin")
        _made, early = invite(actor=closed_firm.admin, email="late@example.com", role_key="admin")
        late = add_member(
            workspace=closed_firm.workspace, email="late@example.com", role_key="member", name="Late"
        )
        set_role(actor=closed_firm.admin, member_id=late.pk, role_key="guest")
        set_active(actor=closed_firm.admin, member_id=member_of(closed_firm, second).pk, active=False)
    assert find(own) is None
    assert find(early) is None


def test_an_invitation_opens_once(closed_firm: Firm, rf: Any) -> None:
    with scope(closed_firm.workspace.pk):
        _made, secret = invite(actor=closed_firm.admin, email="new@example.com", role_key="guest")
    accept(request=rf.post("/"), token=secret, name="New", password=PASSWORD)
    assert find(secret) is None


def test_no_administrator_takes_over_somebody_of_another_firm(closed_firm: Firm, other_firm: Firm) -> None:
    """The new password would open the other firm as well."""
    email = other_firm.admin.user.email  # type: ignore[union-attr]
    shared = add_member(workspace=closed_firm.workspace, email=email, role_key="guest")
    with scope(closed_firm.workspace.pk), pytest.raises(Denied):
        link_for_member(actor=closed_firm.admin, member_id=shared.pk)


@pytest.mark.parametrize("deed", ["disable", "role", "end"])
def test_an_administrator_ends_sessions_of_the_own_firm_alone(
    closed_firm: Firm, other_firm: Firm, deed: str
) -> None:
    """One person of two firms, signed in at both; what one firm does is nothing to the other."""
    shared = closed_firm.owner
    with scope(other_firm.workspace.pk):
        add_member(workspace=other_firm.workspace, email=shared.user.email, role_key="member")
    here, there = browser_of(shared), Client(SERVER_NAME=other_firm.workspace.host)
    there.force_login(shared.user, backend=BACKEND)
    assert [browser.get("/people/").status_code for browser in (here, there)] == [200, 200]
    assert len(sessions_of(shared.user)) == 2  # type: ignore[arg-type]
    assert len(sessions_of(shared.user, workspace_id=closed_firm.workspace.pk)) == 1  # type: ignore[arg-type]
    with scope(closed_firm.workspace.pk):
        member = member_of(closed_firm, shared)
        if deed == "disable":
            set_active(actor=closed_firm.admin, member_id=member.pk, active=False)
        elif deed == "role":
            set_role(actor=closed_firm.admin, member_id=member.pk, role_key="guest")
        else:
            end_member_access(actor=closed_firm.admin, member_id=member.pk)
    assert here.get("/people/")["Location"].startswith("/sign-in/")
    assert there.get("/people/").status_code == 200
    assert UserSession.objects.filter(user=shared.user).count() == 1


def test_a_cookie_of_one_firm_opens_no_other(closed_firm: Firm, other_firm: Firm) -> None:
    """Else a sign-in that one firm has ended would go on with the cookie of the other."""
    shared = closed_firm.owner
    with scope(other_firm.workspace.pk):
        add_member(workspace=other_firm.workspace, email=shared.user.email, role_key="member")
    there = Client(SERVER_NAME=other_firm.workspace.host)
    there.force_login(shared.user, backend=BACKEND)
    assert there.get("/people/").status_code == 200
    answer = there.get("/people/", SERVER_NAME="127.0.0.1")
    assert (answer.status_code, answer["Location"][:9]) == (302, "/sign-in/")
    assert there.get("/api/v1/people", SERVER_NAME="127.0.0.1").status_code == 401
    assert there.get("/people/").status_code == 200
    words = {"email": shared.user.email, "password": PASSWORD}
    assert there.post("/sign-in/", words, SERVER_NAME="127.0.0.1").status_code == 302
    assert there.get("/people/", SERVER_NAME="127.0.0.1").status_code == 200


def test_a_reset_link_works_once_and_ends_everything(closed_firm: Firm) -> None:
    user = closed_firm.owner.user
    assert user
    with scope(closed_firm.workspace.pk):
        _token, secret = create_token(actor=closed_firm.owner, user_id=user.pk, name="x")
    browser = browser_of(closed_firm.owner)
    key, token = link_path(user).strip("/").split("/")[1:]
    set_password(user=user, password="another horse 8", by=user)
    assert find_user(key, token) is None
    assert browser.get("/people/")["Location"].startswith("/sign-in/")
    program = Client(SERVER_NAME="127.0.0.1", headers={"authorization": f"Bearer {secret}"})
    assert program.get("/api/v1/me").status_code == 401


@pytest.mark.parametrize("deed", ["disable", "role", "user"])
def test_whoever_is_cut_off_is_out_everywhere_at_once(planted: Planted, deed: str) -> None:
    """Pages, programs, and the job they left in the queue."""
    firm, owner = planted.firm, planted.firm.owner
    member = member_of(firm, owner)
    run = ImportRun.unscoped.get(pk=planted.ids["run_id"])
    browser = browser_of(owner)
    with scope(firm.workspace.pk):
        _token, secret = create_token(actor=owner, user_id=owner.user_id or 0, name="x")
        imports.begin(actor=owner, run=run)
        if deed == "disable":
            set_active(actor=firm.admin, member_id=member.pk, active=False)
        elif deed == "role":
            set_role(actor=firm.admin, member_id=member.pk, role_key="guest")
        else:
            User.objects.filter(pk=owner.user_id).update(is_active=False)
        imports.import_job.func(run.pk)
        run.refresh_from_db()
    assert run.created == 0
    program = Client(SERVER_NAME="127.0.0.1", headers={"authorization": f"Bearer {secret}"})
    assert program.get("/api/v1/me").status_code == 401
    assert browser.get("/people/").status_code == 302
    assert browser.post("/people/new/", {"name": "x"}).status_code in (302, 403)


def test_the_first_run_is_closed_once_somebody_is_here(closed_firm: Firm, settings: Any) -> None:
    answer = Client(SERVER_NAME="127.0.0.1").post("/welcome/", {"key": "x", "email": "a@example.com"})
    assert (answer.status_code, answer["Location"]) == (302, "/sign-in/")
    assert not (settings.AMITY_HOME / "setup.key").exists()


def test_secrets_stay_out_of_answers_and_logs(
    planted: Planted, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    owner = planted.firm.owner
    with scope(planted.firm.workspace.pk):
        _token, secret = create_token(actor=owner, user_id=owner.user_id or 0, name="x")
    told = ""
    with caplog.at_level(logging.DEBUG):
        for browser in (browser_of(owner), browser_of(planted.firm.admin)):
            for path in (
                "/settings/tokens/",
                "/settings/people/",
                "/settings/log/",
                "/settings/sessions/",
                "/api/v1/me",
            ):
                told += browser.get(path).content.decode()
        Client(SERVER_NAME="127.0.0.1").post("/sign-in/", {"email": "x@example.com", "password": PASSWORD})
        program = Client(SERVER_NAME="127.0.0.1", headers={"authorization": f"Bearer {secret}x"})
        told += program.get("/api/v1/me").content.decode()
    told += "".join(record.getMessage() for record in caplog.records if record.name != "django.db.backends")
    told += "".join(capsys.readouterr())
    user = User.objects.get(pk=owner.user_id)
    for word in (secret, user.password, PASSWORD, django_settings.SECRET_KEY, "argon2"):
        assert word not in told


PAGES = ("/", "/sign-in/", "/people/", "/people/999999/", "/nowhere/", "/settings/firm/", "/api/v1/people", "/api/v1/docs",
         "/api/v1/nowhere", "/import/", "/static/web/css/imports.css", "/reset/x/y/", "/healthz")  # fmt: skip


@pytest.mark.parametrize("who", ["nobody", "guest", "admin"])
def test_every_answer_carries_its_armour(closed_firm: Firm, who: str) -> None:
    actor = {"nobody": None, "guest": closed_firm.stranger, "admin": closed_firm.admin}[who]
    browser = browser_of(actor)
    for page in PAGES:
        answer = browser.get(page)
        assert answer["X-Content-Type-Options"] == "nosniff", page
        assert answer["Referrer-Policy"] == "same-origin", page
        if page.startswith("/static/"):
            continue
        policy = answer["Content-Security-Policy"]
        assert "unsafe" not in policy, page
        assert "frame-ancestors 'none'" in policy, page
        assert "object-src 'none'" in policy, page
        for cookie in answer.cookies.values():
            assert cookie["httponly"], (page, cookie.key)
            assert cookie["samesite"] in ("Lax", "Strict"), (page, cookie.key)
        if actor and answer.status_code == 200 and page != "/healthz":
            assert "private" in answer["Cache-Control"] or "no-store" in answer["Cache-Control"], page

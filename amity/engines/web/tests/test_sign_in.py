"""Coming in: right and wrong passwords, guessing, links that work once, and the first run."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from amity.engines.notify import mail
from amity.foundation.accounts import invitations, resets, setup
from amity.foundation.accounts.models import (
    Invitation,
    Membership,
    SignInFailure,
    User,
    UserSession,
    Workspace,
)
from amity.foundation.core.jobs.worker import run_pending
from amity.foundation.core.scope import scope

PASSWORD = "correct horse 7"


def browser(address: str = "127.0.0.1") -> Client:
    return Client(SERVER_NAME="127.0.0.1", REMOTE_ADDR=address)


def sign_in(client: Client, email: str, password: str, **more: str):
    return client.post("/sign-in/", {"email": email, "password": password, **more})


@pytest.mark.parametrize("email", ["owner@example.com", "  OWNER@Example.com "])
def test_right_password_opens_a_session(closed_firm, email):
    client = browser()
    answer = sign_in(client, email, PASSWORD)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert client.get("/sign-in/")["Location"] == "/"
    assert UserSession.objects.get().user.email == "owner@example.com"


@pytest.mark.parametrize("email", ["owner@example.com", "nobody@example.com"])
def test_wrong_password_says_the_same_for_known_and_unknown(closed_firm, email):
    answer = sign_in(browser(), email, "wrong")
    assert answer.status_code == 422
    assert "do not belong together" in answer.content.decode()
    assert UserSession.objects.count() == 0


def test_empty_fields_are_told_at_the_field(closed_firm):
    answer = sign_in(browser(), "", "")
    assert answer.status_code == 422
    assert "Enter your e-mail address" in answer.content.decode()


@pytest.mark.parametrize(
    "evil", ["//evil.test", "https://evil.test/", "/\\evil.test", "javascript:alert(1)", "\t//evil.test"]
)
def test_next_stays_here(closed_firm, evil):
    assert sign_in(browser(), "owner@example.com", PASSWORD, next=evil)["Location"] == "/"


def test_next_leads_back(closed_firm):
    answer = sign_in(browser(), "owner@example.com", PASSWORD, next="/people/?q=a")
    assert answer["Location"] == "/people/?q=a"


def test_session_id_changes_at_sign_in(closed_firm):
    client = browser()
    client.get("/sign-in/")
    session = client.session
    session["planted"] = True
    session.save()
    before = session.session_key
    client.cookies[next(iter(client.cookies))] = before
    sign_in(client, "owner@example.com", PASSWORD)
    assert client.session.session_key != before


def test_guessing_an_account_is_slowed_and_a_known_browser_is_not(closed_firm):
    owner = browser("10.0.0.1")
    sign_in(owner, "owner@example.com", PASSWORD)
    for place in range(5):
        assert sign_in(browser(f"10.1.0.{place}"), "owner@example.com", "wrong").status_code == 422
    refused = sign_in(browser("10.2.0.1"), "owner@example.com", PASSWORD)
    assert refused.status_code == 429
    assert 1 <= int(refused["Retry-After"]) <= 60
    assert "wait" in refused.content.decode()
    owner.post("/sign-out/")
    assert sign_in(owner, "owner@example.com", PASSWORD).status_code == 302


def test_delay_grows_to_a_minute_and_ends(closed_firm):
    for _turn in range(5):
        sign_in(browser(), "owner@example.com", "wrong")
    row = SignInFailure.objects.get(key__startswith="account:")
    waits = []
    for count in (5, 6, 7, 8, 30):
        SignInFailure.objects.filter(pk=row.pk).update(count=count, last_at=timezone.now())
        waits.append(int(sign_in(browser("10.0.0.9"), "owner@example.com", PASSWORD)["Retry-After"]))
    assert waits == [1, 2, 4, 8, 60]
    SignInFailure.objects.filter(pk=row.pk).update(count=30, last_at=timezone.now() - timedelta(seconds=61))
    assert sign_in(browser("10.0.0.9"), "owner@example.com", PASSWORD).status_code == 302


def test_spraying_from_one_address_is_slowed(closed_firm):
    answers = [sign_in(browser("10.9.9.9"), f"user{n}@example.com", "wrong").status_code for n in range(21)]
    assert answers == [422] * 20 + [429]


def test_letters_typed_otherwise_are_the_same_password(closed_firm):
    user = User.objects.get(email="owner@example.com")
    user.set_password("ﬁne café horse")
    user.save()
    assert sign_in(browser(), "owner@example.com", "fine cafe\u0301 horse").status_code == 302


def test_long_passwords_are_not_cut(closed_firm):
    user = User.objects.get(email="owner@example.com")
    user.set_password("x" * 72 + "right")
    user.save()
    assert sign_in(browser(), "owner@example.com", "x" * 72 + "wrong").status_code == 422
    assert sign_in(browser(), "owner@example.com", "y" * 5000).status_code == 422
    assert sign_in(browser(), "owner@example.com", "x" * 72 + "right").status_code == 302


def test_sign_out_takes_a_post(client_of, closed_firm):
    client = client_of(closed_firm.owner)
    assert client.get("/sign-out/").status_code == 405
    assert client.post("/sign-out/")["Location"] == "/sign-in/"
    assert UserSession.objects.count() == 0


def test_reset_link_works_once(closed_firm, client_of):
    old = client_of(closed_firm.owner)
    path = resets.link_path(User.objects.get(email="owner@example.com"))
    assert browser().get(path).status_code == 200
    weak = browser().post(path, {"password": "password"})
    assert weak.status_code == 422
    assert "too common" in weak.content.decode()
    assert browser().post(path, {"password": "a new one entirely"})["Location"] == "/sign-in/"
    assert browser().get(path).status_code == 410
    assert old.get("/settings/profile/")["Location"].startswith("/sign-in/")
    assert sign_in(browser(), "owner@example.com", "a new one entirely").status_code == 302


def test_reset_link_dies_after_an_hour(closed_firm, settings):
    path = resets.link_path(User.objects.get(email="owner@example.com"))
    settings.PASSWORD_RESET_TIMEOUT = -1
    assert browser().get(path).status_code == 410


@pytest.mark.parametrize(
    "path", ["/reset/x/y/", "/reset/MQ/a-b/", "/reset/OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5/a-b/", "/invite/none/"]
)
def test_bad_links_are_gone(closed_firm, path):
    assert browser().get(path).status_code == 410
    assert browser().post(path, {"password": "a new one entirely"}).status_code == 410


def test_forgot_without_mail_names_the_administrator(closed_firm, settings):
    settings.EMAIL_HOST = ""
    assert "administrator" in browser().get("/sign-in/forgot/").content.decode()


def test_forgot_answers_alike_for_everybody(closed_firm, settings):
    settings.EMAIL_HOST = "mail.test"
    texts = [
        browser().post("/sign-in/forgot/", {"email": email}).content.decode().replace(email, "X")
        for email in ("owner@example.com", "nobody@example.com")
    ]
    texts = [re.sub(r'"[A-Za-z0-9]{64}"|value="[^"]*"|X-CSRFToken":"[^"]*', "", text) for text in texts]
    assert texts[0] == texts[1]


def test_mail_carries_a_working_link(closed_firm, settings, monkeypatch):
    settings.EMAIL_HOST = "mail.test"
    sent = []
    monkeypatch.setattr(mail, "deliver", lambda server, envelope, claim: claim() and sent.append(envelope))
    for email in ("owner@example.com", "nobody@example.com"):
        assert browser().post("/sign-in/forgot/", {"email": email}).status_code == 200
    run_pending()
    assert [envelope.to for envelope in sent] == ["owner@example.com"]
    path = re.search(r"/reset/\S+", sent[0].data.decode())[0]
    assert browser().get(path).status_code == 200


def make_invitation(firm, email="new@example.com"):
    with scope(firm.workspace.pk):
        return invitations.invite(actor=firm.admin, email=email, role_key="member")


def test_invitation_lets_in_once(closed_firm):
    _made, secret = make_invitation(closed_firm)
    path = f"/invite/{secret}/"
    assert "Acme" in browser().get(path).content.decode()
    assert browser().post(path, {"name": "", "password": PASSWORD}).status_code == 422
    client = browser()
    assert client.post(path, {"name": "New One", "password": PASSWORD}).status_code == 302
    assert Membership.unscoped.get(user__email="new@example.com").role.key == "member"
    assert client.get("/settings/profile/").status_code == 200
    assert browser().post(path, {"name": "Again", "password": PASSWORD}).status_code == 410


def test_invitation_ends_after_a_week(closed_firm):
    made, secret = make_invitation(closed_firm)
    Invitation.unscoped.filter(pk=made.pk).update(created_at=timezone.now() - timedelta(days=7, minutes=1))
    assert browser().get(f"/invite/{secret}/").status_code == 410


def test_invitation_of_a_known_person_needs_their_password(closed_firm, other_firm):
    _made, secret = make_invitation(closed_firm, "owner1@example.com")
    path = f"/invite/{secret}/"
    assert browser().post(path, {"password": "wrong"}).status_code == 422
    assert not Membership.unscoped.filter(
        workspace=closed_firm.workspace, user__email="owner1@example.com"
    ).exists()
    assert browser().post(path, {"password": PASSWORD}).status_code == 302
    assert Membership.unscoped.filter(
        workspace=closed_firm.workspace, user__email="owner1@example.com"
    ).exists()


GOOD = {
    "name": "Ada", "email": "ada@example.com", "password": "correct horse 7", "firm": "Lovelace Ltd",
    "country": "TR", "currency": "TRY", "language": "tr", "zone": "Europe/Istanbul",
}  # fmt: skip


@pytest.fixture
def home(settings, tmp_path):
    settings.AMITY_HOME = tmp_path
    return tmp_path


@pytest.mark.django_db
def test_a_new_installation_leads_to_welcome(home):
    setup.setup_key()
    assert browser().get("/sign-in/")["Location"] == "/welcome/"
    assert "Setup key" in browser().get("/welcome/").content.decode()
    assert browser().get("/welcome/?key=guess").status_code == 403
    assert (home / "setup.key").stat().st_mode & 0o777 == 0o600


@pytest.mark.django_db
def test_welcome_guesses_the_place(home):
    answer = browser().get(
        f"/welcome/?key={setup.setup_key()}", headers={"accept-language": "de-CH,de;q=0.9"}
    )
    assert '<option value="CH" selected>' in answer.content.decode()
    assert '<option value="CHF" selected>' in answer.content.decode()


@pytest.mark.django_db
def test_welcome_makes_the_workspace_and_signs_in(home):
    client, key = browser(), setup.setup_key()
    answer = client.post("/welcome/", {"key": key, **GOOD})
    assert answer["Location"] == "/welcome/next/"
    made = Workspace.objects.get()
    assert (made.name, made.country, made.currency, made.language, made.zone) == (
        "Lovelace Ltd", "TR", "TRY", "tr", "Europe/Istanbul",
    )  # fmt: skip
    assert Membership.unscoped.get().role.admin
    assert client.get("/welcome/next/").status_code == 200
    assert not (home / "setup.key").exists()
    assert browser().get(f"/welcome/?key={key}")["Location"] == "/sign-in/"
    assert (
        browser().post("/welcome/", {"key": key, **GOOD, "email": "eve@example.com"})["Location"]
        == "/sign-in/"
    )
    assert User.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"password": "short"}, "at least 8"),
        ({"email": "nonsense"}, "valid e-mail"),
        ({"firm": ""}, "name of your firm"),
    ],
)
def test_welcome_tells_at_the_field_and_keeps_what_was_typed(home, change, text):
    answer = browser().post("/welcome/", {"key": setup.setup_key(), **GOOD, **change})
    assert answer.status_code == 422
    assert text in answer.content.decode()
    assert 'value="Ada"' in answer.content.decode()
    assert User.objects.count() == 0


@pytest.mark.django_db
def test_welcome_refuses_without_the_key(home):
    assert browser().post("/welcome/", {"key": "guess", **GOOD}).status_code == 403
    assert User.objects.count() == 0

"""What goes over the wire: cookies by https, headers that lie, giant bodies, and secrets in any answer or log."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.conf import settings as django_settings
from django.test import Client

import amity
from amity.foundation.accounts.models import ApiToken, Invitation, User
from amity.foundation.accounts.tokens import create_token
from amity.foundation.core.scope import scope
from amity.foundation.records.models import StoredFile
from amity.testing.world import PASSWORD
from amity.tests.security.conftest import Planted, body_of, browser_of, no_writes
from amity.tests.security.test_routes import RULE_OF, address, refused

pytestmark = pytest.mark.django_db
ROOT = Path(amity.__file__).parent.parent
COOKIES = ("SESSION_COOKIE_NAME", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_NAME", "CSRF_COOKIE_SECURE",
           "SECURE_HSTS_SECONDS", "SECURE_PROXY_SSL_HEADER")  # fmt: skip


@pytest.fixture
def by_https(settings: Any, tmp_path: Path) -> None:
    """The settings of an installation whose AMITY_URL is https, as its own process reads them."""
    code = f"import orjson, config.settings as s; print(orjson.dumps({{k: getattr(s, k) for k in {COOKIES}}}).decode())"
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT,
        env={**os.environ, "AMITY_URL": "https://crm.example.com", "AMITY_HOME": str(tmp_path)},
    )  # fmt: skip
    for name, value in orjson.loads(found.stdout).items():
        setattr(settings, name, value)


@pytest.mark.usefixtures("by_https")
def test_every_cookie_by_https_belongs_to_this_host_alone(planted: Planted) -> None:
    browser = Client(SERVER_NAME="127.0.0.1")
    seen = {}
    words = {"email": planted.firm.admin.user.email, "password": PASSWORD}  # type: ignore[union-attr]
    answers = [browser.get("/sign-in/", secure=True), browser.post("/sign-in/", words, secure=True)]
    answers += [
        browser.get(address(route, planted.ids), secure=True)
        for route, rule in RULE_OF.items()
        if rule in ("public", "member", "record") and route != "sign-out/"
    ]
    answers.append(browser.post("/sign-out/", secure=True))
    for answer in answers:
        for name, cookie in answer.cookies.items():
            seen[name] = True
            assert name.startswith("__Host-"), name
            assert (cookie["path"], cookie["domain"]) == ("/", ""), name
            assert cookie["secure"] or cookie["max-age"] == 0, name
            assert cookie["httponly"] or cookie["max-age"] == 0, name
    assert len(seen) == 3, seen


LIES = (
    {"x-forwarded-host": "evil.test"}, {"x-forwarded-for": "10.9.9.9"}, {"x-forwarded-proto": "https"},
    {"x-forwarded-port": "1"}, {"x-forwarded-prefix": "/evil"}, {"forwarded": "host=evil.test;for=10.9.9.9"},
    {"x-original-url": "/settings/people/"}, {"x-rewrite-url": "/settings/people/"}, {"x-real-ip": "10.9.9.9"},
    {"x-http-method-override": "DELETE"}, {"x-method-override": "DELETE"}, {"x-forwarded-user": "admin@example.com"},
    {"remote-user": "admin@example.com"}, {"x-amity-workspace": "2"},
)  # fmt: skip


@pytest.mark.parametrize("lie", LIES, ids=lambda lie: next(iter(lie)))
def test_headers_that_only_a_proxy_may_set_change_nothing(planted: Planted, lie: dict[str, str]) -> None:
    """Without https there is no proxy to trust: the answer is the same with them and without."""
    place = f"/people/{planted.ids['record_id']}/"
    for actor in (planted.firm.owner, planted.firm.stranger, None):
        browser = browser_of(actor)
        for path in ("/people/", place, "/settings/people/", f"/api/v1{place.rstrip('/')}"):
            browser.get(path)
            with no_writes((lie, path)):
                plain, lying = browser.get(path), browser.get(path, headers=lie)
            assert (plain.status_code, plain.get("Location")) == (lying.status_code, lying.get("Location"))
            assert "evil" not in body_of(lying)


def test_the_last_parameter_does_not_win(planted: Planted) -> None:
    """A parameter given twice is refused by the API; pages read one and show nothing unseen."""
    program = browser_of(planted.firm.colleague)
    assert program.get("/api/v1/people?limit=1&limit=1000").status_code == 400
    assert program.get("/api/v1/people?trash=0&trash=1").status_code == 400


@pytest.mark.parametrize("shape", ["[", '{"a":', '[{"a":'])
def test_giant_and_deep_json_is_refused_at_once(planted: Planted, shape: str) -> None:
    """Ten megabytes by size, four by depth; below a second, as far as a test may say."""
    browser = browser_of(planted.firm.admin)
    for size, statuses in ((10_000_000, (413,)), (4_000_000, (400,))):
        body = (shape * (size // len(shape))).encode()
        with no_writes():
            began = time.process_time()
            answer = browser.post("/api/v1/people", body, content_type="application/json")
            spent = time.process_time() - began
        assert answer.status_code in statuses, size
        assert spent < 5  # seconds of this process, far above what it takes: only a runaway is caught


def test_no_secret_is_in_any_answer_or_log(planted: Planted, caplog: pytest.LogCaptureFixture) -> None:
    """Every address that administrator and owner may read, and everything logged meanwhile."""
    firm, owner = planted.firm, planted.firm.owner
    with scope(firm.workspace.pk):
        _token, secret = create_token(actor=owner, user_id=owner.user_id or 0, name="x")
    told: list[tuple[str, str]] = []
    with caplog.at_level(logging.DEBUG):
        browsers = [browser_of(firm.admin), browser_of(owner)]
        browsers.append(Client(SERVER_NAME="127.0.0.1", headers={"authorization": f"Bearer {secret}"}))
        for browser, who in zip(browsers, ("admin", "owner", "owner"), strict=True):
            for route, rule in RULE_OF.items():
                if not refused(rule, who, route):
                    url = address(route.replace("<object_key>", "people"), planted.ids)
                    told.append((route, body_of(browser.get(url.replace("<relation>", "company")))))
    logged = "\n".join(line.getMessage() for line in caplog.records if line.name != "django.db.backends")
    told.append(("log", logged))
    secrets = {
        secret,
        PASSWORD,
        django_settings.SECRET_KEY,
        "argon2$",
        "md5$",
        str(django_settings.AMITY_HOME),
    }
    secrets |= set(User.objects.values_list("password", flat=True))
    secrets |= set(ApiToken.unscoped.values_list("digest", flat=True))
    secrets |= set(Invitation.unscoped.values_list("digest", flat=True))
    secrets |= set(StoredFile.unscoped.values_list("path", flat=True))
    secrets |= {browser.session.session_key for browser in browsers[:2]}
    assert len(told) > 150
    for route, text in told:
        assert [word for word in secrets if word and word in text] == [], route

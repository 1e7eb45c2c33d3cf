"""The security log: who was refused what, and who took what; one line each, without secrets or people's words."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from amity.foundation.accounts import security_log
from amity.foundation.accounts.models import AuditEntry
from amity.foundation.accounts.tokens import create_token
from amity.foundation.core.scope import scope
from amity.tests.security.conftest import CANARY, Planted, browser_of

pytestmark = pytest.mark.django_db
LINE = re.compile(r"[a-z_.]+( [a-z_]+=(-?\d+|null|true|false|\"([^\"\\\x00-\x1f\x7f-\uffff]|\\.)*\"))*")
HOSTILE = (
    "a\r\nrefused status=200",
    "\x1b[2J\x1b[31mred",
    "\u202egpj",
    "\u2028new line",
    'quote" user=1',
    "\x00",
    "\x9b31m",
    "é王",
)


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Any:
    caplog.set_level("INFO", "amity.security")
    return lambda: [one.getMessage() for one in caplog.records if one.name == "amity.security"]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_line_stays_one_line_whatever_it_is_told(lines: Any, text: str) -> None:
    security_log.note("refused", status=403, route=text, key=text * 50)
    (line,) = lines()
    assert LINE.fullmatch(line), line
    assert len(line) < 2000


def program_of(planted: Planted, actor: Any) -> Any:
    with scope(planted.firm.workspace.pk):
        _token, secret = create_token(actor=actor, user_id=actor.user_id, name="x")
    return Client(SERVER_NAME="127.0.0.1", headers={"authorization": f"Bearer {secret}"}), secret


def test_programs_are_logged_like_people(planted: Planted, lines: Any) -> None:
    """Single calls, single operations of a batch, and a wrong token."""
    program, secret = program_of(planted, planted.firm.colleague)
    place, user = f"people/{planted.ids['record_id']}", planted.firm.colleague.user_id
    program.get(f"/api/v1/{place}")
    operations = [{"op": "delete", "id": planted.ids["record_id"]}] * 2
    program.post("/api/v1/people/batch", {"operations": operations}, content_type="application/json")
    Client(SERVER_NAME="127.0.0.1", headers={"authorization": "Bearer amity_wrong"}).get(f"/api/v1/{place}")
    first, *batch, wrong = [line for line in lines() if line.startswith("refused")]
    assert f"user={user} " in first
    assert f"record_id={planted.ids['record_id']}" in first
    assert [f"user={user} " in line and "status=404" in line for line in batch] == [True, True]
    assert "status=401" in wrong
    assert "user=" not in wrong
    assert 'address="127.0.0.1"' in wrong
    assert secret not in "".join(lines())


def test_every_entry_of_the_log_has_its_line(planted: Planted, lines: Any) -> None:
    """Exports above all: by page and by every format; the details stay in the database."""
    browser = browser_of(planted.firm.admin)
    for name in ("csv", "xlsx", "vcf", "jsonl"):
        answer = browser.get("/people/export/", {"format": name, "go": "1", "start": "1"})
        b"".join(answer.streaming_content) if answer.streaming else answer.content
    browser.post("/settings/teams/", {"name": f"New {CANARY}"})
    entries = AuditEntry.unscoped.filter(verb__in=("records.exported", "team.saved"))
    assert entries.filter(verb="records.exported").count() == 4
    told = [line for line in lines() if not line.startswith("refused")]
    for entry in entries:
        assert [line for line in told if line.startswith(entry.verb) and line.endswith(f"entry={entry.pk}")]
    assert CANARY not in "".join(told)


def test_tokens_in_addresses_are_not_logged(planted: Planted, lines: Any) -> None:
    browser = browser_of(None)
    for path in ("/invite/secretsecret/", "/reset/MQ/secretsecret/", "/people/1/?q=secretsecret"):
        browser.get(path)
    browser_of(planted.firm.colleague).get(f"/people/{planted.ids['record_id']}/?q=secretsecret")
    assert lines()
    assert "secretsecret" not in "".join(lines())

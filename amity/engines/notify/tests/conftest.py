from __future__ import annotations

import email
import email.policy

import pytest

from amity.engines.notify import kinds
from amity.engines.notify.models import MailServer
from amity.engines.notify.tests.smtpserver import FakeServer
from amity.foundation.core.clock import now
from amity.foundation.core.jobs.worker import run_pending
from amity.foundation.core.models import Job
from amity.foundation.core.sealed import seal


@pytest.fixture(autouse=True)
def _private(settings):
    """The fake server lies on this machine."""
    settings.SMTP_PRIVATE = True
    settings.EMAIL_HOST = ""


@pytest.fixture(autouse=True)
def _own_kinds():
    """What a test registers is gone after it."""
    before = dict(kinds._kinds)
    yield
    kinds._kinds.clear()
    kinds._kinds.update(before)


@pytest.fixture
def smtp():
    """`smtp(answers=…)` starts a mail server; it ends with the test."""
    servers = []

    def start(**options):
        servers.append(FakeServer(**options))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


def set_server(firm, server, **values):
    """The firm's mail goes to this server."""
    row = {
        "host": "127.0.0.1",
        "port": server.port,
        "security": "none",
        "sender": "crm@acme.example",
        **values,
    }
    if "password" in row:
        row["password"] = seal(row["password"], "smtp password")
    MailServer.unscoped.update_or_create(workspace=firm.workspace, defaults=row)


@pytest.fixture
def mailing(firm, smtp):
    """A firm with a mail server that takes everything."""
    server = smtp()
    set_server(firm, server, sender_name="Acme")
    return server


def parsed(mail):
    """The message of (sender, to, text) as the receiver's program reads it."""
    return email.message_from_bytes(mail[2].encode(), policy=email.policy.default)


def work():
    """Everything that is due, also what waits for its next try."""
    run_pending()
    Job.objects.filter(state="ready").update(run_at=now())
    run_pending()

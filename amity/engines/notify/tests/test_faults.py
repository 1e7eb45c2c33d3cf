"""Whatever statement fails: nothing is half told, half marked or half set up."""

from __future__ import annotations

import pytest

from amity.engines.notify import centre, mail, wishes
from amity.engines.notify.kinds import Kind, register_kind
from amity.engines.notify.mail import Letter, send_mail
from amity.engines.notify.models import Notification
from amity.engines.notify.servers import save_server
from amity.engines.notify.tests.conftest import set_server
from amity.testing import faults

pytestmark = pytest.mark.django_db
LETTER = Letter(to="to@other.example", subject="Hello", text="Text")


def sample(firm, n=1, channel="now"):
    kind = Kind("sample", "Sample", "bell", lambda told: "Sample", channel=channel)
    register_kind(kind)
    return centre.tell(
        workspace_id=firm.workspace.pk, user_id=firm.owner.user_id, kind="sample", group=f"g{n}", things=[n]
    )


def wish(firm):
    wishes.save_channels(actor=firm.owner, wanted={"mentioned": "off", "assigned": "app", "daily": "off"})


def server(firm):
    values = {"host": "127.0.0.1", "port": 25, "security": "none", "sender": "a@b.example", "password": "x"}
    save_server(actor=firm.admin, values=values)


DEEDS = {
    "telling with a mail": (lambda firm: None, sample),
    "adding to a line": (sample, lambda firm: [sample(firm), sample(firm)]),
    "a mail": (lambda firm: None, lambda firm: send_mail(LETTER, workspace_id=firm.workspace.pk, kind="t")),
    "wishes": (lambda firm: None, wish),
    "the server": (lambda firm: None, server),
    "all read": (lambda firm: [sample(firm, n) for n in range(3)], lambda firm: centre.mark_all(actor=firm.owner)),
}  # fmt: skip


@pytest.mark.parametrize("name", DEEDS)
def test_all_or_nothing(firm, smtp, name):
    set_server(firm, smtp())
    before_it, deed = DEEDS[name]
    before_it(firm)
    before = faults.snapshot()

    def nothing_changed():
        assert faults.changed_tables(before) == []

    assert faults.fail_each_statement(lambda: deed(firm), nothing_changed) > 0


def test_deleting_and_retrying_a_mail(firm, smtp):
    set_server(firm, smtp())
    row = send_mail(LETTER, workspace_id=firm.workspace.pk, kind="t")
    for deed in (mail.retry_mail, mail.delete_mail, mail.restore_mail):
        before = faults.snapshot()

        def nothing_changed(before=before):
            assert faults.changed_tables(before) == []

        assert faults.fail_each_statement(
            lambda deed=deed: deed(actor=firm.admin, mail_id=row.pk), nothing_changed
        )


def test_the_daily_mail_and_its_marks_are_one(firm, smtp):
    from amity.engines.notify.jobs import _send

    set_server(firm, smtp())
    sample(firm, channel="digest")
    before = faults.snapshot()

    def nothing_changed():
        assert faults.changed_tables(before) == []

    assert faults.fail_each_statement(lambda: _send(firm.owner, "digest:x"), nothing_changed) > 2
    assert Notification.objects.get().mailed_at

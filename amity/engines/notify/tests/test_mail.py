"""The one door for mail: queued with the work, sent once, tried again, never told to the wrong reader."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction

from amity.engines.notify import letters, mail
from amity.engines.notify.mail import MARK, WAITS, Letter, send_mail
from amity.engines.notify.models import MailOut, MailServer, MailState
from amity.engines.notify.tests.conftest import parsed, set_server, work
from amity.foundation.accounts import invitations
from amity.foundation.accounts.members import set_active
from amity.foundation.accounts.models import Invitation, Membership
from amity.foundation.core.clock import now
from amity.foundation.core.errors import Denied, ProviderFailed
from amity.foundation.core.jobs.worker import run_pending
from amity.foundation.core.models import Job
from amity.foundation.core.scope import outside, scope

pytestmark = pytest.mark.django_db


def send(firm, **options):
    letter = Letter(
        to=options.pop("to", "to@other.example"), subject=options.pop("subject", "Hello"), text=options.pop("text", "Text"),
        link=options.pop("link", ""), headers=options.pop("headers", {}),
    )  # fmt: skip
    return send_mail(letter, workspace_id=firm.workspace.pk, kind="test", **options)


def state(row):
    row.refresh_from_db()
    return row.state


def test_queued_with_the_work_and_sent_by_a_job(firm, mailing):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        send(firm)
        raise ZeroDivisionError
    assert not MailOut.objects.exists()
    row = send(firm, subject="Grüße 王")
    assert (row.state, mailing.mails) == (MailState.QUEUED, [])
    run_pending()
    assert state(row) == MailState.SENT
    message = parsed(mailing.mails[0])
    assert message["Subject"] == "Grüße 王"
    assert message["From"] == "Acme <crm@acme.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert row.sent_at
    assert row.attempts == 1


def test_without_a_server_it_is_held_and_sent_when_somebody_says_so(firm, smtp):
    row = send(firm)
    run_pending()
    assert state(row) == MailState.HELD
    assert not mail.retry_mail(actor=firm.admin, mail_id=row.pk)
    server = smtp()
    set_server(firm, server)
    run_pending()
    assert server.mails == []
    assert mail.retry_mail(actor=firm.admin, mail_id=row.pk)
    run_pending()
    assert (state(row), len(server.mails)) == (MailState.SENT, 1)


def test_a_passing_failure_is_tried_again_later_and_later(firm, mailing):
    mailing.answers["RCPT"] = "450 later"
    row = send(firm)
    run_pending()
    assert state(row) == MailState.QUEUED
    waits = [round((Job.objects.get(name__endswith="send_queued").run_at - now()).total_seconds())]
    for _again in range(len(WAITS) - 1):
        Job.objects.update(run_at=now())
        run_pending()
        waits.append(round((Job.objects.get(name__endswith="send_queued").run_at - now()).total_seconds()))
    assert [abs(one - two) < 50 for one, two in zip(waits, WAITS, strict=True)] == [True] * len(WAITS)
    assert "450 later" in row.error or state(row) == MailState.QUEUED
    del mailing.answers["RCPT"]
    Job.objects.update(run_at=now())
    run_pending()
    assert (state(row), len(mailing.mails), row.attempts) == (MailState.SENT, 1, len(WAITS) + 1)


def test_it_is_given_up_in_the_end(firm, mailing):
    mailing.answers["RCPT"] = "450 later"
    row = send(firm)
    for _again in range(len(WAITS) + 2):
        Job.objects.update(run_at=now())
        run_pending()
    assert state(row) == MailState.FAILED
    assert Job.objects.get(name__endswith="send_queued").state == "done"


def test_a_lasting_refusal_is_not_tried_again(firm, mailing):
    mailing.answers["RCPT"] = "550 nobody here"
    row = send(firm)
    work()
    assert state(row) == MailState.FAILED
    assert "550 nobody here" in row.error
    assert sum(line.startswith("rcpt") for line in mailing.heard) == 1


def test_never_twice(firm, mailing):
    """A worker that died between the claim and the answer, a job run twice, a retry of what was sent."""
    row = send(firm)
    run_pending()
    mail.send_queued.call(row.pk)
    assert not mail.retry_mail(actor=firm.admin, mail_id=row.pk)
    broken = send(firm)
    MailOut.objects.filter(pk=broken.pk).update(state=MailState.SENDING)
    run_pending()
    assert len(mailing.mails) == 1
    assert state(broken) == MailState.FAILED
    assert "may have arrived" in broken.error


def test_a_text_that_went_without_an_answer_is_not_sent_again(firm, smtp):
    server = smtp(drop=".")
    set_server(firm, server)
    row = send(firm)
    work()
    assert state(row) == MailState.FAILED
    assert server.heard.count("data") == 1


def test_one_mail_per_key(firm, mailing):
    assert send(firm, key="day:1").pk == send(firm, key="day:1").pk
    run_pending()
    assert send(firm, key="day:1").state == MailState.SENT
    run_pending()
    assert len(mailing.mails) == 1


@pytest.mark.parametrize("evil", ["a\r\nBcc: x@y.example", "a\nb", "a\x00b", "a\u2028b", "a\x85b"])
def test_no_text_begins_another_header(firm, mailing, evil):
    row = send(firm, subject=evil, headers={"List-Unsubscribe": evil})
    MailServer.objects.update(sender_name=evil.replace("\x00", ""))
    run_pending()
    assert state(row) == MailState.SENT
    message = parsed(mailing.mails[0])
    assert message["Bcc"] is None
    assert set(message.keys()) == {
        "Subject", "From", "To", "Date", "Message-ID", "Auto-Submitted", "List-Unsubscribe", "Content-Type",
        "MIME-Version", "Content-Transfer-Encoding",
    }  # fmt: skip


@pytest.mark.parametrize(
    "evil",
    ["a@b.example\r\nBcc: c@d.example", "a@b.example\nX", "no address", "", "a@b.example, c@d.example"],
)
def test_an_address_that_is_none_is_refused(firm, mailing, evil):
    with pytest.raises(ValueError):
        send(firm, to=evil)
    assert not MailOut.objects.exists()


def test_addresses_of_other_scripts(firm, mailing):
    send(firm, to="info@königsgäßchen.de")
    unwritable = send(firm, to="用户@example.com")
    work()
    assert len(mailing.mails) == 1
    assert "xn--" in mailing.mails[0][1]
    assert state(unwritable) == MailState.FAILED


def test_a_secret_link_reaches_its_reader_alone(firm, mailing):
    row = send(firm, text=f"Go:\n{MARK}", link="https://crm.example/invite/s3cret/")
    assert "s3cret" not in str(MailOut.objects.values().get(pk=row.pk))
    run_pending()
    assert "https://crm.example/invite/s3cret/" in parsed(mailing.mails[0]).get_content()
    row.refresh_from_db()
    assert row.link == ""


def test_who_was_switched_off_gets_nothing_any_more(firm, mailing):
    row = send(firm, user_id=firm.colleague.user_id)
    member = Membership.objects.get(user_id=firm.colleague.user_id)
    set_active(actor=firm.admin, member_id=member.pk, active=False)
    run_pending()
    assert (state(row), mailing.mails) == (MailState.FAILED, [])


def test_deleting_stops_a_mail_and_undo_holds_it(firm, mailing):
    row = send(firm)
    mail.delete_mail(actor=firm.admin, mail_id=row.pk)
    work()
    assert mailing.mails == []
    mail.restore_mail(actor=firm.admin, mail_id=row.pk)
    work()
    assert (state(row), mailing.mails) == (MailState.HELD, [])
    mail.retry_mail(actor=firm.admin, mail_id=row.pk)
    work()
    assert len(mailing.mails) == 1


def test_a_retry_does_not_wait_for_the_next_turn(firm, mailing):
    mailing.answers["RCPT"] = "450 later"
    row = send(firm)
    run_pending()
    del mailing.answers["RCPT"]
    assert mail.retry_mail(actor=firm.admin, mail_id=row.pk)
    run_pending()
    assert state(row) == MailState.SENT


def test_only_administrators_touch_the_outbox(firm, mailing):
    row = send(firm)
    for deed in (mail.retry_mail, mail.delete_mail, mail.restore_mail):
        with pytest.raises(Denied):
            deed(actor=firm.owner, mail_id=row.pk)


def test_after_a_restore_nothing_that_waited_goes_out(firm, mailing):
    row = send(firm)
    with outside():
        assert mail.hold_everything() == 1
    work()
    assert (state(row), mailing.mails) == (MailState.HELD, [])


def test_every_firm_has_its_own_server(firm, other_firm, mailing, smtp):
    second = smtp()
    set_server(other_firm, second)
    send(firm)
    with outside(), scope(other_firm.workspace.pk):
        send(other_firm)
        assert mail.mails().count() == 1
    run_pending()
    assert (len(mailing.mails), len(second.mails)) == (1, 1)


def test_the_environment_wins(firm, mailing, smtp, settings):
    server = smtp()
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_HOST_USER, settings.DEFAULT_FROM_EMAIL = "", "firm@acme.example"
    send(firm)
    run_pending()
    assert (len(mailing.mails), len(server.mails)) == (0, 1)


def test_old_mails_are_forgotten(firm, mailing):
    send(firm)
    MailOut.objects.update(created_at=now() - timedelta(days=31))
    send(firm)
    assert mail.purge_mails(now() - mail.KEEP) == 1


# --- letters ----------------------------------------------------------------------------------------------


def test_an_invitation_is_mailed_with_the_work(firm, mailing):
    _made, secret = letters.invite(actor=firm.admin, email="new@example.com", role_key="member")
    row = MailOut.objects.get()
    assert secret not in row.text + row.html
    run_pending()
    message = parsed(mailing.mails[0])
    assert f"/invite/{secret}/" in message.get_body(("plain",)).get_content()
    assert f"/invite/{secret}/" in message.get_body(("html",)).get_content()


def test_an_invitation_that_cannot_be_queued_is_not_made(firm, mailing, monkeypatch):
    monkeypatch.setattr(mail, "_enqueue", lambda row: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        letters.invite(actor=firm.admin, email="new@example.com", role_key="member")
    assert not Invitation.objects.exists()


def test_without_a_server_the_link_is_shown_and_no_mail_made(firm):
    _made, secret = letters.invite(actor=firm.admin, email="new@example.com", role_key="member")
    assert invitations.find(secret)
    assert not MailOut.objects.exists()


def test_a_reset_goes_to_a_firm_that_can_mail(firm, other_firm, smtp):
    """Nobody can tell from the outside which addresses are known; the mail comes from the person's own firm."""
    second = smtp()
    set_server(other_firm, second)
    with outside():
        letters.mail_reset.call("owner1@example.com", host="second.test")
        letters.mail_reset.call("owner@example.com", host="")
        letters.mail_reset.call("nobody@example.com", host="")
    run_pending()
    assert len(second.mails) == 1
    assert "/reset/" in parsed(second.mails[0]).get_body(("plain",)).get_content()
    assert "http://second.test" in parsed(second.mails[0]).get_body(("plain",)).get_content()


def test_names_in_a_mail_are_text_and_not_markup(firm, mailing):
    firm.admin.user.name = "<b>{{7*7}}</b>"
    firm.admin.user.save()
    letters.invite(actor=firm.admin, email="new@example.com", role_key="member")
    run_pending()
    html = parsed(mailing.mails[0]).get_body(("html",)).get_content()
    assert "&lt;b&gt;{{7*7}}&lt;/b&gt;" in html
    assert "<b>" not in html


def test_the_trial_answers_with_what_the_server_says(firm, mailing):
    letters.send_trial(actor=firm.admin, to="me@example.com")
    assert len(mailing.mails) == 1
    mailing.answers["MAIL"] = "553 not from here"
    with pytest.raises(ProviderFailed, match="553 not from here"):
        letters.send_trial(actor=firm.admin, to="me@example.com")
    assert not MailOut.objects.exists()
    with pytest.raises(Denied):
        letters.send_trial(actor=firm.owner, to="me@example.com")

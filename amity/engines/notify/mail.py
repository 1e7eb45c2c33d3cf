"""The one door for the system's own mail: queued in the business transaction, sent by a job, never twice.

A mail that names a secret (a link that opens an account) keeps it sealed and apart; pages show a mark in its place.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime, formataddr
from typing import Any

from django.core.mail import EmailMultiAlternatives
from django.db import IntegrityError, transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django_tasks import task

from amity.engines.notify.models import MailOut, MailState, delete_in_sets
from amity.engines.notify.servers import Server, can_mail, server_of
from amity.engines.notify.smtp import Envelope, NotMine, deliver
from amity.foundation.accounts.actor import Actor
from amity.foundation.accounts.membership import membership_in
from amity.foundation.accounts.models import Workspace
from amity.foundation.accounts.services import audit
from amity.foundation.core.clock import now
from amity.foundation.core.contact import normal_email
from amity.foundation.core.errors import NotFound, ProviderFailed
from amity.foundation.core.jobs.api import enqueue, hurry
from amity.foundation.core.jobs.context import RunAgain
from amity.foundation.core.scope import scope
from amity.foundation.core.sealed import seal, unseal

log = logging.getLogger("amity.mail")
PURPOSE = "mail link"
MARK = "⟦link⟧"  # where the secret link stands in text and html
WAITS = (60, 300, 900, 3600, 3 * 3600, 6 * 3600, 12 * 3600, 24 * 3600)  # seconds after each failed try
KEEP = timedelta(days=30)
UNSENT = (MailState.QUEUED, MailState.FAILED, MailState.HELD)


@dataclass(frozen=True)
class Letter:
    """A mail ready to be sent. `link` is secret: it stands in text and html as MARK."""

    to: str
    subject: str
    text: str
    html: str = ""
    link: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


def send_mail(
    letter: Letter, *, workspace_id: int, kind: str, user_id: int | None = None, key: str = ""
) -> MailOut:
    """Queue a mail in the surrounding transaction. With a `key` the same mail exists once, whoever asks again.

    To a `user_id` it goes only while they work here. Without a mail server it is held. Raises ValueError for an
    address that is none.
    """
    to = normal_email(letter.to)
    if not to.isprintable():
        raise ValueError("not_an_email")
    waiting = can_mail(workspace_id)
    row = MailOut(
        workspace_id=workspace_id,
        key=key,
        kind=kind,
        user_id=user_id,
        to=to,
        subject=one_line(letter.subject)[:250],
        text=letter.text,
        html=letter.html,
        headers={name: one_line(value) for name, value in letter.headers.items()},
        link=seal(letter.link, PURPOSE) if waiting else "",
        state=MailState.QUEUED if waiting else MailState.HELD,
        error="" if waiting else _("No mail server is set up."),
    )
    with transaction.atomic():
        made = _once(row)
        if made is row and waiting:
            _enqueue(row)
    return made


def _once(row: MailOut) -> MailOut:
    if row.key:
        same = MailOut.objects.filter(key=row.key)
        if found := same.first():
            return found
        try:
            with transaction.atomic():
                row.save(force_insert=True)
        except IntegrityError:  # somebody was faster
            return same.get()
        return row
    row.save(force_insert=True)
    return row


def _enqueue(row: MailOut) -> None:
    enqueue(send_queued, unique_key=f"mail-{row.pk}", mail_id=row.pk)


def one_line(text: str) -> str:
    """Fit for a header: nothing in it begins another one."""
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())


# --- sending --------------------------------------------------------------------------------------------


@task()
def send_queued(mail_id: int) -> str:
    """One try. Raises RunAgain until the mail is sent, refused for good, or tried often enough.

    What went wrong is written down in the firm's language: its administrators read it.
    """
    row = MailOut.objects.select_related("workspace").filter(pk=mail_id, deleted_at=None).first()
    if row is None or row.state not in (MailState.QUEUED, MailState.SENDING):
        return "nothing to do"
    with translation.override(row.workspace.language):
        return _send_or_settle(row)


def _send_or_settle(row: MailOut) -> str:
    if row.state == MailState.SENDING:  # a worker ended between the claim and the answer
        text = _(
            "The work was broken off while the mail went out. It may have arrived; send it again if not."
        )
        return _over(row, MailState.FAILED, text)
    server = server_of(row.workspace_id)
    if server is None:
        return _over(row, MailState.HELD, _("No mail server is set up."))
    if row.user_id and membership_in(row.workspace_id, row.user_id) is None:
        return _over(row, MailState.FAILED, _("The person no longer works here."))
    return _try(row, server)


def _try(row: MailOut, server: Server) -> str:
    try:
        deliver(server, envelope_of(row, server), lambda: _claim(row))
    except NotMine:
        return "stopped"
    except (ProviderFailed, ValueError) as error:
        return _failed(row, error)
    log.info("mail %s (%s) sent in try %s", row.pk, row.kind, row.attempts + 1)
    return _over(row, MailState.SENT, "")


def _claim(row: MailOut) -> bool:
    """Whoever turns it from queued to sending sends it; nobody else does."""
    mine = MailOut.objects.filter(pk=row.pk, state=MailState.QUEUED, deleted_at=None)
    return bool(mine.update(state=MailState.SENDING))


def _failed(row: MailOut, error: ProviderFailed | ValueError) -> str:
    lasting = not isinstance(error, ProviderFailed) or error.permanent
    text = str(error) if isinstance(error, ProviderFailed) else _("The address cannot be written in a mail.")
    reason = (
        error.code if isinstance(error, ProviderFailed) else "address"
    )  # the server's words may name people
    log.warning("mail %s (%s) failed in try %s: %s", row.pk, row.kind, row.attempts + 1, reason)
    if lasting or row.attempts >= len(WAITS):
        return _over(row, MailState.FAILED, text)
    wait = WAITS[row.attempts]
    next_at = now() + timedelta(seconds=wait)
    waiting = {
        "state": MailState.QUEUED,
        "attempts": row.attempts + 1,
        "error": text[:500],
        "next_at": next_at,
    }
    _unsent(row).update(**waiting)
    raise RunAgain(wait)


def _over(row: MailOut, state: str, error: str) -> str:
    """The end of this mail, for now. A link that was sent is kept no longer."""
    sent = state == MailState.SENT
    changes: dict[str, Any] = {"state": state, "error": error[:500], "next_at": None}
    changes |= {"sent_at": now(), "link": ""} if sent else {}
    _unsent(row).update(**changes, attempts=row.attempts + int(state != MailState.HELD))
    return str(state)


def _unsent(row: MailOut) -> Any:
    return MailOut.objects.filter(pk=row.pk).exclude(state=MailState.SENT)


def envelope_of(row: MailOut, server: Server) -> Envelope:
    """The message as it goes out. Its id is the same on every try, so that a doubled one can be told."""
    link, sender, to = unseal(row.link, PURPOSE), _wire(server.sender), _wire(row.to)
    stamp = int(row.created_at.timestamp() * 1e6)
    headers = {
        "Date": format_datetime(row.created_at),
        "Message-ID": f"<amity.{row.pk}.{stamp}@{sender.rpartition('@')[2]}>",
        "Auto-Submitted": "auto-generated",
        **row.headers,
    }
    message = EmailMultiAlternatives(
        one_line(row.subject), row.text.replace(MARK, link), formataddr((one_line(server.sender_name), sender)), [to],
        headers=headers,
    )  # fmt: skip
    if row.html:
        message.attach_alternative(row.html.replace(MARK, link), "text/html")
    made: Any = message.message()  # of Django's own class, which knows the wire's line ends
    return Envelope(sender, to, made.as_bytes(linesep="\r\n"))


def trial_envelope(letter: Letter, server: Server) -> Envelope:
    """A letter that no outbox keeps. ValueError for an address that is none."""
    to = normal_email(letter.to)
    return envelope_of(
        MailOut(pk=0, to=to, subject=letter.subject, text=letter.text, html=letter.html), server
    )


def _wire(email: str) -> str:
    """Domains of other scripts as the wire knows them. UnicodeError (a ValueError) when that cannot be."""
    local, _at, domain = email.rpartition("@")
    return f"{local.encode('ascii').decode()}@{domain.encode('idna').decode()}"


# --- the outbox -----------------------------------------------------------------------------------------


def mails(state: str = "") -> Any:
    """Of the open workspace, newest first; without those an administrator threw away."""
    rows = MailOut.objects.filter(deleted_at=None)
    return rows.filter(state=state) if state else rows


def get_mail(mail_id: int, *, deleted: bool = False) -> MailOut:
    found: MailOut | None = MailOut.objects.filter(pk=mail_id, deleted_at__isnull=not deleted).first()
    if found is None:
        raise NotFound
    return found


def retry_mail(*, actor: Actor, mail_id: int) -> bool:
    """Send what failed, is held or waits, now. False when it was sent meanwhile, or no server is set up."""
    actor.require_admin()
    row = get_mail(mail_id)
    if not can_mail(actor.workspace_id) or (MARK in row.text and not row.link):
        return False
    with transaction.atomic():
        again = MailOut.objects.filter(pk=row.pk, state__in=UNSENT)
        if not again.update(state=MailState.QUEUED, attempts=0, error="", next_at=None):
            return False
        audit(actor, "mail.retried", row.to, mail=row.pk)
        if not hurry(f"mail-{row.pk}"):
            _enqueue(row)
    return True


def delete_mail(*, actor: Actor, mail_id: int) -> MailOut:
    """Take an unsent mail out of the outbox; it is not sent. `restore_mail` brings it back, held."""
    actor.require_admin()
    row = get_mail(mail_id)
    with transaction.atomic():
        unsent = MailOut.objects.filter(pk=row.pk, state__in=UNSENT)
        if not unsent.update(state=MailState.HELD, deleted_at=now(), error=_("Stopped."), next_at=None):
            raise NotFound
        audit(actor, "mail.stopped", row.to, mail=row.pk)
    return row


def restore_mail(*, actor: Actor, mail_id: int) -> None:
    actor.require_admin()
    row = get_mail(mail_id, deleted=True)
    with transaction.atomic():
        MailOut.objects.filter(pk=row.pk).update(deleted_at=None)
        audit(actor, "mail.restored", row.to, mail=row.pk)


def purge_mails(before: datetime) -> int:
    """Forget what is older than 30 days, in the open workspace."""
    return delete_in_sets(MailOut.objects.filter(created_at__lt=before))


def hold_everything() -> int:
    """After a restore: what waited when the backup was made may have gone out since. Returns how many are held."""
    text, held = _("Held: these data come from a backup, and the mail may have gone out since."), 0
    for workspace in Workspace.objects.order_by("pk"):
        with scope(workspace.pk):
            waiting = MailOut.objects.filter(state__in=(MailState.QUEUED, MailState.SENDING))
            held += waiting.update(state=MailState.HELD, error=text, next_at=None)
    return held

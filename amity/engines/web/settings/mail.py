"""Settings → Mail: the mail server, a test, and the outbox; Settings → Notifications: one's own wishes."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from amity.engines.notify import letters, mail, wishes
from amity.engines.notify.models import Channel, MailOut, MailServer, MailState, Security
from amity.engines.notify.servers import Server, can_mail, remove_server, save_server, server_of
from amity.engines.web.pages import actor_of, done
from amity.engines.web.plain_forms import number, posted
from amity.engines.web.settings.common import (
    admin_action,
    admin_page,
    admin_read,
    form,
    own_page,
    page,
    writer,
)
from amity.engines.web.settings.shown import moment
from amity.foundation.accounts.actor import Actor
from amity.foundation.core.errors import AmityError, ProviderFailed

FIELDS = ("host", "port", "security", "username", "sender", "sender_name")
OUTBOX = "/settings/mail/outbox/"
PAGE = 50
SHOWS = {"waiting": [MailState.QUEUED, MailState.SENDING], "failed": [MailState.FAILED, MailState.HELD],
         "sent": [MailState.SENT]}  # fmt: skip
COLOURS = {"queued": "blue", "sending": "blue", "sent": "green", "failed": "red", "held": "amber"}


# --- one's own wishes -------------------------------------------------------------------------------------


@own_page
def notifications(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    offered = wishes.offered(actor)
    context = {
        "rows": [{"kind": kind} for kind in offered],
        "ways": [(value, str(label)) for value, label in Channel.choices],
        "mails": can_mail(actor.workspace_id),
    }
    if request.method != "POST":
        return form(request, "notifications", context, wishes.channels(actor))
    values = posted(request, *(kind.key for kind in offered), wishes.DIGEST)
    try:
        sent = {key: way for key, way in values.items() if key in request.POST}
        wishes.save_channels(actor=writer(request), wanted=sent)
    except AmityError as error:
        return form(request, "notifications", context, values, error)
    return done(request, "/settings/notifications/", _("Saved."))


# --- the server -------------------------------------------------------------------------------------------


@admin_page
def server(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    if request.method != "POST":
        return _server_page(request, _values(actor))
    values = posted(request, *FIELDS, "password")
    try:
        save_server(actor=actor, values=values)
    except AmityError as error:
        return _server_page(request, {**_values(actor), **values}, error)
    return done(request, "/settings/mail/", _("Saved. Send a test mail to see whether it works."))


def _values(actor: Actor) -> dict[str, Any]:
    row = MailServer.objects.first()
    email = actor.user.email if actor.user else ""
    if row is None:
        found: dict[str, Any] = {"host": "", "port": "587", "security": Security.STARTTLS, "username": ""}
        return {**found, "sender": email, "sender_name": actor.workspace.name, "to": email}
    return {**{name: getattr(row, name) for name in FIELDS}, "to": email}


def _server_page(
    request: HttpRequest, values: dict[str, Any], error: AmityError | None = None, trial: Any = None
) -> HttpResponse:
    found = server_of(actor_of(request).workspace_id)
    context = {
        "server": found, "fixed": _told(found) if found and found.fixed else [], "trial": trial,
        "securities": [(value, str(label)) for value, label in Security.choices], "tabs": _tabs("server"),
    }  # fmt: skip
    response = form(request, "mail", context, values, error)
    response["Cache-Control"] = "no-store"
    return response


def _told(found: Server) -> list[tuple[str, str]]:
    return [
        (_("Server"), f"{found.host}:{found.port}"),
        (_("Security"), str(Security(found.security).label)),
        (_("User"), found.username or "–"),
        (_("Sender's address"), found.sender),
    ]


def _tabs(active: str) -> list[dict[str, Any]]:
    failed = mail.mails().filter(state__in=SHOWS["failed"])[:100].count()
    return [
        {"label": _("Server"), "url": "/settings/mail/", "active": active == "server"},
        {"label": _("Outbox"), "url": OUTBOX, "active": active == "outbox", "count": failed or None},
    ]


@admin_action
def trial(request: HttpRequest) -> HttpResponse:
    """Send a test mail while the person waits; what the server says stands on the page."""
    actor, to = actor_of(request), request.POST.get("to", "").strip()
    values = {**_values(actor), "to": to}
    try:
        letters.send_trial(actor=actor, to=to)
    except ProviderFailed as error:
        told = {"ok": False, "title": _("The test mail was not sent."), "text": str(error)}
        response = _server_page(request, values, trial=told)
        response.status_code = error.status
        return response
    except AmityError as error:
        return _server_page(request, values, error)
    text = _("The server took the mail to %(to)s. Look whether it arrives, also among spam.") % {"to": to}
    return _server_page(request, values, trial={"ok": True, "title": _("Sent."), "text": text})


@admin_action
def remove(request: HttpRequest) -> HttpResponse:
    remove_server(actor=actor_of(request))
    return done(
        request, "/settings/mail/", _("Removed. Mail waits in the outbox until there is a server again.")
    )


# --- the outbox -------------------------------------------------------------------------------------------


@admin_read
def outbox(request: HttpRequest) -> HttpResponse:
    show, before = request.GET.get("show", ""), number(request.GET.get("before"))
    rows = mail.mails()
    if show in SHOWS:
        rows = rows.filter(state__in=SHOWS[show])
    if before:
        rows = rows.filter(pk__lt=before)
    found = list(rows[: PAGE + 1])
    labels = {"": _("All"), "waiting": _("Waiting"), "failed": _("Not sent"), "sent": _("Sent")}
    shown = f"show={show}&" if show in SHOWS else ""
    context = {
        "rows": [_row(item, actor_of(request)) for item in found[:PAGE]],
        "tabs": _tabs("outbox"),
        "shows": [
            {"label": label, "url": f"{OUTBOX}?show={key}" if key else OUTBOX, "active": key == show}
            for key, label in labels.items()
        ],
        "more": f"{OUTBOX}?{shown}before={found[PAGE - 1].pk}" if len(found) > PAGE else "",
    }
    return page(request, "outbox", context)


def _row(item: MailOut, actor: Actor) -> dict[str, Any]:
    unsent = item.state in mail.UNSENT
    linkless = mail.MARK in item.text and not item.link
    return {
        "mail": item,
        "state": str(MailState(item.state).label),
        "colour": COLOURS[item.state],
        "at": moment(item.sent_at or item.created_at, actor),
        "next": moment(item.next_at, actor),
        "may_send": unsent and not linkless and can_mail(actor.workspace_id),
        "may_stop": unsent,
    }


@admin_read
def outbox_mail(request: HttpRequest, mail_id: int) -> HttpResponse:
    """The text of one mail; a link that opens an account is for its reader alone."""
    item = mail.get_mail(mail_id)
    text = item.text.replace(mail.MARK, _("[a link that only the receiver sees]"))
    context = {"row": _row(item, actor_of(request)), "text": text, "tabs": _tabs("outbox")}
    return page(request, "mail_one", context)


@admin_action
def outbox_send(request: HttpRequest, mail_id: int) -> HttpResponse:
    again = mail.retry_mail(actor=actor_of(request), mail_id=mail_id)
    text = (
        _("It goes out in a moment.")
        if again
        else _("It cannot be sent: it went out meanwhile, or no server is set up.")
    )
    return done(request, OUTBOX, text)


@admin_action
def outbox_delete(request: HttpRequest, mail_id: int) -> HttpResponse:
    mail.delete_mail(actor=actor_of(request), mail_id=mail_id)
    return done(request, OUTBOX, _("Mail deleted; it is not sent."), undo_url=f"{OUTBOX}{mail_id}/restore/")


@admin_action
def outbox_restore(request: HttpRequest, mail_id: int) -> HttpResponse:
    mail.restore_mail(actor=actor_of(request), mail_id=mail_id)
    return done(request, OUTBOX, _("The mail is back. It waits until you send it."))

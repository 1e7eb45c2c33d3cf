"""The wording of the system's own mails, as plain text and as simple HTML, in the reader's language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.template import engines
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django_tasks import task

from amity.engines.notify.kinds import Told
from amity.engines.notify.mail import MARK, Letter, send_mail, trial_envelope
from amity.engines.notify.models import MailOut
from amity.engines.notify.servers import can_mail, server_of
from amity.engines.notify.smtp import deliver
from amity.engines.notify.wishes import DIGEST, unsubscribe_path
from amity.foundation.accounts import invitations, resets
from amity.foundation.accounts.actor import Actor
from amity.foundation.accounts.models import Invitation, Membership, User, Workspace, normal_login
from amity.foundation.accounts.services import audit
from amity.foundation.accounts.signin import client_address
from amity.foundation.core.clock import human_time, now
from amity.foundation.core.errors import Conflict, Invalid, LimitReached
from amity.foundation.core.jobs.api import enqueue
from amity.foundation.core.ratelimit import allow
from amity.foundation.core.scope import current_workspace_id, has_scope, outside, scope


@dataclass(frozen=True)
class Item:
    """One line of a list in a mail."""

    text: str
    url: str = ""
    sub: str = ""


@dataclass(frozen=True)
class Draft:
    """What a mail says. `button` is `(text, url)`; `stop` the address that ends mails like this one."""

    subject: str
    lines: Sequence[str] = ()
    items: Sequence[Item] = field(default_factory=tuple)
    button: tuple[str, str] | None = None
    foot: str = ""
    stop: str = ""


def base_url(workspace: Workspace) -> str:
    """Where this firm's people reach the product."""
    if not workspace.host:
        return str(settings.AMITY_URL)
    parts = urlsplit(settings.AMITY_URL)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{workspace.host}{port}"


def _letter(draft: Draft, firm: str, to: str, link: str = "") -> Letter:
    """The draft as a letter, in the language that is on."""
    headers = {}
    if draft.stop:
        headers = {
            "List-Unsubscribe": f"<{draft.stop}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }
    return Letter(
        to=to,
        subject=draft.subject,
        text=_plain(draft, firm),
        html=_html(draft, firm),
        link=link,
        headers=headers,
    )


def _plain(draft: Draft, firm: str) -> str:
    parts = list(draft.lines)
    for item in draft.items:
        parts.append(
            "\n".join(
                filter(
                    None,
                    [f"• {item.text}", f"  {item.sub}" * bool(item.sub), f"  {item.url}" * bool(item.url)],
                )
            )
        )
    if draft.button:
        parts.append("{}:\n{}".format(*draft.button))
    foot = [draft.foot, firm]
    if draft.stop:
        foot.append(_("No more mails like this: %(url)s") % {"url": draft.stop})
    return "\n\n".join(filter(None, [*parts, "-- \n" + "\n".join(filter(None, foot))])) + "\n"


def _html(draft: Draft, firm: str) -> str:
    language = translation.get_language() or "en"
    direction = "rtl" if translation.get_language_bidi() else "ltr"
    context = {"draft": draft, "firm": firm, "language": language, "direction": direction}
    found: Any = engines["jinja2"]
    return str(found.env.get_template("notify/mail.j2").render(context))


# --- what people are told ---------------------------------------------------------------------------------


def send_notice(actor: Actor, told: Told) -> MailOut | None:
    """One thing at once, to the actor, in their language."""
    if actor.user is None:
        return None
    base = base_url(actor.workspace)
    with translation.override(actor.language):
        told.text = told.kind.words(told)
        button = (_("Open in Amity"), base + told.url) if told.url else None
        stop = base + unsubscribe_path(actor.workspace_id, actor.user.pk, told.kind.key)
        draft = Draft(told.text, [f"{told.text}."], button=button, foot=_why(told), stop=stop)
        letter = _letter(draft, actor.workspace.name, actor.user.email)
    return send_mail(
        letter,
        workspace_id=actor.workspace_id,
        kind=told.kind.key,
        user_id=actor.user.pk,
        key=f"told:{told.id}",
    )


def _why(told: Told) -> str:
    return _("You get this mail because you chose it for: %(kind)s.") % {"kind": told.kind.label}


def send_digest(actor: Actor, every: Sequence[Told], more: int, key: str) -> MailOut | None:
    """What waited since the last daily mail; `more` is how many are not listed. `key` keeps it to one a day."""
    if actor.user is None or not every:
        return None
    base, count = base_url(actor.workspace), len(every) + more
    with translation.override(actor.language):
        for told in every:
            told.text = told.kind.words(told)
        items = [Item(told.text, base + told.url if told.url else "", _when(told, actor)) for told in every]
        subject = ngettext("%(count)s new notification", "%(count)s new notifications", count) % {
            "count": count
        }
        lines = [_("Good morning, %(name)s. This is what happened:") % {"name": actor.user.short_name}]
        stop = base + unsubscribe_path(actor.workspace_id, actor.user.pk, DIGEST)
        foot = _("You get this mail once a day, and only when there is something to tell.")
        draft = Draft(subject, lines, items, (_("See them all"), f"{base}/notifications/"), foot, stop)
        letter = _letter(draft, actor.workspace.name, actor.user.email)
    return send_mail(letter, workspace_id=actor.workspace_id, kind=DIGEST, user_id=actor.user.pk, key=key)


def _when(told: Told, actor: Actor) -> str:
    return human_time(told.at, actor.zone, actor.language, now())


# --- accounts ---------------------------------------------------------------------------------------------


def invite(*, actor: Actor, email: str, role_key: str) -> tuple[Invitation, str]:
    """Invite somebody, and mail them the link where mail can be sent. Returns the invitation and its secret."""
    made, secret = invitations.invite(actor=actor, email=email, role_key=role_key, then=_mail_invitation)
    return made, secret


def _mail_invitation(actor: Actor, made: Invitation, secret: str) -> None:
    """Part of the transaction that makes the invitation. It says who asks and nothing the receiver cannot check."""
    if not can_mail(actor.workspace_id):
        return
    words = {"firm": actor.workspace.name, "who": actor.user.short_name if actor.user else "Amity"}
    with translation.override(actor.workspace.language):
        lines = [
            _("%(who)s invites you to work with %(firm)s in Amity.") % words,
            _("The link works once, for 7 days."),
        ]
        foot = _("If you do not know %(firm)s, do nothing: nobody gets an account without this link.") % words
        draft = Draft(
            _("Invitation to %(firm)s") % words, lines, button=(_("Accept the invitation"), MARK), foot=foot
        )
        link = f"{base_url(actor.workspace)}/invite/{secret}/"
        letter = _letter(draft, actor.workspace.name, made.email, link)
    send_mail(letter, workspace_id=actor.workspace_id, kind="invitation")


def by_mail(host: str) -> bool:
    """Whether somebody who forgot the password can be sent a link: the firm of this address sends mail."""
    if settings.EMAIL_HOST:
        return True
    if has_scope():
        return can_mail(current_workspace_id())
    found = Workspace.objects.filter(host__in=(host, "")).order_by("-host", "pk").first()
    if found is None:
        return False
    with scope(found.pk):
        return can_mail(found.pk)


def ask_for_reset(request: HttpRequest, email: str) -> None:
    """Send the link in the background; silent about unknown addresses, LimitReached when asked too often."""
    for key, limit in ((f"reset:{client_address(request)}", 20), (f"reset:{normal_login(email)}", 3)):
        wait = allow(key, limit, 3600)
        if wait:
            raise LimitReached(_("Too many tries. Please wait a while and try again."), retry_after=wait)
    enqueue(mail_reset, email=normal_login(email), host=request.get_host().partition(":")[0])


@task()
def mail_reset(email: str, host: str = "") -> None:
    """To a person who works in the firm of that address, or in the first one that can send mail."""
    user = User.objects.filter(email=email, is_active=True).first()
    if user is None:
        return
    with outside():
        rows = Membership.unscoped.select_related("workspace", "role", "user").filter(
            user=user, is_active=True
        )
        places = sorted(rows, key=lambda row: (row.workspace.host != host, row.pk))
    for place in places:
        with scope(place.workspace_id):
            if can_mail(place.workspace_id):
                _send_reset(place, user)
                return


def _send_reset(place: Membership, user: User) -> None:
    with translation.override(user.language or place.workspace.language):
        lines = [_("Somebody, most likely you, asked for a new password. The link works once, for an hour.")]
        foot = _("If it was not you, do nothing: your password stays as it is.")
        draft = Draft(_("Your new password"), lines, button=(_("Set a new password"), MARK), foot=foot)
        link = base_url(place.workspace) + resets.link_path(user)
        letter = _letter(draft, place.workspace.name, user.email, link)
    send_mail(letter, workspace_id=place.workspace_id, kind="reset", user_id=user.pk)


def send_trial(*, actor: Actor, to: str) -> None:
    """The test button of Settings: sent while one waits, and kept in no outbox.

    Raises ProviderFailed with what the server really said, Invalid at `to`, LimitReached, Conflict without a server.
    """
    actor.require_admin()
    wait = allow(f"mail-trial:{actor.workspace_id}", 20, 3600)
    if wait:
        raise LimitReached(_("Too many tries. Please wait a while and try again."), retry_after=wait)
    server = server_of(actor.workspace_id)
    if server is None:
        raise Conflict(_("Set up a mail server first."))
    lines = [
        _("This is the test mail of Amity. It has arrived, so everybody here can be written to."),
        _("Sent for %(name)s.") % {"name": actor.user.short_name if actor.user else "Amity"},
    ]
    letter = _letter(Draft(_("Test mail of Amity"), lines), actor.workspace.name, to)
    try:
        envelope = trial_envelope(letter, server)
    except ValueError as error:
        raise Invalid.one("to", "email", _("Enter a valid e-mail address.")) from error
    audit(actor, "mail.tested", to)
    deliver(server, envelope)

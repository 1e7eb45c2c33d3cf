"""The notification centre: a bell with a number, a list in a popover, and the whole list on a page."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from amity.engines.notify import centre, wishes
from amity.engines.notify.kinds import Told
from amity.engines.web.pages import actor_of, done, is_fragment, render_page, signed_in
from amity.engines.web.settings.shown import moment
from amity.engines.web.views.common import came_from
from amity.foundation.accounts.actor import Actor

HERE = "/notifications/"


@signed_in
@require_GET
def page(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    unread = request.GET.get("show") == "unread"
    found, after = centre.page(actor, unread=unread, before=request.GET.get("before", ""))
    show = {"show": "unread"} if unread else {}
    count = centre.unread_count(actor)
    context = {
        "rows": [line_of(told, actor) for told in found],
        "tabs": [
            {"label": _("All"), "url": HERE, "active": not unread},
            {"label": _("Unread"), "url": f"{HERE}?show=unread", "active": unread, "count": count or None},
        ],
        "unread": unread,
        "count": count,
        "more": f"{HERE}?{urlencode({**show, 'before': after})}" if after else "",
        "first": f"{HERE}?{urlencode(show)}" if "before" in request.GET else "",
    }
    return render_page(request, "web/notifications/page.j2", context)


def line_of(told: Told, actor: Actor) -> dict[str, Any]:
    """What a line of the list needs."""
    return {
        "id": told.id, "text": told.text, "read": told.read, "url": told.url, "icon": told.kind.icon,
        "who": told.who, "actor_id": told.actor_id, "at": moment(told.at, actor),
    }  # fmt: skip


@require_GET
def count(request: HttpRequest) -> HttpResponse:
    """The number on the bell; nothing when all is read. A page left open asks by itself: it is not led away from
    what somebody was writing when the session is over."""
    if getattr(request, "actor", None) is None:
        return HttpResponse(status=401)
    return render_page(
        request, "web/notifications/badge.j2", {"count": centre.unread_count(actor_of(request))}
    )


@signed_in
@require_GET
def recent(request: HttpRequest) -> HttpResponse:
    """The popover's list."""
    actor = actor_of(request)
    rows = [line_of(told, actor) for told in centre.recent(actor)]
    context = {"rows": rows, "any_unread": any(not row["read"] for row in rows)}
    return render_page(request, "web/notifications/recent.j2", context)


@signed_in
@require_POST
def open_one(request: HttpRequest, notification_id: int) -> HttpResponse:
    """Read it, and on to what it tells of."""
    actor = actor_of(request)
    row = centre.mark(actor=actor, notification_id=notification_id, read=True)
    told = centre.shown(actor, [row])
    return done(request, told[0].url if told and told[0].url else HERE)


@signed_in
@require_POST
def mark(request: HttpRequest, notification_id: int) -> HttpResponse:
    """Read or unread (`read=1` or `0`): htmx gets the line again and the bell's number."""
    actor = actor_of(request)
    row = centre.mark(actor=actor, notification_id=notification_id, read=request.POST.get("read") == "1")
    if not is_fragment(request):
        return done(request, came_from(request, HERE))
    told = centre.shown(actor, [row])
    context = {"row": line_of(told[0], actor) if told else None, "count": centre.unread_count(actor)}
    return render_page(request, "web/notifications/marked.j2", context)


@signed_in
@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    count, at = centre.mark_all(actor=actor_of(request))
    text = ngettext("%(count)s marked as read.", "%(count)s marked as read.", count) % {"count": count}
    undo = f"{HERE}unread/?{urlencode({'at': at})}" if count else ""
    return done(request, came_from(request, HERE), text if count else _("All were read."), undo_url=undo)


@signed_in
@require_POST
def unread_again(request: HttpRequest) -> HttpResponse:
    """Undo of the above."""
    centre.unmark_all(actor=actor_of(request), moment=request.GET.get("at", ""))
    return done(request, came_from(request, HERE), _("They are unread again."))


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """The link of a mail: a person sees a button, a mail program posts. The token is the right to it."""
    if request.method == "POST":
        found, over = wishes.unsubscribe(token), True
    else:
        found, over = wishes.subscription(token), False
    response = render_page(request, "web/notifications/unsubscribe.j2", {"found": found, "over": over})
    response["Referrer-Policy"] = "no-referrer"
    return response

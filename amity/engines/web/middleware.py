"""Who asks, in which firm: sets `request.actor` and opens the workspace for the whole request."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from amity.engines.web.errors import error_page
from amity.foundation.accounts.actor import Actor, actor_for
from amity.foundation.accounts.membership import membership_at, membership_in
from amity.foundation.accounts.models import Membership, Workspace
from amity.foundation.accounts.sessions import belongs
from amity.foundation.core.errors import AmityError, Malformed, TooLarge, Unavailable
from amity.foundation.core.row_security import one_transaction, undo_failed
from amity.foundation.core.scope import scope
from amity.foundation.core.trouble import trouble

log = logging.getLogger("amity.web")

View = Callable[[HttpRequest], HttpResponse]
# Bytes of a body. Django reads all of it when it looks for the CSRF token, before any view can say no.
STRANGERS, MEMBERS = 1 << 20, 520 << 20


class WorkspaceMiddleware:
    """Signed-in requests get an actor and a scope; others get neither and reach only public pages."""

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        membership = find_membership(request)
        request.actor = None  # type: ignore[attr-defined]
        if membership is None:
            with translation.override(translation.get_language_from_request(request)):
                return self._answer(request, STRANGERS)
        request.actor = actor = look_as(request, actor_for(membership))  # type: ignore[attr-defined]
        with scope(actor.workspace_id), one_transaction(), translation.override(actor.language):
            response = self._answer(request, MEMBERS)
            undo_failed(response.status_code)
        response.setdefault("Cache-Control", "private, no-cache")
        return response

    def _answer(self, request: HttpRequest, limit: int) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdecimal() or len(length) > 18 or int(length) > limit:
            return error_page(request, TooLarge())
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, *_arguments: Any) -> HttpResponse | None:
        """No text holds a NUL character: PostgreSQL cannot store one. Views that read uploads see to it alone."""
        sent = [] if getattr(view, "csrf_exempt", False) else [request.GET, request.POST]
        if any("\0" in text for data in sent for pair in data.lists() for text in (pair[0], *pair[1])):
            return error_page(request, Malformed())
        return None

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """The one translator of our errors for pages."""
        told = error if isinstance(error, AmityError) else trouble(error)
        if isinstance(told, Unavailable):
            log.error("%s %s: %s", request.method, request.path, error, exc_info=error)
        return error_page(request, told) if told else None


def find_membership(request: HttpRequest) -> Membership | None:
    """The signed-in user's place in the firm this host name serves, if they signed in there; one statement."""
    if not request.user.is_authenticated:
        return None
    found = membership_at(request.user, request.get_host().partition(":")[0])
    if found is None:
        logout(request)
        return None
    return found if belongs(request, found.workspace_id) else None


def look_as(request: HttpRequest, actor: Actor) -> Actor:
    """An administrator may look at the product as somebody else: read-only, and written down when it began."""
    user_id = request.session.get("view_as")
    if not user_id or not actor.admin:
        return actor
    seen = membership_in(actor.workspace_id, user_id)
    if seen is None:
        return actor
    return replace(actor_for(seen), workspace=actor.workspace, read_only=True, seen_by=actor.user)


def only_workspace() -> Workspace | None:
    """The firm of a one-firm installation, for pages before sign-in."""
    return Workspace.objects.order_by("pk").first()

"""How long a sign-in lasts, which browsers are signed in, and how to end them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import logout
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import F, Q
from django.http import HttpRequest, HttpResponse

from amity.foundation.accounts.models import ApiToken, User, UserSession
from amity.foundation.accounts.signin import client_address
from amity.foundation.core.clock import now
from amity.foundation.core.scope import outside

LONGEST = timedelta(days=90)
TOUCH = timedelta(hours=1)
SINCE, SEEN, WORKSPACE = "since", "seen", "workspace"
UNATTENDED = "X-Unattended"  # sent with what an open page asks by itself: no use of the session
View = Callable[[HttpRequest], HttpResponse]


class SessionLimits:
    """Ends a sign-in 90 days after it began; each use within 14 days keeps it alive (noted hourly).

    A page left open that asks for news by itself is no use.
    """

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.session.get(SINCE):
            self._check(request)
        return self.get_response(request)

    def _check(self, request: HttpRequest) -> None:
        at = now()
        if at - _read(request.session[SINCE]) > LONGEST:
            _forget(request.session.session_key)
            logout(request)
        elif UNATTENDED in request.headers:
            return
        elif at - _read(request.session.get(SEEN) or request.session[SINCE]) > TOUCH:
            request.session[SEEN] = at.isoformat()
            UserSession.objects.filter(session_key=request.session.session_key).update(seen_at=at)


def _read(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _forget(session_key: str | None) -> None:
    UserSession.objects.filter(session_key=session_key).delete()


def note_sign_in(sender: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
    """Remember the new session; connected to Django's `user_logged_in`, the one point all sign-ins pass."""
    at = now()
    request.session[SINCE] = request.session[SEEN] = at.isoformat()
    request.session.pop(WORKSPACE, None)
    if request.session.session_key is None:  # flushed, because another person or password was signed in here
        request.session.save()
    UserSession.objects.update_or_create(
        session_key=request.session.session_key,
        defaults={
            "user": user,
            "workspace": None,
            "agent": request.headers.get("User-Agent", "")[:200],
            "address": client_address(request),
            "started_at": at,
            "seen_at": at,
        },
    )


def belongs(request: HttpRequest, workspace_id: int) -> bool:
    """Whether this sign-in is one of this firm: that of its first request. A cookie of one firm opens no other."""
    mine = request.session.get(WORKSPACE)
    if mine is None:
        mine = request.session[WORKSPACE] = workspace_id
        rows = UserSession.objects.filter(session_key=request.session.session_key)
        rows.update(workspace_id=workspace_id)
    return bool(mine == workspace_id)


def sign_out(request: HttpRequest) -> None:
    _forget(request.session.session_key)
    logout(request)


def sessions_of(user: User, *, workspace_id: int | None = None) -> list[UserSession]:
    """The user's live sessions, all or in one workspace, newest use first; rows of those that ran out are removed."""
    found = user.sessions.all()
    rows = list(found if workspace_id is None else found.filter(workspace_id=workspace_id))
    live = set(
        Session.objects.filter(
            session_key__in=[row.session_key for row in rows], expire_date__gt=now()
        ).values_list("session_key", flat=True)
    )
    gone = [row.pk for row in rows if row.session_key not in live]
    if gone:
        UserSession.objects.filter(pk__in=gone).delete()
    return [row for row in rows if row.session_key in live]


def end_session(*, user: User, session_id: int) -> bool:
    """End one of the user's own sessions; False when it was not there."""
    row = UserSession.objects.filter(user=user, pk=session_id).first()
    if row is None:
        return False
    with transaction.atomic():
        Session.objects.filter(session_key=row.session_key).delete()
        row.delete()
    return True


def end_access(user: User, *, workspace_id: int | None = None) -> None:
    """End the user's sessions and API tokens from the next request on: all of them, or those of one workspace."""
    sessions, tokens = user.sessions.all(), ApiToken.unscoped.filter(user=user, revoked_at=None)
    if workspace_id is not None:
        sessions = sessions.filter(Q(workspace_id=workspace_id) | Q(workspace_id=None))
        tokens = tokens.filter(workspace_id=workspace_id)
    with transaction.atomic():
        keys = list(sessions.values_list("session_key", flat=True))
        Session.objects.filter(session_key__in=keys).delete()
        sessions.delete()
        with outside():
            tokens.update(revoked_at=now())
        if workspace_id is None:
            User.objects.filter(pk=user.pk).update(session_epoch=F("session_epoch") + 1)
    user.refresh_from_db(fields=["session_epoch"])

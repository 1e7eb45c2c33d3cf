"""Who calls: the bearer of a token, or a signed-in browser."""

from __future__ import annotations

from dataclasses import replace

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from amity.engines.api.problems import Unauthorised
from amity.foundation.accounts.actor import Actor, actor_for
from amity.foundation.accounts.models import ApiToken
from amity.foundation.accounts.tokens import find_token, note_use
from amity.foundation.core.errors import LimitReached
from amity.foundation.core.ratelimit import allow

SAFE = ("GET", "HEAD", "OPTIONS")
WRONG_TOKENS = 60


def identify(request: HttpRequest) -> tuple[Actor, ApiToken | None]:
    """The actor of the request. A token counts before any cookie. Raises Unauthorised or LimitReached."""
    header = request.META.get("HTTP_AUTHORIZATION", "")
    if header:
        return _bearer(request, header)
    actor: Actor | None = getattr(request, "actor", None)
    if actor is None:
        raise Unauthorised
    check_rate(f"u{actor.user_id}w{actor.workspace_id}", request.method or "")
    return actor.with_source("api"), None


def _bearer(request: HttpRequest, header: str) -> tuple[Actor, ApiToken]:
    scheme, _space, secret = header.partition(" ")
    found = find_token(secret.strip()) if scheme.lower() == "bearer" else None
    if found is None:
        _check_guessing(request)
        raise Unauthorised
    token, membership = found
    check_rate(f"t{token.pk}", request.method or "")
    actor = replace(actor_for(membership, "api"), origin=f"api:{token.name}")
    if request.method not in SAFE and not token.read_only:
        note_use(token)
    return (replace(actor, read_only=True) if token.read_only else actor), token


def _check_guessing(request: HttpRequest) -> None:
    wait = allow(f"api-wrong:{request.META.get('REMOTE_ADDR', '')}", WRONG_TOKENS, 60)
    if wait:
        raise LimitReached(_("Too many requests with a wrong token."), code="too_many", retry_after=wait)


def check_rate(key: str, method: str) -> None:
    """So many requests a minute, half as many writes; 0 in the settings lifts it."""
    limit = settings.API_REQUESTS_PER_MINUTE
    if not limit:
        return
    wait = allow(f"api:{key}", limit, 60)
    if not wait and method not in SAFE:
        wait = allow(f"api-write:{key}", max(1, limit // 2), 60)
    if wait:
        raise LimitReached(_("Too many requests. Try again later."), code="too_many", retry_after=wait)

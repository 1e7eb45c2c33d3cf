"""Keys for programs and links: 256 random bits, kept as SHA-256 only."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db.models import Q

from amity.foundation.accounts.actor import Actor
from amity.foundation.accounts.models import ApiToken, Membership
from amity.foundation.core.clock import now

PREFIX = "amity_"
LAST_USE_STEP = timedelta(hours=1)


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def new_secret(prefix: str = PREFIX) -> str:
    return prefix + secrets.token_urlsafe(32)


def create_token(
    *, actor: Actor, user_id: int, name: str, read_only: bool = False, expires_at: datetime | None = None
) -> tuple[ApiToken, str]:
    """A new key and its secret, which is shown once and never again. One's own, or anybody's by an administrator."""
    if user_id != actor.user_id:
        actor.require_admin()
    secret = new_secret()
    token = ApiToken.objects.create(
        workspace_id=actor.workspace_id,
        user_id=user_id,
        name=name[:80] or "API",
        digest=digest(secret),
        start=secret[:12],
        read_only=read_only,
        expires_at=expires_at,
    )
    return token, secret


def find_token(secret: str) -> tuple[ApiToken, Membership] | None:
    """The live token and its membership (user, role, workspace loaded), or None. Two reads, no write."""
    if not secret.startswith(PREFIX) or len(secret) > 100:
        return None
    token = (
        ApiToken.unscoped.filter(digest=digest(secret), revoked_at=None)
        .filter(Q(expires_at=None) | Q(expires_at__gt=now()))
        .first()
    )
    if token is None:
        return None
    membership = (
        Membership.unscoped.select_related("user", "role", "workspace")
        .filter(workspace_id=token.workspace_id, user_id=token.user_id, is_active=True, user__is_active=True)
        .first()
    )
    return (token, membership) if membership else None


def note_use(token: ApiToken) -> None:
    """Remember the last use, at most hourly; called from requests that write anyway."""
    at = now()
    ApiToken.unscoped.filter(pk=token.pk).filter(
        Q(last_used_at=None) | Q(last_used_at__lt=at - LAST_USE_STEP)
    ).update(last_used_at=at)


def revoke_token(*, actor: Actor, token_id: int) -> None:
    tokens = ApiToken.objects.filter(pk=token_id, revoked_at=None)
    if not actor.admin:
        tokens = tokens.filter(user_id=actor.user_id)
    tokens.update(revoked_at=now())



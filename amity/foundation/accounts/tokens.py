"""Keys for programs and links: 256 random bits, kept as SHA-256 only."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from functools import cache
from typing import NamedTuple

from django.db.models import Q

from amity.foundation.accounts.actor import Actor
from amity.foundation.accounts.beside import shared_sql
from amity.foundation.accounts.known import Known, Tables, columns, names, own
from amity.foundation.accounts.membership import membership_in
from amity.foundation.accounts.models import ApiToken, Membership, Role, User, Workspace
from amity.foundation.core.clock import now

PREFIX = "amity_"
LAST_USE_STEP = timedelta(hours=1)
TABLES: Tables = (("t", ApiToken), ("m", Membership), ("u", User), ("r", Role), ("w", Workspace))


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
    """The live token and its membership (user, role, workspace loaded), or None. One plain read, no write."""
    if not secret.startswith(PREFIX) or len(secret) > 100:
        return None
    key = digest(secret)
    found = _holders.get(key, key)
    if found is None or (found.token.expires_at and found.token.expires_at <= now()):
        return None
    return found.token, own(found.membership)


class _Holder(NamedTuple):
    """Who a token speaks for."""

    token: ApiToken
    membership: Membership


@cache
def _statement() -> str:
    table = names(TABLES)
    return (
        f"SELECT {columns(TABLES)}, {shared_sql('m')} FROM {table['t']} "  # noqa: S608
        f"JOIN {table['m']} ON m.user_id = t.user_id AND m.workspace_id = t.workspace_id AND m.is_active "
        f"JOIN {table['u']} ON u.id = t.user_id AND u.is_active "
        f"JOIN {table['r']} ON r.id = m.role_id JOIN {table['w']} ON w.id = m.workspace_id "
        "WHERE t.digest = %s AND t.revoked_at IS NULL"
    )


def _load(key: str) -> _Holder | None:
    token = ApiToken.unscoped.filter(digest=key, revoked_at=None).first()
    if token is None:
        return None
    membership = membership_in(token.workspace_id, token.user_id)
    return _Holder(token, membership) if membership else None


_holders = Known(_statement, _load)


def note_use(token: ApiToken) -> None:
    """Remember the last use, at most hourly; called from requests that write anyway."""
    at = now()
    if token.last_used_at and token.last_used_at > at - LAST_USE_STEP:
        return
    ApiToken.unscoped.filter(pk=token.pk).filter(
        Q(last_used_at=None) | Q(last_used_at__lt=at - LAST_USE_STEP)
    ).update(last_used_at=at)


def revoke_token(*, actor: Actor, token_id: int) -> None:
    tokens = ApiToken.objects.filter(pk=token_id, revoked_at=None)
    if not actor.admin:
        tokens = tokens.filter(user_id=actor.user_id or 0)
    tokens.update(revoked_at=now())

"""A user's place in a firm, with everything that decides what they may do there."""

from __future__ import annotations

from functools import cache

from django.db.models import Q

from amity.foundation.accounts.beside import shared_sql, with_shared
from amity.foundation.accounts.known import Known, Tables, columns, names, own
from amity.foundation.accounts.models import Membership, Role, User, Workspace

TABLES: Tables = (("m", Membership), ("r", Role), ("w", Workspace))


def membership_at(user: User, host: str) -> Membership | None:
    """With its role and workspace loaded, or None for somebody who does not work there. One statement."""
    found = _memberships.get((user.pk, host), user.pk, host)
    if found is None:
        return None
    mine = own(found)
    mine.user = user
    return mine


def membership_in(workspace_id: int, user_id: int) -> Membership | None:
    """With its user, role and workspace loaded, or None when they do not work there (any more)."""
    rows = with_shared(Membership.unscoped.select_related("user", "role", "workspace"))
    return rows.filter(
        workspace_id=workspace_id, user_id=user_id, is_active=True, user__is_active=True
    ).first()


@cache
def _statement() -> str:
    table = names(TABLES)
    return (
        f"SELECT {columns(TABLES)}, {shared_sql('m')} FROM {table['m']} "  # noqa: S608
        f"JOIN {table['r']} ON r.id = m.role_id JOIN {table['w']} ON w.id = m.workspace_id "
        "WHERE m.user_id = %s AND m.is_active AND w.host IN (%s, '') ORDER BY w.host DESC, m.id LIMIT 1"
    )


def _load(key: tuple[int, str]) -> Membership | None:
    user_id, host = key
    rows = with_shared(Membership.unscoped.select_related("role", "workspace"))
    rows = rows.filter(user_id=user_id, is_active=True)
    here = rows.filter(Q(workspace__host=host) | Q(workspace__host=""))
    return here.order_by("-workspace__host", "pk").first()


_memberships = Known(_statement, _load)

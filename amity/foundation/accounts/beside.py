"""Whether anything is shared with a person: asked in the very statement that finds who they are.

Rooms above keep the shares and say here how to ask for them, so that a request of somebody without any runs no
statement more.
"""

from __future__ import annotations

from typing import Any

from django.db.models import BooleanField, QuerySet
from django.db.models.expressions import RawSQL

from amity.foundation.accounts.models import Membership

_conditions: list[str] = []


def ask_whether_shared(condition: str) -> None:
    """`condition`: SQL with `{m}` for the membership. It runs before a firm is open, on tables that are doors."""
    _conditions.append(condition)


def shared_sql(alias: str) -> str:
    return f"({' OR '.join(_conditions or ['FALSE'])})".replace("{m}", alias)


def with_shared(members: QuerySet[Membership]) -> QuerySet[Any]:
    """The memberships with what `actor_for` needs to know of each."""
    sql = shared_sql(f'"{Membership._meta.db_table}"')
    return members.annotate(shared=RawSQL(sql, (), output_field=BooleanField()))  # noqa: S611  our own words only

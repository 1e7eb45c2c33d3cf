"""Who asks, as objects that are built once and kept as long as their rows stay the same.

Compiling the query for a membership with its role and workspace takes ten times as long as running it, and every
request needs it. So a request reads the bare rows, all that its rights depend on, by one plain statement; objects are
built anew only when these differ from what was read before. Whatever changes there counts at once.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Hashable, Sequence
from typing import Any, Generic, TypeVar

from django.db import connection
from django.db.models import Model

from amity.foundation.accounts.models import Membership

MOST = 1000
Found = TypeVar("Found")
Tables = Sequence[tuple[str, type[Model]]]


class Known(Generic[Found]):
    """`load` builds the object of a key when its rows are new. Shared by all threads: never change what it gives."""

    def __init__(self, statement: Callable[[], str], load: Callable[[Any], Found | None]) -> None:
        self._statement, self._load = statement, load
        self._known: dict[Hashable, tuple[tuple[Any, ...], Found]] = {}

    def get(self, key: Hashable, *parameters: Any) -> Found | None:
        with connection.cursor() as cursor:
            cursor.execute(self._statement(), parameters)
            rows = cursor.fetchone()
        if rows is None:
            self._known.pop(key, None)
            return None
        known = self._known.get(key)
        return known[1] if known and known[0] == rows else self._build(key, rows)

    def _build(self, key: Hashable, rows: tuple[Any, ...]) -> Found | None:
        found = self._load(key)
        if found is not None:
            if len(self._known) >= MOST:
                self._known.clear()
            self._known[key] = (rows, found)
        return found


def columns(tables: Tables, without: Sequence[str] = ("password", "digest")) -> str:
    """Every column of the tables by their aliases, secrets left out."""
    return ", ".join(
        f'{alias}."{field.column}"'
        for alias, model in tables
        for field in model._meta.concrete_fields
        if field.name not in without
    )


def names(tables: Tables) -> dict[str, str]:
    return {alias: f'"{model._meta.db_table}" {alias}' for alias, model in tables}


def own(membership: Membership) -> Membership:
    """A copy for one request: services read a workspace anew after they changed it."""
    mine = copy.copy(membership)
    mine.workspace = copy.copy(membership.workspace)
    return mine

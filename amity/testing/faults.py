"""Breaking things on purpose: the Nth statement fails, and what the database holds is compared before and after."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import DatabaseError, OperationalError, connection

from amity.foundation.records import database
from amity.testing.row_security import seeing_all

_BOOKKEEPING = ("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "SET CONSTRAINTS")


class Broken(OperationalError):
    """The failure that was asked for."""


class _Counter:
    def __init__(self, fail_at: int) -> None:
        self.fail_at = fail_at
        self.seen = 0

    def count(self) -> None:
        self.seen += 1
        if self.seen == self.fail_at:
            raise Broken(f"statement {self.seen} fails")

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if not sql.startswith(_BOOKKEEPING):
            self.count()
        return execute(sql, params, many, context)


@contextmanager
def failing_statement(number: int) -> Iterator[_Counter]:
    """Make the `number`-th statement raise; COPY counts as one. 0 fails none and only counts."""
    counter = _Counter(number)
    copy = database._copy

    def counted_copy(cursor: Any, statement: str, rows: Any) -> None:
        counter.count()
        copy(cursor, statement, rows)

    database._copy = counted_copy
    try:
        with connection.execute_wrapper(counter):
            yield counter
    finally:
        database._copy = copy


def fail_each_statement(action: Callable[[], Any], check: Callable[[], Any], *, limit: int = 400) -> int:
    """Run `action` with its first, second, … statement failing until one run passes; returns how many failed.

    After each failure `check` runs. The action must begin anew each time; its last run succeeds and stays.
    """
    for number in range(1, limit):
        try:
            with failing_statement(number):
                action()
        except Broken:
            check()
        else:
            return number - 1
    raise AssertionError(f"still failing after {limit} statements")


def snapshot() -> dict[str, str]:
    """A digest of the rows of every table: equal snapshots mean that nothing changed."""
    found = {}
    with seeing_all(), connection.cursor() as cursor:
        for table in sorted(connection.introspection.table_names(cursor)):
            if "_fts" in table:  # the index's own tables; `search_index_sound` looks after them
                continue
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608
            rows = sorted(repr(row) for row in cursor.fetchall())
            found[table] = hashlib.sha256("\n".join(rows).encode("utf-8", "backslashreplace")).hexdigest()
    return found


def changed_tables(before: dict[str, str]) -> list[str]:
    """Tables whose rows differ from a snapshot."""
    after = snapshot()
    return [table for table in after if after[table] != before.get(table)]


def search_index_sound() -> bool:
    """Whether the full-text index holds what its table says. Always true on PostgreSQL, which keeps it itself."""
    if connection.vendor != "sqlite":
        return True
    with connection.cursor() as cursor:
        try:
            cursor.execute(
                "INSERT INTO records_search_fts(records_search_fts, rank) VALUES ('integrity-check', 1)"
            )
        except DatabaseError:
            return False
    return True

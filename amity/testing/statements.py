"""How many statements a piece of work sends to the database, and the committed baseline of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import connection


class Statements(list[str]):
    """The statements seen, in order, savepoints left out."""

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if not sql.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
            self.append(sql)
        return execute(sql, params, many, context)


@contextmanager
def recorded() -> Iterator[Statements]:
    """Record every statement of this connection."""
    seen = Statements()
    with connection.execute_wrapper(seen):
        yield seen


class Baseline:
    """A file of `{name: number of statements}` that is committed; a test compares, `rewrite` renews it."""

    def __init__(self, path: Path, *, rewrite: bool = False) -> None:
        self.path = path
        self.rewrite = rewrite
        self.known: dict[str, int] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}

    def check(self, name: str, seen: Statements) -> None:
        """AssertionError when the number differs from the committed one, or none is committed."""
        if self.rewrite:
            self.known[name] = len(seen)
            self.path.write_text(json.dumps(self.known, indent=2, sort_keys=True) + "\n", encoding="utf-8")
        listing = "\n".join(sql[:160] for sql in seen)
        assert self.known.get(name) == len(seen), (
            f"{name}: {len(seen)} statements, not {self.known.get(name)}:\n{listing}"
        )

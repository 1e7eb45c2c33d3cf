"""How a waiting worker learns of new work: data_version on SQLite, LISTEN/NOTIFY on PostgreSQL."""

from __future__ import annotations

import threading
import time
from typing import Any, Protocol

from django.db import connection

CHANNEL = "amity_work"
TICK = 0.015


class Bell:
    """Wakes every waiting thread. Each keeps the number it saw last, so no ring is missed."""

    def __init__(self) -> None:
        self._rung = threading.Condition()
        self.count = 0

    def ring(self) -> None:
        with self._rung:
            self.count += 1
            self._rung.notify_all()

    def wait(self, seen: int, timeout: float) -> int:
        """Returns at once when rung since `seen`; the number to pass next time."""
        with self._rung:
            self._rung.wait_for(lambda: self.count != seen, timeout)
            return self.count


class Watch(Protocol):
    def wait(self, seconds: float, stop: threading.Event) -> bool:
        """True as soon as somebody may have added work, False after `seconds`. Raises DatabaseError."""

    def close(self) -> None: ...


class SqliteWatch:
    """`PRAGMA data_version` changes with every commit of another connection and costs 3 µs."""

    def __init__(self) -> None:
        connection.ensure_connection()
        self._raw: Any = connection.connection
        self._seen = self._version()

    def _version(self) -> int:
        with connection.wrap_database_errors:
            return int(self._raw.execute("PRAGMA data_version").fetchone()[0])

    def wait(self, seconds: float, stop: threading.Event) -> bool:
        until = time.monotonic() + seconds
        while not stop.wait(TICK) and time.monotonic() < until:
            version = self._version()
            if version != self._seen:
                self._seen = version
                return True
        return False

    def close(self) -> None:
        connection.close()


class PostgresWatch:
    """Listens on a connection of its own."""

    def __init__(self) -> None:
        with connection.wrap_database_errors:
            self._raw: Any = connection.get_new_connection(connection.get_connection_params())
            self._raw.autocommit = True
            self._raw.execute(f"LISTEN {CHANNEL}")

    def wait(self, seconds: float, stop: threading.Event) -> bool:
        with connection.wrap_database_errors:
            return any(True for _ in self._raw.notifies(timeout=seconds, stop_after=1))

    def close(self) -> None:
        self._raw.close()


def open_watch() -> Watch:
    return PostgresWatch() if connection.vendor == "postgresql" else SqliteWatch()


def notify() -> None:
    """Call in the transaction that adds work; workers hear of it when that commits. Free on SQLite."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_notify(%s, '')", [CHANNEL])

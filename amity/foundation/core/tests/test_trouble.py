"""What the machine under us does wrong, told by its own numbers."""

from __future__ import annotations

import errno
import sqlite3

import psycopg
import pytest
from django.db import DatabaseError, IntegrityError, InterfaceError, OperationalError

from amity.foundation.core.errors import Busy, DiskFull, NotWritable
from amity.foundation.core.jobs.execute import MACHINE_WAIT, execute
from amity.foundation.core.jobs.store import Claimed
from amity.foundation.core.trouble import trouble


def wrapped(kind: type[Exception], cause: Exception) -> Exception:
    """As Django hands on what a driver raised."""
    error = kind(*cause.args)
    error.__cause__ = cause
    return error


def of_sqlite(code: int) -> Exception:
    cause = sqlite3.OperationalError("x")
    cause.sqlite_errorcode = code  # type: ignore[misc]
    return wrapped(OperationalError, cause)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (of_sqlite(sqlite3.SQLITE_FULL), DiskFull),
        (of_sqlite(sqlite3.SQLITE_BUSY_SNAPSHOT), Busy),
        (of_sqlite(sqlite3.SQLITE_READONLY_DBMOVED), NotWritable),
        (of_sqlite(sqlite3.SQLITE_IOERR_FSYNC), NotWritable),
        (of_sqlite(sqlite3.SQLITE_ERROR), None),
        (wrapped(OperationalError, psycopg.errors.DiskFull("x")), DiskFull),
        (wrapped(OperationalError, psycopg.errors.TooManyConnections("x")), Busy),
        (wrapped(OperationalError, psycopg.errors.LockNotAvailable("x")), Busy),
        (wrapped(OperationalError, psycopg.errors.AdminShutdown("x")), Busy),
        (wrapped(OperationalError, psycopg.errors.DeadlockDetected("x")), Busy),
        (wrapped(OperationalError, psycopg.OperationalError("connection refused")), Busy),
        (wrapped(InterfaceError, psycopg.InterfaceError("connection is closed")), Busy),
        (wrapped(DatabaseError, psycopg.errors.ReadOnlySqlTransaction("x")), NotWritable),
        (wrapped(DatabaseError, psycopg.errors.UndefinedColumn("x")), None),
        (wrapped(IntegrityError, psycopg.errors.UniqueViolation("x")), None),
        (OSError(errno.ENOSPC, "x"), DiskFull),
        (OSError(errno.EROFS, "x"), NotWritable),
        (OSError(errno.ENOENT, "x"), None),
        (ValueError("x"), None),
        (None, None),
    ],
)
def test_faults_of_the_machine_are_told_from_our_own(error: Exception | None, kind: type | None) -> None:
    assert (type(trouble(error)) if trouble(error) else None) is kind


def test_a_job_is_not_blamed_for_a_full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(job: Claimed, here: object) -> None:
        raise OSError(errno.ENOSPC, "no space")

    monkeypatch.setattr("amity.foundation.core.jobs.execute._call", full)
    outcome = execute(Claimed(1, "x", {}, None, None, 1, 1))
    assert (outcome.state, outcome.attempts) == ("ready", 0)
    assert "disk is full" in outcome.error
    assert MACHINE_WAIT > 0

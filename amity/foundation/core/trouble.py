"""Faults of the machine under us (full or failing disk, locked or absent database) told as our own errors."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Mapping

from django.db import InterfaceError, OperationalError
from django.db.utils import Error as DatabaseFault

from amity.foundation.core.errors import Busy, DiskFull, NotWritable, Unavailable

Kinds = Mapping[int, type[Unavailable]]
SYSTEM: Kinds = {
    errno.ENOSPC: DiskFull,
    errno.EDQUOT: DiskFull,
    errno.EFBIG: DiskFull,
    errno.EROFS: NotWritable,
    errno.EIO: NotWritable,
    errno.EACCES: NotWritable,
}
SQLITE: Kinds = {
    sqlite3.SQLITE_FULL: DiskFull,
    sqlite3.SQLITE_BUSY: Busy,
    sqlite3.SQLITE_LOCKED: Busy,
    sqlite3.SQLITE_READONLY: NotWritable,
    sqlite3.SQLITE_IOERR: NotWritable,
    sqlite3.SQLITE_CANTOPEN: NotWritable,
}
# SQLSTATE, or its class of two signs: connection, rollback, resources, lock, operator, system.
POSTGRESQL: Mapping[str, type[Unavailable]] = {
    "53100": DiskFull,
    "25006": NotWritable,
    "58030": NotWritable,
    "55P03": Busy,
    "08": Busy,
    "40": Busy,
    "53": Busy,
    "57": Busy,
}


def trouble(error: BaseException | None) -> Unavailable | None:
    """The error to answer with, None when the fault is in the program itself."""
    if isinstance(error, DatabaseFault):
        kind = _of_database(error)
    elif isinstance(error, OSError):
        kind = SYSTEM.get(error.errno or 0)
    else:
        kind = None
    return kind() if kind else None


def _of_database(error: DatabaseFault) -> type[Unavailable] | None:
    """By the number the database itself gave; a connection that was lost or refused has none."""
    cause = error.__cause__
    number = getattr(cause, "sqlite_errorcode", None)
    if number is not None:
        return SQLITE.get(number & 0xFF)  # the rest tells apart kinds of the same
    state = getattr(cause, "sqlstate", None)
    if state is not None:
        return POSTGRESQL.get(state) or POSTGRESQL.get(state[:2])
    return Busy if isinstance(error, OperationalError | InterfaceError) else None

"""`amity check`: what is wrong with this installation, line by line; exit code 1 when it must be mended."""

from __future__ import annotations

import shutil
import stat
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from django.core.checks import ERROR, run_checks
from django.db import DatabaseError, connection
from django.db.models import Count

from amity.foundation.accounts.models import Workspace
from amity.foundation.core import lockfile, row_security
from amity.foundation.core.clock import now
from amity.foundation.core.models import WorkerBeat
from amity.foundation.records.access import all_records
from amity.foundation.records.models import SearchRow
from amity.foundation.records.objects import specs_for
from amity.foundation.records.search import FTS
from config import install
from config.cli import FAILED, OK
from config.env import env

GOOD, WARN, BAD = "ok", "warning", "wrong"
LEAST_DISK = 200 * 1024 * 1024
BEAT_AGE = timedelta(seconds=30)
Finding = tuple[str, str, str]


def add_arguments(parser: ArgumentParser) -> None:
    """It takes none."""


def run(options: Namespace) -> int:
    worst = OK
    for area, state, text in findings():
        sys.stdout.write(f"{state:8}{area:12}{text}\n")
        worst = FAILED if state == BAD else worst
    return worst


def findings() -> Iterator[Finding]:
    """Every area in turn, as the owner of the tables, then the lock that holds everybody else."""
    with row_security.as_owner():
        yield from areas()
    yield from row_lock()


def areas() -> Iterator[Finding]:
    """Those that need tables when they are there. Makes an empty folder ready first."""
    try:
        if install.state().empty:
            install.ready(env.home)
        now_state = install.state()
    except DatabaseError as error:
        yield "database", BAD, f"does not answer: {error}"
        return
    yield "database", GOOD, f"{connection.vendor} answers"
    yield from migrations(now_state)
    checks: list[Callable[[], Iterator[Finding]]] = [integrity, disk, secret_key, settings_checks]
    if not now_state.pending and not now_state.newer:
        checks += [search_index, worker]
    for check in checks:
        yield from check()


def migrations(state: install.State) -> Iterator[Finding]:
    if state.newer:
        yield "migrations", BAD, "the data was made by a newer Amity; install that version again"
    elif state.pending:
        yield "migrations", BAD, f"{len(state.pending)} are missing; amity start brings the data up to date"
    else:
        yield "migrations", GOOD, "up to date"


def integrity() -> Iterator[Finding]:
    """SQLite reads every page; PostgreSQL looks after its own pages."""
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA integrity_check(5)")
        rows = [row[0] for row in cursor.fetchall()]
        cursor.execute("PRAGMA foreign_key_check")
        orphans = cursor.fetchall()
        tables = connection.introspection.table_names(cursor)
        if FTS in tables:
            rows += _index_damage(cursor)
    good = rows == ["ok"]
    yield (
        "integrity",
        GOOD if good else BAD,
        "every page is sound" if good else "; ".join(r for r in rows if r != "ok"),
    )
    if orphans:
        yield "integrity", BAD, f"{len(orphans)} rows point to nothing, first in {orphans[0][0]}"
    kind = install.disk_kind(env.home)
    if kind in install.NETWORK_DISKS:
        yield "integrity", BAD, f"the folder is on a network disk ({kind})"


def _index_damage(cursor: Any) -> list[str]:
    """FTS5 compares its index with the text it was made from."""
    try:
        cursor.execute(f"INSERT INTO {FTS}({FTS}, rank) VALUES ('integrity-check', 1)")  # noqa: S608
    except DatabaseError as error:
        return [f"the search index does not match its text: {error}"]
    return []


def search_index() -> Iterator[Finding]:
    """As many search rows as live records, per workspace and object."""
    have = dict(SearchRow.unscoped.values_list("object_type_id").annotate(n=Count("id")))
    wrong = []
    for workspace in Workspace.objects.all():
        for spec in specs_for(workspace).values():
            count = all_records(spec, workspace.pk).filter(deleted_at=None).count()
            if count != have.get(spec.type_id, 0):
                wrong.append(f"{workspace.name}/{spec.key}: {have.get(spec.type_id, 0)} of {count}")
    state = BAD if wrong else GOOD
    yield "search", state, "; ".join(wrong) if wrong else f"{sum(have.values())} records are indexed"


def row_lock() -> Iterator[Finding]:
    """Whether PostgreSQL keeps firms apart, asked as the role that serves."""
    if connection.vendor != "postgresql":
        return
    if not row_security.on():
        yield "row lock", GOOD, "off; AMITY_ROW_SECURITY=1 turns it on"
        return
    try:
        blind, unlocked = row_security.blind_to(), row_security.open_tables()
    except DatabaseError as error:
        yield (
            "row lock",
            BAD,
            f"the role {row_security.role()} cannot be used; amity start makes it: {str(error).strip()}",
        )
        return
    if blind:
        yield "row lock", BAD, f"open: {blind}, whom PostgreSQL lets see every firm's rows"
    if unlocked:
        yield "row lock", BAD, f"open on {', '.join(unlocked)}; amity start closes it"
    if not blind and not unlocked:
        yield "row lock", GOOD, f"closed for {row_security.role()}"


def disk() -> Iterator[Finding]:
    free = shutil.disk_usage(env.home).free
    yield "disk", GOOD if free > LEAST_DISK else BAD, f"{free / 1e9:.1f} GB are free at {env.home}"


def worker() -> Iterator[Finding]:
    """A worker matters when something runs; a stopped installation has none."""
    alive = WorkerBeat.objects.filter(seen_at__gt=now() - BEAT_AGE).count()
    if alive:
        yield "worker", GOOD, f"{alive} alive"
    elif lockfile.running(env.home):
        yield "worker", BAD, "none is alive although Amity runs: mail, imports and webhooks wait"
    else:
        yield "worker", WARN, "none; Amity is not running"


def secret_key() -> Iterator[Finding]:
    path = env.home / "secret.key"
    mode = stat.S_IMODE(path.stat().st_mode)
    if len(env.secret_key) < 40:
        yield "secret key", BAD, f"{path} is too short; delete it, everybody signs in anew"
    elif sys.platform != "win32" and mode & 0o077:
        yield "secret key", BAD, f"others on this machine can read {path}: chmod 600 it"
    else:
        yield "secret key", GOOD, "only its owner reads it"


def settings_checks() -> Iterator[Finding]:
    """The framework's own checks for a public server; what only https can mend is a warning without https."""
    found = [item for item in run_checks(include_deployment_checks=True) if not item.is_silenced()]
    for item in found:
        yield (
            "settings",
            BAD if item.level >= ERROR or env.secure else WARN,
            f"{item.id}: {item.msg.splitlines()[0]}",
        )
    if not found:
        yield "settings", GOOD, "all checks pass"

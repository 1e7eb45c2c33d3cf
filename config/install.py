"""The data folder: made when it is empty, brought up to date when it is older, refused when it is newer."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.db.migrations.recorder import MigrationRecorder

from amity.foundation.accounts import setup
from amity.foundation.core import lockfile, row_security
from config.backup import automatic_backup
from config.env import env

LOCK = "upgrade.lock"
ADVISORY_LOCK = 4_126_901
LONGEST_UPGRADE = 3600.0
NETWORK_DISKS = {
    "nfs", "nfs4", "cifs", "smb2", "smb3", "smbfs", "afs", "ceph", "glusterfs", "fuse.glusterfs", "lustre",
    "ncpfs", "fuse.sshfs", "fuse.rclone", "fuse.s3fs", "davfs", "fuse.davfs2", "gpfs",
}  # fmt: skip
Name = tuple[str, str]


class Unusable(SystemExit):
    """The data cannot be used as it is. Ends the process with the reason and exit code 1."""


@dataclass(frozen=True)
class State:
    """Migrations the database lacks, and those it has that this program does not know."""

    pending: tuple[Name, ...]
    newer: tuple[Name, ...]
    empty: bool


def state() -> State:
    """Compare file names with the database's own list: no migration is imported, so it costs milliseconds."""
    applied = set(MigrationRecorder(connection).applied_migrations())
    known = known_migrations()
    newer = sorted(name for name in applied - known if is_ours(name[0]))
    return State(tuple(sorted(known - applied)), tuple(newer), not applied)


def is_ours(name: str) -> bool:
    """Whether a migration (label first) belongs to a room, not to a package that may tidy its own."""
    label = name.partition(".")[0]
    return any(config.label == label and config.name in settings.ROOMS for config in apps.get_app_configs())


def known_migrations() -> set[Name]:
    """Every migration of the installed rooms and packages, as (label, name)."""
    return {
        (config.label, file.stem)
        for config in apps.get_app_configs()
        for file in (Path(config.path) / "migrations").glob("[!_]*.py")
    }


def ready(home: Path, *, starting: bool = False) -> None:
    """Have all tables, up to date, and the row lock closed. An upgrade of existing data writes a backup first.

    Safe to call from several processes at once. `starting`: the caller is the program that holds the folder.
    Raises Unusable: newer data, a network disk under SQLite, another program running, a failed migration.
    """
    refuse_network_disk()
    with row_security.as_owner() as role:
        _bring_up_to_date(home, starting)
        if role:
            _close_lock(home, role)


def _bring_up_to_date(home: Path, starting: bool) -> None:
    if not _pending():
        return
    with _one_at_a_time(home):
        now = state()
        if not now.pending:
            return
        if not now.empty:
            if not starting and lockfile.running(home):
                raise Unusable(
                    "Amity runs with an older program on this data. Stop it and start it again first."
                )
            _backup_first(home, now)
        _migrate(home, now)


def _pending() -> bool:
    now = state()
    refuse_newer(now.newer)
    return bool(now.pending)


def refuse_newer(newer: tuple[Name, ...]) -> None:
    """Raises Unusable when data was written by a later release."""
    if newer:
        names = ", ".join(f"{label} {name}" for label, name in newer[:3])
        raise Unusable(
            f"The data was made by a newer Amity than this program (it has {names}). "
            "Install that version again, or restore a backup made before the upgrade."
        )


def _backup_first(home: Path, now: State) -> None:
    path = automatic_backup(home, "before-upgrade")
    sys.stderr.write(f"Upgrading the data ({len(now.pending)} steps). Backup before it: {path}\n")


def _migrate(home: Path, now: State) -> None:
    """Each migration is one transaction, so that an interrupted upgrade goes on where it stopped."""
    try:
        with _quick_if_empty(now):
            call_command("migrate", verbosity=0, interactive=False, skip_checks=True)
    except Exception as error:
        raise Unusable(
            f"The upgrade of the data failed: {type(error).__name__}: {error}\n"
            f"Amity does not start on half upgraded data. The backup is in {home / 'backups'}."
        ) from error


def _close_lock(home: Path, role: str) -> None:
    """Raises Unusable when the database's owner may not make the role."""
    if row_security.is_closed(role):
        return
    try:
        with _one_at_a_time(home):
            row_security.close_lock(role)
    except DatabaseError as error:
        owner = connection.settings_dict["USER"]
        raise Unusable(
            f"AMITY_ROW_SECURITY needs the role {role}, which could not be set up: {str(error).strip()}\n"
            f'As a superuser of PostgreSQL: CREATE ROLE "{role}"; GRANT "{role}" TO "{owner}";'
        ) from error


@contextmanager
def _quick_if_empty(now: State) -> Iterator[None]:
    """New tables of an empty SQLite file need not reach the disk one by one: nothing can be lost yet."""
    if not now.empty or connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous=OFF")
    try:
        yield
    finally:
        connection.close()  # the next connection is as safe as settings say


@contextmanager
def _one_at_a_time(home: Path) -> Iterator[None]:
    """Hold the upgrade lock of the folder and, where the database is shared, of the database."""
    with ExitStack() as stack:
        until = time.monotonic() + LONGEST_UPGRADE
        while True:
            try:
                stack.enter_context(lockfile.hold(home, "", LOCK))
                break
            except lockfile.AlreadyRunning:
                if time.monotonic() > until:
                    raise Unusable("Another upgrade of this data does not end.") from None
                time.sleep(0.05)
        if connection.vendor == "postgresql":
            stack.enter_context(_advisory_lock())
        yield


@contextmanager
def _advisory_lock() -> Iterator[None]:
    """An upgrade waits for others as long as it takes."""
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = 0")
        cursor.execute("SELECT pg_advisory_lock(%s)", [ADVISORY_LOCK])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [ADVISORY_LOCK])
            cursor.execute("RESET lock_timeout")


def refuse_network_disk() -> None:
    """SQLite's locks and shared memory do not hold on network disks. Known on Linux only."""
    if connection.vendor != "sqlite":
        return
    folder = Path(str(connection.settings_dict["NAME"])).resolve().parent
    kind = disk_kind(folder)
    if kind in NETWORK_DISKS:
        raise Unusable(
            f"{folder} is on a network disk ({kind}), where SQLite may lose data. "
            "Set AMITY_HOME to a folder on a local disk, or DATABASE_URL to a PostgreSQL database."
        )


def disk_kind(folder: Path, mounts: Path = Path("/proc/self/mountinfo")) -> str:
    """File system type of the longest mount point above a folder; empty when the system does not tell."""
    if not mounts.exists():
        return ""
    found = (0, "")
    for line in mounts.read_text(encoding="utf-8", errors="replace").splitlines():
        left, _dash, right = line.partition(" - ")
        point = Path(left.split()[4].replace("\\040", " "))
        if folder == point or point in folder.parents:
            found = max(found, (len(point.parts), right.split()[0]))
    return found[1]


# --- first start ------------------------------------------------------------


def first_run() -> str:
    """The key of the first-run page while there is nobody yet; then empty, and its file is gone."""
    if setup.is_new():
        return setup.setup_key()
    setup.key_file().unlink(missing_ok=True)
    return ""


def prepare() -> None:
    """What the web process does before it serves: see `config.supervisor`."""
    ready(env.home, starting=True)
    first_run()

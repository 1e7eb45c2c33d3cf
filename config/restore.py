"""Reading a backup back. Everything is checked before anything is replaced."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import sqlite3
import tarfile
import tempfile
import zlib
from contextlib import closing, suppress
from pathlib import Path, PurePosixPath
from typing import Any

from django.contrib.sessions.models import Session
from django.db import connection

from amity.engines.notify import centre, mail
from amity.foundation.accounts.models import AuditEntry, Workspace
from amity.foundation.core import lockfile, row_security
from amity.foundation.core.errors import Conflict
from config import install
from config.backup import (
    CHUNK,
    FOLDERS,
    FORMAT,
    KEY_PART,
    MANIFEST,
    POSTGRES_PART,
    SQLITE_PART,
    BackupFailed,
    Hashing,
    automatic_backup,
    database_part,
    run_postgres,
)

MAX_MANIFEST = 256 * 1024 * 1024


def restore(home: Path, source: Path, *, force: bool = False) -> dict[str, Any]:
    """Replace database, files and secret key with those of a backup; returns its manifest.

    Raises BackupFailed for a file that is damaged, foreign or too new, Conflict when there are data and not
    `force`, or when Amity runs. With `force` the present data go to `backups/before-restore-….tar.gz` first.
    Afterwards all sessions are gone, mail that waited is held, and the log in Settings says of when these data are.
    """
    try:
        with lockfile.hold(home, ""), tempfile.TemporaryDirectory(prefix=".restore-", dir=home) as folder:
            manifest = unpack(source, Path(folder))
            _refuse_unfit(manifest)
            with row_security.as_owner():
                _save_present(home, force)
                _replace(home, Path(folder))
            install.ready(home, starting=True)
            Session.objects.all().delete()
            mail.hold_everything()
            centre.nothing_to_mail()
            _write_down(manifest)
            return manifest
    except lockfile.AlreadyRunning as error:
        raise Conflict(f"{error} Stop it before restoring.") from error


def _write_down(manifest: dict[str, Any]) -> None:
    """What happened since the backup is not in these data: administrators see so in the log."""
    made_at = str(manifest.get("made_at", ""))[:16].replace("T", " ")
    AuditEntry.unscoped.bulk_create(
        AuditEntry(workspace=workspace, verb="data.restored", subject=f"{made_at} UTC")
        for workspace in Workspace.objects.all()
    )


# --- reading the archive ------------------------------------------------------------


def unpack(source: Path, folder: Path) -> dict[str, Any]:
    """Write the parts of a backup into an empty folder and check every hash. Raises BackupFailed."""
    found: dict[str, str] = {}
    manifest: dict[str, Any] = {}
    try:
        with gzip.open(source) as packed, tarfile.open(fileobj=packed, mode="r|") as archive:
            for member in archive:
                if member.name == MANIFEST:
                    manifest = _read_manifest(archive, member)
                elif member.name in found:
                    raise BackupFailed(f"{source.name} holds {member.name!r} twice.")
                else:
                    found[member.name] = _unpack_part(archive, member, folder)
            shutil.copyfileobj(packed, Discard(), CHUNK)  # to the end, where gzip compares its own sum
    except (tarfile.TarError, EOFError, zlib.error, UnicodeError, ValueError) as error:
        raise BackupFailed(f"{source.name} is damaged or not a backup: {error}") from error
    except OSError as error:
        if error.errno is None:  # gzip's own complaints have no number
            raise BackupFailed(f"{source.name} is damaged or not a backup: {error}") from error
        raise
    _compare(source, manifest, found)
    return manifest


class Discard:
    """Where bytes go that are read only to be checked."""

    def write(self, data: bytes) -> int:
        return len(data)


def _read_manifest(archive: tarfile.TarFile, member: tarfile.TarInfo) -> dict[str, Any]:
    file = archive.extractfile(member) if member.isreg() and member.size <= MAX_MANIFEST else None
    manifest = json.loads(file.read()) if file else None
    if not isinstance(manifest, dict) or not isinstance(manifest.get("parts"), dict):
        raise ValueError("its list of parts cannot be read")
    return manifest


def _unpack_part(archive: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> str:
    """Write one part under a path that we build; returns its hash."""
    target = folder.joinpath(*safe_parts(member))
    target.parent.mkdir(parents=True, exist_ok=True)
    file = archive.extractfile(member)
    if file is None:
        raise BackupFailed(f"The backup holds {member.name!r}, which is not a file.")
    reader = Hashing(file)
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        shutil.copyfileobj(reader, out, CHUNK)
    return reader.digest()


def safe_parts(member: tarfile.TarInfo) -> tuple[str, ...]:
    """The pieces of a part's name, if it is one that a backup can have. Raises BackupFailed for any other."""
    parts = PurePosixPath(member.name).parts
    known = member.name in (SQLITE_PART, POSTGRES_PART, KEY_PART)
    attached = len(parts) > 1 and parts[0] in FOLDERS
    plain = member.name == "/".join(parts) and not any(
        part in ("..", ".") or "\\" in part or ":" in part or "\0" in part for part in parts
    )
    if not member.isreg() or not plain or not (known or attached):
        raise BackupFailed(
            f"The backup holds {member.name!r}, which no backup of Amity does. It was refused."
        )
    return parts


def _compare(source: Path, manifest: dict[str, Any], found: dict[str, str]) -> None:
    """Name what is damaged, missing or added."""
    if not manifest:
        raise BackupFailed(f"{source.name} is cut off or not a backup: it has no {MANIFEST}.")
    expected = {name: part.get("sha256") for name, part in manifest["parts"].items()}
    wrong = sorted(name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name))
    if wrong:
        raise BackupFailed(f"{source.name} is damaged: {', '.join(wrong[:5])} is not what was backed up.")


def _refuse_unfit(manifest: dict[str, Any]) -> None:
    if manifest.get("format") != FORMAT:
        raise BackupFailed("This backup has a format that this Amity does not know.")
    if database_part() not in manifest["parts"]:
        raise BackupFailed(
            f"This backup is of {manifest.get('engine')}; this installation uses {connection.vendor}."
        )
    known = {".".join(name) for name in install.known_migrations()}
    newer = sorted(
        name for name in manifest.get("migrations", []) if name not in known and install.is_ours(name)
    )
    if newer:
        raise BackupFailed(
            f"This backup was made by a newer Amity ({manifest.get('amity')}); it has {newer[0]}."
        )


# --- replacing ------------------------------------------------------------


def _save_present(home: Path, force: bool) -> None:
    if not _has_data(home):
        return
    if not force:
        raise Conflict(f"There are data in {home}. Use an empty AMITY_HOME and database, or --force.")
    automatic_backup(home, "before-restore")


def _has_data(home: Path) -> bool:
    """Somebody's workspace or files; tables alone do not count."""
    if any(path.is_file() for folder in FOLDERS for path in (home / folder).rglob("*")):
        return True
    with connection.cursor() as cursor:
        if "accounts_workspace" not in connection.introspection.table_names(cursor):
            return False
        cursor.execute("SELECT 1 FROM accounts_workspace LIMIT 1")
        return cursor.fetchone() is not None


def _replace(home: Path, folder: Path) -> None:
    """Put the checked parts in place. The database comes first: files without it would be nobody's."""
    if connection.vendor == "sqlite":
        _replace_sqlite(folder / SQLITE_PART)
    else:
        _replace_postgres(folder / POSTGRES_PART)
    for name in FOLDERS:
        shutil.rmtree(home / name, ignore_errors=True)
        if (folder / name).exists():
            os.replace(folder / name, home / name)
    with suppress(FileNotFoundError):
        os.replace(folder / KEY_PART, home / KEY_PART)


def _replace_sqlite(part: Path) -> None:
    """Copy into the present file in one transaction, so that a crash leaves one or the other."""
    connection.close()
    with (
        closing(sqlite3.connect(part)) as source,
        closing(sqlite3.connect(connection.settings_dict["NAME"], timeout=30)) as target,
    ):
        source.backup(target, pages=-1)


def _replace_postgres(part: Path) -> None:
    """Empty the schema of what is ours, then load in one transaction."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"DROP TABLE IF EXISTS {connection.ops.quote_name(table)} CASCADE")
    connection.close()
    run_postgres(
        "pg_restore", "--clean", "--if-exists", "--no-owner", "--no-privileges", "--no-comments",
        "--single-transaction", "--exit-on-error", f"--dbname={connection.settings_dict['NAME']}", str(part),
    )  # fmt: skip

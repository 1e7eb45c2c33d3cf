"""Writing all data to one file while people work: a copy of the database, files, and a list of hashes."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import IO, Any

from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from amity import __version__
from amity.foundation.core.clock import now, to_iso
from amity.foundation.core.errors import AmityError, Conflict

FORMAT = 1
KEEP = 5
MANIFEST = "manifest.json"
SQLITE_PART, POSTGRES_PART, KEY_PART = "database.sqlite3", "database.dump", "secret.key"
FOLDERS = ("files", "imports")
GZIP_MAGIC = b"\x1f\x8b"
CHUNK = 1024 * 1024
LEVEL = 3


class BackupFailed(AmityError):
    """A backup could not be written or cannot be used; the text says why."""


def database_part() -> str:
    """The name under which this installation's database stands in a backup."""
    return SQLITE_PART if connection.vendor == "sqlite" else POSTGRES_PART


def make_backup(home: Path, target: Path) -> dict[str, Any]:
    """Write a backup of database, files and secret key to `target` (mode 0600); returns its manifest.

    Works while others write: the database is one moment's. The file appears whole or not at all.
    Raises BackupFailed, or Conflict when `target` is some other file.
    """
    _refuse_other_file(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=target.parent) as folder:
        part = Path(folder) / database_part()
        _copy_sqlite(part) if connection.vendor == "sqlite" else _dump_postgres(part)
        whole = Path(folder) / "whole"
        manifest = _write(whole, [(part.name, part), *_parts(home)])
        os.replace(whole, target)
    return manifest


def _refuse_other_file(target: Path) -> None:
    if target.is_dir():
        raise Conflict(f"{target} is a folder; name a file.")
    if target.exists():
        with target.open("rb") as file:
            if file.read(2) not in (GZIP_MAGIC, b""):
                raise Conflict(f"{target} exists and is not a backup; it was left alone.")


def _copy_sqlite(target: Path) -> None:
    """SQLite's own online copy in one step: a reader, so writers go on beside it."""
    with (
        closing(sqlite3.connect(connection.settings_dict["NAME"], timeout=30)) as source,
        closing(sqlite3.connect(target)) as copy,
    ):
        source.backup(copy, pages=-1)


def _dump_postgres(target: Path) -> None:
    run_postgres(
        "pg_dump", "--format=custom", "--compress=0", "--no-owner", "--no-privileges", f"--file={target}"
    )


def run_postgres(program: str, *arguments: str) -> None:
    """Run one of PostgreSQL's own programs on our database. The password goes by environment.

    Raises BackupFailed when the program is missing or fails.
    """
    path = shutil.which(program)
    if path is None:
        raise BackupFailed(f"{program} is not installed. It comes with PostgreSQL's client programs.")
    settings = connection.get_connection_params()
    names = {
        "dbname": "PGDATABASE",
        "user": "PGUSER",
        "password": "PGPASSWORD",
        "host": "PGHOST",
        "port": "PGPORT",
    }
    extra = {names[key]: str(value) for key, value in settings.items() if key in names and value}
    done = subprocess.run(  # noqa: S603
        [path, "--no-password", *arguments],
        env=os.environ | extra,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BackupFailed(f"{program} failed: {done.stderr.strip() or done.returncode}")


def _parts(home: Path) -> Iterator[tuple[str, Path]]:
    """The key, then the files people attached and those being imported."""
    yield KEY_PART, home / "secret.key"
    for folder in FOLDERS:
        for path in sorted((home / folder).rglob("*")):
            if path.is_file() and not path.is_symlink():
                yield path.relative_to(home).as_posix(), path


def _write(target: Path, parts: list[tuple[str, Path]]) -> dict[str, Any]:
    """The archive: each part hashed as it is written, the manifest last, so that a cut file has none."""
    hashes: dict[str, dict[str, Any]] = {}
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with (
        os.fdopen(handle, "wb") as raw,
        gzip.GzipFile(fileobj=raw, mode="wb", compresslevel=LEVEL, filename="") as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for name, path in parts:
            with suppress(FileNotFoundError):  # a purge may remove a file meanwhile
                hashes[name] = _add(archive, name, path)
        manifest = describe(hashes)
        content = json.dumps(manifest, indent=1).encode()
        archive.addfile(_info(MANIFEST, len(content)), io.BytesIO(content))
    with target.open("rb+") as whole:
        os.fsync(whole.fileno())
    return manifest


def _add(archive: tarfile.TarFile, name: str, path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        reader = Hashing(file)
        archive.addfile(_info(name, size), reader)
    return {"size": size, "sha256": reader.digest()}


def _info(name: str, size: int) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size, info.mode, info.mtime = size, 0o600, int(now().timestamp())
    return info


class Hashing:
    """A file read through SHA-256."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._hash = file, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self._hash.update(data)
        return data

    def digest(self) -> str:
        return self._hash.hexdigest()


def describe(parts: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """What a restore must know before it touches anything."""
    applied = MigrationRecorder(connection).applied_migrations()
    return {
        "format": FORMAT,
        "amity": __version__,
        "engine": connection.vendor,
        "made_at": to_iso(now()),
        "migrations": sorted(".".join(name) for name in applied),
        "parts": parts,
    }


def automatic_backup(home: Path, why: str) -> Path:
    """A backup in `AMITY_HOME/backups`; the newest five of its kind are kept."""
    folder = home / "backups"
    path = folder / f"{why}-{now():%Y%m%d-%H%M%S-%f}.tar.gz"
    make_backup(home, path)
    prune(folder, why)
    return path


def prune(folder: Path, why: str) -> None:
    """Remove all but the newest backups of one kind; their names sort by time."""
    for old in sorted(folder.glob(f"{why}-*.tar.gz"))[:-KEEP]:
        old.unlink()

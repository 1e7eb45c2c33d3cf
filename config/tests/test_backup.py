"""A backup made while people write equals one moment's data; a damaged or foreign one changes nothing."""

import gzip
import io
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import threading
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest

from config import backup as backups
from config import restore as restores
from config.backup import BackupFailed, make_backup
from config.restore import restore, safe_parts, unpack

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "correct horse 7"


def amity(home: Path, *words: str, url: str = "", **extra: str) -> subprocess.CompletedProcess:
    """Run one command in a process of its own, as an administrator does."""
    keep = {k: v for k, v in os.environ.items() if k not in ("AMITY_HOME", "AMITY_PASSWORD", "DATABASE_URL")}
    environment = keep | {"AMITY_HOME": str(home), "DATABASE_URL": url, "PYTHONPATH": str(ROOT)} | extra
    code = "import sys; from config.cli import main; sys.exit(main())"
    return subprocess.run(
        [sys.executable, "-c", code, *words],
        env=environment,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> SimpleNamespace:
    """A small installation on SQLite with a person, a file and a backup of both."""
    home = tmp_path_factory.mktemp("amity")
    done = amity(home, "user", "add", "ann@example.com", "--role", "admin", AMITY_PASSWORD=PASSWORD)
    assert done.returncode == 0, done.stderr
    (home / "files" / "ab").mkdir(parents=True)
    (home / "files" / "ab" / "cdef").write_bytes(os.urandom(5000))
    with closing(sqlite3.connect(home / "amity.sqlite3")) as database:
        database.execute("INSERT INTO django_session VALUES ('old', 'data', '2999-01-01 00:00:00')")
        database.commit()
    target = home.parent / "whole.tar.gz"
    done = amity(home, "backup", str(target))
    assert done.returncode == 0, done.stderr
    return SimpleNamespace(home=home, file=target)


def rows(home: Path, table: str = "accounts_user") -> list:
    with closing(sqlite3.connect(home / "amity.sqlite3")) as database:
        return database.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall()


def test_restored_data_equal_the_old_and_sessions_are_gone(made, tmp_path):
    done = amity(tmp_path, "restore", str(made.file))
    assert done.returncode == 0, done.stderr
    assert rows(tmp_path) == rows(made.home)
    assert rows(tmp_path, "accounts_role") == rows(made.home, "accounts_role")
    assert rows(tmp_path, "django_session") == []
    assert len(rows(made.home, "django_session")) == 1
    assert (tmp_path / "files/ab/cdef").read_bytes() == (made.home / "files/ab/cdef").read_bytes()
    assert (tmp_path / "secret.key").read_text() == (made.home / "secret.key").read_text()
    logged = [row for row in rows(tmp_path, "accounts_auditentry") if "data.restored" in row]
    assert len(logged) == 1
    assert any(str(value).endswith(" UTC") for value in logged[0])
    assert made.file.stat().st_mode & 0o077 == 0


def test_existing_data_are_replaced_only_when_forced_and_kept_aside(made, tmp_path):
    amity(tmp_path, "user", "add", "bob@example.com", "--role", "admin", AMITY_PASSWORD=PASSWORD)
    before = rows(tmp_path)
    refused = amity(tmp_path, "restore", str(made.file))
    assert refused.returncode == 1
    assert "--force" in refused.stderr
    assert rows(tmp_path) == before
    assert amity(tmp_path, "restore", str(made.file), "--force").returncode == 0
    assert rows(tmp_path) == rows(made.home)
    assert len(list((tmp_path / "backups").glob("before-restore-*.tar.gz"))) == 1


def test_a_backup_while_others_write_is_one_moment(tmp_path, monkeypatch):
    """The writer keeps two tables in step; a copy that mixed two moments would show it."""
    path = tmp_path / "amity.sqlite3"
    monkeypatch.setattr(
        backups, "connection", SimpleNamespace(vendor="sqlite", settings_dict={"NAME": str(path)})
    )
    monkeypatch.setattr(backups, "describe", lambda parts: {"parts": parts})
    with closing(sqlite3.connect(path)) as database:
        database.executescript("PRAGMA journal_mode=WAL; CREATE TABLE a(x); CREATE TABLE b(x);")
    stop, began = threading.Event(), threading.Event()
    writer = threading.Thread(target=write_pairs, args=(path, stop, began))
    writer.start()
    try:
        assert began.wait(10)
        for number in range(5):
            make_backup(tmp_path, tmp_path / f"{number}.tar.gz")
    finally:
        stop.set()
        writer.join()
    for number in range(5):
        folder = tmp_path / f"out{number}"
        folder.mkdir()
        unpack(tmp_path / f"{number}.tar.gz", folder)
        with closing(sqlite3.connect(folder / "database.sqlite3")) as copy:
            assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            counts = copy.execute("SELECT (SELECT count(*) FROM a), (SELECT count(*) FROM b)").fetchone()
        assert counts[0] == counts[1] > 0


def write_pairs(path: Path, stop: threading.Event, began: threading.Event) -> None:
    with closing(sqlite3.connect(path, timeout=30)) as database:
        while not stop.is_set():
            database.execute("INSERT INTO a VALUES (randomblob(2000))")
            database.execute("INSERT INTO b VALUES (randomblob(2000))")
            database.commit()
            began.set()


def repack(source: Path, target: Path, change) -> Path:
    """The archive again with every member passed through `change(name, data) -> data or None`."""
    with tarfile.open(source) as old, tarfile.open(target, "w:gz") as new:
        for member in old:
            data = change(member.name, old.extractfile(member).read())
            if data is not None:
                info = tarfile.TarInfo(member.name)
                info.size = len(data)
                new.addfile(info, io.BytesIO(data))
    return target


def flip(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


@pytest.mark.parametrize("part", ["database.sqlite3", "files/ab/cdef", "secret.key"])
def test_one_flipped_bit_in_a_part_is_refused_by_name(made, tmp_path, part):
    bad = repack(made.file, tmp_path / "bad.tar.gz", lambda name, data: flip(data) if name == part else data)
    out = tmp_path / "out"
    out.mkdir()
    with pytest.raises(BackupFailed, match=part):
        unpack(bad, out)


def test_missing_and_added_parts_are_refused_by_name(made, tmp_path):
    less = repack(
        made.file, tmp_path / "l.tar.gz", lambda name, data: None if name == "files/ab/cdef" else data
    )
    (tmp_path / "1").mkdir()
    with pytest.raises(BackupFailed, match="files/ab/cdef"):
        unpack(less, tmp_path / "1")
    more = append(made.file, tmp_path / "m.tar.gz", "files/new")
    (tmp_path / "2").mkdir()
    with pytest.raises(BackupFailed, match="files/new"):
        unpack(more, tmp_path / "2")


def append(source: Path, target: Path, name: str, **changes) -> Path:
    plain = gzip.decompress(source.read_bytes())
    buffer = io.BytesIO(plain)
    with tarfile.open(fileobj=buffer, mode="a") as archive:
        info = tarfile.TarInfo(name)
        for key, value in changes.items():
            setattr(info, key, value)
        archive.addfile(info, io.BytesIO(b""))
    target.write_bytes(gzip.compress(buffer.getvalue()))
    return target


def test_cut_and_foreign_files_change_nothing(made, tmp_path):
    for name, content in {
        "cut": made.file.read_bytes()[:-2000],
        "tail": flip(made.file.read_bytes()),
        "text": b"hello",
        "empty": b"",
        "gzip": gzip.compress(b"hello"),
    }.items():
        path = tmp_path / name
        path.write_bytes(content)
        folder = tmp_path / f"{name}-out"
        folder.mkdir()
        with pytest.raises(BackupFailed) as caught:
            unpack(path, folder)
        assert name in str(caught.value)
    done = amity(tmp_path / "home", "restore", str(tmp_path / "cut"))
    assert done.returncode == 1
    assert "cut" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "home" / "amity.sqlite3").exists() or not rows(tmp_path / "home", "sqlite_master")


@pytest.mark.parametrize(
    "name",
    [
        "../evil", "files/../../evil", "/etc/evil", "files/./a", "files//a", "C:/evil", "files/C:evil",
        "files\\..\\evil", "files", "other", "files/a/../../../b", "",
    ],
)  # fmt: skip
def test_no_name_leads_out_of_the_folder(made, tmp_path, name):
    with pytest.raises(BackupFailed):
        safe_parts(tarfile.TarInfo(name))
    if name:
        bad = append(made.file, tmp_path / "bad.tar.gz", name)
        inner = tmp_path / "a" / "b"
        inner.mkdir(parents=True)
        with pytest.raises(BackupFailed):
            unpack(bad, inner)
        assert not (tmp_path / "evil").exists()
        assert not (tmp_path / "a" / "evil").exists()


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE])
def test_links_and_devices_are_refused(made, tmp_path, kind):
    bad = append(made.file, tmp_path / "bad.tar.gz", "files/link", type=kind, linkname="/etc/passwd")
    (tmp_path / "out").mkdir()
    with pytest.raises(BackupFailed, match="files/link"):
        unpack(bad, tmp_path / "out")


def test_a_newer_backup_and_another_database_are_refused(made, tmp_path):
    def newer(name: str, data: bytes) -> bytes:
        if name != "manifest.json":
            return data
        manifest = json.loads(data)
        manifest["migrations"].append("records.9999_later")
        return json.dumps(manifest).encode()

    done = amity(tmp_path / "1", "restore", str(repack(made.file, tmp_path / "n.tar.gz", newer)))
    assert done.returncode == 1
    assert "newer" in done.stderr
    with pytest.raises(BackupFailed, match="other"):
        restores._refuse_unfit({"format": 1, "parts": {"database.other": {}}, "engine": "other"})


def test_a_backup_never_overwrites_something_else(made, tmp_path):
    other = tmp_path / "letter.txt"
    other.write_text("keep me")
    done = amity(made.home, "backup", str(other))
    assert done.returncode == 1
    assert other.read_text() == "keep me"
    assert amity(made.home, "backup", str(made.file)).returncode == 0


def test_restore_waits_for_nobody_it_refuses(made, tmp_path):
    from amity.foundation.core import lockfile
    from amity.foundation.core.errors import Conflict

    with lockfile.hold(tmp_path, "http://127.0.0.1:1"), pytest.raises(Conflict, match="already runs"):
        restore(tmp_path, made.file)


@pytest.mark.skipif(not os.environ.get("DATABASE_URL", "").startswith("postgres"), reason="needs PostgreSQL")
def test_postgres_round_trip(tmp_path):
    url = os.environ["DATABASE_URL"].rsplit("/", 1)[0]
    names = [f"amity_backup_{os.getpid()}_{n}" for n in range(2)]
    program = shutil.which("psql")
    assert program, "PostgreSQL's client programs are needed"

    def sql(text: str, database: str = "postgres") -> str:
        return subprocess.run(
            [program, "-qAtc", text, f"{url}/{database}"], capture_output=True, text=True, check=True
        ).stdout

    try:
        for name in names:
            sql(f"CREATE DATABASE {name}")
        old, new = (f"{url}/{name}" for name in names)
        add = amity(
            tmp_path / "1",
            "user",
            "add",
            "ann@example.com",
            "--role",
            "admin",
            url=old,
            AMITY_PASSWORD=PASSWORD,
        )
        assert add.returncode == 0, add.stderr
        assert amity(tmp_path / "1", "backup", str(tmp_path / "b"), url=old).returncode == 0
        for extra in ((), ("--force",)):
            done = amity(tmp_path / "2", "restore", str(tmp_path / "b"), *extra, url=new)
            assert done.returncode == 0, done.stderr
            users = "SELECT id, email, password FROM accounts_user"
            assert sql(users, names[0]) == sql(users, names[1]) != ""
    finally:
        for name in names:
            sql(f"DROP DATABASE IF EXISTS {name}")

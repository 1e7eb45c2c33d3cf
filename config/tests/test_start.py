"""Starting for real, with processes and ports: first, second, after an upgrade, with examples."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from amity.foundation.core import lockfile
from config import install
from config.backup import prune
from config.tests.test_backup import PASSWORD, ROOT, amity

PATIENCE = 60
posix = pytest.mark.skipif(os.name == "nt", reason="signals as on POSIX")


class Started:
    """One `amity start` or `amity demo` until told to stop."""

    def __init__(self, home: Path, command: str) -> None:
        keep = {
            k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "AMITY_URL", "AMITY_PASSWORD")
        }
        code = "import sys; from config.cli import main; sys.exit(main())"
        self.port = free_port()
        self.process = subprocess.Popen(
            [sys.executable, "-c", code, command, "--port", str(self.port), "--workers", "1"],
            env=keep | {"AMITY_HOME": str(home), "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.lines: list[str] = []
        alarm = threading.Timer(PATIENCE, self.process.kill)
        alarm.start()
        while line := self.process.stdout.readline():
            self.lines.append(line.strip())
            if line.startswith(("http", "Password")) and self._is_last(command, line):
                break
        alarm.cancel()
        assert self.lines, self.process.stderr.read()

    @staticmethod
    def _is_last(command: str, line: str) -> bool:
        return line.startswith("Password") if command == "demo" else True

    def get(self, path: str) -> int:
        try:
            with urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=20) as answer:
                return answer.status
        except HTTPError as error:
            return error.code

    def stop(self) -> tuple[int, str]:
        self.process.send_signal(signal.SIGTERM)
        _out, errors = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, errors


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def ask(home: Path, sql: str) -> list:
    with closing(sqlite3.connect(home / "amity.sqlite3")) as database:
        return database.execute(sql).fetchall()


@posix
def test_first_start_second_start_and_a_second_program(tmp_path):
    first = Started(tmp_path, "start")
    try:
        key = (tmp_path / "setup.key").read_text()
        assert first.lines[-1] == f"http://127.0.0.1:{first.port}/welcome/?key={key}"
        assert first.get("/healthz") == 200
        beside = amity(tmp_path, "start", "--port", str(free_port()))
        assert beside.returncode == 1
        assert "already runs" in beside.stderr
        added = amity(tmp_path, "user", "add", "ann@example.com", "--role", "admin", AMITY_PASSWORD=PASSWORD)
        assert added.returncode == 0, added.stderr
    finally:
        code, errors = first.stop()
    assert code == 0
    assert "Traceback" not in errors
    second = Started(tmp_path, "start")
    try:
        assert second.lines[-1] == f"http://127.0.0.1:{second.port}"
        assert not (tmp_path / "setup.key").exists()
    finally:
        assert second.stop()[0] == 0
    assert not (tmp_path / "backups").exists()


AMBIGUOUS = (
    b"POST /sign-in/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 4\r\nContent-Length: 40\r\n\r\na=bc",
    b"POST /sign-in/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: +4\r\n\r\na=bc",
    b"POST /sign-in/ HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: xchunked\r\nContent-Length: 4\r\n\r\na=bc",
    b"POST /sign-in/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"0\r\n\r\nX",
    b"GET /healthz HTTP/1.1\r\nHost : 127.0.0.1\r\n\r\n",
)


def statuses(port: int, sent: bytes) -> list[bytes]:
    """The status lines of everything the server answers on one connection, until it closes or falls silent."""
    told = b""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as wire:
        wire.sendall(
            sent + b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Second: 1\r\nConnection: close\r\n\r\n"
        )
        try:
            while part := wire.recv(65536):
                told += part
        except TimeoutError:
            pass
    return [line.split(b" ")[1] for line in told.split(b"\r\n") if line.startswith(b"HTTP/1.")]


@posix
def test_a_request_with_two_lengths_smuggles_no_other(tmp_path):
    """Two lengths, odd ones, length beside chunks: refused, and what follows on the connection is not read.

    The server may read the chunks and leave the length: then the form is refused for its missing token.
    """
    server = Started(tmp_path, "start")
    try:
        assert statuses(server.port, b"") == [b"200"]
        answers = {sent: statuses(server.port, sent) for sent in AMBIGUOUS}
        assert server.get("/healthz") == 200
    finally:
        assert server.stop()[0] == 0
    for sent, found in answers.items():
        assert found in ([b"400"], [b"403"], []), (sent, found)


@posix
def test_the_example_shows_one_login_from_start_to_start(tmp_path):
    first = Started(tmp_path, "demo")
    try:
        assert first.get("/healthz") == 200
        people = ask(tmp_path, "SELECT count(*) FROM people_person")
        assert people == [(300,)]
        assert ask(tmp_path, "SELECT count(*) FROM core_outboxevent WHERE state = 'dead'") == [(0,)]
    finally:
        assert first.stop()[0] == 0
    assert (tmp_path / "demo-login.txt").stat().st_mode & 0o077 == 0
    second = Started(tmp_path, "demo")
    try:
        assert second.lines[-2:] == first.lines[-2:]
        assert ask(tmp_path, "SELECT count(*) FROM people_person") == people
    finally:
        assert second.stop()[0] == 0


@pytest.fixture(scope="module")
def older(tmp_path_factory) -> Path:
    """Data of an older release: one migration short."""
    home = tmp_path_factory.mktemp("older")
    added = amity(home, "user", "add", "ann@example.com", "--role", "admin", AMITY_PASSWORD=PASSWORD)
    assert added.returncode == 0, added.stderr
    back = subprocess.run(
        [sys.executable, "-m", "django", "migrate", "sessions", "zero", "-v0"],
        env=os.environ
        | {"AMITY_HOME": str(home), "DATABASE_URL": "", "DJANGO_SETTINGS_MODULE": "config.settings"},
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert back.returncode == 0, back.stderr
    return home


def test_older_data_are_backed_up_then_upgraded(older):
    checked = amity(older, "check")
    assert checked.returncode == 1
    assert "1 are missing" in checked.stdout
    done = amity(older, "user", "list")
    assert done.returncode == 0, done.stderr
    assert "Backup before it" in done.stderr
    assert [path.name.startswith("before-upgrade-") for path in (older / "backups").iterdir()] == [True]
    assert ask(older, "SELECT count(*) FROM django_session") == [(0,)]
    assert amity(older, "user", "list").stderr == ""


def test_the_newest_five_of_a_kind_are_kept(tmp_path):
    for number in range(7):
        (tmp_path / f"before-upgrade-2020010{number}.tar.gz").write_bytes(b"")
    (tmp_path / "before-restore-20200101.tar.gz").write_bytes(b"")
    prune(tmp_path, "before-upgrade")
    kept = sorted(path.name for path in tmp_path.iterdir())
    assert len(kept) == 6
    assert kept[:2] == ["before-restore-20200101.tar.gz", "before-upgrade-20200102.tar.gz"]


def test_a_failed_upgrade_ends_with_the_reason(db, monkeypatch, tmp_path):
    def fail(*_words, **_options):
        raise ValueError("column is there already")

    known = install.known_migrations()
    monkeypatch.setattr(install, "known_migrations", lambda: known | {("records", "9999_later")})
    monkeypatch.setattr(install, "automatic_backup", lambda home, why: home / "backup")
    monkeypatch.setattr(install, "call_command", fail)
    with pytest.raises(install.Unusable, match="column is there already") as caught:
        install.ready(tmp_path)
    assert "backup" in str(caught.value)


def test_no_upgrade_under_a_running_older_program(db, monkeypatch, tmp_path):
    known = install.known_migrations()
    monkeypatch.setattr(install, "known_migrations", lambda: known | {("records", "9999_later")})
    with lockfile.hold(tmp_path, ""), pytest.raises(install.Unusable, match="Stop it"):
        install.ready(tmp_path)

"""A real Amity: `amity start` on an empty data folder, a free port and, when asked for, PostgreSQL."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[3]
PATIENCE = 120
CODE = "import sys; from config.cli import main; sys.exit(main())"


class Installation:
    """A running Amity. `url` has no trailing slash; `home` is its data folder; `settings` go to its environment."""

    def __init__(
        self,
        home: Path,
        command: str = "start",
        database_url: str = "",
        settings: dict[str, str] | None = None,
    ) -> None:
        self.home = home
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        unwanted = ("DATABASE_URL", "AMITY_URL", "AMITY_PORT", "AMITY_PASSWORD", "DJANGO_SETTINGS_MODULE")
        keep = {name: value for name, value in os.environ.items() if name not in unwanted}
        self.env = keep | {"AMITY_HOME": str(home), "PYTHONPATH": str(ROOT), "DATABASE_URL": database_url}
        self.env |= settings or {}
        self.words = [sys.executable, "-c", CODE, command, "--port", str(self.port), "--workers", "1"]
        self.log = (home.parent / f"{home.name}.log").open("w+", encoding="utf-8")
        self.start()

    def start(self) -> None:
        """Begin, or begin again after `kill`; all its processes are one group."""
        self.process = subprocess.Popen(
            self.words,
            env=self.env,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
            start_new_session=True,
        )
        self._wait()

    def _wait(self) -> None:
        """Until the last lines are printed, which comes after the first page can be had."""
        alarm = threading.Timer(PATIENCE, self.process.kill)
        alarm.start()
        lines = []
        for line in self.process.stdout or ():
            lines.append(line.strip())
            if line.startswith(("http", "Password")):
                alarm.cancel()
                return
        self.log.seek(0)
        raise AssertionError(f"Amity did not start: {lines}\n{self.log.read()[-2000:]}")

    @property
    def setup_key(self) -> str:
        return (self.home / "setup.key").read_text(encoding="ascii").strip()

    def kill(self) -> None:
        """Every process at once and without warning, as when the power goes."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.communicate(timeout=PATIENCE)

    def run(self, *words: str, **settings: str) -> str:
        """What another `amity …` on the same data writes to standard output."""
        done = subprocess.run(
            [sys.executable, "-c", CODE, *words],
            env=self.env | settings,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.communicate(timeout=PATIENCE)
        self.log.close()


@contextmanager
def installation(
    home: Path, command: str = "start", settings: dict[str, str] | None = None
) -> Iterator[Installation]:
    """Start on the kind of database that DATABASE_URL names; everything made is stopped and removed after."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _own_database(os.environ.get("DATABASE_URL", "")) as database_url:
        running = Installation(home, command, database_url, settings)
        try:
            yield running
        finally:
            running.stop()


@contextmanager
def _own_database(url: str) -> Iterator[str]:
    """The address of a new PostgreSQL database beside the one of `url`; "" for SQLite."""
    if not url.startswith("postgres"):
        yield ""
        return
    import psycopg

    name = f"amity_browser_{secrets.token_hex(4)}"
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}"')  # type: ignore[call-overload]
        yield urlsplit(url)._replace(path=f"/{name}").geturl()
        server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')  # type: ignore[call-overload]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

"""The supervisor with real processes and a tiny application in place of ours."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from config import supervisor
from config.supervisor import Child, PortTaken, check_port

PATIENCE = 30
APPLICATION = """
import os, time
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(os.getppid()).encode()]
def prepare():
    from django.core.management import call_command
    call_command("migrate", "core", verbosity=0)
    print("prepared", flush=True)
def refuse():
    raise SystemExit(7)
"""
START = """
import sys
from config import supervisor
supervisor.TARGET = "tiny:application"
sys.exit(supervisor.serve("127.0.0.1", int(sys.argv[1]), workers=1, threads=2, prepare=sys.argv[2],
                          on_ready=lambda: print("ready", flush=True)))
"""
posix = pytest.mark.skipif(os.name == "nt", reason="signals as on POSIX")


@pytest.fixture
def start(tmp_path):
    (tmp_path / "tiny.py").write_text(APPLICATION)
    environment = os.environ | {
        "DATABASE_URL": f"sqlite:///{tmp_path}/amity.sqlite3",
        "AMITY_HOME": str(tmp_path),
        "PYTHONPATH": os.pathsep.join([str(tmp_path), str(supervisor.ROOT), *sys.path]),
    }
    started: list[subprocess.Popen[str]] = []

    def run(port: int, prepare: str = "tiny:prepare") -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", START, str(port), prepare],
            env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        started.append(process)
        return process

    yield run
    for process in started:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=PATIENCE)


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def children(pid: int) -> dict[str, int]:
    """Role and process id of what a process started."""
    found = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = path.read_text().rpartition(")")[2].split()[1]
            words = (path.parent / "cmdline").read_text().split("\0")
        except OSError:  # it ended meanwhile
            continue
        if int(parent) == pid and "config.supervisor" in words:
            found[words[words.index("config.supervisor") + 1]] = int(path.parent.name)
    return found


def until(condition):
    deadline = time.monotonic() + PATIENCE
    while not (value := condition()):
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.05)
    return value


def ready(process) -> None:
    assert process.stdout.readline() == "prepared\n"
    assert process.stdout.readline() == "ready\n"


linux = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")


@linux
def test_it_starts_answers_and_ends_altogether(start, port):
    process = start(port)
    ready(process)
    assert supervisor.answers("127.0.0.1", port)
    kept = until(lambda: len(found := children(process.pid)) == 2 and found)
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE) == 0
    assert not any(Path(f"/proc/{pid}").exists() for pid in kept.values())
    check_port("127.0.0.1", port)


@linux
@pytest.mark.parametrize("role", ["web", "worker"])
def test_a_killed_process_comes_back(start, port, role):
    process = start(port)
    ready(process)
    before = until(lambda: len(found := children(process.pid)) == 2 and found)
    os.kill(before[role], signal.SIGKILL)
    until(lambda: children(process.pid).get(role) not in (None, before[role]))
    until(lambda: supervisor.answers("127.0.0.1", port))
    assert len(children(process.pid)) == 2


@linux
def test_a_killed_supervisor_leaves_nobody_behind(start, port):
    process = start(port)
    ready(process)
    kept = until(lambda: len(found := children(process.pid)) == 2 and found)
    process.kill()
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in kept.values()))
    until(lambda: not supervisor.answers("127.0.0.1", port))


@posix
def test_when_preparing_refuses_nothing_starts(start, port):
    process = start(port, "tiny:refuse")
    assert process.wait(PATIENCE) == 7
    assert process.stdout.read() == ""


def test_a_taken_port_is_told_with_the_way_out(port):
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        with pytest.raises(PortTaken, match=f"port {port}.*AMITY_PORT"):
            supervisor.serve("127.0.0.1", port)


def test_pauses_double_and_begin_anew_after_a_healthy_life(monkeypatch):
    now, starts = [0.0], []
    monkeypatch.setattr(supervisor.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(Child, "exit_code", lambda self: 1)

    def begin(self) -> None:
        starts.append(now[0])
        self._started, self._again_at = now[0], None

    monkeypatch.setattr(Child, "start", begin)
    child = Child("web", [])
    while len(starts) < 4:
        child.revive()
        now[0] += 0.25
    assert starts == [0.5, 1.75, 4.0, 8.25]
    now[0] = starts[-1] + supervisor.HEALTHY
    child.revive()
    now[0] += supervisor.SHORTEST
    child.revive()
    assert starts[-1] == now[0]

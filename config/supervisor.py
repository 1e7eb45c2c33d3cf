"""The processes behind `amity start`: web workers and one job worker, kept alive and ended together.

The supervisor itself imports no Django and stays small. The web process imports it once, prepares
(migrations), and forks its workers from there; the job worker starts when the first page is there.
"""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET = "config.wsgi:application"
GRACE = 20.0
SHORTEST, LONGEST = 0.5, 30.0
HEALTHY = 60.0
POLL = 0.025
THREAD_IDLE = 600


class PortTaken(SystemExit):
    """Somebody else listens there, or we may not. Ends the process with the reason."""


def serve(
    host: str,
    port: int,
    workers: int = 2,
    threads: int = 3,
    *,
    on_ready: Callable[[], None] | None = None,
    prepare: str = "",
    stop: threading.Event | None = None,
) -> int:
    """Run everything until SIGINT, SIGTERM or `stop`; returns the exit code. Raises PortTaken.

    `prepare` is a "module:function" that the web process calls before it serves, Django being set up;
    if it raises or exits, nothing starts and its exit code is returned. `on_ready` is called once,
    when `/healthz` answered. Handles signals only in the main thread.
    """
    check_port(host, port)
    stop = stop or threading.Event()
    restore = _catch_signals(stop)
    web = Child("web", [host, str(port), str(workers), str(threads), TARGET], first=[prepare])
    jobs = Child("worker", [])
    try:
        return _run(web, jobs, _local(host), port, on_ready, stop)
    finally:
        end([web, jobs])
        restore()


def _run(
    web: Child, jobs: Child, host: str, port: int, on_ready: Callable[[], None] | None, stop: threading.Event
) -> int:
    web.start()
    while not answers(host, port):
        code = web.exit_code()
        if code is not None:
            return code or 1
        if stop.wait(POLL):
            return 0
    jobs.start()
    if on_ready:
        on_ready()
    while not stop.wait(0.2):
        for child in (web, jobs):
            child.revive()
    return 0


class Child:
    """A process that is started again when it dies: after half a second, then twice as long each time."""

    def __init__(self, name: str, arguments: Sequence[str], first: Sequence[str] = ()) -> None:
        self.name = name
        self.arguments = arguments
        self.first = first
        self.process: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._again_at: float | None = None
        self._pause = SHORTEST

    def start(self) -> None:
        """The first start gets the `first` arguments too."""
        arguments = [*self.arguments, *self.first]
        self.first = ()
        path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
        self.process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "config.supervisor", self.name, str(os.getpid()), *arguments],
            env=os.environ | {"PYTHONPATH": path},
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
        self._started = time.monotonic()
        self._again_at = None

    def exit_code(self) -> int | None:
        """None while it runs."""
        return self.process.poll() if self.process else None

    def revive(self) -> None:
        """Start it again if it died and its pause is over."""
        now = time.monotonic()
        if self.exit_code() is None:
            return
        if self._again_at is None:
            if now - self._started >= HEALTHY:
                self._pause = SHORTEST
            self._again_at = now + self._pause
            _say(
                f"The {self.name} process ended ({self.exit_code()}); starting it again in {self._pause:g} s."
            )
            self._pause = min(self._pause * 2, LONGEST)
        elif now >= self._again_at:
            self.start()

    def ask_to_end(self) -> None:
        if self.process and self.exit_code() is None:
            self.process.send_signal(getattr(signal, "CTRL_BREAK_EVENT", signal.SIGTERM))


def end(children: Sequence[Child]) -> None:
    """Ask all to end, wait twenty seconds together, then kill what is left."""
    for child in children:
        child.ask_to_end()
    until = time.monotonic() + GRACE
    for child in children:
        if child.process is None:
            continue
        try:
            child.process.wait(max(0.1, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            _say(f"The {child.name} process does not end; killing it.")
            child.process.kill()
            child.process.wait()


def check_port(host: str, port: int) -> None:
    """Raises PortTaken, with what to do, when we cannot listen there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        if os.name != "nt":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except PermissionError:
            raise PortTaken(
                f"Port {port} needs more rights. Set AMITY_PORT to a number above 1023."
            ) from None
        except OSError as error:
            raise PortTaken(
                f"Cannot listen on {host}, port {port}: {error.strerror}. "
                "Set AMITY_PORT to a free port, or stop the program that uses this one."
            ) from None


def answers(host: str, port: int) -> bool:
    """True when `/healthz` says 200."""
    connection = http.client.HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _local(host: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)  # noqa: S104


def _catch_signals(stop: threading.Event) -> Callable[[], None]:
    """Have signals set `stop`; returns what puts the old handlers back."""
    if threading.current_thread() is not threading.main_thread():
        return lambda: None
    names = [name for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)]
    old = {name: signal.signal(getattr(signal, name), lambda *_: stop.set()) for name in names}

    def restore() -> None:
        for name, handler in old.items():
            signal.signal(getattr(signal, name), handler)

    return restore


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def main(arguments: Sequence[str]) -> None:
    """Entry of the child processes: role, process id of the supervisor, then what the role needs."""
    role, parent = arguments[0], int(arguments[1])
    _end_with(parent)
    if role == "worker":
        _worker()
    else:
        host, port, workers, threads, target = arguments[2:7]
        _web(host, int(port), int(workers), int(threads), target, *arguments[7:])


def _worker() -> None:
    _set_up_django()
    import_module("amity.foundation.core.jobs.worker").work_until_signalled()


def _web(host: str, port: int, workers: int, threads: int, target: str, prepare: str = "") -> None:
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    _set_up_django()
    if prepare:
        module, function = prepare.split(":")
        getattr(import_module(module), function)()
    _preload(target)
    if hasattr(os, "register_at_fork"):
        parent = os.getpid()
        os.register_at_fork(after_in_child=lambda: _end_with(parent, signal.SIGKILL))
    Granian(
        target,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=threads,
        blocking_threads_idle_timeout=THREAD_IDLE,
        runtime_threads=1,
        runtime_blocking_threads=threads,
        websockets=False,
        log_access=False,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        respawn_interval=SHORTEST,
        workers_kill_timeout=10,
    ).serve()


def _preload(target: str) -> None:
    """Import the application and all views before the workers fork: once, and in memory they share.

    Connections must not be inherited. Where processes are not forked this does nothing.
    """
    import multiprocessing

    from django.db import connections
    from django.urls import get_resolver

    if multiprocessing.get_start_method() == "fork":
        import_module(target.split(":")[0])
        get_resolver().url_patterns  # noqa: B018 - Django reads them at the first request otherwise
    connections.close_all()


def _set_up_django() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()


def _end_with(parent: int, how: signal.Signals = signal.SIGTERM) -> None:
    """On Linux the system ends us when a killed parent cannot; elsewhere we would live on.

    Web workers take SIGKILL: one that still closes down would take connections and not answer.
    """
    if sys.platform == "linux":
        import ctypes

        set_parent_death_signal = 1
        ctypes.CDLL(None).prctl(set_parent_death_signal, how)
        if os.getppid() != parent:  # it died before we asked
            os._exit(1)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:  # Ctrl-C while still importing
        sys.exit(130)

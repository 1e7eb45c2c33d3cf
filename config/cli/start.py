"""`amity start`: the web and worker processes on one data folder, and where to find them."""

from __future__ import annotations

import os
import socket
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from contextlib import suppress

from amity.foundation.core import lockfile
from config import supervisor
from config.cli import FAILED, USAGE
from config.env import Env, load

Login = Callable[[Env], list[str]]
LOCAL = ("127.0.0.1", "localhost", "::1")
EVERYWHERE = "0.0.0.0"  # noqa: S104


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--host", default="127.0.0.1", help="address to listen on (default: this machine only)"
    )
    parser.add_argument("--port", type=int, help="port to listen on (default: AMITY_PORT, else 8000)")
    parser.add_argument("--workers", type=int, default=2, help="web processes (default 2)")
    parser.add_argument("--lan", action="store_true", help="let this network in, without encryption")


def run(options: Namespace) -> int:
    return start(options, prepare="config.install:prepare", login=_login)


def start(options: Namespace, *, prepare: str, login: Login) -> int:
    """Serve until told to stop. `prepare` runs in the web process; `login(env)` gives the last lines."""
    if options.port is not None:
        os.environ["AMITY_PORT"] = str(options.port)
    if options.lan:
        os.environ["AMITY_LAN"] = "1"
        options.host = EVERYWHERE
    env = load()
    refusal = _open_without_protection(options, env)
    if refusal:
        sys.stderr.write(f"amity: {refusal}\n")
        return USAGE
    try:
        with lockfile.hold(env.home, env.url):
            return supervisor.serve(
                options.host,
                env.port,
                max(1, options.workers),
                on_ready=lambda: _announce(options, env, login),
                prepare=prepare,
            )
    except lockfile.AlreadyRunning as error:
        sys.stderr.write(f"amity: {error}\n")
        return FAILED


def _open_without_protection(options: Namespace, env: Env) -> str:
    if options.lan or env.secure or options.host in LOCAL:
        return ""
    return (
        f"Listening on {options.host} without https would send passwords readable through the network. "
        "Set AMITY_URL=https://… behind a proxy, or say --lan to accept it on a network you trust."
    )


def _announce(options: Namespace, env: Env, login: Login) -> None:
    """Printed when the first page can be had; the address comes last."""
    lines = [f"Amity runs. Data: {env.home}. Stop: Ctrl-C."]
    if options.lan:
        lines += _lan_lines(env)
    sys.stdout.write("\n".join([*lines, *login(env)]) + "\n")
    sys.stdout.flush()


def _lan_lines(env: Env) -> list[str]:
    addresses = [f"http://{address}:{env.port}" for address in machine_addresses()]
    return [
        "Everybody on this network can reach the sign-in page. Not protected without https:",
        "  passwords, sessions and customer data cross the network readable to others on it.",
        *(f"  {address}" for address in addresses),
    ]


def machine_addresses() -> list[str]:
    """IPv4 addresses others on the network can use. Opening the socket sends nothing."""
    found = set()
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))  # fails without a network; the name below may still tell
        found.add(probe.getsockname()[0])
    with suppress(OSError):  # the machine may not know its own name
        found |= {str(row[4][0]) for row in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
    return sorted(address for address in found if not address.startswith("127."))


def _login(env: Env) -> list[str]:
    key = env.home / "setup.key"
    if key.exists():
        return [
            "Set up your workspace here:",
            f"{env.url}/welcome/?key={key.read_text(encoding='ascii').strip()}",
        ]
    return ["Sign in with your e-mail address:", env.url]

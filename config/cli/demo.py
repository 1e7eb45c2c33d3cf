"""`amity demo`: Amity with example data in a folder of its own, var/demo unless AMITY_HOME says otherwise."""

from __future__ import annotations

import os
from argparse import ArgumentParser, Namespace

from config.cli import start
from config.env import ROOT, Env

LOGIN = "demo-login.txt"


def add_arguments(parser: ArgumentParser) -> None:
    start.add_arguments(parser)


def run(options: Namespace) -> int:
    os.environ.setdefault("AMITY_HOME", str(ROOT / "var" / "demo"))
    return start.start(options, prepare="config.demo:prepare", login=_login)


def _login(env: Env) -> list[str]:
    """E-mail and password stay the same from start to start, unless somebody changes them."""
    path = env.home / LOGIN
    if not path.exists():
        return ["These data were not made by amity demo. Sign in with your e-mail address:", env.url]
    email, password = path.read_text(encoding="utf-8").split("\n")[:2]
    return [env.url, f"E-mail:   {email}", f"Password: {password}"]

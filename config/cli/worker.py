"""`amity worker`: one more job worker, on this machine or on another one that shares the database."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from amity.foundation.core.jobs.worker import work_until_signalled
from config.cli import OK
from config.cli.data import say


def add_arguments(parser: ArgumentParser) -> None:
    """It takes none."""


def run(options: Namespace) -> int:
    say("The worker runs. Stop: Ctrl-C.")
    work_until_signalled()
    return OK

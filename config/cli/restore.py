"""`amity restore FILE`: all data back from a backup, into an empty folder and database."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from config.cli import OK
from config.cli.data import say
from config.env import env
from config.restore import restore


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="a file that amity backup wrote")
    parser.add_argument(
        "--force", action="store_true", help="replace existing data (a backup of it is made first)"
    )


def run(options: Namespace) -> int:
    manifest = restore(env.home, options.file, force=options.force)
    say(f"Restored the backup of {manifest['made_at']} (Amity {manifest['amity']}). Everybody signs in anew.")
    return OK

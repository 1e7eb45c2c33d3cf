"""`amity backup FILE`: all data in one file, while people work."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from config.backup import make_backup
from config.cli import OK
from config.cli.data import say
from config.env import env


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="the file to write, such as amity-monday.tar.gz")


def run(options: Namespace) -> int:
    manifest = make_backup(env.home, options.file)
    files = sum(1 for name in manifest["parts"] if "/" in name)
    say(f"{options.file}: database and {files} files, {options.file.stat().st_size / 1e6:.1f} MB.")
    return OK

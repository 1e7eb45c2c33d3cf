"""The command line: `amity COMMAND`. Each command is one module, loaded only when it is asked for.

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 done in part (some rows were refused). What a program reads
goes to standard output, everything else to standard error.
"""

from __future__ import annotations

import argparse
import errno
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import NamedTuple

from amity import __version__

OK, FAILED, USAGE, PARTLY = 0, 1, 2, 3
DISK = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EIO)


class Command(NamedTuple):
    """A module with `add_arguments(parser)` and `run(options) -> exit code`, and what it stands on.

    `needs`: "" (the module imports no models), "django", or "data" (tables are there and up to date).
    """

    module: str
    needs: str
    help: str


COMMANDS = {
    "start": Command("config.cli.start", "", "start Amity on the data folder"),
    "demo": Command("config.cli.demo", "", "start Amity with example data"),
    "worker": Command("config.cli.worker", "data", "run one more job worker"),
    "check": Command(
        "config.cli.check", "django", "look at database, files and processes and say what is wrong"
    ),
    "user": Command("config.cli.user", "data", "add people, list them, set passwords, make API tokens"),
    "import": Command("config.cli.importing", "data", "read a file into an object"),
    "export": Command("config.cli.exporting", "data", "write the records of an object to a file"),
    "backup": Command("config.cli.backup", "data", "write all data to one file"),
    "restore": Command("config.cli.restore", "django", "read all data back from a backup"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the console script. Errors a person can act on are one line without a traceback."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        if not words or words[0] not in offered():
            return _overview(words)
        return _run(words[0], words[1:])
    except KeyboardInterrupt:
        return 130
    except OSError as error:
        if error.errno not in DISK:
            raise
        where = f" ({error.filename})" if error.filename else ""
        sys.stderr.write(f"amity: {error.strerror}{where}. Amity cannot write its data.\n")
        return FAILED


def offered() -> dict[str, Command]:
    """The commands whose module is there."""
    return {name: command for name, command in COMMANDS.items() if find_spec(command.module)}


def _overview(words: list[str]) -> int:
    lines = [f"  {name:10}{command.help}" for name, command in offered().items()]
    parser = argparse.ArgumentParser(
        prog="amity",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Commands:\n" + "\n".join(lines),
        epilog="amity COMMAND --help says more. Exit codes: 0 done, 1 failed, 2 wrong usage, 3 done in part.",
    )
    parser.add_argument("--version", action="version", version=f"amity {__version__}")
    parser.add_argument("command", choices=list(offered()), metavar="COMMAND")
    if not words:
        parser.print_help()
        return OK
    parser.parse_args(words)
    return USAGE


def _run(name: str, words: list[str]) -> int:
    """Read the words first: a wrong one makes no data folder and no tables."""
    command = COMMANDS[name]
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if command.needs:
        import_module("django").setup()
    module = import_module(command.module)
    parser = argparse.ArgumentParser(
        prog=f"amity {name}", description=f"{command.help[0].upper()}{command.help[1:]}."
    )
    module.add_arguments(parser)
    options = parser.parse_args(words)
    if not command.needs:
        return int(module.run(options))
    return int(import_module("config.cli.data").run(module.run, options, make_ready=command.needs == "data"))

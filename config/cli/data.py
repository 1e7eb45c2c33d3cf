"""Around every command that works on data: tables first, and one line instead of a traceback."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Callable

from django.db import DatabaseError, connections

from amity.foundation.accounts.models import Workspace
from amity.foundation.core.errors import AmityError, Invalid
from config import install
from config.cli import FAILED, USAGE
from config.env import env


class Usage(Exception):
    """The words were understood but cannot be meant; ends with exit code 2."""


def run(command: Callable[[Namespace], int], options: Namespace, *, make_ready: bool) -> int:
    """Run a command and turn what is expected to go wrong into a line and an exit code."""
    try:
        if make_ready:
            install.ready(env.home)
        return command(options)
    except Usage as error:
        return complain(str(error), USAGE)
    except Invalid as error:
        return complain(" ".join(item.message for item in error.errors) or error.message, USAGE)
    except AmityError as error:
        return complain(str(error.message), FAILED)
    except (DatabaseError, OSError) as error:
        return complain(f"{type(error).__name__}: {error}".strip(), FAILED)
    finally:
        connections.close_all()


def say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def complain(text: str, code: int) -> int:
    say(f"amity: {text}")
    return code


def choose_workspace(wanted: str) -> Workspace:
    """The workspace of that name or host; the only one when none is named. Raises Usage."""
    rows = list(Workspace.objects.order_by("pk"))
    if wanted:
        folded = wanted.strip().casefold()
        rows = [row for row in rows if folded in (row.name.casefold(), row.host.casefold())]
    if len(rows) == 1:
        return rows[0]
    if not rows:
        raise Usage(
            f"There is no workspace “{wanted}”." if wanted else "There is no workspace yet: amity user add."
        )
    names = ", ".join(f"{row.name} ({row.host})" if row.host else row.name for row in rows)
    raise Usage(f"There are several workspaces; say --workspace and one of: {names}.")

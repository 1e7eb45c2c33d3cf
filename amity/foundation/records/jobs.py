"""What records need done regularly. Files of imports have their own: see `services/import_files.py`."""

from __future__ import annotations

from datetime import time, timedelta
from itertools import chain

from django_tasks import task

from amity.foundation.core.clock import now
from amity.foundation.core.jobs.context import RunAgain, should_stop
from amity.foundation.core.jobs.schedules import declare
from amity.foundation.records.services import import_files  # noqa: F401  declares its schedule in workers too
from amity.foundation.records.services.exports import export_folder
from amity.foundation.records.services.files import strays
from amity.foundation.records.services.purge import purge_trash
from amity.foundation.records.services.shares import remove_ended


@task
def empty_trash() -> int:
    """Delete for good what was deleted 30 days ago; returns how many records, notes and files."""
    gone = 0
    for count in purge_trash():
        gone += count
        if should_stop():
            raise RunAgain
    return gone


@task
def remove_strays() -> int:
    """Delete what an upload or an export left behind when its process was killed; returns how many files."""
    before = now() - timedelta(days=1)
    exports = (path for path in export_folder().iterdir() if path.stat().st_mtime < before.timestamp())
    gone = 0
    for path in chain(strays(before), exports):
        path.unlink(missing_ok=True)
        gone += 1
    return gone


@task
def remove_ended_shares() -> int:
    """Delete shares whose time is over, which give nothing already; returns how many."""
    return sum(remove_ended())


declare("records.remove-ended-shares", remove_ended_shares, daily_at=time(3, 45))
declare("records.empty-trash", empty_trash, daily_at=time(3))
declare("records.remove-strays", remove_strays, daily_at=time(3, 30))

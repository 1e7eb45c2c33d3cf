"""What records need done regularly. Files of imports have their own: see `services/import_files.py`."""

from __future__ import annotations

from datetime import time

from django_tasks import task

from amity.foundation.core.jobs.context import RunAgain, should_stop
from amity.foundation.core.jobs.schedules import declare
from amity.foundation.records.services import import_files  # noqa: F401  declares its schedule in workers too
from amity.foundation.records.services.purge import purge_trash


@task
def empty_trash() -> int:
    """Delete for good what was deleted 30 days ago; returns how many records, notes and files."""
    gone = 0
    for count in purge_trash():
        gone += count
        if should_stop():
            raise RunAgain
    return gone


declare("records.empty-trash", empty_trash, daily_at=time(3))

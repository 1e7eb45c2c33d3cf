"""The files of imports: kept under random names for 30 days, and what was refused as a file to correct."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _
from django_tasks import task

from amity.foundation.accounts.actor import Actor
from amity.foundation.accounts.models import Workspace
from amity.foundation.core.clock import now
from amity.foundation.core.errors import Conflict, Denied, LimitReached
from amity.foundation.core.jobs.schedules import declare
from amity.foundation.core.scope import scope
from amity.foundation.core.text import safe_cell
from amity.foundation.records.models import ImportRefusal, ImportRun
from amity.foundation.records.services.runs import BUSY

MAX_FILE = 500 * 1024 * 1024
KEEP_FILES = timedelta(days=30)


def import_folder() -> Path:
    folder = Path(settings.AMITY_HOME) / "imports"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def keep_file(chunks: Iterable[bytes]) -> Path:
    """Store an uploaded file under a random name. Raises LimitReached over 500 MB, leaving nothing behind."""
    path = import_folder() / get_random_string(32)
    size = 0
    try:
        with path.open("wb") as file:
            for chunk in chunks:
                size += len(chunk)
                if size > MAX_FILE:
                    raise LimitReached(_("The file is larger than %(n)s MB.") % {"n": MAX_FILE // 2**20})
                file.write(chunk)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return path


def drop_file(run: ImportRun) -> None:
    """Remove the uploaded file. Only files of the import folder are ever touched."""
    path = Path(run.path)
    if run.path and path.parent == import_folder():
        path.unlink(missing_ok=True)


def delete_run(*, actor: Actor, run: ImportRun) -> None:
    """Forget a run and its file; the records it made stay. Raises Conflict while it is at work."""
    if actor.read_only:
        raise Denied
    if run.state in BUSY:
        raise Conflict(_("This import is at work; stop it first."))
    run.delete()
    drop_file(run)


@task()
def purge_files() -> int:
    """Remove uploads 30 days after they came, drafts nobody finished, and files no run knows."""
    limit = now() - KEEP_FILES
    removed = 0
    known: set[str] = set()
    for workspace_id in Workspace.objects.values_list("pk", flat=True):
        with scope(workspace_id):
            removed += _drop_old(limit)
            known.update(ImportRun.objects.exclude(path="").values_list("path", flat=True))
    for path in import_folder().iterdir():
        if str(path) not in known and path.stat().st_mtime < limit.timestamp():
            path.unlink(missing_ok=True)
            removed += 1
    return removed


def _drop_old(limit: datetime) -> int:
    """In the open workspace."""
    old = ImportRun.objects.filter(created_at__lt=limit).exclude(state__in=BUSY)
    runs = list(old.exclude(path=""))
    for run in runs:
        drop_file(run)
        ImportRun.objects.filter(pk=run.pk).update(path="")
    old.filter(state="draft").delete()
    return len(runs)


declare("records.import_files", purge_files, every=24 * 3600)


# --- refused rows -------------------------------------------------------------------------------


def refused_lines(run: ImportRun) -> Iterator[str]:
    """A CSV of the refused rows, as they stood, with row number and reason in front. Safe against formulas."""
    out = Lines()
    writer = csv.writer(out)
    columns = [column["column"] for column in run.mapping["columns"]]
    writer.writerow([_("Row"), _("Reason"), *(safe_cell(name) for name in columns)])
    yield "\ufeff" + out.take()
    for refusal in ImportRefusal.unscoped.filter(run=run).order_by("id").iterator(1000):
        cells = [safe_cell(cell) for cell in refusal.cells[: len(columns)]]
        writer.writerow([refusal.number, safe_cell(reasons_of(refusal)), *cells])
        yield out.take()


def reasons_of(refusal: ImportRefusal) -> str:
    return " ".join(
        f"{item['column']}: {item['message']}" if item["column"] else item["message"]
        for item in refusal.problems
    )


class Lines:
    """A file for csv.writer that gives back what was written."""

    def __init__(self) -> None:
        self._text = ""

    def write(self, text: str) -> int:
        self._text += text
        return len(text)

    def take(self) -> str:
        text, self._text = self._text, ""
        return text

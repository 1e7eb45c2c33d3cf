"""What is looked at again at once: records just changed, and an object after an import."""

from __future__ import annotations

from amity.engines.quality.checking import check_records
from amity.engines.quality.jobs import start_check
from amity.foundation.accounts.models import Workspace
from amity.foundation.core.errors import NotFound
from amity.foundation.core.outbox import subscribe
from amity.foundation.records.events import ImportEnded, RecordsChanged
from amity.foundation.records.models import ImportRun
from amity.foundation.records.objects import spec_for

AT_ONCE = 1000
VERBS = ("created", "updated", "restored", "merged")


def on_records_changed(event: RecordsChanged) -> None:
    """A few records at once; after many at a time the whole object is looked through once, when all are written."""
    if event.verb not in VERBS or event.source == "import":
        return
    workspace = Workspace.objects.get(pk=event.workspace_id)
    try:
        spec = spec_for(workspace, event.object_key)
    except NotFound:
        return
    ids = event.ids
    if len(ids) > AT_ONCE:
        start_check(spec.type_id, workspace.pk)
    else:
        check_records(spec, workspace, ids)


def on_import_ended(event: ImportEnded) -> None:
    run = ImportRun.objects.filter(pk=event.run_id).first()
    if run is not None:
        start_check(run.object_type_id, event.workspace_id)


subscribe(RecordsChanged, on_records_changed)
subscribe(ImportEnded, on_import_ended)

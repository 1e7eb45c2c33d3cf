"""Taking a whole import back, as a job; and what an undo would keep, told beforehand."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django_tasks import task

from amity.foundation.accounts.actor import Actor
from amity.foundation.core.errors import Conflict, Denied
from amity.foundation.core.jobs.api import enqueue
from amity.foundation.records.models import ImportRun
from amity.foundation.records.services.run_undo import KEPT_LISTED, RunUndo, begin_undo, go_on


def undo_run(*, actor: Actor, run: ImportRun, include_changed: bool = False) -> None:
    """Start taking an import back as a job. `include_changed`: records used since go to the trash too."""
    if actor.read_only:
        raise Denied
    if run.dry_run:
        raise Conflict(_("This import cannot be taken back."))
    with transaction.atomic():
        begin_undo(actor=actor, run=run, include_changed=include_changed)
        run.job_id = enqueue(
            undo_job, workspace_id=run.workspace_id, actor_id=actor.user_id, unique_key=f"import-undo-{run.pk}",
            queue="long", max_attempts=20, run_id=run.pk,
        )  # fmt: skip
        run.save(update_fields=["job_id"])


@task()
def undo_job(run_id: int) -> None:
    """Go on with an undo from where it stands. Safe to be killed and called again."""
    run = ImportRun.objects.filter(pk=run_id, state="undoing").first()
    if run is not None:
        go_on(run)


def changed_since(*, actor: Actor, run: ImportRun, limit: int = KEPT_LISTED) -> list[dict[str, Any]]:
    """Records the import created that were used since, with the reason: what an undo keeps unless told otherwise."""
    undo = RunUndo(actor, run)
    found: list[dict[str, Any]] = []
    below = None
    while len(found) < limit and (changes := undo.changes("create", below, 1000)):
        below = changes[-1].pk
        for spec, some in undo.by_object(changes):
            records = undo.live(spec, [change.record_id for change in some])
            reasons = undo.used.reasons(spec, records)
            found += [
                undo.named(spec, record, reasons[record.pk]) for record in records if record.pk in reasons
            ]
    return found[:limit]


__all__ = ["changed_since", "undo_job", "undo_run"]

"""`/<object>/bulk/…` starts a bulk change, `/bulk/<id>/` tells how it goes."""

from __future__ import annotations

from django.urls import path

from amity.engines.web.bulk import show, views
from amity.engines.web.run_pages import RunPages
from amity.foundation.accounts.actor import Actor
from amity.foundation.core.errors import NotFound
from amity.foundation.records.models import BulkRun
from amity.foundation.records.services import runs
from amity.foundation.records.services.bulk import spec_of_run, undo_bulk


def _run(actor: Actor, bulk_id: int) -> BulkRun:
    """One's own, of an object one may still see."""
    run = runs.get_run(BulkRun, actor=actor, run_id=bulk_id)
    if not actor.may(spec_of_run(run, actor).key, "see"):
        raise NotFound
    return run


RUNS = RunPages("bulk", "bulk_id", "bulk-run", "web/bulk/run.j2", _run, undo_bulk, show)

urlpatterns = [
    path("<slug:key>/bulk/", views.change, name="bulk"),
    path("<slug:key>/bulk/edit/", views.edit, name="bulk-edit"),
    *RUNS.urls(),
]

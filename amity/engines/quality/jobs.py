"""Looking for duplicates: when somebody asks, and at night where anything changed."""

from __future__ import annotations

from datetime import time

from django.db import transaction
from django_tasks import task

from amity.engines.quality.models import DuplicateScan
from amity.engines.quality.services import needs_scan, scan
from amity.foundation.accounts.actor import Actor
from amity.foundation.accounts.models import Workspace
from amity.foundation.core.errors import Denied
from amity.foundation.core.jobs.api import enqueue
from amity.foundation.core.jobs.schedules import declare
from amity.foundation.core.scope import current_workspace_id, scope
from amity.foundation.records.objects import enabled_specs, spec_by_type
from amity.foundation.records.spec import ObjectSpec


def look_for_duplicates(*, actor: Actor, spec: ObjectSpec) -> int:
    """Start looking through the object; returns the job, the one under way if there is one."""
    if actor.read_only or not (actor.may(spec.key, "edit") and actor.may(spec.key, "delete")):
        raise Denied
    with transaction.atomic():
        job_id = _start(spec, actor.workspace_id, actor.user_id)
        DuplicateScan.unscoped.update_or_create(
            object_type_id=spec.type_id, defaults={"workspace_id": actor.workspace_id, "job_id": job_id}
        )
    return job_id


def _start(spec: ObjectSpec, workspace_id: int, actor_id: int | None = None) -> int:
    return enqueue(
        scan_job, workspace_id=workspace_id, actor_id=actor_id, unique_key=f"duplicates-{spec.type_id}",
        queue="long", type_id=spec.type_id,
    )  # fmt: skip


@task
def scan_job(type_id: int) -> int:
    """Look through one object; returns how many pairs were found."""
    workspace = Workspace.objects.get(pk=current_workspace_id())
    spec = spec_by_type(workspace, type_id)
    return scan(spec, workspace.pk) if spec is not None and spec.enabled else 0


@task
def scan_all() -> int:
    """Start looking wherever records changed since the last time; returns in how many objects."""
    started = 0
    for workspace in Workspace.objects.order_by("pk"):
        with scope(workspace.pk):
            for spec in enabled_specs(workspace):
                if needs_scan(spec, workspace.pk):
                    _start(spec, workspace.pk)
                    started += 1
    return started


declare("quality.duplicates", scan_all, daily_at=time(2))

"""Looking for duplicates and for faults: when somebody asks, after an import, and at night where anything changed."""

from __future__ import annotations

from datetime import time

from django.db import transaction
from django.db.models import Max
from django_tasks import task

from amity.engines.quality.checking import check_object, forget_gone
from amity.engines.quality.measures import keep_day
from amity.engines.quality.models import DuplicateScan, QualityPlan
from amity.engines.quality.services import needs_scan, scan
from amity.foundation.accounts.actor import Actor
from amity.foundation.accounts.models import Workspace
from amity.foundation.core.errors import Denied
from amity.foundation.core.jobs.api import enqueue
from amity.foundation.core.jobs.schedules import declare
from amity.foundation.core.scope import current_workspace_id, scope
from amity.foundation.records.access import all_records
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


# --- faults -----------------------------------------------------------------------------------------------------


def look_for_faults(*, actor: Actor, spec: ObjectSpec) -> int:
    """Start looking through the object; returns the job, the one under way if there is one."""
    if actor.read_only or not actor.may(spec.key, "edit"):
        raise Denied
    with transaction.atomic():
        job_id = start_check(spec.type_id, actor.workspace_id, actor.user_id)
        QualityPlan.unscoped.update_or_create(
            object_type_id=spec.type_id, defaults={"workspace_id": actor.workspace_id, "job_id": job_id}
        )
    return job_id


def start_check(type_id: int, workspace_id: int, actor_id: int | None = None) -> int:
    return enqueue(
        check_job, workspace_id=workspace_id, actor_id=actor_id, unique_key=f"faults-{type_id}", queue="long",
        type_id=type_id,
    )  # fmt: skip


@task
def check_job(type_id: int) -> int:
    """Look through one object and write down how it stands; returns how many records have something to check."""
    workspace = Workspace.objects.get(pk=current_workspace_id())
    spec = spec_by_type(workspace, type_id)
    if spec is None or not spec.enabled:
        return 0
    shown = check_object(spec, workspace)
    keep_day(spec, workspace)
    return shown


@task
def check_all() -> int:
    """At night: look again where records changed, and write a line of history for every object there is."""
    started = 0
    for workspace in Workspace.objects.order_by("pk"):
        with scope(workspace.pk):
            for spec in enabled_specs(workspace):
                forget_gone(spec, workspace.pk)
                if _changed(spec, workspace.pk):
                    start_check(spec.type_id, workspace.pk)
                    started += 1
                elif all_records(spec, workspace.pk).filter(deleted_at=None).exists():
                    keep_day(spec, workspace)
    return started


def _changed(spec: ObjectSpec, workspace_id: int) -> bool:
    plan = QualityPlan.unscoped.filter(object_type_id=spec.type_id).first()
    newest = all_records(spec, workspace_id).aggregate(at=Max("updated_at"))["at"]
    return newest is not None and (plan is None or plan.checked_at is None or newest >= plan.checked_at)


declare("quality.faults", check_all, daily_at=time(2, 30))

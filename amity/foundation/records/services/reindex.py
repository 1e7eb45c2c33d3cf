"""Writing the search index of one object anew, in the background: what it holds of a record changed."""

from __future__ import annotations

from django.db import connection, transaction
from django_tasks import task

from amity.foundation.core.jobs.api import enqueue
from amity.foundation.core.jobs.context import report
from amity.foundation.records import search
from amity.foundation.records.access import all_records
from amity.foundation.records.models import ObjectType
from amity.foundation.records.objects import spec_by_type
from amity.foundation.records.spec import ObjectSpec
from amity.foundation.records.values import read_record

STEP = 500


def reindex(workspace_id: int, type_id: int) -> int:
    """Start the job; one per object at a time. Returns the job's id."""
    return enqueue(reindex_job, workspace_id=workspace_id, unique_key=f"reindex-{type_id}", type_id=type_id)


@task()
def reindex_job(type_id: int) -> None:
    """Step by step; killed and begun again it writes the same."""
    kind = ObjectType.objects.select_related("workspace").get(pk=type_id)
    spec = spec_by_type(kind.workspace, type_id)
    if spec is None:
        return
    total = all_records(spec, kind.workspace_id).filter(deleted_at=None).count()
    last, done = 0, 0
    while step := _step(spec, kind.workspace_id, last):
        last, done = step[-1], done + len(step)
        report(done, total, str(spec.plural))


def _step(spec: ObjectSpec, workspace_id: int, last: int) -> list[int]:
    """The next records, held while their texts are written, so that no save comes between."""
    with transaction.atomic():
        rows = all_records(spec, workspace_id).filter(deleted_at=None, pk__gt=last).order_by("pk")
        if connection.features.has_select_for_update:
            rows = rows.select_for_update()
        records = list(rows[:STEP])
        texts = search.texts(
            spec, [one.title for one in records], [read_record(spec, one) for one in records]
        )
        if records:
            lines = [(one.pk, one.owner_id, text) for one, text in zip(records, texts, strict=True)]
            search.update_rows(spec, workspace_id, lines)
    return [one.pk for one in records]

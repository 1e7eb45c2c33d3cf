"""Filling the slot of a field that was made fast or unique, in the background."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django_tasks import task

from amity.foundation.accounts.models import Workspace
from amity.foundation.accounts.services import bump_schema
from amity.foundation.core.jobs.api import enqueue
from amity.foundation.core.jobs.context import report
from amity.foundation.records.access import all_records
from amity.foundation.records.database import update_rows
from amity.foundation.records.models import FieldRow
from amity.foundation.records.objects import forget, spec_by_type

STEP = 2000


def fill_slot(workspace_id: int, field_id: int) -> int:
    """Start the job that copies a field's values into its slot; the field counts as fast once it is done."""
    return enqueue(fill_slot_job, workspace_id=workspace_id, unique_key=f"slot-{field_id}", field_id=field_id)


@task()
def fill_slot_job(field_id: int) -> None:
    """Copy in steps of 2,000 records. A duplicate found for a unique field ends its being unique."""
    row = FieldRow.objects.filter(pk=field_id).first()
    if row is None or row.slot_ready or not (row.slot or row.unique_slot):
        return
    row.settings.pop("unique_failed", None)
    workspace = Workspace.objects.get(pk=row.workspace_id)
    spec = spec_by_type(workspace, row.object_type_id)
    if spec is None:
        return
    try:
        _fill(spec, row)
    except IntegrityError:
        row.unique_slot, row.settings["unique_failed"] = "", True
        _fill(spec, row)
    with transaction.atomic():
        row.slot_ready = True
        row.save()
        bump_schema(row.workspace_id)
    forget(row.workspace_id)


def _fill(spec: Any, row: FieldRow) -> None:
    field = spec.by_key[row.key]
    records = all_records(spec, row.workspace_id).order_by("pk")
    last, done, total = 0, 0, records.count()
    columns = [name for name in (row.slot, row.unique_slot) if name]
    while True:
        with transaction.atomic():
            step = list(records.filter(pk__gt=last).values_list("pk", "custom")[:STEP])
            if not step:
                return
            update_rows(spec.model, columns, [_line(field, row, pk, custom) for pk, custom in step])
        last, done = step[-1][0], done + len(step)
        report(done, total, row.label)


def _line(field: Any, row: FieldRow, record_id: int, custom: dict[str, Any]) -> list[Any]:
    value = field.type.slot_value(custom.get(field.key))
    line = [value] if row.slot else []
    if row.unique_slot:
        line.append(None if value is None else str(value)[:200])
    return [*line, record_id]

"""Working out the computed fields of all records of an object anew, in the background.

A save works out its own record in the writer. This is for the others, after a formula was made or changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction
from django_tasks import task

from amity.foundation.accounts.services import bump_schema
from amity.foundation.core.jobs.api import Progress, enqueue, progress_of
from amity.foundation.core.jobs.context import report
from amity.foundation.records import search
from amity.foundation.records.access import all_records
from amity.foundation.records.database import dump_json, update_rows
from amity.foundation.records.models import FieldRow, ObjectType
from amity.foundation.records.objects import forget, spec_by_type
from amity.foundation.records.services.slots import fill_slot
from amity.foundation.records.services.write import slot_columns
from amity.foundation.records.spec import ObjectSpec, Values
from amity.foundation.records.values import read_record

STEP = 500
MARK = "computing"


def recompute(workspace_id: int, type_id: int) -> int:
    """Start the job and return its id. Call in the transaction that changes a formula.

    The mark in the object's settings says which job works and how often it was asked for: an older job gives way.
    """
    kind = _locked(type_id)
    asked = kind.settings.get(MARK, {}).get("asked", 0) + 1
    job_id = enqueue(recompute_job, workspace_id=workspace_id, type_id=type_id, asked=asked)
    _set_mark(kind, {"asked": asked, "job": job_id})
    return job_id


def computing(spec: ObjectSpec) -> Progress | None:
    """How far the job is, while not all values of the object's computed fields are there."""
    kind = ObjectType.objects.filter(pk=spec.type_id).first()
    job_id = kind.settings.get(MARK, {}).get("job") if kind else None
    progress = progress_of(job_id) if job_id else None
    return None if progress is None or progress.finished else progress


@task()
def recompute_job(type_id: int, asked: int) -> None:
    """In steps of 500 records; killed and begun again it writes the same. Nothing is told to history or webhooks."""
    last, done = 0, 0
    while True:
        kind = ObjectType.objects.select_related("workspace").get(pk=type_id)
        spec = spec_by_type(kind.workspace, type_id)
        if spec is None or kind.settings.get(MARK, {}).get("asked") != asked:
            return None
        if last == 0:
            total = all_records(spec, kind.workspace_id).count()
        ids = _step(spec, kind.workspace_id, last)
        if not ids:
            return _end(kind.workspace_id, type_id, asked)
        last, done = ids[-1], done + len(ids)
        report(done, total, str(spec.plural))


def _step(spec: ObjectSpec, workspace_id: int, last: int) -> list[int]:
    """The next records, held while they are written, so that no save comes between."""
    with transaction.atomic():
        rows = all_records(spec, workspace_id).filter(pk__gt=last).order_by("pk")
        if connection.features.has_select_for_update:
            rows = rows.select_for_update()
        records = list(rows[:STEP])
        changed = []
        for record in records:
            values = read_record(spec, record)
            computed = spec.compute(values)
            if any(values.get(key) != value for key, value in computed.items()):
                changed.append((record, {**values, **computed}))
        if changed:
            _write(spec, workspace_id, changed)
    return [record.pk for record in records]


def _write(spec: ObjectSpec, workspace_id: int, changed: Sequence[tuple[Any, Values]]) -> None:
    """Values, their indexed copies, versions and search texts."""
    own = [item.key for item in spec.fields if item.custom and item.stored]
    columns: dict[str, list[Any]] = {
        "custom": [
            dump_json({key: values[key] for key in own if values.get(key) is not None})
            for _record, values in changed
        ],
        "version": [record.version + 1 for record, _values in changed],
    }
    for item in spec.computed:
        columns.update(slot_columns(item, [values[item.key] for _record, values in changed]))
    rows = zip(*columns.values(), (record.pk for record, _values in changed), strict=True)
    update_rows(spec.model, list(columns), list(rows))
    if any(item.search for item in spec.computed):
        live = [(record, values) for record, values in changed if record.deleted_at is None]
        texts = search.texts(spec, [record.title for record, _v in live], [values for _r, values in live])
        lines = [(one.pk, one.owner_id, text) for (one, _v), text in zip(live, texts, strict=True)]
        search.update_rows(spec, workspace_id, lines)


def _end(workspace_id: int, type_id: int, asked: int) -> None:
    """Nothing is left to do unless it was asked for again; then fast fields get their indexed copies."""
    with transaction.atomic():
        kind = _locked(type_id)
        if kind.settings.get(MARK, {}).get("asked") != asked:
            return
        _set_mark(kind, {"asked": asked})
        for row in FieldRow.objects.filter(object_type_id=type_id, slot_ready=False).exclude(slot=""):
            if "formula" in row.settings:
                fill_slot(workspace_id, row.pk)
        bump_schema(workspace_id)
    forget(workspace_id)


def _locked(type_id: int) -> Any:
    rows = ObjectType.objects.filter(pk=type_id)
    return (rows.select_for_update() if connection.features.has_select_for_update else rows).get()


def _set_mark(kind: ObjectType, mark: dict[str, int]) -> None:
    kind.settings = {**kind.settings, MARK: mark}
    kind.save(update_fields=["settings"])


__all__ = ["computing", "recompute", "recompute_job"]

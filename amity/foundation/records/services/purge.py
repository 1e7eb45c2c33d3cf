"""Removing records for good, with everything that hangs on them. Nothing else deletes rows of records."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Q

from amity.foundation.accounts.models import Workspace
from amity.foundation.core.clock import now
from amity.foundation.core.scope import scope
from amity.foundation.records import search
from amity.foundation.records.access import all_records, among_records
from amity.foundation.records.models import (
    Change,
    Claim,
    Consent,
    IndexedValue,
    Link,
    Merge,
    MergedRecord,
    Note,
    Share,
    StoredFile,
)
from amity.foundation.records.objects import specs_for
from amity.foundation.records.spec import ObjectSpec

STEP = 100
KEEP_TRASH = timedelta(days=30)
ATTACHED = (Note, IndexedValue, Share, Claim, Consent)


def purge_records(*, spec: ObjectSpec, workspace_id: int, ids: Sequence[int]) -> int:
    """Delete records, their notes, history, links, index rows and files; returns how many records went.

    For emptying the trash and example data: asks no permission, cannot be taken back. Works in steps, each
    its own transaction unless one is open.
    """
    return sum(_purge(spec, workspace_id, ids[start : start + STEP]) for start in range(0, len(ids), STEP))


def purge_trash() -> Iterator[int]:
    """Delete what was deleted 30 days ago, in every workspace: records, then single notes and files.

    Gives back how many went after each small set, its own transaction: one may stop there and go on later.
    """
    before = now() - KEEP_TRASH
    for workspace in Workspace.objects.order_by("pk"):
        with scope(workspace.pk):
            yield from _purge_workspace(workspace, before)


def _purge_workspace(workspace: Workspace, before: datetime) -> Iterator[int]:
    for spec in specs_for(workspace).values():
        old = all_records(spec, workspace.pk).filter(deleted_at__lt=before).order_by("deleted_at")
        while ids := list(old.values_list("pk", flat=True)[:STEP]):
            yield _purge(spec, workspace.pk, ids, deleted_at__lt=before)
    for remove in (_remove_notes, _remove_files):
        yield from _purge_attached(remove, {"workspace_id": workspace.pk, "deleted_at__lt": before})


def _purge_attached(remove: Any, which: dict[str, object]) -> Iterator[int]:
    while True:
        with transaction.atomic():
            count = remove(which, STEP)
        if not count:
            return
        yield count


def _purge(spec: ObjectSpec, workspace_id: int, ids: Sequence[int], **only: Any) -> int:
    """`only`: what must still hold of the records, so that one brought back meanwhile stays."""
    with transaction.atomic():
        rows = among_records(spec, workspace_id, ids).filter(**only).select_for_update()
        mine = list(rows.values_list("pk", flat=True))
        here = {"workspace_id": workspace_id, "object_type_id": spec.type_id, "record_id__in": mine}
        search.remove_rows(spec, mine)
        _remove_history(here, mine)
        for model in ATTACHED:
            model.unscoped.filter(**here).delete()
        _remove_files(here)
        ends = Q(relation__from_type_id=spec.type_id, from_id__in=mine)
        ends |= Q(relation__to_type_id=spec.type_id, to_id__in=mine)
        Link.unscoped.filter(ends, workspace_id=workspace_id).delete()
        among_records(spec, workspace_id, mine).delete()
    return len(mine)


def _remove_history(here: dict[str, Any], ids: Sequence[int]) -> None:
    """A merged record's history is told by its survivor, and goes with that one."""
    place = {"workspace_id": here["workspace_id"], "object_type_id": here["object_type_id"]}
    merged = MergedRecord.unscoped.filter(**place)
    into = dict(merged.filter(record_id__in=ids).values_list("record_id", "survivor_id"))
    going = [pk for pk in ids if _end(into, pk) in ids]
    while going:
        Change.unscoped.filter(**place, record_id__in=going).delete()
        Merge.unscoped.filter(**place, survivor_id__in=going, undone_at__isnull=False).delete()
        inside = merged.filter(survivor_id__in=going)
        going = list(inside.values_list("record_id", flat=True))
        Merge.unscoped.filter(pk__in=inside.values("merge_id")).delete()


def _end(into: dict[int, int], record_id: int) -> int:
    while record_id in into:
        record_id = into[record_id]
    return record_id


def _remove_notes(which: dict[str, object], limit: int) -> int:
    ids = list(Note.unscoped.filter(**which).values_list("pk", flat=True)[:limit])
    Note.unscoped.filter(pk__in=ids).delete()
    return len(ids)


def _remove_files(which: dict[str, object], limit: int | None = None) -> int:
    """Rows now, contents once the rows are surely gone."""
    rows = list(StoredFile.unscoped.filter(**which).values_list("pk", "path")[:limit])
    for _pk, path in rows:
        transaction.on_commit(partial(default_storage.delete, path))
    StoredFile.unscoped.filter(pk__in=[pk for pk, _path in rows]).delete()
    return len(rows)

"""Removing records for good, with everything that hangs on them. Nothing else deletes rows of records."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Q

from amity.foundation.records import search
from amity.foundation.records.access import among_records
from amity.foundation.records.models import Change, IndexedValue, Link, Note, StoredFile
from amity.foundation.records.spec import ObjectSpec

STEP = 100
ATTACHED = (Note, Change, IndexedValue)


def purge_records(*, spec: ObjectSpec, workspace_id: int, ids: Sequence[int]) -> int:
    """Delete records, their notes, history, links, index rows and files; returns how many records went.

    For emptying the trash and example data: asks no permission, cannot be taken back. Works in steps, each
    its own transaction unless one is open.
    """
    return sum(_purge(spec, workspace_id, ids[start : start + STEP]) for start in range(0, len(ids), STEP))


def _purge(spec: ObjectSpec, workspace_id: int, ids: Sequence[int]) -> int:
    with transaction.atomic():
        mine = list(among_records(spec, workspace_id, ids).values_list("pk", flat=True))
        here = {"workspace_id": workspace_id, "object_type_id": spec.type_id, "record_id__in": mine}
        search.remove_rows(spec, mine)
        for model in ATTACHED:
            model.unscoped.filter(**here).delete()
        _remove_files(here)
        ends = Q(relation__from_type_id=spec.type_id, from_id__in=mine)
        ends |= Q(relation__to_type_id=spec.type_id, to_id__in=mine)
        Link.unscoped.filter(ends, workspace_id=workspace_id).delete()
        among_records(spec, workspace_id, mine).delete()
    return len(mine)


def _remove_files(here: dict[str, object]) -> None:
    """Rows now, contents once the rows are surely gone."""
    rows = StoredFile.unscoped.filter(**here)
    for path in rows.values_list("path", flat=True):
        transaction.on_commit(partial(default_storage.delete, path))
    rows.delete()

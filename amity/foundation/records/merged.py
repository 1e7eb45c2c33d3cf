"""Records that went into others: where their addresses lead, and whose history a record tells."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Exists

from amity.foundation.records.database import OneOf
from amity.foundation.records.models import Change, Merge, MergedRecord
from amity.foundation.records.spec import ObjectSpec

FAR = 50  # merges in a row


def survivor_of(spec: ObjectSpec, workspace_id: int, record_id: int) -> int | None:
    """The record that a merged one became in the end; None for one that was never merged. Asks no permission."""
    return survivors_of(spec, workspace_id, [record_id]).get(record_id)


def survivors_of(spec: ObjectSpec, workspace_id: int, ids: Iterable[int]) -> dict[int, int]:
    """What each of these records became in the end; those that were never merged are not in it."""
    rows, became = _rows(spec, workspace_id), {pk: pk for pk in ids}
    for _step in range(FAR):
        last = set(became.values())
        further = dict(rows.filter(OneOf("record_id", last)).values_list("record_id", "survivor_id"))
        if not further:
            break
        became = {pk: further.get(end, end) for pk, end in became.items()}
    return {pk: end for pk, end in became.items() if end != pk}


def told_by(spec: ObjectSpec, workspace_id: int, record_id: int) -> list[int]:
    """The ids whose history is this record's: its own, and those of all that went into it."""
    rows, told, new = _rows(spec, workspace_id), [record_id], [record_id]
    while new and len(told) < 1000:
        new = [
            pk
            for pk in rows.filter(survivor_id__in=new).values_list("record_id", flat=True)
            if pk not in told
        ]
        told += new
    return told


def any_in(spec: ObjectSpec, workspace_id: int, record_id: int) -> Exists:
    """Whether anything went into a record, to be asked beside something else about it."""
    return Exists(_rows(spec, workspace_id).filter(survivor_id=record_id))


def merges_of(changes: Iterable[Change]) -> dict[int, Merge]:
    """The merges that these lines of history tell of, by the line's id."""
    ids = [change.pk for change in changes if change.kind == "merge"]
    return {merge.change_id: merge for merge in Merge.unscoped.filter(change_id__in=ids)} if ids else {}


def _rows(spec: ObjectSpec, workspace_id: int) -> Any:
    return MergedRecord.unscoped.filter(workspace_id=workspace_id, object_type_id=spec.type_id)

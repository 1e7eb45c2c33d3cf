"""Where the values of records come from: who or what gave each one, and when, read out of their history.

A value that no line of history speaks of is as old as the record itself. Asks no permission: give it a spec as
the reader knows it, and fields hidden from them are left out.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from amity.foundation.accounts.actor import Actor
from amity.foundation.records.database import dump_json
from amity.foundation.records.merged import merges_of
from amity.foundation.records.models import Change
from amity.foundation.records.spec import Field, ObjectSpec, Values

PERSON, IMPORT, API, MERGE = "person", "import", "api", "merge"
NAME = 100
OURS = ("created_at", "updated_at", "created_by")  # kept by the product itself


@dataclass(frozen=True)
class Origin:
    """What gave a value. `kind` and `door` are of its line of history: update, merge, undo … and page, api, import …

    `source` is its name as in `Claim.source`, "" where neither person, file nor program is known. `label` is the
    batch's: a file's name. `titles` are records that were merged.
    """

    change_id: int
    kind: str
    door: str
    at: dt.datetime
    actor_id: int | None = None
    source: str = ""
    label: str = ""
    batch_kind: str = ""
    batch_id: int | None = None
    titles: tuple[str, ...] = ()


@dataclass
class Sources:
    """The origin of each filled field of a record, and of each part of its fields of many (see `FieldType.parts`)."""

    fields: dict[str, Origin] = field(default_factory=dict)
    parts: dict[str, dict[str, Origin]] = field(default_factory=dict)


def named(kind: str, name: Any) -> str:
    """A source as `Claim.source` holds it."""
    return f"{kind}:{str(name)[:NAME]}"


def source_of(actor: Actor) -> str:
    """What stands behind a change by this actor: its program, else the person."""
    return actor.origin[:NAME] if actor.origin else named(PERSON, actor.user_id or 0)


def digest_of(value: Any) -> str:
    """Stands for a canonical value: the same for the same value, whatever the order of its parts' names."""
    return hashlib.sha256(dump_json(_sorted(value)).encode()).hexdigest()[:32]


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(one) for one in value] if isinstance(value, list) else value


def sources_of(spec: ObjectSpec, workspace_id: int, values: Values, record_id: int) -> Sources:
    """Where one record's present values come from: two statements, one more where it was merged."""
    changes = list(_history(spec, workspace_id, [record_id]))
    titles = {pk: tuple(merge.titles.values()) for pk, merge in merges_of(changes).items()}
    found = Sources()
    wanted = [item for item in spec.live_fields if item.stored and item.key not in OURS]
    for item in wanted:
        value = values.get(item.key)
        if value is not None and (change := _giver(changes, item.key)) is not None:
            found.fields[item.key] = origin_of(change, titles.get(change.pk, ()))
            if item.type.parts(value):
                found.parts[item.key] = _parts(item, value, changes, titles)
    return found


def givers(
    spec: ObjectSpec, workspace_id: int, wanted: dict[int, Iterable[str]]
) -> dict[int, dict[str, Origin]]:
    """The origins of some fields of many records, by record and field: one statement for all."""
    by_record: dict[int, list[Change]] = {pk: [] for pk in wanted}
    for change in _history(spec, workspace_id, list(wanted)):
        by_record[change.record_id].append(change)
    return {
        pk: {key: origin_of(change) for key in keys if (change := _giver(by_record[pk], key)) is not None}
        for pk, keys in wanted.items()
    }


def _history(spec: ObjectSpec, workspace_id: int, ids: Sequence[int]) -> Any:
    """Lines of history that may have given a value, newest first, with their batch."""
    rows = Change.unscoped.filter(
        workspace_id=workspace_id, object_type_id=spec.type_id, record_id__in=ids
    ).exclude(kind__in=("delete", "restore", "merged"))
    return rows.select_related("batch").order_by("-id")


def _giver(changes: Sequence[Change], key: str) -> Change | None:
    """The newest change of the field, or the record's beginning."""
    for change in changes:
        if key in change.changes or change.kind == "create":
            return change
    return None


def _parts(
    item: Field, value: Any, changes: Sequence[Change], titles: dict[int, tuple[str, ...]]
) -> dict[str, Origin]:
    """For each part that is there now the change that brought it: the newest before which it was not there."""
    missing = set(item.type.parts(value) or {})
    found: dict[str, Origin] = {}
    for change in changes:
        if change.kind == "create":
            brought = set(missing)
        elif item.key in change.changes:
            before, after = (set(item.type.parts(side) or {}) for side in change.changes[item.key])
            brought = missing & (after - before)
        else:
            continue
        found |= dict.fromkeys(brought, origin_of(change, titles.get(change.pk, ())))
        missing -= brought
    return found


def origin_of(change: Change, titles: tuple[str, ...] = ()) -> Origin:
    """A line of history as the origin of what it wrote; its batch must be loaded."""
    batch = change.batch
    return Origin(
        change.pk, change.kind, change.source, change.at, change.actor_id, _source(change),
        batch.label if batch else "", batch.kind if batch else "", change.batch_id, titles,
    )  # fmt: skip


def _source(change: Change) -> str:
    if change.origin:
        return str(change.origin)
    if change.source == "import" and change.batch:
        return change.batch.origin or named(IMPORT, change.batch.label)
    return named(PERSON, change.actor_id) if change.actor_id else ""


__all__ = ["Origin", "Sources", "digest_of", "givers", "named", "origin_of", "source_of", "sources_of"]

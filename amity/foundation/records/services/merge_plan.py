"""What merging records would come to, told before it is done: which values meet, which is better, what comes over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count

from amity.foundation.accounts.actor import Actor
from amity.foundation.core.text import fold
from amity.foundation.records.access import visible
from amity.foundation.records.models import Change, Note, StoredFile
from amity.foundation.records.objects import specs_for
from amity.foundation.records.services.merge import blended, mergeable
from amity.foundation.records.sharing import live_shares
from amity.foundation.records.spec import Field, ObjectSpec
from amity.foundation.records.values import Row

LOOKED_BACK = 500  # changes


@dataclass(frozen=True)
class Meeting:
    """The values of one field: `same` in all that have one, `only` in some, `united`, or `differs`.

    `source` is the record whose value is proposed and `reason` why: `fuller`, `newer`, or nothing for the survivor's.
    """

    field: Field
    kind: str
    source: int
    reason: str = ""


def meetings(spec: ObjectSpec, rows: Sequence[Row], created: dict[int, datetime]) -> list[Meeting]:
    """Every filled field the reader sees, in order; `rows` begin with the survivor and have their links loaded.

    A field with a link to a record out of the reader's sight is left out: nothing can be chosen there.
    """
    changed = _changed_at(spec, [row.id for row in rows])
    found = []
    for item in spec.live_fields:
        if item.read_only or item.key in spec.title_parts:
            continue
        if any(not link.visible for row in rows for link in row.links.get(item.key, ()) if not item.many):
            continue
        meeting = _meeting(item, rows)
        if meeting and meeting.kind == "differs":
            keys = spec.title_parts if item.key == spec.title_field and spec.title_parts else (item.key,)
            meeting = _proposed(item, rows, {row.id: _last(changed, created, row.id, keys) for row in rows})
        if meeting:
            found.append(meeting)
    return found


def _meeting(item: Field, rows: Sequence[Row]) -> Meeting | None:
    filled = [row for row in rows if row.values.get(item.key) is not None]
    if not filled:
        return None
    first = filled[0]
    values = [row.values[item.key] for row in filled]
    if item.many and not item.stored:
        return Meeting(item, "united" if len(filled) > 1 else "only", first.id)
    if (parts := item.type.parts(values[0])) is not None:
        alike = all((item.type.parts(value) or {}).keys() == parts.keys() for value in values)
        return Meeting(
            item, "united" if not alike else "same" if len(filled) == len(rows) else "only", first.id
        )
    if any(value != values[0] for value in values):
        return Meeting(item, "differs", first.id)
    return Meeting(item, "same" if len(filled) == len(rows) else "only", first.id)


def _proposed(item: Field, rows: Sequence[Row], at: dict[int, datetime]) -> Meeting:
    """Of two texts the one that says all the other says and more; else what was changed last."""
    filled = [row for row in rows if row.values.get(item.key) is not None]
    if item.type.name in ("text", "long_text", "url"):
        fullest = max(filled, key=lambda row: len(row.values[item.key]))
        rest = [row for row in filled if row.values[item.key] != fullest.values[item.key]]
        if all(says_more(fullest.values[item.key], row.values[item.key]) for row in rest):
            return Meeting(item, "differs", fullest.id, "fuller")
    newest = max(filled, key=lambda row: (at[row.id], row is filled[0]))
    newer = any(at[newest.id] > at[row.id] for row in filled)
    return Meeting(item, "differs", newest.id, "newer" if newer else "")


def says_more(text: str, other: str) -> bool:
    """Whether every word of the other, or what it abbreviates, stands in the text too: “A. Lima” in “Ana Lima”."""
    words, wanted = fold(text).split(), [word.rstrip(".") for word in fold(other).split()]
    return fold(text) != fold(other) and all(any(one.startswith(word) for one in words) for word in wanted)


def _changed_at(spec: ObjectSpec, ids: Sequence[int]) -> dict[tuple[int, str], datetime]:
    """When each field of the records was last changed, as far as their newest history tells."""
    rows = Change.unscoped.filter(object_type_id=spec.type_id, record_id__in=ids).order_by("-id")
    found: dict[tuple[int, str], datetime] = {}
    for record_id, changes, at in rows.values_list("record_id", "changes", "at")[:LOOKED_BACK]:
        for key in changes:
            found.setdefault((record_id, key), at)
    return found


def _last(
    changed: dict[tuple[int, str], datetime],
    created: dict[int, datetime],
    record_id: int,
    keys: Sequence[str],
) -> datetime:
    return max(
        [created[record_id], *(changed[record_id, key] for key in keys if (record_id, key) in changed)]
    )


def united_value(spec: ObjectSpec, item: Field, rows: Sequence[Row]) -> Any:
    """What a field of many values would hold afterwards. Raises Invalid when that is too many."""
    if not item.stored:
        return list(dict.fromkeys(one for row in rows for one in row.values.get(item.key) or ())) or None
    only = spec.with_rows(fields=(item,), title_parts=())
    return blended(only, [row.values for row in rows]).get(item.key)


@dataclass(frozen=True)
class Hanging:
    """How many things of one kind hang on each record, by its id."""

    label: Any
    icon: str
    counts: dict[int, int]


def hanging(spec: ObjectSpec, actor: Actor, rows: Sequence[Row]) -> list[Hanging]:
    """What would come over, as far as the actor may see it: records that point here, links; notes and files."""
    ids = [row.id for row in rows]
    found = []
    specs = specs_for(actor)
    for reverse in spec.reverses:
        other = specs[reverse.object_key]
        if other.enabled and actor.may(other.key, "see") and not other.by_key[reverse.field_key].hidden:
            column = other.by_key[reverse.field_key].column
            pointing = visible(other, actor).filter(**{f"{column}__in": ids})
            found.append(Hanging(other.plural, other.icon, _counted(pointing, column)))
    for item in spec.live_fields:
        if item.relation_id:
            counts = {row.id: sum(1 for link in row.links.get(item.key, ()) if link.visible) for row in rows}
            found.append(Hanging(item.label, specs[item.target].icon, counts))
    here = {"workspace_id": actor.workspace_id, "object_type_id": spec.type_id, "record_id__in": ids}
    for model, icon in ((Note, "sticky-note"), (StoredFile, "paperclip")):
        counted = _counted(model.unscoped.filter(**here, deleted_at=None), "record_id")
        found.append(Hanging(model._meta.model_name, icon, counted))
    shared = live_shares(actor.workspace_id).filter(object_type_id=spec.type_id, record_id__in=ids)
    found.append(Hanging("share", "share-2", _counted(shared, "record_id")))
    return [one for one in found if any(one.counts.values())]


def _counted(rows: Any, column: str) -> dict[int, int]:
    return dict(rows.order_by().values_list(column).annotate(count=Count("pk")))


def best_survivor(spec: ObjectSpec, rows: Sequence[Row], hangs: Sequence[Hanging], fit: set[int]) -> int:
    """Of the records that may be kept the one on which most hangs, then the fullest, then the oldest."""
    weights = {row.id: sum(one.counts.get(row.id, 0) for one in hangs) for row in rows}
    filled = {row.id: sum(row.values.get(item.key) is not None for item in mergeable(spec)) for row in rows}
    chosen = max(
        (row for row in rows if row.id in fit), key=lambda row: (weights[row.id], filled[row.id], -row.id)
    )
    return int(chosen.id)


__all__ = ["Hanging", "Meeting", "best_survivor", "hanging", "meetings", "says_more", "united_value"]

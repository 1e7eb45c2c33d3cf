"""Records of one object that stand below one another by a link to their own object, as companies of a group do.

The link is a foreign key (`Field` with a `column` whose `target` is its own object). There are no circles, and at
most `DEEPEST` levels; reading ends all the same where rows of older times break that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from amity.foundation.core.errors import Conflict, Invalid
from amity.foundation.records.access import all_records
from amity.foundation.records.database import OneOf
from amity.foundation.records.spec import Field, ObjectSpec

DEEPEST = 10  # levels
MOST_BELOW = 20_000


def tree_field(spec: ObjectSpec) -> Field | None:
    """The link by which records of the object stand below one another; None for most objects."""
    return next(
        (item for item in spec.fields if item.column and item.target == spec.key and not item.archived), None
    )


def above(records: QuerySet[Any], column: str, record_id: int) -> list[int]:
    """Ids from the one above a record up to the top, among these records; one statement a level."""
    found: list[int] = []
    here = record_id
    while len(found) <= DEEPEST:
        up = records.filter(pk=here).values_list(column, flat=True).first()
        if up is None or up in found or up == record_id:
            break
        found.append(up)
        here = up
    return found


def levels_below(records: QuerySet[Any], column: str, record_id: int) -> list[list[int]]:
    """Ids below a record, level by level, among these records; one statement a level."""
    seen, here = {record_id}, [record_id]
    levels: list[list[int]] = []
    while here and len(levels) <= DEEPEST and len(seen) < MOST_BELOW:
        rows = records.filter(OneOf(column, here)).values_list("pk", flat=True)
        here = [pk for pk in rows if pk not in seen]
        seen.update(here)
        if here:
            levels.append(here)
    return levels


def with_below(records: QuerySet[Any], column: str, record_id: int) -> list[int]:
    """The record, if it is among these, and all below it."""
    if not records.filter(pk=record_id).exists():
        return []
    return [record_id, *(pk for level in levels_below(records, column, record_id) for pk in level)]


def check_lines(
    spec: ObjectSpec,
    workspace_id: int,
    wanted: Mapping[int, Mapping[str, Any]],
    beside: Mapping[int, Mapping[str, Any]] | None = None,
) -> None:
    """Raises Invalid where a record would stand below itself, or too deep. `wanted`: new values by record.

    `beside` are changes of the same set that were found good already. Call inside the transaction, before the
    rows are written.
    """
    field = tree_field(spec)
    moves = _moves(field, wanted)
    planned = {**_moves(field, beside or {}), **moves}
    if field is None or not moves:
        return
    records = all_records(spec, workspace_id)
    for pk, parent in moves.items():
        line = [parent, *_line(records, field.column, parent, planned)]
        if pk in line:
            text = _("It cannot stand below itself or one that is below it.")
            raise Invalid.one(field.key, "circle", text)
        if len(line) + len(levels_below(records, field.column, pk)) >= DEEPEST:
            raise Invalid.one(field.key, "too_deep", _too_deep())


def check_depth(spec: ObjectSpec, workspace_id: int, every: Iterable[Mapping[str, Any]]) -> None:
    """The same for new records, which nothing can stand below yet."""
    field = tree_field(spec)
    if field is None:
        return
    records = all_records(spec, workspace_id)
    for parent in {values[field.key] for values in every if values.get(field.key)}:
        if len(above(records, field.column, parent)) + 1 >= DEEPEST:
            raise Invalid.one(field.key, "too_deep", _too_deep())


def _too_deep() -> str:
    return _("At most %(n)s levels can stand below one another.") % {"n": DEEPEST}


def _moves(field: Field | None, wanted: Mapping[int, Mapping[str, Any]]) -> dict[int, int]:
    return {pk: values[field.key] for pk, values in wanted.items() if values.get(field.key)} if field else {}


def _line(records: QuerySet[Any], column: str, start: int, moves: Mapping[int, int]) -> list[int]:
    """Who stands above as it will be when all moves are done."""
    found: list[int] = []
    here = start
    while len(found) <= DEEPEST:
        up = moves.get(here) or records.filter(pk=here).values_list(column, flat=True).first()
        if up is None or up in found:
            break
        found.append(up)
        here = up
    return found


def check_merge(spec: ObjectSpec, workspace_id: int, ids: Iterable[int]) -> None:
    """Raises Conflict where one of the records stands above another: they are no doubles."""
    field, ids = tree_field(spec), set(ids)
    if field is None:
        return
    records = all_records(spec, workspace_id)
    if any(ids & set(above(records, field.column, pk)) for pk in ids):
        raise Conflict(_("One of them belongs to another; take that link away first."), code="in_line")


__all__ = [
    "DEEPEST",
    "above",
    "check_depth",
    "check_lines",
    "check_merge",
    "levels_below",
    "tree_field",
    "with_below",
]

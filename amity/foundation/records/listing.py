"""One page of records: filter, sort, keyset cursor, and only the columns that are shown."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from django.db.models import F, Q, QuerySet
from django.db.models.expressions import OrderBy
from django.db.models.functions import Lower
from django.db.models.lookups import (
    GreaterThan,
    GreaterThanOrEqual,
    IsNull,
    LessThan,
    LessThanOrEqual,
)
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from amity.foundation.core import clock
from amity.foundation.core.errors import Malformed
from amity.foundation.records.access import among_records, visible, visible_among, visible_parts
from amity.foundation.records.context import Context
from amity.foundation.records.database import OneOf, first_ids
from amity.foundation.records.filters import Tree, compile_tree, readable_field
from amity.foundation.records.search import find_ids
from amity.foundation.records.seen import seen_by
from amity.foundation.records.spec import Field, ObjectSpec
from amity.foundation.records.values import Row, load_links, reader, row_columns

MAX_PAGE = 1000
COUNT_CAP = 1000
SEAL = 12  # bytes


@dataclass(frozen=True)
class Query:
    """What a list shows. `sort` is a field key, with `-` before it for descending; `title` by default.

    `ids` narrows it to some of its records.
    """

    filter: Tree | None = None
    sort: str = ""
    search: str = ""
    columns: tuple[str, ...] = ()
    cursor: str = ""
    limit: int = 50
    trash: bool = False
    ids: tuple[int, ...] | None = None


@dataclass
class Page:
    """Rows with the cursors of the pages before and after (empty at the ends)."""

    rows: list[Row]
    next_cursor: str = ""
    previous_cursor: str = ""
    columns: tuple[Field, ...] = field(default_factory=tuple)


@dataclass(frozen=True)
class _Order:
    """The sort of one list. Two phases: rows with a value by (value, id), then those without by id."""

    key: str
    expression: Any
    descending: bool
    nullable: bool


@dataclass(frozen=True)
class _Cursor:
    phase: int
    value: Any
    record_id: int
    backwards: bool


def order_of(spec: ObjectSpec, sort: str) -> _Order:
    """Raises Malformed for a field that cannot be sorted by."""
    sort = sort or spec.default_sort
    descending, key = sort.startswith("-"), sort.removeprefix("-")
    if key in ("title", "id"):
        return _Order(key, F("title_key" if key == "title" else "id"), descending, nullable=False)
    found = readable_field(spec, key)
    if not found.sortable:
        raise Malformed(_("“%(field)s” cannot be sorted by.") % {"field": found.label})
    expression: Any = found.expression()
    if found.column in ("title", "created_at", "updated_at"):
        return _Order(key, expression, descending, nullable=False)
    if found.type.slot_kind == "t" and not found.fast:
        expression = Lower(expression)
    return _Order(key, expression, descending, nullable=True)


def sorting(order: _Order) -> list[OrderBy]:
    """The whole order of a list for `order_by`; values that are empty come last."""
    last = True if order.nullable else None
    return [
        OrderBy(order.expression, descending=order.descending, nulls_last=last),
        OrderBy(F("id"), descending=order.descending),
    ]


def matching(spec: ObjectSpec, query: Query, context: Context) -> QuerySet[Any]:
    """All records of the query the actor may see, unsorted."""
    if query.search:
        return _narrowed(spec, query, context, _found(spec, query, context))
    return _narrowed(spec, query, context, visible(spec, context.actor, trash=query.trash))


def matching_parts(spec: ObjectSpec, query: Query, context: Context) -> list[QuerySet[Any]]:
    """The same in parts to be sorted and cut each by itself: see `visible_parts`."""
    if query.search:
        return [matching(spec, query, context)]
    parts = visible_parts(spec, context.actor, trash=query.trash)
    return [_narrowed(spec, query, context, part) for part in parts]


def _found(spec: ObjectSpec, query: Query, context: Context) -> QuerySet[Any]:
    found = visible_among(spec, context.actor, find_ids(spec, query.search, context.actor))
    return found.none() if query.trash else found


def _narrowed(spec: ObjectSpec, query: Query, context: Context, records: QuerySet[Any]) -> QuerySet[Any]:
    condition = compile_tree(spec, query.filter, context)
    if query.ids is not None:
        records = records.filter(OneOf("pk", query.ids))
    return records.filter(condition) if condition else records


def page(spec: ObjectSpec, query: Query, context: Context) -> Page:
    """Fetch one page. At most four statements: rows, (second phase), links, nothing per row."""
    spec = seen_by(context.actor, spec)
    columns = shown_fields(spec, query.columns)
    order = order_of(spec, query.sort)
    place = _place(spec, query, context)
    cursor = _decode(query.cursor, order, place)
    limit = max(1, min(query.limit, MAX_PAGE))
    names = row_columns(spec, columns)
    raw = _fetch(spec, query, context, order, cursor, limit + 1, names)
    more = len(raw) > limit
    raw = raw[:limit]
    if cursor and cursor.backwards:
        raw.reverse()
    rows = list(map(reader(columns, names), raw))
    load_links(spec, columns, rows, context)
    return Page(rows, *_neighbours(raw, order, cursor, more, place), columns)


def shown_fields(spec: ObjectSpec, keys: Iterable[str]) -> tuple[Field, ...]:
    wanted = tuple(keys) or spec.default_columns
    return tuple(readable_field(spec, key) for key in wanted)


def _fetch(
    spec: ObjectSpec,
    query: Query,
    context: Context,
    order: _Order,
    cursor: _Cursor | None,
    limit: int,
    names: Sequence[str],
) -> list[tuple[Any, ...]]:
    """Rows as `(*names, sort value, phase)`, walking the phases in the cursor's direction."""
    parts = matching_parts(spec, query, context)
    backwards = bool(cursor and cursor.backwards)
    phases = [0, 1] if order.nullable else [0]
    walk = phases[::-1] if backwards else phases
    if cursor:
        walk = walk[walk.index(cursor.phase) :]
    found: list[tuple[Any, ...]] = []
    for phase in walk:
        after = cursor if cursor and cursor.phase == phase else None
        more = limit - len(found)
        cut = [_phase(part, order, phase, after, backwards)[:more] for part in parts]
        if len(cut) > 1:  # the first of each part, and of these the first
            either = among_records(spec, context.workspace_id, first_ids(cut))
            cut = [_phase(either, order, phase, None, backwards)[:more]]
        found += [(*row, phase) for row in cut[0].values_list(*names, "sort_value")]
        if len(found) >= limit:
            break
    return found


def _phase(
    records: QuerySet[Any], order: _Order, phase: int, after: _Cursor | None, backwards: bool
) -> QuerySet[Any]:
    up = order.descending == backwards
    value = order.expression
    records = records.annotate(sort_value=value)
    if order.nullable:
        records = records.filter(IsNull(value, bool(phase)))
    if after is not None:
        records = records.filter(_beyond(value, after, up, by_value=phase == 0))
    sign = "" if up else "-"
    return records.order_by(*([f"{sign}sort_value"] if phase == 0 else []), f"{sign}id")


def _beyond(value: Any, after: _Cursor, up: bool, *, by_value: bool) -> Q:
    """Rows past the cursor. `a <= x AND (a < x OR id < y)`: the textbook OR form is as slow as OFFSET."""
    id_past = Q(id__gt=after.record_id) if up else Q(id__lt=after.record_id)
    if not by_value:
        return id_past
    reach, past = (GreaterThanOrEqual, GreaterThan) if up else (LessThanOrEqual, LessThan)
    return Q(reach(value, after.value)) & (Q(past(value, after.value)) | id_past)


def _neighbours(
    raw: list[tuple[Any, ...]], order: _Order, cursor: _Cursor | None, more: bool, place: str
) -> tuple[str, str]:
    """(next, previous) cursors."""
    if not raw:
        return "", ""
    backwards = bool(cursor and cursor.backwards)
    has_next = backwards or more
    has_previous = more if backwards else cursor is not None
    return (
        _encode(raw[-1], order, place, backwards=False) if has_next else "",
        _encode(raw[0], order, place, backwards=True) if has_previous else "",
    )


def _place(spec: ObjectSpec, query: Query, context: Context) -> str:
    """What a cursor is a place in: this firm's list of this object, as far as the role sees it, so filtered."""
    seen = context.actor.scope_of(spec.key, "see")
    parts = [context.workspace_id, spec.key, seen, query.filter, query.search, query.trash, query.ids]
    return json.dumps(parts, sort_keys=True, default=str)


def _encode(row: tuple[Any, ...], order: _Order, place: str, *, backwards: bool) -> str:
    value, phase = row[-2], row[-1]
    if hasattr(value, "isoformat"):
        value = clock.to_iso(value) if hasattr(value, "hour") else value.isoformat()
    packed = orjson.dumps([order.key, phase, value, row[0], int(backwards)])
    return base64.urlsafe_b64encode(_seal(packed, order, place) + packed).decode().rstrip("=")


def _seal(packed: bytes, order: _Order, place: str) -> bytes:
    """Only our own cursors are read back, and only in the list they were made for."""
    sealed = packed + f"{order.expression!r}\n{place}".encode("utf-8", "backslashreplace")
    return salted_hmac("amity.cursor", sealed, algorithm="sha256").digest()[:SEAL]


def _decode(text: str, order: _Order, place: str) -> _Cursor | None:
    if not text:
        return None
    try:
        whole = base64.urlsafe_b64decode(text + "==")
        seal, packed = whole[:SEAL], whole[SEAL:]
        if not constant_time_compare(seal, _seal(packed, order, place)):
            raise ValueError
        key, phase, value, record_id, backwards = orjson.loads(packed)
        if key != order.key or phase not in (0, 1) or not isinstance(record_id, int):
            raise ValueError
        if not isinstance(value, str | int | float | None) or (phase == 1 and not order.nullable):
            raise ValueError
        if order.key in ("created_at", "updated_at") and phase == 0:
            value = clock.from_iso(str(value))
    except (ValueError, TypeError, AttributeError, binascii.Error) as error:
        raise Malformed(_("This page link is no longer valid."), code="cursor") from error
    return _Cursor(phase, value, record_id, bool(backwards))


def neighbour(spec: ObjectSpec, query: Query, context: Context, record_id: int, *, back: bool) -> int | None:
    """The record before or after another one in a list's order; None at the ends or when it is not in the list."""
    order = order_of(seen_by(context.actor, spec), query.sort)
    here = matching(spec, query, context).filter(pk=record_id).annotate(sort_value=order.expression)
    row = here.values_list("pk", "sort_value").first()
    if row is None:
        return None
    phase = int(order.nullable and row[1] is None)
    cursor = _Cursor(phase, row[1], record_id, backwards=back)
    found = _fetch(spec, query, context, order, cursor, 1, ("id",))
    return found[0][0] if found else None


def count(
    spec: ObjectSpec, query: Query, context: Context, *, exact: bool = False, cap: int = 0
) -> tuple[int, bool]:
    """How many records, and whether the number is exact; counted to `cap` (1,000 unless given) unless `exact`."""
    records, cap = matching(spec, query, context), cap or COUNT_CAP
    if exact:
        return records.count(), True
    found = records.order_by().values("pk")[: cap + 1].count()
    return min(found, cap), found <= cap


__all__ = [
    "Page",
    "Query",
    "count",
    "matching",
    "matching_parts",
    "neighbour",
    "order_of",
    "page",
    "shown_fields",
    "sorting",
]

"""Records in groups: how many and how much in each, and the first few of each, in a fixed number of statements."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, F, QuerySet, Sum, Window
from django.db.models.functions import RowNumber

from amity.foundation.records.access import visible_among
from amity.foundation.records.context import Context
from amity.foundation.records.database import first_ids
from amity.foundation.records.filters import Tree, compile_tree, readable_field
from amity.foundation.records.listing import (
    Query,
    matching,
    matching_parts,
    order_of,
    shown_fields,
    sorting,
)
from amity.foundation.records.seen import seen_by
from amity.foundation.records.spec import Field, ObjectSpec
from amity.foundation.records.values import Row, load_links, reader, row_columns


@dataclass
class Tally:
    """How many records, and the sum of one field of theirs by currency (an empty one for plain numbers)."""

    count: int = 0
    sums: dict[str, float] = field(default_factory=dict)

    def add(self, count: int, unit: str, total: float | None) -> None:
        self.count += count
        if total is not None:
            self.sums[unit] = self.sums.get(unit, 0) + total


@dataclass(frozen=True)
class Day:
    """A day of a calendar: how many records, and the first of them."""

    count: int
    rows: list[Row]


def column_filter(item: Field, value: Any) -> Tree:
    """The filter line that a group stands for; None are the records without a value."""
    if value is None:
        return {"field": item.key, "op": "empty"}
    return {"field": item.key, "op": "is", "value": value}


# --- counts and sums ---------------------------------------------------------------------


def tallies(
    spec: ObjectSpec, query: Query, context: Context, by: Field, add: Field | None = None
) -> dict[Any, Tally]:
    """Count and sum of every group that has records, by its canonical value. One statement."""
    found: dict[Any, Tally] = {}
    by, add = _readable(spec, context, by), _readable(spec, context, add) if add else None
    records = matching(spec, query, context)
    for raw, *rest in _tallied(records, by.expression(), add):
        found.setdefault(by.type.group_value(raw), Tally()).add(*rest)
    return found


def stretches(
    spec: ObjectSpec,
    query: Query,
    context: Context,
    by: Field,
    edges: Sequence[dt.date],
    add: Field | None = None,
) -> list[Tally]:
    """The same between each two of these days, of a field with dates."""
    by, add = _readable(spec, context, by), _readable(spec, context, add) if add else None
    kind: Any = by.type
    inside, place = kind.stretch(by, edges, context)
    found = [Tally() for _edge in edges[1:]]
    for at, *rest in _tallied(matching(spec, query, context).filter(inside), place, add):
        found[at].add(*rest)
    return found


def _readable(spec: ObjectSpec, context: Context, item: Field) -> Field:
    """The field as the reader's role knows it; Malformed when it is hidden."""
    return readable_field(seen_by(context.actor, spec), item.key)


def _tallied(records: QuerySet[Any], group: Any, add: Field | None) -> Iterable[tuple[Any, int, str, Any]]:
    """`(group, count, unit, sum)`; a group comes once for each unit."""
    unit = add.type.unit(add) if add else None
    keys = {"in_group": group} | ({"in_unit": unit} if unit is not None else {})
    amounts = {"total": Sum(add.expression())} if add else {}
    rows = records.order_by().values(**keys).annotate(number=Count("pk"), **amounts)
    for row in rows:
        yield row["in_group"], row["number"], row.get("in_unit") or "", row.get("total")


# --- the first of each group -------------------------------------------------------------


def top_rows(
    spec: ObjectSpec, query: Query, context: Context, by: Field, values: Sequence[Any], limit: int
) -> dict[Any, list[Row]]:
    """The first `limit` records of each of these groups in the list's order, by the group's value.

    Two statements and those of the links: ids through the index of each group, then the rows.
    """
    spec, by = seen_by(context.actor, spec), _readable(spec, context, by)
    order = sorting(order_of(spec, query.sort))
    parts = matching_parts(spec, query, context)
    conditions = [compile_tree(spec, column_filter(by, value), context) for value in values]
    ids = first_ids(
        part.filter(condition).order_by(*order)[:limit] for condition in conditions for part in parts
    )
    fields = (*shown_fields(spec, query.columns), by)
    names = row_columns(spec, fields)
    raw = visible_among(spec, context.actor, ids).order_by(*order).values_list(*names) if ids else []
    rows = list(map(reader(fields, names), raw))
    load_links(spec, fields, rows, context)
    found: dict[Any, list[Row]] = {value: [] for value in values}
    for row in rows:
        group = found.setdefault(row.values[by.key], [])  # it may have been moved since its id was read
        if len(group) < limit:
            group.append(row)
    return found


def days(
    spec: ObjectSpec, query: Query, context: Context, by: Field, edges: Sequence[dt.date], limit: int
) -> dict[dt.date, Day]:
    """Exact counts and the first `limit` records of each day that has any, by time and name. One statement."""
    spec, by = seen_by(context.actor, spec), _readable(spec, context, by)
    kind: Any = by.type
    inside, place = kind.stretch(by, edges, context)
    fields = (*shown_fields(spec, query.columns), by)
    names = row_columns(spec, fields)
    first = [F("when_at").asc(), F("title_key").asc(), F("pk").asc()]
    raw = (
        matching(spec, query, context)
        .filter(inside)
        .annotate(on_day=place, when_at=by.expression())
        .annotate(
            at=Window(RowNumber(), partition_by="on_day", order_by=first),
            in_day=Window(Count("pk"), partition_by="on_day"),
        )
        .filter(at__lte=limit)
        .order_by("on_day", "at")
        .values_list(*names, "on_day", "in_day")
    )
    fetched = list(raw)
    rows = list(map(reader(fields, names), fetched))
    load_links(spec, fields, rows, context)
    found: dict[dt.date, Day] = {}
    for row, (*_values, on_day, in_day) in zip(rows, fetched, strict=True):
        found.setdefault(edges[on_day], Day(in_day, [])).rows.append(row)
    return found


__all__ = ["Day", "Tally", "column_filter", "days", "stretches", "tallies", "top_rows"]

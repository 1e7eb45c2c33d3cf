"""Records as a sheet: the text of each cell that a paste reads back, and totals over all that match."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count, Sum

from amity.foundation.records.context import Context
from amity.foundation.records.exporting.columns import choice_text
from amity.foundation.records.filters import readable_field
from amity.foundation.records.listing import Query, matching
from amity.foundation.records.seen import seen_by
from amity.foundation.records.shapes import adds_up
from amity.foundation.records.spec import Field, ObjectSpec
from amity.foundation.records.values import Row


@dataclass(frozen=True)
class Total:
    """One field over all records that match, of one currency (`unit`, empty for plain numbers).

    `count` records hold a value; `amount` is in minor units for money.
    """

    unit: str
    count: int
    amount: float


def cell_text(
    spec: ObjectSpec, item: Field, row: Row, names: Mapping[str, Mapping[int, str]], context: Context
) -> str:
    """What `paste_cells` reads back, as far as one line of text can tell it. `names`: of users and teams, by kind."""
    if item.key == spec.title_field:
        return row.title if row.values.get(item.key) or spec.title_parts else ""
    if item.target:
        return "; ".join(link.title for link in row.links.get(item.key, ()) if link.visible)
    value = row.values.get(item.key)
    if value is None:
        return ""
    if item.type.references:
        return names.get(item.type.references, {}).get(value, "")
    if item.type.name == "choice":
        return choice_text(item, value)
    if item.type.name == "multi_choice":
        return ", ".join(choice_text(item, key) for key in value)
    return item.type.edit_text(item, value, context)


def totals(
    spec: ObjectSpec, query: Query, context: Context, fields: Sequence[Field]
) -> dict[str, list[Total]]:
    """Sums of these fields over all that the query finds, one statement each. Raises Malformed for hidden ones."""
    spec = seen_by(context.actor, spec)
    found: dict[str, list[Total]] = {}
    for item in (readable_field(spec, one.key) for one in fields):
        if not adds_up(item):
            continue
        unit, amount = item.type.unit(item), item.expression()
        records = matching(spec, query, context).order_by()
        sums = {"number": Count(amount), "total": Sum(amount)}
        if unit is None:
            rows = [records.aggregate(**sums)]
        else:
            rows = list(records.values(in_unit=unit).annotate(**sums).order_by("in_unit"))
        found[item.key] = [
            Total(row.get("in_unit") or "", row["number"], row["total"]) for row in rows if row["number"]
        ]
    return found


__all__ = ["Total", "cell_text", "totals"]

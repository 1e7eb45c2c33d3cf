"""The card of a record that stands above or below others of its object, as a company in a group does."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from amity.engines.web import cells
from amity.engines.web.views.common import Place, add_text
from amity.foundation.records.access import visible
from amity.foundation.records.spec import Field
from amity.foundation.records.trees import above, levels_below, tree_field
from amity.foundation.records.values import Row

SHOWN = 30


def tree_of(place: Place) -> Field | None:
    """The link that makes a tree of the object, where the role may see it."""
    field = tree_field(place.spec)
    return field if field and not field.hidden else None


def tree_card(place: Place, row: Row) -> dict[str, Any] | None:
    """Those above, the record itself, and those just below with how many stand below each. None without any."""
    field = tree_of(place)
    if field is None:
        return None
    records = visible(place.spec, place.actor)
    parent = row.values.get(field.key)  # None where one may not see it
    line = [parent, *above(records, field.column, parent)] if parent else []
    levels = levels_below(records, field.column, row.id)
    named = [*line, *(levels[0] if levels else ())]
    titles = dict(records.filter(pk__in=named).values_list("pk", "title")) if named else {}
    line = [pk for pk in line if pk in titles]
    counts = _counts(records, field.column, levels)
    items = [_item(place, pk, titles[pk], depth) for depth, pk in enumerate(reversed(line))]
    items.append({"title": row.title, "depth": len(line), "here": True})
    daughters = sorted(levels[0], key=lambda pk: titles[pk].casefold()) if levels else []
    for pk in daughters[:SHOWN]:
        below = ngettext("%(n)s below", "%(n)s below", counts[pk]) % {"n": counts[pk]} if counts[pk] else None
        items.append(_item(place, pk, titles[pk], len(line) + 1, below))
    total = sum(len(level) for level in levels)
    may_add = place.actor.may(place.spec.key, "create") and not field.read_only
    if not (line or daughters or may_add):
        return None
    return {
        "title": _("Belongs together"),
        "items": items if line or daughters else [],
        "count": total or None,
        "more": len(daughters) - SHOWN if len(daughters) > SHOWN else 0,
        "add_url": f"/{place.spec.key}/new/?{field.key}={row.id}" if may_add else None,
        "add_text": add_text(place.spec),
    }


def _counts(records: Any, column: str, levels: list[list[int]]) -> Counter[int]:
    """How many stand below each of the first level."""
    found: Counter[int] = Counter()
    first = set(levels[0]) if levels else set()
    root = {pk: pk for pk in first}
    for level in levels[1:]:
        for pk, parent in records.filter(pk__in=level).values_list("pk", column):
            root[pk] = root[parent]
            found[root[pk]] += 1
    return found


def _item(place: Place, pk: int, title: str, depth: int, sub: str | None = None) -> dict[str, Any]:
    url = f"/{place.spec.key}/{pk}/"
    return {
        "title": title, "url": url, "peek": f"{url}peek/", "id": pk, "depth": min(depth, 6), "sub": sub,
        "square": cells.square(place.spec),
    }  # fmt: skip

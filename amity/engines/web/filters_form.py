"""The filter editor: rows of field, condition and value from a tree, and back.

It edits flat trees (all of, any of); anything deeper is kept whole and shown as one chip.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _
from markupsafe import Markup

from amity.engines.web.environment import component
from amity.engines.web.forms import Choices, country_options
from amity.engines.web.state import ListState, dump, read_tree
from amity.foundation.core import countries
from amity.foundation.core.errors import Malformed
from amity.foundation.records.access import visible
from amity.foundation.records.fieldtypes import OPERATORS
from amity.foundation.records.filters import Tree
from amity.foundation.records.objects import specs_for
from amity.foundation.records.spec import Field, ObjectSpec

MANY = ("is_any", "is_none", "has_any")
BLANK = ("empty", "filled")
DAYS = ("last_days", "next_days", "older_days")
MAX_ROWS = 30


@dataclass(frozen=True)
class Line:
    """One row of the editor: a line of the tree, or a deeper node kept as it is."""

    node: Tree
    field: Field | None = None

    @property
    def op(self) -> str:
        return str(self.node.get("op", ""))

    @property
    def values(self) -> list[str]:
        value = self.node.get("value")
        items = value if isinstance(value, list) else [value]
        return [str(item) for item in items if item is not None]


def lines_of(spec: ObjectSpec, tree: Tree | None) -> tuple[str, list[Line]]:
    """`and` or `or`, and the nodes joined by it."""
    if not tree:
        return "and", []
    word = next((key for key in ("and", "or") if isinstance(tree.get(key), list)), "")
    nodes = tree[word] if word else [tree]
    return word or "and", [Line(node, _field_of(spec, node)) for node in nodes if isinstance(node, dict)]


def _field_of(spec: ObjectSpec, node: Tree) -> Field | None:
    key = node.get("field")
    found = spec.field(key) if isinstance(key, str) else None
    return found if found and not found.hidden and not found.archived else None


def join(word: str, nodes: list[Tree]) -> Tree | None:
    if not nodes:
        return None
    return nodes[0] if len(nodes) == 1 else {word: nodes}


def filterable(spec: ObjectSpec) -> list[Field]:
    return [item for item in spec.live_fields if item.type.operators]


# --- from the form -----------------------------------------------------------------------


def posted_tree(spec: ObjectSpec, data: QueryDict) -> Tree | None:
    """The tree of a sent editor: `match`, `f-<n>-field`, `-op`, `-value`, and `f-rest` for deeper nodes."""
    word = "or" if data.get("match") == "or" else "and"
    rest = (read_tree(data.get("f-rest", "")) or {}).get("and", [])
    nodes = list(rest) if isinstance(rest, list) else []
    places = (key.split("-")[1] for key in data if key.startswith("f-"))
    indexes = sorted({int(place) for place in places if place.isdecimal() and len(place) < 5})
    for index in indexes[:MAX_ROWS]:
        node = _posted_line(spec, data, f"f-{index}")
        if node:
            nodes.append(node)
    return join(word, nodes)


def _posted_line(spec: ObjectSpec, data: QueryDict, name: str) -> Tree | None:
    """None for blank rows and rows without a value: they are not conditions yet."""
    field = spec.field(data.get(f"{name}-field", ""))
    if field is None or data.get(f"{name}-remove"):
        return None
    op = data.get(f"{name}-op", "")
    op = op if op in field.type.operators else field.type.operators[0]
    if op in BLANK:
        return {"field": field.key, "op": op}
    values = [item.strip() for item in data.getlist(f"{name}-value") if item.strip()]
    if not values:
        return None
    if op in MANY or op == "between":
        return {"field": field.key, "op": op, "value": values}
    return {"field": field.key, "op": op, "value": values[0]}


# --- to the form -------------------------------------------------------------------------


def editor(spec: ObjectSpec, state: ListState, choices: Choices) -> dict[str, Any]:
    """Parameters of the filter popover."""
    match, lines = lines_of(spec, state.filter)
    flat = [line for line in lines if line.field is not None and "op" in line.node]
    rest = [line.node for line in lines if line not in flat]
    kept = {key: text for key, text in state.params().items() if key not in ("filter", "after", "start")}
    return {
        "fields": field_options(spec),
        "operators": [],
        "rows": [row_of(line.field, line.op, line.values, index, choices) for index, line in enumerate(flat)],
        "match": match,
        "hidden": {**kept, "f": "1", **({"f-rest": dump({"and": rest})} if rest else {})},
        "row_url": f"/{spec.key}/filter-row/",
    }


def field_options(spec: ObjectSpec) -> list[tuple[str, str]]:
    return [(item.key, str(item.label)) for item in filterable(spec)]


def row_of(field: Field | None, op: str, values: list[str], index: int, choices: Choices) -> dict[str, Any]:
    """One row: its operators, and the value's control by type and operator."""
    if field is None:
        return {"field": "", "op": "", "operators": [], "control": ""}
    op = op if op in field.type.operators else field.type.operators[0]
    operators = [(key, str(OPERATORS[key])) for key in field.type.operators]
    parts = value_parts(field, op, values, f"f-{index}-value", choices)
    control = Markup("").join(
        component("control", **part, attrs={"aria-label": _("Value")}) for part in parts
    )
    return {"field": field.key, "op": op, "operators": operators, "control": control}


def value_parts(
    field: Field, op: str, values: list[str], name: str, choices: Choices
) -> list[dict[str, Any]]:
    """Parameters of `ui.control`, none for conditions without a value, two for a span."""
    if op in BLANK:
        return []
    if op in DAYS:
        return [{"kind": "number", "name": name, "value": values[0] if values else "30", "suffix": _("days")}]
    offered = _offered(field, choices)
    if offered is not None and op in MANY:
        return [{"kind": "choices", "name": name, "value": values, "options": offered}]
    if offered is not None:
        return [{"kind": "select", "name": name, "value": values[0] if values else "", "options": offered}]
    if field.target:
        return [_picker(field, name, values, choices)]
    kind = "date" if field.type.widget in ("date", "datetime") else "text"
    count = 2 if op == "between" else 1
    padded = [*values, "", ""]
    return [{"kind": kind, "name": name, "value": padded[place][:10] if kind == "date" else padded[place],
             "id": f"{name}-{place}"} for place in range(count)]  # fmt: skip


def _picker(field: Field, name: str, values: list[str], choices: Choices) -> dict[str, Any]:
    value = values[0] if values else ""
    return {
        "kind": "link", "name": name, "value": value, "search_url": f"/{field.target}/pick/",
        "text": linked_title(field, value, choices),
    }  # fmt: skip


def linked_title(field: Field, value: str, choices: Choices) -> str:
    target = specs_for(choices.context.actor.workspace).get(field.target)
    if target is None or not value.isdecimal() or len(value) > 18:
        return ""
    rows = visible(target, choices.context.actor).filter(pk=int(value))
    return rows.values_list("title", flat=True).first() or _("Not visible to you")


OFFERS: dict[str, Any] = {
    "choice": lambda field, choices: [(option.key, str(option.label)) for option in field.options],
    "multi_choice": lambda field, choices: [(option.key, str(option.label)) for option in field.options],
    "boolean": lambda field, choices: [("yes", _("Yes")), ("no", _("No"))],
    "user": lambda field, choices: [("me", _("Me")), *((str(pk), name) for pk, name in choices.users)],
    "team": lambda field, choices: [(str(pk), name) for pk, name in choices.teams],
    "tags": lambda field, choices: [(name, name) for name, _colour in choices.tags],
    "country": lambda field, choices: country_options(choices.context.language) or None,
    "language": lambda field, choices: list(countries.language_choices(choices.context.language)),
    "rating": lambda field, choices: [(str(n), "★" * n) for n in range(1, 6)],
}


def _offered(field: Field, choices: Choices) -> list[tuple[str, str]] | None:
    offer = OFFERS.get(field.type.name)
    return offer(field, choices) if offer else None


# --- chips -------------------------------------------------------------------------------


def chips(spec: ObjectSpec, state: ListState, choices: Choices) -> list[dict[str, Any]]:
    """What is filtered, in words, each with the address that takes it away."""
    word, lines = lines_of(spec, state.filter)
    found = []
    for place, line in enumerate(lines):
        rest = join(word, [other.node for other in lines[:place] + lines[place + 1 :]])
        found.append({**_chip(line, choices), "remove_url": state.url(filter=rest)})
    return found


def _chip(line: Line, choices: Choices) -> dict[str, str]:
    if line.field is None or line.op not in line.field.type.operators:
        return _deep_chip(line.node)
    value = ", ".join(_word(line.field, item, line.op, choices) for item in line.values[:4])
    return {"label": str(line.field.label), "operator": str(OPERATORS[line.op]), "value": value}


def _deep_chip(node: Tree) -> dict[str, str]:
    related = node.get("related")
    if related == "notes":
        where = node.get("where")
        days = str(where.get("value", "")) if isinstance(where, dict) else ""
        operator = _("none") if node.get("none") else _("some")
        return {
            "label": _("Notes"),
            "operator": operator,
            "value": _("last %(n)s days") % {"n": days} if days else "",
        }
    return {"label": _("Special filter"), "operator": "", "value": str(related or "…")[:40]}


def _word(field: Field, value: str, op: str, choices: Choices) -> str:
    if op in DAYS:
        return value
    offered = dict(_offered(field, choices) or [])
    if value in offered:
        return offered[value]
    if field.target:
        return linked_title(field, value, choices)
    try:
        return (
            field.type.display(field, field.type.parse(field, value, choices.context), choices.context)
            or value
        )
    except (ValueError, Malformed):
        return value


__all__ = ["chips", "editor", "field_options", "filterable", "posted_tree", "row_of"]

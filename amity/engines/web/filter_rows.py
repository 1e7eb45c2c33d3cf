"""Filter trees as the rows of an editor, and back. The tree of `records/filters.py` is the only data model.

A box of rows (`match` all or any) holds conditions, related records with a box of their own, notes, and at
the top groups. A node that has no such row stays as it is: its row is `kept`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import orjson
from django.http import QueryDict
from django.utils.translation import gettext as _

from amity.foundation.core.errors import Malformed
from amity.foundation.core.text import sort_key
from amity.foundation.records.access import visible
from amity.foundation.records.context import Context
from amity.foundation.records.fieldtypes import TYPES, BadValue
from amity.foundation.records.filters import Tree, compile_tree
from amity.foundation.records.objects import specs_for
from amity.foundation.records.spec import Field, ObjectSpec

TOP, GROUP, RELATED = 0, 1, 2
MANY = ("is_any", "is_none", "has_any")
BLANK = ("empty", "filled")
DAYS = ("last_days", "next_days", "older_days")
PRESETS = {"today": ("is", "today"), "past": ("before", "today"), "future": ("after", "today")}
NOTES = "~notes"
NOTE_OPS = ("none_last_days", "some_last_days", "some_older_days", "none", "some")
EXISTS = ("some", "none")
SHARING = "~sharing"
SHARE_OPS = ("with_me", "by_me", "some", "none")
_NAME = re.compile(r"f((?:-\d{1,3}){0,3})-([a-z]+(?:-text)?)")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass
class Row:
    """One row. `kind`: line, related, notes, sharing, group, kept or blank. `values` are texts as controls show them.

    `key` is a field, `~notes`, `~sharing`, or `~` with a link field or the object that points here.
    """

    kind: str = "blank"
    key: str = ""
    op: str = ""
    values: list[str] = field(default_factory=list)
    match: str = "and"
    rows: list[Row] = field(default_factory=list)
    node: Any = None
    error: str = ""
    fresh: bool = False
    focus: bool = False

    def walk(self) -> list[Row]:
        return [self, *(found for row in self.rows for found in row.walk())]


@dataclass(frozen=True)
class Relation:
    """One way from a record to others: its name in a tree, what it is called, and where it leads."""

    name: str
    label: str
    spec: ObjectSpec


def relations(spec: ObjectSpec, context: Context) -> dict[str, Relation]:
    """Link fields and the foreign keys that point here, where the actor may see the other object."""
    specs = specs_for(context.actor)
    pairs = [(item.key, str(item.label), item.target) for item in spec.live_fields if item.target]
    known = {name for name, _label, _target in pairs}
    pairs += [
        (one.object_key, str(one.label), one.object_key)
        for one in spec.reverses
        if one.object_key not in known
    ]
    return {
        name: Relation(name, label, specs[target])
        for name, label, target in pairs
        if target in specs and specs[target].enabled and context.actor.may(target, "see")
    }


def field_of(spec: ObjectSpec, key: Any) -> Field | None:
    """A field the editor offers."""
    found = spec.field(key) if isinstance(key, str) else None
    return found if found and found.type.operators and not found.hidden and not found.archived else None


def operators(item: Field) -> list[str]:
    """The type's, and for dates the three words for today."""
    return [*item.type.operators, *(PRESETS if "last_days" in item.type.operators else ())]


def default_operator(item: Field) -> str:
    names = item.type.operators
    return next((op for op in ("has_any", "last_days", "contains") if op in names),
                "is_any" if item.options else names[0])  # fmt: skip


def related_key(key: str) -> str:
    return key.removeprefix("~") if key.startswith("~") else ""


def join(word: str, nodes: list[Any]) -> Tree | None:
    if not nodes:
        return None
    return nodes[0] if len(nodes) == 1 else {word: nodes}


# --- from a tree to rows -----------------------------------------------------------------


def parts(tree: Any) -> tuple[str, list[Any]]:
    """`and` or `or`, and the nodes joined by it."""
    for word in ("and", "or"):
        if isinstance(tree, dict) and set(tree) == {word} and isinstance(tree[word], list):
            return word, tree[word]
    return "and", [tree] if tree else []


def rows_of(spec: ObjectSpec, tree: Tree | None, context: Context) -> Row:
    """The box of a whole tree."""
    word, nodes = parts(tree)
    return Row("group", match=word, rows=[row_of(spec, node, context, TOP) for node in nodes])


def row_of(spec: ObjectSpec, node: Any, context: Context, level: int) -> Row:
    found = None
    if isinstance(node, dict):
        if {"field", "op"} <= set(node) <= {"field", "op", "value"}:
            found = _line(spec, node, context)
        elif node.get("related") == "notes":
            found = _notes(node)
        elif _asks_sharing(spec, node.get("related")):
            found = _sharing(node)
        elif "related" in node and level < RELATED:
            found = _related(spec, node, context)
        elif level == TOP and parts(node)[1] and parts(node)[1] != [node]:
            word, nodes = parts(node)
            found = Row("group", match=word, rows=[row_of(spec, one, context, GROUP) for one in nodes])
    return found or Row("kept", node=node)


def _line(spec: ObjectSpec, node: Tree, context: Context) -> Row | None:
    item, op, value = field_of(spec, node["field"]), node["op"], node.get("value")
    if item is None or not isinstance(op, str) or op not in item.type.operators:
        return None
    op = next((name for name, pair in PRESETS.items() if pair == (op, value) and name in operators(item)), op)
    if op in BLANK or op in PRESETS:
        return Row("line", item.key, op) if op in PRESETS or value is None else None
    several = op in MANY or op == "between"
    values = value if isinstance(value, list) else [value]
    if isinstance(value, list) != several or not values or (op == "between" and len(values) != 2):
        return None
    texts = [shown_text(item, op, one, context) for one in values]
    return Row("line", item.key, op, texts) if all(texts) else None


def shown_text(item: Field, op: str, value: Any, context: Context) -> str:
    """The text a control shows for one value; empty when no control could give the value back unchanged."""
    if op in DAYS:
        return str(value) if str(value).isdecimal() and not isinstance(value, bool) else ""
    if item.type.widget in ("date", "datetime"):
        return value if isinstance(value, str) and _DAY.fullmatch(value) else ""
    if isinstance(value, str):
        if item.type.name == "tags" and "," in value:
            return ""
        return value if value.strip() == value and value.isprintable() else ""
    try:
        text = str(value) if item.type.references else item.type.edit_text(item, value, context)
        return text if same(typed(item, op, text, context), value) else ""
    except (ValueError, Malformed, TypeError, AttributeError, KeyError):
        return ""


def same(one: Any, other: Any) -> bool:
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def _notes(node: Tree) -> Row | None:
    none, where = node.get("none", False), node.get("where")
    if not set(node) <= {"related", "none", "where"} or not isinstance(none, bool):
        return None
    some = "none" if none else "some"
    if not where:
        return Row("notes", NOTES, some)
    if not isinstance(where, dict) or set(where) != {"op", "value"} or isinstance(where["value"], bool):
        return None
    op, days = f"{some}_{where['op']}", str(where["value"])
    return Row("notes", NOTES, op, [days]) if op in NOTE_OPS and days.isdecimal() else None


def _asks_sharing(spec: ObjectSpec, name: Any) -> bool:
    """A link field that was called so before there was sharing stays what it is."""
    return bool(name == SHARING[1:]) and spec.field(SHARING[1:]) is None


def _sharing(node: Tree) -> Row | None:
    told = {key: value for key, value in node.items() if key != "related"}
    shapes: dict[str, Tree] = {
        "with_me": {"where": {"op": "with_me"}}, "by_me": {"where": {"op": "by_me"}}, "some": {},
        "none": {"none": True},
    }  # fmt: skip
    op = next((name for name, shape in shapes.items() if shape == told), "")
    return Row("sharing", SHARING, op) if op else None


def _related(spec: ObjectSpec, node: Tree, context: Context) -> Row | None:
    none, name = node.get("none", False), node["related"]
    relation = relations(spec, context).get(name) if isinstance(name, str) else None
    if relation is None or not set(node) <= {"related", "none", "where"} or not isinstance(none, bool):
        return None
    word, nodes = parts(node.get("where"))
    rows = [row_of(relation.spec, one, context, RELATED) for one in nodes]
    return Row("related", f"~{name}", "none" if none else "some", match=word, rows=rows)


# --- from rows to a tree -----------------------------------------------------------------


def tree_of(spec: ObjectSpec, box: Row, context: Context) -> Tree | None:
    """The tree of a box. What cannot be stands as `error` at its row; rows just chosen are `fresh`."""
    nodes = [node_of(spec, row, context) for row in box.rows if row.kind != "blank"]
    return join(box.match, [node for node in nodes if node])


def node_of(spec: ObjectSpec, row: Row, context: Context) -> Any:
    if row.kind == "group":
        return tree_of(spec, row, context)
    if row.kind == "related":
        return _related_node(spec, row, context)
    try:
        node = (
            row.node
            if row.kind == "kept"
            else _notes_node(row)
            if row.kind == "notes"
            else _sharing_node(row)
            if row.kind == "sharing"
            else _line_node(spec, row, context)
        )
        if node:
            compile_tree(spec, node, context)
    except (Malformed, BadValue) as error:
        row.error = str(error)
        return None
    return node


def _line_node(spec: ObjectSpec, row: Row, context: Context) -> Tree | None:
    item = field_of(spec, row.key)
    if item is None:
        raise Malformed(_("There is no field “%(key)s”.") % {"key": row.key[:60]})
    if row.op not in operators(item):
        row.fresh = True
        return None
    if row.op in PRESETS:
        op, value = PRESETS[row.op]
        return {"field": item.key, "op": op, "value": value}
    if row.op in BLANK:
        return {"field": item.key, "op": row.op}
    values = [typed(item, row.op, text, context) for text in row.values if text]
    if not values or (row.op == "between" and len(values) != 2):
        raise Malformed(
            _("Two values are needed here.") if row.op == "between" else _("A value is needed here.")
        )
    several = row.op in MANY or row.op == "between"
    return {"field": item.key, "op": row.op, "value": values if several else values[0]}


def typed(item: Field, op: str, text: str, context: Context) -> Any:
    """The canonical value of what was typed, so that a shared view means the same in every language."""
    if op in DAYS or op in NOTE_OPS:
        if not text.isdecimal() or int(text[:6]) > 36_500:
            raise Malformed(_("A number of days is needed here."))
        return int(text)
    if item.type.references:
        return text if text == "me" else int(text) if text.isdecimal() and len(text) < 19 else _unlisted()
    if item.type.widget in ("date", "datetime"):
        return TYPES["date"].parse(item, text, context)
    if item.type.numeric or item.type.name == "boolean":
        return item.type.parse(item, text, context)
    return text


def _unlisted() -> Any:
    raise Malformed(_("Choose one from the list."))


def _notes_node(row: Row) -> Tree | None:
    if row.op not in NOTE_OPS:
        row.fresh = True
        return None
    some, _sign, op = row.op.partition("_")
    node: Tree = {"related": "notes"} | ({"none": True} if some == "none" else {})
    if not op:
        return node
    days = row.values[0] if row.values else ""
    if not days.isdecimal() or len(days) > 5 or int(days) > 36_500:
        raise Malformed(_("A number of days is needed here."))
    return {**node, "where": {"op": op, "value": int(days)}}


def _sharing_node(row: Row) -> Tree | None:
    if row.op not in SHARE_OPS:
        row.fresh = True
        return None
    node: Tree = {"related": SHARING[1:]}
    if row.op in EXISTS:
        return {**node, "none": True} if row.op == "none" else node
    return {**node, "where": {"op": row.op}}


def _related_node(spec: ObjectSpec, row: Row, context: Context) -> Tree | None:
    relation = relations(spec, context).get(related_key(row.key))
    if relation is None:
        row.error = _("“%(name)s” is not related to %(object)s.") % {
            "name": row.key[:60],
            "object": spec.plural,
        }
        return None
    if row.op not in EXISTS:
        row.fresh = True
    where = tree_of(relation.spec, row, context)
    node: Tree = {"related": relation.name} | ({"none": True} if row.op == "none" else {})
    return {**node, "where": where} if where else node


# --- from a sent form to rows ------------------------------------------------------------


def posted(spec: ObjectSpec, data: QueryDict, context: Context) -> Row:
    """The rows of a sent editor: `f-match`, `f-<n>-field`, `-op`, `-value`, and inwards `f-<n>-<m>-field`."""
    sent: dict[tuple[int, ...], dict[str, list[str]]] = {}
    for name in data:
        found = _NAME.fullmatch(name)
        if found:
            path = tuple(int(part) for part in found[1].split("-")[1:])
            sent.setdefault(path, {})[found[2]] = data.getlist(name)
    box = _posted_box(spec, sent, (), TOP, context)
    box.kind = "group"
    return box


def _posted_box(spec: ObjectSpec, sent: Any, path: tuple[int, ...], level: int, context: Context) -> Row:
    inner = sorted(one for one in sent if len(one) == len(path) + 1 and one[: len(path)] == path)
    rows = [_posted_row(spec, sent, one, level, context) for one in inner if not sent[one].get("remove")]
    return Row(match="or" if sent.get(path, {}).get("match") == ["or"] else "and", rows=rows)


def _posted_row(spec: ObjectSpec, sent: Any, path: tuple[int, ...], level: int, context: Context) -> Row:
    line = sent[path]
    key, op = (line.get(name, [""])[0].strip() for name in ("field", "op"))
    if "kept" in line:
        return Row("kept", node=_read_kept(line["kept"][0]))
    if "group" in line and level == TOP:
        box = _posted_box(spec, sent, path, GROUP, context)
        box.kind = "group"
        return box
    if key == NOTES:
        return Row("notes", key, op, [text.strip() for text in line.get("value", [])])
    if key == SHARING and _asks_sharing(spec, SHARING[1:]):
        return Row("sharing", key, op)
    relation = relations(spec, context).get(related_key(key)) if level < RELATED else None
    if relation is not None:
        box = _posted_box(relation.spec, sent, path, RELATED, context)
        box.kind, box.key, box.op = "related", key, op
        return box
    item = field_of(spec, key)
    values = _posted_values(item, op, line, context) if item else []
    return Row("line", key, op, values) if key else Row()


def _read_kept(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise Malformed(_("This filter cannot be read.")) from error


def _posted_values(item: Field, op: str, line: dict[str, list[str]], context: Context) -> list[str]:
    values = [text.strip() for text in line.get("value", []) if text.strip()]
    words = line.get("value-text", [""])[0].strip()
    if item.target and words and (op in MANY or not values):
        values += [found for found in [_linked_id(item, words, values, context)] if found]
    if item.type.name == "tags":
        values = [word.strip() for text in values for word in text.split(",") if word.strip()]
    elif op in MANY and not item.target:
        values = [word.strip() for text in values for word in text.splitlines() if word.strip()]
    return values


def _linked_id(item: Field, words: str, chosen: list[str], context: Context) -> str:
    """Without JavaScript the picker sends what was typed: the first record of that name."""
    target = specs_for(context.actor)[item.target]
    found = (
        visible(target, context.actor).filter(title_key=sort_key(words)).values_list("pk", flat=True)[:200]
    )
    ids = [str(pk) for pk in found]
    if set(ids) & set(chosen):
        return ""
    return ids[0] if ids else words


__all__ = [
    "BLANK", "DAYS", "EXISTS", "MANY", "NOTES", "NOTE_OPS", "PRESETS", "RELATED", "SHARE_OPS", "SHARING", "TOP",
    "Relation", "Row", "default_operator", "field_of", "join", "operators", "parts", "posted", "related_key",
    "relations", "rows_of", "tree_of",
]  # fmt: skip

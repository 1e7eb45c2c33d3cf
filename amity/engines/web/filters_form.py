"""The filter editor as parameters of its macros, and a filter in words. Rows and trees: filter_rows.py."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from markupsafe import Markup

from amity.engines.web.environment import component
from amity.engines.web.filter_rows import (
    BLANK,
    DAYS,
    EXISTS,
    MANY,
    NOTE_OPS,
    NOTES,
    PRESETS,
    RELATED,
    SHARE_OPS,
    SHARING,
    TOP,
    Row,
    default_operator,
    field_of,
    join,
    operators,
    parts,
    related_key,
    relations,
    rows_of,
)
from amity.engines.web.forms import Choices
from amity.engines.web.state import ListState, dump
from amity.foundation.core import countries
from amity.foundation.core.errors import Malformed
from amity.foundation.records.access import visible
from amity.foundation.records.fieldtypes import OPERATORS
from amity.foundation.records.objects import specs_for
from amity.foundation.records.spec import Field, ObjectSpec

WORDS: dict[str, Any] = {
    **OPERATORS,
    "today": gettext_lazy("is today"),
    "past": gettext_lazy("is before today"),
    "future": gettext_lazy("is after today"),
    "none_last_days": gettext_lazy("none in the last … days"),
    "some_last_days": gettext_lazy("some in the last … days"),
    "some_older_days": gettext_lazy("some more than … days ago"),
}
EXIST_WORDS = {"some": gettext_lazy("has"), "none": gettext_lazy("has no")}
NOTE_WORDS = {**WORDS, "none": gettext_lazy("none at all"), "some": gettext_lazy("at least one")}
SHARE_WORDS = {
    "with_me": gettext_lazy("with me"), "by_me": gettext_lazy("by me"), "some": gettext_lazy("with anybody"),
    "none": gettext_lazy("with nobody"),
}  # fmt: skip
QUIET_DAYS = "90"
Params = dict[str, Any]


# --- the editor --------------------------------------------------------------------------


def editor(
    spec: ObjectSpec, state: ListState, choices: Choices, draft: Row | None = None, error: str = ""
) -> Params:
    """Parameters of `ui.filter_editor`. With a `draft` (somebody sent it and must see it again) open."""
    box = draft or rows_of(spec, state.filter, choices.context)
    kept = {key: text for key, text in state.params().items() if key not in ("after", "start", "peek")}
    return {
        "box": box_params(spec, box, "f", TOP, choices),
        "hidden": {**kept, "f": "1"},
        "row_url": f"/{spec.key}/filter/",
        "open": draft is not None,
        "error": error,
    }


def grown(box: Row, where: str) -> None:
    """One more blank row where `add` says: `f` or `f-2` a condition, `f:group` a group; else nothing."""
    name, _sign, kind = where.partition(":")
    if not name.startswith("f"):
        return
    for part in name.split("-")[1:]:
        if not part.isdecimal() or int(part) >= len(box.rows):
            return
        box = box.rows[int(part)]
    row = Row(focus=True)
    box.rows.append(Row("group", match="or", rows=[row]) if kind == "group" else row)


def box_params(spec: ObjectSpec, box: Row, name: str, level: int, choices: Choices) -> Params:
    """A box always has a row to fill in."""
    rows = box.rows or [Row()]
    fields = field_options(spec, level, choices)
    return {
        "name": name,
        "match": box.match,
        "rows": [
            row_params(spec, row, f"{name}-{at}", level, fields, choices) for at, row in enumerate(rows)
        ],
        "may_group": level == TOP,
    }


def field_options(spec: ObjectSpec, level: int, choices: Choices) -> list[Any]:
    """What a row can be about: fields, and in groups of their own the related records and notes."""
    fields = [(item.key, str(item.label)) for item in spec.live_fields if item.type.operators]
    related = [(NOTES, _("Notes"))]
    if spec.field(SHARING[1:]) is None:
        related.append((SHARING, _("Shared")))
    if level < RELATED:
        found = relations(spec, choices.context).values()
        related += [(f"~{one.name}", _("%(relation)s →") % {"relation": one.label}) for one in found]
    return [
        {"label": str(spec.label), "options": fields},
        {"label": _("Notes and related records"), "options": related},
    ]


def row_params(
    spec: ObjectSpec, row: Row, name: str, level: int, fields: list[Any], choices: Choices
) -> Params:
    shown: Params = {
        "name": name, "kind": row.kind, "field": row.key, "fields": fields, "op": row.op, "operators": [],
        "control": "", "box": None, "kept": "", "error": row.error, "focus": row.focus,
    }  # fmt: skip
    if row.kind == "kept":
        return shown | {"kept": dump_any(row.node)}
    if row.kind == "group":
        return shown | {"box": box_params(spec, row, name, level + 1, choices)}
    if row.kind == "related":
        relation = relations(spec, choices.context)[related_key(row.key)]
        op = row.op if row.op in EXISTS else "some"
        words = [(key, str(EXIST_WORDS[key])) for key in EXISTS]
        box = box_params(relation.spec, row, name, RELATED, choices)
        return shown | {"op": op, "operators": words, "box": box}
    if row.kind == "notes":
        return shown | _notes_params(row, name)
    if row.kind == "sharing":
        op = row.op if row.op in SHARE_OPS else SHARE_OPS[0]
        return shown | {"op": op, "operators": [(key, str(SHARE_WORDS[key])) for key in SHARE_OPS]}
    item = field_of(spec, row.key)
    return shown | _line_params(item, row, name, choices) if item else shown


def dump_any(node: Any) -> str:
    return dump({"n": node})[5:-1]


def _notes_params(row: Row, name: str) -> Params:
    op = row.op if row.op in NOTE_OPS else NOTE_OPS[0]
    parts = [] if op in EXISTS else [_days(f"{name}-value", row.values, QUIET_DAYS)]
    return {
        "op": op,
        "operators": [(key, str(NOTE_WORDS[key])) for key in NOTE_OPS],
        "control": _drawn(parts),
    }


def _line_params(item: Field, row: Row, name: str, choices: Choices) -> Params:
    known = operators(item)
    op = row.op if row.op in known else default_operator(item)
    control = _drawn(value_parts(item, op, row.values, f"{name}-value", choices))
    return {"op": op, "operators": [(key, str(WORDS[key])) for key in known], "control": control}


def _drawn(parts: list[Params]) -> Markup:
    return Markup("").join(component("control", **part, attrs={"aria-label": _("Value")}) for part in parts)


def _days(name: str, values: list[str], default: str = "30") -> Params:
    """A day that stands there from another condition is no number of days."""
    text = values[0] if values and "-" not in values[0][1:] else default
    return {"kind": "number", "name": name, "value": text, "suffix": _("days")}


def value_parts(item: Field, op: str, values: list[str], name: str, choices: Choices) -> list[Params]:
    """Parameters of `ui.control`, none for conditions without a value, two for a span."""
    if op in BLANK or op in PRESETS:
        return []
    if op in DAYS:
        return [_days(name, values)]
    if item.type.name == "tags" and op == "has_any":
        return [{"kind": "tags", "name": name, "value": values, "known": choices.tags}]
    if item.target:
        return [_picker(item, op, name, values, choices)]
    offered = _offered(item, choices)
    if offered is not None:
        return [_one_of(op, name, values, offered)]
    if op in MANY:
        return [
            {
                "kind": "textarea",
                "name": name,
                "value": "\n".join(values),
                "rows": 2,
                "placeholder": _("One on each line"),
            }
        ]
    kind = (
        item.type.widget if item.type.widget == "date" else {"datetime": "date"}.get(item.type.widget, "text")
    )
    padded = [*values, "", ""]
    count = 2 if op == "between" else 1
    return [{"kind": kind, "name": name, "value": padded[at], "id": f"{name}-{at}"} for at in range(count)]


def _one_of(op: str, name: str, values: list[str], offered: list[Any]) -> Params:
    """Chips to choose several of, a select for one; what is held but no longer offered stays."""
    missing = [(text, text) for text in values if text not in {option[0] for option in offered}]
    if op in MANY:
        return {"kind": "choices", "name": name, "value": values, "options": [*offered, *missing]}
    plain = [option[:2] for option in [*offered, *missing]]
    return {
        "kind": "select",
        "name": name,
        "value": values[0] if values else "",
        "options": plain,
        "empty": "—",
    }


def _picker(item: Field, op: str, name: str, values: list[str], choices: Choices) -> Params:
    found = {"name": name, "search_url": f"/{item.target}/pick/only/"}
    unread = next((text for text in values if not text.isdecimal()), "")
    if op in MANY:
        pairs = [(text, linked_title(item, text, choices)) for text in values if text.isdecimal()]
        return {**found, "kind": "links", "value": pairs, "text": unread}
    value = values[0] if values and values[0].isdecimal() else ""
    return {**found, "kind": "link", "value": value, "text": unread or linked_title(item, value, choices)}


def linked_title(field: Field, value: str, choices: Choices) -> str:
    target = specs_for(choices.context.actor).get(field.target)
    if target is None or not value.isdecimal() or len(value) > 18:
        return ""
    rows = visible(target, choices.context.actor).filter(pk=int(value))
    return rows.values_list("title", flat=True).first() or _("Not visible to you")


OFFERS: dict[str, Any] = {
    "choice": lambda field, choices: _option_chips(field),
    "multi_choice": lambda field, choices: _option_chips(field),
    "consent": lambda field, choices: _option_chips(field),
    "boolean": lambda field, choices: [("yes", _("Yes")), ("no", _("No"))],
    "user": lambda field, choices: [("me", _("Me")), *((str(pk), name) for pk, name in choices.users)],
    "team": lambda field, choices: [(str(pk), name) for pk, name in choices.teams],
    "tags": lambda field, choices: [(name, name) for name, _colour in choices.tags],
    "country": lambda field, choices: list(countries.country_choices(choices.context.language)),
    "language": lambda field, choices: list(countries.language_choices(choices.context.language)),
    "rating": lambda field, choices: [(str(n), "★" * n) for n in range(1, 6)],
}


def _offered(field: Field, choices: Choices) -> list[tuple[str, str]] | None:
    offer = OFFERS.get(field.type.name)
    return offer(field, choices) if offer else None


def _option_chips(field: Field) -> list[tuple[str, str, str]]:
    return [(option.key, str(option.label), option.colour) for option in field.options]


def _names(item: Field, choices: Choices) -> dict[str, str]:
    return {option[0]: option[1] for option in _offered(item, choices) or []}


# --- chips -------------------------------------------------------------------------------


def chips(spec: ObjectSpec, state: ListState, choices: Choices) -> list[Params]:
    """What is filtered, in words, each with the address that takes it away."""
    word, nodes = parts(state.filter)
    box = rows_of(spec, state.filter, choices.context)
    found = []
    for place, row in enumerate(box.rows):
        rest = join(word, nodes[:place] + nodes[place + 1 :])
        found.append({**chip(spec, row, choices), "remove_url": state.url(filter=rest)})
    return found


def chip(spec: ObjectSpec, row: Row, choices: Choices) -> dict[str, str]:
    """`label`, `operator` and `value`, which read as one sentence."""
    item = field_of(spec, row.key)
    if row.kind == "line" and item:
        return _line_chip(item, row, choices)
    if row.kind == "notes":
        return {"label": "", "operator": "", "value": note_words(row)}
    if row.kind == "sharing":
        return {"label": _("Shared"), "operator": "", "value": str(SHARE_WORDS[row.op])}
    if row.kind == "related":
        return _related_chip(spec, row, choices)
    if row.kind == "group":
        return {"label": "", "operator": "", "value": joined(spec, row, choices)}
    return {"label": _("Complex filter"), "operator": "", "value": ""}


def sentence(spec: ObjectSpec, row: Row, choices: Choices) -> str:
    words = chip(spec, row, choices)
    return " ".join(part for part in (words["label"], words["operator"], words["value"]) if part)


def joined(spec: ObjectSpec, box: Row, choices: Choices) -> str:
    word = _(" or ") if box.match == "or" else _(" and ")
    texts = [sentence(spec, row, choices) for row in box.rows]
    wide = [row.kind in ("related", "group") and len(row.rows) > 1 for row in box.rows]
    return word.join(
        f"({text})" if one and len(texts) > 1 else text for text, one in zip(texts, wide, strict=True)
    )


def _line_chip(item: Field, row: Row, choices: Choices) -> dict[str, str]:
    if row.op in DAYS:
        words = str(WORDS[row.op]).replace("…", row.values[0])
        return {"label": str(item.label), "operator": "", "value": words}
    names = _names(item, choices)
    values = [_word(item, text, names, choices) for text in row.values[:4]]
    if len(row.values) > 4:
        values.append("…")
    single = {"is_any": "is", "is_none": "is_not", "has_any": "has"} if len(row.values) == 1 else {}
    between = _(" and ") if row.op == "between" else ", "
    op = str(WORDS[single.get(row.op, row.op)])
    return {"label": str(item.label), "operator": op, "value": between.join(values)}


def note_words(row: Row) -> str:
    days = row.values[0] if row.values else ""
    texts = {
        "none": _("No note"),
        "some": _("Has a note"),
        "none_last_days": _("No note in the last %(n)s days"),
        "some_last_days": _("A note in the last %(n)s days"),
        "some_older_days": _("A note more than %(n)s days ago"),
    }
    return texts[row.op] % {"n": days} if days else texts[row.op]


def _related_chip(spec: ObjectSpec, row: Row, choices: Choices) -> dict[str, str]:
    """“Company: Industry is Textiles”, “No People: Stage is Lead”."""
    relation = relations(spec, choices.context)[related_key(row.key)]
    none = row.op == "none"
    if not row.rows:
        text = _("No %(relation)s") if none else _("Has %(relation)s")
        return {"label": "", "operator": "", "value": text % {"relation": relation.label}}
    label = _("No %(relation)s:") if none else _("%(relation)s:")
    value = joined(relation.spec, row, choices)
    return {"label": label % {"relation": relation.label}, "operator": "", "value": value}


def _word(item: Field, text: str, names: dict[str, str], choices: Choices) -> str:
    if text in names:
        return names[text]
    if item.target:
        return linked_title(item, text, choices)
    try:
        value = item.type.parse(item, text, choices.context)
        return item.type.display(item, value, choices.context) or text
    except (ValueError, Malformed):
        return text


__all__ = ["chips", "editor", "field_options", "grown"]

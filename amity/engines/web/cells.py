"""How a value looks: one small drawing function per field type, in a table.

A list draws 500 cells a page, so cells are built as strings here and not by template macros. Drawing functions
return HTML as plain text with every value through `escape`; only what leaves this module is `Markup`.
"""

# ruff: noqa: S704 - making markup out of escaped parts is what this module is for

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from html import escape
from typing import Any

from django.utils.translation import gettext as _
from markupsafe import Markup

from amity.engines.web.forms import POINT_LABELS
from amity.engines.web.marks import change, letters
from amity.foundation.core.text import fold
from amity.foundation.records.context import Context
from amity.foundation.records.services.tags import tag_colours
from amity.foundation.records.spec import Field, ObjectSpec, Values
from amity.foundation.records.values import LinkedRecord, Row, file_names, team_names, user_names

# Letters of marks in a list's cell, and what each further mark costs besides its own.
ROOM, MARK = 18, 4
ROUND_ICONS = ("user", "users", "circle-user", "baby", "graduation-cap")


@dataclass
class Names:
    """What stands behind the ids of one page, loaded in sets."""

    users: dict[int, str] = field(default_factory=dict)
    teams: dict[int, str] = field(default_factory=dict)
    files: dict[int, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)


@dataclass
class Drawing:
    """What every drawing function may ask."""

    context: Context
    names: Names


Draw = Callable[[Field, Any, Sequence[LinkedRecord], Drawing], str]


def names_for(
    fields: Iterable[Field],
    rows: Sequence[Values],
    context: Context,
    more: Mapping[str, set[int]] | None = None,
) -> Names:
    """Names of all users, teams, files and tags in the values, and of `more` ids; one statement each."""
    ids: dict[str, set[int]] = {kind: set((more or {}).get(kind, ())) for kind in ("user", "team", "file")}
    tagged = False
    for item in fields:
        bucket = ids.get(item.type.references)
        if bucket is not None:
            bucket.update(values[item.key] for values in rows if isinstance(values.get(item.key), int))
        elif item.type.name == "tags":
            tagged = tagged or any(values.get(item.key) for values in rows)
    workspace = context.workspace_id
    return Names(
        users=user_names(workspace, ids["user"]),
        teams=team_names(workspace, ids["team"]),
        files=file_names(workspace, ids["file"]),
        tags=tag_colours(workspace) if tagged else {},
    )


def cell(item: Field, row: Row, drawing: Drawing) -> Markup:
    """One value in a list: a single line."""
    return Markup(column(item, drawing)(row))


def fact(item: Field, row: Row, drawing: Drawing) -> Markup:
    """One value on a record page: everything of it, on as many lines as it needs."""
    return Markup(column(item, drawing, FACTS)(row))


def column(item: Field, drawing: Drawing, table: dict[str, Draw] | None = None) -> Callable[[Row], str]:
    """Draws one field of many rows; empty values as nothing."""
    draw, key = (table or CELLS).get(item.type.name, _plain), item.key

    def one(row: Row) -> str:
        value, links = row.values.get(key), row.links.get(key, ())
        return "" if value is None and not links else draw(item, value, links, drawing)

    return one


def joined(parts: Iterable[str]) -> Markup:
    """Ready markup as one piece, which the template need not look through again."""
    return Markup("".join(parts))


# --- small marks -------------------------------------------------------------------------


def avatar(name: str, record_id: int, size: str = "", square: bool = False) -> Markup:
    return Markup(_avatar(name, record_id, size, square))


def _avatar(name: str, record_id: int, size: str = "", square: bool = False) -> str:
    look = f"{f' av-{size}' if size else ''}{' square' if square else ''}"
    return (
        f'<span class="av av-{(record_id or 0) % 8}{look}" aria-hidden="true">{escape(letters(name))}</span>'
    )


def square(spec: ObjectSpec) -> bool:
    """People are round, things are square."""
    return spec.icon not in ROUND_ICONS


def title_cell(spec: ObjectSpec, row: Row, query: str = "") -> Markup:
    """The first column: avatar and the link that opens the peek."""
    base = f"/{spec.key}/{row.id}/"
    head = _avatar(row.title, row.id, square=square(spec))
    return Markup(
        f'<span class="line">{head}<a href="{base}{escape(query)}" data-peek="{base}peek/{escape(query)}">'
        f"{escape(row.title)}</a></span>"
    )


def attributes(**given: str) -> Markup:
    """Attributes of a tag: `data_phone="sub"` becomes ` data-phone="sub"`; empty ones are left out."""
    return Markup(
        "".join(f' {key.replace("_", "-")}="{escape(text)}"' for key, text in given.items() if text)
    )


@lru_cache(maxsize=4096)
def _pill(label: str, colour: str) -> str:
    return f'<span class="pill c-{escape(colour)}">{escape(label)}</span>'


# --- drawing functions: (field, value, links, drawing) -----------------------------------


def _plain(item: Field, value: Any, links: Sequence[LinkedRecord], drawing: Drawing) -> str:
    return escape(item.type.display(item, value, drawing.context))


def _lines(item: Field, value: Any, links: Sequence[LinkedRecord], drawing: Drawing) -> str:
    return f'<span class="prose">{escape(value)}</span>'


def _choice(item: Field, value: Any, links: Sequence[LinkedRecord], drawing: Drawing) -> str:
    option = item.option(value)
    return (_pill(str(option.label), option.colour)) if option else escape(value)


def _choices(item: Field, value: Any, links: Sequence[LinkedRecord], drawing: Drawing) -> str:
    return " ".join(_choice(item, key, links, drawing) for key in value)


def _some_choices(item: Field, value: Any, links: Sequence[LinkedRecord], drawing: Drawing) -> str:
    options = ((key, item.option(key)) for key in value)
    return _as_many_as_fit(
        [
            (str(option.label if option else key), _choice(item, key, links, drawing))
            for key, option in options
        ]
    )


def _tags(item: Field, value: Any, links: Sequence[LinkedRecord], drawing: Drawing) -> str:
    return " ".join(_tag(name, drawing) for name in value)


def _some_tags(item: Field, value: Any, links: Sequence[LinkedRecord], drawing: Drawing) -> str:
    return _as_many_as_fit([(name, _tag(name, drawing)) for name in value])


def _tag(name: str, drawing: Drawing) -> str:
    colour = drawing.names.tags.get(fold(name), "grey")
    return f'<span class="tag c-{escape(colour)}"><i class="dot"></i>{escape(name)}</span>'


def _as_many_as_fit(marks: Sequence[tuple[str, str]]) -> str:
    """`(text, markup)` of a few marks in one line; the rest becomes "+2" that tells them all on pointing."""
    shown, room = 1, ROOM - len(marks[0][0])
    while shown < len(marks) and (room := room - len(marks[shown][0]) - MARK) >= 0:
        shown += 1
    drawn = " ".join(markup for _text, markup in marks[:shown])
    if shown == len(marks):
        return drawn
    everything = ", ".join(text for text, _markup in marks)
    rest = ", ".join(text for text, _markup in marks[shown:])
    return (
        f'<span title="{escape(everything)}">{drawn} <span class="tag" aria-hidden="true">+{len(marks) - shown}</span>'
        f'<span class="hide">{escape(rest)}</span></span>'
    )


def _user(item: Field, value: Any, links: Sequence[LinkedRecord], drawing: Drawing) -> str:
    name = drawing.names.users.get(value)
    if name is None:
        return escape(_("Somebody who left"))
    return f'<span class="line">{_avatar(name, value, "s")}<span class="cut">{escape(name)}</span></span>'


def _team(item: Field, value: Any, links: Sequence[LinkedRecord], drawing: Drawing) -> str:
    return escape(drawing.names.teams.get(value) or "—")


def _file(item: Field, value: Any, links: Sequence[LinkedRecord], drawing: Drawing) -> str:
    name = drawing.names.files.get(value)
    return (f'<a href="/files/{int(value)}/">{escape(name)}</a>') if name else ""


def _link(item: Field, value: Any, links: Sequence[LinkedRecord], drawing: Drawing) -> str:
    return ", ".join(_one_link(link) for link in links)


def _one_link(link: LinkedRecord) -> str:
    if not link.visible:
        return f'<span class="soft">{escape(_("Not visible to you"))}</span>'
    return f'<a href="/{link.object_key}/{link.id}/">{escape(link.title)}</a>'


def _email(item: Field, value: Any, links: Sequence[LinkedRecord], drawing: Drawing) -> str:
    return _mail_link(value[0])


def _mail_link(point: dict[str, str]) -> str:
    address = escape(point["value"])
    return f'<a href="mailto:{address}">{address}</a>'


def _phone(item: Field, value: Any, links: Sequence[LinkedRecord], drawing: Drawing) -> str:
    return _phone_link(item, value[0], drawing)


def _phone_link(item: Field, point: dict[str, str], drawing: Drawing) -> str:
    shown: Any = item.type
    return f'<a href="tel:{escape(point["normal"])}" dir="ltr">{escape(shown.show_point(point, drawing.context))}</a>'


def _points(one: Callable[[Field, dict[str, str], Drawing], str]) -> Draw:
    """All addresses of one kind, each with its label."""

    def draw(item: Field, value: Any, links: Sequence[LinkedRecord], drawing: Drawing) -> str:
        return "".join(f'<span class="fact-line">{one(item, p, drawing)}{_label(p)}</span>' for p in value)

    return draw


def _label(point: dict[str, str]) -> str:
    label = point.get("label")
    return f' <span class="soft tiny">{escape(POINT_LABELS.get(label, label))}</span>' if label else ""


def _addresses(item: Field, value: Any, links: Sequence[LinkedRecord], drawing: Drawing) -> str:
    kind: Any = item.type
    lines = [f"{escape(kind.show_address(one, drawing.context))}{_label(one)}" for one in value]
    return "".join(f'<span class="fact-line">{line}</span>' for line in lines)


def _url(item: Field, value: Any, links: Sequence[LinkedRecord], drawing: Drawing) -> str:
    if not value.startswith(("http://", "https://")):
        return escape(value)
    shown = value.split("://", 1)[1].removeprefix("www.").rstrip("/")
    return f'<a href="{escape(value)}" rel="noopener noreferrer" target="_blank">{escape(shown)}</a>'


def _rating(item: Field, value: Any, links: Sequence[LinkedRecord], drawing: Drawing) -> str:
    label = escape(_("%(count)s of 5") % {"count": value})
    return f'<span class="rated" role="img" aria-label="{label}">{"★" * value}{"☆" * (5 - value)}</span>'


CELLS: dict[str, Draw] = {
    "choice": _choice, "multi_choice": _some_choices, "tags": _some_tags, "user": _user, "team": _team, "file": _file,
    "link": _link, "consent": _choice, "email": _email, "phone": _phone, "url": _url, "rating": _rating,
}  # fmt: skip

FACTS: dict[str, Draw] = {
    **CELLS,
    "multi_choice": _choices,
    "tags": _tags,
    "long_text": _lines,
    "email": _points(lambda item, point, drawing: _mail_link(point)),
    "phone": _points(_phone_link),
    "messenger": _points(lambda item, point, drawing: escape(point["value"])),
    "address": _addresses,
}


LISTED = ("email", "phone", "messenger")

# --- values of the history ---------------------------------------------------------------


def changed(lines: Iterable[tuple[str, str, str]]) -> Markup:
    """`(label, before, after)` of each field that a change changed, in one line."""
    return Markup('<span class="soft"> · </span>').join(change(*line) for line in lines)


def plain(item: Field, value: Any, names: Names, titles: dict[str, dict[int, str]], context: Context) -> str:
    """A value in one line of text, for a change in the timeline. `titles`: linked records one may see."""
    if value is None:
        return ""
    known = {
        "user": names.users,
        "team": names.teams,
        "file": names.files,
        "link": titles.get(item.target, {}),
    }
    lookup = known.get(item.type.references)
    if lookup is None:
        show = item.type.edit_text if item.type.name in LISTED else item.type.display
        return show(item, value, context)[:160]
    ids = value if isinstance(value, list) else [value]
    return ", ".join(lookup.get(one) or _("Not visible to you") for one in ids[:10])

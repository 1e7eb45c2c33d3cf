"""The rules of a handover as lines of a form: `r<n>-object`, `-fits`, `-to`, `-user`, `-users`, `-team`, `-f-…`.

The last line is about everything that no line before it fits.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from amity.engines.web import filter_rows
from amity.engines.web.filters_form import box_params, grown
from amity.engines.web.forms import Choices
from amity.engines.web.plain_forms import number
from amity.foundation.core.errors import FieldError, Invalid
from amity.foundation.records.context import Context
from amity.foundation.records.filters import Tree
from amity.foundation.records.services.handover_plan import EVERY, MOST_RULES, Rule, read_rules
from amity.foundation.records.spec import ObjectSpec

NAME = re.compile(r"r(\d{1,2})-(.+)")
TARGETS = {  # what a line offers: to, share
    "one": ("users", "turn"), "turn": ("users", "turn"), "fewest": ("users", "fewest"), "team": ("team", "turn"),
    "team_fewest": ("team", "fewest"), "nobody": ("nobody", "turn"), "stay": ("stay", "turn"),
}  # fmt: skip
Texts = Mapping[str, list[str]]


@dataclass
class Line:
    object: str = EVERY
    fits: str = "all"
    to: str = "one"
    user: str = ""
    users: list[str] = field(default_factory=list)
    team: str = ""
    box: filter_rows.Row = field(default_factory=lambda: filter_rows.Row("group"))

    def takers(self) -> list[int]:
        texts = [self.user] if self.to == "one" else self.users
        return [pk for text in texts if (pk := number(text))]


def posted_lines(data: QueryDict, specs: Mapping[str, ObjectSpec], context: Context) -> list[Line]:
    """The lines as they were sent, in order; always with a last one about the rest."""
    sent: dict[int, QueryDict] = {}
    for name in data:
        found = NAME.fullmatch(name)
        if found:
            part = sent.setdefault(int(found[1]), QueryDict(mutable=True))
            part.setlist(found[2], data.getlist(name))
    lines = [_line(sent[place], specs, context) for place in sorted(sent)][:MOST_RULES]
    lines = [line for line in lines[:-1] if line.object in specs] + lines[-1:]
    if not lines or lines[-1].object != EVERY:
        lines.append(Line())
    return lines


def _line(data: QueryDict, specs: Mapping[str, ObjectSpec], context: Context) -> Line:
    line = Line(
        object=data.get("object", EVERY),
        fits="filter" if data.get("fits") == "filter" else "all",
        to=data.get("to", "one") if data.get("to") in TARGETS else "one",
        user=data.get("user", ""),
        users=data.getlist("users"),
        team=data.get("team", ""),
    )
    spec = specs.get(line.object)
    if spec is not None:
        same = spec.key == data.get("of", spec.key)  # another object has other fields
        line.box = filter_rows.posted(spec, data, context) if same else line.box
    return line


def changed_lines(lines: list[Line], data: QueryDict, specs: Sequence[ObjectSpec]) -> None:
    """What a button of the form does to the lines: one more, one less, one up, one more row of a filter."""
    deed, _sign, where = data.get("do", "").partition(":")
    place = int(where) if where.isdecimal() and len(where) < 3 else -1
    if deed == "add" and specs and len(lines) < MOST_RULES:
        lines.insert(len(lines) - 1, Line(specs[0].key))
    elif deed == "remove" and 0 <= place < len(lines) - 1:
        del lines[place]
    elif deed == "up" and 0 < place < len(lines) - 1:
        lines[place - 1], lines[place] = lines[place], lines[place - 1]
    grows = NAME.fullmatch(data.get("add", ""))
    if grows and int(grows[1]) < len(lines):
        grown(lines[int(grows[1])].box, grows[2])


def rules_of(lines: Sequence[Line], specs: Mapping[str, ObjectSpec], context: Context) -> list[Rule]:
    """Raises Invalid, naming `rules.<place>.<part>`."""
    errors: list[FieldError] = []
    found = []
    for place, line in enumerate(lines):
        to, share = TARGETS[line.to]
        tree = _tree(place, line, specs, context, errors)
        found.append({
            "object": line.object, "filter": tree, "to": to, "share": share, "team": number(line.team),
            "users": line.takers() if to == "users" else [],
        })  # fmt: skip
    if errors:
        raise Invalid(errors)
    return read_rules(found)


def _tree(
    place: int, line: Line, specs: Mapping[str, ObjectSpec], context: Context, errors: list[FieldError]
) -> Tree | None:
    if line.fits != "filter" or line.object not in specs:
        return None
    tree = filter_rows.tree_of(specs[line.object], line.box, context)
    unfinished = any(row.error or row.fresh for row in line.box.walk())
    if unfinished or not tree:
        text = _("Finish the filter, or choose “all”.")
        errors.append(FieldError(f"rules.{place}.filter", "filter", text))
    return tree


# --- drawing -------------------------------------------------------------------------------------


def shown_lines(
    lines: Sequence[Line], specs: Mapping[str, ObjectSpec], choices: Choices, user_id: int, errors: Texts
) -> list[dict[str, Any]]:
    """Parameters of the lines for the template."""
    people = [(str(pk), name) for pk, name in choices.users if pk != user_id]
    offered = {
        "objects": [(spec.key, str(spec.plural)) for spec in specs.values()],
        "people": people,
        "teams": [(str(pk), name) for pk, name in choices.teams],
        "targets": _targets(bool(choices.teams), len(people) > 1),
    }
    return [_shown(place, line, specs, choices, errors, offered) for place, line in enumerate(lines)]


def _targets(teams: bool, several: bool) -> list[tuple[str, str]]:
    words = [
        ("one", _("one person"), True),
        ("turn", _("several people in turn"), several),
        ("fewest", _("several, whoever has the fewest"), several),
        ("team", _("a team, in turn"), teams),
        ("team_fewest", _("a team, whoever has the fewest"), teams),
        ("nobody", _("nobody: without an owner"), True),
        ("stay", _("nobody: they stay where they are"), True),
    ]
    return [(key, text) for key, text, offered in words if offered]


def _shown(
    place: int,
    line: Line,
    specs: Mapping[str, ObjectSpec],
    choices: Choices,
    errors: Texts,
    offered: dict[str, Any],
) -> dict[str, Any]:
    spec = specs.get(line.object)
    if spec is not None and line.fits == "filter" and not line.box.rows:
        line.box.rows.append(filter_rows.Row(focus=True))
    filtered = spec is not None and line.fits == "filter"
    start = f"rules.{place}."
    return {
        **offered,
        "name": f"r{place}",
        "place": place,
        "object": line.object,
        "rest": line.object == EVERY,
        "fits": line.fits,
        "to": line.to,
        "kind": TARGETS[line.to][0] if line.to != "one" else "one",
        "user": line.user,
        "users": line.users,
        "team": line.team,
        "box": box_params(spec, line.box, f"r{place}-f", filter_rows.TOP, choices)
        if spec and filtered
        else None,
        "errors": [text for key, texts in errors.items() if key.startswith(start) for text in texts],
    }


__all__ = ["Line", "changed_lines", "posted_lines", "rules_of", "shown_lines"]

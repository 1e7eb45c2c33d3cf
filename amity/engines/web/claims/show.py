"""Sources and conflicts in words: who or what gave a value, when, and what else is said about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from amity.engines.web import cells
from amity.engines.web.forms import Choices, form_field, shown_control
from amity.engines.web.timeline import Entry
from amity.engines.web.views.common import Place
from amity.foundation.core import clock
from amity.foundation.records.access import visible_among
from amity.foundation.records.models import Claim
from amity.foundation.records.objects import specs_for
from amity.foundation.records.provenance import Origin, digest_of, sources_of
from amity.foundation.records.services.conflicts import Conflict
from amity.foundation.records.services.records import as_list, may_edit
from amity.foundation.records.spec import Field
from amity.foundation.records.values import Row, row_of, user_names

Titles = dict[str, dict[int, str]]
DOORS = {
    "automation": gettext_lazy("an automation"), "command": gettext_lazy("a command"), "system": "Amity",
    "import": gettext_lazy("an import"), "api": gettext_lazy("a program"),
}  # fmt: skip
ICONS = {"import": "upload", "api": "plug", "merge": "merge", "person": "user"}


def source_text(source: str, users: Mapping[int, str]) -> str:
    """A source as people call it: a file's name, a program's, a colleague's."""
    kind, _colon, name = source.partition(":")
    if kind != "person" or not name:
        return name or _("Typed by people")
    return users.get(int(name) if name.isdecimal() else 0) or _("Somebody who left")


def source_icon(source: str) -> str:
    return ICONS.get(source.partition(":")[0], "info")


def origin_text(origin: Origin, users: Mapping[int, str], chosen: str = "") -> str:
    """Who or what gave a value, in a few words. `chosen`: the source whose answer somebody chose."""
    who = users.get(origin.actor_id or 0) or (_("Somebody who left") if origin.actor_id else "")
    names = {"who": who, "file": origin.label, "name": chosen or source_text(origin.source, users)}
    if chosen:
        return _("%(name)s, chosen by %(who)s") % names
    if origin.kind == "merge":
        titles = ", ".join(f"“{title}”" for title in origin.titles)
        return _("merged from %(titles)s by %(who)s") % {**names, "titles": titles}
    if origin.kind in ("undo", "unmerge"):
        return _("put back by %(who)s") % names
    if origin.batch_kind == "import":
        return _("import “%(file)s” by %(who)s") % names
    if origin.source.startswith("api:"):
        return _("%(name)s, with %(who)s's token") % names
    if origin.batch_kind == "bulk":
        return _("changed with many others by %(who)s") % names
    if origin.batch_kind == "demo":
        return str(origin.label)
    if not who:
        return str(DOORS.get(origin.door, "Amity"))
    if origin.door == "api":
        return _("%(who)s, through a program") % names
    return who


def icon_of(origin: Origin) -> str:
    kinds = {"merge": "merge", "undo": "undo-2", "unmerge": "undo-2"}
    if origin.batch_kind == "demo" and origin.kind not in kinds:
        return "sparkles"
    return kinds.get(origin.kind) or source_icon(origin.source)


@dataclass(frozen=True)
class When:
    """A time as it is shown."""

    text: str
    iso: str
    full: str


def when(at: Any, place: Place) -> When:
    local = at.astimezone(clock.find_zone(place.context.zone))
    text = clock.human_time(at, place.context.zone, place.context.language, clock.now())
    return When(text, clock.to_iso(at), local.strftime("%Y-%m-%d %H:%M:%S"))


# --- where values come from ------------------------------------------------------------------


def sources_shown(place: Place, record: Any) -> list[dict[str, Any]]:
    """A line per filled field, and under it one per value of many where they came from different places."""
    row = row_of(place.spec, record, place.context)
    found = sources_of(place.spec, place.actor.workspace_id, row.values, record.pk)
    origins = [*found.fields.values(), *(one for some in found.parts.values() for one in some.values())]
    users = user_names(
        place.actor.workspace_id,
        people_of(origin.source for origin in origins) | {o.actor_id for o in origins},
    )
    chosen = _chosen(place, record.pk, users)
    drawing = cells.Drawing(
        place.context, cells.names_for(place.spec.live_fields, [row.values], place.context)
    )
    lines = []
    for item in place.spec.live_fields:
        origin = found.fields.get(item.key)
        if origin is None:
            continue
        parts = found.parts.get(item.key, {})
        line = _told(place, origin, users, chosen.get((item.key, origin.change_id), ""))
        line |= {"key": item.key, "label": str(item.label), "icon": item.type.icon, "parts": []}
        line["value"] = cells.cell(item, row, drawing)
        if len({one.change_id for one in parts.values()}) > 1:
            shown = item.type.parts(row.values[item.key]) or {}
            line["parts"] = [
                {"value": item.type.display(item, [shown[key]], place.context), **_told(place, one, users)}
                for key, one in parts.items()
            ]
        lines.append(line)
    return lines


def _told(place: Place, origin: Origin, users: Mapping[int, str], chosen: str = "") -> dict[str, Any]:
    return {
        "who": origin_text(origin, users, chosen), "when": when(origin.at, place), "mark": icon_of(origin),
        "first": origin.kind == "create",
    }  # fmt: skip


def _chosen(place: Place, record_id: int, users: Mapping[int, str]) -> dict[tuple[str, int], str]:
    """Whose answer a change took, by field and change."""
    rows = Claim.unscoped.filter(
        workspace_id=place.actor.workspace_id, object_type_id=place.spec.type_id, record_id=record_id, state="taken",
        change_id__isnull=False,
    )  # fmt: skip
    found = rows.values_list("field", "change_id", "source")
    return {(key, change or 0): source_text(source, users) for key, change, source in found}


def people_of(sources: Iterable[str]) -> set[int | None]:
    """Users named in sources."""
    ids = (source.partition(":")[2] for source in sources if source.startswith("person:"))
    return {int(one) for one in ids if one.isdecimal()}


# --- conflicts -------------------------------------------------------------------------------


def cards_of(place: Place, found: Sequence[Conflict], *, typing: bool) -> list[dict[str, Any]]:
    """Conflicts ready to be shown; with `typing` each has the control for another value."""
    origins = [one.origin for one in found if one.origin]
    claims = [claim for one in found for claim in one.claims]
    sources = [*(claim.source for claim in claims), *(origin.source for origin in origins)]
    people = people_of(sources) | {origin.actor_id for origin in origins}
    values = [{one.field.key: value} for one in found for value in _values(one)]
    fields = {one.field.key: one.field for one in found}.values()
    names = cells.names_for(fields, values, place.context, {"user": {pk for pk in people if pk}})
    titles = _titles(place, found)
    choices = Choices(place.context)
    return [_card(place, one, names, titles, choices, typing) for one in found]


def _values(one: Conflict) -> list[Any]:
    return [one.present, *(claim.value for claim in one.claims)]


def _card(
    place: Place, one: Conflict, names: cells.Names, titles: Titles, choices: Choices, typing: bool
) -> dict[str, Any]:
    item, record = one.field, one.record

    def shown(value: Any) -> str:
        return cells.plain(item, value, names, titles, place.context)

    answers = [
        {"name": "keep", "value": "1", "text": shown(one.present) or _("nothing"), "present": True,
         "icon": icon_of(one.origin) if one.origin else "user",
         "source": origin_text(one.origin, names.users) if one.origin else "",
         "when": when(one.origin.at, place) if one.origin else None},
        *({"name": "take", "value": claim.pk, "text": shown(claim.value), "present": False,
           "icon": source_icon(claim.source), "source": source_text(claim.source, names.users),
           "when": when(claim.at, place)} for claim in one.claims),
    ]  # fmt: skip
    base = place.record_url(record.pk)
    open_to = may_edit(place.spec, place.actor, record) and not item.read_only
    return {
        "id": record.pk, "title": record.title, "url": base, "field": item.key, "label": str(item.label),
        "icon": item.type.icon, "answers": answers, "digest": one.digest, "open": open_to,
        "action": f"{base}conflicts/{item.key}/", "more": f"{base}conflicts/#{item.key}",
        "control": _control(item, record, choices) if typing and open_to else None,
    }  # fmt: skip


def _control(item: Field, record: Any, choices: Choices) -> dict[str, Any] | None:
    """The box for a third answer, empty; files and links are changed on the record itself."""
    if item.type.references:
        return None
    return form_field(item, shown_control(item, None, choices), {})


def _titles(place: Place, found: Sequence[Conflict]) -> Titles:
    """Titles of linked records that the reader may see, by object."""
    ids: dict[str, set[int]] = {}
    for one in found:
        if one.field.target:
            ids.setdefault(one.field.target, set()).update(end for v in _values(one) for end in as_list(v))
    specs = specs_for(place.actor)
    return {
        target: dict(visible_among(specs[target], place.actor, some).values_list("pk", "title"))
        for target, some in ids.items()
        if target in specs and specs[target].enabled
    }


def marks_of(place: Place, row: Row, claims: Sequence[Claim]) -> dict[str, dict[str, str]]:
    """For the fields of a record that have several answers: how many, and where to choose."""
    said: dict[str, set[str]] = {}
    for claim in claims:
        if claim.state == "open" and claim.digest != digest_of(row.values.get(claim.field)):
            said.setdefault(claim.field, set()).add(claim.digest)
    return {
        key: {
            "text": ngettext("%(count)s answer", "%(count)s answers", len(some) + 1)
            % {"count": len(some) + 1},
            "url": f"{place.record_url(row.id)}conflicts/#{key}",
        }
        for key, some in said.items()
    }


# --- the record's story ----------------------------------------------------------------------


def told_decisions(place: Place, claims: Sequence[Claim]) -> list[Entry]:
    """What was decided without writing a value, or by the ranking of sources, is told beside the changes."""
    decided = [claim for claim in claims if claim.decided_at and claim.change_id is None]
    if not decided:
        return []
    people = people_of(claim.source for claim in decided) | {claim.decided_by_id for claim in decided}
    users = user_names(place.actor.workspace_id, people)
    return [_decision(place, claim, users) for claim in decided]


def _decision(place: Place, claim: Claim, users: Mapping[int, str]) -> Entry:
    item = place.spec.by_key[claim.field]
    value = "" if item.type.references else cells.plain(item, claim.value, cells.Names(), {}, place.context)
    told = {
        "field": item.label,
        "name": source_text(claim.source, users),
        "value": f"“{value}”" if value else _("something else"),
    }
    if claim.decided_by_id:
        text = _("kept %(field)s; %(name)s says %(value)s")
    elif claim.state == "taken":
        text = _("took %(field)s from %(name)s, which is ranked first: %(value)s")
    else:
        text = _("kept %(field)s, because its source is ranked before %(name)s, which says %(value)s")
    who = users.get(claim.decided_by_id or 0) or (_("Somebody who left") if claim.decided_by_id else "Amity")
    return Entry(
        kind="claim", who=who, at=claim.decided_at or claim.at, text=text % told, key=f"claim-{claim.pk}",
        user_id=claim.decided_by_id,
    )  # fmt: skip

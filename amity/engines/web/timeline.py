"""The story of one record: notes, changes and its beginning, newest first, runs of small changes folded.

Other rooms add their own entries with `register_source`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from markupsafe import Markup

from amity.engines.quality.findings import any_open
from amity.engines.web import cells
from amity.engines.web.views.common import Place
from amity.foundation.core import clock
from amity.foundation.core.errors import NotFound
from amity.foundation.records.access import owned, visible_among
from amity.foundation.records.merged import any_in, merges_of, told_by
from amity.foundation.records.models import Change, Merge, Note
from amity.foundation.records.objects import specs_for
from amity.foundation.records.seen import tells
from amity.foundation.records.services.claims import any_about
from amity.foundation.records.services.notes import notes_of
from amity.foundation.records.services.shares import KEY
from amity.foundation.records.sharing import any_shared
from amity.foundation.records.spec import Field
from amity.foundation.records.values import Row

LIMIT = 40
RUN = 2
FOLDED = ("change", "undo")
MERGING = ("merge", "unmerge")
SOURCES = {
    "import": gettext_lazy("Import"), "api": gettext_lazy("A program"),
    "automation": gettext_lazy("An automation"),
    "command": gettext_lazy("A command"),
}  # fmt: skip
KINDS = {
    "create": "created", "delete": "deleted", "restore": "undo", "undo": "undo", "import": "import", "merge": "merge",
    "merged": "merge", "unmerge": "undo", "share": "link", "unshare": "link", "consent": "consent",
}  # fmt: skip
TEXTS = {
    "create": gettext_lazy("added this record%(source)s"),
    "delete": gettext_lazy("moved this record to the trash"),
    "restore": gettext_lazy("brought this record back"),
    "undo": gettext_lazy("took back a change"),
    "merge": gettext_lazy("merged another %(object)s into this one"),
    "unmerge": gettext_lazy("took a merge back"),
}
Line = tuple[str, str, str]


@dataclass
class Entry:
    """One line of the story. `lines` are `(label, before, after)` of a change; `entries` those of a run; `names`
    the colleagues a note mentions."""

    kind: str
    who: str
    at: dt.datetime
    text: str = ""
    key: str = ""
    user_id: int | None = None
    body: str | None = None
    note_id: int = 0
    change_id: int = 0
    pinned: bool = False
    edited: bool = False
    mine: bool = False
    can_undo: bool = False
    lines: list[Line] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    when: str = ""
    full: str = ""
    iso: str = ""


@dataclass(frozen=True)
class Stretch:
    """A part of a story: its changes, newest first, the times it lies between, and where older ones go on.

    `older` is 0 where the story begins. `until` is None for the newest part, which also knows whether the record
    may be `shared`, whether sources said something else (`claimed`, see `claims/`) and whether something is to
    check (`doubted`): asked along, so that a record's page costs no statement more.
    """

    changes: list[Change]
    older: int = 0
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    shared: bool = True
    claimed: bool = True
    doubted: bool = False

    def holds(self, at: dt.datetime) -> bool:
        return (self.since is None or at >= self.since) and (self.until is None or at < self.until)


Source = Callable[[Place, int], Iterable[Entry]]
_sources: list[Source] = []


def register_source(source: Source) -> None:
    """Let a room tell its part of a record's story: `source(place, record_id)` gives entries."""
    _sources.append(source)


def story(
    place: Place,
    row: Row,
    stretch: Stretch,
    names: cells.Names,
    *,
    may_edit: bool,
    more: Sequence[Entry] = (),
) -> dict[str, Any]:
    """`pinned` notes, `days` of the stretch's entries, and the change that `older` ones come after.

    `names` must know the users and teams of the stretch's changes (see `people_in`). One statement for the
    notes, and one per object of which records were linked once and are no longer. `more`: entries the page knows.
    """
    record_id = row.id
    notes = [
        note_entry(place, note) for note in notes_of(actor=place.actor, spec=place.spec, record_id=record_id)
    ]
    titles = titles_in(place, stretch.changes, row)
    told_of = [change for change in stretch.changes if told_to(place, change)]
    entries = notes + change_entries(place, row, told_of, names, titles, may_edit)
    entries += more
    for source in _sources:
        entries += list(source(place, record_id))
    entries = [entry for entry in entries if entry.pinned or entry.change_id or stretch.holds(entry.at)]
    entries.sort(key=lambda entry: entry.at, reverse=True)
    told = [stamped(entry, place) for entry in entries]
    return {
        "pinned": [entry for entry in told if entry.pinned],
        "days": days([entry for entry in told if not entry.pinned], place),
        "older": stretch.older,
        "newest": stretch.until is None,
        "count": len(entries),
        "last_note": next((entry for entry in told if entry.note_id), None),
        "last_change": next((entry for entry in told if entry.lines), None),
    }


def history(place: Place, record_id: int, before: int = 0) -> Stretch:
    """The newest changes, or those before the change `before`. An unknown one raises NotFound.

    Those of records that were merged into this one are among them; that they were is told by this one alone.
    """
    where = (place.spec, place.actor.workspace_id, record_id)
    doubted = False
    if not before:
        asked = {
            "joined": any_in(*where), "shared": any_shared(*where), "claimed": any_about(*where),
            "doubted": any_open(*where),
        }  # fmt: skip
        newest = list(_changes(place, [record_id]).annotate(**asked).order_by("-id")[: LIMIT + 1])
        claimed = bool(newest) and newest[0].claimed
        doubted = bool(newest and newest[0].doubted)
        if not (newest and newest[0].joined):
            shared = not newest or newest[0].shared
            return replace(_stretch(newest, None), shared=shared, claimed=claimed, doubted=doubted)
    rows = _changes(place, told_by(*where))
    until = None
    if before:
        until = rows.filter(pk=before).values_list("at", flat=True).first()
        if until is None:
            raise NotFound
        rows = rows.filter(pk__lt=before)
    return replace(_stretch(list(rows.order_by("-id")[: LIMIT + 1]), until), doubted=doubted)


def _changes(place: Place, ids: list[int]) -> Any:
    here = {"workspace_id": place.actor.workspace_id, "object_type_id": place.spec.type_id}
    return Change.unscoped.filter(**here, record_id__in=ids).exclude(kind="merged")


def _stretch(found: list[Change], until: dt.datetime | None) -> Stretch:
    more, changes = len(found) > LIMIT, found[:LIMIT]
    last = changes[-1] if more else None
    return Stretch(changes, last.pk if last else 0, last.at if last else None, until)


def note_entry(place: Place, note: Note) -> Entry:
    """A note as an entry, ready to be shown."""
    actor = place.actor
    author = note.author
    return Entry(
        kind="note", who=str(author) if author else _("Somebody who left"), at=note.created_at,
        text=_("wrote a note"), body=note.body, note_id=note.pk, key=f"note-{note.pk}", pinned=note.pinned,
        edited=note.edited_at is not None, names=[name for _user_id, name in note.mentions],
        mine=not actor.read_only and (actor.admin or note.author_id == actor.user_id),
    )  # fmt: skip


# --- changes -----------------------------------------------------------------------------


def people_in(place: Place, changes: Sequence[Change]) -> dict[str, set[int]]:
    """Ids of users, teams and files the changes speak of, so that the page asks for all names at once."""
    actors = {change.actor_id for change in changes if change.actor_id}
    found: dict[str, set[int]] = {"user": actors, "team": set(), "file": set()}
    for item, pair in _references(place, changes):
        if item.type.references in found:
            found[item.type.references] |= _ids_of(pair)
    for facts in map(shared_facts, changes):
        for kind in ("user", "team"):
            if facts.get(kind):
                found[kind].add(facts[kind])
    return found


def shared_facts(change: Change) -> dict[str, Any]:
    """With whom and how, of a line that tells of sharing; else nothing."""
    before, after = change.changes.get(KEY, ({}, {}))
    return after or before or {}


def titles_in(place: Place, changes: Sequence[Change], row: Row) -> dict[str, dict[int, str]]:
    """Titles of linked records one may see, by object; those the record links to now are known already."""
    titles: dict[str, dict[int, str]] = {}
    asked: dict[str, set[int]] = {}
    for links in row.links.values():
        for link in links:
            titles.setdefault(link.object_key, {})[link.id] = link.title
            asked.setdefault(link.object_key, set()).add(link.id)
    wanted: dict[str, set[int]] = {}
    for item, pair in _references(place, changes):
        if item.target:
            wanted.setdefault(item.target, set()).update(_ids_of(pair))
    for target, ids in wanted.items():
        spec = specs_for(place.actor).get(target)
        missing = ids - asked.get(target, set())
        if spec is not None and spec.enabled and missing:
            rows = visible_among(spec, place.actor, missing)
            titles.setdefault(target, {}).update(rows.values_list("pk", "title"))
    return titles


def _references(place: Place, changes: Sequence[Change]) -> Iterable[tuple[Field, Any]]:
    for change in changes:
        for key, pair in change.changes.items():
            item = place.spec.field(key)
            if item is not None and item.type.references:
                yield item, pair


def _ids_of(pair: Any) -> set[int]:
    flat = [one for value in pair for one in (value if isinstance(value, list) else [value])]
    return {one for one in flat if isinstance(one, int) and not isinstance(one, bool)}


def told_to(place: Place, change: Change) -> bool:
    """A change of hidden fields alone is not told; that records became one is, whatever it brought."""
    return change.kind in MERGING or tells(place.spec, change.changes)


def change_entries(
    place: Place, row: Row, changes: Sequence[Change], names: cells.Names,
    titles: dict[str, dict[int, str]], may_edit: bool,
) -> list[Entry]:  # fmt: skip
    merges = merges_of(changes)
    may_share = may_edit and owned(place.spec, place.actor, row, "edit")
    record_id, found = row.id, []
    for change in changes:
        entry = _change_entry(place, change, names, titles, may_edit and change.record_id == record_id)
        if KEY in change.changes:
            entry.text = _sharing_text(change, names)
            entry.can_undo = may_share and change.record_id == record_id
        merge = merges.get(change.pk)
        if merge is not None:
            entry.text = _merge_text(entry, merge)
            entry.can_undo = may_edit and change.record_id == record_id and merge.undone_at is None
        if change.kind == "unmerge" and entry.lines:
            entry.text = _joined(str(TEXTS["unmerge"]), entry.text)
        if change.kind == "create" and change.record_id != record_id:
            entry.text = _("added a record that is merged into this one")
        found.append(entry)
    return found


def _merge_text(entry: Entry, merge: Merge) -> Any:
    names = ", ".join(f"“{title}”" for title in merge.titles.values())
    text = _("merged %(names)s into this one") % {"names": names}
    return _joined(text, entry.text) if entry.lines else text


def _sharing_text(change: Change, names: cells.Names) -> str:
    facts = shared_facts(change)
    known = names.users.get(facts["user"]) if facts["user"] else names.teams.get(facts["team"])
    words = {"name": known or _("Somebody who left"), "why": facts["why"]}
    if change.kind == "unshare":
        return _("ended the sharing with %(name)s") % words
    shared = _("shared this record with %(name)s") if facts["level"] == "see" else (
        _("shared this record with %(name)s, to change it")
    )  # fmt: skip
    return f"{shared % words}: “{facts['why']}”" if facts["why"] else shared % words


def _joined(text: str, changes: Any) -> Markup:
    return Markup(' <span class="soft">·</span> ').join([text, changes])


def _change_entry(
    place: Place, change: Change, names: cells.Names, titles: dict[str, dict[int, str]], may_edit: bool
) -> Entry:
    kind = KINDS.get(change.kind, "change")
    if change.kind == "create" and change.source == "import":
        kind = "import"
    told = change.kind not in ("create", "delete", "restore")
    lines = _lines(place, change, names, titles) if told else []
    return Entry(
        kind=kind, who=_who(change, names), at=change.at, text=_text(place, change, lines),
        key=f"change-{change.pk}", user_id=change.actor_id, change_id=change.pk, lines=lines,
        can_undo=may_edit and bool(lines) and change.kind != "unmerge",
    )  # fmt: skip


def _who(change: Change, names: cells.Names) -> str:
    if change.actor_id:
        return names.users.get(change.actor_id) or _("Somebody who left")
    return str(SOURCES.get(change.source, "Amity"))


def _text(place: Place, change: Change, lines: list[Line]) -> str:
    if lines:
        return cells.changed(lines)
    source = _(" by import") if change.source == "import" else ""
    return str(TEXTS.get(change.kind, "")) % {"source": source, "object": place.spec.label}


def _lines(place: Place, change: Change, names: cells.Names, titles: dict[str, dict[int, str]]) -> list[Line]:
    """Hidden fields are not told."""
    told = []
    for key, pair in change.changes.items():
        item = place.spec.field(key)
        if item is None or item.hidden:
            continue
        before, after = (cells.plain(item, value, names, titles, place.context) for value in pair)
        told.append((str(item.label), before, after))
    return told


# --- days and runs -----------------------------------------------------------------------


def days(entries: list[Entry], place: Place) -> list[dict[str, Any]]:
    zone = clock.find_zone(place.context.zone)
    found = []
    for day, members in groupby(entries, key=lambda entry: entry.at.astimezone(zone).date()):
        found.append({**heading(day, place), "entries": folded(list(members))})
    return found


def heading(day: dt.date, place: Place) -> dict[str, str]:
    return {"day": day.isoformat(), "label": day_label(day, place)}


def day_label(day: dt.date, place: Place) -> str:
    today = clock.today(place.context.zone)
    words = {0: _("Today"), 1: _("Yesterday")}
    return words.get((today - day).days) or clock.format_date(day.isoformat(), place.context.language)


def folded(entries: list[Entry]) -> list[Entry]:
    """Changes of one person that follow one another become one line that opens."""
    found: list[Entry] = []
    for (small, _who), members in groupby(entries, key=lambda entry: (entry.kind in FOLDED, entry.user_id)):
        group = list(members)
        found += [run_of(group)] if small and len(group) >= RUN else group
    return found


def run_of(entries: list[Entry]) -> Entry:
    labels = list(
        dict.fromkeys(label for entry in reversed(entries) for label, _before, _after in entry.lines)
    )
    shown = ", ".join(labels[:3]) + ("…" if len(labels) > 3 else "")
    newest = entries[0]
    return Entry(
        kind="run", who=newest.who, at=newest.at, when=newest.when, iso=newest.iso, full=newest.full,
        text=_("changed %(fields)s") % {"fields": shown}, entries=entries,
        body=ngettext("%(count)s change", "%(count)s changes", len(entries)) % {"count": len(entries)},
    )  # fmt: skip


def stamped(entry: Entry, place: Place) -> Entry:
    """With its time in the reader's words."""
    local = entry.at.astimezone(clock.find_zone(place.context.zone))
    entry.iso = clock.to_iso(entry.at)
    entry.when = clock.human_time(entry.at, place.context.zone, place.context.language, clock.now())
    entry.full = local.strftime("%Y-%m-%d %H:%M:%S")
    return entry

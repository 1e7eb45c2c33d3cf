"""What a record page says before one reads: when it was last spoken of, what comes next, what is still missing."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from amity.engines.web import cells
from amity.engines.web.timeline import Entry
from amity.engines.web.views.common import Place
from amity.foundation.core import clock
from amity.foundation.records.objects import SYSTEM_FIELDS
from amity.foundation.records.values import Row

MISSING = 5


def glance(place: Place, row: Row, told: dict[str, Any], names: cells.Names) -> list[dict[str, Any]]:
    """Up to four short answers, each `{label, value, sub, icon}`. `told` is the newest part of the story."""
    found = [{"label": _("Last note"), "icon": "sticky-note", **last_note(place, row.id, told["last_note"])}]
    found += coming(place, row)[:1] or latest_change(place, told)
    found += [known_since(place, row), *owner(place, row, names)]
    return [item for item in found if item]


def last_note(place: Place, record_id: int, note: Entry | None) -> dict[str, str]:
    """`id` lets the answer to a new note put itself here."""
    said = {"value": ago(note.at, place), "sub": note.who} if note else {"value": _("None yet"), "sub": ""}
    return {"id": f"last-note-{place.spec.key}-{record_id}", **said}


def coming(place: Place, row: Row) -> list[dict[str, Any]]:
    """Dates of the record that are still to come, the nearest first."""
    today, found = clock.today(place.context.zone), []
    for item in place.spec.live_fields:
        value = row.values.get(item.key)
        if item.type.name == "date" and not item.hidden and value and dt.date.fromisoformat(value) >= today:
            days = (dt.date.fromisoformat(value) - today).days
            found.append((days, {"label": str(item.label), "icon": "calendar", "value": in_days(days),
                                 "sub": item.type.display(item, value, place.context)}))  # fmt: skip
    return [one for _days, one in sorted(found, key=lambda pair: pair[0])]


def latest_change(place: Place, told: dict[str, Any]) -> list[dict[str, Any]]:
    last = told["last_change"]
    if last is None:
        return []
    return [{"label": _("Last change"), "icon": "pencil", "value": ago(last.at, place), "sub": last.who}]


def known_since(place: Place, row: Row) -> dict[str, Any]:
    value = row.values.get("created_at")
    if not value or "created_at" not in place.spec.by_key or place.spec.by_key["created_at"].hidden:
        return {}
    local = clock.from_iso(value).astimezone(clock.find_zone(place.context.zone)).date()
    days = (clock.today(place.context.zone) - local).days
    return {
        "label": _("Known since"), "icon": "clock",
        "value": clock.format_date(local.isoformat(), place.context.language),
        "sub": ngettext("%(count)s day", "%(count)s days", days) % {"count": days} if days else "",
    }  # fmt: skip


def owner(place: Place, row: Row, names: cells.Names) -> list[dict[str, Any]]:
    item = place.spec.field("owner")
    name = names.users.get(row.values.get("owner") or 0)
    if item is None or item.hidden or not name:
        return []
    return [{"label": str(item.label), "icon": "user", "value": name, "sub": ""}]


def missing(place: Place, groups: list[dict[str, Any]]) -> list[dict[str, str]]:
    """Fields its lists and quick form speak of that have no value yet and that the reader may fill."""
    spec = place.spec
    wanted = [
        key for key in (*spec.quick_add, *spec.default_columns, spec.date_field) if key != spec.title_field
    ]
    facts = {
        fact["name"]: fact
        for group in groups
        for fact in group["facts"]
        if fact["edit"] and not fact["value"]
    }
    keys = [
        key for key in dict.fromkeys(wanted) if key in facts and (key not in SYSTEM_FIELDS or key == "tags")
    ]
    return [{"name": key, "label": facts[key]["label"]} for key in keys[:MISSING]]


def ago(at: dt.datetime, place: Place) -> str:
    local = at.astimezone(clock.find_zone(place.context.zone)).date()
    days = (clock.today(place.context.zone) - local).days
    if days < 2:
        return _("Yesterday") if days == 1 else _("Today")
    return ngettext("%(count)s day ago", "%(count)s days ago", days) % {"count": days}


def in_days(days: int) -> str:
    if days < 2:
        return _("Tomorrow") if days else _("Today")
    return ngettext("in %(count)s day", "in %(count)s days", days) % {"count": days}

"""What the pages of data quality share: tabs, words, and a line of scores as numbers of an SVG."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from amity.engines.web.views.common import Place
from amity.foundation.core import clock
from amity.foundation.records.objects import enabled_specs

WIDE, HIGH = 120, 32


def tabs(place: Place, active: str) -> list[dict[str, Any]]:
    """The pages of one object's quality, those that this person may use."""
    base = f"{place.url}quality/"
    items = [
        ("overview", _("Overview"), base, "gauge"),
        ("check", _("To check"), f"{base}check/", "clipboard-list"),
        ("stale", _("Untouched"), f"{base}untouched/", "clock"),
        ("right", _("Marked as right"), f"{base}right/", "badge-check"),
    ]
    if place.actor.may(place.spec.key, "edit"):
        items.insert(3, ("conflicts", _("Conflicts"), f"{place.url}conflicts/", "scale"))
        if place.actor.may(place.spec.key, "delete"):
            items.insert(3, ("duplicates", _("Duplicates"), f"{place.url}duplicates/", "users"))
    if place.actor.admin:
        items.append(("rules", _("What counts"), f"{base}rules/", "sliders-horizontal"))
    return [
        {"label": label, "url": url, "icon": icon, "active": key == active} for key, label, url, icon in items
    ]


def objects(place: Place) -> list[dict[str, Any]]:
    """The objects whose quality can be looked at."""
    specs = [spec for spec in enabled_specs(place.actor) if place.actor.may(spec.key, "see")]
    return [
        {
            "label": str(spec.plural),
            "url": f"/{spec.key}/quality/",
            "icon": spec.icon,
            "active": spec.key == place.spec.key,
        }
        for spec in specs
    ]


def frame(place: Place, active: str) -> dict[str, Any]:
    return {
        "spec": place.spec,
        "base": f"{place.url}quality/",
        "views": tabs(place, active),
        "may_edit": not place.actor.read_only and place.actor.may(place.spec.key, "edit"),
        "may_delete": not place.actor.read_only and place.actor.may(place.spec.key, "delete"),
    }


def line(points: Sequence[tuple[date, int]], place: Place) -> dict[str, Any] | None:
    """A line of scores from 0 to 100: `points` for a polyline, `rows` for its table; None below two points."""
    if len(points) < 2:
        return None
    first, last = points[0][0], points[-1][0]
    days = max(1, (last - first).days)
    low = max(0, min(score for _day, score in points) - 10)
    spots = [
        (
            round((day - first).days * WIDE / days, 1),
            round(HIGH - 2 - (score - low) * (HIGH - 4) / (100 - low), 1),
        )
        for day, score in points
    ]
    language = place.context.language
    return {
        "points": " ".join(f"{x},{y}" for x, y in spots),
        "end": spots[-1],
        "text": _("From %(first)s to %(last)s in %(n)s weeks")
        % {"first": points[0][1], "last": points[-1][1], "n": max(1, days // 7)},
        "rows": [(clock.format_date(day.isoformat(), language), score) for day, score in reversed(points)],
    }


def colour(score: int) -> str:
    return "green" if score >= 90 else "amber" if score >= 70 else "red"

"""Moments, devices and deeds as people read them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from amity.foundation.accounts.actor import Actor
from amity.foundation.core.clock import human_time, now

BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)  # fmt: skip


def moment(at: datetime | None, actor: Actor) -> dict[str, str] | None:
    """`{text, iso}` on the reader's clock; None for never."""
    if at is None:
        return None
    return {"text": human_time(at, actor.zone, actor.language, now()), "iso": at.isoformat()}


def device(agent: str) -> dict[str, Any]:
    """A browser and its machine by the words in its user agent."""
    browser = next((name for mark, name in BROWSERS if mark in agent), "")
    system = next((name for mark, name in SYSTEMS if mark in agent), "")
    if browser and system:
        text = _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    else:
        text = browser or system or _("Unknown device")
    icon = "smartphone" if system in ("iPhone", "iPad", "Android") else "monitor"
    return {"text": text, "icon": icon}

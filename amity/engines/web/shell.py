"""What the page shell shows on every page: navigation, the person's menu, texts of the shortcuts."""

from __future__ import annotations

from typing import Any

from django.contrib.messages import get_messages
from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.utils import translation
from django.utils.translation import gettext as _

from amity.engines.web.runs import followed
from amity.foundation.accounts.actor import Actor
from amity.foundation.records.objects import enabled_specs


def shell_of(request: HttpRequest) -> dict[str, Any]:
    """The `shell` of the base template (see the engine's README)."""
    actor: Actor | None = getattr(request, "actor", None)
    user = actor.user if actor else None
    return {
        "language": translation.get_language() or "en",
        "direction": "rtl" if translation.get_language_bidi() else "ltr",
        "theme": user.theme if user else "system",
        "density": user.density if user else "normal",
        "shortcuts": user.shortcuts if user else True,
        "workspace": actor.workspace.name if actor else "Amity",
        "logo_url": None,
        "brand_url": None,
        "nav": navigation(request, actor) if actor else [],
        "run_url": followed(request) if actor else "",
        "user": {"name": user.short_name, "id": user.pk} if user else None,
        "user_menu": user_menu(actor) if actor else [],
        "palette_url": "/search/palette/",
        "search_url": "/search/",
        "appearance_url": "/settings/appearance/",
        "help_url": "/help/",
        "shortcut_groups": shortcut_groups(),
        "messages": [
            {"text": str(m), "kind": m.level_tag, **_undo(m, request)} for m in get_messages(request)
        ],
        "seen_by": actor.seen_by.short_name if actor and actor.seen_by else "",
    }


def _undo(message: Any, request: HttpRequest) -> dict[str, str]:
    """A message's extra tags may be the address that takes back what it tells of."""
    if not str(message.extra_tags or "").startswith("/"):
        return {}
    return {"undo_url": message.extra_tags, "csrf": get_token(request)}


def navigation(request: HttpRequest, actor: Actor) -> list[dict[str, Any]]:
    """At most eight places, only rooms that exist."""
    path = request.path
    keys = [spec.key for spec in enabled_specs(actor) if actor.may(spec.key, "see")]
    first = "people" if "people" in keys else (keys[0] if keys else "")
    contacts = any(path.startswith(f"/{key}/") for key in keys)
    items = []
    if first:
        items.append(_place(_("Contacts"), f"/{first}/", "users", "c", contacts))
    items.append(_place(_("Settings"), "/settings/", "settings", "s", path.startswith("/settings/")))
    return items


def _place(label: str, url: str, icon: str, letter: str, active: bool) -> dict[str, Any]:
    return {"label": label, "url": url, "icon": icon, "letter": letter, "active": active}


def user_menu(actor: Actor) -> list[dict[str, Any]]:
    return [
        {"label": _("Notifications"), "url": "/notifications/", "icon": "bell", "attrs": {"data-go": "n"}},
        {"label": _("My profile"), "url": "/settings/profile/", "icon": "user"},
        {"label": _("Sign out"), "post": "/sign-out/", "icon": "log-out"},
    ]


def shortcut_groups() -> list[dict[str, Any]]:
    return [
        {
            "label": _("Everywhere"),
            "items": [
                ("Ctrl K", _("Search or do")),
                ("c", _("Add")),
                ("/", _("Search this page")),
                ("?", _("This list")),
                ("g c", _("Contacts")),
                ("g s", _("Settings")),
                ("g n", _("Notifications")),
            ],
        },
        {
            "label": _("Grid"),
            "items": [
                ("Enter", _("Edit the cell, then go down")),
                ("Ctrl C", _("Copy")),
                ("Ctrl V", _("Paste")),
                ("Ctrl D", _("Fill down")),
                ("Ctrl Z", _("Undo")),
                ("Del", _("Clear")),
            ],
        },
        {
            "label": _("Lists and records"),
            "items": [
                ("j k", _("Next and previous row")),
                ("x", _("Select the row")),
                ("e", _("Edit the selected rows")),
                ("s", _("Share the record")),
                ("[ ]", _("Previous and next record")),
                ("Enter", _("Edit or open")),
                ("Alt ← →", _("Move a card of a board or calendar")),
                ("Esc", _("Cancel or close")),
            ],
        },
    ]

"""The settings menu: who sees which entry, and the ways to begin that are always there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from amity.engines.web.settings.registry import (
    FirstStep,
    SettingsPage,
    add_first_step,
    add_settings_page,
    admins_only,
    settings_pages,
)
from amity.foundation.accounts.actor import Actor
from amity.foundation.records.services.handover_plan import reaches_others


def everybody(actor: Actor) -> bool:
    return True


PAGES = [
    SettingsPage("you", gettext_lazy("Profile"), "/settings/profile/", "circle-user", 1, everybody),
    SettingsPage("you", gettext_lazy("Password"), "/settings/password/", "key", 2, everybody),
    SettingsPage(
        "you", gettext_lazy("Signed-in devices"), "/settings/sessions/", "monitor-smartphone", 3, everybody
    ),
    SettingsPage("you", gettext_lazy("Notifications"), "/settings/notifications/", "bell", 5, everybody),
    SettingsPage("you", gettext_lazy("API tokens"), "/settings/tokens/", "plug", 4, everybody),
    SettingsPage("firm", gettext_lazy("Firm"), "/settings/firm/", "building-2", 10),
    SettingsPage("firm", gettext_lazy("Objects and fields"), "/settings/objects/", "boxes", 11),
    SettingsPage("firm", gettext_lazy("Consents"), "/settings/consents/", "badge-check", 13),
    SettingsPage("firm", gettext_lazy("Mail"), "/settings/mail/", "mail", 12),
    SettingsPage("people", pgettext_lazy("who works here", "People"), "/settings/people/", "users", 20),
    SettingsPage("people", gettext_lazy("Teams"), "/settings/teams/", "network", 21),
    SettingsPage("people", gettext_lazy("Roles"), "/settings/roles/", "shield-check", 22),
    SettingsPage(
        "people", gettext_lazy("Hand over"), "/settings/hand-over/", "handshake", 23, reaches_others
    ),
    SettingsPage("data", gettext_lazy("Webhooks"), "/settings/webhooks/", "webhook", 30),
    SettingsPage("upkeep", gettext_lazy("Log"), "/settings/log/", "history", 40),
    SettingsPage("upkeep", gettext_lazy("Background work"), "/settings/jobs/", "loader-circle", 41),
    SettingsPage("upkeep", gettext_lazy("Trash"), "/settings/trash/", "trash-2", 42),
]


def has_page(url: str) -> Callable[[Actor], bool]:
    """Whether a room answers at this very address (and not the pages of any record, which take words)."""

    def shown(actor: Actor) -> bool:
        try:
            return actor.admin and not resolve(url).kwargs
        except Resolver404:
            return False

    return shown


def register() -> None:
    for page in PAGES:
        add_settings_page(page)
    add_first_step(
        FirstStep(
            "import",
            gettext_lazy("Import your customers"),
            gettext_lazy("From a spreadsheet or another product. You see everything before it is saved."),
            "/import/",
            "file-spreadsheet",
            gettext_lazy("Import"),
            position=10,
            shown=has_page("/import/"),
        )
    )
    add_first_step(
        FirstStep(
            "empty",
            gettext_lazy("Start empty"),
            gettext_lazy("Add your first customer by hand."),
            "/",
            "square-pen",
            gettext_lazy("Start"),
            position=90,
        )
    )


def side_nav(request: HttpRequest, actor: Actor) -> list[dict[str, Any]]:
    """Groups of the entries this person may open, ready for `ui.side_nav`."""
    groups = {
        "you": _("You"),
        "firm": _("Firm"),
        "people": pgettext("who works here", "People"),
        "data": _("Data"),
        "upkeep": _("Upkeep"),
    }
    found = []
    for key, label in groups.items():
        pages = [page for page in settings_pages() if page.group == key and page.shown(actor)]
        items = [
            {
                "label": str(page.label),
                "url": page.url,
                "icon": page.icon,
                "active": request.path.startswith(page.url),
            }
            for page in pages
        ]
        if items:
            found.append({"label": label, "items": items})
    return found


__all__ = ["PAGES", "admins_only", "everybody", "register", "side_nav"]

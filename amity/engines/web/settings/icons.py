"""The icons an object can have, and what is on them for those who do not see them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _

ICONS: dict[str, Any] = {
    "box": _("Box"),
    "boxes": _("Boxes"),
    "briefcase": _("Briefcase"),
    "building-2": _("Building"),
    "calendar": _("Calendar"),
    "car": _("Car"),
    "chart-column": _("Chart"),
    "church": _("Church"),
    "clipboard-list": _("Clipboard"),
    "credit-card": _("Payment card"),
    "dumbbell": _("Dumbbell"),
    "factory": _("Factory"),
    "file-text": _("Sheet of paper"),
    "flag": _("Flag"),
    "globe": _("Globe"),
    "graduation-cap": _("Graduate’s cap"),
    "hammer": _("Hammer"),
    "handshake": _("Handshake"),
    "heart": _("Heart"),
    "hotel": _("Hotel"),
    "house": _("House"),
    "landmark": _("Landmark"),
    "leaf": _("Leaf"),
    "map-pin": _("Place on a map"),
    "music": _("Music"),
    "network": _("Network"),
    "package": _("Package"),
    "paw-print": _("Paw print"),
    "plane": _("Plane"),
    "receipt": _("Receipt"),
    "school": _("School"),
    "ship": _("Ship"),
    "shopping-cart": _("Shopping trolley"),
    "star": _("Star"),
    "stethoscope": _("Stethoscope"),
    "store": _("Shop"),
    "ticket": _("Ticket"),
    "tractor": _("Tractor"),
    "truck": _("Lorry"),
    "user": _("Person"),
    "users": _("People"),
    "utensils": _("Cutlery"),
    "warehouse": _("Warehouse"),
    "wrench": _("Spanner"),
}


def icon_words(names: Iterable[str]) -> list[tuple[str, str]]:
    """Names with their words; an icon that came with a plugin is called by its name."""
    return [(name, str(ICONS.get(name, name.replace("-", " ")))) for name in names]

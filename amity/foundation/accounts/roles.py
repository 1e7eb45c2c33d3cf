"""The four roles every workspace starts with, and how a permission is looked up."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

VERBS = ("see", "create", "edit", "delete", "export")
SCOPE_ORDER = ("none", "own", "team", "below", "all")
FIELD_RIGHTS = ("hidden", "read")

BUILTIN: list[dict[str, Any]] = [
    {
        "key": "admin",
        "label": _("Administrator"),
        "admin": True,
        "permissions": {"*": dict.fromkeys(VERBS, "all")},
    },
    {
        "key": "manager",
        "label": _("Manager"),
        "permissions": {
            "*": {"see": "all", "create": "all", "edit": "all", "delete": "below", "export": "below"}
        },
    },
    {
        "key": "member",
        "label": _("Member"),
        "permissions": {
            "*": {"see": "team", "create": "all", "edit": "team", "delete": "own", "export": "none"}
        },
    },
    {
        "key": "guest",
        "label": _("Guest"),
        "permissions": {
            "*": {"see": "own", "create": "none", "edit": "none", "delete": "none", "export": "none"}
        },
    },
]


def granted(permissions: dict[str, Any], object_key: str, verb: str) -> str:
    """The scope a role grants: one of SCOPE_ORDER. Anything unknown or unsaid is `none`."""
    rules = permissions.get(object_key) or permissions.get("*") or {}
    scope = rules.get(verb, "none")
    return scope if scope in SCOPE_ORDER else "none"

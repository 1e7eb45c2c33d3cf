"""What a person changes about themselves."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from amity.foundation.accounts.actor import Actor
from amity.foundation.accounts.models import User
from amity.foundation.accounts.services import audit, check_password
from amity.foundation.accounts.sessions import end_access
from amity.foundation.core.clock import find_zone
from amity.foundation.core.errors import Denied, Invalid

THEMES = ("system", "light", "dark")
DENSITIES = ("normal", "dense")


def myself(actor: Actor) -> User:
    """The person behind the actor, for changes of their own; Denied while looking as somebody else."""
    if actor.read_only or actor.user is None:
        raise Denied
    return actor.user


def save_profile(*, actor: Actor, **changes: Any) -> User:
    """`changes`: name, language, zone (empty for the firm's), shortcuts, theme, density."""
    user = myself(actor)
    if "name" in changes:
        changes["name"] = str(changes["name"]).strip()[:120]
        if not changes["name"]:
            raise Invalid.one("name", "required", _("Enter your name."))
    if changes.get("zone"):
        check_zone(changes["zone"])
    if changes.get("theme", "system") not in THEMES or changes.get("density", "normal") not in DENSITIES:
        raise Invalid.one("theme", "unknown", _("Choose one of the list."))
    for name, value in changes.items():
        setattr(user, name, value)
    user.save(update_fields=list(changes))
    return user


def check_zone(zone: str) -> None:
    try:
        find_zone(zone)
    except ValueError as error:
        raise Invalid.one("zone", "unknown", _("Choose a time zone from the list.")) from error


def change_password(*, actor: Actor, old: str, new: str) -> User:
    """Every session and token of the person ends, the one in use included: sign them in anew."""
    user = myself(actor)
    if len(old) > 1024 or not user.check_password(old):
        raise Invalid.one("old_password", "wrong", _("This is not your password."))
    try:
        check_password(new, user)
    except Invalid as error:
        raise Invalid.one("new_password", "weak", str(error)) from error
    with transaction.atomic():
        user.set_password(new)
        user.save(update_fields=["password"])
        end_access(user)
        audit(actor, "password.changed", user.email)
    return user

"""Forgotten passwords: a link that works once, for an hour, and dies with the next change or sign-in."""

from __future__ import annotations

from django.contrib.auth.tokens import default_token_generator
from django.db import transaction
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode
from django.utils.translation import gettext as _

from amity.foundation.accounts.actor import Actor
from amity.foundation.accounts.models import AuditEntry, Membership, User
from amity.foundation.accounts.services import audit, check_password
from amity.foundation.accounts.sessions import end_access
from amity.foundation.core.errors import Denied, NotFound
from amity.foundation.core.scope import outside


def link_path(user: User) -> str:
    """The path of a fresh link for the user."""
    key = urlsafe_base64_encode(force_bytes(user.pk))
    return f"/reset/{key}/{default_token_generator.make_token(user)}/"


def find_user(user_key: str, token: str) -> User | None:
    """The active user a live link belongs to."""
    try:
        user_id = int(urlsafe_base64_decode(user_key))
    except ValueError:
        return None
    user = User.objects.filter(pk=user_id, is_active=True).first() if user_id < 2**63 else None
    return user if user and default_token_generator.check_token(user, token) else None


def link_for_member(*, actor: Actor, member_id: int) -> str:
    """The path of a link that an administrator hands to a colleague; raises NotFound for strangers.

    Denied for people who work in another firm too: the password would open that firm to this administrator.
    """
    actor.require_admin()
    member = Membership.objects.select_related("user").filter(pk=member_id, is_active=True).first()
    if member is None:
        raise NotFound
    elsewhere = Membership.unscoped.filter(user=member.user, is_active=True)
    with outside():
        works_elsewhere = elsewhere.exclude(workspace_id=actor.workspace_id).exists()
    if works_elsewhere:
        raise Denied(_("This person works in another firm too and has to ask for a link themselves."))
    audit(actor, "member.reset_link", member.user.email)
    return link_path(member.user)


def set_password(*, user: User, password: str, by: User | None) -> None:
    """The new password; every session and token of the user ends. `by` is None for a command. Raises Invalid."""
    check_password(password, user)
    with outside(), transaction.atomic():
        user.set_password(password)
        user.save(update_fields=["password"])
        end_access(user)
        AuditEntry.unscoped.bulk_create(
            AuditEntry(workspace_id=place.workspace_id, actor=by, verb="password.changed", subject=user.email)
            for place in Membership.unscoped.filter(user=user)
        )

"""Who works here: roles of people, switching them off, and looking through their eyes."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from amity.foundation.accounts.actor import Actor
from amity.foundation.accounts.models import Invitation, Membership, Role
from amity.foundation.accounts.services import audit
from amity.foundation.accounts.sessions import end_access
from amity.foundation.core.errors import Denied, Invalid, NotFound


def members() -> QuerySet[Membership]:
    """Everybody of the open workspace, switched-off ones last."""
    return Membership.objects.select_related("user", "role").order_by(
        "-is_active", "user__name", "user__email"
    )


def get_member(member_id: int) -> Membership:
    found = members().filter(pk=member_id).first()
    if found is None:
        raise NotFound
    return found


def set_role(*, actor: Actor, member_id: int, role_key: str) -> Membership:
    """Give a person another role. They sign in anew with it; their API tokens end."""
    actor.require_admin()
    role = Role.objects.filter(key=role_key).first()
    if role is None:
        raise Invalid.one("role", "unknown", _("Choose a role."))
    with transaction.atomic():
        member = get_member(member_id)
        if member.role_id == role.pk:
            return member
        if member.role.admin and not role.admin:
            _keep_one_admin(member)
        before, member.role = member.role.key, role
        member.save(update_fields=["role"])
        _drop_invitations(member)
        end_access(member.user, workspace_id=actor.workspace_id)
        audit(actor, "member.role", member.user.email, before=before, after=role.key)
    return member


def set_active(*, actor: Actor, member_id: int, active: bool) -> Membership:
    """Switch a person off (sessions and tokens end at once) or on again. Nothing they made is lost."""
    actor.require_admin()
    with transaction.atomic():
        member = get_member(member_id)
        if not active and member.role.admin:
            _keep_one_admin(member)
        member.is_active = active
        member.save(update_fields=["is_active"])
        _drop_invitations(member)
        if not active:
            end_access(member.user, workspace_id=actor.workspace_id)
        audit(actor, "member.enabled" if active else "member.disabled", member.user.email)
    return member


def _drop_invitations(member: Membership) -> None:
    """An older link to the person would give back what was taken; one they sent would be a way back in."""
    links = Q(email=member.user.email) | Q(invited_by_id=member.user_id)
    Invitation.objects.filter(links, accepted_at=None).delete()


def _keep_one_admin(member: Membership) -> None:
    """Inside a transaction: locks the administrators, so that two cannot remove each other."""
    admins = Membership.objects.filter(role__admin=True, is_active=True, user__is_active=True)
    others = admins.select_for_update().order_by("pk")  # in one order, or two would wait for each other
    if not [row for row in others if row.pk != member.pk]:
        raise Invalid.one(
            "role", "last_admin", _("This is the last administrator. Make somebody else one first.")
        )


def end_member_access(*, actor: Actor, member_id: int) -> Membership:
    """Sign a person out of this firm on every device and end their API tokens here."""
    actor.require_admin()
    member = get_member(member_id)
    with transaction.atomic():
        end_access(member.user, workspace_id=actor.workspace_id)
        audit(actor, "member.signed_out", member.user.email)
    return member


def may_look_as(*, actor: Actor, member_id: int) -> Membership:
    """Allow and write down that an administrator looks at the product as somebody else, who can see only."""
    actor.require_admin()
    member = get_member(member_id)
    if not member.is_active or member.user_id == actor.user_id:
        raise Denied
    audit(actor, "view_as.started", member.user.email)
    return member


def note_look_ended(actor: Actor) -> None:
    if actor.seen_by is not None and actor.user is not None:
        audit(actor, "view_as.ended", actor.user.email)

"""Links that let a new colleague in, once, within seven days."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from amity.foundation.accounts.actor import Actor
from amity.foundation.accounts.events import MemberJoined
from amity.foundation.accounts.models import AuditEntry, Invitation, Membership, Role, User
from amity.foundation.accounts.services import add_member, audit, check_login
from amity.foundation.accounts.signin import check_sign_in
from amity.foundation.accounts.tokens import digest, new_secret
from amity.foundation.core.clock import now
from amity.foundation.core.errors import Invalid, NotFound
from amity.foundation.core.outbox import emit
from amity.foundation.core.scope import outside

VALID_FOR = timedelta(days=7)


def invite(
    *, actor: Actor, email: str, role_key: str, then: Callable[[Actor, Invitation, str], None] | None = None
) -> tuple[Invitation, str]:
    """A new invitation and the secret of its link, shown once. An older one to the same address dies.

    `then` is called with both inside the transaction: for sending the link.
    """
    actor.require_admin()
    login = check_login(email)
    role = Role.objects.filter(key=role_key).first()
    if role is None:
        raise Invalid.one("role", "unknown", _("Choose a role."))
    if Membership.objects.filter(user__email=login, is_active=True).exists():
        raise Invalid.one("email", "member", _("This person works here already."))
    secret = new_secret("")
    with transaction.atomic():
        Invitation.objects.filter(email=login, accepted_at=None).delete()
        made = Invitation.objects.create(
            workspace_id=actor.workspace_id,
            email=login,
            role=role,
            digest=digest(secret),
            invited_by=actor.user,
        )
        audit(actor, "member.invited", login, role=role.key)
        if then is not None:
            then(actor, made, secret)
    return made, secret


def open_invitations() -> QuerySet[Invitation]:
    """Those of the open workspace that can still be used."""
    rows = Invitation.objects.filter(accepted_at=None, created_at__gt=now() - VALID_FOR)
    return rows.select_related("role", "invited_by")


def withdraw(*, actor: Actor, invitation_id: int) -> None:
    actor.require_admin()
    found = Invitation.objects.filter(pk=invitation_id, accepted_at=None).first()
    if found is None:
        raise NotFound
    with transaction.atomic():
        audit(actor, "member.uninvited", found.email)
        found.delete()


def find(secret: str) -> Invitation | None:
    """The usable invitation of a link, in whatever workspace."""
    if len(secret) > 100:
        return None
    rows = Invitation.unscoped.select_related("role", "workspace").filter(
        digest=digest(secret), accepted_at=None
    )
    with outside():
        return rows.filter(created_at__gt=now() - VALID_FOR).first()


def accept(*, request: HttpRequest, token: str, name: str, password: str) -> User:
    """Use the link: make the user, or check the password of one who has an account already.

    Raises NotFound when the link is dead, Invalid at the value that is wrong.
    """
    found = find(token)
    if found is None:
        raise NotFound
    known = User.objects.filter(email=found.email).exists()
    if known:
        check_sign_in(request, found.email, password, member=False)
    elif not name:
        raise Invalid.one("name", "required", _("Enter your name."))
    with outside(), transaction.atomic():
        if not Invitation.unscoped.filter(pk=found.pk, accepted_at=None).update(accepted_at=now()):
            raise NotFound
        member = add_member(
            workspace=found.workspace,
            email=found.email,
            role_key=found.role.key,
            password=password,
            name=name,
        )
        AuditEntry.unscoped.create(
            workspace=found.workspace, actor=member.user, verb="member.joined", subject=found.email
        )
        emit(MemberJoined(found.workspace_id, member.user_id, found.invited_by_id))
    return member.user

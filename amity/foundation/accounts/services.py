"""Making workspaces and letting people in; the rules behind Settings → People and roles."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import override

from amity.foundation.accounts.actor import Actor
from amity.foundation.accounts.models import (
    AuditEntry,
    Membership,
    Role,
    Team,
    TeamMember,
    User,
    Workspace,
    normal_login,
)
from amity.foundation.accounts.roles import BUILTIN
from amity.foundation.accounts.security_log import note
from amity.foundation.core.clock import find_zone
from amity.foundation.core.contact import normal_email
from amity.foundation.core.errors import Invalid, NotFound


def create_workspace(*, name: str, **settings: Any) -> Workspace:
    """A new firm with the four built-in roles. `settings`: country, currency, language, zone, host."""
    with transaction.atomic(), override("en"):  # names of built-in roles are translated when read
        workspace = Workspace.objects.create(name=name.strip()[:120] or "Amity", **settings)
        Role.unscoped.bulk_create(
            Role(
                workspace=workspace,
                key=row["key"],
                label=str(row["label"]),
                admin=row.get("admin", False),
                builtin=True,
                permissions=row["permissions"],
                position=place,
            )
            for place, row in enumerate(BUILTIN)
        )
    return workspace


def check_login(email: str) -> str:
    """The address in its compared form; raises Invalid at `email`."""
    try:
        normal_email(email)
    except ValueError as error:
        raise Invalid.one("email", "email", _("Enter a valid e-mail address.")) from error
    return normal_login(email)


def check_password(password: str, user: User | None = None) -> None:
    """Raises Invalid at `password` with every rule that is broken."""
    if len(password) > 1024:
        raise Invalid.one("password", "too_long", _("The password is too long."))
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid.one("password", "weak", " ".join(error.messages)) from error


def add_member(
    *, workspace: Workspace, email: str, role_key: str, password: str | None = None, name: str = ""
) -> Membership:
    """Give an address a place in the workspace, making the user when new.

    Raises Invalid for a bad address, password or role. An existing user's password is left alone.
    """
    login = check_login(email)
    role = Role.unscoped.filter(workspace=workspace, key=role_key).first()
    if role is None:
        raise Invalid.one("role", "unknown", _("There is no role “%(role)s”.") % {"role": role_key})
    user = User.objects.filter(email=login).first()
    if user is None and password is not None:
        check_password(password, User(email=login, name=name))
    with transaction.atomic():
        user = user or User.objects.create_user(login, password, name=name.strip()[:120])
        membership: Membership
        membership, _made = Membership.unscoped.update_or_create(
            workspace=workspace, user=user, defaults={"role": role, "is_active": True}
        )
    return membership


def bump_schema(workspace_id: int) -> None:
    """Tell every process that fields, objects, labels or roles changed. Call inside the transaction."""
    Workspace.objects.filter(pk=workspace_id).update(schema_version=F("schema_version") + 1)


def audit(actor: Actor, verb: str, subject: str = "", **details: Any) -> None:
    """Write down what an administrator did; the security log gets the entry's number."""
    user = actor.seen_by or actor.user
    entry = AuditEntry.unscoped.create(
        workspace_id=actor.workspace_id, actor=user, verb=verb, subject=subject[:200], details=details
    )
    note(verb, actor, entry=entry.pk)


def save_team(*, actor: Actor, name: str, parent_id: int | None = None, team_id: int | None = None) -> Team:
    """Create or change a team; a team never becomes its own descendant."""
    actor.require_admin()
    parent = Team.objects.filter(pk=parent_id).first() if parent_id else None
    if parent_id and parent is None:
        raise Invalid.one("parent", "unknown", _("Choose a team of this workspace."))
    team = Team.objects.filter(pk=team_id).first() if team_id else Team(workspace_id=actor.workspace_id)
    if team is None:
        raise NotFound
    if team.pk and parent and parent.path.startswith(team.path):
        raise Invalid.one("parent", "circle", _("A team cannot stand below itself."))
    _check_team_name(name, team.pk)
    with transaction.atomic():
        old_path, team.name, team.parent = team.path, name.strip()[:120], parent
        team.save()
        team.path = f"{parent.path if parent else '/'}{team.pk}/"
        team.save(update_fields=["path"])
        _move_children(old_path, team.path)
        audit(actor, "team.saved", team.name)
    return team


def _check_team_name(name: str, team_id: int | None) -> None:
    if not name.strip():
        raise Invalid.one("name", "required", _("Give the team a name."))
    if Team.objects.filter(name=name.strip()[:120]).exclude(pk=team_id or 0).exists():
        raise Invalid.one("name", "taken", _("This name is already in use."))


def _move_children(old: str, new: str) -> None:
    if not old or old == new:
        return
    for child in Team.objects.filter(path__startswith=old).exclude(path=new):
        child.path = new + child.path[len(old) :]
        child.save(update_fields=["path"])


def set_team_members(*, actor: Actor, team: Team, user_ids: set[int]) -> None:
    """Replace who is in a team; ids without a place in this workspace are refused."""
    actor.require_admin()
    known = set(Membership.objects.filter(user_id__in=user_ids).values_list("user_id", flat=True))
    if known != user_ids:
        raise Invalid.one("members", "unknown", _("Choose people of this workspace."))
    with transaction.atomic():
        TeamMember.objects.filter(team=team).exclude(user_id__in=user_ids).delete()
        have = set(TeamMember.objects.filter(team=team).values_list("user_id", flat=True))
        TeamMember.unscoped.bulk_create(
            TeamMember(workspace_id=actor.workspace_id, team=team, user_id=user_id)
            for user_id in sorted(user_ids - have)
        )
        audit(actor, "team.members", team.name, users=sorted(user_ids))


def delete_team(*, actor: Actor, team_id: int) -> None:
    """Dissolve a team; its people stay. Raises Invalid while teams stand below it."""
    actor.require_admin()
    team = Team.objects.filter(pk=team_id).first()
    if team is None:
        raise NotFound
    if team.children.exists():
        raise Invalid.one("form", "children", _("Move or delete the teams below this one first."))
    with transaction.atomic():
        audit(actor, "team.deleted", team.name)
        team.delete()


def save_firm(*, actor: Actor, name: str, country: str, currency: str, language: str, zone: str) -> Workspace:
    """Change the workspace's own words. The caller offers only known countries, currencies and languages."""
    actor.require_admin()
    if not name.strip():
        raise Invalid.one("name", "required", _("Enter the name of your firm."))
    try:
        find_zone(zone)
    except ValueError as error:
        raise Invalid.one("zone", "unknown", _("Choose a time zone from the list.")) from error
    changes = {
        "name": name.strip()[:120], "country": country, "currency": currency, "language": language, "zone": zone,
    }  # fmt: skip
    with transaction.atomic():
        Workspace.objects.filter(pk=actor.workspace_id).update(**changes)
        bump_schema(actor.workspace_id)
        audit(actor, "firm.changed", changes["name"], **changes)
    actor.workspace.refresh_from_db()
    return actor.workspace

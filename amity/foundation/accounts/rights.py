"""Roles: what their holders may do, object by object."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from amity.foundation.accounts.actor import Actor
from amity.foundation.accounts.models import Invitation, Role
from amity.foundation.accounts.roles import SCOPE_ORDER, VERBS
from amity.foundation.accounts.services import audit, bump_schema
from amity.foundation.core.errors import Invalid, LimitReached, NotFound
from amity.foundation.core.text import fold, slugify_key

Rules = Mapping[str, Mapping[str, str]]
MAX_ROLES = 50


def roles() -> QuerySet[Any]:
    """Roles of the open workspace with `people`, the number of active holders."""
    people = Count("memberships", filter=Q(memberships__is_active=True))
    return Role.objects.annotate(people=people).order_by("position", "id")


def get_role(role_id: int) -> Role:
    found: Role | None = roles().filter(pk=role_id).first()
    if found is None:
        raise NotFound
    return found


def save_role(
    *, actor: Actor, role_id: int, label: str, permissions: Rules, objects: Collection[str]
) -> Role:
    """Change a role's name and rights; they hold from its holders' next request on.

    `permissions`: `{"*" or object key: {verb: scope}}`; `objects` are the keys that exist. The
    administrator's rights cannot be changed. Raises Invalid.
    """
    actor.require_admin()
    role = get_role(role_id)
    if label.strip() != role.name:  # a translated name sent back is no renaming
        role.label = _free_label(label, role.pk)
    if not role.admin:
        role.permissions = _clean(permissions, {"*", *objects})
    with transaction.atomic():
        role.save(update_fields=["label", "permissions"])
        bump_schema(actor.workspace_id)
        audit(actor, "role.changed", role.label, permissions=role.permissions)
    return role


def copy_role(*, actor: Actor, role_id: int, label: str) -> Role:
    """A new role with the rights of another; the copy of the administrator's is not fixed."""
    actor.require_admin()
    source = get_role(role_id)
    keys = set(Role.objects.values_list("key", flat=True))
    if len(keys) >= MAX_ROLES:
        raise LimitReached(_("A workspace has at most %(n)s roles.") % {"n": MAX_ROLES})
    label = _free_label(label, None)
    base = slugify_key(label)[:32] or "role"
    key = next(name for name in (base, *(f"{base}_{n}" for n in range(2, 100))) if name not in keys)
    with transaction.atomic():
        role: Role = Role.objects.create(
            workspace_id=actor.workspace_id,
            key=key,
            label=label,
            permissions=source.permissions,
            field_rights=source.field_rights,
            position=len(keys),
        )
        audit(actor, "role.created", label, copied=source.label)
    return role


def delete_role(*, actor: Actor, role_id: int) -> None:
    """Remove a role nobody holds; built-in ones stay."""
    actor.require_admin()
    role = get_role(role_id)
    if role.builtin:
        raise Invalid.one("form", "builtin", _("Built-in roles stay."))
    if role.memberships.exists():
        raise Invalid.one("form", "held", _("Give its people another role first."))
    with transaction.atomic():
        Invitation.objects.filter(role=role).delete()
        audit(actor, "role.deleted", role.label)
        role.delete()


def _free_label(label: str, role_id: int | None) -> str:
    label = label.strip()[:80]
    if not label:
        raise Invalid.one("label", "required", _("Give the role a name."))
    others = Role.objects.exclude(pk=role_id or 0).values_list("label", flat=True)
    if fold(label) in {fold(other) for other in others}:
        raise Invalid.one("label", "taken", _("This name is already in use."))
    return label


def _clean(permissions: Rules, known: set[str]) -> dict[str, dict[str, str]]:
    """Every verb said for every named object; what is not said is nobody's."""
    clean = {}
    for key, rules in permissions.items():
        bad = [scope for verb, scope in rules.items() if verb not in VERBS or scope not in SCOPE_ORDER]
        if key not in known or bad:
            raise Invalid.one("permissions", "unknown", _("Choose one of the list."))
        clean[key] = {verb: rules.get(verb, "none") for verb in VERBS}
    clean.setdefault("*", dict.fromkeys(VERBS, "none"))
    return clean

"""What a role may do with single fields: write, only see, or not even see."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction
from django.utils.translation import gettext as _

from amity.foundation.accounts.actor import Actor
from amity.foundation.accounts.models import Role
from amity.foundation.accounts.rights import get_role
from amity.foundation.accounts.roles import FIELD_RIGHTS
from amity.foundation.accounts.services import audit, bump_schema
from amity.foundation.core.errors import FieldError, Invalid
from amity.foundation.records.objects import hidden_from_some, rights_of_roles, spec_for
from amity.foundation.records.seen import may_be_hidden
from amity.foundation.records.services.reindex import reindex
from amity.foundation.records.spec import ObjectSpec


def set_field_rights(*, actor: Actor, role_id: int, object_key: str, rights: Mapping[str, str]) -> Role:
    """Limit a role to the named fields' rights, `hidden` or `read`; all other fields follow the object's.

    What was said of fields that are put away stays: they come back as limited as they went.
    They hold from the holders' next request on. A field hidden from any role leaves the search index, which is
    written anew in the background. Raises Denied, NotFound, or Invalid by field key.
    """
    actor.require_admin()
    role = get_role(role_id)
    spec = spec_for(actor.workspace, object_key)
    if role.admin:
        raise Invalid.one("form", "admin", _("Administrators may do everything. This cannot be changed."))
    live = {item.key for item in spec.live_fields}
    _check(spec, rights)
    away = {key: right for key, right in role.field_rights.get(object_key, {}).items() if key not in live}
    with transaction.atomic():
        before = hidden_from_some(spec, rights_of_roles(actor.workspace_id))
        role.field_rights = {**role.field_rights, object_key: {**away, **rights}}
        role.save(update_fields=["field_rights"])
        bump_schema(actor.workspace_id)
        audit(actor, "role.changed", role.label, object=object_key, fields=dict(rights))
        if hidden_from_some(spec, rights_of_roles(actor.workspace_id)) != before:
            reindex(actor.workspace_id, spec.type_id)
    return role


def _check(spec: ObjectSpec, rights: Mapping[str, str]) -> None:
    live = {item.key: item for item in spec.live_fields}
    errors = []
    for key, right in rights.items():
        item = live.get(key)
        if item is None or right not in FIELD_RIGHTS:
            errors.append(FieldError(key, "unknown", _("Choose one of the list.")))
        elif right == "hidden" and not may_be_hidden(spec, item):
            errors.append(FieldError(key, "named_by", _("It names the record or says whose it is.")))
    if errors:
        raise Invalid(errors)

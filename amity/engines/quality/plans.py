"""What counts for an object: which fields are to be filled, and after how long nobody may still trust a record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from amity.engines.quality.models import QualityPlan
from amity.foundation.accounts.actor import Actor
from amity.foundation.accounts.services import audit
from amity.foundation.core.errors import FieldError, Invalid
from amity.foundation.records.objects import SYSTEM_FIELDS
from amity.foundation.records.spec import Field, ObjectSpec

STALE_DAYS, LEAST_DAYS, MOST_DAYS = 365, 7, 3650
DEFAULTS = 6
USUAL = ("email", "phone", "link", "choice", "address", "date")


@dataclass(frozen=True)
class Plan:
    """`fields` in the object's order, those only that the spec at hand shows."""

    fields: tuple[Field, ...]
    stale_days: int


def plan_of(spec: ObjectSpec, workspace_id: int) -> Plan:
    row = QualityPlan.unscoped.filter(workspace_id=workspace_id, object_type_id=spec.type_id).first()
    keys = set(row.fields) if row is not None and row.fields is not None else set(default_keys(spec))
    fields = tuple(item for item in countable(spec) if item.key in keys)
    return Plan(fields, row.stale_days if row is not None else STALE_DAYS)


def countable(spec: ObjectSpec) -> list[Field]:
    """Fields that could be asked of every record: kept in it, written by people, and not only there sometimes."""
    return [
        item
        for item in spec.live_fields
        if item.stored
        and "empty" in item.type.operators
        and item.key not in (*SYSTEM_FIELDS, "owner")
        and item.key not in spec.title_parts
        and (not item.read_only or item.role_only)
        and (item.when is None or item.when.requires)
    ]


def default_keys(spec: ObjectSpec) -> list[str]:
    """Required fields, those of the short form and, of an own object, its first fields of the telling types."""
    known = countable(spec)
    wanted = {item.key for item in known if item.required} | set(spec.quick_add)
    wanted |= {key for key in (spec.board_field, spec.title_field) if key}
    if spec.custom:
        wanted |= {item.key for item in known if item.type.name in USUAL}
    return [item.key for item in known if item.key in wanted][:DEFAULTS]


def change_plan(*, actor: Actor, spec: ObjectSpec, fields: Any, stale_days: Any) -> None:
    """Administrators only. Raises Denied, Invalid with every wrong value."""
    actor.require_admin()
    errors: list[FieldError] = []
    known = {item.key for item in countable(spec)}
    if not isinstance(fields, list) or not fields or not {str(key) for key in fields} <= known:
        errors.append(FieldError("fields", "unknown", _("Choose at least one field from the list.")))
    whole = isinstance(stale_days, int) and not isinstance(stale_days, bool)
    if not whole or not LEAST_DAYS <= stale_days <= MOST_DAYS:
        said = {"least": LEAST_DAYS, "most": MOST_DAYS}
        errors.append(
            FieldError("stale_days", "range", _("Enter a number of days from %(least)s to %(most)s.") % said)
        )
    if errors:
        raise Invalid(errors)
    with transaction.atomic():
        QualityPlan.unscoped.update_or_create(
            object_type_id=spec.type_id,
            defaults={
                "workspace_id": actor.workspace_id, "stale_days": stale_days,
                "fields": [item.key for item in countable(spec) if item.key in set(fields)],
            },
        )  # fmt: skip
        audit(actor, "quality.plan", str(spec.plural))

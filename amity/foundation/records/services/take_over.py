"""Taking over one customer: the record and, if wished, what is linked to it and has the same owner. Undone as one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from amity.foundation.accounts.actor import Actor
from amity.foundation.core.errors import Conflict, Denied, Invalid
from amity.foundation.records import access
from amity.foundation.records.access import get_record
from amity.foundation.records.models import Handover
from amity.foundation.records.objects import specs_for
from amity.foundation.records.services.handover import begin_run, go
from amity.foundation.records.services.handover_plan import Plan, gives, owned
from amity.foundation.records.services.links import linked_ids
from amity.foundation.records.services.records import check_handing
from amity.foundation.records.spec import ObjectSpec


def may_take(actor: Actor, spec: ObjectSpec, record: Any) -> bool:
    """For menus; `record` is one the actor may edit. What is only shared with them is not theirs to take."""
    mine = actor.user_id is None or record.owner_id == actor.user_id
    return gives(actor, spec) and not mine and access.owned(spec, actor, record, "edit")


def linked_of_owner(actor: Actor, spec: ObjectSpec, record: Any) -> list[tuple[ObjectSpec, list[int]]]:
    """What is linked to the record, has the same owner, and may be taken over by the actor; by object.

    Nothing when nobody owns the record.
    """
    if record.owner_id is None:
        return []
    specs, ids = specs_for(actor), _linked(actor, spec, record)
    found = []
    for key, linked in ids.items():
        other = specs.get(key)
        if other is None or not other.enabled or not gives(actor, other):
            continue
        linked -= {record.pk} if key == spec.key else set()
        here = owned(actor, other, record.owner_id).filter(pk__in=linked).order_by("pk")
        some = list(here.values_list("pk", flat=True))
        if some:
            found.append((other, some))
    return found


def _linked(actor: Actor, spec: ObjectSpec, record: Any) -> dict[str, set[int]]:
    """Ids of linked records by object, whoever owns them: by foreign keys of both sides, and by links."""
    specs = specs_for(actor)
    found: dict[str, set[int]] = {}
    for item in spec.live_fields:
        if item.target and item.column:
            found.setdefault(item.target, set()).update({getattr(record, item.column)} - {None})
        elif item.target and not item.stored:
            found.setdefault(item.target, set()).update(linked_ids(item, actor.workspace_id, record.pk))
    for reverse in spec.reverses:
        other = specs.get(reverse.object_key)
        if other is not None and other.enabled:
            column = other.by_key[reverse.field_key].column
            rows = owned(actor, other, record.owner_id).filter(**{column: record.pk})
            found.setdefault(other.key, set()).update(rows.values_list("pk", flat=True))
    return found


def take_over(
    *, actor: Actor, spec: ObjectSpec, record_id: int, also: Sequence[str] = (), at_once: int | None = None
) -> Handover:
    """Make the actor the owner of a record and of what is linked to it in the objects named in `also`.

    Raises NotFound, Denied, Conflict `own` when it is the actor's already, Invalid for an object that is not linked.
    """
    record = get_record(spec, actor, record_id, "edit")
    if not gives(actor, spec) or actor.user_id is None:
        raise Denied
    if record.owner_id == actor.user_id:
        raise Conflict(_("This is yours already."), code="own")
    check_handing(spec, record, actor.user_id, actor)
    linked = {other.key: (other, ids) for other, ids in linked_of_owner(actor, spec, record)}
    known = {item.target for item in spec.live_fields} | {one.object_key for one in spec.reverses}
    if set(also) - known:
        raise Invalid.one("with", "unknown", _("Nothing of this kind is linked here."))
    plan = Plan([(spec.type_id, record.pk, actor.user_id)])
    for key in dict.fromkeys(also):
        if key in linked:
            plan.rows += [(linked[key][0].type_id, pk, actor.user_id) for pk in linked[key][1]]
    with transaction.atomic():
        run = begin_run(actor, "take", record.owner_id, record.title, plan)
        run.results["record"] = [spec.type_id, record.pk]
        go(actor, run, plan.rows, at_once)
        run.save(update_fields=["results"])
    return run


__all__ = ["linked_of_owner", "may_take", "take_over"]

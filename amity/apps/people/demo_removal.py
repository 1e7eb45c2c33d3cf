"""Taking the example data out again: all of it but what somebody used since."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from amity.apps.people.demo import SHIPMENT
from amity.apps.people.demo_pairs import drop_pairs
from amity.apps.people.demo_views import drop_views
from amity.engines.quality.demo import drop_quality
from amity.foundation.accounts.actor import Actor
from amity.foundation.accounts.models import Workspace
from amity.foundation.accounts.services import audit, bump_schema
from amity.foundation.core.errors import Conflict
from amity.foundation.records.access import all_records
from amity.foundation.records.models import Change, Link, Note, ObjectType, Relation, StoredFile
from amity.foundation.records.objects import spec_by_type, specs_for
from amity.foundation.records.services import schema
from amity.foundation.records.services.purge import purge_records
from amity.foundation.records.services.write import Writer
from amity.foundation.records.spec import ObjectSpec

Ids = dict[str, set[int]]  # of records, by object


@dataclass(frozen=True)
class Kept:
    """An example record that stays, and why."""

    spec: ObjectSpec
    id: int
    title: str
    reason: str


@dataclass
class Removal:
    removed: int = 0
    kept: list[Kept] = field(default_factory=list)


def remove_demo(*, actor: Actor) -> Removal:
    """Take the example data out for good. What people made stays, and so do examples edited or linked since.

    Raises Denied for those who are not administrators, Conflict when there are no example data.
    """
    actor.require_admin()
    batch_id = int(Workspace.objects.get(pk=actor.workspace_id).demo_batch or 0)
    if not batch_id:
        raise Conflict(_("There are no example data."), code="no_demo")
    made = {key: _made(spec, actor, batch_id) for key, spec in specs_for(actor).items()}
    going = {key: set(ids) for key, ids in made.items()}
    result = Removal()
    for spec in specs_for(actor).values():
        _keep(result, spec, actor, going, _used(spec, actor, batch_id, going[spec.key]))
    specs = specs_for(actor).values()
    while sum(_keep_needed(result, spec, actor, made, going) for spec in specs):
        pass  # what stays by now may need others
    for spec in specs_for(actor).values():
        result.removed += _remove(spec, actor, batch_id, sorted(going[spec.key]))
    drop_views(actor)
    drop_quality(actor)
    _drop_shipments(actor, batch_id)
    drop_pairs(actor, batch_id)
    Workspace.objects.filter(pk=actor.workspace_id).update(demo_batch="")
    actor.workspace.demo_batch = ""
    audit(actor, "demo.removed", records=result.removed, kept=len(result.kept))
    return result


def _made(spec: ObjectSpec, actor: Actor, batch_id: int) -> set[int]:
    made = Change.unscoped.filter(
        workspace_id=actor.workspace_id, object_type_id=spec.type_id, batch_id=batch_id, kind="create"
    )
    return set(made.values_list("record_id", flat=True))


# --- what stays ------------------------------------------------------------


def _keep(result: Removal, spec: ObjectSpec, actor: Actor, going: Ids, reasons: dict[int, str]) -> None:
    """Leave records out of what goes; those in the trash go all the same."""
    live = (
        all_records(spec, actor.workspace_id)
        .filter(pk__in=reasons, deleted_at=None)
        .order_by("title_key", "pk")
    )
    for pk, title in live.values_list("pk", "title"):
        going[spec.key].discard(pk)
        result.kept.append(Kept(spec, pk, title, reasons[pk]))


def _used(spec: ObjectSpec, actor: Actor, batch_id: int, ids: set[int]) -> dict[int, str]:
    """Records somebody edited, noted something on or gave a file, with the reason."""
    here = {"workspace_id": actor.workspace_id, "object_type_id": spec.type_id, "record_id__in": ids}
    edited = Change.unscoped.filter(**here).exclude(batch_id=batch_id)
    noted = Note.unscoped.filter(**here, deleted_at=None).exclude(batch_id=batch_id)
    filed = StoredFile.unscoped.filter(**here, deleted_at=None)
    found: dict[int, str] = {}
    for rows, reason in ((edited, _("changed since")), (noted, _("has notes")), (filed, _("has files"))):
        found.update(dict.fromkeys(rows.values_list("record_id", flat=True), reason))
    return found


def _keep_needed(result: Removal, spec: ObjectSpec, actor: Actor, made: Ids, going: Ids) -> bool:
    """Keep what records that stay point at; True when there was such a one."""
    before = len(result.kept)
    needed = _pointed_at(spec, actor, going) | _linked(spec, actor, made, going)
    _keep(result, spec, actor, going, dict.fromkeys(needed, _("in use by another record")))
    return len(result.kept) > before


def _pointed_at(spec: ObjectSpec, actor: Actor, going: Ids) -> set[int]:
    specs, found = specs_for(actor), set()
    for reverse in spec.reverses:
        other = specs[reverse.object_key]
        column = other.by_key[reverse.field_key].column
        rows = _staying(other, actor, going).filter(**{f"{column}__in": going[spec.key]})
        found |= set(rows.values_list(column, flat=True))
    return found


def _linked(spec: ObjectSpec, actor: Actor, made: Ids, going: Ids) -> set[int]:
    """Targets of links of what stays. A link to a record somebody made keeps its example start, too."""
    found: set[int] = set()
    for end, far, left_out in (("to", "from", going), ("from", "to", made)):
        relations = Relation.unscoped.filter(workspace_id=actor.workspace_id, **{f"{end}_type": spec.type_id})
        for relation in relations:
            other = spec_by_type(actor, getattr(relation, f"{far}_type_id"))
            if other is not None:
                rows = Link.unscoped.filter(relation=relation, **{f"{end}_id__in": going[spec.key]})
                rows = rows.filter(**{f"{far}_id__in": _staying(other, actor, left_out).values("pk")})
                found |= set(rows.values_list(f"{end}_id", flat=True))
    return found


def _staying(spec: ObjectSpec, actor: Actor, left_out: Ids) -> QuerySet[Any]:
    return all_records(spec, actor.workspace_id).filter(deleted_at=None).exclude(pk__in=left_out[spec.key])


# --- what goes ------------------------------------------------------------


def _remove(spec: ObjectSpec, actor: Actor, batch_id: int, ids: list[int]) -> int:
    """Through the trash, so that listeners hear of it, and then out of it."""
    live = list(all_records(spec, actor.workspace_id).filter(pk__in=ids, deleted_at=None))
    for place in range(0, len(live), 100):
        with transaction.atomic():
            Writer(spec, actor, batch_id=batch_id).trash(live[place : place + 100])
    return purge_records(spec=spec, workspace_id=actor.workspace_id, ids=ids)


def _drop_shipments(actor: Actor, batch_id: int) -> None:
    """The example's own object goes too, unless records are left in it."""
    row = ObjectType.unscoped.filter(workspace_id=actor.workspace_id, key=SHIPMENT).first()
    if row is None or row.settings.get("demo_batch") != batch_id:
        return
    if all_records(specs_for(actor)[SHIPMENT], actor.workspace_id).exists():
        return
    with transaction.atomic():
        row.delete()
        bump_schema(actor.workspace_id)
        audit(actor, "object.removed", SHIPMENT)
    schema.refresh(actor)

"""Changes that a program sent together: one batch, taken back as a whole under today's rights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from amity.foundation.accounts.actor import Actor
from amity.foundation.core.clock import now
from amity.foundation.core.errors import AmityError, Conflict, Denied, NotFound
from amity.foundation.records.models import Batch, Change
from amity.foundation.records.services.undo import undo_change
from amity.foundation.records.spec import ObjectSpec

KIND, SETTLED = "api", "settle"


@dataclass
class BatchUndone:
    """How many changes went back, and the records where something stayed, with why."""

    restored: int = 0
    kept: list[tuple[int, AmityError]] = field(default_factory=list)


def new_batch(actor: Actor, label: str) -> int:
    batch: Batch = Batch.unscoped.create(
        workspace_id=actor.workspace_id, kind=KIND, label=label[:200], actor_id=actor.user_id
    )
    return int(batch.pk)


def drop_batch(batch_id: int) -> None:
    """For a batch under which nothing was written after all."""
    Batch.unscoped.filter(pk=batch_id).delete()


def undo_batch(*, actor: Actor, spec: ObjectSpec, batch_id: int) -> BatchUndone:
    """Take a batch back, newest change first, each in a transaction of its own: called again it goes on.

    What somebody changed since stays and is named. Raises Denied, NotFound for a batch of somebody else, Conflict for
    one that was taken back.
    """
    if actor.read_only:
        raise Denied
    batch = Batch.unscoped.filter(
        pk=batch_id, workspace_id=actor.workspace_id, kind__in=(KIND, SETTLED)
    ).first()
    if batch is None or not (actor.admin or batch.actor_id == actor.user_id):
        raise NotFound
    if batch.undone_at is not None:
        raise Conflict(_("This was taken back already."), code="undone")
    changes = list(
        Change.unscoped.filter(
            workspace_id=actor.workspace_id, object_type_id=spec.type_id, batch_id=batch_id
        ).order_by("-pk")
    )
    if not changes:
        raise NotFound
    done, touched = BatchUndone(), _touched_since(spec, batch_id, changes)
    for change in changes:
        try:
            if change.kind == "create" and change.record_id in touched:
                raise Conflict(_("It was changed again since."), code="changed_since")
            undo_change(actor=actor, spec=spec, record_id=change.record_id, change_id=change.pk)
            done.restored += 1
        except AmityError as error:
            done.kept.append((change.record_id, error))
    if done.restored:
        Batch.unscoped.filter(pk=batch_id).update(undone_at=now())
    return done


def _touched_since(spec: ObjectSpec, batch_id: int, changes: Sequence[Change]) -> set[int]:
    """Records that the batch made and somebody changed afterwards: those stay."""
    made = [change.record_id for change in changes if change.kind == "create"]
    rows = Change.unscoped.filter(
        workspace_id=changes[0].workspace_id, object_type_id=spec.type_id, record_id__in=made
    ).exclude(batch_id=batch_id)
    own = {change.pk for change in changes}
    return {pk for pk, undoes in rows.values_list("record_id", "undoes") if undoes not in own}

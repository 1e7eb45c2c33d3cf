"""Taking changes back. Undo is a change of its own, under today's rights, field by field."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from amity.foundation.accounts.actor import Actor
from amity.foundation.core.errors import Conflict, NotFound
from amity.foundation.records.access import get_record
from amity.foundation.records.context import context_for
from amity.foundation.records.models import Change
from amity.foundation.records.seen import seen_by, tells
from amity.foundation.records.services.claims import reopen_change
from amity.foundation.records.services.consents import undo_consent
from amity.foundation.records.services.links import linked_ids
from amity.foundation.records.services.merge import undo_merge
from amity.foundation.records.services.records import (
    as_list,
    delete_record,
    lock_record,
    make_edit,
    restore_record,
)
from amity.foundation.records.services.shares import undo_sharing
from amity.foundation.records.services.write import Writer
from amity.foundation.records.spec import ObjectSpec, Values
from amity.foundation.records.values import read_record


@dataclass
class Undone:
    """What an undo did: fields it restored, and those kept because somebody changed them since.

    `back` are titles of the records that an undone merge gave back.
    """

    restored: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    change_id: int | None = None
    back: list[str] = field(default_factory=list)


def last_change(spec: ObjectSpec, actor: Actor, record_id: int) -> Change | None:
    """The actor's newest change of a record: what the Undo in the toast takes back."""
    return (
        Change.unscoped.filter(
            workspace_id=actor.workspace_id, object_type_id=spec.type_id, record_id=record_id
        )
        .order_by("-id")
        .first()
    )


def undo_change(*, actor: Actor, spec: ObjectSpec, record_id: int, change_id: int) -> Undone:
    """Take back one change of a record.

    A created record goes to the trash, a trashed one comes back, of a merge see `undo_merge`; of an update each
    field is restored only if it still holds what the change wrote. Raises NotFound, Denied, or Conflict when
    nothing can be restored.
    """
    spec = seen_by(actor, spec)
    change = Change.unscoped.filter(
        pk=change_id, workspace_id=actor.workspace_id, object_type_id=spec.type_id, record_id=record_id
    ).first()
    if change is None:
        raise NotFound
    if change.kind == "merge":
        parted = undo_merge(actor=actor, spec=spec, change=change)
        return Undone(restored=parted.restored, kept=parted.kept, back=parted.back)
    if change.kind in ("share", "unshare"):
        undo_sharing(actor=actor, spec=spec, change=change)
        return Undone(restored=["sharing"])
    if change.kind == "consent":
        undo_consent(actor=actor, spec=spec, change=change)
        return Undone(restored=list(change.changes))
    if change.kind == "unmerge":
        raise Conflict(_("Merge them again instead."), code="unmerged")
    if change.kind == "delete":
        restore_record(actor=actor, spec=spec, record_id=record_id)
        return Undone(restored=["deleted"])
    if change.kind in ("create", "restore"):
        delete_record(actor=actor, spec=spec, record_id=record_id)
        return Undone(restored=["created"])
    return _undo_update(actor, spec, record_id, change)


def _undo_update(actor: Actor, spec: ObjectSpec, record_id: int, change: Change) -> Undone:
    get_record(spec, actor, record_id, "edit")
    with transaction.atomic():
        record = lock_record(spec, actor, record_id, "edit")
        before = read_record(spec, record)
        done = Undone()
        back: Values = {}
        for key, (old, written) in change.changes.items():
            if _unchanged(spec, actor, record_id, before, key, written):
                back[key] = old
                done.restored.append(key)
            elif tells(spec, [key]):
                done.kept.append(key)
        if not back:
            raise Conflict(_("Nothing to take back: it was changed again since."), code="changed_since")
        edit = make_edit(spec, record, before, back, context_for(actor))
        edit.undoes = change.pk
        Writer(spec, actor).update([edit], kind="undo")
        reopen_change(change.pk, done.restored)
        newest = last_change(spec, actor, record_id)
        done.change_id = newest.pk if newest else None
    return done


def _unchanged(
    spec: ObjectSpec, actor: Actor, record_id: int, before: Values, key: str, written: Any
) -> bool:
    field = spec.field(key)
    if field is None or field.archived or field.hidden or field.read_only:
        return False
    if field.stored:
        return bool(before.get(key) == written)
    return set(linked_ids(field, actor.workspace_id, record_id)) == set(as_list(written))

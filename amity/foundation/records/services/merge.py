"""Two or more records of one object become one, in one transaction, and can be taken apart again.

The survivor keeps its values and fills its gaps from the others; of many-valued fields the values of all are
kept; what hangs on the others comes over (`merge_moves`). The others go to the trash, their addresses lead to
the survivor, and their history is told there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from amity.foundation.accounts.actor import Actor
from amity.foundation.core.clock import now
from amity.foundation.core.errors import Conflict, Denied, FieldError, Invalid, NotFound, Stale
from amity.foundation.records.access import all_records, get_record, owned
from amity.foundation.records.context import Context, context_for
from amity.foundation.records.merged import survivor_of
from amity.foundation.records.models import Change, Claim, Merge, MergedRecord
from amity.foundation.records.objects import whole_specs
from amity.foundation.records.seen import seen_by, tells
from amity.foundation.records.services.claims import lost_in_merge
from amity.foundation.records.services.clean import clean_values
from amity.foundation.records.services.merge_moves import Moves
from amity.foundation.records.services.records import check_owner, check_unseen, lock_record, make_edit
from amity.foundation.records.services.write import Edit, Writer
from amity.foundation.records.spec import Field, ObjectSpec, Values
from amity.foundation.records.values import read_record

MOST = 10


def merge_records(
    *,
    actor: Actor,
    spec: ObjectSpec,
    survivor_id: int,
    other_ids: Sequence[int],
    take: Mapping[str, int] | None = None,
    values: Mapping[str, Any] | None = None,
    versions: Mapping[int, int] | None = None,
) -> Merge:
    """Merge `other_ids` into the survivor: needs the right to edit it and to delete the others.

    That one of them is shared with the actor is not enough: what comes together changes hands.

    `take` names fields whose value comes from one of the records, `values` are values as `update_record` takes
    them; everything else merges by itself. `versions` are ETags by id: Stale when one changed meanwhile. Raises
    NotFound, Denied, Invalid, or Conflict `merged` when one of them went into another record meanwhile.
    """
    others = list(dict.fromkeys(other_ids))
    _check_ids(survivor_id, others)
    context, spec = context_for(actor), seen_by(actor, spec)
    whole = whole_specs(actor)[spec.key]  # values of fields the role does not see are kept too
    with transaction.atomic():
        records = _lock(spec, actor, survivor_id, others, versions or {})
        survivor, gone = records[survivor_id], [records[pk] for pk in others]
        title = survivor.title
        every = {pk: read_record(whole, record) for pk, record in records.items()}
        taken, held = _taken(spec, every, survivor_id, take or {}, context)
        blend = blended(whole, [every[pk] for pk in (survivor_id, *others)])
        edit = Edit(survivor, _inside(whole, {**blend, **taken}, every))
        if values:
            edit.values |= _given(spec, survivor, every[survivor_id], values, context)
        moved = Moves(actor, spec, survivor_id, others, held).move()
        writer = Writer(whole, actor)
        writer.trash(gone, kind="merged")
        writer.update([edit], kind="merge", always=True)
        merge = _remember(whole, actor, survivor_id, gone, moved)
        titled = [(title if pk == survivor_id else records[pk].title, every[pk]) for pk in every]
        lost_in_merge(whole, actor, survivor_id, merge.change_id, titled, read_record(whole, survivor))
        return merge


def _check_ids(survivor_id: int, others: Sequence[int]) -> None:
    if not others or survivor_id in others:
        raise Invalid.one("ids", "required", _("Choose at least two different records."))
    if len(others) >= MOST:
        raise Invalid.one("ids", "too_many", _("At most %(n)s records are merged at once.") % {"n": MOST})


def _lock(
    spec: ObjectSpec, actor: Actor, survivor_id: int, others: Sequence[int], versions: Mapping[int, int]
) -> dict[int, Any]:
    """All records, held until the end; in the order of their ids, so that two merges do not wait for each other."""
    records: dict[int, Any] = {}
    for pk in sorted([survivor_id, *others]):
        try:
            records[pk] = lock_record(spec, actor, pk, "edit" if pk == survivor_id else "delete")
        except NotFound:
            raise _gone(spec, actor, pk) from None
        if pk == survivor_id:
            _check_own(spec, actor, records[pk])
        if pk in versions and records[pk].version != versions[pk]:
            raise Stale(details={"id": pk, "version": records[pk].version})
    return records


def _check_own(spec: ObjectSpec, actor: Actor, record: Any) -> None:
    if not owned(spec, actor, record, "edit"):
        raise Denied(_("Records that are only shared with you cannot be merged."))


def _gone(spec: ObjectSpec, actor: Actor, record_id: int) -> Exception:
    """Why a record cannot be merged: absent, unseen, or merged by somebody else into one that the actor sees."""
    into = survivor_of(spec, actor.workspace_id, record_id)
    try:
        title = get_record(spec, actor, into or 0).title
    except NotFound:
        return NotFound()
    text = _("It was merged into “%(title)s” already.") % {"title": title}
    return Conflict(text, code="merged", details={"survivor": into})


# --- values ------------------------------------------------------------------------------------------------


def blended(spec: ObjectSpec, every: Sequence[Values]) -> Values:
    """Values of the survivor, who comes first, where nobody chooses: its own, its gaps filled, many united.

    A name made of parts stays one person's name: its parts are not mixed.
    """
    first, *rest = every
    parts = spec.title_parts
    named = first if not parts or any(first.get(key) for key in parts) else _first_named(parts, rest) or first
    found: Values = {}
    for item in mergeable(spec):
        if item.key in parts:
            found[item.key] = named.get(item.key)
        elif (united := _united(item, every)) is not None:
            found[item.key] = united or None
        else:
            filled = (values[item.key] for values in every if values.get(item.key) is not None)
            found[item.key] = next(filled, None)
    return found


def _first_named(parts: Sequence[str], rest: Sequence[Values]) -> Values | None:
    return next((values for values in rest if any(values.get(key) for key in parts)), None)


def mergeable(spec: ObjectSpec) -> list[Field]:
    """Fields with a value of their own in the record's row; a title that is made of parts follows from them."""
    made = {spec.title_field} if spec.title_parts else set()
    return [item for item in spec.fields if item.stored and not item.read_only and item.key not in made]


def _united(item: Field, every: Sequence[Values]) -> list[Any] | None:
    """The parts of all, the first's first; None for a field of one value. Raises Invalid for too many."""
    kinds = [item.type.parts(values.get(item.key)) for values in every]
    if kinds[0] is None:
        return None
    found: dict[str, Any] = {}
    for parts in kinds:
        for key, part in (parts or {}).items():
            found.setdefault(key, part)
    if item.type.most and len(found) > item.type.most:
        limit = {"field": item.label, "n": item.type.most}
        text = _("Together they hold more than %(n)s values in “%(field)s”; remove some first.") % limit
        raise Invalid.one(item.key, "too_many", text)
    return list(found.values())


def _inside(spec: ObjectSpec, values: Values, every: Mapping[int, Values]) -> Values:
    """A record does not link to itself when it was linked to one of those it becomes one with."""
    own = [item.key for item in mergeable(spec) if item.target == spec.key]
    return {key: None if key in own and value in every else value for key, value in values.items()}


def _taken(
    spec: ObjectSpec, every: Mapping[int, Values], survivor_id: int, take: Mapping[str, int], context: Context
) -> tuple[Values, dict[str, int]]:
    """Chosen values, and for link fields of one value whose link stays. Raises Invalid or Denied."""
    found: Values = {}
    held: dict[str, int] = {}
    errors = []
    for key, source in take.items():
        item = spec.field(key)
        if item is None or not _one_valued(item) or source not in every:
            errors.append(FieldError(key[:60], "unknown", _("Choose one of the records.")))
        elif not item.stored:
            held[key] = source
        else:
            for one in spec.title_parts if key == spec.title_field and spec.title_parts else (key,):
                found[one] = every[source].get(one)
    if errors:
        raise Invalid(errors)
    changed = {key: value for key, value in found.items() if every[survivor_id].get(key) != value}
    check_unseen(spec, every[survivor_id], changed, context)
    if "owner" in changed:
        check_owner(spec, changed["owner"], context.actor)
    return found, held


def _one_valued(item: Field) -> bool:
    """Whether one record's value can be chosen: of links of many all stay."""
    return not (item.archived or item.hidden or item.read_only or (item.many and not item.stored))


def _given(
    spec: ObjectSpec, survivor: Any, before: Values, values: Mapping[str, Any], context: Context
) -> Values:
    """Values that are written rather than chosen, checked as in any edit. Links are kept from all records."""
    cleaned = clean_values(spec, spec.prepare(dict(values), before, context), context)
    for key in cleaned:
        if not spec.by_key[key].stored:
            raise Invalid.one(key, "link", _("Links of all records are kept; change them afterwards."))
    return {**cleaned, **make_edit(spec, survivor, before, cleaned, context).values}


def _remember(spec: ObjectSpec, actor: Actor, survivor_id: int, gone: Sequence[Any], moved: Any) -> Merge:
    here = {"workspace_id": actor.workspace_id, "object_type_id": spec.type_id}
    line = Change.unscoped.filter(**here, record_id=survivor_id, kind="merge").latest("pk")
    merge: Merge = Merge.unscoped.create(
        **here, survivor_id=survivor_id, change_id=line.pk, moved=moved,
        titles={str(record.pk): record.title for record in gone},
    )  # fmt: skip
    MergedRecord.unscoped.bulk_create(
        [MergedRecord(**here, record_id=record.pk, survivor_id=survivor_id, merge=merge) for record in gone]
    )
    return merge


# --- taking it apart ---------------------------------------------------------------------------------------


@dataclass
class Parted:
    """What taking a merge back did: `back` are the titles of the records that are their own again."""

    back: list[str] = field(default_factory=list)
    restored: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)


def undo_merge(*, actor: Actor, spec: ObjectSpec, change: Change) -> Parted:
    """Take a merge back under today's rights: the others leave the trash with all that came from them.

    What somebody changed or added since stays with the survivor. Raises NotFound, Denied, or Conflict when it
    was taken back already or the others are gone for good.
    """
    whole = whole_specs(actor)[spec.key]
    with transaction.atomic():
        merge = Merge.unscoped.select_for_update().filter(change_id=change.pk).first()
        if merge is None:
            raise NotFound
        if merge.undone_at is not None:
            raise Conflict(_("This was taken back already."), code="undone")
        survivor = lock_record(spec, actor, merge.survivor_id, "edit")
        _check_own(spec, actor, survivor)
        gone, live = _lock_parted(spec, actor, merge)
        done = Parted(back=[record.title for record in (*gone, *live)])
        writer = Writer(whole, actor)
        edit = _edit_back(whole, survivor, change, done, actor)
        writer.update([edit], kind="unmerge", always=True)
        writer.restore(gone)
        Moves(actor, spec, survivor.pk, [record.pk for record in (*gone, *live)]).move_back(merge.moved)
        MergedRecord.unscoped.filter(merge=merge).delete()
        Claim.unscoped.filter(change_id=change.pk, source__startswith="merge:").delete()
        merge.undone_at = now()
        merge.save(update_fields=["undone_at"])
    known = seen_by(actor, spec)
    done.kept = [key for key in done.kept if tells(known, [key])]
    done.restored = [key for key in done.restored if tells(known, [key])]
    return done


def _lock_parted(spec: ObjectSpec, actor: Actor, merge: Merge) -> tuple[list[Any], list[Any]]:
    """The others, still in the trash or brought back one by one already."""
    ids = sorted(map(int, merge.titles))
    rows = all_records(spec, actor.workspace_id).filter(pk__in=ids)
    trashed = dict(rows.values_list("pk", "deleted_at"))
    if len(trashed) < len(ids):
        raise Conflict(_("What was merged left the trash for good; it cannot be taken apart any more."))
    found: tuple[list[Any], list[Any]] = ([], [])
    for pk in ids:
        deleted = trashed[pk] is not None
        found[0 if deleted else 1].append(lock_record(spec, actor, pk, "delete", trash=deleted))
    return found


def _edit_back(spec: ObjectSpec, survivor: Any, change: Change, done: Parted, actor: Actor) -> Edit:
    """Fields that still hold what the merge wrote, and of many values those that it brought."""
    have, back = read_record(spec, survivor), {}
    for key, (old, written) in change.changes.items():
        item = spec.field(key)
        if item is None or item.archived:
            continue
        value = _without(item, have.get(key), old, written)
        changed = have.get(key) != written and value == have.get(key)
        if changed or (key == "owner" and not _may_own(spec, old, actor)):
            done.kept.append(key)
        else:
            back[key] = value
            done.restored.append(key)
    return Edit(survivor, back, undoes=change.pk)


def _without(item: Field, have: Any, old: Any, written: Any) -> Any:
    """The value before the merge, and beside it the parts that came later; a changed single value stays."""
    if have == written:
        return old
    now_parts, before, brought = (item.type.parts(value) for value in (have, old, written))
    if now_parts is None or before is None or brought is None:
        return have
    return [part for key, part in now_parts.items() if key in before or key not in brought] or None


def _may_own(spec: ObjectSpec, owner_id: int | None, actor: Actor) -> bool:
    try:
        check_owner(spec, owner_id, actor)
    except Denied:
        return False
    return True


__all__ = ["Parted", "blended", "merge_records", "mergeable", "undo_merge"]

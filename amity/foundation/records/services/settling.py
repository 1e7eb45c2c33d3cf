"""Settling what sources say differently: one answer is chosen, written with history, and the others are remembered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from amity.foundation.accounts.actor import Actor
from amity.foundation.core.clock import now
from amity.foundation.core.errors import AmityError, Conflict, Denied, Invalid, NotFound
from amity.foundation.records.access import locked, reaches
from amity.foundation.records.context import Context, context_for
from amity.foundation.records.models import Batch, Change, Claim
from amity.foundation.records.provenance import digest_of
from amity.foundation.records.seen import seen_by
from amity.foundation.records.services.batches import SETTLED
from amity.foundation.records.services.claims import open_claims, ranks_of
from amity.foundation.records.services.clean import clean_values
from amity.foundation.records.services.records import lock_record, make_edit
from amity.foundation.records.services.schema import update_object
from amity.foundation.records.services.write import Edit, Writer
from amity.foundation.records.spec import Field, ObjectSpec, Values
from amity.foundation.records.values import read_record

SET, MOST = 100, 1000


@dataclass(frozen=True)
class Choice:
    """Which answer is right: a claim's (`take`), the record's own (`keep`), or another `value`, not cleaned yet."""

    take: int = 0
    keep: bool = False
    value: Any = None


@dataclass
class Settled:
    """`change_id` is the line of history, None where the record's own value stayed."""

    record: Any
    change_id: int | None = None


def settle(
    *,
    actor: Actor,
    spec: ObjectSpec,
    record_id: int,
    field_key: str,
    choice: Choice,
    present: str | None = None,
) -> Settled:
    """Settle one field of a record for all its sources.

    `present` is the digest of the value the person saw in the record. Raises NotFound, Denied, Invalid, or Conflict
    `settled` when somebody settled it or the record's value changed meanwhile.
    """
    spec, context = seen_by(actor, spec), context_for(actor)
    item = writable_field(spec, field_key)
    with transaction.atomic():
        record = lock_record(spec, actor, record_id, "edit")
        before = read_record(spec, record)
        claims = _asked(spec, actor, record_id, item.key)
        taken = next((claim for claim in claims if claim.pk == choice.take), None)
        if not claims or (choice.take and taken is None):
            raise _settled_already(spec, actor, record_id, item)
        if present is not None and digest_of(before.get(item.key)) != present:
            raise Conflict(_("“%(field)s” was changed meanwhile.") % {"field": item.label}, code="settled")
        done = Settled(record)
        if not choice.keep:
            wanted = {item.key: taken.value} if taken else _typed(spec, before, item, choice.value, context)
            edit = make_edit(spec, record, before, wanted, context)
            if Writer(spec, actor).update([edit]):
                done.change_id = _newest(spec, actor, record_id)
        _decide(claims, actor, taken=[taken.pk] if taken else [], change_id=done.change_id)
    return done


def writable_field(spec: ObjectSpec, key: str) -> Field:
    """NotFound for a field the role does not know, Denied for one it may not write."""
    item = spec.field(key)
    if item is None or item.archived or item.hidden:
        raise NotFound
    if item.read_only:
        raise Denied
    return item


def _typed(spec: ObjectSpec, before: Values, item: Field, value: Any, context: Context) -> Values:
    if value is None:
        raise Invalid.one(item.key, "required", _("Give a value, or choose one of the answers."))
    prepared = spec.prepare({item.key: value}, before, context)
    return clean_values(spec, prepared, context)


def _asked(spec: ObjectSpec, actor: Actor, record_id: int, key: str) -> list[Claim]:
    return list(
        Claim.unscoped.select_for_update()
        .filter(
            workspace_id=actor.workspace_id, object_type_id=spec.type_id, record_id=record_id, field=key, state="open"
        )
        .order_by("pk")
    )  # fmt: skip


def _settled_already(spec: ObjectSpec, actor: Actor, record_id: int, item: Field) -> Exception:
    """Tells the second of two people who was first; NotFound where nothing was ever asked."""
    last = (
        Claim.unscoped.filter(
            workspace_id=actor.workspace_id, object_type_id=spec.type_id, record_id=record_id, field=item.key
        )
        .select_related("decided_by")
        .order_by("-decided_at")
        .exclude(source__startswith="merge:")
        .first()
    )
    if last is None:
        return NotFound()
    if last.decided_by is None:
        return Conflict(_("“%(field)s” is settled already.") % {"field": item.label}, code="settled")
    text = _("“%(field)s” was settled by %(name)s already.")
    return Conflict(text % {"field": item.label, "name": last.decided_by}, code="settled")


def _newest(spec: ObjectSpec, actor: Actor, record_id: int) -> int:
    rows = Change.unscoped.filter(
        workspace_id=actor.workspace_id, object_type_id=spec.type_id, record_id=record_id
    )
    return int(rows.latest("pk").pk)


def _decide(claims: Sequence[Claim], actor: Actor, *, taken: Sequence[int], change_id: int | None) -> None:
    at = now()
    for claim in claims:
        claim.state = "taken" if claim.pk in taken else "kept"
        claim.decided_at, claim.decided_by_id, claim.change_id = at, actor.user_id, change_id
    Claim.unscoped.bulk_update(claims, ["state", "decided_at", "decided_by", "change_id"])


def reopen(*, actor: Actor, spec: ObjectSpec, record_id: int, field_key: str) -> int:
    """Ask again what was last settled about a field by leaving the record's value; how many answers are open again.

    What was settled by writing a value is taken back by undoing that change. Raises NotFound, Denied.
    """
    spec = seen_by(actor, spec)
    item = writable_field(spec, field_key)
    with transaction.atomic():
        lock_record(spec, actor, record_id, "edit")
        rows = Claim.unscoped.filter(
            workspace_id=actor.workspace_id, object_type_id=spec.type_id, record_id=record_id, field=item.key,
            state="kept", decided_by__isnull=False, change_id__isnull=True,
        )  # fmt: skip
        last = rows.order_by("-decided_at").first()
        if last is None:
            raise NotFound
        return int(
            rows.filter(decided_at=last.decided_at).update(state="open", decided_at=None, decided_by=None)
        )


# --- many at once ------------------------------------------------------------------------------------------


@dataclass
class Taken:
    """How many conflicts were settled under which batch, the first reasons why some stay, and whether more wait."""

    batch_id: int = 0
    count: int = 0
    refused: list[str] = field(default_factory=list)
    more: bool = False


def take_all(*, actor: Actor, spec: ObjectSpec, source: str, field_key: str = "") -> Taken:
    """Believe one source in every open conflict the actor may settle: up to 1,000 at once, as one batch.

    Written in sets, each a transaction of its own. What cannot be written stays open and is told. Raises Denied,
    NotFound when the source has no open answer.
    """
    spec = seen_by(actor, spec)
    actor.require(spec.key, "edit")
    if not source:
        raise NotFound
    if field_key:
        writable_field(spec, field_key)
    writable = [item.key for item in spec.writable]
    rows = open_claims(spec, actor, source=source, field_key=field_key).filter(field__in=writable)
    claims = list(rows[: MOST + 1])
    if not claims:
        raise NotFound
    batch = Batch.unscoped.create(
        workspace_id=actor.workspace_id, kind=SETTLED, label=source.partition(":")[2], actor_id=actor.user_id
    )
    done = Taken(batch.pk, more=len(claims) > MOST)
    by_record: dict[int, list[int]] = {}
    for claim in claims[:MOST]:
        by_record.setdefault(claim.record_id, []).append(claim.pk)
    ids = list(by_record)
    for start in range(0, len(ids), SET):
        _take_set(actor, spec, {pk: by_record[pk] for pk in ids[start : start + SET]}, done)
    if not done.count:
        batch.delete()
        done.batch_id = 0
    return done


def _take_set(actor: Actor, spec: ObjectSpec, wanted: Mapping[int, list[int]], done: Taken) -> None:
    """One transaction; where a unique value is taken by another record, one record at a time."""
    try:
        with transaction.atomic():
            found = _write_set(actor, spec, wanted, done.batch_id)
    except AmityError as error:
        if len(wanted) == 1:
            done.refused.append(str(error))
            return
        for pk, ids in wanted.items():
            _take_set(actor, spec, {pk: ids}, done)
        return
    done.count += found.count
    done.refused += found.refused


def _write_set(actor: Actor, spec: ObjectSpec, wanted: Mapping[int, list[int]], batch_id: int) -> Taken:
    context, told = context_for(actor), Taken()
    records = [
        record
        for record in locked(spec, actor.workspace_id, wanted)
        if all(reaches(spec, actor, record, verb) for verb in ("see", "edit"))
    ]
    every = [pk for ids in wanted.values() for pk in ids]
    rows = Claim.unscoped.select_for_update().filter(pk__in=every, state="open").order_by("pk")
    claims: dict[int, list[Claim]] = {}
    for claim in rows:
        claims.setdefault(claim.record_id, []).append(claim)
    edits: list[Edit] = []
    taken: dict[int, list[Claim]] = {}
    for record in records:
        values = {claim.field: claim.value for claim in claims.get(record.pk, ())}
        try:
            edits.append(make_edit(spec, record, read_record(spec, record), values, context))
            taken[record.pk] = claims.get(record.pk, [])
        except AmityError as error:
            told.refused.append(f"{record.title}: {error}")
    Writer(spec, actor, batch_id=batch_id).update(edits)
    _decide_set(actor, spec, taken, batch_id)
    told.count = sum(len(found) for found in taken.values())
    return told


def _decide_set(actor: Actor, spec: ObjectSpec, taken: Mapping[int, list[Claim]], batch_id: int) -> None:
    """The answers of the source are taken, those of others to the same fields set aside."""
    here = {"workspace_id": actor.workspace_id, "object_type_id": spec.type_id, "record_id__in": list(taken)}
    lines = dict(
        Change.unscoped.filter(**here, batch_id=batch_id).order_by("pk").values_list("record_id", "pk")
    )
    fields = {(pk, claim.field) for pk, found in taken.items() for claim in found}
    ids = {claim.pk for found in taken.values() for claim in found}
    at, decided = now(), []
    for claim in Claim.unscoped.filter(**here, state="open"):
        if (claim.record_id, claim.field) in fields:
            claim.state = "taken" if claim.pk in ids else "kept"
            claim.decided_at, claim.decided_by_id = at, actor.user_id
            claim.change_id = lines.get(claim.record_id)
            decided.append(claim)
    Claim.unscoped.bulk_update(decided, ["state", "decided_at", "decided_by", "change_id"], batch_size=200)


# --- ranking -----------------------------------------------------------------------------------------------


def rank_sources(*, actor: Actor, spec: ObjectSpec, field_key: str, sources: Sequence[str]) -> None:
    """Which sources know a field best, the best first; `field_key` "" for every field without an order of its own.

    For administrators. An empty order takes the ranking away. Raises Denied, Invalid.
    """
    if field_key and spec.field(field_key) is None:
        raise NotFound
    ranks = {**ranks_of(spec, actor.workspace_id), field_key: list(dict.fromkeys(sources))}
    update_object(
        actor=actor, key=spec.key, settings={"sources": {key: order for key, order in ranks.items() if order}}
    )


__all__ = [
    "Choice", "Settled", "Taken", "rank_sources", "reopen", "settle", "take_all",
    "writable_field",
]  # fmt: skip

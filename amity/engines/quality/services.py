"""Duplicates of a whole object: looking for them, and what people decide of a pair."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Max

from amity.engines.quality.matching import Pair, find_pairs
from amity.engines.quality.models import DuplicatePair, DuplicateScan
from amity.engines.quality.reading import entries_of
from amity.foundation.accounts.actor import Actor
from amity.foundation.core.clock import now
from amity.foundation.core.errors import Denied, NotFound
from amity.foundation.core.jobs.context import RunAgain, report, should_stop, stop_if_cancelled
from amity.foundation.records.access import all_records, get_record, visible_among
from amity.foundation.records.database import OneOf
from amity.foundation.records.seen import seen_by
from amity.foundation.records.services.runs import no_collector
from amity.foundation.records.spec import ObjectSpec

LEAST = 0.5  # the chance from which on a pair is shown
STEP = 500
LOOKED_AT = 1000


# --- looking ---------------------------------------------------------------------------------------------------


def scan(spec: ObjectSpec, workspace_id: int) -> int:
    """Look through every live record of the object; returns how many pairs are open afterwards.

    What people decided stays decided. Killed at any point and called again it ends the same: what is found is
    written in small sets, each its own transaction.
    """
    begun = now()

    def tell(done: int, total: int) -> None:
        report(done, total, str(spec.plural))
        stop_if_cancelled()
        if should_stop():
            raise RunAgain

    with no_collector():
        entries = entries_of(spec, workspace_id)
        pairs = find_pairs(entries, LEAST, tell)
    _keep(spec, workspace_id, pairs)
    DuplicateScan.unscoped.update_or_create(
        object_type_id=spec.type_id,
        defaults={
            "workspace_id": workspace_id, "started_at": begun, "finished_at": now(), "records": len(entries),
            "pairs": len(pairs),
        },
    )  # fmt: skip
    return len(pairs)


def needs_scan(spec: ObjectSpec, workspace_id: int) -> bool:
    """Whether a record was made or changed since the last look began."""
    last = DuplicateScan.unscoped.filter(object_type_id=spec.type_id).first()
    newest = all_records(spec, workspace_id).aggregate(at=Max("updated_at"))["at"]
    return newest is not None and (last is None or last.finished_at is None or newest >= last.started_at)


def _keep(spec: ObjectSpec, workspace_id: int, pairs: Sequence[Pair]) -> None:
    """Open pairs become these; those somebody decided on are left alone."""
    rows = DuplicatePair.unscoped.filter(workspace_id=workspace_id, object_type_id=spec.type_id)
    known = {
        (first, second): (pk, decided is not None)
        for pk, first, second, decided in rows.values_list("pk", "first_id", "second_id", "decided_at")
    }
    found = {(pair.first, pair.second) for pair in pairs}
    gone = [pk for ends, (pk, decided) in known.items() if not decided and ends not in found]
    for some in _steps(gone):
        rows.filter(OneOf("pk", some), decided_at=None).delete()
    place = {"workspace_id": workspace_id, "object_type_id": spec.type_id}
    for some in _steps(pairs):
        with transaction.atomic():
            fresh = [
                DuplicatePair(
                    **place,
                    first_id=pair.first,
                    second_id=pair.second,
                    chance=pair.chance,
                    reasons=pair.reasons,
                )
                for pair in some
                if not known.get((pair.first, pair.second), (0, False))[1]
            ]
            DuplicatePair.unscoped.bulk_create(
                fresh, update_conflicts=True, unique_fields=["object_type", "first_id", "second_id"],
                update_fields=["chance", "reasons"],
            )  # fmt: skip


def _steps(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (items[start : start + STEP] for start in range(0, len(items), STEP))


# --- the queue -------------------------------------------------------------------------------------------------


def open_pairs(spec: ObjectSpec, actor: Actor, limit: int) -> list[DuplicatePair]:
    """The surest pairs of which the actor sees both records. One that was merged or deleted since is over."""
    return _seen(spec, actor, _of(spec, actor).filter(decided_at=None).order_by("-chance", "id"), limit)


def decided_pairs(spec: ObjectSpec, actor: Actor, limit: int) -> list[DuplicatePair]:
    """Pairs that are not the same, the latest decision first."""
    rows = _of(spec, actor).filter(decided_at__isnull=False).order_by("-decided_at", "-id")
    return _seen(spec, actor, rows.select_related("decided_by"), limit)


def _of(spec: ObjectSpec, actor: Actor) -> Any:
    return DuplicatePair.unscoped.filter(workspace_id=actor.workspace_id, object_type_id=spec.type_id)


def _seen(spec: ObjectSpec, actor: Actor, rows: Any, limit: int) -> list[DuplicatePair]:
    unseen = _unseen(seen_by(actor, spec))
    found: list[DuplicatePair] = []
    start = 0
    while len(found) < limit and (some := list(rows[start : start + LOOKED_AT])):
        start += LOOKED_AT
        some = [pair for pair in some if unseen.isdisjoint(reason.rstrip("~") for reason in pair.reasons)]
        ids = {pk for pair in some for pk in (pair.first_id, pair.second_id)}
        seen = set(visible_among(spec, actor, ids).values_list("pk", flat=True))
        found += [pair for pair in some if pair.first_id in seen and pair.second_id in seen]
    return found[:limit]


def _unseen(spec: ObjectSpec) -> set[str]:
    """Reasons that speak of fields hidden from the role: pairs by them would tell what stands there."""
    kinds = {"email": "email", "phone": "phone", "address": "place", "date": "birthday", "link": "company"}
    return {kinds[item.type.name] for item in spec.fields if item.hidden and item.type.name in kinds}


def decide(*, actor: Actor, spec: ObjectSpec, pair_id: int, different: bool) -> DuplicatePair:
    """Say that two records are not the same, or take that back. Needs the right to change one of them.

    Raises NotFound for a pair of which the actor does not see both, and Denied.
    """
    with transaction.atomic():
        pair: DuplicatePair | None = _of(spec, actor).select_for_update().filter(pk=pair_id).first()
        if pair is None:
            raise NotFound
        for record_id in (pair.first_id, pair.second_id):
            get_record(spec, actor, record_id)
        if not _may_decide(spec, actor, pair):
            raise Denied
        pair.decided_at = now() if different else None
        pair.decided_by_id = actor.user_id if different else None
        pair.save(update_fields=["decided_at", "decided_by"])
    return pair


def _may_decide(spec: ObjectSpec, actor: Actor, pair: DuplicatePair) -> bool:
    for record_id in (pair.first_id, pair.second_id):
        try:
            get_record(spec, actor, record_id, "edit")
        except Denied:
            continue
        return True
    return False

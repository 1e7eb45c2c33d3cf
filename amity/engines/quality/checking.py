"""Looking through the records of an object for faults, in two passes of small sets, and keeping what is found."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

import orjson
from django.db import transaction
from django.db.models import Exists, OuterRef

from amity.engines.quality.models import Confirmation, Finding, QualityPlan
from amity.engines.quality.radar import Evidence, Typed, shared_points
from amity.engines.quality.reasons import ENOUGH, Hit, kind_of
from amity.engines.quality.rules import Rules
from amity.engines.quality.validity import hits_of
from amity.foundation.accounts.models import Workspace
from amity.foundation.core.clock import now, today
from amity.foundation.core.jobs.context import RunAgain, report, should_stop, stop_if_cancelled
from amity.foundation.records.access import all_records
from amity.foundation.records.database import OneOf
from amity.foundation.records.services.runs import no_collector
from amity.foundation.records.spec import ObjectSpec
from amity.foundation.records.values import reader, row_columns

STEP = 1000
SETWISE = frozenset({"shared", "new_year", "filler_value", "burst"})
Key = tuple[int, str, str]


def check_object(spec: ObjectSpec, workspace: Workspace) -> int:
    """Look through every live record; returns how many have something to check.

    What people settled stays settled while the value stands. Killed at any point and called again it ends the
    same: each set is its own transaction, and memory does not grow with the number of records.
    """
    evidence, rules = Evidence(spec), Rules(spec, workspace)
    day = today(workspace.zone)
    live = all_records(spec, workspace.pk).filter(deleted_at=None)
    total = 2 * live.count()
    done = shown = last = 0
    with no_collector():
        for some in sets_of(spec, live):
            for record in some:
                evidence.gather(record)
            done += len(some)
            _tell(done, total, spec)
        evidence.conclude()
        evidence.shared = dict(shared_points(spec, workspace.pk))
        for some in sets_of(spec, live):
            first, last_here = last + 1, some[-1].id
            found = {
                record.id: [*hits_of(spec, record.values, day), *evidence.hits_of(record)] for record in some
            }
            for record_id, hits in rules.hits_between(first, last_here):
                found.setdefault(record_id, []).extend(hits)
            rows = _findings(spec, workspace.pk).filter(record_id__gte=first, record_id__lte=last_here)
            shown += _keep(spec, workspace.pk, some, found, rows, rules)
            last = last_here
            done += len(some)
            _tell(done, total, spec)
    forget_gone(spec, workspace.pk)
    QualityPlan.unscoped.update_or_create(
        object_type_id=spec.type_id, defaults={"workspace_id": workspace.pk, "checked_at": now()}
    )
    return shown


def forget_gone(spec: ObjectSpec, workspace_id: int) -> None:
    """What was found of records in the trash, and all that is kept of records that are gone for good."""
    there = all_records(spec, workspace_id).filter(pk=OuterRef("record_id"))
    rows = _findings(spec, workspace_id)
    rows.filter(~Exists(there.filter(deleted_at=None)), settled_at=None).delete()
    rows.filter(~Exists(there)).delete()
    here = {"workspace_id": workspace_id, "object_type_id": spec.type_id}
    Confirmation.unscoped.filter(~Exists(there), **here).delete()


def check_records(spec: ObjectSpec, workspace: Workspace, ids: Iterable[int]) -> None:
    """Look at these records again, just changed: by themselves and by the rules.

    What only many records together show waits for the next look through all; it is kept where the value stands.
    """
    wanted = sorted(set(ids))
    day: date = today(workspace.zone)
    rules = Rules(spec, workspace)
    for start in range(0, len(wanted), STEP):
        part = wanted[start : start + STEP]
        live = all_records(spec, workspace.pk).filter(OneOf("pk", part), deleted_at=None)
        rows = _findings(spec, workspace.pk).filter(OneOf("record_id", part))
        kept: dict[int, list[Hit]] = {}
        for one in rows.filter(code__in=SETWISE):
            kept.setdefault(one.record_id, []).append(Hit(one.code, one.field, one.weight, one.number))
        old = {(one.record_id, one.code, one.field): one.digest for one in rows.filter(code__in=SETWISE)}
        for some in sets_of(spec, live):
            found: dict[int, list[Hit]] = {}
            for record in some:
                still = [
                    hit
                    for hit in kept.get(record.id, ())
                    if old[record.id, hit.code, hit.field] == digest(record.values.get(hit.field))
                ]
                found[record.id] = [*hits_of(spec, record.values, day), *still]
            for record_id, hits in rules.hits_among([record.id for record in some]):
                found.setdefault(record_id, []).extend(hits)
            here = rows.filter(OneOf("record_id", [record.id for record in some]))
            _keep(spec, workspace.pk, some, found, here, rules)


def _tell(done: int, total: int, spec: ObjectSpec) -> None:
    report(done, total, str(spec.plural))
    stop_if_cancelled()
    if should_stop():
        raise RunAgain


def _findings(spec: ObjectSpec, workspace_id: int) -> Any:
    return Finding.unscoped.filter(workspace_id=workspace_id, object_type_id=spec.type_id)


def sets_of(spec: ObjectSpec, records: Any) -> Iterator[list[Typed]]:
    """The records in the order they were made, a set at a time."""
    fields = [item for item in spec.fields if item.stored and not item.archived]
    names = [*row_columns(spec, fields)]
    extra = [name for name in ("created_by_id", "created_at") if name not in names]
    names += extra
    read = reader(fields, names)
    by, at = names.index("created_by_id"), names.index("created_at")
    last = 0
    while rows := list(records.filter(pk__gt=last).order_by("pk").values_list(*names)[:STEP]):
        yield [Typed(row[0], row[by] or 0, row[at], read(row).values) for row in rows]
        last = rows[-1][0]


# --- keeping what was found -----------------------------------------------------------------------------------


def digest(value: Any) -> str:
    """A value's mark: the same while it stands, and nothing to read it from."""
    text = orjson.dumps(value, option=orjson.OPT_SORT_KEYS, default=str)
    return hashlib.blake2b(text, digest_size=8).hexdigest()


def _keep(
    spec: ObjectSpec,
    workspace_id: int,
    some: Sequence[Typed],
    found: dict[int, list[Hit]],
    rows: Any,
    rules: Rules,
) -> int:
    """Findings of a set become these; settled ones stay while their value does. Returns how many records show."""
    values = {record.id: record.values for record in some}

    def mark(record_id: int, hit: Hit) -> str:
        held = values[record_id]
        return digest(
            rules.values_of(hit.code, held) if hit.code.startswith("rule-") else held.get(hit.field)
        )

    wanted = {
        (record_id, hit.code, hit.field): (hit, mark(record_id, hit))
        for record_id, hits in found.items()
        if record_id in values
        for hit in enough(hits)
    }
    with transaction.atomic():
        known = {(one.record_id, one.code, one.field): one for one in rows.select_for_update()}
        gone = [one.pk for key, one in known.items() if _over(one, wanted.get(key), values)]
        Finding.unscoped.filter(OneOf("pk", gone)).delete()
        stay = {key for key, one in known.items() if one.pk not in set(gone)}
        changed = [
            _renewed(known[key], *wanted[key])
            for key in stay & wanted.keys()
            if _differs(known[key], *wanted[key])
        ]
        Finding.unscoped.bulk_update(changed, ["weight", "number", "digest"], batch_size=100)
        Finding.unscoped.bulk_create(
            [
                _fresh(spec, workspace_id, key, hit, code)
                for key, (hit, code) in wanted.items()
                if key not in stay
            ],
            ignore_conflicts=True,
        )
    settled = {key for key in stay if known[key].settled_at}
    return len({record_id for record_id, code, field in wanted if (record_id, code, field) not in settled})


def enough(hits: list[Hit]) -> list[Hit]:
    """Only what adds up to something worth showing; of one reason at one field the heaviest."""
    best: dict[tuple[str, str], Hit] = {}
    for hit in hits:
        known = best.get((hit.code, hit.field))
        if known is None or hit.weight > known.weight:
            best[hit.code, hit.field] = hit
    sums: dict[str, int] = {}
    for hit in best.values():
        sums[hit.kind] = sums.get(hit.kind, 0) + hit.weight
    return [hit for hit in best.values() if sums[hit.kind] >= ENOUGH]


def _over(one: Finding, wanted: tuple[Hit, str] | None, values: dict[int, Any]) -> bool:
    """An open one that is no longer found, and a settled one whose value was changed."""
    if one.record_id not in values:
        return one.settled_at is None
    if one.settled_at is None:
        return wanted is None
    return wanted is not None and wanted[1] != one.digest


def _differs(one: Finding, hit: Hit, code: str) -> bool:
    return (one.weight, one.number, one.digest) != (hit.weight, hit.number, code)


def _renewed(one: Finding, hit: Hit, code: str) -> Finding:
    one.weight, one.number, one.digest = hit.weight, hit.number, code
    return one


def _fresh(spec: ObjectSpec, workspace_id: int, key: Key, hit: Hit, code: str) -> Finding:
    return Finding(
        workspace_id=workspace_id, object_type_id=spec.type_id, record_id=key[0], kind=kind_of(hit.code),
        code=hit.code, field=hit.field, weight=hit.weight, number=hit.number, digest=code,
    )  # fmt: skip

"""How good the records of an object are: one number with its parts, and a history of it by day and person."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Q
from django.db.models.lookups import IsNull

from amity.engines.quality.findings import Reading, stale
from amity.engines.quality.models import DuplicatePair, QualityDay
from amity.engines.quality.plans import Plan, plan_of
from amity.engines.quality.reasons import INVALID, MADE_UP, RULE
from amity.engines.quality.services import open_pairs
from amity.foundation.accounts.actor import Actor, system_actor
from amity.foundation.accounts.models import Workspace
from amity.foundation.core.clock import today
from amity.foundation.records.access import visible
from amity.foundation.records.context import Context, context_for
from amity.foundation.records.filters import compile_tree
from amity.foundation.records.objects import whole_specs
from amity.foundation.records.seen import seen_by
from amity.foundation.records.spec import Field, ObjectSpec

PARTS = ("complete", "valid", "genuine", "fresh", "unique")
MOST_PAIRS = 5000
WEEKS = 13


@dataclass(frozen=True)
class Gap:
    """A field that counts, and in how many records it is empty."""

    field: Field
    empty: int


@dataclass(frozen=True)
class Measures:
    """Of `records` the actor may see. `shares` in percent by part; `counts` says how many records are at fault."""

    records: int
    shares: dict[str, int]
    counts: dict[str, int]
    gaps: tuple[Gap, ...]
    plan: Plan

    @property
    def score(self) -> int:
        """The mean of the parts."""
        return round(sum(self.shares.values()) / len(self.shares)) if self.shares else 100


@dataclass(frozen=True)
class PersonMeasure:
    """What somebody made: how many records there are of it, how many of them have something to check."""

    person_id: int
    records: int
    faults: int

    @property
    def score(self) -> int:
        return share(self.records - self.faults, self.records)


def share(good: int, total: int) -> int:
    """Percent, rounded so that 100 means all."""
    return 100 if good >= total else min(99, round(100 * good / total))


def measure(spec: ObjectSpec, actor: Actor) -> Measures:
    """Of the records and fields this actor may see: about six statements, whatever their number."""
    reading = Reading(spec, actor)
    spec = reading.spec
    plan = plan_of(spec, actor.workspace_id)
    total, gaps = _gaps(spec, actor, plan)
    faulty = {kind: _records(reading.weighty(kind)) for kind in (INVALID, RULE)}
    counts = {
        "complete": sum(gap.empty for gap in gaps),
        "valid": len(faulty[INVALID] | faulty[RULE]),
        "genuine": len(_records(reading.weighty(MADE_UP))),
        "fresh": stale(spec, actor, plan.stale_days).count(),
        "unique": len(_doubled(spec, actor)),
        RULE: len(faulty[RULE]),
        INVALID: len(faulty[INVALID]),
    }
    asked = total * len(gaps)
    shares = {key: share(total - counts[key], total) for key in PARTS}
    shares["complete"] = share(asked - counts["complete"], asked)
    return Measures(total, shares, counts, gaps, plan)


def _gaps(spec: ObjectSpec, actor: Actor, plan: Plan) -> tuple[int, tuple[Gap, ...]]:
    """Records, and empty fields among those that count, in one statement."""
    context = context_for(actor)
    asked = {
        f"gap{place}": Count("pk", filter=_empty(spec, item, context))
        for place, item in enumerate(plan.fields)
    }
    found = visible(spec, actor).aggregate(total=Count("pk"), **asked)
    gaps = (Gap(item, found[f"gap{place}"]) for place, item in enumerate(plan.fields))
    return found["total"], tuple(gaps)


def _empty(spec: ObjectSpec, item: Field, context: Context) -> Q:
    """As the filter `empty` says it, but of lists from the record itself: a count of all records has no use for an
    index row of each, and SQLite looks for it by the wrong index (minutes for 100,000)."""
    if not item.type.many_valued:
        return compile_tree(spec, {"field": item.key, "op": "empty"}, context)
    return Q(**{item.column: []}) if item.column else Q(IsNull(item.whole(), True))


def _records(sums: Any) -> set[int]:
    return {row["record_id"] for row in sums}


def _doubled(spec: ObjectSpec, actor: Actor) -> set[int]:
    pairs: list[DuplicatePair] = open_pairs(spec, actor, MOST_PAIRS)
    return {pk for pair in pairs for pk in (pair.first_id, pair.second_id)}


# --- by person --------------------------------------------------------------------------------------------------


def persons_shown(spec: ObjectSpec, actor: Actor) -> frozenset[int] | None:
    """Whose work the actor may see numbers of: their own; who may change what their team and those below own
    sees the team's too; administrators everybody's (None)."""
    mine = frozenset([actor.user_id] if actor.user_id else [])
    if actor.admin:
        return None
    if actor.scope_of(spec.key, "edit") not in ("below", "all"):
        return mine
    owners = actor.owners(spec.key, "edit")
    return None if owners is None else owners | mine


def by_person(spec: ObjectSpec, actor: Actor) -> list[PersonMeasure]:
    """Best share first. A fault is what somebody typed: not a gap, which invites to invent, and not age."""
    reading = Reading(spec, actor)
    shown = persons_shown(reading.spec, actor)
    records = visible(reading.spec, actor).filter(created_by_id__isnull=False)
    if shown is not None:
        records = records.filter(created_by_id__in=shown)
    made = dict(records.order_by().values_list("created_by_id").annotate(n=Count("pk")))
    bad = _records(reading.weighty(records=records)) | later_doubles(reading.spec, actor)
    faults: dict[int, int] = {}
    ids = sorted(bad)
    for start in range(0, len(ids), 500):
        rows = records.filter(pk__in=ids[start : start + 500]).order_by()
        for person_id, number in rows.values_list("created_by_id").annotate(n=Count("pk")):
            faults[person_id] = faults.get(person_id, 0) + number
    found = [PersonMeasure(pk, number, faults.get(pk, 0)) for pk, number in made.items()]
    return sorted(found, key=lambda one: (-one.score, one.person_id))


def later_doubles(spec: ObjectSpec, actor: Actor) -> set[int]:
    """Of each open pair the record that came second: whoever made the first could not know."""
    return {max(pair.first_id, pair.second_id) for pair in open_pairs(spec, actor, MOST_PAIRS)}


# --- by day -----------------------------------------------------------------------------------------------------


def keep_day(spec: ObjectSpec, workspace: Workspace, day: date | None = None) -> None:
    """One row for the object and one per person, of all records and fields. A second call of a day overwrites it."""
    actor = system_actor(workspace)
    whole = measure(spec, actor)
    here = {"workspace_id": workspace.pk, "object_type_id": spec.type_id, "day": day or today(workspace.zone)}
    rows = [QualityDay(**here, records=whole.records, score=whole.score, parts=whole.shares)]
    rows += [
        QualityDay(**here, person_id=one.person_id, records=one.records, faults=one.faults, score=one.score)
        for one in by_person(spec, actor)
    ]
    QualityDay.unscoped.bulk_create(
        rows, update_conflicts=True, unique_fields=["object_type", "person_id", "day"],
        update_fields=["records", "faults", "score", "parts"],
    )  # fmt: skip


def trends(spec: ObjectSpec, actor: Actor, person_ids: Iterable[int]) -> dict[int, list[tuple[date, int]]]:
    """`(day, score)` by person (0: the whole object) over 13 weeks, one point a week, oldest first.

    The history speaks of all records and fields: a role that may not know all fields is told none of it, one that
    sees not all records only that of the people whose numbers it may see.
    """
    if _hidden(seen_by(actor, spec)) != _hidden(whole_specs(actor)[spec.key]):
        return {}
    wanted = set(person_ids)
    if actor.owners(spec.key, "see") is not None:
        wanted &= persons_shown(spec, actor) or frozenset()
    since = today(actor.workspace.zone) - timedelta(weeks=WEEKS)
    rows = QualityDay.unscoped.filter(
        workspace_id=actor.workspace_id, object_type_id=spec.type_id, person_id__in=wanted, day__gte=since
    )
    found: dict[int, dict[tuple[int, int], tuple[date, int]]] = {}
    for person_id, day, score in rows.order_by("day").values_list("person_id", "day", "score"):
        year, week, _day = day.isocalendar()
        found.setdefault(person_id, {})[year, week] = (day, score)
    return {pk: list(weeks.values()) for pk, weeks in found.items()}


def _hidden(spec: ObjectSpec) -> set[str]:
    return {item.key for item in spec.fields if item.hidden}

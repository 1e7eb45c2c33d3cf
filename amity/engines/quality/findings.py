"""The worklist: records with something to check, as far as the reader may see records and fields."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, Max, OuterRef, Q, Sum
from django.utils.translation import gettext as _

from amity.engines.quality.checking import check_records
from amity.engines.quality.models import Confirmation, Finding, QualityRule
from amity.engines.quality.reasons import ENOUGH, INVALID, KINDS, sentence
from amity.engines.quality.rules import PREFIX, rules_of
from amity.engines.quality.validity import checks_of
from amity.foundation.accounts.actor import Actor
from amity.foundation.core.clock import now
from amity.foundation.core.errors import Malformed, NotFound
from amity.foundation.records.access import get_record, visible
from amity.foundation.records.models import Note, StoredFile
from amity.foundation.records.objects import whole_specs
from amity.foundation.records.seen import seen_by
from amity.foundation.records.services.records import update_record
from amity.foundation.records.spec import ObjectSpec
from amity.foundation.records.values import read_record

STALE = "stale"


@dataclass(frozen=True)
class Told:
    """One reason in words: `field` is the key it stands at (empty for a rule), `text` the sentence."""

    kind: str
    code: str
    field: str
    label: str
    text: str


@dataclass(frozen=True)
class ToCheck:
    """A record of the worklist with its reasons, the weightiest first."""

    record_id: int
    reasons: tuple[Told, ...]


class Reading:
    """What one actor may know of the findings of one object: neither of hidden fields nor of rules about them."""

    def __init__(self, spec: ObjectSpec, actor: Actor) -> None:
        self.actor, self.spec = actor, seen_by(actor, spec)
        self.rules = {f"{PREFIX}{rule.pk}": rule for rule in rules_of(actor, spec)}
        self.hidden = [item.key for item in self.spec.fields if item.hidden or item.archived]

    def rows(self) -> Any:
        """Open findings, records not yet judged."""
        return self._known().filter(settled_at=None)

    def settled(self) -> Any:
        return self._known().filter(settled_at__isnull=False)

    def _known(self) -> Any:
        rows = Finding.unscoped.filter(workspace_id=self.actor.workspace_id, object_type_id=self.spec.type_id)
        told = ~Q(code__startswith=PREFIX) | Q(code__in=list(self.rules))
        return rows.filter(told).exclude(field__in=self.hidden)

    def weighty(self, kind: str = "", *, records: Any = None) -> Any:
        """`(record_id, kind, total)` of what adds up to something worth showing, within the actor's reach."""
        rows = self.rows().filter(kind=kind) if kind else self.rows()
        seen = visible(self.spec, self.actor) if records is None else records
        rows = rows.filter(Exists(seen.filter(pk=OuterRef("record_id"))))
        sums = rows.order_by().values("record_id", "kind").annotate(total=Sum("weight"))
        return sums.filter(total__gte=ENOUGH)

    def told(self, finding: Finding) -> Told:
        rule: QualityRule | None = self.rules.get(finding.code)
        item = self.spec.field(finding.field)
        text = rule.name if rule else sentence(finding.code, finding.number)
        return Told(finding.kind, finding.code, finding.field, str(item.label) if item else "", text)

    def reasons_of(self, record_ids: Iterable[int], kind: str = "") -> dict[int, tuple[Told, ...]]:
        """Of records the actor sees; reasons that do not add up are not told."""
        rows = self.rows().filter(record_id__in=list(record_ids))
        found: dict[int, dict[str, list[Finding]]] = {}
        for one in rows.filter(kind=kind) if kind else rows:
            found.setdefault(one.record_id, {}).setdefault(one.kind, []).append(one)
        told = {}
        for record_id, kinds in found.items():
            enough = [one for some in kinds.values() if sum(f.weight for f in some) >= ENOUGH for one in some]
            if enough:
                enough.sort(key=lambda one: (-one.weight, one.field, one.code))
                told[record_id] = tuple(self.told(one) for one in enough)
        return told


def check_kind(kind: str) -> str:
    """Raises Malformed for a kind nobody knows; empty stands for all."""
    if kind and kind not in KINDS:
        raise Malformed(_("There is no such kind of finding."))
    return kind


def to_check(
    spec: ObjectSpec, actor: Actor, *, kind: str = "", person: int | None = None, limit: int = 25
) -> list[ToCheck]:
    """The weightiest records, at most `limit`; `person`: only what they made."""
    reading = Reading(spec, actor)
    records = visible(reading.spec, actor)
    if person is not None:
        records = records.filter(created_by_id=person)
    sums = reading.weighty(check_kind(kind), records=records).order_by("-total", "-record_id")
    ids = list(dict.fromkeys(row["record_id"] for row in sums[: 3 * limit]))[:limit]
    reasons = reading.reasons_of(ids, kind)
    return [ToCheck(pk, reasons[pk]) for pk in ids if pk in reasons]


def page_of_findings(
    spec: ObjectSpec, actor: Actor, *, kind: str = "", after: int = 0, limit: int = 50
) -> tuple[list[ToCheck], int]:
    """By record id, for programs; and the id to go on after, 0 at the end."""
    reading = Reading(spec, actor)
    sums = reading.weighty(check_kind(kind)).filter(record_id__gt=after).order_by("record_id")
    ids = list(dict.fromkeys(row["record_id"] for row in sums[: 3 * limit + 3]))
    reasons = reading.reasons_of(ids[:limit], kind)
    return [ToCheck(pk, reasons[pk]) for pk in ids[:limit] if pk in reasons], (
        ids[limit - 1] if len(ids) > limit else 0
    )


def reasons_for(spec: ObjectSpec, actor: Actor, record_id: int) -> tuple[Told, ...]:
    """What is to check of one record the actor sees."""
    return Reading(spec, actor).reasons_of([record_id]).get(record_id, ())


def any_open(spec: ObjectSpec, workspace_id: int, record_id: int) -> Exists:
    """Whether anything at all is open of a record, to be asked along with something else."""
    here = {"workspace_id": workspace_id, "object_type_id": spec.type_id, "record_id": record_id}
    return Exists(Finding.unscoped.filter(**here, settled_at=None))


# --- settling ---------------------------------------------------------------------------------------------------


def settle(*, actor: Actor, spec: ObjectSpec, record_id: int) -> int:
    """Say that everything shown of the record is right; returns how many reasons that settled.

    Needs the right to change the record. Each stays settled until its value changes. Raises NotFound, Denied.
    """
    reading = Reading(spec, actor)
    with transaction.atomic():
        get_record(reading.spec, actor, record_id, "edit", lock=True)
        at = now()
        rows = reading.rows().filter(record_id=record_id)
        count: int = rows.update(settled_at=at, settled_by_id=actor.user_id)
        _touch(spec, actor, record_id, at)
    return count


def reopen(*, actor: Actor, spec: ObjectSpec, record_id: int) -> int:
    """Take back the last time the record was said to be right. Raises NotFound, Denied."""
    reading = Reading(spec, actor)
    with transaction.atomic():
        get_record(reading.spec, actor, record_id, "edit", lock=True)
        rows = reading.settled().filter(record_id=record_id)
        last = rows.aggregate(at=Max("settled_at"))["at"]
        count: int = rows.filter(settled_at=last).update(settled_at=None, settled_by_id=None) if last else 0
        if not count:
            raise NotFound
        here = {"workspace_id": actor.workspace_id, "object_type_id": spec.type_id, "record_id": record_id}
        Confirmation.unscoped.filter(**here, at=last).delete()
    return count


def settled_records(spec: ObjectSpec, actor: Actor, limit: int) -> list[tuple[int, Any, tuple[Told, ...]]]:
    """`(record, when, reasons)` of what was said to be right, the latest first."""
    reading = Reading(spec, actor)
    seen = Exists(visible(reading.spec, actor).filter(pk=OuterRef("record_id")))
    rows = reading.settled().filter(seen).order_by("-settled_at", "-pk")[: 4 * limit]
    found: dict[int, tuple[Any, list[Told]]] = {}
    for one in rows:
        found.setdefault(one.record_id, (one.settled_at, []))[1].append(reading.told(one))
    return [(pk, at, tuple(told)) for pk, (at, told) in list(found.items())[:limit]]


def clear_value(*, actor: Actor, spec: ObjectSpec, record_id: int, field_key: str) -> Any:
    """Empty the field that is doubted; of several e-mails or phones only the bad one goes, if it is known.

    Raises NotFound for a field without an open reason, and what `update_record` raises (a required field stays).
    """
    reading = Reading(spec, actor)
    record = get_record(reading.spec, actor, record_id)
    item = reading.spec.field(field_key)
    doubted = field_key and reading.rows().filter(record_id=record_id, field=field_key).exists()
    if item is None or not doubted:
        raise NotFound
    value = read_record(reading.spec, record).get(item.key)
    left = _without_bad(reading.spec, item.key, value) if isinstance(value, list) else None
    changed = update_record(actor=actor, spec=spec, record_id=record_id, values={item.key: left})
    check_records(whole_specs(actor)[spec.key], actor.workspace, [record_id])  # the list is right at once
    return changed


def _without_bad(spec: ObjectSpec, key: str, value: list[Any]) -> list[Any] | None:
    for item, check in checks_of(spec):
        if item.key == key:
            good = [one for one in value if not list(check(item, [one], {}, now().date()))]
            return good if good and len(good) < len(value) else None
    return None


# --- what nobody touched ----------------------------------------------------------------------------------------


def stale(spec: ObjectSpec, actor: Actor, days: int) -> Any:
    """Records not changed, noted on, given a file or confirmed for so many days, the longest forgotten first."""
    before = now() - timedelta(days=days)
    here = {"workspace_id": actor.workspace_id, "object_type_id": spec.type_id, "record_id": OuterRef("pk")}
    touched = (
        Exists(Note.unscoped.filter(**here, deleted_at=None, created_at__gte=before)),
        Exists(StoredFile.unscoped.filter(**here, deleted_at=None, created_at__gte=before)),
        Exists(Confirmation.unscoped.filter(**here, at__gte=before)),
    )
    rows = visible(seen_by(actor, spec), actor).filter(updated_at__lt=before)
    for one in touched:
        rows = rows.filter(~one)
    return rows.order_by(F("updated_at"), "pk")


def confirm(*, actor: Actor, spec: ObjectSpec, record_id: int) -> None:
    """Say that a record nobody touched for long is still right. Needs the right to change it."""
    with transaction.atomic():
        get_record(seen_by(actor, spec), actor, record_id, "edit", lock=True)
        _touch(spec, actor, record_id, now())


def unconfirm(*, actor: Actor, spec: ObjectSpec, record_id: int) -> None:
    with transaction.atomic():
        get_record(seen_by(actor, spec), actor, record_id, "edit", lock=True)
        here = {"workspace_id": actor.workspace_id, "object_type_id": spec.type_id, "record_id": record_id}
        gone, _kinds = Confirmation.unscoped.filter(**here).delete()
        if not gone:
            raise NotFound


def _touch(spec: ObjectSpec, actor: Actor, record_id: int, at: Any) -> None:
    Confirmation.unscoped.update_or_create(
        object_type_id=spec.type_id, record_id=record_id,
        defaults={"workspace_id": actor.workspace_id, "at": at, "by_id": actor.user_id},
    )  # fmt: skip


__all__ = [
    "INVALID",
    "STALE",
    "Reading",
    "ToCheck",
    "Told",
    "clear_value",
    "confirm",
    "page_of_findings",
    "reasons_for",
    "reopen",
    "settle",
    "settled_records",
    "stale",
    "to_check",
    "unconfirm",
]  # fmt: skip

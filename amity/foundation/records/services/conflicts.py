"""Conflicts as people and programs look at them: a field of a record with all that is said about it, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from amity.foundation.accounts.actor import Actor
from amity.foundation.records.access import visible_among
from amity.foundation.records.models import Claim
from amity.foundation.records.provenance import Origin, digest_of, givers
from amity.foundation.records.services.claims import open_claims
from amity.foundation.records.spec import Field, ObjectSpec
from amity.foundation.records.values import read_record


@dataclass(frozen=True)
class Conflict:
    """`present` is the record's own value, `digest` stands for it, `origin` says where it came from."""

    record: Any
    field: Field
    present: Any
    digest: str
    origin: Origin | None
    claims: list[Claim]


def conflicts_of(
    spec: ObjectSpec, actor: Actor, *, record_id: int | None = None, source: str = "", field_key: str = "",
    after: int = 0, limit: int = 25,
) -> tuple[list[Conflict], int]:  # fmt: skip
    """Open conflicts of the first `limit` records, and the id to go on after, 0 at the end.

    `spec` as the actor knows it. Five statements, however many there are.
    """
    rows = open_claims(spec, actor, record_id=record_id, source=source, field_key=field_key)
    ids = list(
        rows.filter(record_id__gt=after)
        .values_list("record_id", flat=True)
        .distinct()
        .order_by("record_id")[: limit + 1]
    )
    if not ids:
        return [], 0
    shown = ids[:limit]
    mine = set(rows.filter(record_id__in=shown).values_list("record_id", "field").order_by())
    every = open_claims(spec, actor).filter(record_id__in=shown).select_related("actor")
    claims = [claim for claim in every if (claim.record_id, claim.field) in mine]
    return gathered(spec, actor, claims), shown[-1] if len(ids) > limit else 0


def gathered(spec: ObjectSpec, actor: Actor, claims: Sequence[Claim]) -> list[Conflict]:
    """Claims by record and field. What agrees with the record by now is no conflict any more."""
    records = {
        record.pk: record for record in visible_among(spec, actor, {claim.record_id for claim in claims})
    }
    wanted: dict[int, list[str]] = {}
    groups: dict[tuple[int, str], list[Claim]] = {}
    for claim in claims:
        if claim.record_id in records and claim.field in spec.by_key:
            groups.setdefault((claim.record_id, claim.field), []).append(claim)
            wanted.setdefault(claim.record_id, []).append(claim.field)
    origins = givers(spec, actor.workspace_id, dict(wanted))
    values = {pk: read_record(spec, records[pk]) for pk in wanted}
    found = []
    for (pk, key), some in groups.items():
        present = values[pk].get(key)
        digest = digest_of(present)
        other = [claim for claim in some if claim.digest != digest]
        if other:
            origin = origins[pk].get(key)
            found.append(Conflict(records[pk], spec.by_key[key], present, digest, origin, other))
    return found


__all__ = ["Conflict", "conflicts_of", "gathered"]

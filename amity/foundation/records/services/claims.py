"""What sources say otherwise: kept beside the record instead of overwriting it, and asked once.

A source says one thing about a field at a time. What somebody decided about a value of a source is not asked again;
another value is. Where the firm ranked its sources (Settings), the better one settles by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Exists, OuterRef, Q

from amity.foundation.accounts.actor import Actor
from amity.foundation.accounts.models import ApiToken
from amity.foundation.core.clock import now
from amity.foundation.records.access import visible
from amity.foundation.records.models import Batch, Claim, ObjectType
from amity.foundation.records.provenance import API, MERGE, digest_of, givers, named
from amity.foundation.records.spec import Field, ObjectSpec, Values

ANY_FIELD = ""
Said = dict[int, Values]  # values by field key, by record


@dataclass
class Heard:
    """What became of what a source said otherwise: values that its rank lets win, and how many wait for somebody."""

    winning: Said = field(default_factory=dict)
    asked: int = 0


@dataclass
class Sorted:
    """What a source brings: values that can be written at once, what it says otherwise, and fields it agrees about."""

    free: Values = field(default_factory=dict)
    disputed: Values = field(default_factory=dict)
    agreed: list[str] = field(default_factory=list)


def sort_out(spec: ObjectSpec, have: Values, wanted: Values) -> Sorted:
    """Gaps are filled, values of many are joined with those that are there, links of relations are written; the
    rest of what differs is in dispute. An empty value says nothing.
    """
    found = Sorted()
    free, disputed = found.free, found.disputed
    for key, value in wanted.items():
        item, old = spec.by_key[key], have.get(key)
        if not item.stored:
            free[key] = value
        elif value is None:
            continue
        elif value == old:
            found.agreed.append(key)
        elif old is None:
            free[key] = value
        elif (parts := item.type.parts(old)) is not None:
            free[key] = _joined(item, parts, value)
        else:
            disputed[key] = value
    return found


def _joined(item: Field, parts: dict[str, Any], value: Any) -> list[Any]:
    more = {key: part for key, part in (item.type.parts(value) or {}).items() if key not in parts}
    return [*parts.values(), *more.values()][: item.type.most or None]


def hear(
    *, actor: Actor, spec: ObjectSpec, source: str, said: Mapping[int, Sorted], batch_id: int | None = None
) -> Heard:
    """Keep what a source says otherwise about records. Call in the transaction that writes the rest of it.

    Checks no permission and no value: what is given has been cleaned, of fields the actor may write.
    """
    said = {pk: one for pk, one in said.items() if one.disputed or one.agreed}
    if not said:
        return Heard()
    known = _known(spec, actor.workspace_id, source, said)
    fresh = {
        (pk, key): value
        for pk, one in said.items()
        for key, value in one.disputed.items()
        if (pk, key, digest_of(value)) not in known
    }
    states = _by_rank(spec, actor.workspace_id, source, list(fresh))
    at = now()
    claims = [
        Claim(
            workspace_id=actor.workspace_id, object_type_id=spec.type_id, record_id=pk, field=key, value=value,
            digest=digest_of(value), source=source, state=states[pk, key], at=at, actor_id=actor.user_id,
            batch_id=batch_id, decided_at=None if states[pk, key] == "open" else at,
        )
        for (pk, key), value in fresh.items()
    ]  # fmt: skip
    Claim.unscoped.bulk_create(claims)
    heard = Heard(asked=sum(1 for claim in claims if claim.state == "open"))
    for claim in claims:
        if claim.state == "taken":
            heard.winning.setdefault(claim.record_id, {})[claim.field] = claim.value
    return heard


def _of(spec: ObjectSpec, workspace_id: int) -> Any:
    return Claim.unscoped.filter(workspace_id=workspace_id, object_type_id=spec.type_id)


def _known(
    spec: ObjectSpec, workspace_id: int, source: str, said: Mapping[int, Sorted]
) -> set[tuple[int, str, str]]:
    """What this source said about the records before and need not be asked again; what it says no more is replaced."""
    rows = _of(spec, workspace_id).filter(record_id__in=list(said), source=source).exclude(state="replaced")
    known: set[tuple[int, str, str]] = set()
    gone: list[int] = []
    for pk, record_id, key, digest, state in rows.values_list("pk", "record_id", "field", "digest", "state"):
        one = said[record_id]
        other = key in one.agreed or (key in one.disputed and digest_of(one.disputed[key]) != digest)
        if state == "open" and other:
            gone.append(pk)
        known.add((record_id, key, digest))
    if gone:
        Claim.unscoped.filter(pk__in=gone).update(state="replaced")
    return known


def _by_rank(
    spec: ObjectSpec, workspace_id: int, source: str, places: Sequence[tuple[int, str]]
) -> dict[tuple[int, str], str]:
    """`taken` where the source ranks above the one that gave the present value, `kept` where below, else `open`."""
    ranks = ranks_of(spec, workspace_id) if places else {}
    states = dict.fromkeys(places, "open")
    ranked = [place for place in places if ranks.get(place[1]) or ranks.get(ANY_FIELD)]
    if not ranked:
        return states
    wanted: dict[int, list[str]] = {}
    for pk, key in ranked:
        wanted.setdefault(pk, []).append(key)
    present = givers(spec, workspace_id, dict(wanted))
    for pk, key in ranked:
        order = ranks.get(key) or ranks[ANY_FIELD]
        giver = present[pk].get(key)
        mine, other = _place(order, source), _place(order, giver.source if giver else "")
        if mine != other:
            states[pk, key] = "taken" if mine < other else "kept"
    return states


def _place(order: Sequence[str], source: str) -> int:
    """0 is best; a source that is not ranked comes last. `person` stands for everybody."""
    name = "person" if source.startswith("person:") else source
    return order.index(name) if name in order else len(order)


def ranks_of(spec: ObjectSpec, workspace_id: int) -> dict[str, list[str]]:
    """Sources by field key, the best first; under "" for every other field."""
    row = ObjectType.unscoped.filter(workspace_id=workspace_id, pk=spec.type_id)
    settings: Mapping[str, Any] = row.values_list("settings", flat=True).first() or {}
    return dict(settings.get("sources") or {})


def reopen_change(change_id: int, fields: Sequence[str]) -> None:
    """What a change settled about these fields is open again: it was taken back. Call in the undo's transaction."""
    rows = Claim.unscoped.filter(change_id=change_id, field__in=list(fields), state__in=("taken", "kept"))
    rows.exclude(source__startswith="merge:").update(
        state="open", decided_at=None, decided_by=None, change_id=None
    )


def lost_in_merge(
    spec: ObjectSpec,
    actor: Actor,
    survivor_id: int,
    change_id: int,
    every: Sequence[tuple[str, Values]],
    after: Values,
) -> None:
    """Values of merged records, with their titles, that did not stay: remembered as settled."""
    at = now()
    found: dict[tuple[str, str, str], Any] = {}
    for title, values in every:
        for item in spec.fields:
            value, source = values.get(item.key), named(MERGE, title)
            stays = value == after.get(item.key) or item.type.parts(value) is not None
            if item.stored and not item.read_only and value is not None and not stays:
                found[item.key, source, digest_of(value)] = value
    Claim.unscoped.bulk_create(
        Claim(
            workspace_id=actor.workspace_id, object_type_id=spec.type_id, record_id=survivor_id, field=key, value=value,
            digest=digest, source=source, state="kept", at=at, actor_id=actor.user_id, decided_at=at,
            decided_by_id=actor.user_id, change_id=change_id,
        )
        for (key, source, digest), value in found.items()
    )  # fmt: skip


# --- reading -----------------------------------------------------------------------------------------------


def open_claims(
    spec: ObjectSpec, actor: Actor, *, record_id: int | None = None, source: str = "", field_key: str = ""
) -> Any:
    """Open claims about fields and live records the actor may see, in order. `spec` as the actor knows it."""
    shown = [item.key for item in spec.live_fields]
    where = Q(state="open", field__in=shown)
    if record_id is not None:
        where &= Q(record_id=record_id)
    if source:
        where &= Q(source=source)
    if field_key:
        where &= Q(field=field_key)
    seen = Exists(visible(spec, actor).filter(pk=OuterRef("record_id")))
    return _of(spec, actor.workspace_id).filter(where, seen).order_by("record_id", "field", "id")


def any_about(spec: ObjectSpec, workspace_id: int, record_id: int) -> Exists:
    """Whether sources said something else about a record, to be asked beside something else about it."""
    return Exists(_of(spec, workspace_id).filter(record_id=record_id))


def claims_about(spec: ObjectSpec, workspace_id: int, record_id: int, limit: int) -> list[Claim]:
    """What is open about a record or was decided, newest first. Hidden fields and what merges left are left out."""
    shown = [item.key for item in spec.live_fields]
    rows = _of(spec, workspace_id).filter(
        record_id=record_id, field__in=shown, state__in=("open", "taken", "kept")
    )
    return list(rows.exclude(source__startswith="merge:").order_by("-pk")[:limit])


def known_sources(spec: ObjectSpec, workspace_id: int) -> list[str]:
    """Programs with a token, files that were imported, and what ever said something otherwise about the object."""
    rows = _of(spec, workspace_id).exclude(source__startswith="merge:").exclude(source__startswith="person:")
    said = set(rows.order_by("source").values_list("source", flat=True).distinct())
    files = Batch.unscoped.filter(workspace_id=workspace_id, kind="import", origin__isnull=False)
    tokens = ApiToken.unscoped.filter(workspace_id=workspace_id).values_list("name", flat=True)
    said |= set(files.order_by("origin").values_list("origin", flat=True).distinct())
    return sorted(said | {named(API, name) for name in tokens})


__all__ = [
    "Heard", "Sorted", "any_about", "claims_about", "hear", "known_sources", "lost_in_merge", "open_claims", "ranks_of",
    "reopen_change", "sort_out",
]  # fmt: skip

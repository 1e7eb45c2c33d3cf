"""Records that look like the one being written: asked at entry and at import.

Only records the actor may see are looked at, so a warning tells nothing about others.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from rapidfuzz import fuzz

from amity.foundation.accounts.actor import Actor
from amity.foundation.core.text import sort_key
from amity.foundation.records.access import visible, visible_among
from amity.foundation.records.database import OneOf
from amity.foundation.records.models import IndexedValue
from amity.foundation.records.seen import seen_by
from amity.foundation.records.spec import ObjectSpec, Values

MATCH_KINDS = ("email", "phone", "messenger")
CANDIDATES = 50
ALIKE = 90.0


@dataclass(frozen=True)
class Duplicate:
    """A visible record that may be the same; `reasons` are whole sentences for people."""

    record_id: int
    title: str
    reasons: tuple[str, ...]
    sure: bool


def find_duplicates(
    spec: ObjectSpec, values: Values, actor: Actor, *, exclude_id: int | None = None
) -> list[Duplicate]:
    """The likeliest five, the sure ones (same e-mail, phone or handle) first. Values are canonical."""
    spec = seen_by(actor, spec)
    sure = _by_points(spec, values, actor.workspace_id)
    named = _by_name(spec, values, actor)
    ids = [pk for pk in {**sure, **named} if pk != exclude_id]
    titles = dict(visible_among(spec, actor, ids).values_list("pk", "title"))
    found = [
        Duplicate(pk, titles[pk], (*sure.get(pk, []), *named.get(pk, [])), pk in sure)
        for pk in ids
        if pk in titles
    ]
    return sorted(found, key=lambda item: (not item.sure, -len(item.reasons), item.record_id))[:5]


def points_of(spec: ObjectSpec, values: Values) -> list[tuple[str, str]]:
    """The `(kind, normal)` pairs a record is matched by."""
    pairs: list[tuple[str, str]] = []
    for field in spec.fields:
        value = values.get(field.key)
        if value is not None and not field.archived and not field.hidden:
            pairs += [pair for pair in field.type.index_values(field, value) if pair[0] in MATCH_KINDS]
    return pairs


def holders_of(
    spec: ObjectSpec, pairs: Iterable[tuple[str, str]], workspace_id: int
) -> dict[tuple[str, str], list[int]]:
    """Which records hold each pair, in one statement per kind."""
    found: dict[tuple[str, str], list[int]] = {}
    by_kind: dict[str, set[str]] = {}
    for kind, normal in pairs:
        by_kind.setdefault(kind, set()).add(normal)
    for kind, normals in by_kind.items():
        rows = IndexedValue.unscoped.filter(
            OneOf("normal", normals), workspace_id=workspace_id, kind=kind, object_type_id=spec.type_id
        )
        for normal, pk in rows.values_list("normal", "record_id"):
            found.setdefault((kind, normal), []).append(pk)
    return {pair: sorted(ids) for pair, ids in found.items()}


def _by_points(spec: ObjectSpec, values: Values, workspace_id: int) -> dict[int, list[str]]:
    reasons: dict[int, list[str]] = {}
    texts = {"email": _("same e-mail"), "phone": _("same phone"), "messenger": _("same messenger")}
    for (kind, normal), ids in holders_of(spec, points_of(spec, values), workspace_id).items():
        for pk in ids[:CANDIDATES]:
            reasons.setdefault(pk, []).append(f"{texts[kind]} ({normal})")
    return reasons


def _by_name(spec: ObjectSpec, values: Values, actor: Actor) -> dict[int, list[str]]:
    """Same or very like name; for people with a company only if it is the same or unknown there."""
    key = sort_key(spec.title_of(values)) if _has_name(spec, values) else ""
    if len(key) < 3:
        return {}
    start = key[: max(3, len(key) // 2)]
    rows = (
        visible(spec, actor)
        .filter(title_key__gte=start, title_key__lt=start + "\U0010ffff")
        .order_by("title_key")
    )
    company = spec.by_key.get("company")
    column = company.column if company and company.column and not company.hidden else ""
    names = ("pk", "title_key", *([column] if column else []))
    found: dict[int, list[str]] = {}
    for pk, other, *rest in rows.values_list(*names)[:CANDIDATES]:
        if fuzz.ratio(key, other) >= ALIKE and _same_company(values.get("company"), rest):
            found[pk] = [_("same name") if key == other else _("similar name")]
    return found


def _has_name(spec: ObjectSpec, values: Values) -> bool:
    parts = ("name", "first_name", "last_name", spec.title_field)
    return any(values.get(part) for part in parts)


def _same_company(mine: Any, rest: list[Any]) -> bool:
    return not rest or mine is None or rest[0] is None or rest[0] == mine


def preview_values(spec: ObjectSpec, values: Values, context: Any) -> Values:
    """Values as they would be stored, for a check before saving."""
    return spec.prepare(dict(values), {}, context)

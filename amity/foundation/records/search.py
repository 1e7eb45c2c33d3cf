"""Finding records by what one remembers of them.

One folded text per record in `records_searchrow`; a trigram index answers on both databases. Who may see what
is part of the query: the facet `w<workspace>t<type>o<owner>.` stands beside the text in the same index.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Q
from rapidfuzz.distance import OSA

from amity.foundation.accounts.actor import Actor
from amity.foundation.core.text import fold, search_words
from amity.foundation.records.access import visible, visible_among
from amity.foundation.records.database import insert_rows, next_ids
from amity.foundation.records.models import SearchRow
from amity.foundation.records.objects import enabled_specs
from amity.foundation.records.sharing import shared_ids
from amity.foundation.records.spec import ObjectSpec, Values

FTS = "records_search_fts"
UPSERT = """
INSERT INTO records_searchrow AS old (workspace_id, object_type_id, record_id, text, facet)
SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::text[])
ON CONFLICT (object_type_id, record_id) DO UPDATE SET text = excluded.text, facet = excluded.facet
WHERE (old.text, old.facet) IS DISTINCT FROM (excluded.text, excluded.facet)
"""
CANDIDATES = 200
TRIGRAM = 3
MAX_TEXT = 4000
LIKENESS = 0.6


@dataclass(frozen=True)
class Hit:
    object_key: str
    record_id: int
    title: str


def facet(workspace_id: int, type_id: int, owner_id: int | None) -> str:
    return f"w{workspace_id}t{type_id}o{owner_id or 0}."


def texts(spec: ObjectSpec, titles: Sequence[str], every: Sequence[Values]) -> list[str]:
    """The folded texts of records: the title and every searchable field."""
    used = set().union(*every)
    parts: list[Sequence[str]] = [titles]
    for item in spec.search_fields:
        if item.key in used and item.column != "title":
            make = item.type.search_text
            parts.append([make(values.get(item.key)) for values in every])
    return [fold(" ".join(line))[:MAX_TEXT] for line in zip(*parts, strict=True)]


# --- writing: called by the record writer only, inside its transaction ------------------------------------------


def add_rows(spec: ObjectSpec, workspace_id: int, rows: Sequence[tuple[int, int | None, str]]) -> None:
    """Index records: `(record id, owner id, text)`."""
    if not rows:
        return
    place = (workspace_id, spec.type_id)
    full = [(*place, record_id, text, facet(*place, owner)) for record_id, owner, text in rows]
    columns = ("workspace_id", "object_type_id", "record_id", "text", "facet")
    if connection.vendor == "postgresql":
        insert_rows(SearchRow, columns, full)
        return
    ids = next_ids(SearchRow, len(rows))
    insert_rows(SearchRow, ("id", *columns), [(key, *row) for key, row in zip(ids, full, strict=True)])
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {FTS}(rowid, text, facet) "  # noqa: S608
            "SELECT id, text, facet FROM records_searchrow WHERE id BETWEEN %s AND %s",
            [ids[0], ids[-1]],
        )


def remove_rows(spec: ObjectSpec, record_ids: Sequence[int]) -> None:
    """Take records out of the index."""
    rows = SearchRow.unscoped.filter(object_type_id=spec.type_id, record_id__in=record_ids)
    if connection.vendor == "sqlite":
        _forget_fts(list(rows.values_list("id", "text", "facet")))
    rows.delete()


def _forget_fts(rows: list[tuple[int, str, str]]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {FTS}({FTS}, rowid, text, facet) VALUES ('delete', %s, %s, %s)",  # noqa: S608
            rows,
        )


def update_rows(spec: ObjectSpec, workspace_id: int, rows: Sequence[tuple[int, int | None, str]]) -> None:
    """Re-index changed records; those whose text and owner stayed the same cost one read."""
    wanted = {record_id: (text, facet(workspace_id, spec.type_id, owner)) for record_id, owner, text in rows}
    if connection.vendor == "postgresql":
        found = [(workspace_id, spec.type_id, record_id, *new) for record_id, new in wanted.items()]
        with connection.cursor() as cursor:
            cursor.execute(UPSERT, [list(column) for column in zip(*found, strict=True)])
        return
    old = {
        record_id: (key, text, place)
        for key, record_id, text, place in SearchRow.unscoped.filter(
            object_type_id=spec.type_id, record_id__in=list(wanted)
        ).values_list("id", "record_id", "text", "facet")
    }
    changed = [pk for pk, new in wanted.items() if pk in old and old[pk][1:] != new]
    _forget_fts([old[pk] for pk in changed])
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE records_searchrow SET text = %s, facet = %s WHERE id = %s",
            [(*wanted[pk], old[pk][0]) for pk in changed],
        )
        cursor.executemany(
            f"INSERT INTO {FTS}(rowid, text, facet) VALUES (%s, %s, %s)",  # noqa: S608
            [(old[pk][0], *wanted[pk]) for pk in changed],
        )
    add_rows(spec, workspace_id, [row for row in rows if row[0] not in old])


# --- reading ---------------------------------------------------------------------------------------------------


def search(
    text: str, actor: Actor, *, specs: Iterable[ObjectSpec] | None = None, limit: int = 20
) -> list[Hit]:
    """The best records for what was typed, over all objects the actor may see.

    Takes the first 200 that match and one may see, then ranks them. When nothing matches, a second try
    allows for typing errors.
    """
    words = search_words(text)
    targets = [spec for spec in (specs or enabled_specs(actor)) if actor.may(spec.key, "see")]
    if not words or not targets:
        return []
    found = _candidates(words, targets, actor)
    hits = _load(found, targets, actor)
    if not hits:
        hits = _load(_similar_candidates(words, targets, actor), targets, actor)
        scored = [(_likeness(words, fold(hit.title)), hit) for hit in hits]
        good = sorted((pair for pair in scored if pair[0] >= LIKENESS), key=lambda pair: -pair[0])
        return [hit for _score, hit in good[:limit]]
    return sorted(hits, key=lambda hit: _rank(words, hit))[:limit]


def find_ids(spec: ObjectSpec, text: str, actor: Actor) -> list[int]:
    """Ids of at most 200 records of one object: the list's own search box."""
    return [hit.record_id for hit in search(text, actor, specs=[spec], limit=CANDIDATES)]


def _rank(words: list[str], hit: Hit) -> tuple[int, int, str]:
    """Whole title, title start, word start, elsewhere; shorter first."""
    title = fold(hit.title)
    typed = " ".join(words)
    if title == typed:
        place = 0
    elif title.startswith(typed):
        place = 1
    else:
        parts = title.split()
        place = 2 if all(any(part.startswith(word) for part in parts) for word in words) else 3
    return place, len(title), title


def _likeness(words: list[str], title: str) -> float:
    """0 to 1; both are folded already, which `similar` would do again for every pair of words."""
    parts = title.split() or [""]
    return sum(max(OSA.normalized_similarity(word, part) for part in parts) for word in words) / len(words)


def _candidates(words: list[str], specs: list[ObjectSpec], actor: Actor) -> list[tuple[int, int]]:
    long_words = [word for word in words if len(word) >= TRIGRAM]
    if not long_words:
        return _by_prefix(" ".join(words), specs, actor)
    if connection.vendor == "sqlite":
        text = " AND ".join(_quoted(word) for word in long_words)
        found = _fts(f"text:({text}) AND facet:({_facet_match(specs, actor)})")
    else:
        rows = SearchRow.unscoped.filter(_facet_condition(specs, actor))
        for word in long_words:
            rows = rows.filter(text__contains=word)
        found = list(rows.values_list("object_type_id", "record_id")[:CANDIDATES])
    return [*found, *_shared_candidates(long_words, specs, actor)] if actor.shared else found


def _shared_candidates(words: list[str], specs: list[ObjectSpec], actor: Actor) -> list[tuple[int, int]]:
    """Records shared with the actor: they stand under their owners' facets, so they are looked up by their ids."""
    found: list[tuple[int, int]] = []
    for spec in specs:
        ids = shared_ids(spec, actor, "see")
        if ids is not None and actor.owners(spec.key, "see") is not None:
            rows = SearchRow.unscoped.filter(workspace_id=actor.workspace_id, object_type_id=spec.type_id)
            rows = rows.filter(record_id__in=ids)
            for word in words:
                rows = rows.filter(text__contains=word)
            found += rows.values_list("object_type_id", "record_id")[:CANDIDATES]
    return found


def _quoted(word: str) -> str:
    return '"' + word.replace('"', '""') + '"'


def _fts(match: str) -> list[tuple[int, int]]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT s.object_type_id, s.record_id FROM {FTS} f JOIN records_searchrow s ON s.id = f.rowid "  # noqa: S608
            f"WHERE {FTS} MATCH %s LIMIT {CANDIDATES}",
            [match],
        )
        return list(cursor.fetchall())


def _facet_words(spec: ObjectSpec, actor: Actor) -> list[str]:
    """Facets (or their common beginning) of what one may see of an object."""
    owners = actor.owners(spec.key, "see")
    if owners is None:
        return [f"w{actor.workspace_id}t{spec.type_id}o"]
    return [facet(actor.workspace_id, spec.type_id, owner) for owner in sorted(owners)]


def _facet_match(specs: list[ObjectSpec], actor: Actor) -> str:
    words = [word for spec in specs for word in _facet_words(spec, actor)]
    return " OR ".join(_quoted(word) for word in words) or '"w0t0o0."'


def _facet_condition(specs: list[ObjectSpec], actor: Actor) -> Q:
    condition = Q(pk__in=[])
    for spec in specs:
        owners = actor.owners(spec.key, "see")
        mine = Q(workspace_id=actor.workspace_id, object_type_id=spec.type_id)
        condition |= mine if owners is None else mine & Q(facet__in=_facet_words(spec, actor))
    return condition


def _by_prefix(text: str, specs: list[ObjectSpec], actor: Actor) -> list[tuple[int, int]]:
    """One and two signs (王): the beginning of the title, by its b-tree."""
    found: list[tuple[int, int]] = []
    for spec in specs:
        rows = visible(spec, actor).filter(title_key__gte=text, title_key__lt=text + "\U0010ffff")
        found += [
            (spec.type_id, pk) for pk in rows.order_by("title_key").values_list("pk", flat=True)[:CANDIDATES]
        ]
    return found


def _similar_candidates(words: list[str], specs: list[ObjectSpec], actor: Actor) -> list[tuple[int, int]]:
    """Second try: records that share some three-sign pieces with the longest word."""
    word = max(words, key=len)
    pieces = [word[n : n + TRIGRAM] for n in range(len(word) - TRIGRAM + 1)]
    if len(pieces) < 2:
        return []
    halves = [word[: len(word) // 2 + 1], word[len(word) // 2 :]]
    tries = [half for half in halves if len(half) >= TRIGRAM] + pieces
    found: dict[tuple[int, int], None] = {}
    for piece in dict.fromkeys(tries):
        for key in _candidates([piece], specs, actor):
            found[key] = None
        if len(found) >= CANDIDATES * 3:
            break
    return list(found)


def _load(found: list[tuple[int, int]], specs: list[ObjectSpec], actor: Actor) -> list[Hit]:
    """Always joined to the record: what is not visible now is not a hit."""
    ids: dict[int, list[int]] = {}
    for type_id, record_id in found:
        ids.setdefault(type_id, []).append(record_id)
    hits: list[Hit] = []
    for spec in specs:
        if spec.type_id in ids:
            rows: Any = visible_among(spec, actor, ids[spec.type_id])
            hits += [Hit(spec.key, pk, title) for pk, title in rows.values_list("pk", "title")]
    return hits

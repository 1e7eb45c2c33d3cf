"""Finding records: what is typed in the search box, beside a bare match in the same index."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from benchmarks.report import Row, timed
from benchmarks.timing import turns
from benchmarks.world import World, ask

CASES = (
    ("search, hit, common name", "martin", 0, 15),
    ("search, hit, two words", "anna hartwick", 0, 15),
    ("search, hit, middle of a word", "wick", 0, 15),
    ("search, hit, e-mail", "p77@", 0, 15),
    ("search, hit, phone", "4000123", 0, 15),
    ("search, hit, two letters", "an", 0, 15),
    ("search, hit, one sign", "王", 0, 15),
    ("search, hit, no plain Latin", "ışık", 0, 15),
    ("search, miss", "zzyzx qqq", 0, 15),
    ("search, own records only", "martin", 1, 30),
    ("search, own records only, rare", "p701@", 1, 30),
    ("search, second try, typing error", "hartvick", 0, 100),
    ("search, second try, letters swapped", "whitfeild", 0, 100),
    ("search, second try, own records only", "hartvick", 1, 100),
)


def measure(world: World) -> Iterator[Row]:
    from amity.foundation.records.search import search

    for name, text, place, limit in CASES:
        actor = world.actor(place)
        hits = search(text, actor)
        ours, bare = turns(lambda text=text, actor=actor: search(text, actor), _bare(world, text), seconds=1)
        yield timed(name, limit, ours, bare, local=world.local, note=f"{len(hits)} found")


def _bare(world: World, text: str) -> Any:
    """Twenty ids out of the trigram index, unranked and whosever they are."""
    from amity.foundation.core.text import search_words

    words = search_words(text)
    if max(len(word) for word in words) < 3:
        key = " ".join(words)
        sql = "SELECT id, title FROM people_person WHERE workspace_id = %s AND deleted_at IS NULL"
        sql += " AND title_key >= %s AND title_key < %s ORDER BY title_key LIMIT 20"
        return lambda: ask(sql, [world.workspace.pk, key, key + "\U0010ffff"])
    if world.local:
        match = "text:(" + " AND ".join(f'"{word}"' for word in words) + ")"
        sql = "SELECT rowid FROM records_search_fts WHERE records_search_fts MATCH %s LIMIT 20"
        return lambda: ask(sql, [match])
    like = " AND ".join("text LIKE %s" for _word in words)
    sql = f"SELECT record_id FROM records_searchrow WHERE {like} LIMIT 20"
    return lambda: ask(sql, [f"%{word}%" for word in words])

"""Lists: whole pages, their database part, and sorting and filtering by fields of the firm's own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from benchmarks.report import Row, at_most, compared, timed
from benchmarks.timing import turns
from benchmarks.world import Browser, World, ask, replay, statements

COLUMNS = ("name", "company", "emails", "phones", "stage", "owner", "tags")
OWN = ("Loyalty tier", "Loyalty points", "Care plan")
TABLE = "people_person"
SHARED = 200


def measure(world: World) -> Iterator[Row]:
    yield from _pages(world)
    yield from _database_part(world)
    yield from _own_fields(world)


# --- whole pages ------------------------------------------------------------------------------------------


def _pages(world: World) -> Iterator[Row]:
    from amity.foundation.records.listing import Query

    browser = Browser(world.actor().user)
    columns = _columns(world)
    cursor = _deep_cursor(world, Query(columns=columns))
    address = f"/people/?columns={','.join(columns)}"
    for name, path in (
        ("first", address),
        ("deep", f"{address}&after={cursor}&start={world.people * 9 // 10}"),
    ):
        if not browser.there(path):
            yield Row(f"list page, {name}, whole HTML", "≤ 15 ms")
            yield Row(f"list page, {name}, statements", "≤ 12")
            continue
        [took] = turns(lambda path=path: browser.get(path))
        yield timed(f"list page, {name}, whole HTML", 15, took, local=world.local)
        with statements() as found:
            browser.get(path)
        yield at_most(f"list page, {name}, statements", 12, len(found), unit="")


def _columns(world: World) -> tuple[str, ...]:
    return (*COLUMNS, *(world.own(label).key for label in OWN))


def _deep_query(world: World, query: Any) -> Any:
    """The query of a page about nine tenths down, by a cursor that stands there."""
    return replace(query, cursor=_deep_cursor(world, query))


def _deep_cursor(world: World, query: Any) -> str:
    from amity.foundation.records import listing
    from amity.foundation.records.context import context_for

    spec, context = world.spec(), context_for(world.actor())
    [(record_id, key)] = ask(
        f"SELECT id, title_key FROM {TABLE} WHERE workspace_id = %s AND deleted_at IS NULL "
        f"ORDER BY title_key LIMIT 1 OFFSET {world.people * 9 // 10}",
        [world.workspace.pk],
    )
    order, place = listing.order_of(spec, query.sort), listing._place(spec, query, context)
    return listing._encode((record_id, key, 0), order, place, backwards=False)


# --- the database part of a page --------------------------------------------------------------------------


def _database_part(world: World) -> Iterator[Row]:
    from amity.foundation.records.listing import Query

    everyone = Query(columns=_columns(world))
    for name, query, place in (("first", everyone, 0), ("deep", _deep_query(world, everyone), 0)):
        yield _against_raw(world, f"list page, {name}, database part", 1.5, query, place)
    yield _against_raw(world, "list page of own records, database part", 1.5, everyone, 1)
    yield _shared_page(world, everyone)
    yield _count(world)


def _shared_page(world: World, query: Any) -> Row:
    """Own records and 200 that others share: beside the same list without them."""
    from amity.foundation.records.context import context_for
    from amity.foundation.records.listing import page
    from amity.foundation.records.models import Share

    spec, alone = world.spec(), context_for(world.actor(1))
    share_some(world, alone.actor.user_id, SHARED)
    shared = context_for(world.actor(1))
    try:
        assert shared.actor.shared
        with statements() as found:
            page(spec, query, shared)
        with statements() as bare:
            page(spec, query, alone)
        ours, without = turns(replay(found), replay(bare))
    finally:
        Share.unscoped.all().delete()
    row = compared("list page of own and shared records, database part", 4, ours, without, local=world.local)
    row.note = f"{len(found)} statements; beside {len(bare)} without shares"
    return row


def share_some(world: World, user_id: int | None, count: int) -> None:
    """Every so many-th person of somebody else is shared with a user."""
    from amity.foundation.records.models import Share

    here = {"workspace_id": world.workspace.pk, "object_type_id": world.spec().type_id, "user_id": user_id}
    ids = [row[0] for row in ask(f"SELECT id FROM {TABLE} WHERE owner_id <> %s ORDER BY id", [user_id])]
    step = max(1, len(ids) // count)
    Share.unscoped.bulk_create([Share(**here, record_id=pk, level="see") for pk in ids[::step][:count]])


def _against_raw(world: World, name: str, limit: float, query: Any, place: int) -> Row:
    from amity.foundation.records.context import context_for
    from amity.foundation.records.listing import page

    spec, context = world.spec(), context_for(world.actor(place))
    with statements() as found:
        rows = page(spec, query, context).rows
    assert len(rows) == query.limit
    first = rows[0]
    raw = _raw_page(world, context.actor, first if query.cursor else None, query.limit)
    whole, ours, bare = turns(lambda: page(spec, query, context), replay(found), raw)
    row = compared(name, limit, ours, bare, local=world.local)
    row.note = f"{len(found)} statements; {whole.cpu_median:.1f} ms cpu with reading the values"
    return row


def _raw_page(world: World, actor: Any, first: Any, limit: int) -> Any:
    """The page written by hand: what a careful person would ask the database for the same cells."""
    where = "p.workspace_id = %s AND p.deleted_at IS NULL"
    params: list[Any] = [world.workspace.pk]
    if actor.owners("people", "see") is not None:
        where, params = f"{where} AND p.owner_id = %s", [*params, actor.user_id]
    if first is not None:
        [(key,)] = ask(f"SELECT title_key FROM {TABLE} WHERE id = %s", [first.id])
        where, params = f"{where} AND (p.title_key, p.id) >= (%s, %s)", [*params, key, first.id]
    sql = (
        "SELECT p.id, p.title, p.owner_id, p.version, p.updated_at, p.company_id, p.emails, "
        f"p.phones, p.stage, p.tags, p.custom, c.title FROM {TABLE} p "
        "LEFT JOIN people_company c ON c.id = p.company_id "
        f"WHERE {where} ORDER BY p.title_key, p.id LIMIT {limit + 1}"
    )
    return lambda: ask(sql, params)


def _count(world: World) -> Row:
    from amity.foundation.records.context import context_for
    from amity.foundation.records.listing import Query, count

    spec, context = world.spec(), context_for(world.actor())
    where = f"FROM {TABLE} WHERE workspace_id = %s AND deleted_at IS NULL"
    ours, bare = turns(
        lambda: count(spec, Query(), context),
        lambda: ask(f"SELECT count(*) FROM (SELECT 1 {where} LIMIT 1001) x", [world.workspace.pk]),
    )
    return timed("count shown above the list", 2, ours, bare, local=world.local, note="capped at 1,000")


# --- sorting and filtering by own fields ------------------------------------------------------------------


def _own_fields(world: World) -> Iterator[Row]:
    """Fast fields against a real indexed column; unmarked ones against the bare scan of the JSON."""
    tier, points, plan, visits = (
        world.own(label) for label in ("Loyalty tier", "Loyalty points", "Care plan", "Visit count")
    )
    gold, basic = tier.options[0].key, plan.options[0].key
    yield _own(world, "sort by a fast field", 1.3, _sorted(points), _indexed_sort(points))
    yield _own(world, "filter by a fast field", 1.3, _filtered(tier, gold), _indexed_filter(tier, gold))
    yield _own(world, "sort by an unmarked field", 2, _sorted(visits), _scan_sort(world, visits))
    yield _own(
        world, "filter by an unmarked field", 2, _filtered(plan, basic), _scan_filter(world, plan, basic)
    )
    yield _own(
        world,
        "filter by an unmarked field, few found",
        2,
        _filtered(visits, 77),
        _scan_filter(world, visits, 77),
    )


def _sorted(field: Any) -> dict[str, Any]:
    return {"sort": f"-{field.key}"}


def _filtered(field: Any, value: Any) -> dict[str, Any]:
    return {"filter": {"field": field.key, "op": "is", "value": value}}


def _own(world: World, name: str, limit: float, query: dict[str, Any], raw: str) -> Row:
    from amity.foundation.records.context import context_for
    from amity.foundation.records.listing import Query, page

    spec, context = world.spec(), context_for(world.actor())
    wanted = Query(columns=("name", "emails", "stage", "company"), **query)
    with statements() as found:
        assert page(spec, wanted, context).rows
    ours, bare = turns(replay(found), lambda: ask(raw, [world.workspace.pk]), seconds=2)
    return compared(name, limit, ours, bare, local=world.local)


CELLS = (
    "SELECT p.id, p.title, p.owner_id, p.version, p.updated_at, p.emails, p.stage, p.company_id, c.title "
    f"FROM {TABLE} p LEFT JOIN people_company c ON c.id = p.company_id "
    "WHERE p.workspace_id = %s AND p.deleted_at IS NULL"
)


def _indexed_sort(field: Any) -> str:
    return f"{CELLS} AND p.{field.slot} IS NOT NULL ORDER BY p.{field.slot} DESC, p.id DESC LIMIT 51"


def _indexed_filter(field: Any, value: str) -> str:
    return f"{CELLS} AND p.{field.slot} = '{value}' ORDER BY p.title_key, p.id LIMIT 51"


def _json(world: World, field: Any) -> str:
    if world.local:
        return f"json_extract(p.custom, '$.{field.key}')"
    text = f"(p.custom ->> '{field.key}')"
    return f"{text}::double precision" if field.type.numeric else text


def _scan_sort(world: World, field: Any) -> str:
    value = _json(world, field)
    return f"{CELLS} AND {value} IS NOT NULL ORDER BY {value} DESC, p.id DESC LIMIT 51"


def _scan_filter(world: World, field: Any, value: Any) -> str:
    shown = f"'{value}'" if isinstance(value, str) else value
    return f"{CELLS} AND {_json(world, field)} = {shown} ORDER BY p.title_key, p.id LIMIT 51"

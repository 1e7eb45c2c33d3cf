"""Boards: 10,000 records of an own object in twelve columns of a fast choice, and everybody by stage."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from benchmarks.report import Row, at_most, compared, timed
from benchmarks.timing import turns
from benchmarks.world import Browser, World, ask, replay, statements

KEY = "bench_deals"
SOME = 10_000
SET = 500
COLUMNS = 12
CARDS = 20
PEOPLE, OWN = "people_person", "records_customrecord"
WHERE = "p.workspace_id = %s AND p.deleted_at IS NULL"


def measure(world: World) -> Iterator[Row]:
    make_deals(world)
    yield from _pages(world)
    own = world.spec(KEY)
    column, amount = own.by_key["step"], own.by_key["worth"]
    where = f"{WHERE} AND p.object_type_id = {own.type_id}"
    yield from _board(world, "own records, 12 columns", own, column, OWN, column.slot, where, amount)
    people = world.spec()
    yield from _board(world, "people by stage", people, people.by_key["stage"], PEOPLE, "stage", WHERE, None)


def make_deals(world: World) -> None:
    """The object with a fast choice and a fast amount of money, once for the data of a run."""
    from amity.foundation.records.objects import specs_for
    from amity.foundation.records.services import schema
    from amity.foundation.records.services.records import create_records, new_draft
    from amity.foundation.records.services.slots import fill_slot_job

    actor = world.actor()
    if KEY in specs_for(actor.workspace):
        return
    schema.create_object(actor=actor, label="Deal", plural="Deals", key=KEY)
    schema.refresh(actor)
    steps = [f"Step {place}" for place in range(COLUMNS)]
    for key, kind, options in (("step", "choice", steps), ("worth", "money", [])):
        made = schema.create_field(
            actor=actor,
            object_key=KEY,
            type_name=kind,
            label=key.title(),
            key=key,
            options=options,
            fast=True,
        )
        fill_slot_job.func(made.pk)
        schema.refresh(actor)
    world.workspace.refresh_from_db()
    spec = world.spec(KEY)
    for start in range(0, SOME, SET):
        drafts = [new_draft(actor, spec, deal(place)) for place in range(start, start + SET)]
        create_records(actor=actor, spec=spec, drafts=drafts)


def deal(place: int) -> dict[str, Any]:
    money = {"amount": place * 7919 % 900_000, "currency": "EUR"}
    return {
        "name": f"Deal {place * 104_729 % 1_000_003}",
        "step": f"Step {place * 31 % COLUMNS}",
        "worth": money,
    }


def _pages(world: World) -> Iterator[Row]:
    browser = Browser(world.actor().user)
    for name, path, reach in (
        ("board page, 10,000 records in 12 columns, whole HTML", f"/{KEY}/?shape=board&by=step&sum=-", 40),
        ("the same with sums of money", f"/{KEY}/?shape=board&by=step&sum=worth", 40),
        ("board page of all people by stage, whole HTML", "/people/?shape=board&by=stage", 60),
        ("calendar page of all people by creation, whole HTML", "/people/?shape=calendar&by=created_at", 200),
    ):
        if not browser.there(path):
            yield Row(name, f"≤ {reach} ms")
            continue
        [took] = turns(lambda path=path: browser.get(path))
        yield timed(name, reach, took, local=world.local)
    with statements() as found:
        browser.get(f"/{KEY}/?shape=board&by=step")
    yield at_most("board page, statements", 12, len(found), unit="")


def _board(
    world: World, name: str, spec: Any, by: Any, table: str, column: str, where: str, add: Any
) -> Iterator[Row]:
    """Counts and first cards beside the same by hand, and what the sums cost on top."""
    from amity.foundation.records.board import tallies, top_rows
    from amity.foundation.records.context import context_for
    from amity.foundation.records.listing import Query

    context, query = context_for(world.actor()), Query(columns=("name", "owner", "tags"))
    values = list(tallies(spec, query, context, by))

    def work() -> object:
        return tallies(spec, query, context, by), top_rows(spec, query, context, by, values, CARDS)

    with statements() as found:
        work()
    whole, ours, bare = turns(work, replay(found), lambda: _raw(world, table, column, where, values))
    row = compared(f"board, {name}, database part", 1.5, ours, bare, local=world.local)
    row.note = f"{len(found)} statements; {whole.cpu_median:.1f} ms cpu with reading the values"
    yield row
    if add is not None:
        with statements() as counted:
            tallies(spec, query, context, by)
        with statements() as summed:
            tallies(spec, query, context, by, add)
        yield compared(f"board, {name}, counts with sums", 1.5, *_pair(summed, counted), local=world.local)


def _pair(summed: Any, counted: Any) -> tuple[Any, Any]:
    ours, bare = turns(replay(summed), replay(counted))
    return ours, bare


def _raw(world: World, table: str, column: str, where: str, values: list[Any]) -> None:
    """The counts, and the first cards of each column with all they show: a statement each."""
    ask(f"SELECT p.{column}, count(*) FROM {table} p WHERE {where} GROUP BY p.{column}", [world.workspace.pk])
    cells = "p.id, p.title, p.owner_id, p.version, p.updated_at, p.tags, p.custom"
    for value in values:
        same = "= %s" if value is not None else "IS NULL"
        ask(
            f"SELECT {cells} FROM {table} p WHERE {where} AND p.{column} {same} "
            f"ORDER BY p.title_key, p.id LIMIT {CARDS}",
            [world.workspace.pk, *([value] if value is not None else [])],
        )

"""One record: its page with a long past, and saving one field in place."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

from benchmarks.report import Row, at_most, compared, timed
from benchmarks.timing import turns
from benchmarks.world import Browser, World, ask, statements

HISTORY, LINKS = 200, 20


def measure(world: World) -> Iterator[Row]:
    person = busy_person(world)
    yield from _page(world, person)
    yield _read(world, person)
    yield _save(world, person)
    yield _create(world)


def busy_person(world: World) -> int:
    """A person with 20 links to others, 200 changes and ten notes."""
    from amity.foundation.records.models import Relation
    from amity.foundation.records.services.notes import add_note
    from amity.foundation.records.services.records import create_record, update_record
    from amity.foundation.records.services.schema import create_relation, refresh

    actor, spec = world.actor(), world.spec()
    if not Relation.objects.exists():
        create_relation(
            actor=actor, from_object="people", to_object="people", from_label="Knows", to_label="Known by"
        )
        refresh(actor)
        world.workspace.refresh_from_db()
        actor, spec = world.actor(), world.spec()
    link = next(item for item in spec.fields if item.relation_id and item.end == "from")
    others = [pk for (pk,) in ask("SELECT id FROM people_person ORDER BY id LIMIT %s", [LINKS])]
    person = create_record(
        actor=actor,
        spec=spec,
        values={"name": "Busy Person", "emails": ["busy@bench.example"], link.key: others},
    )
    for turn in range(HISTORY - 1):
        update_record(actor=actor, spec=spec, record_id=person, values={"job_title": f"Step {turn}"})
    for turn in range(10):
        add_note(actor=actor, spec=spec, record_id=person, body=f"Called, talked about {turn}.")
    return person


def _page(world: World, person: int) -> Iterator[Row]:
    browser = Browser(world.actor().user)
    path = f"/people/{person}/"
    if not browser.there(path):
        yield Row("person's page, whole HTML", "≤ 20 ms")
        yield Row("person's page, statements", "≤ 12")
        return
    [took] = turns(lambda: browser.get(path))
    yield timed("person's page, whole HTML", 20, took, local=world.local)
    with statements() as found:
        browser.get(path)
    yield at_most("person's page, statements", 12, len(found), unit="")


def _read(world: World, person: int) -> Row:
    """What the page asks of the records alone, beside the bare row."""
    from amity.foundation.records.access import get_record
    from amity.foundation.records.context import context_for
    from amity.foundation.records.values import row_of

    spec, actor = world.spec(), world.actor()
    context = context_for(actor)
    ours, bare = turns(
        lambda: row_of(spec, get_record(spec, actor, person), context),
        lambda: ask("SELECT * FROM people_person WHERE id = %s", [person]),
    )
    return timed("reading one person with links", 5, ours, bare, local=world.local)


def _save(world: World, person: int) -> Row:
    """Each in a transaction of its own, as in real life. Both wait for the disk, so the clock is judged."""
    from django.db import transaction

    from amity.foundation.records.services.records import update_record

    actor, spec = world.actor(), world.spec()
    numbers = count()

    def bare() -> None:
        with transaction.atomic():
            ask("UPDATE people_person SET job_title = %s WHERE id = %s", [f"Bare {next(numbers)}", person])

    def save() -> Any:
        return update_record(
            actor=actor, spec=spec, record_id=person, values={"job_title": f"Ours {next(numbers)}"}
        )

    ours, raw = turns(save, bare, seconds=2)
    with statements() as found:
        save()
    limit, note = (20 if world.local else 3), f"{len(found)} statements"
    return compared("saving one field in place", limit, ours, raw, local=False, note=note)


def _create(world: World) -> Row:
    """A new person by the service."""
    from django.db import transaction

    from amity.foundation.records.services.records import create_record

    actor, spec = world.actor(), world.spec()
    numbers = count()
    insert = "INSERT INTO bench_create (workspace_id, title, custom) VALUES (%s, %s, %s)"
    ask("DROP TABLE IF EXISTS bench_create")
    ask("CREATE TABLE bench_create (workspace_id bigint, title text, custom text)")

    def bare() -> None:
        with transaction.atomic():
            ask(insert, [1, f"Bare {next(numbers)}", '{"a": 1}'])

    def create() -> Any:
        number = next(numbers)
        values = {
            "name": f"New Person {number}",
            "emails": [f"new{number}@bench.example"],
            "job_title": "Buyer",
        }
        return create_record(actor=actor, spec=spec, values=values)

    ours, raw = turns(create, bare)
    ask("DROP TABLE bench_create")
    return timed("creating a person", 6.6, ours, raw, local=world.local)

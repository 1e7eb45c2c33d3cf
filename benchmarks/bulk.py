"""Changing many people at once, with history, search and an undo, beside bare UPDATEs in sets of the same size."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from benchmarks.report import Row, at_least
from benchmarks.world import World

MOST = 100_000
SET = 1000


def measure(world: World) -> Iterator[Row]:
    """A searchable field, tags, and the way back. The data are as they were afterwards."""
    from amity.foundation.records.services.bulk import go_through, undo_bulk
    from amity.foundation.records.services.bulk_change import FieldChange
    from amity.foundation.records.services.run_undo import RunUndo

    raw = _bare(world)
    cases = {
        "one field": FieldChange("job_title", "set", "Bulk tester"),
        "a tag": FieldChange("tags", "add", ["Bulk tag"]),
    }
    for name, change in cases.items():
        run = _begun(world, change)
        took = _timed(partial(go_through, world.actor(), run))
        yield _row(world, f"bulk: {name}", 5000, run.total, took, raw)
        undo_bulk(actor=world.actor(), run=run, at_once=0)
        took = _timed(RunUndo(world.actor(), run).work)
        yield _row(world, f"bulk: {name}, undo", 3000, run.total, took, raw)


def _begun(world: World, change: Any) -> Any:
    """A run over up to 100,000 people; what waits in its queue is done here, in this process."""
    from amity.foundation.records.listing import Query
    from amity.foundation.records.services.bulk import bulk

    ids = tuple(_ids(world))
    return bulk(
        actor=world.actor(), spec=world.spec(), which=Query(ids=ids), action="edit", changes=[change], at_once=0
    )  # fmt: skip


def _ids(world: World) -> list[int]:
    from amity.foundation.records.access import visible

    rows = visible(world.spec(), world.actor()).order_by("pk").values_list("pk", flat=True)
    return list(rows[:MOST])


def _bare(world: World) -> tuple[float, float]:
    """(rows a second by the clock, by our processor time) of UPDATEs that change one column and nothing else."""
    from django.db import connection, transaction

    ids = _ids(world)

    def write() -> None:
        for start in range(0, len(ids), SET):
            rows = [(pk,) for pk in ids[start : start + SET]]
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.executemany("UPDATE people_person SET version = version + 1 WHERE id = %s", rows)

    wall, cpu = _timed(write)
    return len(ids) / wall, len(ids) / cpu


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def _row(
    world: World, name: str, limit: float, count: int, took: tuple[float, float], raw: tuple[float, float]
) -> Row:
    wall, cpu = count / took[0], count / took[1]
    ratio = cpu / raw[1] if world.local else wall / raw[0]
    judged = cpu if world.local else None
    return at_least(name, limit, wall, judged=judged, cpu=cpu, raw=raw[0], ratio=ratio, unit="rows/s")

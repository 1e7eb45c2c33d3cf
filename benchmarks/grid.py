"""Pasting 1,000 cells into the grid in one go, and taking them back, beside bare UPDATEs of as many rows."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from benchmarks.report import Row, at_most
from benchmarks.world import World

CELLS = 1000
PAGE = 100  # rows of the grid


def measure(world: World) -> Iterator[Row]:
    """One column of 1,000 people, nine columns of a page, and names. The data are as before afterwards."""
    from amity.foundation.records.services.cells import CellText

    ids = _ids(world)
    raw = _bare(world, ids)
    wide = (
        "job_title",
        "department",
        "website",
        "stage",
        "birthday",
        "nickname",
        "source",
        "external_id",
        "description",
    )
    texts = {
        "website": "https://example.com/{n}",
        "stage": "Lead",
        "birthday": "{d}/3/1990",
        "source": "Event",
    }
    cases = {
        "1,000 cells of one column": [CellText(pk, "job_title", "Bench tester") for pk in ids],
        "a page of 900 cells": [
            CellText(pk, key, texts.get(key, "Bench {n}").format(n=n, d=n % 28 + 1))
            for n, pk in enumerate(ids[:PAGE])
            for key in wide
        ],
        "1,000 names of colleagues": [CellText(pk, "owner", str(world.actor().user)) for pk in ids],
    }
    for name, cells in cases.items():
        yield from _case(world, name, cells, raw)


def _case(world: World, name: str, cells: list[Any], raw: tuple[float, float]) -> Iterator[Row]:
    from amity.foundation.records.services.bulk import undo_bulk
    from amity.foundation.records.services.cells import paste_cells
    from amity.foundation.records.services.run_undo import RunUndo

    found: list[Any] = []
    took = _timed(lambda: found.append(paste_cells(actor=world.actor(), spec=world.spec(), cells=cells)))
    refused = {one.message for one in found[0].outcomes if one.status not in ("written", "unchanged")}
    yield _row(world, f"grid: {name}", took, raw, note=f"refused: {sorted(refused)[:2]}" if refused else "")
    if found[0].run is not None:
        undo_bulk(actor=world.actor(), run=found[0].run, at_once=0)
        took = _timed(RunUndo(world.actor(), found[0].run).work)
        yield _row(world, f"grid: {name}, undo", took, raw)


def _ids(world: World) -> list[int]:
    from amity.foundation.records.access import visible

    rows = visible(world.spec(), world.actor()).order_by("pk").values_list("pk", flat=True)
    return list(rows[:CELLS])


def _bare(world: World, ids: list[int]) -> tuple[float, float]:
    """Milliseconds, by the clock and by our processor time, of UPDATEs that change one column and nothing else."""
    from django.db import connection, transaction

    def write() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.executemany(
                "UPDATE people_person SET version = version + 1 WHERE id = %s", [(pk,) for pk in ids]
            )

    return min((_timed(partial(write)) for _turn in range(3)), key=lambda took: took[1])


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return 1000 * (time.perf_counter() - wall), 1000 * (time.process_time() - cpu)


def _row(world: World, name: str, took: tuple[float, float], raw: tuple[float, float], note: str = "") -> Row:
    ratio = took[1] / raw[1] if world.local else took[0] / raw[0]
    judged = took[1] if world.local else None
    return at_most(name, 1000, took[0], judged=judged, cpu=took[1], raw=raw[0], ratio=ratio, note=note)

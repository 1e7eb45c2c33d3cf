"""Importing files, each into an empty installation and in a process of its own, beside a bare load."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

from benchmarks import world as worlds
from benchmarks.report import Row, at_least, at_most
from benchmarks.world import World

SMALL = 20_000
MEGABYTES = 300


def measure(world: World) -> Iterator[Row]:
    """The run that made the data, and a small one to see what an empty table costs."""
    if world.people > SMALL:
        yield from _rows(world, SMALL, _small(world))
    yield from _rows(world, world.people, world.loaded)


def _small(world: World) -> dict[str, Any]:
    home = world.home.parent / f"{world.home.name}-import"
    shutil.rmtree(home, ignore_errors=True)
    url = f"{world.database_url}_import" if world.database_url else ""
    made = worlds.make(home, SMALL, url)
    shutil.rmtree(home, ignore_errors=True)
    return made.loaded


def _rows(world: World, people: int, took: dict[str, Any]) -> Iterator[Row]:
    """`cpu` is the rate by this process's own time, which on SQLite is the rate of a quiet core."""
    wall, cpu = took["rows"] / took["wall"], took["rows"] / took["cpu"]
    raw = took["raw_rows"] / took["raw_wall"]
    raw_cpu = took["raw_rows"] / took["raw_cpu"]
    name, ratio = f"import of {people:,} people", cpu / raw_cpu if world.local else wall / raw
    judged = cpu if world.local else None
    limit = 8000 if world.local else 4000
    yield at_least(name, limit, wall, judged=judged, cpu=cpu, raw=raw, ratio=ratio, unit="rows/s")
    yield at_most(f"{name}, last fifth against first", 1.3, took["growth"], unit="×")
    yield at_most(f"{name}, memory at most", MEGABYTES, took["memory"], unit="MB")

"""Looking for duplicates among made-up people of whom the truth is known, in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

from benchmarks.report import Row, at_least, at_most
from benchmarks.world import ROOT, World

SIZES = (20_000, 100_000)
LARGE = 1_000_000
SECONDS, MEGABYTES = 60, 1500


def measure(world: World) -> Iterator[Row]:
    """The comparing alone at fixed sizes, and reading this run's people for it."""
    for people in (*SIZES, *((LARGE,) if world.people >= LARGE else ())):
        took = _run(people)
        name = f"duplicates among {people:,}"
        limit = SECONDS * people / LARGE
        yield at_most(name, limit, took["wall"], judged=took["cpu"], cpu=took["cpu"], unit="s")
        yield at_least(f"{name}, precision", 0.98, took["precision"], unit="")
        yield at_least(f"{name}, recall", 0.95, took["recall"], unit="")
        yield at_most(f"{name}, memory", MEGABYTES, took["memory"], unit="MB")
    yield _reading(world)


def _run(people: int) -> dict[str, Any]:
    found = subprocess.run(
        [sys.executable, "-m", "benchmarks.duplicates", str(people)],
        env=dict(os.environ), cwd=ROOT, stdout=subprocess.PIPE, check=True,
    )  # fmt: skip
    told: dict[str, Any] = json.loads(found.stdout.splitlines()[-1])
    return told


def _reading(world: World) -> Row:
    from amity.engines.quality.reading import entries_of
    from amity.foundation.core.scope import scope
    from benchmarks.timing import turns

    with scope(world.workspace.pk):
        spec = world.spec()
        timing = turns(lambda: entries_of(spec, world.workspace.pk), seconds=1)[0]
    limit = 20_000 * world.people / LARGE
    return at_most(f"reading {world.people:,} people to compare", limit, timing.median, cpu=timing.cpu_median)


def main(people: int) -> None:
    import gc
    import resource
    import time

    from amity.engines.quality.matching import find_pairs
    from benchmarks.alike import people as made_up

    entries, truth = made_up(people)
    wall, cpu = time.monotonic(), time.process_time()
    gc.disable()  # as `services.scan` does
    pairs = find_pairs(entries, 0.5)
    told = {"wall": time.monotonic() - wall, "cpu": time.process_time() - cpu}
    found = {(min(pair.first, pair.second), max(pair.first, pair.second)) for pair in pairs}
    told |= {"precision": len(found & truth) / max(1, len(found)), "recall": len(found & truth) / len(truth)}
    told["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(told))


if __name__ == "__main__":
    main(int(sys.argv[1]))

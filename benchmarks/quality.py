"""Looking for invented data among people of whom the truth is known, and looking through this run's people."""

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
SECONDS, MEGABYTES = 90, 400  # of a look through 100,000 people


def measure(world: World) -> Iterator[Row]:
    """Precision and recall without a database, the look through all people in a process of its own, the page."""
    for people in SIZES:
        took = _run("judge", str(people))
        limit = SECONDS * people / 100_000
        name = f"invented among {people:,}"
        yield at_most(name, limit, took["wall"], judged=took["cpu"], cpu=took["cpu"], unit="s")
        yield at_least(f"{name}, precision", 0.98, took["precision"], unit="")
        yield at_least(f"{name}, recall", 0.85, took["recall"], unit="")
    took = _run("look", "")
    limit = SECONDS * world.people / 100_000
    name = f"looking through {world.people:,} people"
    yield at_most(
        name,
        limit,
        took["wall"],
        judged=took["cpu"],
        cpu=took["cpu"],
        unit="s",
        note="and writing what is found",
    )
    yield at_most(f"{name}, memory", MEGABYTES, took["memory"], unit="MB")
    yield _number(world)


def _run(*how: str) -> dict[str, Any]:
    found = subprocess.run(
        [sys.executable, "-m", "benchmarks.quality", *how],
        env=dict(os.environ), cwd=ROOT, stdout=subprocess.PIPE, check=True,
    )  # fmt: skip
    told: dict[str, Any] = json.loads(found.stdout.splitlines()[-1])
    return told


def _number(world: World) -> Row:
    from amity.engines.quality.measures import measure as number
    from benchmarks.timing import turns

    timing = turns(lambda: number(world.spec(), world.actor()), seconds=1)[0]
    limit = 1000 * world.people / 100_000
    return at_most(f"the number of {world.people:,} people", limit, timing.median, cpu=timing.cpu_median)


def judge(people: int) -> dict[str, Any]:
    """How many of the invented are found, and how many others."""
    from datetime import date
    from time import monotonic, process_time

    from amity.engines.quality.checking import enough
    from amity.engines.quality.radar import Evidence
    from amity.engines.quality.validity import hits_of
    from amity.foundation.records.objects import registered
    from benchmarks.invented import people as made_up

    spec = registered("people")
    assert spec is not None
    records, truth = made_up(people)
    wall, cpu = monotonic(), process_time()
    evidence = Evidence(spec)
    for record in records:
        evidence.gather(record)
    evidence.conclude()
    today = date(2026, 11, 22)
    found = {
        record.id
        for record in records
        if enough([*hits_of(spec, record.values, today), *evidence.hits_of(record)])
    }
    return {
        "wall": monotonic() - wall, "cpu": process_time() - cpu, "precision": len(found & truth) / max(1, len(found)),
        "recall": len(found & truth) / len(truth),
    }  # fmt: skip


def look() -> dict[str, Any]:
    from resource import RUSAGE_SELF, getrusage
    from time import monotonic, process_time

    from amity.engines.quality.checking import check_object
    from amity.foundation.accounts.models import Workspace
    from amity.foundation.core.scope import scope
    from amity.foundation.records.objects import spec_for

    workspace = Workspace.objects.get()
    with scope(workspace.pk):
        wall, cpu = monotonic(), process_time()
        found = check_object(spec_for(workspace, "people"), workspace)
        took = {"wall": monotonic() - wall, "cpu": process_time() - cpu, "found": found}
    return {**took, "memory": getrusage(RUSAGE_SELF).ru_maxrss / 1024}


if __name__ == "__main__":
    import django

    django.setup()
    print(json.dumps(judge(int(sys.argv[2])) if sys.argv[1] == "judge" else look()))

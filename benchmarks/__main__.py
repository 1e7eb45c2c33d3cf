"""`python -m benchmarks`: measure and print one table.

Database: SQLite in a folder of its own, or PostgreSQL beside the database that DATABASE_URL names
(`<name>_bench…`, made anew). Nothing of an existing installation is touched.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

from benchmarks import report, world
from benchmarks.timing import pin, yardstick

PARTS = (
    "lists", "board", "grid", "searching", "records", "importing", "bulk", "rest", "running", "duplicates", "quality",
)  # fmt: skip
NOTE = "Times are medians. `cpu` is this process's own time; on SQLite it is what is judged."
QUICK, NORMAL, LARGE = 10_000, 100_000, 1_000_000


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="10,000 people instead of 100,000")
    parser.add_argument("--large", action="store_true", help="1,000,000 people")
    parser.add_argument(
        "--only", action="append", choices=PARTS, help="measure this part; may be given again"
    )
    parser.add_argument(
        "--keep", action="store_true", help="take the data of the last run instead of making them anew"
    )
    parser.add_argument(
        "--compare", type=Path, metavar="FILE", help="results of an earlier run to stand beside these"
    )
    return parser.parse_args()


def main() -> int:
    options = arguments()
    people = LARGE if options.large else QUICK if options.quick else NORMAL
    base = Path(os.environ.get("AMITY_HOME") or world.ROOT / "var") / "bench"
    database = "postgresql" if os.environ.get("DATABASE_URL", "").startswith("postgres") else "sqlite"
    made = prepare(base / f"{database}-{people}", people, options.keep)
    rows: list[report.Row] = []
    speed = yardstick()
    rows.append(report.Row("yardstick", ours=speed.median, p95=speed.p95, cpu=speed.cpu_median))
    for row in run(made, options.only or PARTS):
        rows.append(row)
        print(f"  {row.what}", file=sys.stderr)
    head = {"database": database, "people": people, "machine": platform.machine(), "cores": os.cpu_count()}
    print(f"\n{people:,} people, {people // 5:,} companies, 12 fields of their own; {database}; one core\n")
    print(report.table(rows))
    file = base / f"{database}-{people}-{datetime.now(UTC):%Y%m%d-%H%M%S}.json"
    report.save(file, head, rows)
    print(f"\n{NOTE}\nSaved: {file}")
    if options.compare:
        print("\n" + report.compare(rows, options.compare))
    return 0


def prepare(home: Path, people: int, keep: bool) -> world.World:
    """The data, and Django set up on them in this process, pinned to one core."""
    url = world.sibling(os.environ.get("DATABASE_URL", ""), f"bench_{people}")
    made = world.kept(home, people, url) if keep else None
    if made is None:
        shutil.rmtree(home, ignore_errors=True)
        print(f"Importing {people:,} people …", file=sys.stderr)
        made = world.make(home, people, url)
    os.environ.update(world.environment(home, url))
    pin()
    import django

    django.setup()
    return made


def run(made: world.World, parts: list[str] | tuple[str, ...]) -> Iterator[report.Row]:
    from amity.foundation.core.scope import scope

    for name in parts:
        measure: Callable[[world.World], Iterator[report.Row]] = import_module(f"benchmarks.{name}").measure
        started = time.monotonic()
        if name in ("rest", "running"):
            yield from measure(made)
        else:
            with scope(made.workspace.pk):
                yield from measure(made)
        print(f"{name}: {time.monotonic() - started:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())

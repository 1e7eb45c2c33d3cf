"""Medians of calls that take turns, so that a busy machine slows all of them alike."""

from __future__ import annotations

import gc
import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field

WARM_UP = 3
AT_LEAST, AT_MOST = 7, 300


@dataclass
class Timing:
    """Milliseconds of each call: by the clock, and processor time of this process."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        return statistics.median(self.wall)

    @property
    def p95(self) -> float:
        return sorted(self.wall)[int(len(self.wall) * 0.95)]

    @property
    def cpu_median(self) -> float:
        return statistics.median(self.cpu)


def turns(*calls: Callable[[], object], seconds: float = 1.5) -> list[Timing]:
    """Time each call in turn, over and over, for about `seconds` per call."""
    found = [Timing() for _call in calls]
    for call in calls:
        for _again in range(WARM_UP):
            call()
    gc.collect()
    until = time.monotonic() + seconds * len(calls)
    for turn in range(AT_MOST):
        if turn >= AT_LEAST and time.monotonic() > until:
            break
        for call, timing in zip(calls, found, strict=True):
            _time(call, timing)
    return found


def yardstick() -> Timing:
    """A fixed piece of Python: tells how fast this core is just now."""

    def work() -> int:
        texts = [f"{number}:{number * 7 % 13}" for number in range(2000)]
        return sum(len(text.split(":")) for text in sorted(texts))

    return turns(work, seconds=0.5)[0]


def _time(call: Callable[[], object], timing: Timing) -> None:
    wall, cpu = time.perf_counter(), time.process_time()
    call()
    timing.cpu.append((time.process_time() - cpu) * 1000)
    timing.wall.append((time.perf_counter() - wall) * 1000)


def pin() -> None:
    """Keep this process, and those it starts, on one core where the system lets us choose."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


ALL_CORES = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()


def other_cores() -> None:
    """For the clients of a measured server: off the core that it is pinned to, if there is another."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, ALL_CORES - {max(ALL_CORES)} or ALL_CORES)

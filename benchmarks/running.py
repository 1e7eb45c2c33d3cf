"""Jobs, and the installation as a whole: how soon it answers and what it takes when nobody works."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from benchmarks.report import Row, at_least, at_most
from benchmarks.world import ROOT, World, environment

PATIENCE = 60


def measure(world: World) -> Iterator[Row]:
    yield from _jobs(world)
    yield from _start(world)


def _jobs(world: World) -> Iterator[Row]:
    from amity.foundation.core.jobs.measure import measure as measure_jobs

    found = measure_jobs()
    limit = 2000 if world.local else 500
    raw, share = found["raw_claim_finish_per_s"], found["share_of_raw"]
    yield at_least("jobs a second", limit, found["jobs_per_s"], raw=raw, ratio=share)
    yield Row("jobs put in a second", ours=found["enqueue_per_s"], unit="/s")
    yield at_most(
        "job, idle until it begins", 20, found["idle_latency_ms_median"], p95=found["idle_latency_ms_p95"]
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _start(world: World) -> Iterator[Row]:
    try:
        from config.cli import main  # noqa: F401
    except ImportError:
        yield Row("start to first answer", "≤ 2.5 s")
        yield Row("idle memory of server and worker", "≤ 300 MB")
        return
    start = [sys.executable, "-c", "import config.cli; raise SystemExit(config.cli.main())"]
    port = free_port()
    variables = os.environ | environment(world.home, world.database_url) | {"AMITY_PORT": str(port)}
    variables["PYTHONPATH"] = str(ROOT)
    began = time.monotonic()
    process = subprocess.Popen(
        [*start, "start"], env=variables, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        seconds = _until_answer(f"http://127.0.0.1:{port}/sign-in/", began, process)
        yield at_most("start to first answer", 2.5, seconds, unit="s")
        time.sleep(3)
        yield at_most(
            "idle memory of server and worker", 300, _memory(process.pid), unit="MB", note="shared pages once"
        )
    finally:
        process.terminate()
        process.wait(30)


def _until_answer(url: str, began: float, process: subprocess.Popen[bytes]) -> float:
    while time.monotonic() - began < PATIENCE:
        if process.poll() is not None:
            raise SystemExit(f"amity start ended with {process.returncode}")
        try:
            urllib.request.urlopen(url, timeout=5).read()
        except urllib.error.HTTPError:
            return time.monotonic() - began
        except OSError:
            time.sleep(0.02)
        else:
            return time.monotonic() - began
    raise SystemExit("amity start does not answer.")


def _memory(parent: int) -> float:
    """Megabytes of a process and its descendants, what they share counted once (Linux; 0 elsewhere)."""
    if not Path("/proc/self/smaps_rollup").exists():
        return 0
    found, total = [parent], 0.0
    for process in found:
        children = Path(f"/proc/{process}/task/{process}/children")
        found += [int(item) for item in children.read_text().split()] if children.exists() else []
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
        total += next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
    return total

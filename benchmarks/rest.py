"""REST as programs meet it: the real server with two workers on one core, twenty clients on another."""

from __future__ import annotations

import inspect
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.report import Row, at_least, at_most
from benchmarks.running import free_port
from benchmarks.world import ROOT, World, ask, environment

WORKERS, CLIENTS, SECONDS, TOKENS = 2, 20, 5.0, 20
LONGEST = 2000.0
PEOPLE = "/api/v1/people"
KINDS = (("single reads", 400), ("lists of 50", 200), ("creates", 150))


def measure(world: World) -> Iterator[Row]:
    ids = [pk for (pk,) in ask("SELECT id FROM people_person ORDER BY title_key LIMIT 500")]
    with server(world) as (port, process):
        tokens = make_tokens(world)
        if not there(f"http://127.0.0.1:{port}{PEOPLE}?limit=1", tokens[0]):
            yield from (Row(f"REST, {name}", f"≥ {limit} /s") for name, limit in KINDS)
            return
        body = '{"name": "Rest Person {n}", "emails": ["rest{n}-%d@bench.example"], "job_title": "Buyer"}'
        work: dict[str, tuple[list[str], str]] = {
            "single reads": ([f"{PEOPLE}/{pk}" for pk in ids], ""),
            "lists of 50": ([f"{PEOPLE}?limit=50"], ""),
            "creates": ([PEOPLE], body % time.time()),
        }
        for name, limit in KINDS:
            yield from _load(name, limit, port, process, tokens, *work[name])


def _load(
    name: str,
    limit: int,
    port: int,
    process: subprocess.Popen[bytes],
    tokens: list[str],
    paths: list[str],
    body: str,
) -> Iterator[Row]:
    """`cpu` is the rate by the server's own processor time: what it would reach if the core were its own."""
    plan = {"port": port, "tokens": tokens, "paths": paths, "body": body, "clients": CLIENTS}
    run_clients({**plan, "seconds": 1.0})
    before = tree_cpu(process.pid)
    found = run_clients({**plan, "seconds": SECONDS})
    spent = tree_cpu(process.pid) - before
    rate = found["count"] / spent if spent else None
    good = rate or found["per_second"]
    yield at_least(f"REST, {name}", limit, found["per_second"], judged=good, cpu=rate, p95=None)
    failed = sum(found["failed"].values())
    yield at_most(f"REST, {name}, failed", 0, failed, unit="", note=str(found["failed"] or ""))
    yield at_most(f"REST, {name}, longest wait", LONGEST, found["max_ms"], p95=found["p95_ms"])


def run_clients(plan: dict[str, Any]) -> dict[str, Any]:
    found = subprocess.run(
        [sys.executable, "-m", "benchmarks.client"],
        input=json.dumps(plan).encode(),
        stdout=subprocess.PIPE,
        cwd=ROOT,
        check=True,
    )
    answer: dict[str, Any] = json.loads(found.stdout)
    return answer


@contextmanager
def server(world: World) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """The web process as `amity start` runs it; it inherits the one core we are pinned to."""
    from config.supervisor import TARGET, serve

    port, threads = free_port(), inspect.signature(serve).parameters["threads"].default
    variables = os.environ | environment(world.home, world.database_url) | {"PYTHONPATH": str(ROOT)}
    variables |= {"AMITY_PORT": str(port), "AMITY_API_LIMIT": "0"}
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "config.supervisor",
            "web",
            str(os.getpid()),
            "127.0.0.1",
            str(port),
            str(WORKERS),
            str(threads),
            TARGET,
        ],
        env=variables,
        cwd=ROOT,
    )
    try:
        _wait(port, process)
        yield port, process
    finally:
        process.terminate()
        process.wait(30)


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    for _again in range(600):
        if process.poll() is not None:
            raise SystemExit(f"The server ended with {process.returncode}.")
        if there(f"http://127.0.0.1:{port}/healthz", ""):
            return
        time.sleep(0.05)
    raise SystemExit("The server does not answer.")


def there(url: str, token: str) -> bool:
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
    try:
        return bool(urllib.request.urlopen(request, timeout=20).status == 200)
    except urllib.error.HTTPError as error:
        if error.code not in (401, 404):
            raise
        return False
    except OSError:
        return False


def make_tokens(world: World) -> list[str]:
    """Keys of the administrator."""
    from amity.foundation.accounts.tokens import create_token
    from amity.foundation.core.scope import scope

    with scope(world.workspace.pk):
        actor = world.actor()
        return [create_token(actor=actor, user_id=actor.user_id, name=f"bench {n}")[1] for n in range(TOKENS)]


def tree_cpu(parent: int) -> float:
    """Processor seconds of a process and its descendants so far (Linux; 0 elsewhere)."""
    ticks, found, total = os.sysconf("SC_CLK_TCK"), [parent], 0.0
    if not Path("/proc/self/stat").exists():
        return 0.0
    for process in found:
        children = Path(f"/proc/{process}/task/{process}/children")
        found += [int(item) for item in children.read_text().split()] if children.exists() else []
        stat = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        total += (int(stat[11]) + int(stat[12])) / ticks
    return total

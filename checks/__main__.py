"""`python -m checks [NAME …]`: run all checks or the named ones; ends with 1 when one found a fault."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from checks import budgets, common, icons, locks, messages, sizes, words
from checks.common import ROOT

BIN = Path(sys.executable).parent
CODE = ["amity", "config", "checks", "benchmarks", "examples", "tasks.py"]


def program(*command: str) -> Callable[[], list[str]]:
    """A check done by somebody else's program: its output is shown, its exit code is the fault."""

    def run() -> list[str]:
        code = subprocess.run([str(BIN / command[0]), *command[1:]], cwd=ROOT).returncode
        return [f"{' '.join(command)} ended with code {code}"] if code else []

    return run


def present(names: list[str]) -> list[str]:
    """Those that exist; the others are named, so that an empty check is not taken for a passed one."""
    absent = [name for name in names if not (ROOT / name).exists()]
    if absent:
        print(f"  not there yet: {', '.join(absent)}")
    return [name for name in names if name not in absent]


def template_style() -> list[str]:
    files = [str(path) for path in common.templates() if path.suffix != ".txt"]
    if not files:
        print("  no templates yet")
        return []
    return program("djlint", "--lint", "--quiet", *files)()


CHECKS: dict[str, Callable[[], list[str]]] = {
    "style": lambda: program("ruff", "check", *present(CODE))(),
    "format": lambda: program("ruff", "format", "--check", *present(CODE))(),
    "types": lambda: program("mypy", *present(["amity", "config", "checks"]))(),
    "imports": program("lint-imports", "--no-cache"),
    "templates": template_style,
    "sizes": sizes.run,
    "words": words.run,
    "budgets": budgets.run,
    "icons": icons.run,
    "locks": locks.run,
    "messages": messages.check,
}


def main(names: list[str]) -> int:
    unknown = sorted(set(names) - set(CHECKS))
    if unknown:
        print(f"No check is called {', '.join(unknown)}. There are: {', '.join(CHECKS)}.")
        return 2
    failed = []
    for name in names or CHECKS:
        print(f"== {name}", flush=True)
        begin = time.monotonic()
        faults = CHECKS[name]()
        for fault in faults:
            print(f"  ✗ {fault}")
        print(f"  {'failed' if faults else 'ok'}, {time.monotonic() - begin:.1f} s", flush=True)
        failed += [name] if faults else []
    print(f"check: {', '.join(failed)} failed" if failed else "check: all good")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""What a list page makes a browser load, compressed, beside its budget."""

from __future__ import annotations

import gzip
from pathlib import Path

from checks.common import ROOT, settings


def weight(path: Path) -> int:
    """Bytes after gzip, each file by itself, as they travel."""
    return len(gzip.compress(path.read_bytes(), 9))


def run() -> list[str]:
    faults = []
    for name, budget in settings()["budgets"].items():
        files = sorted({path for pattern in budget["files"] for path in ROOT.glob(pattern)})
        absent = [pattern for pattern in budget["files"] if not list(ROOT.glob(pattern))]
        total = sum(weight(path) for path in files)
        print(f"  {name}: {len(files)} files, {total / 1024:.1f} KB of {budget['kb']} KB")
        if absent:
            print(f"    not there, not counted: {', '.join(absent)}")
        if total > budget["kb"] * 1024:
            faults.append(f"{name} weighs {total / 1024:.1f} KB, its budget is {budget['kb']} KB")
    return faults

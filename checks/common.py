"""Which files are ours, and the settings of the checks (`[tool.amity]` in pyproject.toml)."""

from __future__ import annotations

import subprocess
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
GENERATED = {"node_modules", "vendor", "migrations"}
TEMPLATES = {".j2", ".html", ".jinja", ".txt", ".xml"}


@cache
def settings() -> dict[str, Any]:
    """The table `[tool.amity]`."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    return dict(tomllib.loads(text)["tool"]["amity"])


@cache
def tracked() -> list[Path]:
    """Files that git has or would take, as paths from the root; without git, all but hidden ones."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True)
        names = listed.stdout.split("\0")
    except (OSError, subprocess.CalledProcessError):
        names = [str(path.relative_to(ROOT)) for path in ROOT.rglob("*") if "/." not in str(path)]
    return sorted({Path(name) for name in names if name and (ROOT / name).is_file()})


def sources(suffix: str, *, tests: bool = False) -> list[Path]:
    """Our own files with this ending, without generated ones and, unless asked for, without tests."""
    left_out = GENERATED if tests else GENERATED | {"tests"}
    return [path for path in tracked() if path.suffix == suffix and not left_out & set(path.parts)]


def templates() -> list[Path]:
    """Our Jinja2 templates: what lies in a room's `jinja2` folder."""
    return [path for ending in sorted(TEMPLATES) for path in sources(ending) if "jinja2" in path.parts]


def read(path: Path) -> str:
    """Text of a file named from the root; bytes that are not UTF-8 are replaced."""
    return (ROOT / path).read_text(encoding="utf-8", errors="replace")


def lines_matching(pattern: Any, paths: list[Path], what: str) -> list[str]:
    """One fault for each line that the compiled pattern finds."""
    return [
        f"{path}:{number}: {what}: {line.strip()[:80]}"
        for path in paths
        for number, line in enumerate(read(path).splitlines(), 1)
        if pattern.search(line)
    ]

"""Do the lock files hold every package that is asked for?"""

from __future__ import annotations

import json
import re
import tomllib

from checks.common import ROOT


def plain(requirement: str) -> str:
    """Normalised package name of a requirement line."""
    return re.sub(r"[-_.]+", "-", re.split(r"[\s\[<>=!~;]", requirement, maxsplit=1)[0]).lower()


def missing(asked: list[str], lock: str) -> list[str]:
    text = (ROOT / lock).read_text(encoding="utf-8")
    held = {plain(line) for line in text.splitlines() if re.match(r"[A-Za-z0-9]", line)}
    return [f"{lock} lacks {plain(line)}; run make lock" for line in asked if plain(line) not in held]


def browser_files() -> list[str]:
    asked = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    held = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    wanted = {**asked.get("dependencies", {}), **asked.get("devDependencies", {})}
    return [
        f"package-lock.json does not hold {name} {version}; run make lock"
        for name, version in wanted.items()
        if held.get(f"node_modules/{name}", {}).get("version") != version
    ]


def run() -> list[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    development = [line for extra in project["optional-dependencies"].values() for line in extra]
    return [
        *missing(project["dependencies"], "requirements.lock"),
        *missing(project["dependencies"] + development, "requirements-dev.lock"),
        *browser_files(),
    ]

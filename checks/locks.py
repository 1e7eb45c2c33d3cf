"""Do the lock files hold every package that is asked for, each by one version and its hash?"""

from __future__ import annotations

import json
import re
import tomllib

from checks.common import ROOT

LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-node.lock")


def plain(requirement: str) -> str:
    """Normalised package name of a requirement line."""
    return re.sub(r"[-_.]+", "-", re.split(r"[\s\[<>=!~;]", requirement, maxsplit=1)[0]).lower()


def missing(asked: list[str], lock: str) -> list[str]:
    text = (ROOT / lock).read_text(encoding="utf-8")
    held = {plain(line) for line in text.splitlines() if re.match(r"[A-Za-z0-9]", line)}
    return [f"{lock} lacks {plain(line)}; run make lock" for line in asked if plain(line) not in held]


def loose(lock: str, text: str) -> list[str]:
    """Packages of a lock without one exact version or without a hash."""
    entries = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)[1:]
    return [
        f"{lock} does not pin {plain(entry)} by version and hash; run make lock"
        for entry in entries
        if "==" not in entry.partition("\n")[0] or "--hash=sha256:" not in entry
    ]


def loose_browser_files(held: dict[str, dict[str, str]]) -> list[str]:
    return [
        f"package-lock.json has no hash of {name}; run make lock"
        for name, package in held.items()
        if name and not package.get("integrity")
    ]


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
        *loose_browser_files(
            json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
        ),
        *(fault for lock in LOCKS for fault in loose(lock, (ROOT / lock).read_text(encoding="utf-8"))),
    ]

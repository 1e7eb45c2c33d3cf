"""Sizes of functions, modules and templates; foundation's share of the code."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from checks.common import read, settings, sources, templates

Sized = tuple[int, str]


def functions(path: Path) -> Iterator[Sized]:
    """Lines of each function, from `def` to its end."""
    for node in ast.walk(ast.parse(read(path))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield (node.end_lineno or node.lineno) - node.lineno + 1, f"{path}:{node.lineno} {node.name}"


def length(path: Path) -> Sized:
    return len(read(path).splitlines()), str(path)


def percentile(sizes: list[Sized], share: int) -> int:
    ordered = sorted(size for size, _ in sizes)
    return ordered[min(len(ordered) - 1, len(ordered) * share // 100)]


def judge(kind: str, sizes: list[Sized]) -> list[str]:
    """Print the spread of one kind and return what is over its cap."""
    cap = settings()["caps"][kind]
    if not sizes:
        print(f"  {kind}: none yet")
        return []
    spread = ", ".join(f"{share} %: {percentile(sizes, share)}" for share in (50, 90, 95))
    print(f"  {kind}: {len(sizes)}, lines at {spread}, longest {max(sizes)[0]}, cap {cap}")
    return [f"{name}: {size} lines, the cap for {kind} is {cap}" for size, name in sizes if size > cap]


def foundation_share(modules: list[Path]) -> list[str]:
    """From the fourth app on, foundation stays small beside what stands on it."""
    ours = [path for path in modules if path.parts[0] == "amity"]
    total = sum(length(path)[0] for path in ours) or 1
    share = 100 * sum(length(path)[0] for path in ours if path.parts[1] == "foundation") // total
    apps = {path.parts[2] for path in ours if path.parts[1] == "apps" and len(path.parts) > 3}
    cap = settings()["foundation_share"]
    print(f"  foundation: {share} % of {total} lines, {len(apps)} apps")
    return [f"foundation is {share} % of the code, over {cap} %"] if len(apps) >= 4 and share > cap else []


def run() -> list[str]:
    modules = sources(".py")
    return [
        *judge("functions", [sized for path in modules for sized in functions(path)]),
        *judge("modules", [length(path) for path in modules]),
        *judge("templates", [length(path) for path in templates()]),
        *foundation_share(modules),
    ]

"""What must not stand in our files: download addresses, unsafe loading, unescaped output, physical CSS."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from checks.common import lines_matching, read, settings, sources, templates, tracked

# Put together here so that the names themselves stand nowhere in the repository.
HOSTS = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("yarnpkg", "com"),
        ("debian", "org"),
        ("jsdelivr", "net"),
        ("unpkg", "com"),
    )
]
ADDRESS = re.compile("|".join(re.escape(host) for host in HOSTS))
LOCK_ADDRESS = re.compile(r"://|--find-links|--index-url|\"resolved\"|\bfile:")
UNESCAPED = re.compile(r"\|\s*safe\b")
PHYSICAL = re.compile(
    r"(?<![\w-])(?:left|right|(?:margin|padding|border|scroll-margin|scroll-padding)-(?:left|right)[\w-]*"
    r"|border-(?:top|bottom)-(?:left|right)-radius)\s*:"
    r"|(?<![\w-])(?:text-align|float|clear)\s*:\s*(?:left|right)\b"
)
LOADERS = {"pickle", "cPickle", "marshal", "shelve", "dill", "cloudpickle", "jsonpickle"}
BUILTINS = {"eval", "exec"}
BINARY = {".png", ".jpg", ".ico", ".woff2", ".xlsx", ".xls", ".zip", ".pdf", ".mo"}


def addresses() -> list[str]:
    texts = [path for path in tracked() if path.suffix not in BINARY and "samples" not in path.parts]
    locks = [path for path in texts if path.suffix == ".lock"]
    npm = [path for path in texts if path.name == "package-lock.json"]
    resolved = lines_matching(re.compile(r"\"resolved\""), npm, "download address")
    return [
        *lines_matching(ADDRESS, texts, "registry host"),
        *lines_matching(LOCK_ADDRESS, locks, "address or path in a lock"),
        *resolved,
    ]


def unescaped() -> list[str]:
    allowed = set(settings()["safe_allowed"])
    strict = [path for path in templates() if path.as_posix() not in allowed]
    return lines_matching(UNESCAPED, strict, "unescaped output")


def physical_css() -> list[str]:
    return lines_matching(PHYSICAL, sources(".css"), "physical property, use the logical one")


def unsafe_calls(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Where stored data could become code: unsafe loaders imported, `eval`, `exec`, `yaml.load` called."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            module = node.module or "" if isinstance(node, ast.ImportFrom) else ""
            names = {module.split(".")[0], *(alias.name.split(".")[0] for alias in node.names)}
            yield from ((node.lineno, name) for name in names & LOADERS)
        elif isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            if name in BUILTINS or name in ("yaml.load", "yaml.unsafe_load", "yaml.full_load"):
                yield node.lineno, name


def unsafe_loading() -> list[str]:
    return [
        f"{path}:{line}: {name} turns stored data into code"
        for path in sources(".py")
        for line, name in unsafe_calls(ast.parse(read(path)))
    ]


def count_unscoped(paths: list[Path]) -> None:
    """Code that reads all firms at once says so; the number is watched, not limited."""
    found = {path: len(re.findall(r"\.unscoped\b", read(path))) for path in paths}
    print(f"  unscoped queries: {sum(found.values())}")
    for path, number in found.items():
        if number:
            print(f"    {path}: {number}")


def run() -> list[str]:
    count_unscoped([path for path in sources(".py") if path.parts[0] == "amity"])
    return [*addresses(), *unescaped(), *physical_css(), *unsafe_loading()]

"""An import rule of our own for import-linter: how apps may use one another, and their own inside."""

from __future__ import annotations

from collections.abc import Iterator

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output

PUBLIC = {"models", "services", "events"}
FACES = {"objects", "views", "api", "jobs", "reactions"}
RANKS = {"models": 0, "services": 1, **dict.fromkeys(FACES, 2)}
Place = tuple[str, str]


def place(module: str, apps: str) -> Place | None:
    """(app, file) of a module inside the apps package: `("people", "services")`; tests have no place."""
    if not module.startswith(f"{apps}.") or ".tests" in module:
        return None
    parts = module.removeprefix(f"{apps}.").split(".")
    return parts[0], parts[1] if len(parts) > 1 else ""


def breach(importer: Place, imported: Place) -> str:
    """Why this import is refused; empty when it is allowed."""
    if importer[0] != imported[0]:
        return "" if imported[1] in PUBLIC else "another app is used by its models, services and events only"
    low, high = RANKS.get(importer[1]), RANKS.get(imported[1])
    if low is None or high is None or importer[1] == imported[1]:
        return ""
    if high > low:
        return f"{importer[1]} stands below {imported[1]}"
    return f"{importer[1]} and {imported[1]} stand side by side" if high == low else ""


class Apps(Contract):
    """`apps` names the package that holds the apps."""

    apps = fields.StringField()

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        found = sorted(set(self.breaches(graph, str(self.apps))))
        return ContractCheck(kept=not found, metadata={"found": found})

    def breaches(self, graph: ImportGraph, apps: str) -> Iterator[str]:
        for module in graph.modules:
            importer = place(module, apps)
            for other in graph.find_modules_directly_imported_by(module) if importer else ():
                imported = place(other, apps)
                reason = breach(importer, imported) if importer and imported else ""
                if reason:
                    yield f"{module} imports {other}: {reason}"

    def render_broken_contract(self, check: ContractCheck) -> None:
        for line in check.metadata["found"]:
            output.print_error(line, bold=False)

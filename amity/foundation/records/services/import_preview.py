"""What a draft would do, seen on its first rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.db import transaction

from amity.foundation.accounts.actor import Actor
from amity.foundation.core.errors import Conflict
from amity.foundation.records.context import context_for
from amity.foundation.records.importing.convert import Converted
from amity.foundation.records.importing.engine import Engine, Rules
from amity.foundation.records.importing.mapping import Proposal
from amity.foundation.records.importing.source import SourceError
from amity.foundation.records.models import ImportRun
from amity.foundation.records.services.import_results import place_of_problem
from amity.foundation.records.services.imports import open_run, spec_of_run, unguarded, write_rows

SHOWN = 10
CHECKED = 500


@dataclass
class PreviewRow:
    """A row of the file: `cells` by column place, `problems` texts by column place (-1: the whole row)."""

    number: int
    cells: list[str]
    problems: dict[int, str] = field(default_factory=dict)


@dataclass
class Preview:
    """Counts over the first 500 rows and the rows to show; `samples` are some values of each column."""

    columns: list[str]
    rows: list[PreviewRow]
    samples: list[list[str]]
    checked: int = 0
    created: int = 0
    updated: int = 0
    skipped: int = 0
    refused: int = 0
    left_out: dict[str, int] = field(default_factory=dict)
    whole: bool = False


def preview(*, actor: Actor, run: ImportRun) -> Preview:
    """Import the first 500 rows and take everything back at once. Raises Invalid when the file cannot be read."""
    spec = spec_of_run(run, actor)
    engine = Engine(
        spec, context_for(actor), Proposal.from_json(run.mapping), Rules.from_json(run.rules), None
    )
    with open_run(run) as source:
        try:
            rows = unguarded(list(islice(source.rows(), CHECKED + 1)), source)
        except SourceError as error:
            raise Conflict(str(error)) from error
        columns = source.columns
    found = Preview(columns, [], _samples(columns, [row.cells for row in rows]), whole=len(rows) <= CHECKED)
    converted = engine.convert(rows[:CHECKED])
    _count(engine, run, found, converted)
    bad = [row for row in converted[SHOWN:] if row.errors]
    found.rows = [_shown(row, run.mapping["columns"]) for row in [*converted[:SHOWN], *bad[:SHOWN]]]
    return found


def _count(engine: Engine, run: ImportRun, found: Preview, converted: list[Converted]) -> None:
    """Write inside a transaction that is rolled back; problems are left on the rows."""
    shadow = ImportRun(rules=run.rules, workspace_id=run.workspace_id, results={})
    with transaction.atomic():
        result = write_rows(engine, shadow, converted)
        transaction.set_rollback(True)
    refused = {row.number: row for row in result.refused}
    for place, row in enumerate(converted):
        converted[place] = refused.get(row.number, row)
    found.checked, found.created, found.updated = len(converted), len(result.made), result.updated
    found.skipped, found.refused = result.skipped, len(result.refused)
    found.left_out = shadow.results.get("left_out", {})


def _shown(row: Converted, mapped: list[dict[str, Any]]) -> PreviewRow:
    shown = PreviewRow(row.number, row.cells)
    for error in row.errors:
        place = place_of_problem(error, row.cells, mapped)
        shown.problems[place] = (
            f"{shown.problems[place]} {error.message}" if place in shown.problems else error.message
        )
    return shown


def _samples(columns: list[str], rows: list[list[str]]) -> list[list[str]]:
    """Up to three different values of each column."""
    found: list[list[str]] = []
    for place in range(len(columns)):
        values = dict.fromkeys(
            row[place].strip() for row in rows[:200] if place < len(row) and row[place].strip()
        )
        found.append([value[:60] for value in list(values)[:3]])
    return found

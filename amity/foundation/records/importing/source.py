"""What every reader gives: columns, and rows that carry their place in the file and their problem."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

MAX_CSV_ROWS = 1_000_000
MAX_XLSX_CELLS = 2_000_000
MAX_CARDS = 50_000
MAX_COLUMNS = 1_000
MAX_HEADING = 200  # characters; the rest of a longer heading is cut
MAX_CELL = 65_536  # characters
MAX_RECORD = 1 << 20  # characters of one row, all its lines together

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


class SourceError(Exception):
    """What is wrong with the file (raised) or with one row (`Row.problem`).

    `row` is what a person finds in the file: line, spreadsheet row or card; 0 means the whole file.
    """

    def __init__(self, code: str, message: Any, row: int = 0, column: str = "") -> None:
        self.code, self.message, self.row, self.column = code, message, row, column
        super().__init__(code, message, row, column)

    def __str__(self) -> str:
        return str(self.message)


class Row(NamedTuple):
    """One row. `position` counts from 0, as `rows(start=…)` does; `number` is the place in the file.

    Good rows have exactly one cell per column; rows with a `problem` keep the cells as they were found.
    """

    position: int
    number: int
    cells: list[str]
    problem: SourceError | None


class Source:
    """An opened file. Rows are read while they are asked for; `rows()` may start again from any position.

    `position` is the `start` that goes on after the last row given, for a job that keeps its place.
    """

    kind = ""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.columns: list[str] = []
        self.sheets: list[str] = []
        self.position = 0
        self.total_hint = path.stat().st_size
        self.bytes_read = 0

    def rows(self, start: int = 0) -> Iterator[Row]:
        """From row position `start`, equal on every call. Raises SourceError where a limit is passed."""
        raise NotImplementedError

    @property
    def progress(self) -> float:
        """How much of the file the last `rows()` has read, 0 to 1."""
        return min(1.0, self.bytes_read / self.total_hint) if self.total_hint else 1.0

    def close(self) -> None:
        """Gives up what is kept in memory; reading again is not possible afterwards."""

    def __enter__(self) -> Source:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def name_columns(headers: Iterable[str]) -> list[str]:
    """Gives every column a name of its own: empty ones "Column N", repeated ones "Name (2)"."""
    names: list[str] = []
    taken: set[str] = set()
    for number, header in enumerate(headers, start=1):
        base = " ".join(header.split())[:MAX_HEADING].strip() or f"Column {number}"
        name, copy = base, 1
        while name.casefold() in taken:
            copy += 1
            name = f"{base} ({copy})"
        taken.add(name.casefold())
        names.append(name)
    if len(names) > MAX_COLUMNS:
        raise too_many_columns(len(names))
    return names


def too_many_columns(count: int) -> SourceError:
    text = _("The file has {count} columns; {limit} are read at most.")
    return SourceError("too_many_columns", format_lazy(text, count=count, limit=MAX_COLUMNS))


def too_long_cell(row: int, column: str) -> SourceError:
    text = _("The cell is longer than {limit} characters.")
    return SourceError("too_long", format_lazy(text, limit=MAX_CELL), row, column)


def cell_fault(cells: list[str], columns: list[str], row: int) -> SourceError | None:
    """The first cell longer than allowed or holding a NUL character, if any."""
    for place, cell in enumerate(cells):
        name = columns[place] if place < len(columns) else ""
        if len(cell) > MAX_CELL:
            return too_long_cell(row, name)
        if "\0" in cell:
            return SourceError("nul", _("The cell holds a NUL character."), row, name)
    return None

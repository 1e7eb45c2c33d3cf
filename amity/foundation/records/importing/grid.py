"""What sheets of any workbook share: where the table stands in the sheet, and its rows as texts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from amity.foundation.records.importing.sniff import first_table_row, looks_like_header, plan_columns
from amity.foundation.records.importing.source import (
    MAX_CELL,
    Row,
    Source,
    SourceError,
    cell_fault,
    name_columns,
)


class GridSource(Source):
    """A sheet whose rows `_cells` gives in order; `sheets` names all that can be chosen."""

    def _cells(self) -> Iterator[tuple[int, list[str]]]:
        """Number in the sheet (from 1) and texts of every row."""
        raise NotImplementedError

    def _read_to(self, number: int) -> int:
        """How many bytes of the file are read when the row of this number is."""
        raise NotImplementedError

    def _choose(self, sheet: str | None) -> str:
        if not self.sheets:
            raise SourceError("empty", _("The workbook has no sheet with cells."))
        chosen = sheet if sheet is not None else self.sheets[0]
        if chosen not in self.sheets:
            raise SourceError("sheet", format_lazy(_("There is no sheet named {name}."), name=chosen[:80]))
        return chosen

    def _plan(self, skip: int | None, has_header: bool | None) -> None:
        first: list[list[str]] = []
        numbers: list[int] = []
        for number, cells in self._cells():
            if (skip is None or number > skip) and any(cells):
                first.append(cells)
                numbers.append(number)
            if len(first) > 50:
                break
        if not first:
            raise SourceError("empty", _("The sheet has no rows."))
        wide = max(map(len, first))
        first = [cells + [""] * (wide - len(cells)) for cells in first]
        top = first_table_row(first) if skip is None else 0
        self._has_header = looks_like_header(first[top : top + 20]) if has_header is None else has_header
        self._first = numbers[top] + int(self._has_header)
        width = plan_columns(first[top], first[top + 1 :])
        header = first[top][:width] if self._has_header else [""] * width
        self.columns = name_columns(header)

    def rows(self, start: int = 0) -> Iterator[Row]:
        width, index = len(self.columns), 0
        for number, cells in self._cells():
            if number < self._first or not any(cells):
                continue
            if index >= start:
                self.position, self.bytes_read = index + 1, self._read_to(number)
                yield _row(index, number, cells, width, self.columns)
            index += 1
        self.bytes_read = self.total_hint


def _row(index: int, number: int, cells: list[str], width: int, columns: list[str]) -> Row:
    problem = None
    if any(cells[width:]):
        text = _("The row has values right of the last column with a heading.")
        problem = SourceError("width", text, number)
    else:
        del cells[width:]
    cells += [""] * (width - len(cells))
    if sum(map(len, cells)) > MAX_CELL or any("\0" in cell for cell in cells):
        problem = problem or cell_fault(cells, columns, number)
        cells = [cell[:MAX_CELL] for cell in cells] if problem else cells
    return Row(index, number, cells, problem)


def to_text(value: Any) -> str:
    """Dates in ISO form, whole numbers without ".0", at most 15 significant digits."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.15g}"
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ", timespec="seconds" if not value.microsecond else "microseconds")
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    return str(value)

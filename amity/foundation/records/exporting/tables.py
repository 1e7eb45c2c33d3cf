"""Tables as CSV and as spreadsheets."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from amity.foundation.core.text import safe_cell
from amity.foundation.records.exporting.columns import Column
from amity.foundation.records.values import Row

if TYPE_CHECKING:
    import xlsxwriter

CHUNK = 1 << 16
MAX_SHEET_ROWS = 1_048_575
MAX_SHEET_TEXT = 32_767


class _Lines:
    """A file for csv.writer that gives back what was written."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.size = 0

    def write(self, text: str) -> int:
        self.parts.append(text)
        self.size += len(text)
        return len(text)

    def take(self) -> bytes:
        text, self.parts, self.size = "".join(self.parts), [], 0
        return text.encode()


def csv_chunks(columns: Sequence[Column], rows: Iterable[Row]) -> Iterator[bytes]:
    """UTF-8 with a mark so that spreadsheets know; every text guarded against being computed."""
    out = _Lines()
    writer = csv.writer(out)
    writer.writerow([safe_cell(column.heading) for column in columns])
    yield b"\xef\xbb\xbf"
    for row in rows:
        writer.writerow(
            [cell if not isinstance(cell := column.of(row), str) else safe_cell(cell) for column in columns]
        )
        if out.size >= CHUNK:
            yield out.take()
    yield out.take()


def write_xlsx(path: Path, columns: Sequence[Column], rows: Iterable[Row], title: str) -> None:
    """One sheet, one row in memory at a time. Texts are texts: nothing in them is computed or linked.

    Rows past a sheet's end go to further sheets.
    """
    import xlsxwriter  # takes long to import, seldom needed

    book = xlsxwriter.Workbook(
        str(path), {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    bold = book.add_format({"bold": True})
    sheet, line = None, MAX_SHEET_ROWS + 1
    for row in rows:
        if sheet is None or line > MAX_SHEET_ROWS:
            sheet, line = _new_sheet(book, columns, bold, title), 1
        for place, column in enumerate(columns):
            cell = column.of(row)
            if isinstance(cell, str):
                if cell:
                    sheet.write_string(line, place, cell[:MAX_SHEET_TEXT])
            else:
                sheet.write_number(line, place, cell)
        line += 1
    if sheet is None:
        _new_sheet(book, columns, bold, title)
    book.close()


def _new_sheet(book: xlsxwriter.Workbook, columns: Sequence[Column], bold: Any, title: str) -> Any:
    name = "".join(sign for sign in title if sign not in "[]:*?/\\'")[:25] or "Amity"
    count = len(book.worksheets())
    sheet = book.add_worksheet(f"{name} {count + 1}" if count else name)
    sheet.freeze_panes(1, 0)
    for place, column in enumerate(columns):
        sheet.write_string(0, place, column.heading[:MAX_SHEET_TEXT], bold)
    return sheet

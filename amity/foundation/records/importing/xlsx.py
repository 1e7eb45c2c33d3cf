"""Spreadsheets (.xlsx), read by calamine after the archive has been measured.

calamine keeps a sheet in memory as one dense table and trusts the sizes that the file declares. So every part
is inflated once beforehand, with limits, and the far corner of the sheet's cells is looked up.
"""

from __future__ import annotations

import datetime as dt
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import python_calamine as calamine
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from amity.foundation.records.importing.sniff import first_table_row, looks_like_header, plan_columns
from amity.foundation.records.importing.source import (
    MAX_CELL,
    MAX_COLUMNS,
    MAX_XLSX_CELLS,
    Row,
    Source,
    SourceError,
    cell_fault,
    name_columns,
    too_many_columns,
)

MAX_INFLATED = 300 << 20
MAX_TEXTS = 96 << 20  # shared strings are kept in memory as a whole
MAX_RATIO = 150
RATIO_FROM = 8 << 20  # smaller parts may be as repetitive as they like
MAX_PARTS = 2_000
CHUNK = 1 << 18

# Cells with a value. Those that close themselves hold nothing and take no memory.
_ANY_CELL = re.compile(rb"<(?:\w+:)?c(?:\s[^<>]*)?(?<!/)>")
_UNCLOSED_TAG = re.compile(rb"<[^<>]*<")
_PLAIN_CELL = re.compile(rb'<(?:\w+:)?c r="([A-Z]{1,3})([0-9]{1,7})"(?: [a-z]{1,2}="\w*")*>')
_ATTRIBUTE = r"""\s+(?:\w+:)?\w+\s*=\s*(?:"[^"<>]*"|'[^'<>]*')"""
_ODD_CELL = re.compile(rf"<(?:\w+:)?c(?:{_ATTRIBUTE})*\s*>".encode())
_REFERENCE = re.compile(rb"""\br\s*=\s*["']\$?([A-Za-z]{1,9})\$?([0-9]{1,9})""")
_ROW = re.compile(rb"""<(?:\w+:)?row\s[^<>]*?\br\s*=\s*["']([0-9]{1,9})""")
# Parts that hold no sheet are not searched, so no sheet may be named like them.
_NO_SHEET = re.compile(r"\.(?:png|jpe?g|gif|emf|wmf|vml|tiff?|bmp|bin)$", re.I)
_BAD_TARGET = re.compile(rb"""\.(?:png|jpe?g|gif|emf|wmf|vml|tiff?|bmp)["']|(?<!vbaProject)\.bin["']""", re.I)
_BAD_SHEET = re.compile(rb"<[^<>]*worksheet[\"'][^<>]*\.bin|<[^<>]*\.bin[\"'][^<>]*worksheet[\"']", re.I)
MAX_RELATIONS = 1 << 17


class SheetSource(Source):
    """One sheet of a workbook; `sheets` names all that can be chosen."""

    kind = "xlsx"

    def __init__(
        self, path: Path, *, sheet: str | None = None, skip: int | None = None, has_header: bool | None = None
    ) -> None:
        super().__init__(path)
        measure(path)
        book = _calamine(lambda: calamine.CalamineWorkbook.from_path(str(path)))
        self.sheets = [
            meta.name for meta in book.sheets_metadata if meta.typ == calamine.SheetTypeEnum.WorkSheet
        ]
        if not self.sheets:
            raise SourceError("empty", _("The workbook has no sheet with cells."))
        self.sheet = sheet if sheet is not None else self.sheets[0]
        if self.sheet not in self.sheets:
            raise SourceError(
                "sheet", format_lazy(_("There is no sheet named {name}."), name=self.sheet[:80])
            )
        self._sheet: Any = _calamine(lambda: book.get_sheet_by_name(self.sheet))
        if self._sheet.height * self._sheet.width > MAX_XLSX_CELLS:
            raise _too_many_cells()
        self._plan(skip, has_header)

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
        top = first_table_row(first) if skip is None else 0
        self._has_header = looks_like_header(first[top : top + 20]) if has_header is None else has_header
        self._first = numbers[top] + int(self._has_header)
        width = plan_columns(first[top], first[top + 1 :])
        header = first[top][:width] if self._has_header else [""] * width
        self.columns = name_columns(header)

    def _cells(self) -> Iterator[tuple[int, list[str]]]:
        if self._sheet.height == 0:
            return
        for number, values in enumerate(self._sheet.iter_rows(), start=1):
            yield number, [value if type(value) is str else to_text(value) for value in values]

    def rows(self, start: int = 0) -> Iterator[Row]:
        width, index = len(self.columns), 0
        total = self._sheet.total_height
        for number, cells in self._cells():
            if number < self._first or not any(cells):
                continue
            if index >= start:
                self.position, self.bytes_read = index + 1, self.total_hint * number // total
                yield _row(index, number, cells, width, self.columns)
            index += 1
        self.bytes_read = self.total_hint

    def close(self) -> None:
        self._sheet = None


def _row(index: int, number: int, cells: list[str], width: int, columns: list[str]) -> Row:
    problem = None
    if any(cells[width:]):
        text = _("The row has values right of the last column with a heading.")
        problem = SourceError("width", text, number)
    else:
        del cells[width:]
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


def measure(path: Path) -> None:
    """Refuses archives that inflate beyond the limits, whatever they declare, and too large sheets."""
    try:
        with zipfile.ZipFile(path) as archive, path.open("rb") as file:
            parts = archive.infolist()
            # Without these calamine would take the archive for another, unmeasured kind of workbook.
            names = {part.filename.lower() for part in parts}
            if "xl/workbook.xml" not in names or names & {"xl/workbook.bin", "content.xml"}:
                raise _broken()
            if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_INFLATED:
                raise _bomb()
            budget = MAX_INFLATED
            for part in parts:
                budget -= _measure_part(file, part, budget)
    except (zipfile.BadZipFile, zlib.error, struct.error, OSError, ValueError, NotImplementedError) as error:
        raise _broken() from error


def _measure_part(file: BinaryIO, part: zipfile.ZipInfo, budget: int) -> int:
    name = part.filename.lower()
    limit = min(budget, MAX_TEXTS) if name.endswith("sharedstrings.xml") else budget
    corner = None if _NO_SHEET.search(name) else _Corner()
    size = 0
    for chunk in _inflate(file, part):
        size += len(chunk)
        if size > limit or (size > RATIO_FROM and size > MAX_RATIO * part.compress_size):
            raise _bomb()
        if name.endswith("workbook.xml.rels"):
            _check_relations(chunk, size)
        if corner:
            corner.read(chunk)
    return size


def _check_relations(chunk: bytes, size: int) -> None:
    if size > MAX_RELATIONS or _BAD_TARGET.search(chunk) or _BAD_SHEET.search(chunk):
        raise _broken()


def _inflate(file: BinaryIO, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """What the part really holds. zipfile itself stops at the declared size, which may be a lie."""
    file.seek(part.header_offset)
    header = file.read(30)
    name_length, extra_length = struct.unpack("<26x2H", header)
    file.seek(name_length + extra_length, 1)
    if part.flag_bits & 1 or part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise zipfile.BadZipFile("encrypted or unusual compression")
    left = part.compress_size
    inflater = zlib.decompressobj(-15) if part.compress_type == zipfile.ZIP_DEFLATED else None
    while left > 0 and (data := file.read(min(CHUNK, left))):
        left -= len(data)
        if inflater is None:
            yield data
            continue
        while data:
            yield inflater.decompress(data, CHUNK)
            data = inflater.unconsumed_tail


class _Corner:
    """Follows the cells of one part and raises as soon as the table they span is too large."""

    def __init__(self) -> None:
        self.rows = self.columns = self.cells = 0
        self._tail = b""

    def read(self, chunk: bytes) -> None:
        text = self._tail + chunk
        if text[:2] in (b"\xff\xfe", b"\xfe\xff") or (text[:1] == b"<" and b"\0" in text[:64]):
            raise _broken()  # UTF-16 could not be searched; no program writes it
        end = text.rfind(b"<")
        if end < 0 or len(text) - end > 2 * CHUNK:
            self._tail = text[-CHUNK:] if end < 0 else b""
            return
        text, self._tail = (text[:end], text[end:]) if text.find(b">", end) < 0 else (text, b"")
        if _UNCLOSED_TAG.search(text):
            raise _broken()
        self._measure(text)
        if self.columns > MAX_COLUMNS:
            raise too_many_columns(self.columns)
        if self.cells > MAX_XLSX_CELLS or self.rows * self.columns > 4 * MAX_XLSX_CELLS:
            raise _too_many_cells()

    def _measure(self, text: bytes) -> None:
        count = sum(1 for _match in _ANY_CELL.finditer(text))
        if not count:
            return
        self.cells += count
        found = _PLAIN_CELL.findall(text)
        if len(found) < count:
            found += self._odd_cells(text)
        if found:
            self.columns = max(self.columns, *map(_column_number, {column for column, _number in found}))
            self.rows = max(self.rows, *map(int, {number for _column, number in found}))

    def _odd_cells(self, text: bytes) -> list[tuple[bytes, bytes]]:
        """References written in an unusual way; cells without any count on from the start of their row."""
        found: list[tuple[bytes, bytes]] = []
        bare = False
        for tag in _ANY_CELL.findall(text):
            if not _ODD_CELL.fullmatch(tag):
                raise _broken()
            references = _REFERENCE.findall(tag)
            found += references
            bare = bare or not references
        if bare:
            self.columns = max(
                self.columns, *(len(_ANY_CELL.findall(row)) for row in re.split(rb"<(?:\w+:)?row\b", text))
            )
            self.rows = max(self.rows + text.count(b"row>"), *map(int, _ROW.findall(text)), 0)
        return found


def _column_number(name: bytes) -> int:
    number = 0
    for letter in name.upper():
        number = number * 26 + letter - 64
    return number


def _calamine(read: Any) -> Any:
    """Runs calamine; its panics are no Exception, so they are told by their name."""
    try:
        return read()
    except SourceError:
        raise
    except calamine.PasswordError as error:
        raise SourceError("password", _("The spreadsheet is protected by a password.")) from error
    except BaseException as error:
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        raise _broken() from error


def _broken() -> SourceError:
    return SourceError("broken", _("The spreadsheet is broken and cannot be read."))


def _bomb() -> SourceError:
    return SourceError("too_large", _("The spreadsheet unpacks to far more than is read."))


def _too_many_cells() -> SourceError:
    text = _("The sheet has more than {limit} cells. Please split it or save it as CSV.")
    return SourceError("too_many_cells", format_lazy(text, limit=MAX_XLSX_CELLS))

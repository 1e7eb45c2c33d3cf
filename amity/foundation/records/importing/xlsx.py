"""Spreadsheets (.xlsx), read by calamine after the archive has been measured.

calamine keeps a sheet in memory as one dense table and trusts the sizes that the file declares. So every part
is inflated once beforehand, with limits, and the far corner of the sheet's cells is looked up.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import python_calamine as calamine

from amity.foundation.records.importing.archive import (
    BAD_ARCHIVE,
    CHUNK,
    MAX_INFLATED,
    MAX_PARTS,
    bomb,
    broken,
    inflate,
    locked,
    too_many_cells,
)
from amity.foundation.records.importing.grid import GridSource, to_text
from amity.foundation.records.importing.source import (
    MAX_COLUMNS,
    MAX_XLSX_CELLS,
    SourceError,
    too_many_columns,
)

MAX_TEXTS = 96 << 20  # shared strings are kept in memory as a whole

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


class SheetSource(GridSource):
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
        self.sheet = self._choose(sheet)
        self._sheet: Any = _calamine(lambda: book.get_sheet_by_name(self.sheet))
        if self._sheet.height * self._sheet.width > MAX_XLSX_CELLS:
            raise too_many_cells()
        self._plan(skip, has_header)

    def _cells(self) -> Iterator[tuple[int, list[str]]]:
        if self._sheet.height == 0:
            return
        for number, values in enumerate(self._sheet.iter_rows(), start=1):
            yield number, [value if type(value) is str else to_text(value) for value in values]

    def _read_to(self, number: int) -> int:
        return self.total_hint * number // int(self._sheet.total_height)

    def close(self) -> None:
        self._sheet = None


def measure(path: Path) -> None:
    """Refuses archives that inflate beyond the limits, whatever they declare, and too large sheets."""
    try:
        with zipfile.ZipFile(path) as archive, path.open("rb") as file:
            parts = archive.infolist()
            # Without these calamine would take the archive for another, unmeasured kind of workbook.
            names = {part.filename.lower() for part in parts}
            if "xl/workbook.xml" not in names or names & {"xl/workbook.bin", "content.xml"}:
                raise broken()
            if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_INFLATED:
                raise bomb()
            budget = MAX_INFLATED
            for part in parts:
                budget -= _measure_part(file, part, budget)
    except BAD_ARCHIVE as error:
        raise broken() from error


def _measure_part(file: BinaryIO, part: zipfile.ZipInfo, budget: int) -> int:
    name = part.filename.lower()
    limit = min(budget, MAX_TEXTS) if name.endswith("sharedstrings.xml") else budget
    corner = None if _NO_SHEET.search(name) else _Corner()
    size = 0
    for chunk in inflate(file, part, limit):
        size += len(chunk)
        if name.endswith("workbook.xml.rels"):
            _check_relations(chunk, size)
        if corner:
            corner.read(chunk)
    return size


def _check_relations(chunk: bytes, size: int) -> None:
    if size > MAX_RELATIONS or _BAD_TARGET.search(chunk) or _BAD_SHEET.search(chunk):
        raise broken()


class _Corner:
    """Follows the cells of one part and raises as soon as the table they span is too large."""

    def __init__(self) -> None:
        self.rows = self.columns = self.cells = 0
        self._tail = b""

    def read(self, chunk: bytes) -> None:
        text = self._tail + chunk
        if text[:2] in (b"\xff\xfe", b"\xfe\xff") or (text[:1] == b"<" and b"\0" in text[:64]):
            raise broken()  # UTF-16 could not be searched; no program writes it
        end = text.rfind(b"<")
        if end < 0 or len(text) - end > 2 * CHUNK:
            self._tail = text[-CHUNK:] if end < 0 else b""
            return
        text, self._tail = (text[:end], text[end:]) if text.find(b">", end) < 0 else (text, b"")
        if _UNCLOSED_TAG.search(text):
            raise broken()
        self._measure(text)
        if self.columns > MAX_COLUMNS:
            raise too_many_columns(self.columns)
        if self.cells > MAX_XLSX_CELLS or self.rows * self.columns > 4 * MAX_XLSX_CELLS:
            raise too_many_cells()

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
                raise broken()
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
        raise locked() from error
    except BaseException as error:
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        raise broken() from error

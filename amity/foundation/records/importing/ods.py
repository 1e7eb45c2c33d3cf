"""Spreadsheets of LibreOffice and other OpenDocument programs (.ods), read as a stream.

Written over expat rather than read with calamine, which takes repeated cells as the file declares them (a few
bytes can stand for a billion cells) and forgets the currency of an amount and that a number is a percentage.
"""

from __future__ import annotations

import html
import re
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple
from xml.parsers import expat

from amity.foundation.records.importing.archive import (
    BAD_ARCHIVE,
    MAX_PARTS,
    bomb,
    broken,
    inflate,
    locked,
    too_many_cells,
)
from amity.foundation.records.importing.grid import GridSource, to_text
from amity.foundation.records.importing.source import (
    MAX_CELL,
    MAX_COLUMNS,
    MAX_XLSX_CELLS,
    too_many_columns,
)

MAX_DEPTH = 100
MAX_TAG = 4 << 20  # bytes: expat holds a tag in memory until it ends
MAX_MANIFEST = 1 << 20
MAX_NAME = 200  # characters of a sheet's name
MAX_SHEET_ROWS = 1 << 20
CONTENT, MANIFEST, SEALED = "content.xml", "META-INF/manifest.xml", "encrypted-package"

_NS = "urn:oasis:names:tc:opendocument:xmlns:"
OFFICE, TABLE, TEXT = f"{_NS}office:1.0 ", f"{_NS}table:1.0 ", f"{_NS}text:1.0 "
_CELLS = {TABLE + "table-cell", TABLE + "covered-table-cell"}
SHEET, ROW, PARAGRAPH = TABLE + "table", TABLE + "table-row", TEXT + "p"
_BLANKS = {TEXT + "s": " ", TEXT + "tab": "\t", TEXT + "line-break": "\n"}
# What stands in a sheet and is no value: comments, drawings, deleted rows, copies of other files' tables.
_ASIDE = {
    OFFICE + "annotation",
    TABLE + "shapes",
    TABLE + "tracked-changes",
    TABLE + "dde-links",
    OFFICE + "forms",
}
_DRAWING = f"{_NS}drawing:1.0 "
# As bytes, for listing the sheets; no program names the prefix otherwise.
_TABLE = re.compile(rb"<(/?)table:table(?=[\s>/])([^>]*)>")
_NAME = re.compile(rb"""\stable:name=["']([^"'<]*)["']""")
_TIME = re.compile(r"(-?)PT(\d+)H(\d+)M(\d+)(?:[.,]\d+)?S")


class Line(NamedTuple):
    """A row of the sheet that stands there `times` times, from row `number` on."""

    number: int
    cells: list[str]
    times: int


class OdsSource(GridSource):
    """One sheet of a workbook. Only the row at hand is in memory."""

    kind = "ods"

    def __init__(
        self, path: Path, *, sheet: str | None = None, skip: int | None = None, has_header: bool | None = None
    ) -> None:
        super().__init__(path)
        self._part = _content(path)
        self.sheets = sheet_names(self._chunks())
        self.sheet = self._choose(sheet)
        self._plan(skip, has_header)

    def _cells(self) -> Iterator[tuple[int, list[str]]]:
        reader = _Reader(self.sheet)
        left = MAX_XLSX_CELLS
        for _chunk in self._parsed(reader):
            lines, reader.lines = reader.lines, []
            for line in lines:
                left -= len(line.cells) * line.times
                if left < 0:
                    raise too_many_cells()
                for place in range(line.times):
                    yield line.number + place, list(line.cells)
            if reader.over:
                return

    def _chunks(self) -> Iterator[bytes]:
        self._done = 0
        try:
            with self.path.open("rb") as file:
                for chunk in inflate(file, self._part):
                    self._done = min(self.total_hint, file.tell())
                    yield chunk
        except BAD_ARCHIVE as error:
            raise broken() from error

    def _parsed(self, reader: _Reader) -> Iterator[None]:
        """Feeds the reader; stops after every piece, so that what it found can be taken."""
        parser, fed = reader.parser(), 0
        try:
            for chunk in self._chunks():
                parser.Parse(chunk, False)
                fed += len(chunk)
                if fed - parser.CurrentByteIndex > MAX_TAG:
                    raise bomb()
                yield
            parser.Parse(b"", True)
        except expat.ExpatError as error:
            raise broken() from error
        yield

    def _read_to(self, number: int) -> int:
        return self._done


def _content(path: Path) -> zipfile.ZipInfo:
    """The part that holds the sheets. Raises SourceError when it is sealed with a password."""
    try:
        with zipfile.ZipFile(path) as archive, path.open("rb") as file:
            parts = {part.filename: part for part in archive.infolist()}
            if len(parts) > MAX_PARTS:
                raise bomb()
            if SEALED in parts:
                raise locked()
            if MANIFEST in parts:
                manifest = b"".join(inflate(file, parts[MANIFEST], MAX_MANIFEST))
                if b"encryption-data" in manifest:
                    raise locked()
            if CONTENT not in parts:
                raise broken()
            return parts[CONTENT]
    except BAD_ARCHIVE as error:
        raise broken() from error


def sheet_names(chunks: Iterator[bytes]) -> list[str]:
    """The names of the sheets, found by their tags alone: listing them must not cost as much as reading them."""
    found: list[str] = []
    depth, tail = 0, b""
    for chunk in chunks:
        text = tail + chunk
        end = text.rfind(b"<")
        text, tail = (text[:end], text[end:]) if end >= 0 and len(text) - end < MAX_TAG else (text, b"")
        for closing, attributes in _TABLE.findall(text):
            if not closing and depth == 0 and len(found) < MAX_COLUMNS:
                name = _NAME.search(attributes)
                found.append(
                    html.unescape(name.group(1).decode("utf-8", "replace"))[:MAX_NAME] if name else ""
                )
            depth += -1 if closing else not attributes.endswith(b"/")
    return found


class _Reader:
    """Hears the tags of a document and gathers the rows of one sheet, as `lines` that the caller takes away.

    Called for every tag of a sheet, so written for speed. `over` is set behind the sheet's last row.
    """

    def __init__(self, sheet: str) -> None:
        self.sheet = sheet
        self.lines: list[Line] = []
        self.over = False
        self.depth = 0
        self.aside = 0  # depth of the tag whose content does not count; 0 outside of one
        self._inside = False  # of any sheet
        self._within = False  # of the one that is read
        self._number = 1
        self._times = 1
        self._row: list[str] = []
        self._empty = 0  # empty cells that count only when a filled one follows
        self._cell: Mapping[str, str] | None = None
        self._text: list[str] = []
        self._size = 0
        self._paragraphs = 0

    def parser(self) -> expat.XMLParserType:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        return parser

    def _doctype(self, *_args: object) -> None:
        raise broken()  # no program writes one; entities could stand for anything

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise broken()
        if self.aside:
            return
        if name == PARAGRAPH:
            self._paragraphs += 1
            if self._paragraphs > 1:
                self._characters("\n")
        elif name in _CELLS:
            if self._within:
                self._cell, self._text, self._size, self._paragraphs = attributes, [], 0, 0
        elif name == ROW:
            self._row, self._empty = [], 0
            self._times = _times(attributes, "number-rows-repeated", MAX_SHEET_ROWS)
        elif name in _BLANKS:
            self._characters(_BLANKS[name] * min(_number(attributes.get(TEXT + "c"), 1), MAX_CELL))
        else:
            self._start_rare(name, attributes)

    def _start_rare(self, name: str, attributes: Mapping[str, str]) -> None:
        if name in _ASIDE or name.startswith(_DRAWING) or (name == SHEET and self._inside):
            self.aside = self.depth
        elif name == SHEET:
            self._inside = True
            named = attributes.get(TABLE + "name", "")[:MAX_NAME]
            self._within = not self.over and named == self.sheet

    def _characters(self, text: str) -> None:
        """Text outside paragraphs is layout. What is longer than a cell may be is refused with its row later."""
        if self._cell is not None and self._paragraphs and not self.aside and self._size <= MAX_CELL:
            self._text.append(text)
            self._size += len(text)

    def _end(self, name: str) -> None:
        self.depth -= 1
        if self.aside:
            if self.depth < self.aside:
                self.aside = 0
        elif name in _CELLS:
            if self._cell is not None:
                self._end_cell(self._cell)
                self._cell = None
        elif name == ROW:
            if self._within:
                if self._row:
                    self.lines.append(Line(self._number, self._row, self._times))
                self._number += self._times
        elif name == SHEET:
            self._inside, self._within, self.over = False, False, self.over or self._within

    def _end_cell(self, cell: Mapping[str, str]) -> None:
        text = cell_text(cell, "".join(self._text))
        times = _times(cell, "number-columns-repeated", 1 << 20)
        if not text:
            self._empty += times
            return
        if len(self._row) + self._empty + times > MAX_COLUMNS:
            raise too_many_columns(len(self._row) + self._empty + times)
        self._row += [""] * self._empty + [text] * times
        self._empty = 0


def cell_text(cell: Mapping[str, str], shown: str) -> str:
    """The value in a form every field type reads: ISO dates, points in numbers, the currency with its amount."""
    kind, value = cell.get(OFFICE + "value-type", ""), cell.get(OFFICE + "value", "")
    try:
        if kind == "float":
            return to_text(float(value))
        if kind == "percentage":
            return f"{to_text(float(f'{float(value) * 100:.15g}'))}%"
        if kind == "currency":
            return f"{to_text(float(value))} {cell.get(OFFICE + 'currency', '')}".strip()
    except ValueError:
        return shown
    if kind == "date":
        return cell.get(OFFICE + "date-value", shown).replace("T", " ", 1)
    if kind == "time":
        return _clock(cell.get(OFFICE + "time-value", "")) or shown
    if kind == "boolean":
        return cell.get(OFFICE + "boolean-value", shown)
    return shown or cell.get(OFFICE + "string-value", "")


def _clock(duration: str) -> str:
    found = _TIME.fullmatch(duration)
    return "{}{:0>2}:{:0>2}:{:0>2}".format(*found.groups()) if found else ""


def _times(attributes: Mapping[str, str], name: str, limit: int) -> int:
    return max(1, min(_number(attributes.get(TABLE + name), 1), limit))


def _number(text: str | None, default: int) -> int:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 10 else default

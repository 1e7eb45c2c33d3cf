"""Opens a file of any supported kind and streams its rows."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from amity.foundation.records.importing.jsonlines import JsonSource
from amity.foundation.records.importing.ods import OdsSource
from amity.foundation.records.importing.sniff import Sniff, plan_columns, sniff
from amity.foundation.records.importing.source import (
    MAX_CELL,
    MAX_CSV_ROWS,
    MAX_RECORD,
    REPLACEMENT,
    Row,
    Source,
    SourceError,
    cell_fault,
    name_columns,
)
from amity.foundation.records.importing.text import BROKEN, LineFeed
from amity.foundation.records.importing.vcard import CardSource
from amity.foundation.records.importing.xlsx import SheetSource


def open_source(
    path: str | Path,
    *,
    kind: str | None = None,
    encoding: str | None = None,
    separator: str | None = None,
    quote: str | None = None,
    sheet: str | None = None,
    skip: int | None = None,
    has_header: bool | None = None,
    fill_short: bool = False,
) -> Source:
    """Finds out what is not given. `fill_short` takes rows with missing cells at their end as complete.

    Raises SourceError if the file cannot be read at all; what is wrong with single rows comes with the rows.
    """
    path = Path(path)
    found = sniff(
        path, kind=kind, encoding=encoding, separator=separator, quote=quote, skip=skip, has_header=has_header
    )
    if found.kind == "xlsx":
        return SheetSource(path, sheet=sheet, skip=skip, has_header=has_header)
    if found.kind == "ods":
        return OdsSource(path, sheet=sheet, skip=skip, has_header=has_header)
    if found.kind == "vcf":
        return CardSource(path, found.encoding)
    if found.kind == "jsonl":
        return JsonSource(path, found.encoding)
    return CsvSource(path, found, fill_short=fill_short)


class CsvSource(Source):
    """Separated text, read with the standard library's csv straight over decoded lines."""

    def __init__(self, path: Path, found: Sniff, *, fill_short: bool = False) -> None:
        super().__init__(path)
        # The limit is one for the whole process: it is only ever raised.
        csv.field_size_limit(max(csv.field_size_limit(), MAX_RECORD + 2))
        self.kind, self.sniffed, self.fill_short = found.kind, found, fill_short
        self._dialect: dict[str, Any] = {
            "delimiter": found.separator,
            "quotechar": found.quote or None,
            "quoting": csv.QUOTE_MINIMAL if found.quote else csv.QUOTE_NONE,
            "escapechar": found.escape or None,
            "strict": True,  # or a stray quotation mark would swallow the rows up to the next one
        }
        self._read_columns()

    def _read_columns(self) -> None:
        sample = [row for row in islice(self._records(), 51) if any(row.cells)]
        if not sample:
            raise SourceError("empty", _("The file has no rows."))
        first = sample[0]
        if first.problem is not None:
            raise first.problem
        width = plan_columns(first.cells, [row.cells for row in sample[1:]])
        if not self.sniffed.has_header:
            width = max(width, len(first.cells))
        header = first.cells[:width] if self.sniffed.has_header else [""] * width
        self.columns = name_columns(header)

    def rows(self, start: int = 0) -> Iterator[Row]:
        records = self._records(len(self.columns), start)
        if self.sniffed.has_header:
            next(records, None)
        return records

    def _records(self, width: int = -1, start: int = 0) -> Iterator[Row]:
        """Rows from the header on (its index is -1). Without `width` any number of cells is right."""
        feed = LineFeed(self.path, self.sniffed.encoding, self.sniffed.skip)
        index = -1 if self.sniffed.has_header else 0
        number = self.sniffed.skip + 1
        while not feed.at_end:
            reader = csv.reader(feed.lines(), **self._dialect)
            while True:
                try:
                    cells = next(reader)
                except StopIteration:
                    break
                except csv.Error:
                    cells = []
                    feed.ended = True
                lines = len(feed.held)
                again = feed.ended
                problem = None
                if len(cells) != width or again or feed.fault or feed.size > MAX_CELL or not cells[0].strip():
                    cells, problem = self._judge(cells, width, number, feed)
                    if not any(cells) and problem is None:
                        number += lines
                        feed.next_record()
                        continue
                if index >= start or index < 0:
                    self.position, self.bytes_read = index + 1, feed.bytes_read
                    yield Row(index, number, cells, problem)
                index += 1
                if index > MAX_CSV_ROWS:
                    raise _too_many_rows()
                if again:
                    number += 1
                    feed.give_again()
                    break
                number += lines
                feed.next_record()
        self.bytes_read = self.total_hint

    def _judge(
        self, cells: list[str], width: int, number: int, feed: LineFeed
    ) -> tuple[list[str], SourceError | None]:
        """A row that is not plainly good: its cells made whole, or what is wrong with it."""
        lenient = self._lenient(feed) if feed.ended else None
        if lenient is not None:
            cells = lenient
        elif feed.ended:
            line = feed.held[0].rstrip("\r\n").replace(BROKEN, REPLACEMENT).replace("\0", REPLACEMENT)
            return [line[:MAX_CELL]], _unclosed(number, feed.size)
        problem = self._broken_cell(cells, number) if feed.fault or feed.size > MAX_CELL else None
        if problem:
            return [
                cell.replace(BROKEN, REPLACEMENT).replace("\0", REPLACEMENT)[:MAX_CELL] for cell in cells
            ], problem
        if not any(cell.strip() for cell in cells):
            return [], None
        if 0 <= width < len(cells) and not any(cells[width:]):
            cells = cells[:width]
        if len(cells) < width and self.fill_short:
            cells = cells + [""] * (width - len(cells))
        return cells, _wrong_width(number, len(cells), width) if width >= 0 and len(cells) != width else None

    def _lenient(self, feed: LineFeed) -> list[str] | None:
        """A line whose quotation marks are not doubled but that can be read: `"The "Blue" Inn"`."""
        if len(feed.held) != 1 or feed.size > MAX_RECORD:
            return None
        ended = False

        def one_line() -> Iterator[str]:
            nonlocal ended
            yield feed.held[0]
            ended = True

        cells = next(csv.reader(one_line(), **{**self._dialect, "strict": False}), [])
        return None if ended else cells

    def _broken_cell(self, cells: list[str], number: int) -> SourceError | None:
        for place, cell in enumerate(cells):
            if BROKEN in cell:
                text = _("The cell holds bytes that are not valid in {encoding}.")
                name = self.columns[place] if place < len(self.columns) else ""
                return SourceError(
                    "encoding", format_lazy(text, encoding=self.sniffed.encoding), number, name
                )
        found = cell_fault(cells, self.columns, number)
        if found is None and sum(map(len, cells)) >= MAX_RECORD:
            return SourceError("too_long", _("The row is longer than a million characters."), number)
        return found


def _unclosed(number: int, size: int) -> SourceError:
    if size > MAX_RECORD:
        return SourceError("too_long", _("The row is longer than a million characters."), number)
    return SourceError("quote", _("A quotation mark is opened here and never closed."), number)


def _wrong_width(number: int, count: int, width: int) -> SourceError:
    text = _("The row has {count} cells instead of {width}.")
    return SourceError("width", format_lazy(text, count=count, width=width), number)


def _too_many_rows() -> SourceError:
    text = _("The file has more than {limit} rows. Please split it.")
    return SourceError("too_many_rows", format_lazy(text, limit=MAX_CSV_ROWS))

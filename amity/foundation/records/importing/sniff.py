"""Finds out what a file is: kind, encoding, separator, quotation mark, where its header row stands.

Only a bounded part of the file is read. Every finding is a proposal that the person may override.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from amity.foundation.records.importing.encoding import guess_encoding
from amity.foundation.records.importing.source import MAX_CELL, MAX_COLUMNS, SourceError, too_many_columns
from amity.foundation.records.importing.text import check_encoding

HEAD = 1 << 18
WINDOW, WINDOWS = 1 << 15, 8
SEPARATORS = (",", ";", "\t", "|")
KINDS = ("csv", "tsv", "xlsx", "ods", "vcf", "jsonl")
SAMPLE_ROWS = 200
ODS_MIME = b"application/vnd.oasis.opendocument.spreadsheet"

_DATA_LIKE = re.compile(r"^[+(]?\d[\d\s.,:/()+-]*$|@|^https?://", re.I)


@dataclass(frozen=True)
class Sniff:
    """`skip` counts the lines before the header row (or before the first row where there is no header)."""

    kind: str
    encoding: str = ""
    separator: str = ""
    quote: str = '"'
    escape: str = ""
    skip: int = 0
    has_header: bool = True

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def sniff(
    path: Path,
    *,
    kind: str | None = None,
    encoding: str | None = None,
    separator: str | None = None,
    quote: str | None = None,
    skip: int | None = None,
    has_header: bool | None = None,
) -> Sniff:
    """What the file is; given values are taken as they are. Raises SourceError if it is no table at all."""
    head, windows = _samples(path)
    kind = kind or _kind(path, head)
    if kind not in KINDS:
        raise SourceError("kind", _("Only CSV, TSV, XLSX, ODS, vCard and JSON Lines files can be read."))
    if kind in ("xlsx", "ods"):
        return Sniff(kind, skip=skip or 0, has_header=has_header is not False)
    encoding = check_encoding(encoding) if encoding else guess_encoding(head, windows)
    if kind in ("vcf", "jsonl"):
        return Sniff(kind, encoding)
    text = head.decode(encoding, "replace" if len(head) < HEAD else "ignore").lstrip("\ufeff")
    return _sniff_text(text, kind, encoding, separator, quote, skip, has_header)


def _samples(path: Path) -> tuple[bytes, list[bytes]]:
    """The head of the file, and some windows spread over the rest."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(HEAD)
        if not head.strip():
            raise SourceError("empty", _("The file is empty."))
        windows = []
        if size > HEAD:
            for number in range(1, WINDOWS + 1):
                # Even offsets, so that UTF-16 stays in step.
                file.seek((HEAD + (size - HEAD) * number // (WINDOWS + 1)) & ~1)
                windows.append(file.read(WINDOW))
    return head, windows


def _kind(path: Path, head: bytes) -> str:
    if head.startswith(b"PK\x03\x04"):
        return _zip_kind(path)
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        text = _("This is an old or password-protected spreadsheet. Save it as .xlsx without a password.")
        raise SourceError("old_excel", text)
    start = head[:4096].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    if start.startswith(b"begin:vcard"):
        return "vcf"
    if start.startswith(b"{") and is_json_line(head):
        return "jsonl"
    if start.startswith((b"%pdf", b"<?xml", b"<html", b"<!doctype", b"<table", b"{\\rtf", b"\x1f\x8b")):
        raise _no_table()
    if not head.startswith((b"\xff\xfe", b"\xfe\xff")) and _is_binary(head):
        raise _no_table()
    return "tsv" if path.suffix.lower() in (".tsv", ".tab") else "csv"


def _no_table() -> SourceError:
    text = _("This is no table. Only CSV, TSV, XLSX, ODS, vCard and JSON Lines files can be read.")
    return SourceError("kind", text)


def _zip_kind(path: Path) -> str:
    mime = b""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            if "mimetype" in names:
                with archive.open("mimetype") as file:
                    mime = file.read(100)
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, NotImplementedError, RuntimeError):
        names = []
    if any(name.startswith("xl/") for name in names[:1000]):
        return "xlsx"
    if mime.startswith(ODS_MIME) or (not mime and {"content.xml", "META-INF/manifest.xml"} <= set(names)):
        return "ods"
    raise SourceError("kind", _("This archive holds no spreadsheet, or it is broken."))


def is_json_line(head: bytes) -> bool:
    """Whether the first line is an object of its own, as JSON Lines are."""
    try:
        return isinstance(orjson.loads(head.removeprefix(b"\xef\xbb\xbf").lstrip().split(b"\n", 1)[0]), dict)
    except orjson.JSONDecodeError:
        return False


def _is_binary(head: bytes) -> bool:
    """Control characters that no text has. NULs alone may be UTF-16 or single damaged cells."""
    sample = head[:8192]
    odd = sum(sample.count(bytes([code])) for code in (*range(1, 9), *range(14, 27), *range(28, 32)))
    return odd > len(sample) // 50


def _sniff_text(
    text: str,
    kind: str,
    encoding: str,
    separator: str | None,
    quote: str | None,
    skip: int | None,
    has_header: bool | None,
) -> Sniff:
    told = re.match(r"sep=(.)\r?\n", text, re.I)
    if told:
        separator, text = separator or told.group(1), text[told.end() :]
    quote = _guess_quote(text) if quote is None else quote
    escaped = quote and quote * 2 not in text and re.search(rf"\\{quote}[^,;\t|\r\n]", text)
    escape = "\\" if escaped else ""
    separator = separator or ("\t" if kind == "tsv" else _guess_separator(text, quote, escape))
    if len(separator) != 1 or separator in "\r\n\0" or separator == quote:
        raise SourceError("separator", _("A separator is one character."))
    rows = _rows(text, separator, quote, escape)
    first = first_table_row([cells for cells, _line in rows])
    if skip is None:
        skip = bool(told) + (rows[first][1] - 1 if rows else 0)
    if has_header is None:
        has_header = looks_like_header([cells for cells, _line in rows[first : first + 20]])
    return Sniff("tsv" if separator == "\t" else "csv", encoding, separator, quote, escape, skip, has_header)


def _rows(text: str, separator: str, quote: str, escape: str) -> list[tuple[list[str], int]]:
    """The first rows with the line each begins on (from 1); the last, perhaps cut, row is left out."""
    reader = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=separator,
        quotechar=quote or None,
        quoting=csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE,
        escapechar=escape or None,
    )
    rows: list[tuple[list[str], int]] = []
    try:
        begin = 1
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append((cells, begin))
            begin = reader.line_num + 1
            if len(rows) >= SAMPLE_ROWS:
                break
    except csv.Error:
        pass  # an unclosed quotation mark: what was read before it is the sample
    if len(rows) > 3 and len(text) >= HEAD // 4:
        rows.pop()
    return rows


def _guess_quote(text: str) -> str:
    if '"' in text:
        return '"'
    lines = [line for line in text.split("\n", 51)[:50] if line.strip()]
    quoted = sum(1 for line in lines if line.startswith("'") and re.search(r"'[,;\t|]'", line))
    return "'" if quoted > len(lines) * 0.8 else '"'


def _guess_separator(text: str, quote: str, escape: str) -> str:
    """The separator that cuts most rows into equally many cells."""

    def worth(separator: str) -> float:
        rows = _rows(text, separator, quote, escape)
        widths = Counter(len(cells) for cells, _line in rows)
        score = [(share / len(rows)) * (width - 1) ** 0.5 for width, share in widths.items() if width > 1]
        return max(score, default=0.0)

    best = max(SEPARATORS, key=worth)
    return best if worth(best) > 0 else ","


def first_table_row(rows: Sequence[Sequence[str]]) -> int:
    """Index of the header row: the first that is about as wide as the table, after titles and notes."""
    widths = Counter(_filled_width(row) for row in rows)
    usual = max(widths, key=lambda width: (widths[width], width), default=1)
    for index, row in enumerate(rows):
        filled = sum(1 for cell in row if cell.strip())
        if filled > 1 and filled * 2 >= usual:
            return index
    return 0


def _filled_width(row: Sequence[str]) -> int:
    return max((place for place, cell in enumerate(row, start=1) if cell.strip()), default=0)


def looks_like_header(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row names columns: short words, no e-mails, hardly any numbers or dates."""
    if not rows:
        return True
    cells = [cell.strip() for cell in rows[0] if cell.strip()]
    if not cells:
        return False
    if any(len(cell) > 200 or "\n" in cell.strip() for cell in cells) or any("@" in cell for cell in cells):
        return False
    return sum(1 for cell in cells if _DATA_LIKE.search(cell)) <= len(cells) * 0.3


def plan_columns(header: Sequence[str], sample: Sequence[Sequence[str]]) -> int:
    """How many columns count: up to the last that has a header or, within the header's cells, a value."""
    used = _filled_width(header)
    for row in sample:
        if len(row) <= len(header):
            used = max(used, _filled_width(row))
    if used > MAX_COLUMNS:
        raise too_many_columns(used)
    if any(len(cell) > MAX_CELL for cell in header):
        raise SourceError(
            "header", format_lazy(_("A heading is longer than {limit} characters."), limit=MAX_CELL)
        )
    return used

"""A pasted list as a file: cells of a spreadsheet, a mailing list, one address a line, or text as it is."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from email.errors import HeaderParseError
from email.header import decode_header, make_header

from amity.foundation.core.text import safe_cell
from amity.foundation.records.importing.guess import guess_type
from amity.foundation.records.importing.sniff import looks_like_header
from amity.foundation.records.importing.synonyms import fold, generic

MAX_PASTE = 1_000_000  # characters
SAMPLE = 200
HEADINGS = {"email": "E-mail", "phone": "Phone", "url": "Website", "country": "Country"}
NAME = "Name"

_OUTSIDE = frozenset(" \t\n<>()[],;:\"'")  # what no address holds
_FIELD = re.compile(
    r"(?:to|cc|bcc|from|reply-to|kime|bilgi|gizli|kimden|an|von|à|de|para|кому|копия|i|at):\s*", re.I
)


def as_file(text: str) -> tuple[bytes, dict[str, str]]:
    """The bytes of a file that the importer reads, and how it is to be read."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    if text.lstrip().upper().startswith("BEGIN:VCARD"):
        return text.encode(), {"encoding": "utf-8"}
    if "\t" in text:
        return _cells(text), {"kind": "csv", "encoding": "utf-8", "separator": ","}
    people = mailing_list(text)
    if people is not None:
        return _table([[NAME, HEADINGS["email"]], *people]), {
            "kind": "csv",
            "encoding": "utf-8",
            "separator": ",",
        }
    return text.encode("utf-8", "replace"), {"encoding": "utf-8"}


def _cells(text: str) -> bytes:
    """Rows copied from a spreadsheet; the program quotes cells that hold a line break."""
    rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter="\t") if any(row)]
    if rows and not looks_like_header(rows[:20]):
        rows.insert(0, headings_for(rows[:SAMPLE]))
    return _table(rows)


def headings_for(rows: Sequence[Sequence[str]]) -> list[str]:
    """Names for columns that came without: what tells itself by its form, and the first of the others is the name."""
    found: list[str] = []
    for place in range(max(map(len, rows))):
        kind = guess_type(row[place] for row in rows if place < len(row))
        heading = HEADINGS.get(kind, "")
        if not heading and kind in ("text", "choice") and NAME not in found:
            heading = NAME
        found.append(heading)
    return found


def mailing_list(text: str) -> list[list[str]] | None:
    """Name and address of everybody in the list; None when the text is something else, such as a table.

    An entry without an address stays as a name, so that nothing is lost; nine of ten have one.
    """
    entries = [part for entry in _joined(_entries(text)) for part in _apart(entry)]
    if entries and "@" not in entries[0] and _is_heading(entries[0]):
        entries.pop(0)
    people = [_person(entry) for entry in entries]
    with_mail = sum(1 for _name, mail in people if mail)
    return people if people and with_mail * 10 >= len(people) * 9 else None


def _is_heading(entry: str) -> bool:
    meaning = generic().get(fold(entry))
    return meaning is not None and meaning.concept == "emails"


def _entries(text: str) -> Iterator[tuple[str, str]]:
    """Entries and the mark behind each; commas and semicolons within quotation marks or brackets do not part."""
    start, quoted, closing = 0, False, ""
    for place, sign in enumerate(text):
        if sign == "\n":
            quoted, closing = False, ""
        if sign == '"' and not closing:
            quoted = not quoted
        elif not quoted and sign in "<(":
            closing = ">" if sign == "<" else ")"
        elif sign == closing:
            closing = ""
        elif sign in ",;\n" and not quoted and not closing:
            yield text[start:place], sign
            start = place + 1
    yield text[start:], "\n"


def _joined(entries: Iterator[tuple[str, str]]) -> Iterator[str]:
    """`Lima, Ana <a@b>` is one entry: a name without an address goes with what follows its comma."""
    before = ""
    for raw, mark in entries:
        entry = _FIELD.sub("", raw.strip(), count=1) if _FIELD.match(raw.strip()) else raw.strip()
        if before and "<" in entry and "@" in entry:
            entry = f"{before}, {entry}"
        elif before:
            yield before
        before = ""
        if entry and "@" not in entry and mark == ",":
            before = entry
        elif entry:
            yield entry
    if before:
        yield before


def _apart(entry: str) -> list[str]:
    """Addresses with nothing but spaces between are several."""
    words = entry.split()
    return words if all("@" in word for word in words) and "<" not in entry else [entry]


def _person(entry: str) -> list[str]:
    """Name and address of `Ana Lima <ana@x.y>`, `ana@x.y (Ana Lima)` and the like."""
    sign = entry.rfind("@")
    start, end = sign, sign + 1
    while start > 0 and entry[start - 1] not in _OUTSIDE:
        start -= 1
    while end < len(entry) and entry[end] not in _OUTSIDE:
        end += 1
    before, mail, after = entry[:start], entry[start:end].rstrip("."), entry[end:].lstrip(" >)]'\"")
    if sign < 0 or not 2 < len(mail) < 255 or mail[0] == "@" or mail[-1] == "@" or after[:1] not in ("", "("):
        return [_name(entry), ""]
    name = _name(before.rstrip(" <([").removesuffix("mailto:")) or _name(after.strip("() "))
    return ["" if name.casefold() == mail.casefold() else name, mail]


def _name(text: str) -> str:
    """Without quotation marks, decoded, and in speaking order: `"Lima, Ana"` is Ana Lima."""
    text = text.strip(" <(['\"\t").replace('\\"', '"').strip()
    if "=?" in text:
        with suppress(HeaderParseError, LookupError, UnicodeError, ValueError):
            text = str(make_header(decode_header(text)))
    last, comma, first = text.partition(",")
    if comma and "," not in first and first.strip():
        text = f"{first.strip()} {last.strip()}"
    return " ".join(text.split())


def _table(rows: Sequence[Sequence[str]]) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out).writerows([safe_cell(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8", "replace")

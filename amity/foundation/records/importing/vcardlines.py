"""The lines of vCards as whole ones: folded lines joined, what old phones encode decoded."""

from __future__ import annotations

import quopri
import re
from collections.abc import Iterable, Iterator, Mapping

from amity.foundation.records.importing.source import MAX_RECORD
from amity.foundation.records.importing.text import check_encoding

_QUOTED = re.compile(r"[^:]*;(?:ENCODING=)?QUOTED-PRINTABLE[;:]")
_BASE64 = re.compile(r"[^:]*;(?:ENCODING=)?(?:BASE64|B)[;:]")
_START = re.compile(r"(?:[\w-]+\.)?[A-Za-z][\w-]*[;:]")
_OLD = re.compile(r"\\[;,:\\]|[\\,\n]")


def unfolded(lines: Iterable[str]) -> Iterator[str]:
    """Joins what belongs together. A line of more than a million characters is cut there.

    Old phones break quoted-printable text after `=`, and fold pictures without the space that tells so.
    Version 2.1 breaks text before a space that belongs to it, later ones before a space of their own.
    """
    parts: list[str] = []
    size = 0
    old = quoted = picture = soft = False
    for line in lines:
        folded = line[:1] in (" ", "\t")
        if parts and (soft or folded or (picture and line.strip() and not _START.match(line))):
            more = line[1:] if folded and not soft and (picture or not old) else line
        else:
            if parts:
                yield "".join(parts)
            head = line[:200].upper()
            old = _is_old(head, old)
            quoted, picture = bool(_QUOTED.match(head)), bool(_BASE64.match(head))
            parts, size, more = [], 0, line
        soft = quoted and more.endswith("=")
        size += len(more)
        if size <= MAX_RECORD or not parts:
            parts.append(more[:-1] if soft else more)
    if parts:
        yield "".join(parts)


def _is_old(head: str, old: bool) -> bool:
    """Whether the lines from here on are of version 2.1."""
    if head.startswith("VERSION"):
        return head.replace(" ", "").startswith("VERSION:2.1")
    return old and not head.startswith("BEGIN")


def without_agents(lines: Iterable[str]) -> Iterator[str]:
    """Leaves out the card of an assistant that version 2.1 writes within the card (`AGENT`)."""
    inner, agent = 0, False
    for line in lines:
        start = line[:32].replace(" ", "").upper()
        if (start.startswith("AGENT") and start.rstrip(":").endswith("BEGIN:VCARD")) or (
            start.startswith("BEGIN:VCARD") and (inner or agent)
        ):
            inner += 1
        elif start.startswith("END:VCARD") and inner:
            inner -= 1
        elif not inner:
            yield line
        if start:
            agent = not inner and start.startswith(("AGENT:", "AGENT;"))


def decoded(value: str, params: Mapping[str, str]) -> str:
    """The value of a property that names its encoding. Raises SourceError or UnicodeError where it is another."""
    charset = params.get("charset", "")
    if params.get("encoding", "").lower() != "quoted-printable":
        return value
    raw = quopri.decodestring(value.encode("utf-8", "surrogateescape"))
    text = raw.decode(check_encoding(charset)) if charset else _either(raw)
    return text.replace("\r\n", "\n").replace("\r", "\n").strip("\n")


def _either(raw: bytes) -> str:
    """Without a named charset: UTF-8, as most phones write, else what Western ones did."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")


def escape_old(value: str, *, commas: bool) -> str:
    """Version 2.1 escapes semicolons alone; later versions commas, backslashes and line breaks as well."""

    def change(found: re.Match[str]) -> str:
        sign = found.group()
        if len(sign) == 2:
            return sign[1] if sign[1] == ":" else sign
        if sign == ",":
            return "\\," if commas else sign
        return "\\n" if sign == "\n" else "\\\\"

    return _OLD.sub(change, value)

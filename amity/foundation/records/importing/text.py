"""Text files as bounded lines: decoding that marks broken bytes instead of stopping."""

from __future__ import annotations

import codecs
import io
from collections import deque
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from amity.foundation.records.importing.source import MAX_RECORD, SourceError

BLOCK = 1 << 18
MAX_REWINDS = 100
# A lone surrogate: no decoder produces it from valid bytes, so it can only mean broken ones.
BROKEN = "\udcff"

ENCODINGS = (
    "utf-8", "utf-16", "utf-16-le", "utf-16-be",
    "cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258",
    "iso-8859-1", "iso-8859-2", "iso-8859-5", "iso-8859-7", "iso-8859-9", "iso-8859-15",
    "koi8-r", "koi8-u", "cp866", "mac-roman", "cp874",
    "cp932", "shift_jis", "euc-jp", "gb18030", "big5", "euc-kr", "cp949",
)  # fmt: skip


def _mark_broken(error: UnicodeError) -> tuple[str, int]:
    if isinstance(error, UnicodeDecodeError):
        return BROKEN, error.end
    raise error


codecs.register_error("amity.mark", _mark_broken)


def check_encoding(name: str) -> str:
    """The codec to decode with. Only encodings that files really come in are let through."""
    folded = name.strip().lower().replace("_", "-")
    known = {choice.replace("_", "-"): choice for choice in ENCODINGS}
    folded = {"utf8": "utf-8", "utf-8-sig": "utf-8", "windows-1251": "cp1251", "windows-1252": "cp1252",
              "windows-1254": "cp1254", "latin-1": "iso-8859-1", "latin1": "iso-8859-1",
              "shift-jis": "cp932"}.get(folded, folded)  # fmt: skip
    if folded not in known:
        raise SourceError("encoding", format_lazy(_("The encoding {name} is not known."), name=name[:40]))
    return known[folded]


def read_blocks(path: Path, encoding: str) -> Iterator[tuple[str, int]]:
    """Whole lines of about 256 KB together, without the byte order mark, each with the bytes read so far.

    A line longer than MAX_RECORD is cut there: its rest up to the next line end is left out.
    """
    decoder = codecs.getincrementaldecoder(encoding)(errors="amity.mark")
    carry, done, cutting, first = "", 0, False, True
    with path.open("rb") as file:
        while True:
            data = file.read(BLOCK)
            done += len(data)
            text = carry + decoder.decode(data, final=not data)
            if first and text:
                text, first = text.removeprefix("\ufeff"), False
            if cutting:
                text, cutting = _after_line_end(text)
            cut = len(text) if not data else max(text.rfind("\n"), text.rfind("\r", 0, len(text) - 1)) + 1
            whole, carry = text[:cut], text[cut:]
            if len(carry) > MAX_RECORD:
                whole, carry, cutting = whole + carry[: MAX_RECORD + 1] + "\n", "", True
            if whole:
                yield whole, done
            if not data:
                return


def _after_line_end(text: str) -> tuple[str, bool]:
    """What follows the first line end, and whether none was found."""
    ends = [end for end in (text.find("\n"), text.find("\r")) if end >= 0]
    return (text[min(ends) + 1 :], False) if ends else ("", True)


class LineFeed:
    """Hands lines to a csv reader and keeps those of the record being read, so that a quotation mark that is
    never closed costs its own line only: the lines after it can be given again.
    """

    def __init__(self, path: Path, encoding: str, skip: int = 0) -> None:
        self.held: list[str] = []
        self.size = 0  # characters of the held lines
        self.fault = False  # a held line has broken bytes, a NUL or too many characters
        self.ended = False  # the reader asked for more than there was
        self.at_end = False  # the file is read to its end
        self.bytes_read = 0
        self.rewinds = 0
        self._again: list[str] = []  # in reverse order
        self._raw = self._read(path, encoding)
        deque(islice(self._raw, skip), maxlen=0)
        self.fault = False

    def _read(self, path: Path, encoding: str) -> Iterator[str]:
        for text, self.bytes_read in read_blocks(path, encoding):
            doubtful = _is_doubtful(text) or len(text) > MAX_RECORD
            for line in io.StringIO(text, newline=""):
                if doubtful and (len(line) > MAX_RECORD or _is_doubtful(line)):
                    self.fault = True
                yield line

    def lines(self) -> Iterator[str]:
        """Lines for one csv reader. Ends early where a record grows past its limit, and after MAX_REWINDS
        unclosed quotation marks after every line, so that hostile files stay linear.
        """
        self.ended = False
        held, again = self.held, self._again
        while True:
            if again:
                line = again.pop()
                self.fault = self.fault or _is_doubtful(line)
            else:
                following = next(self._raw, None)
                if following is None:
                    self.at_end = True
                    break
                line = following
            held.append(line)
            self.size += len(line)
            yield line
            if self.size > MAX_RECORD or (self.rewinds >= MAX_REWINDS and held):
                break
        self.ended = True

    def next_record(self) -> None:
        self.held.clear()
        self.size = 0
        self.fault = False

    def give_again(self) -> None:
        """Keeps the first held line as read, and gives the others once more."""
        if len(self.held) > 1:
            self._again.extend(reversed(self.held[1:]))
            self.rewinds += 1
        self.at_end = self.at_end and not self._again
        self.next_record()


def _is_doubtful(text: str) -> bool:
    return BROKEN in text or "\0" in text

"""Zip archives opened with limits: what a part really holds, whatever the archive declares."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from amity.foundation.records.importing.source import MAX_XLSX_CELLS, SourceError

MAX_INFLATED = 300 << 20
MAX_RATIO = 150
RATIO_FROM = 8 << 20  # smaller parts may be as repetitive as they like
MAX_PARTS = 2_000
CHUNK = 1 << 18
BAD_ARCHIVE = (zipfile.BadZipFile, zlib.error, struct.error, OSError, ValueError, NotImplementedError)


def inflate(file: BinaryIO, part: zipfile.ZipInfo, limit: int = MAX_INFLATED) -> Iterator[bytes]:
    """What the part really holds. zipfile itself stops at the declared size, which may be a lie.

    Raises SourceError past `limit` bytes or where the part is a bomb.
    """
    size = 0
    for chunk in _raw(file, part):
        size += len(chunk)
        if size > limit or (size > RATIO_FROM and size > MAX_RATIO * part.compress_size):
            raise bomb()
        yield chunk


def _raw(file: BinaryIO, part: zipfile.ZipInfo) -> Iterator[bytes]:
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


def broken() -> SourceError:
    return SourceError("broken", _("The spreadsheet is broken and cannot be read."))


def locked() -> SourceError:
    return SourceError("password", _("The spreadsheet is protected by a password."))


def bomb() -> SourceError:
    return SourceError("too_large", _("The spreadsheet unpacks to far more than is read."))


def too_many_cells() -> SourceError:
    text = _("The sheet has more than {limit} cells. Please split it or save it as CSV.")
    return SourceError("too_many_cells", format_lazy(text, limit=MAX_XLSX_CELLS))

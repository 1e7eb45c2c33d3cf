"""Receiving a file of up to 500 MB without ever holding it in memory, and stopping at the limit."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadhandler import StopUpload, TemporaryFileUploadHandler
from django.http import HttpRequest
from django.utils.translation import gettext as _

from amity.foundation.core.errors import Invalid
from amity.foundation.records.services.import_files import MAX_FILE

SLACK = 1 << 20  # what a form has around its file


class LimitedUpload(TemporaryFileUploadHandler):
    """Writes to a temporary file and stops reading the body when it grows past the limit."""

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self.size = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> Any:
        self.size += len(raw_data)
        if self.size > MAX_FILE:
            self.request.too_large = True  # type: ignore[union-attr]
            raise StopUpload(connection_reset=True)
        return super().receive_data_chunk(raw_data, start)


def limit_upload(request: HttpRequest) -> None:
    """Call before anything reads the body. Raises Invalid at `file` when the body says it is too large."""
    length = request.headers.get("Content-Length", "")
    if length.isdecimal() and int(length) > MAX_FILE + SLACK:
        raise too_large()
    request.upload_handlers = [LimitedUpload(request)]


def too_large() -> Invalid:
    return Invalid.one("file", "too_large", _("The file is larger than %(n)s MB.") % {"n": MAX_FILE // 2**20})

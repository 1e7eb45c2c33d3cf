"""One line per endpoint: what it does, takes and gives. The description and its page are made from these."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Description:
    """`body` and `answer` name schemas; a `*` in them stands for the object's key."""

    summary: Any
    parameters: tuple[str, ...] = ()
    body: str = ""
    answer: str = ""
    status: int = 200
    errors: tuple[str, ...] = ()
    body_type: str = "application/json"
    answer_type: str = "application/json"


_D = Description
_LIST = ("filter", "sort", "cursor", "limit", "fields", "expand", "q", "count", "trash")
_PAGE = ("cursor", "limit")

DESCRIPTIONS: dict[tuple[str, str], Description] = {
    ("me", "GET"): _D(_("Who this token speaks for"), answer="Me"),
    ("metadata", "GET"): _D(_("Objects, fields, choices and one's rights"), answer="Metadata"),
    ("search", "GET"): _D(
        _("Search over all objects"), ("search_q", "objects", "search_limit"), answer="Hits"
    ),
    ("openapi", "GET"): _D(_("This description as OpenAPI 3.1"), answer="Anything"),
    ("docs", "GET"): _D(_("This description as a page"), answer="Page", answer_type="text/html"),
    ("records", "GET"): _D(_("List records"), _LIST, answer="*.list"),
    ("records", "POST"): _D(_("Create a record"), body="*.create", answer="*", status=201),
    ("batch", "POST"): _D(
        _("Up to 1,000 changes at once"), body="*.batch", answer="Results", errors=("412",)
    ),
    ("batch_undo", "POST"): _D(_("Take a whole batch back"), answer="BatchUndone"),
    ("views", "GET"): _D(_("Saved views"), answer="Views"),
    ("record", "GET"): _D(
        _("Read a record"), ("fields", "expand", "trash", "If-None-Match"), answer="*", errors=("304",)
    ),
    ("record", "PATCH"): _D(_("Change fields of a record"), ("If-Match",), "*.update", "*", errors=("412",)),
    ("record", "DELETE"): _D(_("Move a record to the trash"), ("If-Match",), status=204, errors=("412",)),
    ("restore", "POST"): _D(_("Bring a record back from the trash"), answer="*"),
    ("history", "GET"): _D(_("Who changed what"), (*_PAGE, "trash"), answer="History"),
    ("undo", "POST"): _D(_("Take a change back"), answer="Undone"),
    ("notes", "GET"): _D(_("List notes"), _PAGE, answer="Notes"),
    ("notes", "POST"): _D(_("Write a note"), body="NewNote", answer="Note", status=201),
    ("note", "GET"): _D(_("Read a note"), answer="Note"),
    ("note", "PATCH"): _D(_("Change or pin a note"), body="NoteChange", answer="Note"),
    ("note", "DELETE"): _D(_("Delete a note"), status=204),
    ("links", "GET"): _D(_("List linked records"), answer="Links"),
    ("links", "POST"): _D(_("Link records"), body="NewLinks", answer="Links"),
    ("link", "DELETE"): _D(_("Remove a link"), status=204),
    ("files", "GET"): _D(_("List files"), _PAGE, answer="Files"),
    ("files", "POST"): _D(
        _("Upload a file"), body="Upload", body_type="multipart/form-data", answer="File", status=201
    ),
    ("file", "GET"): _D(_("Download a file"), answer="Content", answer_type="application/octet-stream"),
    ("file", "DELETE"): _D(_("Delete a file"), status=204),
}

"""Files of a record: list, upload, download, delete."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from django.utils.http import content_disposition_header

from amity.engines.api.body import read_upload
from amity.engines.api.call import Call, answer, nothing
from amity.engines.api.views.parts import newest, page_of
from amity.foundation.core.clock import to_iso
from amity.foundation.core.errors import NotFound
from amity.foundation.records.access import get_record
from amity.foundation.records.services import files


def file_json(stored: Any) -> dict[str, Any]:
    return {
        "id": stored.pk,
        "name": stored.name,
        "size": stored.size,
        "content_type": stored.content_type,
        "sha256": stored.sha256,
        "uploaded_by": stored.uploaded_by_id,
        "created_at": to_iso(stored.created_at),
    }


def list_files(call: Call) -> HttpResponse:
    """Files of the record; those of fields one may not see are left out."""
    get_record(call.spec, call.actor, call.record_id)
    shown = ["", *(item.key for item in call.spec.live_fields)]
    rows = files.files_of(call.spec, call.actor.workspace_id, call.record_id).filter(field_key__in=shown)
    found, cursor = newest(call, rows)
    return page_of([file_json(stored) for stored in found], cursor)


def upload(call: Call) -> HttpResponse:
    """One file as multipart/form-data under the name `file`."""
    call.query()
    get_record(call.spec, call.actor, call.record_id, "edit")
    stored = files.add_file(
        actor=call.actor, spec=call.spec, record_id=call.record_id, upload=read_upload(call.request)
    )
    response = answer(file_json(stored), 201)
    response["Location"] = f"/api/v1/{call.spec.key}/{call.record_id}/files/{stored.pk}"
    return response


def _own(call: Call) -> int:
    """The file's id, when it hangs on the record of the address; the service checks the rights."""
    rows = files.files_of(call.spec, call.actor.workspace_id, call.record_id)
    file_id = int(call.path["file_id"])
    if not rows.filter(pk=file_id).exists():
        raise NotFound
    return file_id


def download(call: Call) -> HttpResponse:
    """Always an attachment, never run: nosniff and a sandbox without rights."""
    call.query()
    stored, _spec = files.get_file(actor=call.actor, file_id=_own(call))
    response = StreamingHttpResponse(files.read_chunks(stored), content_type=stored.content_type)
    response["Content-Length"] = str(stored.size)
    response["Content-Disposition"] = content_disposition_header(True, stored.name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, no-store"
    return response  # type: ignore[return-value]


def remove(call: Call) -> HttpResponse:
    call.query()
    files.delete_file(actor=call.actor, file_id=_own(call))
    return nothing()

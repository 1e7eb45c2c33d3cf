"""Files of a record: upload with progress or plainly, download as an attachment, trash with undo."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from amity.engines.web.pages import actor_of, done, once, render_page, signed_in
from amity.engines.web.views.common import Place, came_from, object_tabs, place_of
from amity.foundation.core import clock
from amity.foundation.core.errors import Invalid
from amity.foundation.core.money import format_number
from amity.foundation.records.access import get_record
from amity.foundation.records.services import files as service

ICONS = {"image": "image", "text": "file-text", "application/pdf": "file-text", "application/zip": "archive"}


def file_items(place: Place, record_id: int) -> list[dict[str, Any]]:
    """What the files card shows; hidden fields' files are left out."""
    hidden = {item.key for item in place.spec.fields if item.hidden}
    rows = service.files_of(place.spec, place.actor.workspace_id, record_id).order_by("-created_at")[:50]
    return [
        {
            "id": row.pk,
            "title": row.name,
            "url": f"/files/{row.pk}/",
            "sub": f"{size_text(row.size, place.context.language)} · "
            + clock.human_time(row.created_at, place.context.zone, place.context.language, clock.now()),
            "icon_name": ICONS.get(row.content_type) or ICONS.get(row.content_type.split("/")[0], "file"),
        }
        for row in rows
        if row.field_key not in hidden
    ]


def size_text(size: int, language: str) -> str:
    if size < 1024:
        return f"{format_number(size, language)} B"
    if size < 1024 * 1024:
        return f"{format_number(size // 1024, language)} KB"
    return f"{format_number(round(size / 1024 / 1024, 1), language)} MB"


@signed_in
@once
def upload(request: HttpRequest, key: str, record_id: int) -> HttpResponse:
    """One or more files. GET is the plain page for those without JavaScript."""
    place = place_of(request, key)
    record = get_record(place.spec, place.actor, record_id, "edit")
    errors: list[str] = []
    if request.method == "POST":
        kept, errors = _keep(place, record_id, request.FILES.getlist("file") or [None])
        if kept and not errors:
            return done(request, place.record_url(record_id), _("File added."))
    context = {
        "spec": place.spec, "title": record.title, "url": f"{place.record_url(record_id)}files/",
        "errors": errors,
        "back": place.record_url(record_id), "tabs": object_tabs(place.actor, key),
        "limit": service.MAX_BYTES // 1024 // 1024,
    }  # fmt: skip
    return render_page(request, "web/records/upload.j2", context, status=422 if errors else 200)


def _keep(place: Place, record_id: int, uploads: list[Any]) -> tuple[int, list[str]]:
    errors = []
    for one in uploads[:20]:
        try:
            service.add_file(actor=place.actor, spec=place.spec, record_id=record_id, upload=one)
        except Invalid as error:
            errors.append(f"{one.name}: {error}" if one else str(error))
    return len(uploads[:20]) - len(errors), errors


@signed_in
@require_GET
def download(request: HttpRequest, file_id: int) -> HttpResponse:
    """Always an attachment, never run: nosniff and a sandbox without rights."""
    stored, _spec = service.get_file(actor=actor_of(request), file_id=file_id)
    answer = StreamingHttpResponse(service.read_chunks(stored), content_type=stored.content_type)
    answer["Content-Length"] = str(stored.size)
    answer["Content-Disposition"] = content_disposition_header(True, stored.name) or "attachment"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer["Cache-Control"] = "private, no-store"
    answer["Cross-Origin-Resource-Policy"] = "same-origin"
    return answer  # type: ignore[return-value]


@signed_in
@require_POST
def delete(request: HttpRequest, file_id: int) -> HttpResponse:
    stored, spec = service.delete_file(actor=actor_of(request), file_id=file_id)
    text = _("“%(name)s” deleted.") % {"name": stored.name}
    back = came_from(request, f"/{spec.key}/{stored.record_id}/")
    return done(request, back, text, undo_url=f"/files/{file_id}/restore/")


@signed_in
@require_POST
def restore(request: HttpRequest, file_id: int) -> HttpResponse:
    stored, spec = service.restore_file(actor=actor_of(request), file_id=file_id)
    back = came_from(request, f"/{spec.key}/{stored.record_id}/")
    return done(request, back, _("“%(name)s” is back.") % {"name": stored.name})

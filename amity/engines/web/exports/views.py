"""The list at hand as a file: same filter, search, sort and view."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from amity.engines.web.pages import signed_in
from amity.engines.web.state import ListState, state_of, views_of
from amity.engines.web.views.common import Place, place_of
from amity.foundation.core.scope import scope
from amity.foundation.records.services.exports import Export, export, formats_for


@signed_in
@require_GET
def download(request: HttpRequest, key: str) -> HttpResponseBase:
    """`format` csv, xlsx, vcf or jsonl; `fields=all` for every field instead of the list's columns."""
    place = place_of(request, key)
    state = state_of(place, request.GET, views_of(place))
    columns = () if request.GET.get("fields") == "all" else (state.columns or place.spec.default_columns)
    file = export(
        actor=place.actor,
        spec=place.spec,
        query=state.query(),
        format=request.GET.get("format", "csv"),
        columns=columns,
    )
    headers = {"Content-Disposition": f'attachment; filename="{file.name}"', "Cache-Control": "no-store"}
    return StreamingHttpResponse(_within(place, file), content_type=file.content_type, headers=headers)


def _within(place: Place, file: Export) -> Iterator[bytes]:
    """The answer is made after the request is over, so workspace and language are opened again."""
    with scope(place.actor.workspace_id), translation.override(place.actor.language):
        yield from file.chunks


def export_items(place: Place, state: ListState) -> list[dict[str, Any]]:
    """Lines of the list's menu; none without the right."""
    if not place.actor.may(place.spec.key, "export") or state.trash:
        return []
    texts = {
        "csv": _("Export as CSV"),
        "xlsx": _("Export as Excel"),
        "vcf": _("Export as vCard"),
        "jsonl": _("Export as JSON Lines"),
    }
    base = state.url(cursor="", start=0)
    mark = "&" if "?" in base else "?"
    tail = base.removeprefix(place.url)
    return [
        {
            "label": texts[name],
            "url": f"{place.url}export/{tail}{mark}fields=all&format={name}",
            "icon": "download",
        }
        for name in formats_for(place.spec)
    ]

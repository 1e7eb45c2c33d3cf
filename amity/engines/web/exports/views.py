"""The list at hand as a file: same filter, search, sort and view."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from django.http import HttpRequest, QueryDict, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from amity.engines.web.pages import signed_in
from amity.engines.web.state import ListState, state_of, views_of
from amity.engines.web.views.common import Place, place_of
from amity.foundation.core.scope import scope
from amity.foundation.records.services.exports import Export, export, formats_for
from amity.foundation.records.services.recipients import TYPES_OF


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def download(request: HttpRequest, key: str) -> HttpResponseBase:
    """`format` csv, xlsx, vcf or jsonl; `fields=all` for every field instead of the list's columns.

    Posted, it is the ticked rows of the list, or all of it.
    """
    place = place_of(request, key)
    state = state_of(place, request.GET, views_of(place))
    columns = () if request.GET.get("fields") == "all" else (state.columns or place.spec.default_columns)
    whole = request.method != "POST" or request.POST.get("all") == "1"
    file = export(
        actor=place.actor,
        spec=place.spec,
        query=replace(state.query(), ids=None if whole else ticked(request.POST)),
        format=request.GET.get("format", "csv"),
        columns=columns,
    )
    headers = {"Content-Disposition": f'attachment; filename="{file.name}"', "Cache-Control": "no-store"}
    return StreamingHttpResponse(within(place, file), content_type=file.content_type, headers=headers)


def ticked(data: QueryDict) -> tuple[int, ...]:
    """The rows that were ticked in a list."""
    ids = (one for one in data.getlist("ids") if one.isascii() and one.isdecimal() and len(one) < 19)
    return tuple(dict.fromkeys(map(int, ids)))


def within(place: Place, file: Export) -> Iterator[bytes]:
    """The answer is made after the request is over, so workspace and language are opened again."""
    with scope(place.actor.workspace_id), translation.override(place.actor.language):
        yield from file.chunks


def export_items(place: Place, state: ListState, *, selection: bool = False) -> list[dict[str, Any]]:
    """Lines of the list's menu, or of the bar over its ticked rows; none without the right."""
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
    base = f"{place.url}export/{base.removeprefix(place.url)}{mark}fields=all&format="
    items = [
        {"label": texts[name], "icon": "download", **_way(f"{base}{name}", selection)}
        for name in formats_for(place.spec)
    ]
    return [*items, _recipients_item(place, state, selection)] if _written_to(place) else items


def _written_to(place: Place) -> bool:
    """Whether anybody can be written to about records of this object."""
    fields = place.spec.live_fields
    return any(item.type.name in TYPES_OF.values() or item.settings.get("speaks") for item in fields)


def _recipients_item(place: Place, state: ListState, selection: bool) -> dict[str, Any]:
    url = f"{place.url}recipients/{state.url(cursor='', start=0).removeprefix(place.url)}"
    button = {"type": "submit", "attrs": {"form": "bulk", "formaction": url}}
    return {"label": _("Recipients…"), "icon": "mail", **(button if selection else {"url": url})}


def _way(url: str, selection: bool) -> dict[str, Any]:
    """A link, or a button that posts the ticked rows there."""
    button = {"type": "submit", "attrs": {"form": "bulk", "formaction": url, "data-file": ""}}
    return button if selection else {"url": url}

"""Who is written to about a list or its ticked rows: looked at first, then taken as a file."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from amity.engines.web.exports.views import ticked, within
from amity.engines.web.pages import render_page, signed_in
from amity.engines.web.plain_forms import ticked as switched
from amity.engines.web.state import ListState, state_of, views_of
from amity.engines.web.views.common import Place, object_tabs, place_of
from amity.foundation.core.errors import LimitReached
from amity.foundation.core.money import format_number
from amity.foundation.records.services.recipients import Recipient
from amity.foundation.records.services.recipients_file import (
    channel_labels,
    problem_texts,
    recipients_file,
    recipients_of,
)

SHOWN = 50


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, key: str) -> HttpResponseBase:
    """Asked for, it is the whole list; posted, its ticked rows, or a file with `do` csv or xlsx."""
    place = place_of(request, key)
    place.actor.require(key, "export")
    state = state_of(place, request.GET, views_of(place))
    channel, purpose, only = _asked(place, request)
    ids = ticked(request.POST) if request.POST.get("all") != "1" and request.method == "POST" else None
    lines: list[Recipient] = []
    error = ""
    try:
        query = replace(state.query(), ids=ids, cursor="")
        lines = recipients_of(place.actor, place.spec, query, channel, purpose, only=only)
    except LimitReached as refused:
        error = str(refused)
    if request.POST.get("do") in ("csv", "xlsx") and not error:
        return _file(place, lines, channel, purpose, request.POST["do"])
    context = {
        "asked": {"channel": channel, "purpose": purpose, "only": only},
        "ids": ids or (), "everything": ids is None, "error": error,
        **_shown(place, state, lines, purpose),
    }  # fmt: skip
    return render_page(request, "web/pairs/recipients.j2", context, status=422 if error else 200)


def _asked(place: Place, request: HttpRequest) -> tuple[str, str, bool]:
    """Channel, purpose and whether to leave out those not to be written to; what is unknown is the first."""
    channel, purpose = request.POST.get("channel", "email"), request.POST.get("purpose", "")
    purposes = {item.key for item in place.spec.consents}
    return (
        channel if channel in channel_labels() else "email",
        purpose if purpose in purposes else "",
        switched(request, "only"),
    )


def _shown(place: Place, state: ListState, lines: list[Recipient], purpose: str) -> dict[str, Any]:
    count = format_number(len(lines), place.context.language)
    states = {"given": (_("Given"), "green"), "withdrawn": (_("Withdrawn"), "red")}
    problems = problem_texts()
    back = state.url(cursor=state.cursor, start=state.start)
    return {
        "spec": place.spec,
        "tabs": object_tabs(place.actor, place.spec.key),
        "back": back,
        "url": f"{place.url}recipients/{back.removeprefix(place.url)}",
        "channels": list(channel_labels().items()),
        "purposes": [(item.key, item.settings["label"]) for item in place.spec.consents],
        "count": len(lines),
        "told": ngettext("%(n)s recipient", "%(n)s recipients", len(lines)) % {"n": count},
        "more": max(0, len(lines) - SHOWN),
        "rows": [
            {"line": line, "about": [about for about in line.about if not line.own],
             "state": states.get(line.consent) if purpose else None, "problem": problems[line.problem]}
            for line in lines[:SHOWN]
        ],
    }  # fmt: skip


def _file(
    place: Place, lines: list[Recipient], channel: str, purpose: str, format: str
) -> StreamingHttpResponse:
    file = recipients_file(
        actor=place.actor, spec=place.spec, lines=lines, channel=channel, purpose=purpose, format=format
    )
    headers = {"Content-Disposition": f'attachment; filename="{file.name}"', "Cache-Control": "no-store"}
    return StreamingHttpResponse(within(place, file), content_type=file.content_type, headers=headers)


__all__ = ["page"]

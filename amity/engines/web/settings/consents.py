"""Settings → Consents: what people can be asked to agree to, in which words."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from amity.engines.web.pages import actor_of, done
from amity.engines.web.plain_forms import posted
from amity.engines.web.settings.common import admin_action, admin_page, form
from amity.foundation.core.errors import AmityError, NotFound
from amity.foundation.records.models import Purpose
from amity.foundation.records.objects import enabled_specs
from amity.foundation.records.services.consents import archive_purpose, save_purpose

PAGE = "/settings/consents/"
FRESH: dict[str, Any] = {"label": "", "wording": "", "objects": []}


@admin_page
def index(request: HttpRequest) -> HttpResponse:
    """The purposes; a post makes a new one."""
    if request.method != "POST":
        return _list(request, FRESH)
    values = _posted(request)
    try:
        save_purpose(actor=actor_of(request), **values)
    except AmityError as error:
        return _list(request, values, error)
    return done(request, PAGE, _("People can be asked for it now, on their page."))


@admin_page
def one(request: HttpRequest, purpose_id: int) -> HttpResponse:
    row = _row(purpose_id)
    if request.method != "POST":
        values = {"label": row.label, "wording": row.wording, "objects": row.objects_shown}
        return _page(request, row, values)
    values = _posted(request)
    try:
        save_purpose(actor=actor_of(request), purpose_id=purpose_id, **values)
    except AmityError as error:
        return _page(request, row, values, error)
    return done(request, PAGE, _("Saved."))


@admin_action
def archive(request: HttpRequest, purpose_id: int) -> HttpResponse:
    away = request.POST.get("away", request.GET.get("away", "")) == "1"
    archive_purpose(actor=actor_of(request), purpose_id=purpose_id, archived=away)
    text = _("Put away. What people said is kept.") if away else _("It is asked for again.")
    return done(request, PAGE, text, undo_url=f"{PAGE}{purpose_id}/archive/?away={int(not away)}")


def _row(purpose_id: int) -> Purpose:
    row: Purpose | None = Purpose.objects.filter(pk=purpose_id).first()
    if row is None:
        raise NotFound
    return row


def _posted(request: HttpRequest) -> dict[str, Any]:
    return {**posted(request, "label", "wording"), "objects": request.POST.getlist("objects")}


def _objects(request: HttpRequest) -> list[tuple[str, str]]:
    return [(spec.key, str(spec.plural)) for spec in enabled_specs(actor_of(request))]


def _list(request: HttpRequest, values: dict[str, Any], error: AmityError | None = None) -> HttpResponse:
    names = dict(_objects(request))
    rows = [
        {"row": row, "whose": ", ".join(names[key] for key in row.objects_shown if key in names)}
        for row in Purpose.objects.all()
    ]
    return form(request, "consents", {"rows": rows, "objects": list(names.items())}, values, error)


def _page(
    request: HttpRequest, row: Purpose, values: dict[str, Any], error: AmityError | None = None
) -> HttpResponse:
    return form(request, "consent", {"row": row, "objects": _objects(request)}, values, error)

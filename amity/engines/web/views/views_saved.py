"""Saved views: keep the list as it is under a name, rename, share, reorder, delete."""

from __future__ import annotations

from typing import Any

from django.core import signing
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from amity.engines.web.pages import done, is_fragment, render_page, signed_in
from amity.engines.web.state import ListState, state_of, views_of
from amity.engines.web.views.common import Place, field_errors, object_tabs, place_of
from amity.foundation.core.errors import Invalid, Malformed, NotFound
from amity.foundation.records.services import views as service

SALT = "deleted view"


def _state(place: Place, text: str) -> ListState:
    return state_of(place, QueryDict(text.removeprefix("?")), views_of(place))


@signed_in
def new(request: HttpRequest, key: str) -> HttpResponse:
    """Name the list as its address shows it."""
    place = place_of(request, key)
    text = request.POST.get("list", "") if request.method == "POST" else request.META.get("QUERY_STRING", "")
    state = _state(place, text)
    errors: dict[str, list[str]] = {}
    if request.method == "POST":
        private = request.POST.get("private") == "on"
        try:
            view = service.save_view(
                actor=place.actor, spec=place.spec, name=request.POST.get("name", ""), config=state.config,
                private=private,
            )  # fmt: skip
            return done(
                request, f"{place.url}?view={view.pk}", _("View “%(name)s” saved.") % {"name": view.name}
            )
        except Invalid as error:
            errors = field_errors(error)
    context = _form(place, text, request.POST.get("name", ""), request.POST.get("private") == "on", errors)
    return _show(request, {**context, "url": f"{place.url}views/new/", "title": _("Save as a view")}, errors)


@signed_in
def edit(request: HttpRequest, key: str, view_id: int) -> HttpResponse:
    """Its name, and who sees it."""
    place = place_of(request, key)
    view = next((row for row in views_of(place) if row.pk == view_id), None)
    if view is None:
        raise NotFound
    errors: dict[str, list[str]] = {}
    if request.method == "POST":
        name, private = request.POST.get("name", ""), request.POST.get("private") == "on"
        try:
            service.update_view(
                actor=place.actor, spec=place.spec, view_id=view_id, name=name, private=private
            )
            return done(request, f"{place.url}?view={view_id}", _("View saved."))
        except Invalid as error:
            errors = field_errors(error)
    context = _form(place, "", view.name, view.owner_id is not None, errors)
    return _show(
        request, {**context, "url": f"{place.url}views/{view_id}/", "title": _("Change view")}, errors
    )


def _form(
    place: Place, listed: str, name: str, private: bool, errors: dict[str, list[str]]
) -> dict[str, Any]:
    return {
        "spec": place.spec, "tabs": object_tabs(place.actor, place.spec.key), "list": listed, "name": name,
        "private": private, "errors": errors, "back": place.url,
    }  # fmt: skip


def _show(request: HttpRequest, context: dict[str, Any], errors: dict[str, list[str]]) -> HttpResponse:
    block = "form" if is_fragment(request) else ""
    return render_page(request, "web/records/view.j2", context, block=block, status=422 if errors else 200)


@signed_in
@require_POST
def replace(request: HttpRequest, key: str, view_id: int) -> HttpResponse:
    """Keep the list as it now is under the view's name."""
    place = place_of(request, key)
    state = _state(place, request.POST.get("list", ""))
    service.update_view(actor=place.actor, spec=place.spec, view_id=view_id, config=state.config)
    return done(request, f"{place.url}?view={view_id}", _("View saved."))


@signed_in
@require_POST
def move(request: HttpRequest, key: str, view_id: int) -> HttpResponse:
    place = place_of(request, key)
    step = -1 if request.POST.get("way") == "back" else 1
    service.move_view(actor=place.actor, spec=place.spec, view_id=view_id, step=step)
    return done(request, f"{place.url}?view={view_id}")


@signed_in
@require_POST
def delete(request: HttpRequest, key: str, view_id: int) -> HttpResponse:
    place = place_of(request, key)
    view = service.delete_view(actor=place.actor, spec=place.spec, view_id=view_id)
    kept = {"w": place.actor.workspace_id, "n": view.name, "c": view.config, "p": view.owner_id is not None}
    undo = f"{place.url}views/restore/?d={signing.dumps(kept, salt=SALT, compress=True)}"
    return done(request, place.url, _("View “%(name)s” deleted.") % {"name": view.name}, undo_url=undo)


@signed_in
@require_POST
def restore(request: HttpRequest, key: str) -> HttpResponse:
    """Make a deleted view again from its signed description; valid for an hour."""
    place = place_of(request, key)
    try:
        kept = signing.loads(request.GET.get("d", ""), salt=SALT, max_age=3600)
    except signing.BadSignature as error:
        raise Malformed(_("This link is no longer valid.")) from error
    if kept["w"] != place.actor.workspace_id:
        raise NotFound
    view = service.save_view(
        actor=place.actor, spec=place.spec, name=kept["n"], config=kept["c"], private=kept["p"]
    )
    return done(request, f"{place.url}?view={view.pk}", _("The view is back."))

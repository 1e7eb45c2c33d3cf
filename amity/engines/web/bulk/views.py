"""Starting a bulk change from a list: the rows that are ticked, or everything the list's query finds."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from amity.engines.web.bulk import forms
from amity.engines.web.bulk.show import outcome_text
from amity.engines.web.exports.views import ticked
from amity.engines.web.pages import done, render_page, signed_in
from amity.engines.web.runs import follow
from amity.engines.web.state import ListState, state_of, views_of
from amity.engines.web.views.common import Place, field_errors, object_tabs, place_of
from amity.foundation.core.errors import AmityError, Malformed, NotFound
from amity.foundation.core.money import format_number
from amity.foundation.records import listing
from amity.foundation.records.listing import Query
from amity.foundation.records.models import BulkRun
from amity.foundation.records.services.bulk import VERBS, bulk
from amity.foundation.records.services.bulk_change import editable_fields


@signed_in
def edit(request: HttpRequest, key: str) -> HttpResponse:
    """The form of an edit for what was ticked; `only` in the query asks for one field."""
    place = place_of(request, key)
    place.actor.require(key, "edit")
    state = state_of(place, request.GET, views_of(place))
    if request.method != "POST":
        return HttpResponseRedirect(here(state))
    which = selection(state, request.POST)
    if which.ids == ():
        return nothing_chosen(request, state)
    return _form(request, place, state, which, {})


@signed_in
def change(request: HttpRequest, key: str) -> HttpResponse:
    """Edit, delete or bring back what was ticked."""
    place = place_of(request, key)
    action = request.POST.get("do", "edit")
    if action not in VERBS:
        raise Malformed
    place.actor.require(key, VERBS[action])
    state = state_of(place, request.GET, views_of(place))
    if request.method != "POST":
        return HttpResponseRedirect(here(state))
    which = selection(state, request.POST)
    if which.ids == ():
        return nothing_chosen(request, state)
    try:
        changes = forms.posted_changes(place, request.POST) if action == "edit" else []
        run = bulk(actor=place.actor, spec=place.spec, which=which, action=action, changes=changes)
    except NotFound:
        messages.warning(request, _("None of these records is there any more."))
        return done(request, here(state))
    except AmityError as error:
        if error.status not in (403, 409, 422) or action != "edit":
            raise
        return _form(request, place, state, which, field_errors(error))
    return _told(request, place, state, run)


def selection(state: ListState, data: Any) -> Query:
    """The ticked rows, or with `all` the list's whole query."""
    if data.get("all") == "1":
        return replace(state.query(), cursor="", columns=())
    return Query(ids=ticked(data), trash=state.trash)


def here(state: ListState) -> str:
    """The list's page that one came from."""
    return state.url(cursor=state.cursor, start=state.start)


def nothing_chosen(request: HttpRequest, state: ListState) -> HttpResponse:
    messages.warning(request, _("Choose at least one record."))
    return done(request, here(state))


def _form(
    request: HttpRequest, place: Place, state: ListState, which: Query, errors: dict[str, list[str]]
) -> HttpResponse:
    everything = which.ids is None
    count = (
        listing.count(place.spec, which, place.context, exact=True)[0] if everything else len(which.ids or ())
    )
    keys = {item.key for item in editable_fields(place.spec)}
    only = request.GET.get("only", "") if request.GET.get("only") in keys else ""
    number = format_number(count, place.context.language)
    query = here(state).removeprefix(place.url)
    mark = "&" if query else "?"
    context = {
        "spec": place.spec,
        "tabs": object_tabs(place.actor, place.spec.key),
        "title": ngettext("Change %(n)s record", "Change %(n)s records", count) % {"n": number},
        "url": f"{place.url}bulk/{query}{f'{mark}only={only}' if only else ''}",
        "back": here(state),
        "groups": forms.groups_of(place, request.POST, errors, count, only),
        "summary": summary_of(place, errors),
        "ids": () if everything else which.ids,
        "everything": everything,
    }
    return render_page(request, "web/bulk/edit.j2", context, status=422 if errors else 200)


def summary_of(place: Place, errors: dict[str, list[str]]) -> list[tuple[str, str]]:
    """Every error with its field's name: the same text may stand at several."""
    labels = {item.key: f"{item.label}: " for item in place.spec.live_fields}
    return [(key, f"{labels.get(key, '')}{text}") for key, texts in errors.items() for text in texts]


def _told(request: HttpRequest, place: Place, state: ListState, run: BulkRun) -> HttpResponse:
    """A toast with Undo where all went well at once; else the run's own page."""
    url = f"/bulk/{run.pk}/"
    if run.state == "running":
        follow(request, url)
        return done(request, url)
    if run.refused:
        return done(request, url)
    undo = f"{url}undo/" if run.changed else ""
    return done(request, here(state), outcome_text(run, place.actor), undo_url=undo)

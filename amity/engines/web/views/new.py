"""Adding a record: four fields in a dialog, or all of them on a page; the same form without JavaScript."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from amity.engines.web.conditions import in_use, redraw
from amity.engines.web.forms import Choices, form_field, quick_control, shown_control, typed_control
from amity.engines.web.pages import done, is_fragment, once, render_page, signed_in
from amity.engines.web.views.common import Place, add_text, field_errors, object_tabs, place_of, undo_url
from amity.engines.web.views.pick import linked_row
from amity.foundation.core.errors import AmityError
from amity.foundation.records.services.clean import form_values
from amity.foundation.records.services.duplicates import Duplicate, find_duplicates, preview_values
from amity.foundation.records.services.forms import create_from_form
from amity.foundation.records.spec import Field


@signed_in
@once
def new(request: HttpRequest, key: str) -> HttpResponse:
    """GET the form, POST it. htmx gets the short form of the dialog, a page has every field."""
    place = place_of(request, key)
    place.actor.require(key, "create")
    quick = is_fragment(request)
    if request.method != "POST":
        return answer(request, place, quick, request.GET, {}, [], filled=False)
    quick = quick or "quick" in request.POST
    fields = quick_fields(place) if quick else new_fields(place)
    if "anyway" not in request.POST:
        alike = look_alikes(place, fields, request.POST)
        if alike:
            return answer(request, place, quick, request.POST, {}, alike, status=422)
    try:
        record_id = create_from_form(actor=place.actor, spec=place.spec, fields=fields, data=request.POST)
    except AmityError as error:
        if error.status not in (409, 422):
            raise
        return answer(request, place, quick, request.POST, field_errors(error), [], status=422)
    text = _("%(object)s added.") % {"object": place.spec.label}
    return done(request, place.record_url(record_id), text, undo_url=undo_url(place, record_id))


@signed_in
@require_POST
def alike(request: HttpRequest, key: str) -> HttpResponse:
    """While one types: records that look like the one in the form, by what can be read of it so far."""
    place = place_of(request, key)
    place.actor.require(key, "create")
    fields = quick_fields(place) if "quick" in request.POST else new_fields(place)
    found = look_alikes(place, [item for item in fields if is_sound(place, item, request.POST)], request.POST)
    context = {"spec": place.spec, "alike": found, "asked": False, "may_merge": may_merge(place)}
    return render_page(request, "web/records/alike.j2", context)


@signed_in
@require_POST
def fields(request: HttpRequest, key: str) -> HttpResponse:
    """The fields of the full form as they are with what was typed so far."""
    place = place_of(request, key)
    place.actor.require(key, "create")
    context = {"groups": all_groups(place, request.POST, {}, filled=True), "redraw": redraw_of(place)}
    return render_page(request, "web/records/new.j2", context, block="fields")


def redraw_of(place: Place) -> dict[str, str]:
    return redraw(new_fields(place), f"{place.url}new/fields/")


def answer(
    request: HttpRequest,
    place: Place,
    quick: bool,
    data: QueryDict,
    errors: dict[str, list[str]],
    alike: list[Duplicate],
    *,
    filled: bool = True,
    status: int = 200,
) -> HttpResponse:
    groups = quick_groups(place, data, errors, filled) if quick else all_groups(place, data, errors, filled)
    names = {one["name"] for group in groups for one in group["fields"]}
    context = {
        "spec": place.spec,
        "tabs": object_tabs(place.actor, place.spec.key),
        "url": f"{place.url}new/",
        "cancel_url": place.url,
        "groups": groups,
        "redraw": {} if quick else redraw_of(place),
        "quick": quick,
        "summary": [
            (key, text) for key, texts in errors.items() for text in texts if key not in names or not quick
        ],
        "alike": alike,
        "asked": True,
        "may_merge": may_merge(place),
        "fixed": fixed_values(place, quick, data, names),
        "title": add_text(place.spec),
    }
    block = "form" if quick and is_fragment(request) else ""
    return render_page(request, "web/records/new.j2", context, block=block, status=status)


def fixed_values(place: Place, quick: bool, data: QueryDict, names: set[str]) -> list[tuple[str, str]]:
    """Values the address gave that the short form does not ask: `?company=7`."""
    if not quick:
        return []
    links = [item for item in place.spec.writable if item.target and item.key not in names]
    return [(item.key, str(data[item.key])) for item in links if data.get(item.key)]


def look_alikes(place: Place, fields: list[Field], data: QueryDict) -> list[Duplicate]:
    """Visible records that look like this one; a form with errors is told of those first."""
    readable = [field for field in fields if not field.target]
    try:
        values = form_values(place.spec, readable, data, place.context)
        filled = {key: value for key, value in values.items() if value is not None}
        return find_duplicates(place.spec, preview_values(place.spec, filled, place.context), place.actor)
    except AmityError:
        return []


def may_merge(place: Place) -> bool:
    """Whether those that look alike could be made one by this person."""
    return place.actor.may(place.spec.key, "edit") and place.actor.may(place.spec.key, "delete")


def is_sound(place: Place, item: Field, data: QueryDict) -> bool:
    try:
        form_values(place.spec, [item], data, place.context)
    except AmityError:
        return False
    return True


# --- which fields ------------------------------------------------------------------------


def quick_fields(place: Place) -> list[Field]:
    """At most four in sight, and links that the address may have filled."""
    chosen = [place.spec.by_key[key] for key in place.spec.quick_add if key in place.spec.by_key]
    links = [item for item in place.spec.writable if item.target and item not in chosen]
    return [item for item in chosen if writable(item)] + links


def new_fields(place: Place) -> list[Field]:
    """Everything one can fill; a name that is made of parts is asked as one."""
    return [item for item in place.spec.writable if writable(item) and item.key not in place.spec.title_parts]


def writable(item: Field) -> bool:
    return not item.read_only and not item.hidden and not item.archived and item.type.name != "file"


def quick_groups(
    place: Place, data: QueryDict, errors: dict[str, list[str]], filled: bool
) -> list[dict[str, Any]]:
    choices = Choices(place.context)
    asked = [item for item in quick_fields(place) if item.key in place.spec.quick_add][:4]
    fields = []
    for item in asked:
        params = quick_control(item, data if filled else None, choices)
        if not filled and data.get(item.key):
            params |= preset(place, item, data, choices)
        fields.append({**form_field(item, params, errors), "wide": False})
    return [{"label": "", "fields": fields}]


def all_groups(
    place: Place, data: QueryDict, errors: dict[str, list[str]], filled: bool
) -> list[dict[str, Any]]:
    choices = Choices(place.context)
    groups: dict[str, list[dict[str, Any]]] = {}
    asked = new_fields(place)
    starts = {item.key: item.default for item in asked}
    for item in in_use(place, asked, data if filled else None, starts):
        params = typed_control(item, data, choices) if filled else shown_control(item, None, choices)
        if not filled and data.get(item.key):
            params |= preset(place, item, data, choices)
        if not filled and item.key == "owner":
            params["value"] = place.actor.user_id
        groups.setdefault(str(item.group), []).append(form_field(item, params, errors))
    return [{"label": label, "fields": fields} for label, fields in groups.items()]


def preset(place: Place, item: Field, data: QueryDict, choices: Choices) -> dict[str, Any]:
    """A value from the address: `?company=7`, `?name=Ana`."""
    if item.target:
        row = linked_row(place, item, str(data[item.key]))
        return shown_control(item, row, choices) if row else {}
    return {"value": data[item.key]} if item.type.name in ("text", "email", "phone", "url") else {}

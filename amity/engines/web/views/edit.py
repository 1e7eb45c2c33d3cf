"""Changing a record: one field in place, or all of them in a form that works without JavaScript."""

from __future__ import annotations

from html import unescape
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.html import strip_tags
from django.utils.translation import gettext as _

from amity.engines.web import cells
from amity.engines.web.conditions import in_use, redraw, sent
from amity.engines.web.forms import Choices, form_field, shown_control, typed_control
from amity.engines.web.pages import done, is_fragment, render_page, signed_in
from amity.engines.web.views.common import Place, came_from, field_errors, object_tabs, place_of, undo_url
from amity.engines.web.views.new import writable
from amity.engines.web.views.records import has_unseen, header_of
from amity.foundation.core.errors import AmityError, Denied, Malformed, NotFound
from amity.foundation.records.access import get_record
from amity.foundation.records.services.files import field_from_form
from amity.foundation.records.services.forms import update_from_form
from amity.foundation.records.spec import Field
from amity.foundation.records.values import Row, row_of


@signed_in
def field(request: HttpRequest, key: str, record_id: int, name: str) -> HttpResponse:
    """GET answers the editor of one field, POST saves it and answers its new look."""
    place = place_of(request, key)
    record = get_record(place.spec, place.actor, record_id, "edit")
    item = editable_field(place, name)
    row = row_of(place.spec, record, place.context, [item])
    if has_unseen(item, row):
        raise Denied(_("You cannot change this link."))
    if request.method == "POST":
        return save_field(request, place, item, row)
    if not is_fragment(request):
        return HttpResponseRedirect(f"{place.record_url(record_id)}edit/#{name}")
    return editor(request, item, shown_control(item, row, Choices(place.context)), dump(row.values.get(name)))


def editable_field(place: Place, name: str) -> Field:
    item = place.spec.field(name)
    if item is None or item.archived or item.hidden:
        raise NotFound
    if item.read_only:
        raise Denied
    return item


def dump(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def save_field(request: HttpRequest, place: Place, item: Field, before: Row) -> HttpResponse:
    """422 keeps what was typed, 409 shows both values; after that a second save overwrites knowingly."""
    choices = Choices(place.context)
    try:
        expected = (
            {item.key: orjson.loads(request.POST.get("old") or "null")} if "old" in request.POST else {}
        )
    except orjson.JSONDecodeError as error:
        raise Malformed from error
    try:
        record = save(request, place, item, before.id, expected)
    except AmityError as error:
        if error.status not in (409, 422):
            raise
        return refused(request, place, item, before, error, choices)
    if not is_fragment(request):
        return done(request, place.record_url(before.id), _("Saved."))
    return saved(request, place, item, before, record)


def save(request: HttpRequest, place: Place, item: Field, record_id: int, expected: dict[str, Any]) -> Any:
    if item.type.references == "file":
        upload = request.FILES.get(item.key)
        return field_from_form(
            actor=place.actor, spec=place.spec, record_id=record_id, field=item, upload=upload
        )
    return update_from_form(
        actor=place.actor,
        spec=place.spec,
        record_id=record_id,
        fields=[item],
        data=request.POST,
        expected=expected,
    )


def refused(
    request: HttpRequest, place: Place, item: Field, now: Row, error: AmityError, choices: Choices
) -> HttpResponse:
    typed = typed_control(item, request.POST, choices)
    texts = [text for found in field_errors(error).values() for text in found]
    if error.status == 409 and error.code != "taken":
        record = get_record(place.spec, place.actor, now.id, "edit")
        now = row_of(place.spec, record, place.context, [item])
        names = cells.names_for([item], [now.values], place.context)
        shown = cells.cell(item, now, cells.Drawing(place.context, names))
        texts = [_("Changed meanwhile. It now says:"), component_text(shown), _("Save again to replace it.")]
        return editor(request, item, typed, dump(now.values.get(item.key)), texts, status=409)
    old = request.POST.get("old", "null")
    return editor(request, item, typed, old, texts, status=422)


def component_text(shown: Any) -> str:
    """The value as words, for an error line."""
    return f"“{unescape(strip_tags(str(shown)))}”" if shown else _("nothing")


def editor(
    request: HttpRequest,
    item: Field,
    control: dict[str, Any],
    old: str,
    errors: list[str] | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "action": request.get_full_path(),
        "label": str(item.label),
        "control": control,
        "old": old,
        "errors": errors or [],
        "help": str(item.help) or None,
    }
    return render_page(request, "web/records/editor.j2", context, status=status)


def saved(request: HttpRequest, place: Place, item: Field, before: Row, record: Any) -> HttpResponse:
    """The value as it now looks, and a toast with Undo. What shows elsewhere too makes the page reload."""
    undo = undo_url(place, before.id) if record.version != before.version else ""
    text = _("%(field)s saved.") % {"field": item.label}
    in_grid = bool(request.GET.get("cell"))  # it fetches the row anew by itself
    if not in_grid and (record.title != before.title or controls(place, item)):
        return done(request, came_from(request, place.record_url(before.id)), text, undo_url=undo)
    wide = bool(request.GET.get("wide"))
    row = row_of(place.spec, record, place.context, None if wide else [item])
    drawing = cells.Drawing(place.context, cells.names_for([item], [row.values], place.context))
    draw = cells.fact if wide else cells.cell
    context = {"value": draw(item, row, drawing), "text": text, "undo_url": undo, "wide": wide}
    if wide:
        context |= {"header": True, **header_of(place, row)}
    return render_page(request, "web/records/saved.j2", context)


def controls(place: Place, item: Field) -> bool:
    """Whether other fields come and go with this one's value, or are computed from it."""
    if any(other.when and other.when.field == item.key for other in place.spec.live_fields):
        return True
    follow = {item.key}
    for other in place.spec.computed:
        if other.formula and not follow.isdisjoint(other.formula.inputs):
            follow.add(other.key)
    return any(other.key in follow - {item.key} for other in place.spec.live_fields)


# --- the whole form ----------------------------------------------------------------------


@signed_in
def form(request: HttpRequest, key: str, record_id: int) -> HttpResponse:
    """Every field at once; only what was changed is written."""
    place = place_of(request, key)
    record = get_record(place.spec, place.actor, record_id, "edit")
    row = row_of(place.spec, record, place.context)
    fields = [
        item
        for item in place.spec.writable
        if writable(item) and not has_unseen(item, row) and in_form(place, item)
    ]
    errors: dict[str, list[str]] = {}
    if request.method == "POST" and "draw" in request.GET:
        context = form_context(request, place, row, fields, errors)
        return render_page(request, "web/records/edit.j2", context, block="fields")
    if request.method == "POST":
        try:
            there = sent(place, fields, request.POST, row.values)
            fresh = update_from_form(
                actor=place.actor, spec=place.spec, record_id=record_id, fields=there, data=request.POST
            )
            undo = undo_url(place, record_id) if fresh.version != row.version else ""
            return done(request, place.record_url(record_id), _("Saved."), undo_url=undo)
        except AmityError as error:
            if error.status not in (409, 422):
                raise
            errors = field_errors(error)
    context = form_context(request, place, row, fields, errors)
    return render_page(request, "web/records/edit.j2", context, status=422 if errors else 200)


def in_form(place: Place, item: Field) -> bool:
    """A title made of parts is changed by its parts here."""
    return not (place.spec.title_parts and item.key == place.spec.title_field)


def form_context(
    request: HttpRequest, place: Place, row: Row, fields: list[Field], errors: dict[str, list[str]]
) -> dict[str, Any]:
    choices = Choices(place.context)
    groups: dict[str, list[dict[str, Any]]] = {}
    typed = bool(request.POST)
    for item in in_use(place, fields, request.POST, row.values):
        params = typed_control(item, request.POST, choices) if typed else shown_control(item, row, choices)
        groups.setdefault(str(item.group), []).append(form_field(item, params, errors))
    return {
        "spec": place.spec,
        "row": row,
        "url": f"{place.record_url(row.id)}edit/",
        "back": place.record_url(row.id),
        "groups": [{"label": label, "fields": found} for label, found in groups.items()],
        "redraw": redraw(fields, f"{place.record_url(row.id)}edit/?draw=1"),
        "summary": [(key, text) for key, texts in errors.items() for text in texts],
        "tabs": object_tabs(place.actor, place.spec.key),
    }

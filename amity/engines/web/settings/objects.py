"""Settings → Objects and fields: the objects of the firm, their words, their lists, their relations."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from amity.engines.web.pages import actor_of, done
from amity.engines.web.plain_forms import posted, ticked
from amity.engines.web.settings.common import admin_action, admin_page, form
from amity.engines.web.settings.icons import ICONS, icon_words
from amity.foundation.accounts.actor import Actor
from amity.foundation.core.errors import AmityError, Invalid, NotFound
from amity.foundation.records.models import ObjectType, Relation
from amity.foundation.records.objects import specs_for
from amity.foundation.records.services import schema
from amity.foundation.records.services.recipients_file import channel_labels
from amity.foundation.records.shapes import BOARD, CALENDAR, fields_for
from amity.foundation.records.spec import ObjectSpec


def spec_of(actor: Actor, key: str) -> ObjectSpec:
    """The object by key, switched off or archived ones too."""
    spec = specs_for(actor).get(key)
    if spec is None:
        raise NotFound
    return spec


def tabs(key: str, current: str) -> list[dict[str, Any]]:
    base = f"/settings/objects/{key}/"
    places = [
        ("", _("Fields")),
        ("relations/", _("Relations")),
        ("look/", _("Name and lists")),
        ("sources/", _("Sources")),
    ]
    return [{"label": label, "url": base + part, "active": part == current} for part, label in places]


@admin_page
def index(request: HttpRequest) -> HttpResponse:
    values = posted(request, "label", "plural", "icon")
    if request.method != "POST":
        return _index_page(request, {"label": "", "plural": "", "icon": "box"})
    icon = values["icon"] if values["icon"] in ICONS else "box"
    try:
        made = schema.create_object(
            actor=actor_of(request), label=values["label"], plural=values["plural"], icon=icon
        )
    except AmityError as error:
        return _index_page(request, values, error)
    return done(request, f"/settings/objects/{made.key}/", _("Object added. Give it the fields you need."))


def _index_page(
    request: HttpRequest, values: dict[str, str], error: AmityError | None = None
) -> HttpResponse:
    actor = actor_of(request)
    specs = specs_for(actor)
    away = set(ObjectType.objects.exclude(archived_at=None).values_list("key", flat=True))
    context = {
        "specs": [spec for spec in specs.values() if spec.key not in away],
        "away": [spec for spec in specs.values() if spec.key in away],
        "icons": icon_words(ICONS),
    }
    return form(request, "objects", context, values, error)


@admin_action
def move(request: HttpRequest, key: str) -> HttpResponse:
    """One place up or down in menus and lists of objects."""
    actor = actor_of(request)
    spec_of(actor, key)
    order = shifted(list(specs_for(actor)), key, request.POST.get("to", ""))
    for place, name in enumerate(order):
        if specs_for(actor)[name].position != place:
            schema.update_object(actor=actor, key=name, position=place)
    return done(request, "/settings/objects/")


def shifted(keys: list[str], key: str, to: str) -> list[str]:
    """The keys with one of them a place `up` or `down`."""
    place = keys.index(key)
    other = place - 1 if to == "up" else place + 1
    if to in ("up", "down") and 0 <= other < len(keys):
        keys[place], keys[other] = keys[other], keys[place]
    return keys


@admin_action
def enable(request: HttpRequest, key: str) -> HttpResponse:
    """Switch an object on or off; the toast's Undo does the opposite."""
    actor = actor_of(request)
    on = request.POST.get("on", request.GET.get("on", "")) == "1"
    spec = spec_of(actor, key)
    schema.update_object(actor=actor, key=key, enabled=on)
    text = _("%(name)s is switched on.") if on else _("%(name)s is switched off. Its records are kept.")
    undo = f"/settings/objects/{key}/enable/?on={int(not on)}"
    return done(request, "/settings/objects/", text % {"name": spec.plural}, undo_url=undo)


@admin_action
def archive(request: HttpRequest, key: str) -> HttpResponse:
    actor = actor_of(request)
    away = request.POST.get("away", request.GET.get("away", "")) == "1"
    spec = spec_of(actor, key)
    try:
        schema.archive_object(actor=actor, key=key, archived=away)
    except AmityError as error:
        return _look_page(request, spec, _look_values(spec), error)
    text = _("%(name)s is put away. Nothing is lost.") if away else _("%(name)s is back.")
    undo = f"/settings/objects/{key}/archive/?away={int(not away)}"
    return done(request, "/settings/objects/", text % {"name": spec.plural}, undo_url=undo)


@admin_page
def look(request: HttpRequest, key: str) -> HttpResponse:
    """The object's words and icon, the columns its list starts with, the fields of its quick form."""
    actor = actor_of(request)
    spec = spec_of(actor, key)
    if request.method != "POST":
        return _look_page(request, spec, _look_values(spec))
    lists = {name: request.POST.getlist(name) for name in ("columns", "quick_add")}
    usual = posted(request, "board_field", "date_field")
    values = {**posted(request, "label", "plural", "icon"), **lists, **usual}
    icon = {"icon": values["icon"]} if values["icon"] in ICONS else {}
    before = {"columns": spec.default_columns, "quick_add": spec.quick_add}
    settings: dict[str, Any] = {
        name: _in_order(spec, chosen) for name, chosen in lists.items() if set(chosen) != set(before[name])
    }
    settings |= {name: chosen for name, chosen in usual.items() if chosen != getattr(spec, name)}
    try:
        schema.update_object(
            actor=actor, key=key, label=values["label"], plural=values["plural"], settings=settings, **icon
        )
    except AmityError as error:
        return _look_page(request, spec, values, error)
    return done(request, f"/settings/objects/{key}/look/", _("Saved."))


def _in_order(spec: ObjectSpec, wanted: list[str]) -> list[str]:
    """Chosen fields as the record shows them; the title first."""
    keys = [field.key for field in spec.live_fields if field.key in wanted]
    return sorted(keys, key=lambda key: key != spec.title_field)


def _look_values(spec: ObjectSpec) -> dict[str, Any]:
    return {
        "label": str(spec.label), "plural": str(spec.plural), "icon": spec.icon,
        "columns": list(spec.default_columns), "quick_add": list(spec.quick_add),
        "board_field": spec.board_field, "date_field": spec.date_field,
    }  # fmt: skip


def _look_page(
    request: HttpRequest, spec: ObjectSpec, values: dict[str, Any], error: AmityError | None = None
) -> HttpResponse:
    context = {
        "spec": spec,
        "tabs": tabs(spec.key, "look/"),
        "icons": icon_words(sorted({*ICONS, spec.icon})),
        "fields": [(field.key, str(field.label)) for field in spec.live_fields],
        "writable": [(field.key, str(field.label)) for field in spec.writable],
        "board_fields": [(field.key, str(field.label)) for field in fields_for(spec, BOARD)],
        "date_fields": [(field.key, str(field.label)) for field in fields_for(spec, CALENDAR)],
    }
    return form(request, "object_look", context, values, error)


@admin_page
def relations(request: HttpRequest, key: str) -> HttpResponse:
    """Join this object to another, with a word for each end."""
    actor = actor_of(request)
    spec = spec_of(actor, key)
    names = ("to_object", "from_label", "to_label")
    if request.method != "POST":
        blank = dict.fromkeys(names, "")
        return _relations_page(request, spec, {**blank, "from_many": True, "to_many": True, "speaks": ""})
    values: dict[str, Any] = {
        **posted(request, *names),
        "from_many": ticked(request, "from_many"),
        "to_many": ticked(request, "to_many"),
        "speaks": request.POST.get("speaks", ""),
    }
    try:
        schema.create_relation(actor=actor, from_object=key, **values)
    except NotFound:
        return _relations_page(request, spec, values, _unknown_object())
    except AmityError as error:
        return _relations_page(request, spec, values, error)
    return done(request, f"/settings/objects/{key}/relations/", _("Relation added; both objects show it."))


def _unknown_object() -> AmityError:
    return Invalid.one("to_object", "required", _("Choose an object."))


def _relations_page(
    request: HttpRequest, spec: ObjectSpec, values: dict[str, Any], error: AmityError | None = None
) -> HttpResponse:
    specs = specs_for(actor_of(request))
    by_type = {other.type_id: other for other in specs.values()}
    rows = [
        {"row": row, "from": by_type.get(row.from_type_id), "to": by_type.get(row.to_type_id)}
        for row in Relation.objects.all()
        if spec.type_id in (row.from_type_id, row.to_type_id)
    ]
    fixed = [field for field in spec.live_fields if field.target and not field.relation_id]
    context = {
        "spec": spec, "tabs": tabs(spec.key, "relations/"), "rows": rows, "fixed": fixed, "specs": specs,
        "objects": [(other.key, str(other.plural)) for other in specs.values() if other.enabled],
    }  # fmt: skip
    return form(request, "relations", context, values, error)


@admin_page
def relation(request: HttpRequest, relation_id: int) -> HttpResponse:
    actor = actor_of(request)
    row = Relation.objects.select_related("from_type", "to_type").filter(pk=relation_id).first()
    if row is None:
        raise NotFound
    if request.method != "POST":
        values: dict[str, Any] = {
            "from_label": row.from_label,
            "to_label": row.to_label,
            "archived": bool(row.archived_at),
            "speaks": row.speaks,
            "channels": row.channels or list(schema.CHANNELS),
            "speaks_first": row.speaks_first,
        }
        return _relation_page(request, row, values)
    values = {
        **posted(request, "from_label", "to_label", "speaks"),
        "channels": request.POST.getlist("channels"),
        "archived": ticked(request, "archived"),
        "speaks_first": ticked(request, "speaks_first"),
    }
    try:
        schema.update_relation(actor=actor, relation_id=relation_id, **values)
    except AmityError as error:
        return _relation_page(request, row, values, error)
    return done(request, f"/settings/objects/{row.from_type.key}/relations/", _("Saved."))


def _relation_page(
    request: HttpRequest, row: Relation, values: dict[str, Any], error: AmityError | None = None
) -> HttpResponse:
    specs = specs_for(actor_of(request))
    first, second = specs.get(row.from_type.key), specs.get(row.to_type.key)
    context = {
        "first": first,
        "second": second,
        "key": row.from_type.key,
        "ways": list(channel_labels().items()),
    }
    return form(request, "relation", context, values, error)

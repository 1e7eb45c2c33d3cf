"""Settings → Objects → Fields: the fields of one object, and the form that makes or changes one."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from amity.engines.web.pages import actor_of, done, is_fragment
from amity.engines.web.plain_forms import posted, ticked
from amity.engines.web.settings import computed
from amity.engines.web.settings.common import admin_action, admin_page, admin_read, form, fragment, page
from amity.engines.web.settings.conditions import condition_groups, posted_condition, written_condition
from amity.engines.web.settings.objects import shifted, spec_of, tabs
from amity.foundation.core.errors import AmityError, Invalid, LimitReached, NotFound
from amity.foundation.records.fieldtypes import TYPES, FieldType
from amity.foundation.records.models import FieldRow
from amity.foundation.records.objects import SYSTEM_FIELDS
from amity.foundation.records.services import schema
from amity.foundation.records.services.compute import computing
from amity.foundation.records.services.schema import COLOURS
from amity.foundation.records.spec import Field, ObjectSpec

EXPLAINED: dict[str, Any] = {
    "text": gettext_lazy("A line of text"),
    "long_text": gettext_lazy("Paragraphs"),
    "url": gettext_lazy("A web address to click"),
    "number": gettext_lazy("Counts and measures"),
    "money": gettext_lazy("An amount in a currency"),
    "percent": gettext_lazy("A share of a hundred"),
    "boolean": gettext_lazy("A switch"),
    "rating": gettext_lazy("One to five stars"),
    "date": gettext_lazy("A day"),
    "datetime": gettext_lazy("A day and a time"),
    "choice": gettext_lazy("One of a list"),
    "multi_choice": gettext_lazy("Several of a list"),
    "user": gettext_lazy("Somebody who works here"),
    "team": gettext_lazy("A team of the firm"),
    "email": gettext_lazy("E-mail addresses"),
    "phone": gettext_lazy("Phone numbers to call"),
    "messenger": gettext_lazy("Accounts in messengers"),
    "address": gettext_lazy("Places on a map"),
    "country": gettext_lazy("One of all countries"),
    "language": gettext_lazy("One of all languages"),
    "file": gettext_lazy("A document or picture"),
}
TEXT_DEFAULTS = frozenset(["text", "long_text", "number", "percent", "url", "date", "rating"])
WITH_CHOICES = frozenset(["choice", "multi_choice"])


def creatable() -> list[FieldType]:
    return [kind for kind in TYPES.values() if kind.creatable and kind.name not in ("link", "tags")]


@admin_read
def index(request: HttpRequest, key: str) -> HttpResponse:
    """Every field of the object in its order; put-away ones below."""
    return page(
        request, "fields", {**_fields_of(spec_of(actor_of(request), key)), "asked": is_fragment(request)}
    )


def _fields_of(spec: ObjectSpec, undo: str = "") -> dict[str, Any]:
    """What the list of fields shows; `undo`: the address that takes back the order that was just made."""
    away = set(_rows(spec).exclude(archived_at=None).values_list("key", flat=True))
    shown = [field for field in spec.live_fields if field.key not in away]
    movable = [field.key for field in shown if _movable(field)]
    return {
        "spec": spec,
        "tabs": tabs(spec.key, ""),
        "undo": undo,
        "fields": [
            {"field": field, "movable": field.key in movable, "target": _target(spec, field)}
            for field in shown
        ],
        "first": movable[:1],
        "last": movable[-1:],
        "away": [field for field in spec.fields if field.key in away],
        "busy": computing(spec) if spec.computed else None,
    }


def _rows(spec: ObjectSpec) -> Any:
    return FieldRow.objects.filter(object_type_id=spec.type_id)


def _movable(field: Field) -> bool:
    return field.key not in SYSTEM_FIELDS and not field.relation_id


def _target(spec: ObjectSpec, field: Field) -> str:
    """Where a click on the field leads; relations have their own page, what the product fills has none."""
    if field.relation_id:
        return f"/settings/objects/relations/{field.relation_id}/"
    return "" if field.key in SYSTEM_FIELDS else f"/settings/objects/{spec.key}/fields/{field.key}/"


@admin_page
def new(request: HttpRequest, key: str) -> HttpResponse:
    """First the kinds of field as cards, then the form of the chosen kind."""
    actor = actor_of(request)
    spec = spec_of(actor, key)
    if (request.POST.get("type") or request.GET.get("type")) == "computed":
        return computed.new_field(request, spec)
    kind = TYPES.get(request.POST.get("type") or request.GET.get("type") or "")
    if kind is None or kind not in creatable():
        kinds = [{"kind": item, "text": EXPLAINED.get(item.name, "")} for item in creatable()]
        return page(request, "field_types", {"spec": spec, "kinds": kinds})
    if request.method != "POST":
        return _field_page(request, spec, kind, None, _blank())
    values = _posted_field(request, spec, "")
    try:
        made = _slots_told(
            lambda: schema.create_field(
                actor=actor,
                object_key=key,
                type_name=kind.name,
                label=values["label"],
                **_options(kind, values, None),
            )
        )
    except AmityError as error:
        return _field_page(request, spec, kind, None, values, error)
    return done(request, f"/settings/objects/{key}/", _("Field “%(name)s” added.") % {"name": made.label})


@admin_page
def edit(request: HttpRequest, key: str, field_key: str) -> HttpResponse:
    actor = actor_of(request)
    spec = spec_of(actor, key)
    field = spec.field(field_key)
    if field is None or not _target(spec, field) or field.relation_id:
        raise NotFound
    if field.computed:
        return computed.edit_field(request, spec, field)
    if request.method != "POST":
        return _field_page(request, spec, field.type, field, _values_of(spec, field))
    values = _posted_field(request, spec, field_key)
    try:
        _slots_told(
            lambda: schema.update_field(
                actor=actor, object_key=key, key=field_key, label=values["label"],
                **_options(field.type, values, field),
            )
        )  # fmt: skip
    except AmityError as error:
        return _field_page(request, spec, field.type, field, values, error)
    return done(request, f"/settings/objects/{key}/", _("Saved."))


def _slots_told(save: Any) -> Any:
    """Run a save; a full pool of slots becomes an error at the switch that asked for one."""
    try:
        return save()
    except LimitReached as error:
        names = {"no_fast_slot": "fast", "no_unique_slot": "unique"}
        raise Invalid.one(names.get(error.code, "form"), error.code, str(error)) from error


def _posted_field(request: HttpRequest, spec: ObjectSpec, field_key: str) -> dict[str, Any]:
    values: dict[str, Any] = posted(request, "label", "help", "group", "default")
    for name in ("required", "fast", "unique"):
        values[name] = ticked(request, name)
    values["options"] = _posted_choices(request)
    values["when"] = posted_condition(request.POST, spec, field_key)
    return values


def _posted_choices(request: HttpRequest) -> list[dict[str, Any]]:
    """The rows of the choices editor in their order; blank and removed ones left out."""
    found = []
    for place in range(schema.MAX_OPTIONS + 20):
        name = f"options-{place}"
        label = request.POST.get(f"{name}-label", "").strip()
        if label and not request.POST.get(f"{name}-remove"):
            colour = request.POST.get(f"{name}-colour", "")
            found.append({"key": request.POST.get(f"{name}-key", ""), "label": label, "colour": colour})
    return found


def _options(kind: FieldType, values: dict[str, Any], field: Field | None) -> dict[str, Any]:
    """What the form says as the service takes it; only what this kind of field knows."""
    options: dict[str, Any] = {name: values[name] for name in ("help", "group", "required", "when")}
    if kind.name in WITH_CHOICES:
        options["options"] = values["options"]
    own = field is None or field.custom
    if own and kind.slot_kind:
        options["fast"] = values["fast"]
    if own and kind.can_be_unique:
        options["unique"] = values["unique"]
    if _takes_default(kind, field):
        options["default"] = values["default"]
    return options


def _takes_default(kind: FieldType, field: Field | None) -> bool:
    return (
        kind.name in TEXT_DEFAULTS or kind.name == "boolean" or (kind.name == "choice" and field is not None)
    )


def _blank() -> dict[str, Any]:
    texts = dict.fromkeys(("label", "help", "group", "default"), "")
    return {**texts, "required": False, "fast": False, "unique": False, "options": [], "when": None}


def _values_of(spec: ObjectSpec, field: Field) -> dict[str, Any]:
    row = _rows(spec).filter(key=field.key).first()
    default = field.default
    if isinstance(default, bool):
        default = "yes" if default else "no"
    return {
        "label": str(field.label), "help": str(field.help), "group": str(field.group),
        "required": field.required, "when": written_condition(field),
        "fast": bool(row.slot) if row else False, "unique": bool(row.unique_slot) if row else False,
        "default": "" if default is None else str(default),
        "options": [
            {"key": item.key, "label": str(item.label), "colour": item.colour} for item in field.live_options
        ],
    }  # fmt: skip


def _field_page(
    request: HttpRequest,
    spec: ObjectSpec,
    kind: FieldType,
    field: Field | None,
    values: dict[str, Any],
    error: AmityError | None = None,
) -> HttpResponse:
    groups = sorted({str(item.group) for item in spec.live_fields if item.group})
    own = field is None or field.custom
    context = {
        "spec": spec, "kind": kind, "field": field, "groups": groups, "colours": colour_names(),
        "has_choices": kind.name in WITH_CHOICES,
        "can_be_fast": own and bool(kind.slot_kind), "can_be_unique": own and kind.can_be_unique,
        "takes_default": _takes_default(kind, field),
        "away": _is_away(spec, field), "conditions": condition_groups(spec, field),
    }  # fmt: skip
    return form(request, "field", context, values, error)


def _is_away(spec: ObjectSpec, field: Field | None) -> bool:
    return field is not None and _rows(spec).filter(key=field.key).exclude(archived_at=None).exists()


def colour_names() -> list[tuple[str, str]]:
    words = {
        "blue": _("Blue"), "green": _("Green"), "amber": _("Amber"), "violet": _("Violet"), "red": _("Red"),
        "teal": _("Teal"), "pink": _("Pink"), "grey": _("Grey"),
    }  # fmt: skip
    return [(colour, words[colour]) for colour in COLOURS]


@admin_action
def archive(request: HttpRequest, key: str, field_key: str) -> HttpResponse:
    """Put a field away or bring it back; the toast's Undo does the opposite."""
    actor = actor_of(request)
    spec = spec_of(actor, key)
    field = spec.field(field_key)
    if field is None:
        raise NotFound
    away = request.POST.get("away", request.GET.get("away", "")) == "1"
    try:
        schema.archive_field(actor=actor, object_key=key, key=field_key, archived=away)
    except Invalid as error:
        if field.computed:
            return computed.refused(request, spec, field, error)
        return _field_page(request, spec, field.type, field, _values_of(spec, field), error)
    text = _("“%(name)s” is put away. Its values are kept.") if away else _("“%(name)s” is back.")
    undo = f"/settings/objects/{key}/fields/{field_key}/archive/?away={int(not away)}"
    return done(request, f"/settings/objects/{key}/", text % {"name": field.label}, undo_url=undo)


@admin_action
def order(request: HttpRequest, key: str) -> HttpResponse:
    """The order that dragging made, as keys with commas between; answers the list as it now is."""
    actor = actor_of(request)
    spec = spec_of(actor, key)
    before = [field.key for field in spec.live_fields if _movable(field)]
    wanted = request.POST.get("keys") or request.GET.get("keys", "")
    keys = [name for name in wanted.split(",") if name in before]
    schema.order_fields(actor=actor, object_key=key, keys=[*keys, *(k for k in before if k not in keys)])
    schema.refresh(actor)
    if "keys" not in request.POST or not is_fragment(request):
        return done(request, f"/settings/objects/{key}/")
    undo = f"/settings/objects/{key}/order/?keys={','.join(before)}"
    return fragment(request, "fields", _fields_of(spec_of(actor, key), undo), "lines")


@admin_action
def move(request: HttpRequest, key: str, field_key: str) -> HttpResponse:
    actor = actor_of(request)
    spec = spec_of(actor, key)
    keys = [field.key for field in spec.live_fields if _movable(field)]
    if field_key not in keys:
        raise NotFound
    schema.order_fields(
        actor=actor, object_key=key, keys=shifted(keys, field_key, request.POST.get("to", ""))
    )
    return done(request, f"/settings/objects/{key}/")

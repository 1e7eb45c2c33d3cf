"""Settings → Objects → Fields: the form of a computed field, with its live preview."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from amity.engines.web.pages import actor_of, done
from amity.engines.web.plain_forms import posted, ticked
from amity.engines.web.settings.common import admin_action, form, fragment
from amity.engines.web.settings.objects import spec_of
from amity.foundation.accounts.actor import Actor
from amity.foundation.core.errors import AmityError, Invalid
from amity.foundation.records.fieldtypes import TYPES
from amity.foundation.records.formulas.formula import KINDS, RESULTS, FormulaError
from amity.foundation.records.formulas.grammar import MOST_SIGNS
from amity.foundation.records.formulas.meaning import FUNCTIONS, kind_word
from amity.foundation.records.models import FieldRow
from amity.foundation.records.services import schema
from amity.foundation.records.services.computed_fields import offered_fields, preview
from amity.foundation.records.spec import Field, ObjectSpec

TEXTS = ("label", "help", "group", "formula", "result")


def new_field(request: HttpRequest, spec: ObjectSpec) -> HttpResponse:
    """The form that makes a computed field. For administrators only; the caller has seen to that."""
    actor = actor_of(request)
    if request.method != "POST":
        return _form_page(request, actor, spec, None, _blank())
    values = _posted(request)
    try:
        if values["result"] not in RESULTS:
            raise Invalid.one("result", "unknown", _("Choose a type from the list."))
        made = schema.create_field(
            actor=actor, object_key=spec.key, type_name=values["result"], label=values["label"], **_options(values)
        )  # fmt: skip
    except AmityError as error:
        return _form_page(request, actor, spec, None, values, error)
    text = _("Field “%(name)s” added. Its values are being worked out.")
    return done(request, f"/settings/objects/{spec.key}/", text % {"name": made.label})


def edit_field(request: HttpRequest, spec: ObjectSpec, field: Field) -> HttpResponse:
    """The form of a computed field there is; its kind of result stays."""
    actor = actor_of(request)
    row = FieldRow.objects.get(object_type_id=spec.type_id, key=field.key)
    if request.method != "POST":
        return _form_page(request, actor, spec, field, _values_of(field, row))
    values = {**_posted(request), "result": field.type.name}
    try:
        schema.update_field(
            actor=actor, object_key=spec.key, key=field.key, label=values["label"], **_options(values)
        )
    except AmityError as error:
        return _form_page(request, actor, spec, field, values, error)
    changed = values["formula"] != field.settings["formula"]
    text = _("Saved. The values are being worked out.") if changed else _("Saved.")
    return done(request, f"/settings/objects/{spec.key}/", text)


def refused(request: HttpRequest, spec: ObjectSpec, field: Field, error: AmityError) -> HttpResponse:
    """The form again, with why the field cannot be put away or come back."""
    row = FieldRow.objects.get(object_type_id=spec.type_id, key=field.key)
    return _form_page(request, actor_of(request), spec, field, _values_of(field, row), error)


def _blank() -> dict[str, Any]:
    return {**dict.fromkeys(TEXTS, ""), "result": "number", "fast": False}


def _posted(request: HttpRequest) -> dict[str, Any]:
    return {**posted(request, *TEXTS), "fast": ticked(request, "fast")}


def _values_of(field: Field, row: FieldRow) -> dict[str, Any]:
    return {
        "label": str(field.label), "help": str(field.help), "group": str(field.group), "fast": bool(row.slot),
        "formula": field.settings["formula"], "result": field.type.name,
    }  # fmt: skip


def _options(values: dict[str, Any]) -> dict[str, Any]:
    return {name: values[name] for name in ("help", "group", "formula", "fast")}


def _form_page(
    request: HttpRequest,
    actor: Actor,
    spec: ObjectSpec,
    field: Field | None,
    values: dict[str, Any],
    error: AmityError | None = None,
) -> HttpResponse:
    key = field.key if field else ""
    context = {
        "spec": spec, "field": field, "most": MOST_SIGNS,
        "groups": sorted({str(item.group) for item in spec.live_fields if item.group}),
        "results": [(name, str(TYPES[name].label)) for name in RESULTS],
        "offered": [_offer(item) for item in offered_fields(spec, key)],
        "functions": [(name, one.example) for name, one in FUNCTIONS.items()],
        "away": field is not None and field.archived,
        "found": _found(actor, spec, key, values) if values["formula"] else None,
    }  # fmt: skip
    return form(request, "computed", context, values, error)


def _offer(item: Field) -> dict[str, str]:
    kind = kind_word(KINDS[item.type.name])
    return {"key": item.key, "label": str(item.label), "icon": item.type.icon, "kind": kind}


def _found(actor: Actor, spec: ObjectSpec, key: str, values: dict[str, Any]) -> dict[str, Any]:
    """What the preview shows: records with their values, or the error with the place it is at."""
    kind = values["result"] if values["result"] in RESULTS else "number"
    text = values["formula"]
    try:
        rows = preview(actor, spec, key=key, type_name=kind, text=text)
    except FormulaError as error:
        pieces = (text[: error.start], text[error.start : error.end], text[error.end :])
        return {"error": error.message, "pieces": pieces, "rows": []}
    return {"error": "", "rows": rows}


@admin_action
def look(request: HttpRequest, key: str) -> HttpResponse:
    """The preview of what is being written, for the form."""
    actor = actor_of(request)
    spec = spec_of(actor, key)
    values = posted(request, "formula", "result", "key")
    known = spec.field(values["key"])
    found = _found(actor, spec, known.key if known else "", values) if values["formula"] else None
    return fragment(request, "computed", {"spec": spec, "found": found}, "preview")

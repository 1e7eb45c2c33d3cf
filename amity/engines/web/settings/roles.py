"""Settings → Roles: who may do what, as one table per role."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from amity.engines.web.pages import actor_of, done
from amity.engines.web.plain_forms import posted
from amity.engines.web.settings.common import admin_action, admin_page, admin_read, form, page
from amity.foundation.accounts.models import SCOPES, Role
from amity.foundation.accounts.rights import copy_role, delete_role, get_role, roles, save_role
from amity.foundation.accounts.roles import VERBS, granted
from amity.foundation.core.errors import AmityError
from amity.foundation.records.objects import spec_for, specs_for
from amity.foundation.records.seen import may_be_hidden
from amity.foundation.records.services.field_rights import set_field_rights
from amity.foundation.records.spec import ObjectSpec


def verb_labels() -> dict[str, str]:
    return {
        "see": _("See"),
        "create": _("Add"),
        "edit": _("Edit"),
        "delete": _("Delete"),
        "export": _("Export"),
    }


@admin_read
def index(request: HttpRequest) -> HttpResponse:
    rows = [{"role": role, "summary": _summary(role)} for role in roles()]
    return page(request, "roles", {"rows": rows})


def _summary(role: Role) -> str:
    """What the role may do with most objects, in a line."""
    if role.admin:
        return _("Everything, Settings included")
    scopes = {key: str(label) for key, label in SCOPES}
    see, edit = (granted(role.permissions, "*", verb) for verb in ("see", "edit"))
    return _("Sees: %(see)s · Edits: %(edit)s") % {"see": scopes[see], "edit": scopes[edit]}


@admin_page
def role(request: HttpRequest, role_id: int) -> HttpResponse:
    found = get_role(role_id)
    if request.method != "POST":
        return _role_page(request, found, {"label": found.name, "permissions": found.permissions})
    objects = list(specs_for(actor_of(request)))
    values: dict[str, Any] = {**posted(request, "label"), "permissions": _posted_rules(request, objects)}
    try:
        save_role(actor=actor_of(request), role_id=role_id, objects=objects, **values)
    except AmityError as error:
        return _role_page(request, found, values, error)
    return done(request, f"/settings/roles/{role_id}/", _("Role saved. It holds from now on."))


def _posted_rules(request: HttpRequest, objects: list[str]) -> dict[str, dict[str, str]]:
    """The table as sent; an object is named only when it differs from “all other objects”."""
    found = {}
    for key in ("*", *objects):
        if key == "*" or request.POST.get(f"{key}-own") == "on":
            found[key] = {verb: request.POST.get(f"{key}-{verb}", "none") for verb in VERBS}
    return found


def _role_page(
    request: HttpRequest, found: Role, values: dict[str, Any], error: AmityError | None = None
) -> HttpResponse:
    rules = values["permissions"]
    specs = specs_for(actor_of(request)).values()
    objects = [("*", _("All other objects")), *((spec.key, str(spec.plural)) for spec in specs)]
    rows = [
        {
            "key": key,
            "label": label,
            "own": key in rules,
            "limited": len(found.field_rights.get(key, {})),
            "scopes": {verb: "all" if found.admin else granted(rules, key, verb) for verb in VERBS},
        }
        for key, label in objects
    ]
    context = {"role": found, "rows": rows, "verbs": verb_labels(), "scopes": SCOPES}
    context["yes_no"] = [("none", _("No")), ("all", _("Yes"))]
    return form(request, "role", context, values, error)


@admin_page
def fields(request: HttpRequest, role_id: int, key: str) -> HttpResponse:
    """What the role may do with single fields of one object."""
    found, spec = get_role(role_id), spec_for(actor_of(request), key)
    if request.method != "POST":
        return _fields_page(request, found, spec, found.field_rights.get(key, {}))
    rights = {item.key: request.POST.get(f"right-{item.key}", "") for item in spec.live_fields}
    rights = {name: right for name, right in rights.items() if right}
    try:
        set_field_rights(actor=actor_of(request), role_id=role_id, object_key=key, rights=rights)
    except AmityError as error:
        return _fields_page(request, found, spec, rights, error)
    return done(request, f"/settings/roles/{role_id}/", _("Role saved. It holds from now on."))


def _fields_page(
    request: HttpRequest,
    found: Role,
    spec: ObjectSpec,
    rights: Mapping[str, str],
    error: AmityError | None = None,
) -> HttpResponse:
    choices = [("", _("See and edit")), ("read", _("Only see")), ("hidden", _("Hidden"))]
    computed = [
        ("", _("Seen with all it is computed from")),
        ("read", _("Seen always")),
        ("hidden", _("Hidden")),
    ]
    rows = [
        {
            "key": item.key,
            "label": str(item.label),
            "icon": item.type.icon,
            "choices": computed if item.computed else choices if may_be_hidden(spec, item) else choices[:2],
        }
        for item in spec.live_fields
        if may_be_hidden(spec, item) or not item.read_only
    ]
    context = {"role": found, "spec": spec, "rows": rows}
    return form(request, "role_fields", context, rights, error)


@admin_action
def copy(request: HttpRequest, role_id: int) -> HttpResponse:
    found = get_role(role_id)
    label = posted(request, "label")["label"] or _("%(name)s (copy)") % {"name": found.name}
    try:
        made = copy_role(actor=actor_of(request), role_id=role_id, label=label)
    except AmityError as error:
        return _role_page(request, found, {"label": found.name, "permissions": found.permissions}, error)
    return done(request, f"/settings/roles/{made.pk}/", _("Copied. Change what differs."))


@admin_action
def delete(request: HttpRequest, role_id: int) -> HttpResponse:
    found = get_role(role_id)
    try:
        delete_role(actor=actor_of(request), role_id=role_id)
    except AmityError as error:
        return _role_page(request, found, {"label": found.name, "permissions": found.permissions}, error)
    return done(request, "/settings/roles/", _("Role deleted."))

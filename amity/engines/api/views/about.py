"""What a program can ask about the workspace: itself, objects and fields, saved views, search over all."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.http import HttpResponse
from django.utils.translation import gettext as _

from amity.engines.api.call import Call, answer
from amity.engines.api.parameters import refuse, whole_number, words
from amity.foundation.accounts.roles import VERBS
from amity.foundation.core.clock import to_iso
from amity.foundation.records import search
from amity.foundation.records.models import SavedView
from amity.foundation.records.spec import Field, ObjectSpec


def me(call: Call) -> HttpResponse:
    """The person, the workspace and the token that speaks for them."""
    call.query()
    actor, token = call.actor, call.token
    workspace, user = actor.workspace, actor.user
    return answer(
        {
            "user": {"id": user.pk, "name": user.short_name, "email": user.email} if user else None,
            "language": actor.language,
            "zone": actor.zone,
            "admin": actor.admin,
            "read_only": actor.read_only,
            "workspace": {
                "id": workspace.pk,
                "name": workspace.name,
                "country": workspace.country,
                "currency": workspace.currency,
            },
            "token": {"id": token.pk, "name": token.name, "expires_at": _instant(token.expires_at)}
            if token
            else None,
        }
    )


def _instant(at: Any) -> str | None:
    return to_iso(at) if at else None


def metadata(call: Call) -> HttpResponse:
    call.query()
    return answer({"objects": [_object_json(call, spec) for spec in call.seen_specs()]})


def _object_json(call: Call, spec: ObjectSpec) -> dict[str, Any]:
    return {
        "key": spec.key,
        "label": str(spec.label),
        "plural": str(spec.plural),
        "icon": spec.icon,
        "custom": spec.custom,
        "title_field": spec.title_field,
        "default_sort": spec.default_sort,
        "fields": [_field_json(field) for field in spec.live_fields],
        "related": _related(call, spec),
        "rights": {verb: call.actor.scope_of(spec.key, verb) for verb in VERBS},
    }


def _related(call: Call, spec: ObjectSpec) -> list[dict[str, str]]:
    """Fields of other objects that point here, as far as they are in use."""
    others = {other.key: other for other in call.seen_specs()}
    return [
        {"object": item.object_key, "field": item.field_key}
        for item in spec.reverses
        if item.object_key in others and not others[item.object_key].by_key[item.field_key].hidden
    ]


def _field_json(field: Field) -> dict[str, Any]:
    found: dict[str, Any] = {
        "key": field.key,
        "type": field.type.name,
        "label": str(field.label),
        "help": str(field.help),
        "group": str(field.group),
        "custom": field.custom,
        "required": field.required,
        "unique": field.unique,
        "read_only": field.read_only,
        "sortable": field.sortable,
        "fast": field.fast,
        "operators": list(field.type.operators),
    }
    if field.options:
        found["options"] = [
            {"key": item.key, "label": str(item.label), "colour": item.colour, "archived": item.archived}
            for item in field.options
        ]
    if field.when:
        values = sorted(field.when.values, key=str)
        found["when"] = {"field": field.when.field, "values": values, "requires": field.when.requires}
    if field.formula and field.formula.text:
        found["formula"] = field.formula.text
    if field.target:
        found |= {"target": field.target, "many": field.many}
    return found


def list_views(call: Call) -> HttpResponse:
    """Shared saved views of an object and one's own."""
    call.query()
    call.actor.require(call.spec.key, "see")
    rows = SavedView.unscoped.filter(
        Q(owner=None) | Q(owner_id=call.actor.user_id),
        workspace_id=call.actor.workspace_id,
        object_type_id=call.spec.type_id,
    )
    views = [
        {"id": row.pk, "name": row.name, "config": row.config, "shared": row.owner_id is None}
        for row in rows.order_by("position", "pk")[:200]
    ]
    return answer({"data": views, "next_cursor": None})


def search_all(call: Call) -> HttpResponse:
    """The best records for some words, over all objects or those named in `objects`."""
    given = call.query("q", "objects", "limit")
    text = given.get("q", "")
    if not text.strip() or len(text) > 200:
        raise refuse("q", _("Send between 1 and 200 signs to search for."))
    specs = [call.find_spec(key) for key in words(given, "objects")] or None
    hits = search.search(text, call.actor, specs=specs, limit=whole_number(given, "limit", 20, 100))
    data = [
        {
            "id": hit.record_id,
            "object": hit.object_key,
            "title": hit.title,
            "url": f"/{hit.object_key}/{hit.record_id}/",
        }
        for hit in hits
    ]
    return answer({"data": data, "next_cursor": None})

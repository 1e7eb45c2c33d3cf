"""Settings → Objects → Sources: whose word counts where two sources differ, for all fields or for single ones."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from amity.engines.web.claims.show import source_icon, source_text
from amity.engines.web.pages import actor_of, done
from amity.engines.web.plain_forms import posted
from amity.engines.web.settings.common import admin_page, form
from amity.engines.web.settings.objects import shifted, spec_of, tabs
from amity.foundation.accounts.actor import Actor
from amity.foundation.core.errors import AmityError, Invalid
from amity.foundation.records.services.claims import ANY_FIELD, known_sources, ranks_of
from amity.foundation.records.services.settling import rank_sources
from amity.foundation.records.spec import ObjectSpec

PERSON = "person"


@admin_page
def sources(request: HttpRequest, key: str) -> HttpResponse:
    """POST: `do` is add, up, down or remove, for a `field` ("" for all others) and a `source`."""
    actor = actor_of(request)
    spec = spec_of(actor, key)
    values = posted(request, "field", "source")
    if request.method != "POST":
        return _page(request, spec, values)
    try:
        order = ranks_of(spec, actor.workspace_id).get(values["field"], [])
        wanted = changed(order, values["source"], request.POST.get("do", "add"))
        rank_sources(actor=actor, spec=spec, field_key=values["field"], sources=wanted)
    except AmityError as error:
        return _page(request, spec, values, error)
    return done(request, f"/settings/objects/{key}/sources/", _("Saved."))


def changed(order: list[str], source: str, deed: str) -> list[str]:
    """The order with the source added at its end, moved by a place, or taken away."""
    if deed == "add":
        if not source:
            raise Invalid.one("source", "required", _("Choose a source."))
        return [*order, source] if source not in order else order
    if source not in order:
        return order
    return [one for one in order if one != source] if deed == "remove" else shifted(order, source, deed)


def _page(
    request: HttpRequest, spec: ObjectSpec, values: dict[str, str], error: AmityError | None = None
) -> HttpResponse:
    actor = actor_of(request)
    ranks = ranks_of(spec, actor.workspace_id)
    context = {
        "spec": spec,
        "tabs": tabs(spec.key, "sources/"),
        "ranks": [_rank(spec, field, order) for field, order in sorted(ranks.items()) if order],
        "fields": [
            (item.key, str(item.label)) for item in spec.writable if item.stored and not item.type.many_valued
        ],
        "sources": offered(actor, spec, ranks),
    }
    return form(request, "sources", context, values, error)


def _rank(spec: ObjectSpec, field: str, order: list[str]) -> dict[str, Any]:
    item = spec.field(field)
    return {
        "field": field,
        "label": str(item.label) if item else _("All other fields") if field == ANY_FIELD else field,
        "order": [{"key": one, "name": source_text(one, {}), "icon": source_icon(one)} for one in order],
    }


def offered(actor: Actor, spec: ObjectSpec, ranks: dict[str, list[str]]) -> list[tuple[str, str]]:
    """Every source that could be ranked: people, programs with a token, and files that were imported."""
    known = {one for order in ranks.values() for one in order} | set(known_sources(spec, actor.workspace_id))
    return [
        (PERSON, source_text(PERSON, {})),
        *sorted((one, source_text(one, {})) for one in known - {PERSON}),
    ]

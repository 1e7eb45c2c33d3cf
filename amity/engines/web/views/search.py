"""The palette (Ctrl+K) and the search page: every record, page and action in one place."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from amity.engines.web import cells
from amity.engines.web.pages import actor_of, render_page, signed_in
from amity.engines.web.shell import navigation
from amity.engines.web.views.common import add_text
from amity.foundation.accounts.actor import Actor
from amity.foundation.core.text import fold
from amity.foundation.records.access import visible_among
from amity.foundation.records.models import Change
from amity.foundation.records.objects import enabled_specs
from amity.foundation.records.search import Hit, search
from amity.foundation.records.spec import ObjectSpec

IN_PALETTE = 12
ON_PAGE = 60
RECENT = 8


@signed_in
def palette(request: HttpRequest) -> HttpResponse:
    """Options for what was typed; what I worked on last before anything is typed."""
    text, actor = request.GET.get("q", "").strip()[:200], actor_of(request)
    specs = seen_specs(actor)
    hits = search(text, actor, limit=IN_PALETTE) if text else recent(actor, specs)
    actions = [one for one in all_actions(actor, specs, text) if matches(text, one["label"])]
    pages = [one for one in all_pages(request, actor, specs) if matches(text, one["label"])]
    context = {
        "text": text,
        "groups": grouped(hits, specs) if text else [],
        "recent": [] if text else drawn(hits, specs),
        "actions": actions[:6] if text else actions[:4],
        "pages": pages[:6],
        "count": len(hits) + len(actions) + len(pages),
    }
    return render_page(request, "web/records/palette.j2", context)


@signed_in
def page(request: HttpRequest) -> HttpResponse:
    """The same search with room to read; works without JavaScript."""
    text, actor = request.GET.get("q", "").strip()[:200], actor_of(request)
    specs = seen_specs(actor)
    hits = search(text, actor, limit=ON_PAGE) if text else recent(actor, specs)
    context = {"text": text, "groups": grouped(hits, specs), "count": len(hits)}
    return render_page(request, "web/records/search.j2", context)


def seen_specs(actor: Actor) -> dict[str, ObjectSpec]:
    return {spec.key: spec for spec in enabled_specs(actor) if actor.may(spec.key, "see")}


def grouped(hits: list[Hit], specs: dict[str, ObjectSpec]) -> list[dict[str, Any]]:
    """Hits by object, best object first."""
    keys = dict.fromkeys(hit.object_key for hit in hits)
    return [
        {
            "label": str(specs[key].plural),
            "items": drawn([hit for hit in hits if hit.object_key == key], specs),
        }
        for key in keys
    ]


def drawn(hits: list[Hit], specs: dict[str, ObjectSpec]) -> list[dict[str, Any]]:
    return [
        {
            "label": hit.title,
            "sub": str(specs[hit.object_key].label),
            "url": f"/{hit.object_key}/{hit.record_id}/",
            "avatar": cells.avatar(hit.title, hit.record_id, square=cells.square(specs[hit.object_key])),
        }
        for hit in hits
    ]


def recent(actor: Actor, specs: dict[str, ObjectSpec]) -> list[Hit]:
    """The last records I changed that are still there and visible."""
    by_type = {spec.type_id: spec for spec in specs.values()}
    rows = Change.unscoped.filter(workspace_id=actor.workspace_id, actor_id=actor.user_id).order_by("-id")
    pairs = list(dict.fromkeys(rows.values_list("object_type_id", "record_id")[:60]))[:RECENT]
    titles: dict[tuple[int, int], str] = {}
    for type_id, spec in by_type.items():
        ids = [record_id for kind, record_id in pairs if kind == type_id]
        found = visible_among(spec, actor, ids).values_list("pk", "title") if ids else []
        titles |= {(type_id, pk): title for pk, title in found}
    return [Hit(by_type[kind].key, pk, titles[kind, pk]) for kind, pk in pairs if (kind, pk) in titles]


def all_actions(actor: Actor, specs: dict[str, ObjectSpec], text: str) -> list[dict[str, Any]]:
    """What one can do from anywhere."""
    return [
        {"label": add_text(spec), "url": f"/{key}/new/", "icon": "plus"}
        for key, spec in specs.items()
        if actor.may(key, "create")
    ]


def all_pages(request: HttpRequest, actor: Actor, specs: dict[str, ObjectSpec]) -> list[dict[str, Any]]:
    lists = [{"label": str(spec.plural), "url": f"/{key}/", "icon": spec.icon} for key, spec in specs.items()]
    trash = [
        {
            "label": _("Trash: %(objects)s") % {"objects": spec.plural},
            "url": f"/{key}/?trash=1",
            "icon": "trash-2",
        }
        for key, spec in specs.items()
        if actor.may(key, "delete")
    ]
    places = [
        {"label": item["label"], "url": item["url"], "icon": item["icon"]}
        for item in navigation(request, actor)
    ]
    return [*lists, *places, *trash]


def matches(text: str, label: str) -> bool:
    """Every typed word begins a word of the label."""
    words = fold(label).split()
    return all(any(word.startswith(part) for word in words) for part in fold(text).split())

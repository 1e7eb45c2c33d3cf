"""What every record page begins with: which object, who asks, and where to go back to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest
from django.utils.translation import gettext as _

from amity.engines.web.pages import actor_of, local_url
from amity.foundation.accounts.actor import Actor
from amity.foundation.core.errors import AmityError, Invalid, NotFound
from amity.foundation.core.locales import noun
from amity.foundation.records.context import Context, context_for
from amity.foundation.records.models import Change
from amity.foundation.records.objects import enabled_specs, spec_for
from amity.foundation.records.spec import ObjectSpec


@dataclass(frozen=True)
class Place:
    """One object as one person works with it."""

    spec: ObjectSpec
    actor: Actor
    context: Context

    @property
    def url(self) -> str:
        return f"/{self.spec.key}/"

    def record_url(self, record_id: int) -> str:
        return f"/{self.spec.key}/{record_id}/"


def place_of(request: HttpRequest, key: str) -> Place:
    """Raises NotFound for an object that is unknown, switched off or hidden from the role."""
    actor = actor_of(request)
    spec = spec_for(actor, key)
    if not actor.may(key, "see"):
        raise NotFound
    return Place(spec, actor, context_for(actor))


def object_tabs(actor: Actor, current: str) -> list[dict[str, Any]]:
    specs = [spec for spec in enabled_specs(actor) if actor.may(spec.key, "see")]
    return [
        {"label": str(spec.plural), "url": f"/{spec.key}/", "icon": spec.icon, "active": spec.key == current}
        for spec in specs
    ]


def add_text(spec: ObjectSpec) -> str:
    return _("Add %(object)s") % {"object": noun(spec.label)}


def came_from(request: HttpRequest, default: str) -> str:
    """The page somebody was on: htmx says it, `next` names it, else the referrer; always one of ours."""
    raw = (
        request.headers.get("HX-Current-URL")
        or request.POST.get("next")
        or request.headers.get("Referer")
        or ""
    )
    parts = urlsplit(raw)
    if parts.netloc and parts.netloc != request.get_host():
        return default
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    return local_url(request, path or default, default)


def field_errors(error: AmityError) -> dict[str, list[str]]:
    """Texts by field key; what belongs to no field stands under the empty key."""
    if isinstance(error, Invalid) and error.errors:
        found: dict[str, list[str]] = {}
        for item in error.errors:
            found.setdefault(item.field, []).append(item.message)
        return found
    return {str(error.details.get("field", "")): [str(error)]}


def undo_url(place: Place, record_id: int) -> str:
    """Where the toast's Undo goes: the actor's newest change of the record."""
    rows = Change.unscoped.filter(
        workspace_id=place.actor.workspace_id, object_type_id=place.spec.type_id, record_id=record_id
    )
    newest = rows.order_by("-id").values_list("pk", flat=True).first()
    return f"{place.record_url(record_id)}undo/{newest}/" if newest else ""

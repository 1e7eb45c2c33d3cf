"""Saved views: named lists, shared unless kept private. The maker and administrators change a view."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from amity.foundation.accounts.actor import Actor
from amity.foundation.core.errors import Denied, Invalid, LimitReached, NotFound
from amity.foundation.core.text import clean_text
from amity.foundation.records.context import context_for
from amity.foundation.records.filters import compile_tree
from amity.foundation.records.listing import order_of, shown_fields
from amity.foundation.records.models import SavedView
from amity.foundation.records.shapes import check_shape
from amity.foundation.records.spec import ObjectSpec

MAX_VIEWS = 50
PARTS = {"filter", "sort", "columns", "search", "shape", "by", "sum", "widths"}


def save_view(
    *, actor: Actor, spec: ObjectSpec, name: str, config: dict[str, Any], private: bool
) -> SavedView:
    """Keep a list under a name. Raises Invalid without a name, Malformed for a list that cannot be read."""
    _may_write(actor, spec)
    _check_config(actor, spec, config)
    rows = _views(actor, spec)
    if rows.count() >= MAX_VIEWS:
        raise LimitReached(_("An object has at most %(n)s views.") % {"n": MAX_VIEWS})
    last = rows.order_by("-position").values_list("position", flat=True).first()
    view: SavedView = SavedView.unscoped.create(
        workspace_id=actor.workspace_id,
        object_type_id=spec.type_id,
        name=_name(name),
        config=config,
        owner_id=actor.user_id if private else None,
        created_by_id=actor.user_id,
        position=0 if last is None else last + 1,
    )  # fmt: skip
    return view


def update_view(
    *,
    actor: Actor,
    spec: ObjectSpec,
    view_id: int,
    name: str | None = None,
    config: dict[str, Any] | None = None,
    private: bool | None = None,
) -> SavedView:
    """Rename a view, keep another list under it, or share it."""
    view = _own_view(actor, spec, view_id)
    if name is not None:
        view.name = _name(name)
    if config is not None:
        _check_config(actor, spec, config)
        view.config = config
    if private is not None:
        view.owner_id = (view.created_by_id or actor.user_id) if private else None
    view.save()
    return view


def move_view(*, actor: Actor, spec: ObjectSpec, view_id: int, step: int) -> None:
    """One place towards the start (-1) or the end (1) among all views of the object."""
    view = _own_view(actor, spec, view_id)
    rows = list(_views(actor, spec).order_by("position", "id"))
    seen = [row for row in rows if row.owner_id in (None, actor.user_id)]
    at = next(place for place, row in enumerate(seen) if row.pk == view.pk)
    other = at + step
    if not 0 <= other < len(seen):
        return
    a, b = rows.index(seen[at]), rows.index(seen[other])
    rows[a], rows[b] = rows[b], rows[a]
    with transaction.atomic():
        for place, row in enumerate(rows):
            if row.position != place:
                row.position = place
                row.save(update_fields=["position"])


def delete_view(*, actor: Actor, spec: ObjectSpec, view_id: int) -> SavedView:
    """Remove a view and return what it was, so that it can be saved again."""
    view = _own_view(actor, spec, view_id)
    SavedView.unscoped.filter(pk=view.pk).delete()
    return view


def _views(actor: Actor, spec: ObjectSpec) -> Any:
    return SavedView.unscoped.filter(workspace_id=actor.workspace_id, object_type_id=spec.type_id)


def _may_write(actor: Actor, spec: ObjectSpec) -> None:
    actor.require(spec.key, "see")
    if actor.read_only:
        raise Denied


def _own_view(actor: Actor, spec: ObjectSpec, view_id: int) -> SavedView:
    _may_write(actor, spec)
    view: SavedView | None = _views(actor, spec).filter(pk=view_id).first()
    if view is None or view.owner_id not in (None, actor.user_id):
        raise NotFound
    if not (actor.admin or view.created_by_id == actor.user_id):
        raise Denied(_("Only its maker or an administrator may change a view."))
    return view


def _name(name: str) -> str:
    text = clean_text(name, multiline=False, limit=80)
    if not text:
        raise Invalid.one("name", "required", _("Give the view a name."))
    return text


def _check_config(actor: Actor, spec: ObjectSpec, config: dict[str, Any]) -> None:
    """Raises Malformed when the list could not be shown."""
    context = context_for(actor)
    compile_tree(spec, config.get("filter"), context)
    order_of(spec, config.get("sort", ""))
    shown_fields(spec, config.get("columns", ()))
    check_shape(spec, config)
    if set(config) - PARTS:
        raise Invalid.one("config", "unknown", _("This list cannot be kept."))

"""Saved views of the example data, so that a newcomer sees at once what a list can answer."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext, gettext_noop

from amity.foundation.accounts.actor import Actor
from amity.foundation.core.locales import in_all_languages
from amity.foundation.records.models import SavedView
from amity.foundation.records.objects import specs_for
from amity.foundation.records.services.views import save_view


def _is(field: str, value: str) -> dict[str, str]:
    return {"field": field, "op": "is", "value": value}


CUSTOMER = _is("stage", "customer")
QUIET = {"related": "notes", "none": True, "where": {"op": "last_days", "value": 90}}
NEW = {"field": "created_at", "op": "last_days", "value": 30}
VIEWS: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "people": [
        (gettext_noop("My customers"), {"filter": {"and": [CUSTOMER, _is("owner", "me")]}}),
        (gettext_noop("Customers without a note for 90 days"), {
            "filter": {"and": [CUSTOMER, QUIET]}, "columns": ["name", "company", "phones", "owner", "updated_at"],
        }),
        (gettext_noop("New in the last 30 days"), {
            "filter": NEW, "sort": "-created_at",
            "columns": ["name", "company", "source", "stage", "owner", "created_at"],
        }),
        (gettext_noop("By stage"), {"shape": "board", "by": "stage"}),
        (gettext_noop("Key accounts"), {"filter": {"field": "tags", "op": "has", "value": "Key account"}}),
    ],
    "companies": [
        (gettext_noop("Customers by size"), {
            "filter": _is("kind", "customer"), "sort": "-employees",
            "columns": ["name", "industry", "employees", "stage", "phones", "owner"],
        }),
        (gettext_noop("By stage"), {"shape": "board", "by": "stage"}),
        (gettext_noop("Suppliers and partners"), {
            "filter": {"field": "kind", "op": "is_any", "value": ["supplier", "partner"]},
        }),
        (gettext_noop("Company sheet"), {
            "shape": "grid", "columns": ["name", "kind", "employees", "industry", "phones", "owner", "tags"],
            "widths": {"employees": 120},
        }),
        (gettext_noop("Nobody known there yet"), {"filter": {"related": "people", "none": True}}),
    ],
    "shipments": [
        (gettext_noop("On their way"), {"filter": _is("status", "on_its_way"), "sort": "ships_on"}),
        (gettext_noop("By status"), {"shape": "board", "by": "status", "sum": "value"}),
        (gettext_noop("Shipping calendar"), {"shape": "calendar", "by": "ships_on"}),
        (gettext_noop("Leaving in the next 14 days"), {
            "filter": {"field": "ships_on", "op": "next_days", "value": 14}, "sort": "ships_on",
        }),
    ],
}  # fmt: skip


def add_views(actor: Actor) -> None:
    """Shared views under names in the maker's language."""
    specs = specs_for(actor)
    for key, views in VIEWS.items():
        for name, config in views if key in specs else []:
            save_view(actor=actor, spec=specs[key], name=gettext(name), config=config, private=False)


def drop_views(actor: Actor) -> None:
    """Take them out again; one that was renamed or changed since is somebody's own by now."""
    specs = specs_for(actor)
    for key, views in VIEWS.items():
        names = {told: config for name, config in views for told in in_all_languages(name)}
        rows = SavedView.unscoped.filter(workspace_id=actor.workspace_id, name__in=names, owner=None)
        for row in rows.filter(object_type_id=specs[key].type_id) if key in specs else ():
            if row.config == names[row.name]:
                row.delete()

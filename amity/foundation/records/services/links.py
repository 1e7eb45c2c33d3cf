"""Rows of the Link table: one record's links under each relation are set as a whole."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from amity.foundation.accounts.actor import Actor
from amity.foundation.core.errors import Invalid
from amity.foundation.records.fieldtypes.reference import other_end
from amity.foundation.records.models import Link
from amity.foundation.records.spec import Field, ObjectSpec


def apply_links(
    spec: ObjectSpec, actor: Actor, record_id: int, links: dict[str, list[int]]
) -> dict[str, Any]:
    """Make the record's links what `links` says; returns the differences for the history.

    Targets were checked to be visible. Links to records the actor cannot see must be in the list already
    (the service keeps them).
    """
    changes: dict[str, Any] = {}
    for key, wanted in links.items():
        field = spec.by_key[key]
        before = linked_ids(field, actor.workspace_id, record_id)
        if set(before) != set(wanted):
            _replace(field, actor, record_id, before, wanted)
            changes[key] = [before or None, wanted or None]
    return changes


def linked_ids(field: Field, workspace_id: int, record_id: int) -> list[int]:
    rows = Link.unscoped.filter(
        workspace_id=workspace_id, relation_id=field.relation_id or 0, **{f"{field.end}_id": record_id}
    )
    return [other for _id, other in sorted(rows.values_list("id", f"{other_end(field)}_id"))]


def _check_free(field: Field, actor: Actor, record_id: int, targets: set[int]) -> None:
    """Where the other end holds one link only, a target that has one is refused; it does not say to whom."""
    here, there = f"{field.end}_id", f"{other_end(field)}_id"
    taken = Link.unscoped.filter(
        workspace_id=actor.workspace_id, relation_id=field.relation_id or 0, **{f"{there}__in": targets}
    ).exclude(**{here: record_id})
    if targets and taken.exists():
        raise Invalid.one(
            field.key, "taken", _("It is linked to another record already; remove that link first.")
        )


def _replace(field: Field, actor: Actor, record_id: int, before: list[int], wanted: list[int]) -> None:
    here, there = f"{field.end}_id", f"{other_end(field)}_id"
    gone = set(before) - set(wanted)
    if field.settings.get("one_back"):
        _check_free(field, actor, record_id, set(wanted) - set(before))
    if gone:
        Link.unscoped.filter(
            workspace_id=actor.workspace_id,
            relation_id=field.relation_id or 0,
            **{here: record_id, f"{there}__in": gone},
        ).delete()
    Link.unscoped.bulk_create(
        [
            Link(
                workspace_id=actor.workspace_id,
                relation_id=field.relation_id or 0,
                created_by_id=actor.user_id,
                **{here: record_id, there: target},
            )
            for target in wanted
            if target not in before
        ],
        ignore_conflicts=True,
    )

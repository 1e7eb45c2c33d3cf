"""Tags come into being when first used."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q

from amity.foundation.accounts.actor import Actor
from amity.foundation.core.text import fold
from amity.foundation.records.access import visible
from amity.foundation.records.models import IndexedValue, Tag
from amity.foundation.records.objects import enabled_specs
from amity.foundation.records.spec import ObjectSpec

COLOURS = ("blue", "green", "amber", "violet", "red", "teal", "pink", "grey")


def ensure_tags(workspace_id: int, names: Iterable[str]) -> None:
    """Make the tags that are missing; call inside the record's transaction."""
    wanted = {fold(name)[:60]: name for name in names}
    have = set(Tag.unscoped.filter(workspace_id=workspace_id, key__in=wanted).values_list("key", flat=True))
    Tag.unscoped.bulk_create(
        [
            Tag(
                workspace_id=workspace_id,
                key=key,
                name=name,
                colour=COLOURS[sum(map(ord, key)) % len(COLOURS)],
            )
            for key, name in wanted.items()
            if key not in have
        ],
        ignore_conflicts=True,
    )


def tag_colours(workspace_id: int) -> dict[str, str]:
    """Colour by folded tag name."""
    return dict(Tag.unscoped.filter(workspace_id=workspace_id).values_list("key", "colour"))


def known_tags(actor: Actor, most: int) -> list[tuple[str, str]]:
    """`(name, colour)` of tags to offer: those on records the actor may see, all for those who see everything."""
    tags = Tag.unscoped.filter(workspace_id=actor.workspace_id)
    specs = enabled_specs(actor)
    if any(actor.owners(spec.key, "see") is not None for spec in specs):
        some = (Q(key__in=_keys_on(spec, actor)) for spec in specs if actor.may(spec.key, "see"))
        tags = tags.filter(reduce(or_, some, Q(pk__in=[])))
    return list(tags.values_list("name", "colour")[:most])


def _keys_on(spec: ObjectSpec, actor: Actor) -> Any:
    rows = IndexedValue.unscoped.filter(
        workspace_id=actor.workspace_id, object_type_id=spec.type_id, kind="tag",
        record_id__in=visible(spec, actor).values("pk"),
    )  # fmt: skip
    return rows.values("normal")

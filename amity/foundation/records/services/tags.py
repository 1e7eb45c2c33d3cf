"""Tags come into being when first used."""

from __future__ import annotations

from collections.abc import Iterable

from amity.foundation.core.text import fold
from amity.foundation.records.models import Tag

COLOURS = ("blue", "green", "amber", "violet", "red", "teal", "pink", "grey")


def ensure_tags(workspace_id: int, names: Iterable[str]) -> None:
    """Make the tags that are missing; call inside the record's transaction."""
    wanted = {fold(name)[:60]: name for name in names}
    have = set(Tag.unscoped.filter(workspace_id=workspace_id, key__in=wanted).values_list("key", flat=True))
    Tag.unscoped.bulk_create(
        [
            Tag(workspace_id=workspace_id, key=key, name=name, colour=COLOURS[sum(map(ord, key)) % len(COLOURS)])
            for key, name in wanted.items()
            if key not in have
        ],
        ignore_conflicts=True,
    )


def tag_colours(workspace_id: int) -> dict[str, str]:
    """Colour by folded tag name."""
    return dict(Tag.unscoped.filter(workspace_id=workspace_id).values_list("key", "colour"))

"""What happened to records, for automation, webhooks and notifications to hear."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from amity.foundation.core.events import Event

if TYPE_CHECKING:
    from amity.foundation.accounts.actor import Actor
    from amity.foundation.records.spec import ObjectSpec


@dataclass(frozen=True)
class RecordsChanged(Event):
    """Records of one object were created, updated, deleted, restored or noted in one transaction."""

    name: ClassVar[str] = "records.changed"
    object_key: str
    verb: str
    ids: list[int]
    fields: list[str]
    actor_id: int | None
    source: str
    batch_id: int | None

    @classmethod
    def of(
        cls,
        spec: ObjectSpec,
        actor: Actor,
        verb: str,
        ids: Sequence[int],
        batch_id: int | None,
        fields: Sequence[str] = (),
    ) -> RecordsChanged:
        return cls(actor.workspace_id, spec.key, verb, list(ids), list(fields), actor.user_id, actor.source, batch_id)

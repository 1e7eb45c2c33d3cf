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
    """Records of one object were created, updated, deleted, merged (away), restored or noted in one transaction.

    `spans` are first and last of neighbouring ids: an import's thousand new records are one pair.
    """

    name: ClassVar[str] = "records.changed"
    object_key: str
    verb: str
    spans: list[list[int]]
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
        found = spans_of(ids)
        return cls(
            actor.workspace_id, spec.key, verb, found, list(fields), actor.user_id, actor.source, batch_id
        )

    @property
    def ids(self) -> list[int]:
        return ids_of(self.spans)


@dataclass(frozen=True)
class Mentioned(Event):
    """A note names colleagues who may see its record: those who were not named in it before."""

    name: ClassVar[str] = "records.mentioned"
    object_key: str
    record_id: int
    note_id: int
    user_ids: list[int]
    actor_id: int | None


@dataclass(frozen=True)
class RecordShared(Event):
    """A record was shared with somebody, or a share of it was changed."""

    name: ClassVar[str] = "records.shared"
    object_key: str
    record_id: int
    share_id: int
    actor_id: int | None


@dataclass(frozen=True)
class ImportEnded(Event):
    """A run came to its end: done, failed, cancelled or taken back."""

    name: ClassVar[str] = "records.import_ended"
    run_id: int
    state: str


@dataclass(frozen=True)
class BulkEnded(Event):
    """A change of many records that nobody waited for came to its end: done, failed or cancelled."""

    name: ClassVar[str] = "records.bulk_ended"
    run_id: int
    state: str


@dataclass(frozen=True)
class HandoverEnded(Event):
    """Records went from one owner to others: all of them, or as many as went before it was stopped."""

    name: ClassVar[str] = "records.handover_ended"
    run_id: int


def ids_of(spans: Sequence[Sequence[int]]) -> list[int]:
    return [pk for first, last in spans for pk in range(first, last + 1)]


def spans_of(ids: Sequence[int]) -> list[list[int]]:
    spans: list[list[int]] = []
    for pk in sorted(ids):
        if spans and spans[-1][1] == pk - 1:
            spans[-1][1] = pk
        else:
            spans.append([pk, pk])
    return spans

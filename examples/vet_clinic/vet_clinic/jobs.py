"""Reacting to events, and a job."""

from __future__ import annotations

from amity.engines.extend.door import RecordsChanged, enqueue, register_job, subscribe


@register_job
def welcome(pet_ids: list[int]) -> int:
    """Where a clinic would send a card to the keepers; returns to how many."""
    return len(pet_ids)


def on_change(event: RecordsChanged) -> None:
    """New pets get a welcome. Handlers are called once or more: a unique key keeps it at one job."""
    if event.object_key == "pets" and event.verb == "created":
        ids = event.ids
        enqueue(welcome, unique_key=f"welcome-{ids[0]}-{ids[-1]}", pet_ids=ids)


subscribe(RecordsChanged, on_change)

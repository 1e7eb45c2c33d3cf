"""A few notifications for the example installation, of what its notes and owners really say."""

from __future__ import annotations

from datetime import timedelta

from amity.engines.notify.centre import tell
from amity.engines.notify.models import Notification
from amity.foundation.accounts.actor import Actor
from amity.foundation.core.clock import now
from amity.foundation.records.access import all_records
from amity.foundation.records.models import Note
from amity.foundation.records.objects import enabled_specs

AGES = (0.2, 5, 26, 50)  # hours, the newest first


def add_told(actor: Actor) -> None:
    """Tell the actor of two mentions in colleagues' notes and of records that are theirs. One reads as old."""
    assert actor.user is not None
    name, me = actor.user.short_name, actor.user.pk
    notes = Note.objects.exclude(author_id=me).exclude(author_id=None).order_by("-created_at", "-pk")[:2]
    for note in notes:
        note.body, note.mentions = f"@{name} {note.body}", [[me, name]]
        note.save(update_fields=["body", "mentions"])
        tell(
            workspace_id=actor.workspace_id, user_id=me, kind="mentioned", group=f"demo:note:{note.pk}",
            things=[note.pk], object_type_id=note.object_type_id, record_id=note.record_id, actor_id=note.author_id,
        )  # fmt: skip
    giver = notes[0].author_id if notes else None
    for spec in enabled_specs(actor)[:2]:
        mine = all_records(spec, actor.workspace_id).filter(owner_id=me, deleted_at=None).order_by("-pk")
        ids = list(mine.values_list("pk", flat=True)[:4])
        tell(
            workspace_id=actor.workspace_id, user_id=me, kind="assigned", group=f"demo:{spec.key}", things=ids,
            object_type_id=spec.type_id, record_id=ids[0] if len(ids) == 1 else None, actor_id=giver,
        )  # fmt: skip
    for row, hours in zip(Notification.objects.filter(user_id=me).order_by("pk"), AGES, strict=False):
        row.at = now() - timedelta(hours=hours)
        row.read_at = row.at if hours == AGES[-1] else None
        row.save(update_fields=["at", "read_at"])

"""What happens here when something happened there. Handlers run in workers and bear a second call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Count

from amity.engines.notify import kinds
from amity.engines.notify.centre import tell
from amity.foundation.accounts.actor import load_actor
from amity.foundation.accounts.events import MemberJoined
from amity.foundation.accounts.models import TeamMember, Workspace
from amity.foundation.core.errors import NotFound
from amity.foundation.core.outbox import subscribe
from amity.foundation.records.access import among_records, visible_among
from amity.foundation.records.events import (
    BulkEnded,
    HandoverEnded,
    ImportEnded,
    Mentioned,
    RecordsChanged,
    RecordShared,
)
from amity.foundation.records.models import BulkRun, Change, Handover, ImportRun, Share, TakenOver
from amity.foundation.records.objects import spec_for
from amity.foundation.records.services.runs import took_long
from amity.foundation.records.spec import ObjectSpec

STEP = 500


def register() -> None:
    kinds.register()
    subscribe(RecordsChanged, on_records_changed)
    subscribe(Mentioned, on_mentioned)
    subscribe(RecordShared, on_shared)
    subscribe(ImportEnded, on_import_ended)
    subscribe(BulkEnded, on_bulk_ended)
    subscribe(HandoverEnded, on_handover_ended)
    subscribe(MemberJoined, on_member_joined)


def _spec(workspace_id: int, key: str) -> ObjectSpec | None:
    try:
        return spec_for(Workspace.objects.get(pk=workspace_id), key)
    except NotFound:
        return None


# --- assigned ---------------------------------------------------------------------------------------------


def on_records_changed(event: RecordsChanged) -> None:
    """Whoever became the owner by somebody else's doing is told; example data and the product itself tell nobody."""
    given = event.verb == "created" or (event.verb == "updated" and "owner" in event.fields)
    if not given or event.source == "system" or _handed_over(event):
        return
    spec = _spec(event.workspace_id, event.object_key)
    if spec is None:
        return
    for user_id, ids in _assigned(spec, event).items():
        _tell_owner(spec, event, user_id, ids)


def _handed_over(event: RecordsChanged) -> bool:
    """A handover tells once what all of it was: see `on_handover_ended`."""
    return event.batch_id is not None and Handover.objects.filter(batch_id=event.batch_id).exists()


def _assigned(spec: ObjectSpec, event: RecordsChanged) -> dict[int, list[int]]:
    """Records by the owner they were given and still have."""
    found: dict[int, list[int]] = {}
    ids = event.ids
    for start in range(0, len(ids), STEP):
        some = ids[start : start + STEP]
        rows = among_records(spec, event.workspace_id, some).filter(deleted_at=None)
        others = rows.exclude(owner_id=None).exclude(owner_id=event.actor_id)
        owners = dict(others.values_list("pk", "owner_id"))
        given = _last_givers(spec, event.workspace_id, list(owners)) if owners else {}
        for pk, owner_id in owners.items():
            by_this = pk not in given if event.verb == "created" else given.get(pk) == event.actor_id
            if by_this:
                found.setdefault(owner_id, []).append(pk)
    return found


def _last_givers(spec: ObjectSpec, workspace_id: int, ids: Sequence[int]) -> dict[int, int | None]:
    """Who last changed each record's owner; a record that has its first one still is not among them."""
    rows = Change.unscoped.filter(workspace_id=workspace_id, object_type_id=spec.type_id, record_id__in=ids)
    changed = rows.order_by("pk").values_list("record_id", "actor_id", "changes")
    return {record_id: actor_id for record_id, actor_id, changes in changed if "owner" in changes}


def _tell_owner(spec: ObjectSpec, event: RecordsChanged, user_id: int, ids: list[int]) -> None:
    reader = load_actor(event.workspace_id, user_id, "system")
    if reader is None or not reader.may(spec.key, "see"):
        return
    seen = [pk for start in range(0, len(ids), STEP) for pk in _seen(spec, reader, ids[start : start + STEP])]
    if seen:
        tell(
            workspace_id=event.workspace_id, user_id=user_id, kind="assigned",
            group=f"assigned:{spec.type_id}:{event.actor_id or 0}:{event.batch_id or 0}", things=seen,
            object_type_id=spec.type_id, record_id=seen[0] if len(seen) == 1 else None, actor_id=event.actor_id,
        )  # fmt: skip


def _seen(spec: ObjectSpec, reader: Any, ids: Sequence[int]) -> list[int]:
    return list(visible_among(spec, reader, ids).values_list("pk", flat=True))


# --- mentioned, import, invitation ------------------------------------------------------------------------


def on_mentioned(event: Mentioned) -> None:
    spec = _spec(event.workspace_id, event.object_key)
    if spec is None:
        return
    for user_id in event.user_ids:
        reader = load_actor(event.workspace_id, user_id, "system")
        if reader is None or not reader.may(spec.key, "see") or not _seen(spec, reader, [event.record_id]):
            continue  # what one could see when the note was written may be out of sight by now
        tell(
            workspace_id=event.workspace_id, user_id=user_id, kind="mentioned",
            group=f"mentioned:{spec.type_id}:{event.record_id}:{event.actor_id or 0}", things=[event.note_id],
            object_type_id=spec.type_id, record_id=event.record_id, actor_id=event.actor_id,
        )  # fmt: skip


def on_shared(event: RecordShared) -> None:
    """The colleague, or everybody in the team today; not who shared it, and nobody when it was ended meanwhile."""
    spec = _spec(event.workspace_id, event.object_key)
    share = Share.objects.filter(pk=event.share_id).first()
    if spec is None or share is None:
        return
    team = (
        TeamMember.objects.filter(team_id=share.team_id or 0).order_by("pk").values_list("user_id", flat=True)
    )
    for user_id in [share.user_id] if share.user_id else list(team):
        reader = load_actor(event.workspace_id, user_id, "system")
        if user_id == event.actor_id or reader is None or not _seen(spec, reader, [event.record_id]):
            continue
        tell(
            workspace_id=event.workspace_id, user_id=user_id, kind="shared",
            group=f"shared:{spec.type_id}:{event.record_id}:{event.actor_id or 0}", things=[share.pk],
            object_type_id=spec.type_id, record_id=event.record_id, actor_id=event.actor_id,
            data={"why": share.why},
        )  # fmt: skip


def on_import_ended(event: ImportEnded) -> None:
    run = ImportRun.objects.filter(pk=event.run_id).first()
    if run is None or run.actor_id is None:
        return
    data = {
        "run": run.pk, "file": run.file_name, "state": event.state, "created": run.created, "updated": run.updated,
        "refused": run.refused,
    }  # fmt: skip
    group = f"import:{run.pk}:{event.state}"
    tell(
        workspace_id=event.workspace_id,
        user_id=run.actor_id,
        kind="import_ended",
        group=group,
        data=data,
        once=True,
    )


def on_bulk_ended(event: BulkEnded) -> None:
    run = BulkRun.objects.filter(pk=event.run_id).first()
    if run is None or run.actor_id is None:
        return
    tell(
        workspace_id=event.workspace_id, user_id=run.actor_id, kind="bulk_ended", group=f"bulk:{run.pk}:{event.state}",
        object_type_id=run.object_type_id, data={"run": run.pk, "state": event.state, "count": run.changed}, once=True,
    )  # fmt: skip


def on_handover_ended(event: HandoverEnded) -> None:
    """Every new owner hears once what they took over, and the former owner where it all went; not who did it."""
    run = Handover.objects.select_related("from_user").filter(pk=event.run_id).first()
    if run is None:
        return
    name = run.from_user.short_name if run.from_user else ""
    told = {"run": run.pk, "name": name, "take": run.kind == "take"}
    rows = TakenOver.objects.filter(run=run).order_by().values("to_user_id")
    for user_id, n in rows.annotate(n=Count("pk")).values_list("to_user_id", "n"):
        if user_id != run.actor_id:
            _tell_handover(run, user_id, "taken_over", {**told, "count": n})
    if run.actor_id and took_long(run):
        _tell_handover(run, run.actor_id, "bulk_ended", {**told, "count": run.changed})
    if run.from_user_id and run.from_user_id != run.actor_id:
        _tell_handover(run, run.from_user_id, "given_away", {**told, "count": run.changed})


def _tell_handover(run: Handover, user_id: int, kind: str, data: dict[str, Any]) -> None:
    type_id, record_id = run.results.get("record", [None, None])
    tell(
        workspace_id=run.workspace_id, user_id=user_id, kind=kind, group=f"{kind}:{run.pk}", actor_id=run.actor_id,
        object_type_id=type_id, record_id=record_id, data=data, once=True,
    )  # fmt: skip


def on_member_joined(event: MemberJoined) -> None:
    if event.invited_by_id and event.invited_by_id != event.user_id:
        tell(
            workspace_id=event.workspace_id, user_id=event.invited_by_id, kind="joined",
            group=f"joined:{event.user_id}", actor_id=event.user_id, once=True,
        )  # fmt: skip

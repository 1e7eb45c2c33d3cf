"""The notification centre: telling people, what they have been told, read and unread."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q

from amity.engines.notify import letters, wishes
from amity.engines.notify.kinds import Told, kind_of
from amity.engines.notify.models import Channel, Notification, delete_in_sets
from amity.engines.notify.servers import can_mail
from amity.foundation.accounts.actor import Actor, actor_for
from amity.foundation.accounts.membership import membership_in
from amity.foundation.accounts.models import Workspace
from amity.foundation.core.clock import from_iso, now, to_iso
from amity.foundation.core.errors import Denied, Malformed, NotFound
from amity.foundation.core.scope import scope
from amity.foundation.records.access import visible_among
from amity.foundation.records.events import ids_of, spans_of
from amity.foundation.records.objects import spec_by_type

MOST_SPANS = 2000
MAX_SHOWN = 99


# --- telling ----------------------------------------------------------------------------------------------


def tell(
    *,
    workspace_id: int,
    user_id: int,
    kind: str,
    group: str,
    things: Sequence[int] = (),
    object_type_id: int | None = None,
    record_id: int | None = None,
    actor_id: int | None = None,
    data: dict[str, Any] | None = None,
    once: bool = False,
) -> Notification | None:
    """Tell one person. While an unread one of the same `group` is there, `things` (ids) are added to it.

    `once`: a group that was ever told is not told again. None when they no longer work here, do not want to hear,
    or heard already. Safe to be called twice for one event. Mail at once is queued in the same transaction.
    """
    found = kind_of(kind)
    member = membership_in(workspace_id, user_id)
    if found is None or member is None or (found.admins and not member.role.admin):
        return None
    channel = wishes.channel_of(user_id, found)
    if channel == Channel.OFF:
        return None
    row = Notification(
        workspace_id=workspace_id, user_id=user_id, kind=kind, group=group[:120], object_type_id=object_type_id,
        record_id=record_id, actor_id=actor_id, data={**(data or {}), "spans": spans_of(things)}, at=now(),
        channel=channel,
    )  # fmt: skip
    with transaction.atomic():
        kept, fresh = _keep(row, once)
        if fresh and channel == Channel.NOW and can_mail(workspace_id):
            _mail_at_once(kept, actor_for(member))
    return kept if fresh or not once else None


def _keep(row: Notification, once: bool) -> tuple[Notification, bool]:
    """The row, or the unread one of its group with the new things added; whether it is new."""
    same = Notification.objects.filter(user_id=row.user_id, group=row.group)
    if once and (told := same.first()):
        return told, False
    for _attempt in range(3):
        unread = same.filter(read_at=None).select_for_update().first()
        if unread is not None:
            return _added(unread, row), False
        try:
            with transaction.atomic():
                row.save(force_insert=True)
            return row, True
        except IntegrityError:  # another worker was faster: add to its row
            row.pk = None
    raise IntegrityError(f"group {row.group!r} stays contended")


def _added(unread: Notification, row: Notification) -> Notification:
    have, new = ids_of(unread.data.get("spans", [])), ids_of(row.data["spans"])
    spans = spans_of(sorted({*have, *new}))
    if len(spans) > MOST_SPANS or spans == unread.data.get("spans"):
        return unread
    if row.record_id != unread.record_id:
        unread.record_id = None
    unread.data = {**unread.data, **row.data, "spans": spans}
    unread.at, unread.actor_id = row.at, row.actor_id
    unread.save(update_fields=["record_id", "data", "at", "actor_id"])
    return unread


def _mail_at_once(row: Notification, actor: Actor) -> None:
    told = shown(actor, [row])
    if told:
        letters.send_notice(actor, told[0])
        row.mailed_at = row.at
        row.save(update_fields=["mailed_at"])


# --- reading ----------------------------------------------------------------------------------------------


def own(actor: Actor) -> Any:
    """One's own notifications. Whoever looks at the product as somebody else sees none: they are personal."""
    if actor.seen_by is not None or actor.user_id is None:
        return Notification.objects.none()
    return Notification.objects.filter(user_id=actor.user_id)


def unread_count(actor: Actor) -> int:
    """Up to 100; more are not counted."""
    return int(own(actor).filter(read_at=None)[: MAX_SHOWN + 1].count())


def recent(actor: Actor, limit: int = 10) -> list[Told]:
    return shown(actor, own(actor).select_related("actor")[:limit])


def page(actor: Actor, *, unread: bool = False, before: str = "", limit: int = 50) -> tuple[list[Told], str]:
    """One page, newest first, and where the next one begins (empty at the end). Raises Malformed."""
    rows = own(actor).select_related("actor")
    rows = rows.filter(read_at=None) if unread else rows
    if before:
        at, last = _place(before)
        rows = rows.filter(Q(at__lt=at) | Q(at=at, pk__lt=last))
    found = list(rows[: limit + 1])
    last_row = found[limit - 1] if len(found) > limit else None
    return shown(actor, found[:limit]), f"{to_iso(last_row.at)}.{last_row.pk}" if last_row else ""


def _place(text: str) -> tuple[datetime, int]:
    at, _dot, last = text.rpartition(".")
    if not last.isascii() or not last.isdecimal() or len(last) > 18:
        raise Malformed
    try:
        return from_iso(at), int(last)
    except ValueError as error:
        raise Malformed from error


def shown(actor: Actor, rows: Iterable[Notification]) -> list[Told]:
    """As this person may know them today: one statement per object they speak of. Unknown kinds are left out."""
    every = list(rows)
    titles = _titles(actor, every)
    return [told for row in every if (told := _shown(actor, row, titles)) is not None]


def _shown(actor: Actor, row: Notification, titles: dict[tuple[int, int], str]) -> Told | None:
    kind = kind_of(row.kind)
    if kind is None:
        return None
    spec = spec_by_type(actor, row.object_type_id) if row.object_type_id else None
    seen = spec if spec is not None and spec.enabled and actor.may(spec.key, "see") else None
    told = Told(
        id=row.pk, kind=kind, at=row.at, read=row.read_at is not None,
        who=row.actor.short_name if row.actor else "", actor_id=row.actor_id,
        title=titles.get((row.object_type_id or 0, row.record_id or 0), ""), spec=seen, record_id=row.record_id,
        count=len(ids_of(row.data.get("spans", []))) or 1, data={**row.data, "admin": actor.admin},
    )  # fmt: skip
    told.text, told.url = kind.words(told), kind.url(told)
    return told


def _titles(actor: Actor, rows: Sequence[Notification]) -> dict[tuple[int, int], str]:
    wanted: dict[int, set[int]] = {}
    for row in rows:
        if row.object_type_id and row.record_id:
            wanted.setdefault(row.object_type_id, set()).add(row.record_id)
    found = {}
    for type_id, ids in wanted.items():
        spec = spec_by_type(actor, type_id)
        if spec is not None and spec.enabled and actor.may(spec.key, "see"):
            seen = visible_among(spec, actor, ids).values_list("pk", "title")
            found.update({(type_id, pk): title for pk, title in seen})
    return found


# --- marking ----------------------------------------------------------------------------------------------


def mark(*, actor: Actor, notification_id: int, read: bool) -> Notification:
    """Read or unread; NotFound for anybody else's."""
    row = get(actor, notification_id)
    if actor.read_only:
        raise Denied
    before, row.read_at = row.read_at, (row.read_at or now()) if read else None
    try:
        with transaction.atomic():
            row.save(update_fields=["read_at"])
    except IntegrityError:  # one unread row per group: a later one has that place, so this stays read
        row.read_at = before
    return row


def get(actor: Actor, notification_id: int) -> Notification:
    found: Notification | None = own(actor).select_related("actor").filter(pk=notification_id).first()
    if found is None:
        raise NotFound
    return found


def mark_all(*, actor: Actor) -> tuple[int, str]:
    """How many became read, and the moment that `unmark_all` takes back."""
    if actor.read_only:
        raise Denied
    at = now()
    with transaction.atomic():
        count = own(actor).filter(read_at=None).update(read_at=at)
    return int(count), to_iso(at)


def unmark_all(*, actor: Actor, moment: str) -> int:
    """Make unread again what was marked at that moment; groups that have a newer unread one stay. Raises Malformed."""
    if actor.read_only:
        raise Denied
    try:
        at = from_iso(moment)
    except ValueError as error:
        raise Malformed from error
    with transaction.atomic():
        unread = own(actor).filter(read_at=None).values_list("group", flat=True)
        marked = own(actor).filter(read_at=at).exclude(group__in=list(unread))
        newest = {group: pk for pk, group in marked.order_by("at", "pk").values_list("pk", "group")}
        return int(own(actor).filter(pk__in=list(newest.values())).update(read_at=None))


# --- upkeep -----------------------------------------------------------------------------------------------


def purge(before: datetime) -> int:
    """Forget what was read before that moment, in the open workspace."""
    return delete_in_sets(Notification.objects.filter(read_at__lt=before))


def nothing_to_mail() -> None:
    """After a restore: what waited for a daily mail may have gone out since the backup was made."""
    for workspace in Workspace.objects.order_by("pk"):
        with scope(workspace.pk):
            Notification.objects.filter(mailed_at=None).update(mailed_at=now())

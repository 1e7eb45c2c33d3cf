"""Sharing single records with people and teams. Whoever may change a record by their role may share it.

Every share and its end is a line of the record's history, `{"~share": [before, after]}`, and is taken back like one.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from amity.foundation.accounts.actor import Actor, load_actor
from amity.foundation.accounts.models import Team, Workspace
from amity.foundation.core.clock import from_iso, now, to_iso
from amity.foundation.core.errors import Conflict, Denied, Invalid, LimitReached, NotFound
from amity.foundation.core.locales import noun
from amity.foundation.core.outbox import emit
from amity.foundation.core.scope import scope
from amity.foundation.core.text import clean_text
from amity.foundation.records.access import get_record, owned
from amity.foundation.records.events import RecordShared
from amity.foundation.records.models import Change, Share
from amity.foundation.records.sharing import CHANGE, LEVELS, live_shares
from amity.foundation.records.spec import ObjectSpec

MOST_OF_RECORD = 50
MOST_OF_RECEIVER = 5000  # a team counts as one
WHY = 300
LAST_YEAR = 9998  # later, its end has no date in every time zone
KEY = "~share"  # no field is called so
Facts = dict[str, Any]


def may_share(spec: ObjectSpec, actor: Actor, record: Any) -> bool:
    """For pages: whether to offer it. Who has the record only by a share cannot share it on."""
    return actor.may(spec.key, "edit") and all(owned(spec, actor, record, one) for one in ("see", "edit"))


def shares_of(*, actor: Actor, spec: ObjectSpec, record_id: int) -> list[Share]:
    """With whom a record is shared now, the oldest first, each receiver once. For whoever sees it; else NotFound."""
    get_record(spec, actor, record_id)
    return shares_on(spec, actor, record_id)


def shares_on(spec: ObjectSpec, actor: Actor, record_id: int) -> list[Share]:
    """The same of a record that the caller was shown already. One statement."""
    found: dict[tuple[int | None, int | None], Share] = {}
    for row in _rows(spec, actor, record_id).select_related("user", "team", "shared_by").order_by("id"):
        key = (row.user_id, row.team_id)
        if key not in found or row.level == CHANGE:
            found[key] = row
    return list(found.values())


def share_record(
    *,
    actor: Actor,
    spec: ObjectSpec,
    record_id: int,
    level: str,
    user_id: int | None = None,
    team_id: int | None = None,
    ends_at: datetime | None = None,
    why: str = "",
) -> Share:
    """Share a record with one person or one team; who has a share of it already gets this one instead.

    `level`: `see` or `change`. From `ends_at` on it gives nothing. The receiver is told. Raises NotFound, Denied,
    Invalid by `receiver`, `level`, `ends_at` or `why`, or LimitReached.
    """
    with transaction.atomic():
        record = _hold(actor, spec, record_id)
        receiver = _receiver(actor, spec, user_id, team_id)
        if user_id is not None and user_id == record.owner_id:
            raise Invalid.one("receiver", "owner", _("This person owns the record."))
        facts = {**receiver, **_terms(level, ends_at, why)}
        rows = Share.unscoped.filter(**_here(spec, actor, record_id))
        old = list(rows.filter(**receiver).order_by("id"))
        if not old:
            _check_room(actor, _rows(spec, actor, record_id), receiver)
        before = _written(old[0]) if old and _live(old[0]) else None
        rows.filter(pk__in=[one.pk for one in old]).delete()
        share: Share = Share.unscoped.create(
            **_here(spec, actor, record_id), **facts, shared_by_id=actor.user_id
        )
        _remember(actor, share, "share", before, _written(share))
        emit(RecordShared(actor.workspace_id, spec.key, record_id, share.pk, actor.user_id))
    return share


def unshare_record(*, actor: Actor, spec: ObjectSpec, record_id: int, share_id: int) -> Change:
    """End a share: whoever may share the record, and who got it. Returns its line of history.

    Raises NotFound or Denied.
    """
    with transaction.atomic():
        record = get_record(spec, actor, record_id, lock=True)
        share = _rows(spec, actor, record_id).filter(pk=share_id).first()
        if share is None:
            raise NotFound
        if actor.read_only or (share.user_id != actor.user_id and not may_share(spec, actor, record)):
            raise Denied
        return _end(actor, spec, share)


def _end(actor: Actor, spec: ObjectSpec, share: Share, undoes: int | None = None) -> Change:
    receiver: Facts = {"user_id": share.user_id, "team_id": share.team_id}
    same = Share.unscoped.filter(**_here(spec, actor, share.record_id), **receiver)
    same.delete()  # after a merge there may be two
    return _remember(actor, share, "unshare", _written(share), None, undoes)


def undo_sharing(*, actor: Actor, spec: ObjectSpec, change: Change) -> None:
    """Take back a share or its end, under today's rights. Conflict when it is not as the change left it."""
    before, after = change.changes[KEY]
    with transaction.atomic():
        _hold(actor, spec, change.record_id)
        facts = after or before
        receiver = {"user_id": facts["user"], "team_id": facts["team"]}
        now_there = _rows(spec, actor, change.record_id).filter(**receiver).order_by("id").first()
        if (_written(now_there) if now_there else None) != after:
            raise Conflict(_("Nothing to take back: it was changed again since."), code="changed_since")
        if before is None:
            assert now_there is not None
            _end(actor, spec, now_there, change.pk)
            return
        terms = {"level": before["level"], "ends_at": _instant(before["ends_at"]), "why": before["why"]}
        try:
            share_record(actor=actor, spec=spec, record_id=change.record_id, **receiver, **terms)
        except Invalid as error:  # its time is over, or they left
            raise Conflict(str(error), code="changed_since") from error


def remove_ended() -> Iterator[int]:
    """Delete ended shares, firm by firm; gives how many."""
    for workspace in Workspace.objects.order_by("pk"):
        with scope(workspace.pk), transaction.atomic():
            yield Share.unscoped.filter(workspace_id=workspace.pk, ends_at__lte=now()).delete()[0]


def receiver_name(share: Share) -> str:
    """Of a share with its user and team loaded."""
    return share.user.short_name if share.user else str(share.team)


# --- parts -----------------------------------------------------------------------------------------------------


def _here(spec: ObjectSpec, actor: Actor, record_id: int) -> Facts:
    return {"workspace_id": actor.workspace_id, "object_type_id": spec.type_id, "record_id": record_id}


def _rows(spec: ObjectSpec, actor: Actor, record_id: int) -> Any:
    return live_shares(actor.workspace_id).filter(object_type_id=spec.type_id, record_id=record_id)


def _live(share: Share) -> bool:
    return share.ends_at is None or share.ends_at > now()


def _hold(actor: Actor, spec: ObjectSpec, record_id: int) -> Any:
    """The record, held until the end, if the actor may share it."""
    record = get_record(spec, actor, record_id, "edit", lock=True)
    if not may_share(spec, actor, record):
        raise Denied(_("This record is shared with you: you cannot share it on."))
    return record


def _receiver(actor: Actor, spec: ObjectSpec, user_id: int | None, team_id: int | None) -> Facts:
    if (user_id is None) == (team_id is None):
        raise Invalid.one("receiver", "required", _("Choose a colleague or a team."))
    if team_id is not None:
        if not Team.objects.filter(pk=team_id).exists():
            raise Invalid.one("receiver", "unknown", _("Choose one from the list."))
        return {"user_id": None, "team_id": team_id}
    if user_id == actor.user_id:
        raise Invalid.one("receiver", "yourself", _("You have this record already."))
    person = load_actor(actor.workspace_id, user_id or 0, "system")
    if person is None:
        raise Invalid.one("receiver", "unknown", _("Choose one from the list."))
    if not person.may(spec.key, "see"):
        text = _("The role of %(name)s sees no %(objects)s, so sharing one would not help.")
        words = {"name": person.user.short_name if person.user else "", "objects": noun(spec.plural)}
        raise Invalid.one("receiver", "blind", text % words)
    return {"user_id": user_id, "team_id": None}


def _terms(level: str, ends_at: datetime | None, why: str) -> Facts:
    if level not in LEVELS:
        raise Invalid.one("level", "unknown", _("Choose one of the list."))
    if ends_at is not None and ends_at <= now():
        raise Invalid.one("ends_at", "past", _("Choose a day that is still to come."))
    if ends_at is not None and ends_at.year > LAST_YEAR:
        raise Invalid.one("ends_at", "far", _("This date is too far away."))
    try:
        return {"level": level, "ends_at": ends_at, "why": clean_text(why, multiline=False, limit=WHY)}
    except ValueError as error:
        text = _("At most %(n)s characters.") % {"n": WHY}
        raise Invalid.one("why", "too_long", text) from error


def _check_room(actor: Actor, rows: Any, receiver: Facts) -> None:
    if rows.count() >= MOST_OF_RECORD:
        raise LimitReached(
            _("A record is shared with at most %(n)s people and teams.") % {"n": MOST_OF_RECORD}
        )
    if live_shares(actor.workspace_id).filter(**receiver).count() >= MOST_OF_RECEIVER:
        text = _("At most %(n)s records are shared with one person or team; end others first.")
        raise LimitReached(text % {"n": MOST_OF_RECEIVER})


def _written(share: Share) -> Facts:
    return {
        "user": share.user_id,
        "team": share.team_id,
        "level": share.level,
        "ends_at": to_iso(share.ends_at) if share.ends_at else None,
        "why": share.why,
    }


def _instant(text: str | None) -> datetime | None:
    return from_iso(text) if text else None


def _remember(
    actor: Actor,
    share: Share,
    kind: str,
    before: Facts | None,
    after: Facts | None,
    undoes: int | None = None,
) -> Change:
    change: Change = Change.unscoped.create(
        workspace_id=actor.workspace_id, object_type_id=share.object_type_id, record_id=share.record_id,
        kind=kind, changes={KEY: [before, after]}, actor_id=actor.user_id, source=actor.source, at=now(),
        undoes=undoes,
    )  # fmt: skip
    return change


__all__ = [
    "KEY", "may_share", "receiver_name", "remove_ended", "share_record", "shares_of", "shares_on", "undo_sharing",
    "unshare_record",
]  # fmt: skip

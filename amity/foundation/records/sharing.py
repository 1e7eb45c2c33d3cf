"""Records shared with people and teams: the second way to a record, beside its owner. `access.py` asks here.

A share gives what the role grants on any record of the object at all, on one record more: to see and export it, with
`change` to change it too. It never lets anybody delete a record, hand it over or share it on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Exists, Q, QuerySet

from amity.foundation.accounts.actor import Actor
from amity.foundation.accounts.models import TeamMember
from amity.foundation.core.clock import now
from amity.foundation.records.database import OneOf, Unindexed
from amity.foundation.records.models import Share
from amity.foundation.records.spec import ObjectSpec

SEE, CHANGE = "see", "change"
LEVELS = (SEE, CHANGE)
GIVES = {"see": LEVELS, "export": LEVELS, "edit": (CHANGE,)}
# Of a membership `{m}`, asked with every request: one look into an index each.
WHETHER = """
EXISTS(SELECT 1 FROM records_share s WHERE s.user_id = {m}.user_id AND s.workspace_id = {m}.workspace_id)
OR EXISTS(SELECT 1 FROM accounts_teammember p JOIN records_share s ON s.team_id = p.team_id
WHERE p.user_id = {m}.user_id AND p.workspace_id = {m}.workspace_id)
"""


def live_shares(workspace_id: int) -> QuerySet[Share]:
    """Shares that hold at this moment."""
    rows: QuerySet[Share] = Share.unscoped.filter(workspace_id=workspace_id)
    return rows.filter(Q(ends_at=None) | Q(ends_at__gt=now()))


def received(actor: Actor) -> QuerySet[Share]:
    """Live shares with the actor, or with a team they are in."""
    places = TeamMember.unscoped.filter(user_id=actor.user_id or 0, workspace_id=actor.workspace_id)
    mine = Q(user_id=actor.user_id or 0) | Q(team_id__in=places.values("team_id"))
    return live_shares(actor.workspace_id).filter(mine)


def shared_ids(spec: ObjectSpec, actor: Actor, verb: str) -> QuerySet[Any] | None:
    """Ids of the records a share lets the actor use the verb on, as a subquery; None where there can be none."""
    levels = _levels(spec, actor, verb)
    if levels is None:
        return None
    rows = received(actor).alias(own_type=Unindexed("object_type_id"))  # by receiver, not all of the object's
    return rows.filter(own_type=spec.type_id, level__in=levels).values_list("record_id", flat=True)


def _levels(spec: ObjectSpec, actor: Actor, verb: str) -> Sequence[str] | None:
    """Which shares give the verb; None when there can be none."""
    return GIVES.get(verb) if actor.shared and actor.may(spec.key, verb) else None


def any_shared(spec: ObjectSpec, workspace_id: int, record_id: int) -> Exists:
    """Whether a record is shared with anybody, to be asked beside something else about it."""
    return Exists(live_shares(workspace_id).filter(object_type_id=spec.type_id, record_id=record_id))


def shared_among(spec: ObjectSpec, actor: Actor, ids: Iterable[int], verb: str) -> frozenset[int]:
    """Those of these records that a share lets the actor use the verb on."""
    levels, wanted = _levels(spec, actor, verb), list(ids)
    if levels is None or not wanted:
        return frozenset()
    rows = received(actor).filter(OneOf("record_id", wanted), object_type_id=spec.type_id, level__in=levels)
    return frozenset(rows.values_list("record_id", flat=True))

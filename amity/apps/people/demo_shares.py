"""A few shares of the example firm: what a colleague gave the demo user, and the other way round."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext

from amity.foundation.accounts.actor import Actor, load_actor
from amity.foundation.accounts.models import Membership, TeamMember
from amity.foundation.core.clock import now
from amity.foundation.records.access import all_records
from amity.foundation.records.models import Change
from amity.foundation.records.objects import spec_for
from amity.foundation.records.services.shares import KEY, share_record


def add_shares(actor: Actor) -> None:
    """Colleagues with a team share one person with the actor; theirs go to a colleague of another team, and a team."""
    others = Membership.objects.filter(is_active=True).exclude(user_id=actor.user_id or 0).order_by("pk")
    people = [found for one in others if (found := load_actor(actor.workspace_id, one.user_id, "system"))]
    if not people:
        return
    first, last = people[0], people[-1]
    _share(first, actor, gettext("Could you call them? They asked for somebody from the office."), "change")
    _share(actor, last, gettext("They buy what you sell: for your next trip."), "see", days=30)
    _share_with_team(actor, first)
    _as_examples(actor)


def _mine(actor: Actor, place: int) -> int | None:
    rows = all_records(spec_for(actor, "people"), actor.workspace_id).filter(
        owner_id=actor.user_id, deleted_at=None
    )
    return rows.order_by("-updated_at", "-pk").values_list("pk", flat=True)[place : place + 1].first()


def _share(giver: Actor, receiver: Actor, why: str, level: str, days: int = 0) -> None:
    record_id = _mine(giver, 0)
    if record_id:
        share_record(
            actor=giver, spec=spec_for(giver, "people"), record_id=record_id, user_id=receiver.user_id,
            level=level, why=why, ends_at=now() + timedelta(days=days) if days else None,
        )  # fmt: skip


def _share_with_team(actor: Actor, member: Actor) -> None:
    team_id = TeamMember.objects.filter(user_id=member.user_id or 0).values_list("team_id", flat=True).first()
    record_id = _mine(actor, 0)
    if team_id and record_id:
        share_record(
            actor=actor, spec=spec_for(actor, "people"), record_id=record_id, team_id=team_id, level="see"
        )


def _as_examples(actor: Actor) -> None:
    """Their lines of history belong to the example data, so that these go as a whole."""
    rows = Change.unscoped.filter(workspace_id=actor.workspace_id, kind="share", changes__has_key=KEY)
    rows.update(batch_id=int(actor.workspace.demo_batch))


__all__ = ["add_shares"]

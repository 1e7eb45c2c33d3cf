"""Data quality of the example firm: who typed what, what is to check of it, and how the past weeks went."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.db.models import F

from amity.engines.quality.checking import check_object, forget_gone
from amity.engines.quality.measures import WEEKS, keep_day
from amity.engines.quality.models import QualityDay, QualityRule
from amity.engines.quality.rules import create_rule
from amity.foundation.accounts.actor import Actor
from amity.foundation.core.clock import today
from amity.foundation.records.access import all_records
from amity.foundation.records.models import Change
from amity.foundation.records.objects import enabled_specs, spec_for
from amity.foundation.records.spec import ObjectSpec

RULE = "A person needs an e-mail address or a phone"
BENDS = (14, 12, 13, 11, 9, 9, 8, 6, 6, 4, 3, 1)  # points below today's, by week, oldest first


def add_quality(actor: Actor, people: Sequence[int]) -> None:
    """Sign the example people with those who own them, look through all objects, and make up twelve weeks."""
    spec = spec_for(actor, "people")
    _sign(spec, actor, people)
    empty = [{"field": key, "op": "empty"} for key in ("emails", "phones")]
    create_rule(actor=actor, spec=spec, name=RULE, filter={"and": empty})
    for one in enabled_specs(actor):
        check_object(one, actor.workspace)
        keep_day(one, actor.workspace)
    _past(actor)


def _sign(spec: ObjectSpec, actor: Actor, ids: Sequence[int]) -> None:
    made = all_records(spec, actor.workspace_id).filter(pk__in=ids)
    for owner_id in set(made.values_list("owner_id", flat=True)):
        mine = list(made.filter(owner_id=owner_id).values_list("pk", flat=True))
        Change.unscoped.filter(
            workspace_id=actor.workspace_id, object_type_id=spec.type_id, record_id__in=mine, kind="create"
        ).update(actor_id=owner_id)
    made.update(created_by_id=F("owner_id"))


def _past(actor: Actor) -> None:
    day = today(actor.workspace.zone)
    now = list(QualityDay.unscoped.filter(workspace_id=actor.workspace_id, day=day))
    weeks = len(BENDS)
    assert weeks < WEEKS
    QualityDay.unscoped.bulk_create(
        QualityDay(
            workspace_id=row.workspace_id, object_type_id=row.object_type_id, person_id=row.person_id,
            day=day - timedelta(weeks=weeks - place), records=row.records,
            score=max(0, row.score - bend - (row.person_id + place) % 3),
        )
        for row in now
        for place, bend in enumerate(BENDS)
    )  # fmt: skip


def drop_quality(actor: Actor) -> None:
    """What was found of the example records, the made-up weeks and the example rule go with them."""
    QualityDay.unscoped.filter(workspace_id=actor.workspace_id).delete()
    for spec in enabled_specs(actor):
        forget_gone(spec, actor.workspace_id)
    QualityRule.unscoped.filter(workspace_id=actor.workspace_id, name=RULE, removed_at=None).delete()

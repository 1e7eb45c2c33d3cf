"""What was found about the quality of records: pairs that may be the same, and what people decided of them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from amity.foundation.accounts.managers import WorkspaceModel
from amity.foundation.accounts.models import User
from amity.foundation.core.clock import now
from amity.foundation.records.database import Json
from amity.foundation.records.models import ObjectType


class DuplicatePair(WorkspaceModel):
    """Two records of one object, the older first, that are the same with this chance.

    `reasons` are those of `matching.reasons`. `decided_at` is set when somebody said that they are not the same.
    """

    object_type = models.ForeignKey(ObjectType, on_delete=models.CASCADE, related_name="+", db_index=False)
    first_id = models.BigIntegerField()
    second_id = models.BigIntegerField()
    chance = models.FloatField()
    reasons = Json(default=list)
    decided_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta(WorkspaceModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["object_type", "first_id", "second_id"], name="pair_once")
        ]
        indexes = [
            models.Index(
                fields=["object_type", "-chance", "id"],
                name="pair_open",
                condition=Q(decided_at__isnull=True),
            ),
        ]


class DuplicateScan(WorkspaceModel):
    """The last look through one object: when it began, on how many records, and how it ended."""

    object_type = models.OneToOneField(ObjectType, on_delete=models.CASCADE, related_name="+")
    started_at = models.DateTimeField(default=now)
    finished_at = models.DateTimeField(null=True, blank=True)
    records = models.PositiveIntegerField(default=0)
    pairs = models.PositiveIntegerField(default=0)
    job_id = models.BigIntegerField(null=True)

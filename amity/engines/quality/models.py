"""What was found about the quality of records: pairs that may be the same, faults, and what people decided."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from amity.foundation.accounts.managers import WorkspaceModel
from amity.foundation.accounts.models import User
from amity.foundation.core.clock import now
from amity.foundation.records.database import Json
from amity.foundation.records.models import Attached, ObjectType


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


class Finding(Attached):
    """One reason to look at one field of one record again. It holds no value, only a `digest` of it.

    `code` says why (`reasons.py`; a rule's is `rule-<id>`), `number` is what its sentence counts. `weight` adds up
    per record and kind; from 100 on the record is shown. A settled one is right for good, until the value changes.
    """

    kind = models.CharField(max_length=12)
    code = models.CharField(max_length=24)
    field = models.CharField(max_length=40, blank=True, default="")
    weight = models.PositiveSmallIntegerField()
    number = models.PositiveIntegerField(default=0)
    digest = models.CharField(max_length=16)
    found_at = models.DateTimeField(default=now)
    settled_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta(Attached.Meta):
        constraints = [
            models.UniqueConstraint(fields=["object_type", "record_id", "code", "field"], name="finding_once")
        ]


class Confirmation(Attached):
    """Somebody looked at the record and said that it is still right."""

    at = models.DateTimeField(default=now)
    by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)

    class Meta(Attached.Meta):
        constraints = [models.UniqueConstraint(fields=["object_type", "record_id"], name="confirmed_once")]


class QualityPlan(WorkspaceModel):
    """What counts for one object: `fields` that are to be filled (None: the product's choice), and after how many
    days without a touch a record is stale."""

    object_type = models.OneToOneField(ObjectType, on_delete=models.CASCADE, related_name="+")
    fields = Json(null=True, blank=True)
    stale_days = models.PositiveSmallIntegerField(default=365)
    checked_at = models.DateTimeField(null=True, blank=True)
    job_id = models.BigIntegerField(null=True)


class QualityRule(WorkspaceModel):
    """Records of the object that match the filter break the rule."""

    object_type = models.ForeignKey(ObjectType, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=120)
    filter = Json(default=dict)
    made_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    created_at = models.DateTimeField(default=now)
    removed_at = models.DateTimeField(null=True, blank=True)


class QualityDay(WorkspaceModel):
    """How one object stood at the end of a day, as a whole (`person_id` 0) or what one person had made of it.

    `score` 0–100 is the mean of the parts, of a person the share of records without a fault; `parts` those of a whole.
    """

    object_type = models.ForeignKey(ObjectType, on_delete=models.CASCADE, related_name="+", db_index=False)
    person_id = models.BigIntegerField(default=0)
    day = models.DateField()
    records = models.PositiveIntegerField(default=0)
    faults = models.PositiveIntegerField(default=0)
    score = models.PositiveSmallIntegerField(default=0)
    parts = Json(default=dict)

    class Meta(WorkspaceModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["object_type", "person_id", "day"], name="quality_day_once")
        ]

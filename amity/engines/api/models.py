"""What the API itself has to remember."""

from __future__ import annotations

from django.db import models

from amity.foundation.accounts.managers import WorkspaceModel
from amity.foundation.accounts.models import User
from amity.foundation.core.clock import now
from amity.foundation.records.database import Json


class KeptAnswer(WorkspaceModel):
    """The answer to one `Idempotency-Key` of one user, kept for 24 hours and written with the work itself.

    `fingerprint` is the SHA-256 of method, address and body. `status` 0 marks a batch that is not finished;
    its results so far are in `progress`.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(max_length=200)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    headers = Json(default=dict)
    body = models.TextField(blank=True, default="")
    progress = Json(default=list)
    created_at = models.DateTimeField(default=now, db_index=True)

    class Meta(WorkspaceModel.Meta):
        constraints = [models.UniqueConstraint(fields=["workspace", "user", "key"], name="answer_once")]

"""Who is told of what, and every message with its tries."""

from __future__ import annotations

from datetime import datetime

from django.db import models

from amity.foundation.accounts.managers import WorkspaceModel
from amity.foundation.accounts.models import User
from amity.foundation.core.clock import now
from amity.foundation.records.database import Json


class State(models.TextChoices):
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


class Webhook(WorkspaceModel):
    """One address that is told. It is told what its `user` may see, with the rights of today.

    The secret is made of `salt` and the installation's key and stored nowhere; `old_salt` makes the one before,
    which signs beside it until `old_until`. `off_reason` says why the product itself switched it off.
    `failing_since` is the first failure with no success after it.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=80)
    url = models.CharField(max_length=500)
    object_keys = Json(default=list)
    verbs = Json(default=list)
    filter = Json(null=True)
    salt = models.CharField(max_length=64)
    old_salt = models.CharField(max_length=64, blank=True, default="")
    old_until = models.DateTimeField(null=True)
    is_active = models.BooleanField(default=True)
    off_reason = models.CharField(max_length=20, blank=True, default="")
    failing_since = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=now)
    removed_at = models.DateTimeField(null=True)

    class Meta(WorkspaceModel.Meta):
        ordering = ["id"]
        indexes = [models.Index(fields=["workspace", "id"], name="webhook_of_firm")]

    def __str__(self) -> str:
        return self.name

    def hears(self, object_key: str, verb: str) -> bool:
        """Whether it wants to know of this. No objects named means all of them."""
        return verb in self.verbs and (not self.object_keys or object_key in self.object_keys)


class Delivery(WorkspaceModel):
    """One message. `message_id` stays the same over all tries, so that a receiver knows a second copy.

    `tries` are `{"at", "status", "ms", "error"}`; `answer` is the beginning of what the last one was told.
    """

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries")
    message_id = models.CharField(max_length=40)
    kind = models.CharField(max_length=80)
    body = models.TextField()
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(null=True)
    tries = Json(default=list)
    answer = models.TextField(blank=True, default="")
    created_at: models.DateTimeField[datetime, datetime] = models.DateTimeField(default=now, db_index=True)
    finished_at = models.DateTimeField(null=True)

    class Meta(WorkspaceModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["workspace", "message_id"], name="webhook_message_once")
        ]
        indexes = [models.Index(fields=["workspace", "webhook", "-id"], name="webhook_newest")]

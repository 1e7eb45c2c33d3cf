"""What people are told, how they want to hear it, and the system's own mail."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from amity.foundation.accounts.managers import WorkspaceModel
from amity.foundation.accounts.models import User
from amity.foundation.core.clock import now
from amity.foundation.records.database import Json
from amity.foundation.records.models import ObjectType

UNREAD = Q(read_at__isnull=True)
SET = 500


def delete_in_sets(rows: models.QuerySet[Any]) -> int:
    """Delete in small statements, so that nobody waits for the write lock; returns how many."""
    deleted = 0
    while ids := list(rows.order_by("pk").values_list("pk", flat=True)[:SET]):
        deleted += rows.model._default_manager.filter(pk__in=ids).delete()[0]
    return deleted


class Channel(models.TextChoices):
    """How one hears of a kind: in the centre always, unless it is off."""

    APP = "app", _("In Amity")
    DIGEST = "digest", _("Daily mail")
    NOW = "now", _("Mail at once")
    OFF = "off", _("Off")


class Notification(WorkspaceModel):
    """One thing one person is told. Words are made when it is read, from `kind` and what it points at.

    `group`: what comes again while this is unread is added to it. `data["spans"]` are the ids of the things told
    (records, notes) as neighbouring pairs, so that a delivery twice counts once. `channel` is how it was wanted.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=40)
    group = models.CharField(max_length=120)
    object_type = models.ForeignKey(
        ObjectType, on_delete=models.CASCADE, null=True, related_name="+", db_index=False
    )
    record_id = models.BigIntegerField(null=True)
    actor = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    data = Json(default=dict)
    at = models.DateTimeField(default=now)
    read_at = models.DateTimeField(null=True)
    channel = models.CharField(max_length=8, choices=Channel, default=Channel.APP)
    mailed_at = models.DateTimeField(null=True)

    class Meta(WorkspaceModel.Meta):
        ordering = ["-at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "user", "group"], condition=UNREAD, name="notification_unread_once"
            )
        ]
        indexes = [
            models.Index(fields=["workspace", "user", "-at", "-id"], name="notification_user"),
            models.Index(fields=["read_at"], condition=~UNREAD, name="notification_read"),
            models.Index(
                fields=["workspace", "user"],
                condition=UNREAD & Q(channel="digest", mailed_at__isnull=True),
                name="notification_digest",
            ),
        ]


class NotificationSetting(WorkspaceModel):
    """How one person wants to hear of one kind; without a row the kind's own way holds."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=40)
    channel = models.CharField(max_length=8, choices=Channel)

    class Meta(WorkspaceModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["workspace", "user", "kind"], name="notification_setting_once")
        ]


class Security(models.TextChoices):
    STARTTLS = "starttls", _("STARTTLS")
    TLS = "tls", _("TLS")
    NONE = "none", _("None")


class MailServer(WorkspaceModel):
    """Where a firm's mail goes out. `password` is sealed (see `core.sealed`) and never shown again."""

    host = models.CharField(max_length=253)
    port = models.PositiveIntegerField()
    security = models.CharField(max_length=8, choices=Security, default=Security.STARTTLS)
    username = models.CharField(max_length=254, blank=True, default="")
    password = models.TextField(blank=True, default="")
    sender = models.EmailField(max_length=254)
    sender_name = models.CharField(max_length=120, blank=True, default="")
    changed_at = models.DateTimeField(default=now)

    class Meta(WorkspaceModel.Meta):
        constraints = [models.UniqueConstraint(fields=["workspace"], name="mail_server_once")]


class MailState(models.TextChoices):
    """`held`: nobody sends it until an administrator says so. `sending` lasts from the claim to the answer."""

    QUEUED = "queued", _("Waiting")
    SENDING = "sending", _("On its way")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Failed")
    HELD = "held", _("Not sent")


class MailOut(WorkspaceModel):
    """One mail of the system itself. `link` is the sealed part that only its reader may see; gone once it is sent.

    `text` and `html` hold a mark where the link goes. `key`: one mail per key, ever.
    """

    key = models.CharField(max_length=120, blank=True, default="")
    kind = models.CharField(max_length=40)
    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="+", db_index=False)
    to = models.EmailField(max_length=254)
    subject = models.CharField(max_length=250)
    text = models.TextField()
    html = models.TextField(blank=True, default="")
    headers = Json(default=dict)
    link = models.TextField(blank=True, default="")
    state = models.CharField(max_length=8, choices=MailState, default=MailState.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=500, blank=True, default="")
    created_at = models.DateTimeField(default=now)
    sent_at = models.DateTimeField(null=True)
    next_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)

    class Meta(WorkspaceModel.Meta):
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "key"], condition=~Q(key=""), name="mail_key_once")
        ]
        indexes = [
            models.Index(fields=["workspace", "state", "id"], name="mail_state"),
            models.Index(fields=["created_at"], name="mail_created"),
        ]

"""What a record is: objects, their fields and relations, and the table every record begins with."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from amity.foundation.accounts.managers import WorkspaceModel
from amity.foundation.accounts.models import User
from amity.foundation.core.clock import now
from amity.foundation.records.database import Json

TEXT_SLOTS = ("t1", "t2", "t3", "t4", "t5", "t6")
NUMBER_SLOTS = ("n1", "n2", "n3", "n4", "n5", "n6")
UNIQUE_SLOTS = ("u1", "u2", "u3")
SLOTS = (*TEXT_SLOTS, *NUMBER_SLOTS, *UNIQUE_SLOTS)
LIVE = Q(deleted_at__isnull=True)


class FoldedField(models.CharField[Any, Any]):
    """Folded text compared byte by byte, so that both databases sort it alike."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("db_collation", None)
        super().__init__(*args, **kwargs)

    def db_parameters(self, connection: Any) -> dict[str, Any]:
        parameters: dict[str, Any] = super().db_parameters(connection)
        if connection.vendor == "postgresql":
            parameters["collation"] = "C"
        return parameters


class ObjectType(WorkspaceModel):
    """One kind of record in one workspace: a row for each standard object and each of the firm's own.

    Empty labels mean the product's own word. `settings`: title_field, columns, quick_add, board_field, date_field.
    """

    key = models.CharField(max_length=40)
    label = models.CharField(max_length=60, blank=True, default="")
    plural = models.CharField(max_length=60, blank=True, default="")
    icon = models.CharField(max_length=40, blank=True, default="")
    custom = models.BooleanField(default=False)
    enabled = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=0)
    settings = Json(default=dict)
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta(WorkspaceModel.Meta):
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["workspace", "key"], name="object_key_once")]


class FieldRow(WorkspaceModel):
    """A field the firm made, or its changes to a built-in one (`builtin`): label, order, group, required, hidden.

    `options`: `[{"key", "label", "colour", "archived"}]`. `slot` names the column of a fast field.
    """

    object_type = models.ForeignKey(ObjectType, on_delete=models.CASCADE, related_name="fields")
    key = models.CharField(max_length=40)
    builtin = models.BooleanField(default=False)
    type = models.CharField(max_length=24)
    label = models.CharField(max_length=80, blank=True, default="")
    help = models.CharField(max_length=250, blank=True, default="")
    group = models.CharField(max_length=60, blank=True, default="")
    position = models.PositiveSmallIntegerField(null=True, blank=True)
    required = models.BooleanField(default=False)
    unique_slot = models.CharField(max_length=2, blank=True, default="")
    slot = models.CharField(max_length=2, blank=True, default="")
    slot_ready = models.BooleanField(default=False)
    default = Json(null=True, blank=True)
    options = Json(default=list)
    settings = Json(default=dict)
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta(WorkspaceModel.Meta):
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["object_type", "key"], name="field_key_once")]


class Relation(WorkspaceModel):
    """A kind of link between two objects, with a word for each end: Parent of / Child of.

    `from_key` and `to_key` are the field keys under which each side shows it; `many` flags say how many.
    `speaks` is the end, "from" or "to", whose records are written to about those of the other end; by the
    `channels` email, phone and letter, all when empty; `speaks_first`: only the one linked first.
    """

    from_type = models.ForeignKey(ObjectType, on_delete=models.CASCADE, related_name="relations_from")
    to_type = models.ForeignKey(ObjectType, on_delete=models.CASCADE, related_name="relations_to")
    from_key = models.CharField(max_length=40)
    to_key = models.CharField(max_length=40)
    from_label = models.CharField(max_length=80)
    to_label = models.CharField(max_length=80)
    from_many = models.BooleanField(default=True)
    to_many = models.BooleanField(default=True)
    speaks = models.CharField(max_length=4, blank=True, default="")
    channels = Json(default=list)
    speaks_first = models.BooleanField(default=False)
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta(WorkspaceModel.Meta):
        ordering = ["id"]


class Link(WorkspaceModel):
    """One record joined to another under a relation; `from` and `to` are of the relation's two objects."""

    relation = models.ForeignKey(Relation, on_delete=models.CASCADE, related_name="links")
    from_id = models.BigIntegerField()
    to_id = models.BigIntegerField()
    created_at = models.DateTimeField(default=now)
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta(WorkspaceModel.Meta):
        constraints = [models.UniqueConstraint(fields=["relation", "from_id", "to_id"], name="link_once")]
        indexes = [models.Index(fields=["relation", "to_id", "from_id"], name="link_back")]


class Record(WorkspaceModel):
    """Base of every record. Written by the services only.

    `title` and `title_key` (folded) are derived; `custom` holds the firm's own fields and is the truth;
    t1–t6, n1–n6 and u1–u3 are indexed copies of its fast and unique ones. `version` is the ETag.
    """

    owner = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    title = models.CharField(max_length=250)
    title_key = FoldedField(max_length=200)
    tags = Json(default=list)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=now)
    updated_at = models.DateTimeField(default=now)
    created_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    deleted_at = models.DateTimeField(null=True, blank=True)
    custom = Json(default=dict)

    t1 = FoldedField(max_length=200, null=True)
    t2 = FoldedField(max_length=200, null=True)
    t3 = FoldedField(max_length=200, null=True)
    t4 = FoldedField(max_length=200, null=True)
    t5 = FoldedField(max_length=200, null=True)
    t6 = FoldedField(max_length=200, null=True)
    n1 = models.FloatField(null=True)
    n2 = models.FloatField(null=True)
    n3 = models.FloatField(null=True)
    n4 = models.FloatField(null=True)
    n5 = models.FloatField(null=True)
    n6 = models.FloatField(null=True)
    u1 = FoldedField(max_length=200, null=True)
    u2 = FoldedField(max_length=200, null=True)
    u3 = FoldedField(max_length=200, null=True)

    class Meta(WorkspaceModel.Meta):
        abstract = True

    def __str__(self) -> str:
        return self.title


def record_indexes(prefix: str, *lead: str) -> list[models.Index]:
    """The indexes every record table has; `lead` are the columns each one starts with."""
    plain = [("title", ["title_key"]), ("owner", ["owner", "title_key"]), ("made", ["created_at"])]
    indexes = [
        models.Index(fields=[*lead, *columns, "id"], name=f"{prefix}_{name}", condition=LIVE)
        for name, columns in plain
    ]
    slots = [
        models.Index(
            fields=[*lead, slot, "id"],
            name=f"{prefix}_{slot}",
            condition=LIVE & Q(**{f"{slot}__isnull": False}),
        )
        for slot in (*TEXT_SLOTS, *NUMBER_SLOTS)
    ]
    trash = models.Index(
        fields=[*lead, "deleted_at"], name=f"{prefix}_trash", condition=Q(deleted_at__isnull=False)
    )
    return [*indexes, *slots, trash]


def record_constraints(prefix: str, *lead: str) -> list[models.BaseConstraint]:
    """Unique slots: one live record per value."""
    return [
        models.UniqueConstraint(
            fields=[*lead, slot],
            name=f"{prefix}_{slot}_once",
            condition=LIVE & Q(**{f"{slot}__isnull": False}),
        )
        for slot in UNIQUE_SLOTS
    ]


class CustomRecord(Record):
    """A record of an object the firm made itself; all its values are in `custom`."""

    object_type = models.ForeignKey(ObjectType, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta(Record.Meta):
        indexes = record_indexes("custom", "workspace", "object_type")
        constraints = record_constraints("custom", "workspace", "object_type")


class Attached(WorkspaceModel):
    """Something that hangs on one record of any object."""

    object_type = models.ForeignKey(ObjectType, on_delete=models.CASCADE, related_name="+", db_index=False)
    record_id = models.BigIntegerField()

    class Meta(WorkspaceModel.Meta):
        abstract = True

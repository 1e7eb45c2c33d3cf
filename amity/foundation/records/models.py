"""What a record is, and everything that can be attached to one."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from amity.foundation.accounts.managers import WorkspaceModel
from amity.foundation.accounts.models import Team, User
from amity.foundation.core.clock import now
from amity.foundation.core.row_security import DOOR, NONE
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


class Batch(WorkspaceModel):
    """Changes that belong together: an import, a bulk edit, the example data. Undone as one.

    `origin` is the source that the values of an import come from, as in `Claim.source`.
    """

    kind = models.CharField(max_length=24)
    label = models.CharField(max_length=200, blank=True, default="")
    origin = models.CharField(max_length=120, null=True)
    actor = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=now)
    undone_at = models.DateTimeField(null=True, blank=True)


class Change(Attached):
    """One change of one record: `{field: [before, after]}` in canonical values; a creation stores none.

    `origin` is the program whose token wrote it, as in `Claim.source`; what an import wrote is told by its batch.
    """

    kind = models.CharField(max_length=12)
    changes = Json(default=dict)
    actor = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    source = models.CharField(max_length=12)
    at = models.DateTimeField(default=now)
    batch = models.ForeignKey(Batch, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    undoes = models.BigIntegerField(null=True)
    origin = models.CharField(max_length=120, null=True)

    class Meta(Attached.Meta):
        indexes = [
            models.Index(fields=["object_type", "record_id", "id"], name="change_record"),
            models.Index(fields=["batch", "id"], name="change_batch", condition=Q(batch__isnull=False)),
        ]


class Claim(Attached):
    """What a source says a field holds where the record said otherwise; kept for good, so that it is asked once.

    `source` is `person:<user id>`, `import:<name>`, `api:<name of the token>` or `merge:<title>`. `digest` stands for
    the canonical `value`. `state` is open, taken (the record holds it), kept (the record's own value stayed) or
    replaced (the source says something else by now). `change_id` is the line of history that decided; where nobody is
    `decided_by`, a ranking of sources did. `batch` is the import that brought it.
    """

    field = models.CharField(max_length=40)
    value = Json(null=True)
    digest = models.CharField(max_length=32)
    source = models.CharField(max_length=120)
    state = models.CharField(max_length=8, default="open")
    at = models.DateTimeField(default=now)
    actor = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    batch = models.ForeignKey(Batch, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    change_id = models.BigIntegerField(null=True)

    class Meta(Attached.Meta):
        indexes = [
            models.Index(fields=["object_type", "record_id", "field"], name="claim_record"),
            models.Index(
                fields=["workspace", "object_type", "record_id", "field"],
                name="claim_open",
                condition=Q(state="open"),
            ),
            models.Index(fields=["batch"], name="claim_batch", condition=Q(batch__isnull=False)),
            models.Index(fields=["change_id"], name="claim_change", condition=Q(change_id__isnull=False)),
        ]


class Merge(WorkspaceModel):
    """Records of one object that became one, the survivor.

    `change_id` is the survivor's line of history. `titles` names the others by their ids; `moved` says what came
    over from which of them, so that just that can go back: see `services/merge_moves.py`.
    """

    object_type = models.ForeignKey(ObjectType, on_delete=models.CASCADE, related_name="+", db_index=False)
    survivor_id = models.BigIntegerField()
    change_id = models.BigIntegerField()
    titles = Json(default=dict)
    moved = Json(default=dict)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta(WorkspaceModel.Meta):
        indexes = [models.Index(fields=["change_id"], name="merge_change")]


class MergedRecord(Attached):
    """A record that went into another: its address leads there, and its history is told there."""

    merge = models.ForeignKey(Merge, on_delete=models.CASCADE, related_name="records")
    survivor_id = models.BigIntegerField()

    class Meta(Attached.Meta):
        constraints = [models.UniqueConstraint(fields=["object_type", "record_id"], name="merged_once")]
        indexes = [models.Index(fields=["object_type", "survivor_id"], name="merged_survivor")]


class Note(Attached):
    """A remark on a record. Text only; line breaks kept. `mentions`: `[[user id, name as it was written], …]`."""

    body = models.TextField()
    mentions = Json(default=list)
    author = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    created_at = models.DateTimeField(default=now)
    edited_at = models.DateTimeField(null=True, blank=True)
    pinned = models.BooleanField(default=False)
    deleted_at = models.DateTimeField(null=True, blank=True)
    batch = models.ForeignKey(Batch, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)

    class Meta(Attached.Meta):
        indexes = [models.Index(fields=["object_type", "record_id", "created_at"], name="note_record")]


class Share(Attached):
    """A record shown to a person or a team beyond what their role reaches; with `change` they may change it too.

    From `ends_at` on it gives nothing. A record may hold two for one receiver after a merge: the stronger counts.
    """

    row_security = DOOR  # whether anything is shared with somebody is asked along with who they are

    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="+", db_index=False)
    team = models.ForeignKey(Team, on_delete=models.CASCADE, null=True, related_name="+", db_index=False)
    level = models.CharField(max_length=8)
    why = models.CharField(max_length=300, blank=True, default="")
    ends_at = models.DateTimeField(null=True, blank=True)
    shared_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(default=now)

    class Meta(Attached.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(user__isnull=True) ^ Q(team__isnull=True), name="share_one_receiver"
            )
        ]
        indexes = [
            models.Index(fields=["object_type", "record_id"], name="share_record"),
            models.Index(
                fields=["user", "workspace", "object_type", "record_id"], name="share_user",
                condition=Q(user__isnull=False),
            ),
            models.Index(
                fields=["team", "workspace", "object_type", "record_id"], name="share_team",
                condition=Q(team__isnull=False),
            ),
            models.Index(fields=["shared_by", "workspace", "object_type", "record_id"], name="share_by"),
            models.Index(fields=["ends_at"], name="share_end", condition=Q(ends_at__isnull=False)),
        ]  # fmt: skip


class Purpose(WorkspaceModel):
    """What people can be asked consent for, such as news by e-mail. Shown by the `objects` it names as a field.

    `wording` is the text they agree to; `version` rises whenever it changes.
    """

    key = models.CharField(max_length=30)
    label = models.CharField(max_length=80)
    wording = models.TextField()
    version = models.PositiveIntegerField(default=1)
    objects_shown = Json(default=list)
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta(WorkspaceModel.Meta):
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["workspace", "key"], name="purpose_once")]


class Consent(Attached):
    """One word of consent: given, withdrawn, or void where an entry was taken back. Added, never changed.

    It keeps what was agreed to (`wording`, `version`), who said it (the record itself, or `giver_type` and
    `giver_id`), how it reached us (`channel`, `remark`) and who wrote it down. The newest of a record are
    `current`; merged records bring theirs along, and then a withdrawn one wins. `change_id` is its line of history.
    """

    purpose = models.ForeignKey(Purpose, on_delete=models.CASCADE, related_name="+", db_index=False)
    verdict = models.CharField(max_length=10)
    giver_type = models.ForeignKey(
        ObjectType, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    giver_id = models.BigIntegerField(null=True)
    giver_name = models.CharField(max_length=250, blank=True, default="")
    channel = models.CharField(max_length=12)
    remark = models.CharField(max_length=250, blank=True, default="")
    wording = models.TextField()
    version = models.PositiveIntegerField()
    source = models.CharField(max_length=12)
    actor = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    at = models.DateTimeField(default=now)
    current = models.BooleanField(default=True)
    change_id = models.BigIntegerField(null=True)

    class Meta(Attached.Meta):
        indexes = [
            models.Index(fields=["object_type", "record_id", "id"], name="consent_record"),
            models.Index(
                fields=["purpose", "object_type", "verdict", "record_id"],
                name="consent_state",
                condition=Q(current=True),
            ),
        ]


class Tag(WorkspaceModel):
    """A word to mark records with, shared by all objects. `key` is its folded name."""

    name = models.CharField(max_length=60)
    key = models.CharField(max_length=60)
    colour = models.CharField(max_length=12, default="grey")

    class Meta(WorkspaceModel.Meta):
        ordering = ["key"]
        constraints = [models.UniqueConstraint(fields=["workspace", "key"], name="tag_once")]


class IndexedValue(Attached):
    """Every e-mail, phone, handle, tag and multiple choice of any record in its compared form.

    Duplicates, import matching and filters on many-valued fields look here.
    """

    kind = models.CharField(max_length=48)
    normal = models.CharField(max_length=200)

    class Meta(Attached.Meta):
        indexes = [
            models.Index(
                fields=["workspace", "kind", "normal", "object_type", "record_id"], name="value_find"
            ),
            models.Index(fields=["object_type", "record_id"], name="value_record"),
        ]


class SearchRow(Attached):
    """The folded text one finds a record by. `facet` is `w<workspace>t<object type>o<owner>.`"""

    row_security = NONE  # it would keep PostgreSQL from using the trigram index

    text = models.TextField()
    facet = models.CharField(max_length=64)

    class Meta(Attached.Meta):
        constraints = [models.UniqueConstraint(fields=["object_type", "record_id"], name="search_once")]


class StoredFile(Attached):
    """A file on a record, kept under a random name outside the web root."""

    name = models.CharField(max_length=200)
    path = models.CharField(max_length=80, unique=True)
    size = models.BigIntegerField()
    content_type = models.CharField(max_length=120)
    sha256 = models.CharField(max_length=64)
    field_key = models.CharField(max_length=40, blank=True, default="")
    uploaded_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=now)
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta(Attached.Meta):
        indexes = [models.Index(fields=["object_type", "record_id", "created_at"], name="file_record")]


class SavedView(WorkspaceModel):
    """A named list: filter, sort, columns, shape. Shared unless `owner` keeps it private."""

    object_type = models.ForeignKey(ObjectType, on_delete=models.CASCADE, related_name="views")
    name = models.CharField(max_length=80)
    config = Json(default=dict)
    owner = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="+")
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta(WorkspaceModel.Meta):
        ordering = ["position", "id"]


class Run(WorkspaceModel):
    """Long work on records that can be left, found again, stopped and taken back.

    `results` holds what its page tells afterwards, under `undo` the place and outcome of taking it back.
    """

    actor = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    results = Json(default=dict)
    state = models.CharField(max_length=12, default="running")
    error = models.TextField(blank=True, default="")
    batch = models.ForeignKey(Batch, on_delete=models.SET_NULL, null=True, related_name="+")
    job_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(default=now)
    finished_at = models.DateTimeField(null=True)

    class Meta(WorkspaceModel.Meta):
        abstract = True
        ordering = ["-id"]


class ImportRun(Run):
    """One import of one file: how it is read, mapped and matched, and how far it came.

    `position` is the row to go on with; it moves in the transaction that writes the rows before it, so a run
    whose process was killed goes on without doubling. `reading` holds the file's kind, encoding and separator;
    `results` also tells possible duplicates and values left out.
    """

    object_type = models.ForeignKey(ObjectType, on_delete=models.CASCADE, related_name="+")
    file_name = models.CharField(max_length=200)
    path = models.CharField(max_length=300)
    reading = Json(default=dict)
    mapping = Json(default=dict)
    rules = Json(default=dict)
    dry_run = models.BooleanField(default=False)
    state = models.CharField(max_length=12, default="draft")
    position = models.BigIntegerField(default=0)
    share = models.FloatField(default=0)
    created = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)

    class Meta(Run.Meta):
        pass


class BulkRun(Run):
    """One change of many records, decided once: which records is fixed when it begins (`BulkSet`).

    `action` is edit, delete or restore; `changes` the edit's steps `[{"field", "op", "value"}]`. `position` counts the
    records that are through and moves in the transaction that writes them. `results` also tells why records
    were refused.
    """

    object_type = models.ForeignKey(ObjectType, on_delete=models.CASCADE, related_name="+")
    action = models.CharField(max_length=12)
    changes = Json(default=list)
    total = models.PositiveIntegerField(default=0)
    position = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)

    class Meta(Run.Meta):
        pass


class BulkSet(WorkspaceModel):
    """The ids of up to 1,000 records of a run, in order; removed when the run is over."""

    run = models.ForeignKey(BulkRun, on_delete=models.CASCADE, related_name="sets", db_index=False)
    number = models.PositiveIntegerField()
    ids = Json(default=list)

    class Meta(WorkspaceModel.Meta):
        constraints = [models.UniqueConstraint(fields=["run", "number"], name="bulk_set_once")]


class Handover(Run):
    """Records of one person given to others in one step, of any objects; which to whom is fixed when it begins.

    `kind`: `rules` for somebody who leaves (`rules` as in `services/handover_plan.py`), `take` for one customer that a
    colleague takes over. `from_user` is empty when nobody owned it. `position` counts the records that are through.
    """

    kind = models.CharField(max_length=12, default="rules")
    from_user = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    rules = Json(default=list)
    total = models.PositiveIntegerField(default=0)
    position = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)

    class Meta(Run.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "from_user"],
                condition=Q(kind="rules", state__in=["running", "undoing"]),
                name="handover_one_at_work",
            )
        ]


class HandoverSet(WorkspaceModel):
    """Up to 1,000 records of a handover, in order: `[[object type, record, new owner or null], …]`.

    Removed when it is over.
    """

    run = models.ForeignKey(Handover, on_delete=models.CASCADE, related_name="sets", db_index=False)
    number = models.PositiveIntegerField()
    rows = Json(default=list)

    class Meta(WorkspaceModel.Meta):
        constraints = [models.UniqueConstraint(fields=["run", "number"], name="handover_set_once")]


class TakenOver(Attached):
    """A record that somebody took over: what the page of the new owner lists.

    `touched_at`: when it was last changed or noted on before. `seen_at`: the new owner has read it.
    """

    run = models.ForeignKey(Handover, on_delete=models.CASCADE, related_name="taken", db_index=False)
    to_user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_index=False)
    touched_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True)

    class Meta(Attached.Meta):
        constraints = [
            models.UniqueConstraint(fields=["run", "object_type", "record_id"], name="taken_over_once")
        ]
        indexes = [
            models.Index(
                fields=["run", "to_user", "object_type", "touched_at", "id"], name="taken_over_list"
            ),
            models.Index(fields=["workspace", "to_user", "run"], name="taken_over_by"),
        ]


class ImportRefusal(WorkspaceModel):
    """A row that did not go in, as it stood in the file, with what is wrong: `[{"column", "message"}]`."""

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="refusals")
    number = models.BigIntegerField()
    cells = Json(default=list)
    problems = Json(default=list)

    class Meta(WorkspaceModel.Meta):
        ordering = ["id"]


class KeptAnswer(WorkspaceModel):
    """The answer to what one user sent under one key, kept for 24 hours and written with the work itself.

    `fingerprint` is the SHA-256 of what was sent. `status` 0 marks a batch of the API that is not finished;
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
        db_table = "api_keptanswer"
        constraints = [models.UniqueConstraint(fields=["workspace", "user", "key"], name="answer_once")]

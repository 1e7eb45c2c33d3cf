"""Everything that can be attached to a record, and what finds or shows it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from amity.foundation.accounts.managers import WorkspaceModel
from amity.foundation.accounts.models import Team, User
from amity.foundation.core.clock import now
from amity.foundation.core.row_security import DOOR, NONE
from amity.foundation.records.database import Json
from amity.foundation.records.models.base import Attached, ObjectType


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

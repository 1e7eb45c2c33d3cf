"""Long work on many records: imports, bulk changes, handovers; and answers kept for what is sent twice."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from amity.foundation.accounts.managers import WorkspaceModel
from amity.foundation.accounts.models import User
from amity.foundation.core.clock import now
from amity.foundation.records.database import Json
from amity.foundation.records.models.attached import Batch
from amity.foundation.records.models.base import Attached, ObjectType


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

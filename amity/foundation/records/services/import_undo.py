"""Taking a whole import back: small sets, each in a transaction that also remembers the place.

Updates first, newest first, field by field where the field still holds what the import wrote; then what the
import created goes to the trash, unless somebody used it since. Rights are today's.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django_tasks import task

from amity.foundation.accounts.actor import Actor, load_actor
from amity.foundation.core.clock import now
from amity.foundation.core.errors import Conflict, Denied
from amity.foundation.core.jobs.api import enqueue
from amity.foundation.core.jobs.context import RunAgain, report, should_stop, stop_if_cancelled
from amity.foundation.records.access import all_records, reaches
from amity.foundation.records.models import Batch, Change, ImportRun, Link, Note, Relation, StoredFile
from amity.foundation.records.objects import spec_by_type, specs_for
from amity.foundation.records.services.links import linked_ids
from amity.foundation.records.services.records import as_list, check_owner
from amity.foundation.records.services.write import Edit, Writer
from amity.foundation.records.spec import ObjectSpec, Values
from amity.foundation.records.values import read_record

UNDOABLE = ("done", "cancelled", "failed")
KEPT_LISTED = 200
FIRST_SET, SMALLEST, LARGEST = 100, 10, 500
LONG, SHORT = 0.2, 0.05  # seconds of one set: above, the next is half as big; below, twice


def undo_run(*, actor: Actor, run: ImportRun, include_changed: bool = False) -> None:
    """Start taking an import back as a job. `include_changed`: records used since go to the trash too."""
    if actor.read_only:
        raise Denied
    if run.state not in UNDOABLE or run.batch_id is None or run.dry_run:
        raise Conflict(_("This import cannot be taken back."))
    with transaction.atomic():
        batch = Batch.objects.create(
            workspace_id=run.workspace_id, kind="undo", label=run.file_name, actor_id=actor.user_id
        )
        run.results["undo"] = {
            "batch": batch.pk, "actor": actor.user_id, "include_changed": include_changed, "phase": "update",
            "below": None, "reverted": 0, "trashed": 0, "kept_fields": 0, "kept": [], "kept_count": 0,
        }  # fmt: skip
        run.state = "undoing"
        run.save(update_fields=["state", "results"])
        run.job_id = enqueue(
            undo_job, workspace_id=run.workspace_id, actor_id=actor.user_id, unique_key=f"import-undo-{run.pk}",
            queue="long", max_attempts=20, run_id=run.pk,
        )  # fmt: skip
        run.save(update_fields=["job_id"])


@task()
def undo_job(run_id: int) -> None:
    """Go on with an undo from where it stands. Safe to be killed and called again."""
    run = ImportRun.objects.filter(pk=run_id, state="undoing").first()
    if run is None:
        return
    actor = load_actor(run.workspace_id, run.results["undo"]["actor"] or 0, "import")
    if actor is None:
        run.state, run.error = "done", _("Whoever started this no longer works here.")
        run.save(update_fields=["state", "error"])
        return
    ImportUndo(actor, run).work()


def changed_since(*, actor: Actor, run: ImportRun, limit: int = KEPT_LISTED) -> list[dict[str, Any]]:
    """Records the import created that were used since, with the reason: what an undo keeps unless told otherwise."""
    undo = ImportUndo(actor, run)
    found: list[dict[str, Any]] = []
    below = None
    while len(found) < limit and (changes := undo.changes("create", below, 1000)):
        below = changes[-1].pk
        for spec, some in undo.by_object(changes):
            records = undo.live(spec, [change.record_id for change in some])
            reasons = undo.reasons(spec, records)
            found += [
                undo.named(spec, record, reasons[record.pk]) for record in records if record.pk in reasons
            ]
    return found[:limit]


class ImportUndo:
    """One import being taken back. `work` may stop at any set and go on in another process."""

    def __init__(self, actor: Actor, run: ImportRun) -> None:
        self.actor, self.run = actor, run
        self.told: dict[str, Any] = run.results.get("undo", {})
        self.batch_id: int = run.batch_id or 0
        self.batches = [run.batch_id, self.told.get("batch")]

    def work(self) -> None:
        total = max(1, self._left("update") + self._left("create"))
        size, done = FIRST_SET, 0
        for phase, step in (("update", self._revert), ("create", self._remove)):
            while self.told["phase"] == phase:
                started = time.monotonic()
                with transaction.atomic():
                    changes = self.changes(phase, self.told["below"], size)
                    for spec, some in self.by_object(changes):
                        step(spec, some)
                    self._remember(phase, changes)
                done += len(changes)
                report(min(99, 100 * done // total), 100, self.run.file_name)
                size = _next_size(size, time.monotonic() - started)
                stop_if_cancelled()  # what is undone stays so; undoing again goes on from there
                if should_stop():
                    raise RunAgain
        self._finish()

    def _remember(self, phase: str, changes: Sequence[Change]) -> None:
        self.told["below"] = changes[-1].pk if changes else None
        if not changes:
            self.told["phase"] = {"update": "create", "create": "over"}[phase]
        self.run.save(update_fields=["results"])

    def _finish(self) -> None:
        with transaction.atomic():
            Batch.objects.filter(pk=self.batch_id).update(undone_at=now())
            self.run.state = "undone"
            self.run.save(update_fields=["state"])

    # --- what the import did ---------------------------------------------------------------------

    def _left(self, kind: str) -> int:
        return Change.unscoped.filter(batch_id=self.batch_id, kind=kind).count()

    def changes(self, kind: str, below: int | None, size: int) -> list[Change]:
        rows = Change.unscoped.filter(workspace_id=self.run.workspace_id, batch_id=self.batch_id, kind=kind)
        rows = rows.filter(id__lt=below) if below else rows
        return list(rows.order_by("-id")[:size])

    def by_object(self, changes: Iterable[Change]) -> list[tuple[ObjectSpec, list[Change]]]:
        """Runs of changes of one object, in their order: people go before the companies they came with."""
        runs = [(key, list(some)) for key, some in groupby(changes, key=lambda change: change.object_type_id)]
        specs = [(spec_by_type(self.actor.workspace, type_id), some) for type_id, some in runs]
        return [(spec, some) for spec, some in specs if spec is not None]

    def live(self, spec: ObjectSpec, ids: Iterable[int]) -> list[Any]:
        return list(all_records(spec, self.run.workspace_id).filter(pk__in=list(ids), deleted_at=None))

    def _writer(self, spec: ObjectSpec) -> Writer:
        return Writer(spec, self.actor, batch_id=self.told["batch"])

    # --- updates ---------------------------------------------------------------------------------

    def _revert(self, spec: ObjectSpec, changes: list[Change]) -> None:
        """Put fields back, newest change first; a field that holds something else by now stays."""
        own: dict[int, list[Change]] = {}
        for change in changes:
            own.setdefault(change.record_id, []).append(change)
        edits = []
        for record in self.live(spec, own):
            if not (self.actor.may(spec.key, "edit") and reaches(spec, self.actor, record, "edit")):
                self._keep(self.named(spec, record, _("you may not change it")))
                continue
            edit = self._edit(spec, record, own[record.pk])
            if edit.values or edit.links:
                edits.append(edit)
        self.told["reverted"] += self._write(spec, edits)

    def _write(self, spec: ObjectSpec, edits: list[Edit]) -> int:
        """All at once; when a unique value is taken by now, one by one, keeping what cannot go back."""
        try:
            with transaction.atomic():
                return len(self._writer(spec).update(edits, kind="undo"))
        except Conflict as error:
            if len(edits) == 1:
                self._keep(self.named(spec, edits[0].record, str(error)))
                return 0
        fresh = {record.pk: record for record in self.live(spec, [edit.record.pk for edit in edits])}
        return sum(self._write(spec, [replace(edit, record=fresh[edit.record.pk])]) for edit in edits)

    def _edit(self, spec: ObjectSpec, record: Any, changes: list[Change]) -> Edit:
        have = read_record(spec, record)
        back: Values = {}
        links: dict[str, list[int]] = {}
        for change in changes:
            for key, (old, written) in change.changes.items():
                field = spec.field(key)
                if field is None or field.archived:
                    continue
                if not field.stored:
                    now_linked = links.get(key) or linked_ids(field, self.run.workspace_id, record.pk)
                    links[key] = _without(now_linked, as_list(old), as_list(written))
                elif {**have, **back}.get(key) == written and self._may_put_back(spec, key, old):
                    back[key] = old
                else:
                    self.told["kept_fields"] += 1
        return Edit(record, back, links, undoes=changes[0].pk)

    def _may_put_back(self, spec: ObjectSpec, key: str, old: Any) -> bool:
        """An owner beyond the actor's reach today is not given a record again."""
        if key != "owner":
            return True
        try:
            check_owner(spec, old, self.actor)
        except Denied:
            return False
        return True

    # --- created records -------------------------------------------------------------------------

    def _remove(self, spec: ObjectSpec, changes: list[Change]) -> None:
        records = self.live(spec, [change.record_id for change in changes])
        reasons = self.reasons(spec, records)
        going = []
        for record in records:
            if not (self.actor.may(spec.key, "delete") and reaches(spec, self.actor, record, "delete")):
                self._keep(self.named(spec, record, _("you may not delete it")))
            elif record.pk in reasons and not self.told["include_changed"]:
                self._keep(self.named(spec, record, reasons[record.pk]))
            else:
                going.append(record)
        if going:
            self.told["trashed"] += len(self._writer(spec).trash(going))

    def _keep(self, line: dict[str, Any]) -> None:
        self.told["kept_count"] += 1
        if len(self.told["kept"]) < KEPT_LISTED:
            self.told["kept"].append(line)

    def named(self, spec: ObjectSpec, record: Any, reason: str) -> dict[str, Any]:
        """A line of what stays. A record that went out of the actor's sight since is not named."""
        if not reaches(spec, self.actor, record, "see"):
            return {"object": spec.key, "id": 0, "title": _("Not visible to you"), "reason": reason}
        return {"object": spec.key, "id": record.pk, "title": record.title, "reason": reason}

    # --- used since ------------------------------------------------------------------------------

    def reasons(self, spec: ObjectSpec, records: Sequence[Any]) -> dict[int, str]:
        """Why records should stay, by id: edited, linked, noted on, or holding files since the import."""
        ids = [record.pk for record in records]
        here = {"workspace_id": self.run.workspace_id, "object_type_id": spec.type_id, "record_id__in": ids}
        edited = Change.unscoped.filter(**here).exclude(batch_id__in=[pk for pk in self.batches if pk])
        found = dict.fromkeys(edited.values_list("record_id", flat=True), _("changed since"))
        noted = Note.unscoped.filter(**here, deleted_at=None).exclude(batch_id=self.batch_id)
        found.update(dict.fromkeys(noted.values_list("record_id", flat=True), _("has notes")))
        files = StoredFile.unscoped.filter(**here, deleted_at=None)
        found.update(dict.fromkeys(files.values_list("record_id", flat=True), _("has files")))
        found.update(dict.fromkeys(self._pointed_at(spec, ids), _("in use by another record")))
        return found

    def _pointed_at(self, spec: ObjectSpec, ids: list[int]) -> set[int]:
        """Records that live records outside this import point at."""
        found: set[int] = set()
        specs = specs_for(self.actor.workspace)
        for reverse in spec.reverses:
            other = specs[reverse.object_key]
            column = other.by_key[reverse.field_key].column
            rows = all_records(other, self.run.workspace_id).filter(**{f"{column}__in": ids}, deleted_at=None)
            found |= self._outside(other, list(rows.values_list("pk", column)))
        for end, far in (("from", "to"), ("to", "from")):
            relations = Relation.unscoped.filter(
                workspace_id=self.run.workspace_id, **{f"{end}_type": spec.type_id}
            )
            for relation in relations:
                target = spec_by_type(self.actor.workspace, getattr(relation, f"{far}_type_id"))
                rows = Link.unscoped.filter(relation=relation, **{f"{end}_id__in": ids})
                rows = rows.filter(created_at__gt=self.run.finished_at) if self.run.finished_at else rows
                if target is not None:
                    found |= self._outside(target, list(rows.values_list(f"{far}_id", f"{end}_id")))
        return found

    def _outside(self, spec: ObjectSpec, pairs: list[tuple[int, int]]) -> set[int]:
        """Of `(other record, ours)` those whose other record lives on.

        While nothing is trashed yet, records of the same import do not count: they go as well.
        """
        others = {other for other, _mine in pairs}
        if not others:
            return set()
        live = set(
            all_records(spec, self.run.workspace_id)
            .filter(pk__in=others, deleted_at=None)
            .values_list("pk", flat=True)
        )
        if self.told:
            return {mine for other, mine in pairs if other in live}
        made = Change.unscoped.filter(
            batch_id=self.batch_id, object_type_id=spec.type_id, record_id__in=others, kind="create"
        )
        inside = set(made.values_list("record_id", flat=True))
        return {mine for other, mine in pairs if other in live - inside}


def _without(have: list[int], old: list[int], written: list[int]) -> list[int]:
    """Links as they are now, less what the import added, plus what it took away."""
    added = set(written) - set(old)
    kept = [one for one in have if one not in added]
    return [*kept, *(one for one in old if one not in written and one not in kept)]


def _next_size(size: int, seconds: float) -> int:
    if seconds > LONG:
        return max(SMALLEST, size // 2)
    return min(LARGEST, size * 2) if seconds < SHORT else size


__all__ = ["ImportUndo", "changed_since", "undo_job", "undo_run"]

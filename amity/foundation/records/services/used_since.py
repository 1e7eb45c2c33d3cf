"""Which of the records that a run created were used since, so that taking it back leaves them alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from amity.foundation.accounts.actor import Actor
from amity.foundation.records.access import all_records
from amity.foundation.records.models import Change, Link, Note, Relation, Run, StoredFile
from amity.foundation.records.objects import spec_by_type, specs_for
from amity.foundation.records.spec import ObjectSpec


class UsedSince:
    """Asked before an undo (`going` False), records of the same run do not count: they go as well."""

    def __init__(self, actor: Actor, run: Run, batches: Sequence[int], *, going: bool) -> None:
        self.actor, self.run, self.batches, self.going = actor, run, list(batches), going
        self.batch_id: int = run.batch_id or 0

    def reasons(self, spec: ObjectSpec, records: Sequence[Any]) -> dict[int, str]:
        """Why records should stay, by id: edited, linked, noted on, or holding files since the run."""
        ids = [record.pk for record in records]
        here = {"workspace_id": self.run.workspace_id, "object_type_id": spec.type_id, "record_id__in": ids}
        edited = Change.unscoped.filter(**here).exclude(batch_id__in=self.batches)
        found = dict.fromkeys(edited.values_list("record_id", flat=True), _("changed since"))
        noted = Note.unscoped.filter(**here, deleted_at=None).exclude(batch_id=self.batch_id)
        found.update(dict.fromkeys(noted.values_list("record_id", flat=True), _("has notes")))
        files = StoredFile.unscoped.filter(**here, deleted_at=None)
        found.update(dict.fromkeys(files.values_list("record_id", flat=True), _("has files")))
        found.update(dict.fromkeys(self._pointed_at(spec, ids), _("in use by another record")))
        return found

    def _pointed_at(self, spec: ObjectSpec, ids: list[int]) -> set[int]:
        """Records that live records outside this run point at."""
        found: set[int] = set()
        specs = specs_for(self.actor)
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
                target = spec_by_type(self.actor, getattr(relation, f"{far}_type_id"))
                rows = Link.unscoped.filter(relation=relation, **{f"{end}_id__in": ids})
                rows = rows.filter(created_at__gt=self.run.finished_at) if self.run.finished_at else rows
                if target is not None:
                    found |= self._outside(target, list(rows.values_list(f"{far}_id", f"{end}_id")))
        return found

    def _outside(self, spec: ObjectSpec, pairs: list[tuple[int, int]]) -> set[int]:
        """Of `(other record, ours)` those whose other record lives on."""
        others = {other for other, _mine in pairs}
        if not others:
            return set()
        live = set(
            all_records(spec, self.run.workspace_id)
            .filter(pk__in=others, deleted_at=None)
            .values_list("pk", flat=True)
        )
        if self.going:
            return {mine for other, mine in pairs if other in live}
        made = Change.unscoped.filter(
            batch_id=self.batch_id, object_type_id=spec.type_id, record_id__in=others, kind="create"
        )
        inside = set(made.values_list("record_id", flat=True))
        return {mine for other, mine in pairs if other in live - inside}

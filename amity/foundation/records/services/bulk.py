"""Changing many records at once: edit, delete, restore; as one undoable run, at once when small, else as a job.

Which records is decided when the run begins: their ids are kept, in sets. A record that matches later is not
touched; one that has stopped matching meanwhile still is, because a person chose it. What is absent, unseen or
in the trash by then is counted as gone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django_tasks import task

from amity.foundation.accounts.actor import Actor, load_actor
from amity.foundation.core.errors import AmityError, Conflict, Invalid, LimitReached, NotFound
from amity.foundation.core.jobs.api import enqueue
from amity.foundation.records.access import locked, reached
from amity.foundation.records.context import context_for
from amity.foundation.records.listing import Query, matching
from amity.foundation.records.models import Batch, BulkRun, BulkSet
from amity.foundation.records.objects import spec_by_type
from amity.foundation.records.seen import seen_by
from amity.foundation.records.services.bulk_change import FieldChange, Refused, SetEdit, checked
from amity.foundation.records.services.run_undo import RunUndo, begin_undo, go_on
from amity.foundation.records.services.runs import finish, set_by_set
from amity.foundation.records.services.write import Writer
from amity.foundation.records.spec import ObjectSpec

AT_ONCE = 200  # records: up to so many are changed while one waits
MOST = 1_000_000
KEPT_IDS = 1000  # of one row of BulkSet
LISTED = 200
VERBS = {"edit": "edit", "delete": "delete", "restore": "delete"}


def bulk(
    *,
    actor: Actor,
    spec: ObjectSpec,
    which: Query,
    action: str,
    changes: Iterable[FieldChange] = (),
    at_once: int | None = None,
) -> BulkRun:
    """Change every record of a query, or of its `ids`. The run is over already when there are at most `at_once`.

    Raises Denied, Invalid (naming fields), Malformed for a filter that cannot be read, LimitReached.
    """
    actor.require(spec.key, VERBS[action])
    spec = seen_by(actor, spec)
    ids = frozen(actor, spec, replace(which, trash=action == "restore"))
    sound = checked(actor, spec, changes, len(ids)) if action == "edit" else []
    with transaction.atomic():
        run = _begin(actor, spec, action, sound, len(ids))
        if len(ids) <= (AT_ONCE if at_once is None else at_once):
            work = BulkWork(actor, spec, run)
            work.write(ids)
            work.end()
        else:
            _keep_ids(run, ids)
            _send(run, bulk_job, "bulk")
    return run


def frozen(actor: Actor, spec: ObjectSpec, which: Query) -> list[int]:
    """The ids a run is about. Those that somebody named are judged when their set comes.

    NotFound when not one of those named is there: nothing is written then.
    """
    named = which.ids is not None and not which.filter and not which.search
    rows = matching(spec, which, context_for(actor)).order_by("id").values_list("id", flat=True)
    found = sorted(set(which.ids or ())) if named else list(rows[: MOST + 1])
    if found and named and not rows.exists():
        raise NotFound
    if not found:
        raise Invalid.one("ids", "required", _("Choose at least one record."))
    if len(found) > MOST:
        raise LimitReached(_("At most %(most)s records can be changed at once.") % {"most": MOST})
    return found


def _begin(actor: Actor, spec: ObjectSpec, action: str, changes: list[FieldChange], total: int) -> BulkRun:
    batch = Batch.objects.create(
        workspace_id=actor.workspace_id, kind="bulk", label=str(spec.plural)[:200], actor_id=actor.user_id
    )
    run: BulkRun = BulkRun.objects.create(
        workspace_id=actor.workspace_id, object_type_id=spec.type_id, actor_id=actor.user_id, batch=batch,
        action=action, changes=[change.to_json() for change in changes], total=total,
        results={"source": actor.source},
    )  # fmt: skip
    return run


def _keep_ids(run: BulkRun, ids: Sequence[int]) -> None:
    starts = range(0, len(ids), KEPT_IDS)
    sets = (
        BulkSet(workspace_id=run.workspace_id, run=run, number=number, ids=ids[start : start + KEPT_IDS])
        for number, start in enumerate(starts)
    )
    BulkSet.unscoped.bulk_create(sets, batch_size=100)


def _send(run: BulkRun, job: Any, name: str) -> None:
    run.job_id = enqueue(
        job, workspace_id=run.workspace_id, actor_id=run.actor_id, unique_key=f"{name}-{run.pk}", queue="long",
        max_attempts=20, run_id=run.pk,
    )  # fmt: skip
    run.save(update_fields=["job_id"])


def spec_of_run(run: BulkRun, actor: Actor) -> ObjectSpec:
    spec = spec_by_type(actor, run.object_type_id)
    if spec is None or not spec.enabled:
        raise NotFound
    return spec


# --- the work -----------------------------------------------------------------------------------


@task()
def bulk_job(run_id: int) -> None:
    """Go on with a run from where it stands. Safe to be killed and called again."""
    run = BulkRun.objects.filter(pk=run_id, state="running").first()
    if run is None:
        return
    actor = load_actor(run.workspace_id, run.actor_id or 0, run.results["source"])
    if actor is None:
        finish(run, "failed", _("Whoever started this no longer works here."))
        return
    try:
        go_through(actor, run)
    except AmityError as error:
        finish(run, "failed", str(error))


def go_through(actor: Actor, run: BulkRun) -> None:
    """Set by set until all are through, the run is cancelled, or the worker is asked to stop.

    Rights and values are looked at again: the role, or the fields, may have changed since it was started.
    """
    spec = spec_of_run(run, actor)
    actor.require(spec.key, VERBS[run.action])
    if run.changes:
        checked(actor, spec, [FieldChange(**change) for change in run.changes], run.total)
    set_by_set(run, BulkWork(actor, spec, run), str(spec.plural))


@dataclass
class _Tally:
    changed: int = 0
    unchanged: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)

    def add(self, other: _Tally) -> None:
        self.changed += other.changed
        self.unchanged += other.unchanged
        self.refused += other.refused


class BulkWork:
    """One run at work. Every set is a transaction with its place in the run."""

    def __init__(self, actor: Actor, spec: ObjectSpec, run: BulkRun) -> None:
        self.actor, self.spec, self.run = actor, spec, run
        self.edit = SetEdit(spec, actor, [FieldChange(**change) for change in run.changes])
        self._act: Callable[[list[Any]], _Tally] = {
            "edit": self._edit, "delete": self._delete, "restore": self._restore,
        }[run.action]  # fmt: skip

    def next_set(self, size: int) -> None:
        """Up to `size` records in one transaction."""
        number, start = divmod(self.run.position, KEPT_IDS)
        with transaction.atomic():
            held = BulkRun.objects.select_for_update().filter(pk=self.run.pk, state="running")
            if held.values_list("position", flat=True).first() != self.run.position:
                raise Conflict(_("Another process works on this already."))
            ids = BulkSet.objects.get(run=self.run, number=number).ids
            self.write(ids[start : start + size])

    def write(self, ids: Sequence[int]) -> None:
        """Change these records and move the run's place; call inside a transaction."""
        tally, run = self._tried(ids), self.run
        run.position += len(ids)
        run.changed += tally.changed
        run.unchanged += tally.unchanged
        run.refused += len(tally.refused)
        self._note(tally.refused)
        run.save(update_fields=["position", "changed", "unchanged", "refused", "results"])

    def end(self, state: str = "done") -> None:
        with transaction.atomic():
            BulkSet.objects.filter(run=self.run).delete()
            finish(self.run, state)

    def _note(self, refused: list[tuple[int, str]]) -> None:
        """How many for which reason, and which of those one may see: some of them, to look at."""
        results = self.run.results
        reasons = Counter(results.get("reasons", {})) + Counter(code for _pk, code in refused)
        listed = [*results.get("refused", []), *([pk, code] for pk, code in refused if code != "gone")]
        results |= {"reasons": dict(reasons), "refused": listed[:LISTED]}

    def _tried(self, ids: Sequence[int]) -> _Tally:
        """All at once; where something is taken, in halves, so that only that record is refused."""
        try:
            with transaction.atomic():
                return self._apply(ids)
        except (Conflict, Invalid):
            if len(ids) == 1:
                return _Tally(refused=[(ids[0], "taken")])
        middle, tally = len(ids) // 2, _Tally()
        tally.add(self._tried(ids[:middle]))
        tally.add(self._tried(ids[middle:]))
        return tally

    def _apply(self, ids: Sequence[int]) -> _Tally:
        found = locked(self.spec, self.run.workspace_id, ids, trash=self.run.action == "restore")
        seen = reached(self.spec, self.actor, found, "see")
        allowed = reached(self.spec, self.actor, seen, VERBS[self.run.action])
        refused = _without(ids, seen, "gone") + _without([one.pk for one in seen], allowed, "denied")
        tally = self._act(allowed) if allowed else _Tally()
        tally.refused += refused
        return tally

    def _writer(self) -> Writer:
        return Writer(self.spec, self.actor, batch_id=self.run.batch_id)

    def _edit(self, records: list[Any]) -> _Tally:
        tally, edits = _Tally(), []
        self.edit.load(records)
        for record in records:
            try:
                edits.append(self.edit.edit(record))
            except Refused as error:
                tally.refused.append((record.pk, error.code))
        tally.changed = len(self._writer().update(edits))
        tally.unchanged = len(edits) - tally.changed
        return tally

    def _delete(self, records: list[Any]) -> _Tally:
        return _Tally(changed=len(self._writer().trash(records)))

    def _restore(self, records: list[Any]) -> _Tally:
        return _Tally(changed=len(self._writer().restore(records)))


def _without(ids: Iterable[int], records: Sequence[Any], code: str) -> list[tuple[int, str]]:
    have = {record.pk for record in records}
    return [(pk, code) for pk in ids if pk not in have]


# --- taking back --------------------------------------------------------------------------------


def undo_bulk(*, actor: Actor, run: BulkRun, at_once: int | None = None) -> None:
    """Take a run back: at once when it changed few records, else as a job. Raises Denied or Conflict."""
    if not run.changed:
        raise Conflict(_("Nothing was changed."), code="undone")
    with transaction.atomic():
        held = BulkRun.objects.select_for_update().get(pk=run.pk)
        run.state = held.state
        begin_undo(actor=actor, run=run)
        if run.changed <= (AT_ONCE if at_once is None else at_once):
            RunUndo(actor, run).work()
        else:
            _send(run, undo_bulk_job, "bulk-undo")


@task()
def undo_bulk_job(run_id: int) -> None:
    """Go on with an undo from where it stands. Safe to be killed and called again."""
    run = BulkRun.objects.filter(pk=run_id, state="undoing").first()
    if run is not None:
        go_on(run)


__all__ = ["AT_ONCE", "BulkWork", "bulk", "bulk_job", "frozen", "go_through", "spec_of_run", "undo_bulk"]

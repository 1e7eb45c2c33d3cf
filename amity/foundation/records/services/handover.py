"""Handing over a colleague's records: one run over all objects, at once when small, else as a job; undone as one.

Who gets what is decided when it begins. A record that changed its owner meanwhile is left alone and counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import groupby
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _
from django_tasks import task

from amity.foundation.accounts.actor import Actor, load_actor
from amity.foundation.accounts.membership import membership_in
from amity.foundation.accounts.services import audit
from amity.foundation.core.errors import AmityError, Conflict, Denied, Invalid, LimitReached
from amity.foundation.core.jobs.api import enqueue
from amity.foundation.records.access import locked, owned, reaches
from amity.foundation.records.models import Batch, Handover, HandoverSet, Note, TakenOver
from amity.foundation.records.objects import spec_by_type, spec_for
from amity.foundation.records.services import runs
from amity.foundation.records.services.handover_plan import Plan, Rule, get_colleague, gives, make_plan
from amity.foundation.records.services.records import check_owner
from amity.foundation.records.services.run_undo import RunUndo, begin_undo, go_on
from amity.foundation.records.services.runs import finish, set_by_set
from amity.foundation.records.services.write import Edit, Writer
from amity.foundation.records.spec import ObjectSpec

AT_ONCE = 200  # records: up to so many are given while one waits
MOST = 1_000_000
KEPT_ROWS = 1000  # of one row of HandoverSet
LISTED = 200


def start_handover(
    *, actor: Actor, user_id: int, rules: Sequence[Rule], at_once: int | None = None
) -> Handover:
    """Give a colleague's records to others by rules. The run is over already when there are at most `at_once`.

    Raises as `make_plan` does, Invalid when nothing would change hands, Conflict `running` while another
    handover of the same colleague is at work, LimitReached.
    """
    plan = make_plan(actor=actor, user_id=user_id, rules=rules)
    colleague = get_colleague(actor, user_id).user
    if not plan.rows:
        raise Invalid.one("rules", "nothing", _("By these rules nothing would change hands."))
    with transaction.atomic():
        run = begin_run(actor, "rules", user_id, colleague.short_name, plan, rules)
        audit(actor, "records.handed_over", colleague.email, records=len(plan.rows))
        go(actor, run, plan.rows, at_once)
    return run


def begin_run(
    actor: Actor, kind: str, user_id: int | None, label: str, plan: Plan, rules: Sequence[Rule] = ()
) -> Handover:
    """Call inside a transaction."""
    if len(plan.rows) > MOST:
        raise LimitReached(_("At most %(most)s records can be changed at once.") % {"most": MOST})
    batch = Batch.objects.create(
        workspace_id=actor.workspace_id, kind="handover", label=label[:200], actor_id=actor.user_id
    )
    try:
        with transaction.atomic():
            run: Handover = Handover.objects.create(
                workspace_id=actor.workspace_id, actor_id=actor.user_id, batch=batch, kind=kind, from_user_id=user_id,
                rules=[rule.to_json() for rule in rules], total=len(plan.rows), results={"source": actor.source},
            )  # fmt: skip
    except IntegrityError as error:
        raise Conflict(
            _("The records of %(name)s are being handed over already.") % {"name": label}, code="running"
        ) from error
    return run


def go(actor: Actor, run: Handover, rows: Sequence[tuple[int, int, int | None]], at_once: int | None) -> None:
    """Give the records now, or let a job do it; inside the transaction that began the run."""
    if len(rows) <= (AT_ONCE if at_once is None else at_once):
        work = HandoverWork(actor, run)
        work.write(rows)
        work.end()
        return
    starts = range(0, len(rows), KEPT_ROWS)
    HandoverSet.unscoped.bulk_create(
        (
            HandoverSet(
                workspace_id=run.workspace_id, run=run, number=n, rows=rows[start : start + KEPT_ROWS]
            )
            for n, start in enumerate(starts)
        ),
        batch_size=100,
    )
    _send(run, handover_job, "handover")


def _send(run: Handover, job: Any, name: str) -> None:
    run.job_id = enqueue(
        job, workspace_id=run.workspace_id, actor_id=run.actor_id, unique_key=f"{name}-{run.pk}", queue="long",
        max_attempts=20, run_id=run.pk,
    )  # fmt: skip
    run.save(update_fields=["job_id"])


def get_handover(actor: Actor, run_id: int) -> Handover:
    """One's own, or any for an administrator; NotFound otherwise."""
    return runs.get_run(Handover, actor=actor, run_id=run_id)


# --- the work ------------------------------------------------------------------------------------


@task()
def handover_job(run_id: int) -> None:
    """Go on with a run from where it stands. Safe to be killed and called again."""
    run = Handover.objects.filter(pk=run_id, state="running").first()
    if run is None:
        return
    actor = load_actor(run.workspace_id, run.actor_id or 0, run.results["source"])
    if actor is None:
        finish(run, "failed", _("Whoever started this no longer works here."))
        return
    try:
        set_by_set(run, HandoverWork(actor, run), run.batch.label if run.batch else "")
    except AmityError as error:
        finish(run, "failed", str(error))


class HandoverWork:
    """One run at work. Every set is a transaction with its place in the run; rights are today's."""

    def __init__(self, actor: Actor, run: Handover) -> None:
        self.actor, self.run = actor, run
        self.may_give_to = lru_cache(maxsize=None)(self._may_give_to)

    def next_set(self, size: int) -> None:
        """Up to `size` records in one transaction."""
        number, start = divmod(self.run.position, KEPT_ROWS)
        with transaction.atomic():
            held = Handover.objects.select_for_update().filter(pk=self.run.pk, state="running")
            if held.values_list("position", flat=True).first() != self.run.position:
                raise Conflict(_("Another process works on this already."))
            rows = HandoverSet.objects.get(run=self.run, number=number).rows
            self.write(rows[start : start + size])

    def write(self, rows: Sequence[Sequence[Any]]) -> None:
        """Give these records and move the run's place; call inside a transaction."""
        run, refused = self.run, []
        for type_id, some in groupby(rows, key=lambda row: row[0]):
            wanted = {pk: to for _type, pk, to in some}
            spec = spec_by_type(self.actor, type_id)
            if spec is None or not spec.enabled or not gives(self.actor, spec):
                refused += [(type_id, pk, "denied") for pk in wanted]
                continue
            moved, left = self._give(spec, wanted)
            run.changed += moved
            refused += [(type_id, pk, code) for pk, code in left]
        run.position += len(rows)
        run.refused += len(refused)
        self._note(refused)
        run.save(update_fields=["position", "changed", "refused", "results"])

    def end(self, state: str = "done") -> None:
        with transaction.atomic():
            HandoverSet.objects.filter(run=self.run).delete()
            finish(self.run, state)

    def _note(self, refused: list[tuple[int, int, str]]) -> None:
        """How many for which reason, and some of them to look at."""
        results = self.run.results
        reasons = Counter(results.get("reasons", {})) + Counter(code for _type, _pk, code in refused)
        listed = [*results.get("refused", []), *(list(one) for one in refused if one[2] != "gone")]
        results |= {"reasons": dict(reasons), "refused": listed[:LISTED]}

    def _give(self, spec: ObjectSpec, wanted: dict[int, int | None]) -> tuple[int, list[tuple[int, str]]]:
        """How many changed hands, and which did not for what reason."""
        found = {record.pk: record for record in locked(spec, self.run.workspace_id, wanted)}
        left = [(pk, code) for pk, to in wanted.items() if (code := self._reason(spec, found.get(pk), to))]
        kept = {pk for pk, _code in left}
        going = [record for pk, record in found.items() if pk not in kept]
        touched = self._touched(spec, going)
        Writer(spec, self.actor, batch_id=self.run.batch_id).update(
            [Edit(record, {"owner": wanted[record.pk]}) for record in going]
        )
        taken = [
            TakenOver(
                workspace_id=self.run.workspace_id, object_type_id=spec.type_id, record_id=record.pk, run=self.run,
                to_user_id=to, touched_at=touched[record.pk],
            )
            for record in going if (to := wanted[record.pk]) is not None
        ]  # fmt: skip
        TakenOver.unscoped.bulk_create(taken, batch_size=250)
        return len(going), left

    def _reason(self, spec: ObjectSpec, record: Any, to: int | None) -> str:
        """Why a record stays where it is; empty when it may go."""
        if record is None or not reaches(spec, self.actor, record, "see"):
            return "gone"
        if record.owner_id != self.run.from_user_id:
            return "elsewhere"
        if not owned(spec, self.actor, record, "edit"):  # what is only shared with them is not theirs to give
            return "denied"
        return "" if self.may_give_to(spec.key, to) else "denied"

    def _may_give_to(self, key: str, to: int | None) -> bool:
        spec = spec_for(self.actor, key)
        try:
            check_owner(spec, to, self.actor)
        except Denied:
            return False
        return to is None or membership_in(self.run.workspace_id, to) is not None

    def _touched(self, spec: ObjectSpec, records: Iterable[Any]) -> dict[int, datetime]:
        """When each record was last changed or noted on, before this."""
        found: dict[int, datetime] = {record.pk: record.updated_at for record in records}
        notes = Note.unscoped.filter(
            workspace_id=self.run.workspace_id, object_type_id=spec.type_id, record_id__in=list(found), deleted_at=None
        )  # fmt: skip
        for pk, at in (
            notes.order_by().values("record_id").annotate(at=Max("created_at")).values_list("record_id", "at")
        ):
            found[pk] = max(found[pk], at)
        return found


# --- taking back ---------------------------------------------------------------------------------


def undo_handover(*, actor: Actor, run: Handover, at_once: int | None = None) -> None:
    """Give the records back: at once when few changed hands, else as a job. Raises Denied or Conflict.

    What somebody gave away again meanwhile stays and is named.
    """
    if not run.changed:
        raise Conflict(_("Nothing was changed."), code="undone")
    with transaction.atomic():
        run.state = Handover.objects.select_for_update().get(pk=run.pk).state
        try:
            with transaction.atomic():
                begin_undo(actor=actor, run=run)
        except IntegrityError as error:
            text = _("The records of this person are being handed over by somebody else just now.")
            raise Conflict(text, code="running") from error
        if run.changed <= (AT_ONCE if at_once is None else at_once):
            RunUndo(actor, run).work()
        else:
            _send(run, undo_handover_job, "handover-undo")


@task()
def undo_handover_job(run_id: int) -> None:
    """Go on with an undo from where it stands. Safe to be killed and called again."""
    run = Handover.objects.filter(pk=run_id, state="undoing").first()
    if run is not None:
        go_on(run)


__all__ = [
    "AT_ONCE", "HandoverWork", "begin_run", "get_handover", "go", "handover_job", "start_handover", "undo_handover",
]  # fmt: skip

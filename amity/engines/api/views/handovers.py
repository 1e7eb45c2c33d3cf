"""Handing over a colleague's records by rules, taking over one customer: started or only counted, stopped, undone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Count
from django.http import HttpResponse
from django.utils.translation import gettext as _

from amity.engines.api.call import Call, answer
from amity.engines.api.parameters import refuse
from amity.foundation.accounts.actor import Actor
from amity.foundation.accounts.models import User
from amity.foundation.core.clock import to_iso
from amity.foundation.records.models import Handover, TakenOver
from amity.foundation.records.objects import spec_by_type
from amity.foundation.records.services import runs
from amity.foundation.records.services.handover import get_handover, start_handover, undo_handover
from amity.foundation.records.services.handover_plan import Plan, make_plan, read_rules
from amity.foundation.records.services.take_over import take_over


def start(call: Call) -> HttpResponse:
    """`{"from", "rules", "dry_run"}`; always a job. With `dry_run` nothing is written and the counts are told."""
    call.query()
    data = call.body("from", "rules", "dry_run")
    user_id, dry_run = data.get("from"), data.get("dry_run", False)
    if not isinstance(user_id, int) or isinstance(user_id, bool) or not 0 < user_id < 2**63:
        raise refuse("from", _("Name whose records are handed over, by id."))
    if not isinstance(dry_run, bool):
        raise refuse("dry_run", _("This must be true or false."))
    rules = read_rules(data.get("rules"))
    if dry_run:
        plan = make_plan(actor=call.actor, user_id=user_id, rules=rules)
        return answer(_plan_json(user_id, plan))
    return _begun(call, start_handover(actor=call.actor, user_id=user_id, rules=rules, at_once=0))


def take(call: Call) -> HttpResponse:
    """`{"with": [objects]}`: the record, and what is linked to it there and has the same owner."""
    call.query()
    also = call.body("with").get("with", [])
    if not isinstance(also, list) or len(also) > 100 or not all(isinstance(key, str) for key in also):
        raise refuse("with", _("Send a list of objects."))
    run = take_over(actor=call.actor, spec=call.spec, record_id=call.record_id, also=also)
    return _begun(call, run)


def _begun(call: Call, run: Handover) -> HttpResponse:
    response = answer(_run_json(call.actor, run), 202)
    response["Location"] = f"/api/v1/handovers/{run.pk}"
    return response


def read(call: Call) -> HttpResponse:
    call.query()
    return answer(_run_json(call.actor, _run(call)))


def cancel(call: Call) -> HttpResponse:
    call.query()
    run = _run(call)
    runs.cancel_run(actor=call.actor, run=run)
    return answer(_run_json(call.actor, run))


def undo(call: Call) -> HttpResponse:
    call.query()
    run = _run(call)
    undo_handover(actor=call.actor, run=run, at_once=0)
    return answer(_run_json(call.actor, run), 202)


def _run(call: Call) -> Handover:
    return get_handover(call.actor, call.path["handover_id"])


# --- answers -------------------------------------------------------------------------------------


def _people(ids: Iterable[int | None]) -> dict[int, dict[str, Any]]:
    users = User.objects.filter(pk__in={pk for pk in ids if pk})
    return {user.pk: {"id": user.pk, "name": user.short_name} for user in users}


def _given(counts: dict[tuple[str, int | None], int]) -> list[dict[str, Any]]:
    people = _people(to for _key, to in counts)
    return [
        {"object": key, "to": people.get(to or 0), "count": n}
        for (key, to), n in sorted(counts.items(), key=lambda one: (one[0][0], one[0][1] or 0))
    ]


def _plan_json(user_id: int, plan: Plan) -> dict[str, Any]:
    return {
        "id": None, "kind": "rules", "state": "planned", "from": _people([user_id]).get(user_id),
        "total": len(plan.rows), "position": 0, "changed": 0, "refused": 0, "given": _given(dict(plan.given)),
        "stays": [{"object": key, "count": n} for key, n in sorted(plan.stays.items()) if n],
        "reasons": {}, "error": "", "batch": None, "created_at": None, "finished_at": None, "undone": None,
    }  # fmt: skip


def _run_json(actor: Actor, run: Handover) -> dict[str, Any]:
    """What was given to nobody is not among `given`: nobody took it over."""
    rows = (
        TakenOver.objects.filter(run=run)
        .order_by()
        .values("object_type_id", "to_user_id")
        .annotate(n=Count("pk"))
    )
    specs = {row["object_type_id"]: spec_by_type(actor, row["object_type_id"]) for row in rows}
    counts: dict[tuple[str, int | None], int] = {
        (spec.key, row["to_user_id"]): row["n"]
        for row in rows
        if (spec := specs[row["object_type_id"]]) is not None
    }
    undo = run.results.get("undo") if run.state == "undone" else None
    return {
        "id": run.pk, "kind": run.kind, "state": run.state,
        "from": _people([run.from_user_id]).get(run.from_user_id or 0),
        "total": run.total, "position": run.position, "changed": run.changed, "refused": run.refused,
        "given": _given(counts), "stays": [], "reasons": run.results.get("reasons", {}), "error": run.error,
        "batch": run.batch_id, "created_at": to_iso(run.created_at),
        "finished_at": to_iso(run.finished_at) if run.finished_at else None,
        "undone": {key: undo[key] for key in ("reverted", "kept_count", "kept")} if undo else None,
    }  # fmt: skip


__all__ = ["cancel", "read", "start", "take", "undo"]

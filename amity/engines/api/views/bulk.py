"""Changes of many records as jobs: started with a filter or ids, looked at, stopped and taken back."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from amity.engines.api.call import Call, answer
from amity.engines.api.parameters import refuse
from amity.engines.api.serial import read_values
from amity.foundation.core.clock import to_iso
from amity.foundation.core.errors import Malformed, NotFound
from amity.foundation.records.listing import Query
from amity.foundation.records.models import BulkRun
from amity.foundation.records.services import runs
from amity.foundation.records.services.bulk import VERBS, bulk, undo_bulk
from amity.foundation.records.services.bulk_change import FieldChange

MOST_IDS = 100_000


def start(call: Call) -> HttpResponse:
    """`{"action", "ids" | "filter" | "q", "changes": [{"field", "op", "value"}]}`; always a job."""
    call.query()
    data = call.body("action", "ids", "filter", "q", "changes")
    action = data.get("action")
    if not isinstance(action, str) or action not in VERBS:
        raise refuse("action", _("This must be edit, delete or restore."))
    changes = _changes(call, data.get("changes", []))
    if bool(changes) != (action == "edit"):
        raise refuse("changes", _("Say what changes in an edit, and nothing otherwise."))
    run = bulk(
        actor=call.actor, spec=call.spec, which=_which(data), action=action, changes=changes, at_once=0
    )
    response = answer(_run_json(call, run), 202)
    response["Location"] = f"/api/v1/{call.spec.key}/bulk/{run.pk}"
    return response


def _which(data: dict[str, Any]) -> Query:
    ids, tree, search = data.get("ids"), data.get("filter"), data.get("q", "")
    if not isinstance(search, str) or len(search) > 200:
        raise refuse("q", _("At most 200 signs can be searched for."))
    if tree is not None and not isinstance(tree, dict):
        raise refuse("filter", _("This must be a JSON object."))
    if ids is None:
        if tree is None and not search:
            raise refuse("ids", _("Name the records by ids, or by a filter."))
        return Query(filter=tree, search=search)
    if tree is not None or search:
        raise refuse("ids", _("Name the records by ids or by a filter, not by both."))
    if not isinstance(ids, list) or not 1 <= len(ids) <= MOST_IDS or not all(map(_is_id, ids)):
        raise refuse("ids", _("Send between 1 and %(most)s ids.") % {"most": MOST_IDS})
    return Query(ids=tuple(ids))


def _is_id(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**63


def _changes(call: Call, data: Any) -> list[FieldChange]:
    """Steps with values as the service takes them. Raises Malformed for unknown names."""
    if not isinstance(data, list) or len(data) > 200 or not all(isinstance(one, dict) for one in data):
        raise refuse("changes", _("Send a list of changes."))
    found = []
    for one in data:
        key, op = one.get("field"), one.get("op", "set")
        if one.keys() - {"field", "op", "value"} or not isinstance(key, str) or not isinstance(op, str):
            raise Malformed(_("A change has field, op and value."), code="changes")
        values = read_values(call.spec, {key: one.get("value")})
        found.append(FieldChange(key, op, values[key]))
    return found


def read(call: Call) -> HttpResponse:
    call.query()
    return answer(_run_json(call, _run(call)))


def cancel(call: Call) -> HttpResponse:
    call.query()
    run = _run(call)
    runs.cancel_run(actor=call.actor, run=run)
    return answer(_run_json(call, run))


def undo(call: Call) -> HttpResponse:
    call.query()
    run = _run(call)
    undo_bulk(actor=call.actor, run=run, at_once=0)
    return answer(_run_json(call, run), 202)


def _run(call: Call) -> BulkRun:
    """One's own run of this object, or any for an administrator."""
    run = runs.get_run(BulkRun, actor=call.actor, run_id=call.path["bulk_id"])
    if run.object_type_id != call.spec.type_id:
        raise NotFound
    return run


def _run_json(call: Call, run: BulkRun) -> dict[str, Any]:
    undo = run.results.get("undo") if run.state == "undone" else None
    told = ("reverted", "restored", "trashed", "kept_count", "kept")
    return {
        "id": run.pk,
        "object": call.spec.key,
        "action": run.action,
        "state": run.state,
        "total": run.total,
        "position": run.position,
        "changed": run.changed,
        "unchanged": run.unchanged,
        "refused": run.refused,
        "reasons": run.results.get("reasons", {}),
        "error": run.error,
        "batch": run.batch_id,
        "created_at": to_iso(run.created_at),
        "finished_at": to_iso(run.finished_at) if run.finished_at else None,
        "undone": {key: undo[key] for key in told} if undo else None,
    }

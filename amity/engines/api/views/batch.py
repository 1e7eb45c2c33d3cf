"""Up to 1,000 changes of one object in a request, each with a result of its own."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from itertools import takewhile
from typing import Any

from django.db import connection, transaction
from django.http import HttpResponse
from django.utils.translation import gettext as _

from amity.engines.api.call import Call, answer
from amity.engines.api.idempotency import again, claim, keep, key_of, once
from amity.engines.api.problems import errors_of
from amity.engines.api.serial import read_values
from amity.engines.api.views.claims import ON_CONFLICT, asks
from amity.foundation.accounts.security_log import REFUSALS, note_refusal
from amity.foundation.core.errors import AmityError, Conflict, FieldError, Invalid, Malformed
from amity.foundation.records.access import visible
from amity.foundation.records.filters import compile_tree, readable_field
from amity.foundation.records.services.batches import drop_batch, new_batch, undo_batch
from amity.foundation.records.services.records import (
    Wanted,
    create_record,
    create_records,
    delete_record,
    delete_records,
    new_draft,
    update_record,
    update_records,
)
from amity.foundation.records.services.write import Draft

MOST = 1000
SET = 100  # operations written at once
BATCH = "batch"  # where an unfinished answer keeps its batch
STRETCH = 0.15  # seconds of work in one write transaction: others wait meanwhile
ALLOWED = {
    "create": {"op", "values"},
    "update": {"op", "id", "values", "version"},
    "delete": {"op", "id", "version"},
    "upsert": {"op", "key", "values"},
}
Result = dict[str, Any]


def batch(call: Call) -> HttpResponse:
    """`{"operations": [...], "atomic": false}`. All or nothing when `atomic`, else one by one.

    Not atomic, the work is written in stretches; with an `Idempotency-Key` a broken request goes on where
    it ended.
    """
    call.asking = asks(call.query(ON_CONFLICT))
    data = call.body("operations", "atomic")
    operations, atomic = data.get("operations"), data.get("atomic", False)
    if not isinstance(operations, list) or not 1 <= len(operations) <= MOST or not isinstance(atomic, bool):
        raise Malformed(_("Send between 1 and %(most)s operations.") % {"most": MOST}, code="operations")
    if atomic:
        return once(call, lambda inner: _all_or_nothing(inner, operations))
    return _in_stretches(call, operations)


def _all_or_nothing(call: Call, operations: list[Any]) -> HttpResponse:
    results: list[Result] = []
    with transaction.atomic():
        _begin(call)
        for place, operation in enumerate(operations):
            try:
                results.append(_do(call, operation))
            except AmityError as error:
                raise _at(place, error) from error
    return _summary(call, results)


def _begin(call: Call) -> None:
    """Everything a call changes is one batch, which can be taken back as a whole."""
    if not call.actor.read_only:
        call.batch_id = new_batch(call.actor, str(call.spec.plural))


def _at(place: int, error: AmityError) -> AmityError:
    """The same failure, naming the operation that caused it."""
    head = f"operations[{place}]"
    errors = [
        FieldError(f"{head}.{item['field']}", item["code"], item["message"]) for item in errors_of(error)
    ] or [FieldError(head, error.code, str(error))]
    found = AmityError(str(error), code=error.code, details={"errors": errors})
    found.status = error.status
    return found


def _in_stretches(call: Call, operations: list[Any]) -> HttpResponse:
    results: list[Result] = []
    keyed = key_of(call) != "" and not call.actor.read_only
    while True:
        with transaction.atomic():
            kept = claim(call)[0] if keyed else None
            if kept and kept.status:
                return again(kept)
            results = list(kept.progress) if kept else results
            call.batch_id = kept.headers.get(BATCH) if kept else call.batch_id
            if call.batch_id is None:
                _begin(call)
            _stretch(call, operations, results)
            response = _summary(call, results) if len(results) == len(operations) else None
            if kept:
                kept.progress, kept.headers = results, {BATCH: call.batch_id}
                kept.save(update_fields=["progress", "headers"])
            if kept and response:
                keep(kept, response)
        if response:
            return response


def _stretch(call: Call, operations: list[Any], results: list[Result]) -> None:
    """Work on from where `results` end, for as long as one transaction may last."""
    end = time.monotonic() + STRETCH
    while len(results) < len(operations) and time.monotonic() < end:
        rest = operations[len(results) : len(results) + SET]
        name = _name(rest[0])
        together = _alike(rest, name) if name in SETS else []
        results += SETS[name](call, together) if len(together) > 1 else [_tried(call, rest[0])]


def _name(operation: Any) -> str:
    return str(operation.get("op", "")) if isinstance(operation, dict) else ""


def _alike(operations: list[Any], name: str) -> list[Any]:
    """The first operations as far as they are of one kind and about different records."""
    ids: set[Any] = set()
    found: list[Any] = []
    for operation in takewhile(lambda one: _name(one) == name, operations):
        key = repr(operation.get("id")) if name != "create" else len(found)
        if key in ids:
            break
        ids.add(key)
        found.append(operation)
    return found


def _create_set(call: Call, operations: list[Any]) -> list[Result]:
    """Creations side by side are checked one by one and written as one set.

    Where one of them takes another's unique value, all are written one by one, which tells whose it was.
    """
    found: dict[int, Result] = {}
    drafts: dict[int, Draft] = {}
    for place, operation in enumerate(operations):
        try:
            _check_names(operation)
            values = read_values(call.spec, operation.get("values"))
            drafts[place] = new_draft(call.actor, call.spec, values)
        except AmityError as error:
            found[place] = _failure(call, error)
    try:
        ids = create_records(
            actor=call.actor, spec=call.spec, drafts=list(drafts.values()), batch_id=call.batch_id
        )
    except Conflict:
        return [_tried(call, operation) for operation in operations]
    found |= {place: _created(pk) for place, pk in zip(drafts, ids, strict=True)}
    return [found[place] for place in range(len(operations))]


def _update_set(call: Call, operations: list[Any]) -> list[Result]:
    return _judged_set(call, operations, partial(update_records, ask=call.asking), _updated)


def _delete_set(call: Call, operations: list[Any]) -> list[Result]:
    return _judged_set(call, operations, delete_records, _deleted)


def _judged_set(
    call: Call, operations: list[Any], write: Callable[..., list[Any]], told: Callable[[Any], Result]
) -> list[Result]:
    """Updates or deletions side by side, written as one set where nothing of it is taken by another."""
    found: dict[int, Result] = {}
    wanted: dict[int, Wanted] = {}
    for place, operation in enumerate(operations):
        try:
            _check_names(operation)
            wanted[place] = _wanted(call, operation)
        except AmityError as error:
            found[place] = _failure(call, error)
    try:
        with transaction.atomic():
            done = write(
                actor=call.actor, spec=call.spec, wanted=list(wanted.values()), batch_id=call.batch_id
            )
    except (Conflict, Invalid):
        return [_tried(call, operation) for operation in operations]
    for place, one in zip(wanted, done, strict=True):
        found[place] = _failure(call, one) if isinstance(one, AmityError) else told(one)
    return [found[place] for place in range(len(operations))]


def _wanted(call: Call, operation: dict[str, Any]) -> Wanted:
    version = _number(operation, "version") if "version" in operation else None
    values = read_values(call.spec, operation.get("values")) if operation["op"] == "update" else {}
    return Wanted(_number(operation, "id"), values, version)


SETS: dict[str, Callable[[Call, list[Any]], list[Result]]] = {
    "create": _create_set, "update": _update_set, "delete": _delete_set,
}  # fmt: skip


def _tried(call: Call, operation: Any) -> Result:
    try:
        with transaction.atomic():
            return _do(call, operation)
    except AmityError as error:
        return _failure(call, error)


def _failure(call: Call, error: AmityError) -> Result:
    if error.status in REFUSALS:
        note_refusal(call.request, error.status)
    return {"status": error.status, "code": error.code, "detail": str(error), "errors": errors_of(error)}


def _summary(call: Call, results: list[Result]) -> HttpResponse:
    failed = sum(1 for item in results if item["status"] >= 400)
    if failed == len(results) and call.batch_id is not None:
        drop_batch(call.batch_id)
        call.batch_id = None
    told = {"succeeded": len(results) - failed, "failed": failed, "batch": call.batch_id}
    return answer({"results": results, **told})


def _do(call: Call, operation: Any) -> Result:
    if not isinstance(operation, dict) or operation.get("op") not in list(ALLOWED):
        raise Malformed(_("An operation is create, update, delete or upsert."), code="operation")
    name = operation["op"]
    _check_names(operation)
    work: dict[str, Callable[[Call, dict[str, Any]], Result]] = {
        "create": _create, "update": _update, "delete": _delete, "upsert": _upsert,
    }  # fmt: skip
    return work[name](call, operation)


def _check_names(operation: dict[str, Any]) -> None:
    unknown = operation.keys() - ALLOWED[operation["op"]]
    if unknown:
        raise Malformed(_("“%(name)s” does not belong here.") % {"name": min(unknown)[:60]}, code="operation")


def _create(call: Call, operation: dict[str, Any]) -> Result:
    call.actor.require(call.spec.key, "create")
    values = read_values(call.spec, operation.get("values"))
    made = create_record(actor=call.actor, spec=call.spec, values=values, batch_id=call.batch_id)
    return _created(made)


def _created(record_id: int) -> Result:
    return {"status": 201, "id": record_id, "version": 1}


def _update(call: Call, operation: dict[str, Any]) -> Result:
    one = _wanted(call, {**operation, "op": "update"})
    return _updated(
        update_record(
            actor=call.actor,
            spec=call.spec,
            record_id=one.record_id,
            values=one.values,
            version=one.version,
            batch_id=call.batch_id,
            ask=call.asking,
        )
    )


def _updated(record: Any) -> Result:
    return {"status": 200, "id": record.pk, "version": record.version}


def _delete(call: Call, operation: dict[str, Any]) -> Result:
    one = _wanted(call, operation)
    delete_record(
        actor=call.actor,
        spec=call.spec,
        record_id=one.record_id,
        version=one.version,
        batch_id=call.batch_id,
    )
    return {"status": 204, "id": one.record_id}


def _deleted(record: Any) -> Result:
    return {"status": 204, "id": record.pk}


def _number(operation: dict[str, Any], name: str) -> int:
    value = operation.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 2**63:
        raise Malformed(_("“%(name)s” must be a whole number.") % {"name": name}, code="operation")
    return value


def _upsert(call: Call, operation: dict[str, Any]) -> Result:
    """Change the one visible record with this key value, or create it. Several are a Conflict."""
    values = operation.get("values")
    key = operation.get("key")
    value = values.get(key) if isinstance(values, dict) and isinstance(key, str) else None
    field = readable_field(call.spec, key)
    if value in (None, "", []):
        raise Invalid.one(field.key, "required", _("The key field needs a value."))
    first = value[0] if isinstance(value, list) else value
    word = first.get("value") if isinstance(first, dict) and "value" in first else first
    _one_at_a_time(call, f"{field.key}={word}")
    condition = compile_tree(call.spec, {"field": field.key, "op": "is", "value": word}, call.context)
    found = list(visible(call.spec, call.actor).filter(condition).values_list("pk", flat=True)[:2])
    if len(found) > 1:
        raise Conflict(_("Several records have this value."), code="several")
    return _update(call, {"id": found[0], "values": values}) if found else _create(call, operation)


def _one_at_a_time(call: Call, name: str) -> None:
    """Two upserts of one value wait for each other; on SQLite there is one writer anyway."""
    if connection.vendor == "postgresql":
        lock = f"upsert:{call.actor.workspace_id}:{call.spec.key}:{name}"
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [lock])


def undo(call: Call) -> HttpResponse:
    """Take a whole batch back; records that somebody changed since stay and are named."""
    call.query()
    done = undo_batch(actor=call.actor, spec=call.spec, batch_id=call.path["batch_id"])
    kept = [{"id": pk, "code": error.code, "detail": str(error)} for pk, error in done.kept]
    return answer({"restored": done.restored, "kept": kept})

"""The outbox: events are rows of the transaction that caused them, and workers hand them on.

Delivery is at least once and in order of id, apart from retries; handlers must bear a second call.
Rows are claimed one by one, never by a high-water mark: a transaction may commit a lower id late.
"""

from __future__ import annotations

import contextvars
import json
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import connection, transaction
from django.utils import timezone
from django_tasks import task

from amity.foundation.core.events import Event, UnknownEvent, from_json
from amity.foundation.core.jobs import store
from amity.foundation.core.jobs.execute import describe, wait_before
from amity.foundation.core.jobs.wake import notify
from amity.foundation.core.models import Job, OutboxEvent, OutboxState
from amity.foundation.core.scope import scope

log = logging.getLogger("amity.outbox")
E = TypeVar("E", bound=Event)
Handler = Callable[[Any], None]
BATCH = 100
MAX_CLAIMS = 5
RETRIES = 8
INSERT = (
    "INSERT INTO core_outboxevent (workspace_id, name, payload, created_at, state, attempts, worker, error) "
    "VALUES (%s, %s, %s, %s, 'new', 0, '', '')"
)

_handlers: dict[type[Event], dict[str, Handler]] = {}


def subscribe(event_type: type[E], handler: Callable[[E], None]) -> None:
    """Have `handler` called for each event of the type or a subclass; `Event` means all of them.

    The handler must be a function of a module (ValueError), because its path is stored for retries.
    Subscribing twice is harmless. Keep handlers short: let them enqueue what takes long.
    """
    if "<" in handler.__qualname__:
        raise ValueError(f"{handler.__qualname__} is not at the top of a module")
    _handlers.setdefault(event_type, {})[_path(handler)] = handler


def emit(event: Event) -> None:
    """Write an event into the current transaction."""
    emit_many([event])


def emit_many(events: Iterable[Event]) -> None:
    """Write events into the current transaction. Plain SQL: every save of a record comes through here."""
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    rows = [(event.workspace_id, event.name, json.dumps(event.to_json()), now) for event in events]
    if rows:
        with connection.cursor() as cursor:
            for row in rows:
                cursor.execute(INSERT, row)
        notify()


def dispatch(worker: str, limit: int = BATCH) -> int:
    """Deliver up to `limit` waiting events; returns how many. Never raises for what handlers do."""
    rows = _claim(worker, limit)
    done: list[int] = []
    retries: list[Job] = []
    for row in rows:
        failed = _deliver(row)
        if failed is not None:
            done.append(row.id)
            retries += failed
    _finish(worker, done, retries)
    return len(rows)


@dataclass(frozen=True, slots=True)
class _Claimed:
    id: int
    workspace_id: int
    name: str
    payload: dict[str, Any]


def _claim(worker: str, limit: int) -> list[_Claimed]:
    """An event claimed before, by a worker that died, is taken alone and given up after five times."""
    first = OutboxEvent.objects.filter(state=OutboxState.NEW).order_by("id").values_list("id", "attempts")[:1]
    for event_id, attempts in first:
        if attempts >= MAX_CLAIMS:
            _bury(event_id, "Workers ended while they delivered this event.")
            return []
        return _claim_rows(worker, 1 if attempts else limit)
    return []


def _claim_rows(worker: str, limit: int) -> list[_Claimed]:
    only_new = "" if limit == 1 else " AND attempts = 0"
    chosen = f"SELECT id FROM core_outboxevent WHERE state = 'new'{only_new} ORDER BY id LIMIT %s"  # noqa: S608
    if connection.vendor == "postgresql":
        where = f"id = ANY(ARRAY({chosen} FOR UPDATE SKIP LOCKED))"
    else:
        where = f"id IN ({chosen})"
    sql = (
        "UPDATE core_outboxevent SET state = 'claimed', worker = %s, lease_until = %s, "  # noqa: S608
        f"attempts = attempts + 1 WHERE {where} RETURNING id, workspace_id, name, payload"
    )
    until = connection.ops.adapt_datetimefield_value(timezone.now() + store.LEASE)
    with connection.cursor() as cursor:
        cursor.execute(sql, [worker, until, limit])
        rows = sorted(cursor.fetchall())
    return [_Claimed(row[0], row[1], row[2], json.loads(row[3])) for row in rows]


def _deliver(row: _Claimed) -> list[Job] | None:
    """Call every handler; a job for each that failed. None when the event itself cannot be read."""
    try:
        event = from_json(row.name, row.workspace_id, row.payload)
    except (UnknownEvent, TypeError, ValueError) as error:
        log.error("event %s %s cannot be read: %s", row.id, row.name, error)
        _bury(row.id, str(error) if isinstance(error, UnknownEvent) else describe(error))
        return None
    retries = []
    for path, handler in handlers_of(type(event)).items():
        try:
            contextvars.Context().run(_in_scope, handler, event)
        except Exception as error:
            log.warning("handler %s failed on event %s", path, row.id, exc_info=error)
            retries.append(_retry(row, path, error))
    return retries


def handlers_of(event_type: type[Event]) -> dict[str, Handler]:
    """Path and function of everything subscribed to a type or a base of it."""
    found: dict[str, Handler] = {}
    for cls in event_type.__mro__:
        found |= _handlers.get(cls, {})
    return found


def _in_scope(handler: Handler, event: Event) -> None:
    with scope(event.workspace_id):
        handler(event)


def _retry(row: _Claimed, path: str, error: Exception) -> Job:
    now = timezone.now()
    kwargs = {"event": row.name, "payload": row.payload, "handler": path}
    return Job(
        workspace_id=row.workspace_id,
        name=deliver_again.module_path,
        args={"args": [row.workspace_id], "kwargs": kwargs},
        run_at=now + timedelta(seconds=wait_before(1)),
        max_attempts=RETRIES,
        error=describe(error),
        created_at=now,
    )


@task
def deliver_again(workspace_id: int, *, event: str, payload: dict[str, Any], handler: str) -> None:
    """One handler's further tries. When they run out the failed job stays, with event and error."""
    found = from_json(event, workspace_id, payload)
    function = handlers_of(type(found)).get(handler)
    if function is None:
        raise LookupError(f"no handler {handler} for {event}")
    function(found)


def _finish(worker: str, done: list[int], retries: list[Job]) -> None:
    if not done:
        return
    with transaction.atomic():
        Job.objects.bulk_create(retries)
        OutboxEvent.objects.filter(worker=worker, state=OutboxState.CLAIMED, id__in=done).update(
            state=OutboxState.DONE, finished_at=timezone.now(), lease_until=None
        )


def _bury(event_id: int, error: str) -> None:
    OutboxEvent.objects.filter(id=event_id).update(
        state=OutboxState.DEAD, error=error, finished_at=timezone.now(), lease_until=None
    )


def keep(worker: str) -> None:
    """Renew the lease on what this worker is delivering."""
    OutboxEvent.objects.filter(worker=worker, state=OutboxState.CLAIMED).update(
        lease_until=timezone.now() + store.LEASE
    )


def take_over(worker: str, now: datetime) -> int:
    """Make events of dead workers wait again; returns how many."""
    lost = OutboxEvent.objects.filter(state=OutboxState.CLAIMED, lease_until__lt=now).exclude(worker=worker)
    return lost.update(state=OutboxState.NEW, worker="", lease_until=None)


def _path(handler: Handler) -> str:
    return f"{handler.__module__}.{handler.__qualname__}"

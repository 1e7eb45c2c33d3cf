from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from amity.foundation.core import outbox
from amity.foundation.core.events import Event
from amity.foundation.core.jobs import upkeep
from amity.foundation.core.jobs.worker import run_pending
from amity.foundation.core.models import Job, OutboxEvent
from amity.foundation.core.outbox import dispatch, emit, emit_many, subscribe
from amity.foundation.core.tests import sample_jobs as sample
from amity.foundation.core.tests.sample_jobs import LampLit

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _clean(monkeypatch):
    sample.seen.clear()
    monkeypatch.setattr(outbox, "_handlers", {})


def test_handlers_are_called_in_order_inside_the_workspace():
    subscribe(LampLit, sample.note_lamp)
    subscribe(LampLit, sample.note_lamp)
    emit_many([LampLit(3, 1, ("hall",)), LampLit(4, 2)])
    emit(LampLit(3, 3))
    run_pending()
    assert sample.seen == [(LampLit(3, 1, ("hall",)), 3), (LampLit(4, 2), 4), (LampLit(3, 3), 3)]
    assert set(OutboxEvent.objects.values_list("state", flat=True)) == {"done"}
    assert dispatch("w") == 0


def test_a_subscription_to_the_base_hears_everything():
    subscribe(Event, sample.note_any)
    emit(LampLit(3, 1))
    run_pending()
    assert sample.seen == ["sample.lamp_lit"]


@pytest.mark.django_db(transaction=True)
def test_a_rolled_back_transaction_emits_nothing():
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        emit(LampLit(3, 1))
        raise ZeroDivisionError
    assert not OutboxEvent.objects.exists()


def test_a_failing_handler_is_retried_alone_and_its_end_stays_visible():
    subscribe(LampLit, sample.break_down)
    subscribe(LampLit, sample.note_lamp)
    emit(LampLit(3, 1))
    run_pending()
    assert sample.seen == ["tried", (LampLit(3, 1), 3)]
    for _ in range(outbox.RETRIES + 2):
        Job.objects.filter(state="ready").update(run_at=timezone.now())
        run_pending()
    assert sample.seen.count("tried") == 1 + outbox.RETRIES
    dead = Job.objects.get()
    assert (dead.state, dead.workspace_id, dead.args["kwargs"]["payload"]["lamp"]) == ("failed", 3, 1)
    assert "secret" not in dead.error


def test_a_failing_handler_does_not_block_later_events():
    subscribe(LampLit, sample.break_down)
    emit_many([LampLit(3, n) for n in range(3)])
    assert dispatch("w") == 3
    assert Job.objects.count() == 3


def test_events_nobody_can_read_are_kept_as_dead():
    emit_many([LampLit(3, 1), LampLit(3, 2)])
    OutboxEvent.objects.filter(payload__lamp=1).update(name="sample.gone")
    subscribe(LampLit, sample.note_lamp)
    run_pending()
    assert len(sample.seen) == 1
    dead = OutboxEvent.objects.get(state="dead")
    assert "sample.gone" in dead.error


def test_events_of_a_dead_worker_are_delivered_by_another():
    subscribe(LampLit, sample.note_lamp)
    emit(LampLit(3, 1))
    outbox._claim("dead", 10)
    assert dispatch("me") == 0
    OutboxEvent.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert outbox.take_over("me", timezone.now()) == 1
    assert dispatch("me") == 1
    assert len(sample.seen) == 1


def test_an_event_that_kills_its_workers_is_given_up_and_others_are_not():
    subscribe(LampLit, sample.note_lamp)
    emit_many([LampLit(3, n) for n in range(3)])
    OutboxEvent.objects.filter(payload__lamp=0).update(attempts=outbox.MAX_CLAIMS)
    dispatch("me")
    assert dispatch("me") == 2
    assert OutboxEvent.objects.get(state="dead").payload["lamp"] == 0


def test_an_event_claimed_before_is_claimed_alone():
    emit_many([LampLit(3, n) for n in range(4)])
    OutboxEvent.objects.filter(payload__lamp=0).update(attempts=1)
    assert [len(outbox._claim("w", 100)) for _ in range(3)] == [1, 3, 0]


def test_handlers_must_be_found_again_by_their_path():
    with pytest.raises(ValueError):
        subscribe(LampLit, lambda event: None)


def test_delivered_events_go_after_a_week_and_dead_ones_stay():
    emit_many([LampLit(3, n) for n in range(3)])
    old = timezone.now() - timedelta(days=8)
    OutboxEvent.objects.filter(payload__lamp=0).update(state="done", finished_at=old)
    OutboxEvent.objects.filter(payload__lamp=1).update(state="dead", finished_at=old)
    assert upkeep.purge.call() == 1
    assert OutboxEvent.objects.count() == 2

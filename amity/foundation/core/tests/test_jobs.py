from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone
from django_tasks.base import TaskResultStatus

from amity.foundation.core.jobs import api, context, store, upkeep, worker
from amity.foundation.core.jobs.api import enqueue, enqueue_many, progress_of
from amity.foundation.core.jobs.execute import execute, task_named, wait_before
from amity.foundation.core.jobs.worker import Caretaker, Runner, run_pending
from amity.foundation.core.models import Job, JobState, WorkerBeat
from amity.foundation.core.scope import scope
from amity.foundation.core.tests import sample_jobs as sample

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _clean():
    sample.seen.clear()


def state(job_id: int) -> str:
    return Job.objects.get(id=job_id).state


def due_now(job_id: int) -> None:
    Job.objects.filter(id=job_id).update(run_at=timezone.now())


def test_a_job_runs_once_and_keeps_its_result():
    job_id = enqueue(sample.remember, value={"a": [1, "ü"]})
    assert run_pending() == 1
    assert run_pending() == 0
    job = Job.objects.get(id=job_id)
    assert (job.state, job.result, job.attempts) == ("done", {"a": [1, "ü"]}, 1)
    assert sample.seen == [{"a": [1, "ü"]}]
    assert job.started_at
    assert job.finished_at >= job.started_at


def test_a_job_belongs_to_the_open_workspace_and_runs_inside_it():
    with scope(7):
        inner = enqueue(sample.where)
    outer = enqueue(sample.where)
    named = enqueue(sample.where, workspace_id=8)
    run_pending()
    assert [progress_of(job).result for job in (inner, outer, named)] == [7, None, 8]


def test_the_scope_of_the_caller_does_not_reach_a_job():
    enqueue(sample.where, workspace_id=8)
    with scope(7):
        assert run_pending() == 1


@pytest.mark.django_db(transaction=True)
def test_a_rolled_back_transaction_takes_its_jobs_with_it():
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        enqueue(sample.remember, value=1)
        enqueue(sample.remember, value=1, unique_key="k")
        raise ZeroDivisionError
    assert not Job.objects.exists()


@pytest.mark.parametrize("value", [object(), {1, 2}, b"x", float("nan")])
def test_only_json_is_taken(value):
    with pytest.raises((TypeError, ValueError)):
        enqueue(sample.remember, value=value)
    assert not Job.objects.exists()


def test_a_unique_key_adds_one_job_while_the_first_is_unfinished():
    first = enqueue(sample.remember, unique_key="k", value=1)
    assert enqueue(sample.remember, unique_key="k", value=2) == first
    store.claim("w", 1)
    assert enqueue(sample.remember, unique_key="k", value=3) == first
    Job.objects.update(state=JobState.DONE)
    assert enqueue(sample.remember, unique_key="k", value=4) != first


def test_a_unique_key_of_another_workspace_is_another_key():
    keys = {enqueue(sample.where, unique_key="k", workspace_id=ws) for ws in (None, 1, 2)}
    assert len(keys) == 3


def test_a_later_job_waits():
    enqueue(sample.remember, value=1, run_at=timezone.now() + HOUR)
    assert run_pending() == 0


def test_urgent_jobs_go_first_then_in_order():
    for value in (1, 2):
        enqueue(sample.remember, value=value)
    sample.remember.using(priority=10).enqueue(3)
    run_pending()
    assert sample.seen == [3, 1, 2]


def test_a_failing_job_is_tried_again_later_and_then_fails_for_good():
    job_id = enqueue(sample.stumble, max_attempts=2)
    run_pending()
    job = Job.objects.get(id=job_id)
    assert (job.state, job.attempts) == ("ready", 1)
    assert job.run_at > timezone.now()
    due_now(job_id)
    run_pending()
    job.refresh_from_db()
    assert (job.state, job.attempts) == ("failed", 2)
    assert job.error.startswith("RuntimeError in stumble")
    assert "hunter2" not in job.error


def test_waiting_times_double_up_to_an_hour():
    middle = [wait_before(attempt) / (5 * 2 ** (attempt - 1)) for attempt in range(1, 9)]
    assert all(0.9 <= ratio <= 1.1 for ratio in middle)
    assert wait_before(40) <= 3600 * 1.1


@pytest.mark.parametrize(
    ("kind", "after"), [("permanent", "failed"), ("invalid", "failed"), ("passing", "ready")]
)
def test_what_cannot_get_better_is_not_tried_again(kind, after):
    job_id = enqueue(sample.refuse, kind=kind)
    run_pending()
    assert state(job_id) == after


def test_a_limit_says_itself_when_to_come_again():
    job_id = enqueue(sample.refuse, kind="limit")
    run_pending()
    assert Job.objects.get(id=job_id).run_at > timezone.now() + timedelta(seconds=590)


def test_a_job_that_exits_does_not_end_the_worker():
    job_id = enqueue(sample.leave, max_attempts=1)
    enqueue(sample.remember, value=1)
    assert run_pending() == 2
    assert state(job_id) == "failed"


def test_another_turn_is_no_attempt():
    job_id = enqueue(sample.again)
    run_pending()
    job = Job.objects.get(id=job_id)
    assert (job.state, job.attempts) == ("ready", 0)
    assert job.run_at > timezone.now() + timedelta(seconds=50)


def test_unknown_and_foreign_names_are_refused():
    with pytest.raises(LookupError):
        task_named("os.getcwd")
    job_id = enqueue(sample.remember, value=1, max_attempts=1)
    Job.objects.update(name="os.nowhere")
    run_pending()
    assert state(job_id) == "failed"


def test_a_waiting_job_is_cancelled_at_once():
    job_id = enqueue(sample.remember, value=1)
    assert api.cancel(job_id)
    assert not api.cancel(job_id)
    assert run_pending() == 0
    assert state(job_id) == "cancelled"


def test_a_running_job_hears_that_it_is_cancelled():
    job_id = enqueue(sample.obey)
    [claimed] = store.claim("w", 1)
    assert api.cancel(job_id)
    store.finish("w", [execute(claimed)])
    shown = progress_of(job_id)
    assert (shown.state, shown.done, shown.total, shown.text) == ("cancelled", 1, 2, "half")


def test_other_workspaces_see_and_cancel_nothing():
    job_id = enqueue(sample.where, workspace_id=1)
    with scope(2):
        assert progress_of(job_id) is None
        assert not api.cancel(job_id)
    with scope(1):
        assert progress_of(job_id).state == "ready"


def test_progress_is_written_seldom_but_the_last_one_is_kept(django_assert_max_num_queries):
    job_id = enqueue(sample.count_to, total=500)
    [claimed] = store.claim("w", 1)
    with django_assert_max_num_queries(20):
        store.finish("w", [execute(claimed)])
    assert progress_of(job_id).done == 500


def test_outside_a_job_nothing_stops_and_nothing_is_told():
    context.report(1, 2)
    assert not context.cancel_requested()
    assert not context.should_stop()


def test_jobs_that_did_not_start_are_given_back_uncounted():
    enqueue_many(sample.remember, ({"value": n} for n in range(5)))
    runner = Runner("w", threading.Event())
    runner.stop.set()
    assert runner.turn() == 0
    assert list(Job.objects.values_list("state", "attempts").distinct()) == [("ready", 0)]


def test_neighbours_of_a_long_job_are_given_back_and_done_ones_written():
    enqueue_many(sample.remember, ({"value": n} for n in range(3)))
    runner = Runner("w")
    runner.waiting.extend(store.claim("w", 20))
    runner.outcomes.append(execute(runner.waiting.popleft()))
    runner.waiting.popleft()
    runner.started = -1e9
    runner.relieve()
    runner.started = 1e12
    runner.relieve()
    assert sorted(Job.objects.values_list("state", flat=True)) == ["done", "ready", "running"]


def test_outcomes_stay_in_hand_when_the_database_refuses(monkeypatch):
    enqueue(sample.remember, value=1)
    runner = Runner("w")
    with monkeypatch.context() as patch:
        patch.setattr(store, "finish", lambda *args: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            runner.turn()
    runner.turn()
    assert Job.objects.get().state == "done"
    assert sample.seen == [1]


def test_a_worker_that_lost_its_lease_changes_nothing():
    job_id = enqueue(sample.remember, value=1)
    [claimed] = store.claim("slow", 1)
    job = Job.objects.get(id=job_id)
    assert store.take_over(job_id, "slow", job.lease_until)
    assert not store.take_over(job_id, "slow", job.lease_until)
    store.claim("quick", 1)
    store.finish("slow", [store.Outcome(claimed, JobState.FAILED, error="late")])
    job.refresh_from_db()
    assert (job.state, job.worker, job.error, job.attempts) == ("running", "quick", "", 2)


@pytest.mark.parametrize(
    ("changes", "after"),
    [({}, "ready"), ({"max_attempts": 1}, "failed"), ({"cancel_requested": True}, "cancelled")],
)
def test_what_becomes_of_a_dead_workers_job(changes, after):
    job_id = enqueue(sample.remember, value=1)
    store.claim("dead", 1)
    Job.objects.update(**changes)
    job = Job.objects.get()
    store.take_over(job_id, "dead", job.lease_until)
    assert state(job_id) == after


def test_a_job_that_ran_before_is_claimed_alone():
    enqueue_many(sample.remember, ({"value": n} for n in range(6)))
    Job.objects.filter(id__in=Job.objects.order_by("id")[:2].values("id")).update(attempts=1)
    sizes = [len(store.claim("w", 20)) for _ in range(4)]
    assert sizes == [1, 1, 4, 0]


def test_the_short_lane_leaves_long_jobs_alone():
    enqueue(sample.remember, value=1, queue="long")
    quick = enqueue(sample.remember, value=2)
    assert [job.id for job in store.claim("w", 20, long=False)] == [quick]
    assert len(store.claim("w", 20)) == 1


def test_dead_workers_are_told_from_a_jump_of_the_clock(monkeypatch):
    enqueue(sample.remember, value=1)
    store.claim("other", 1)
    steady = [1000.0]
    monkeypatch.setattr(worker.time, "monotonic", lambda: steady[0])

    def look(seconds: float) -> str:
        steady[0] += seconds
        caretaker._take_over()
        return Job.objects.get().state

    def lease(ago: int) -> None:
        Job.objects.update(lease_until=timezone.now() - timedelta(seconds=ago))

    caretaker = Caretaker("me")
    lease(3600)
    assert look(0) == "running"
    assert look(worker.BEAT) == "running"
    lease(3599)  # it lives: it renewed, the clock is merely ahead
    assert look(worker.BEAT + 1) == "running"
    assert look(2 * worker.BEAT + 1) == "ready"


def test_the_interface_of_django_tasks():
    result = sample.remember.enqueue("x")
    assert result.status == TaskResultStatus.READY
    run_pending()
    result.refresh()
    assert (result.status, result.return_value, result.attempts) == (TaskResultStatus.SUCCESSFUL, "x", 1)
    told = sample.which_attempt.enqueue()
    run_pending()
    assert sample.which_attempt.get_result(told.id).return_value == 1


def test_a_worker_is_alive_while_its_beat_is_fresh():
    assert not api.worker_alive()
    worker._beat("w")
    assert api.worker_alive()
    WorkerBeat.objects.update(seen_at=timezone.now() - timedelta(minutes=1))
    assert not api.worker_alive()


def test_old_rows_are_purged_and_nothing_else():
    now = timezone.now()
    ages = [("done", 15), ("done", 13), ("cancelled", 15), ("failed", 15), ("failed", 91), ("running", 99)]
    for job_state, days in ages:
        job_id = enqueue(sample.remember, value=1)
        Job.objects.filter(id=job_id).update(state=job_state, finished_at=now - timedelta(days=days))
    assert upkeep.purge.call() == 3
    assert sorted(Job.objects.values_list("state", flat=True)) == ["done", "failed", "running"]


def test_claiming_uses_the_index():
    enqueue_many(sample.remember, ({"value": n} for n in range(300)))
    sql = f"SELECT id FROM core_job WHERE {store._NEXT.format(queue='', attempts='')}"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute(f"EXPLAIN {sql}", [timezone.now(), 20])
        else:
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}", [timezone.now().isoformat(), 20])
        plan = str(cursor.fetchall())
    assert "core_job_next" in plan
    assert "TEMP B-TREE" not in plan

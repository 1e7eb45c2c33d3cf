from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from django.utils import timezone

from amity.foundation.core.jobs import schedules, worker
from amity.foundation.core.jobs.schedules import Timing, save_schedule, tick
from amity.foundation.core.models import Job, Schedule
from amity.foundation.core.scope import scope
from amity.foundation.core.tests import sample_jobs as sample

pytestmark = pytest.mark.django_db


def moment(day: int, hour: int, minute: int = 0, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


def test_a_schedule_is_either_an_interval_or_a_time_of_day():
    for senseless in ({}, {"every": 0}, {"every": 5, "daily_at": time(3)}):
        with pytest.raises(ValueError):
            save_schedule("s", sample.where, **senseless)
    assert not Schedule.objects.exists()


def test_a_due_schedule_adds_its_job_once_with_its_workspace():
    with scope(4):
        save_schedule("s", sample.remember, every=60, value=9)
    assert tick() == 0
    later = timezone.now() + timedelta(seconds=61)
    assert (tick(later), tick(later)) == (1, 0)
    job = Job.objects.get()
    assert (job.workspace_id, job.args) == (4, {"args": [], "kwargs": {"value": 9}})


def test_two_schedulers_that_saw_the_same_row_add_one_job():
    save_schedule("s", sample.where, every=60)
    row = Schedule.objects.get()
    later = row.next_at + timedelta(seconds=1)
    assert [schedules._fire(row, later), schedules._fire(row, later)] == [True, False]
    assert Job.objects.count() == 1


def test_missed_times_and_a_clock_that_jumps_ahead_count_once():
    save_schedule("s", sample.where, every=60)
    later = timezone.now() + timedelta(days=30)
    tick(later)
    assert Job.objects.count() == 1
    assert Schedule.objects.get().next_at == later + timedelta(seconds=60)


def test_no_second_job_while_the_first_is_under_way():
    save_schedule("s", sample.where, every=60)
    for minutes in (2, 4, 6):
        tick(timezone.now() + timedelta(minutes=minutes))
    assert Job.objects.count() == 1


def test_a_clock_set_back_does_not_silence_a_schedule():
    save_schedule("hourly", sample.where, every=3600)
    save_schedule("daily", sample.where, daily_at=time(3))
    now = timezone.now()
    assert schedules.mend_clock(now) == 0
    Schedule.objects.update(next_at=now + timedelta(days=400))
    assert schedules.mend_clock(now) == 2
    assert all(row.next_at <= now + timedelta(days=1) for row in Schedule.objects.all())


def test_daily_keeps_wall_clock_time_over_the_change_of_the_hour():
    timing = Timing(daily_at=time(9), zone="Europe/Berlin")
    assert timing.after(moment(28, 7)) == moment(28, 8)
    assert timing.after(moment(28, 8)) == moment(29, 7)
    assert timing.after(moment(29, 7)) == moment(30, 7)


def test_daily_at_a_time_the_day_does_not_have_still_comes_once():
    timing = Timing(daily_at=time(2, 30), zone="Europe/Berlin")
    first = timing.after(moment(28, 12))
    assert first == moment(29, 1, 30)
    assert timing.after(first) == moment(30, 0, 30)


def test_saving_again_keeps_the_next_time_unless_the_timing_changed():
    save_schedule("s", sample.where, every=60)
    Schedule.objects.update(next_at=moment(1, 1))
    save_schedule("s", sample.remember, every=60, value=1)
    assert Schedule.objects.get().next_at == moment(1, 1)
    assert Schedule.objects.get().name.endswith("remember")
    save_schedule("s", sample.remember, every=61, value=1)
    assert Schedule.objects.get().next_at > timezone.now()
    schedules.remove_schedule("s")
    assert not Schedule.objects.exists()


def test_declared_schedules_follow_the_code(monkeypatch):
    monkeypatch.setattr(schedules, "_declared", {})
    save_schedule("mine", sample.where, every=60)
    schedules.declare("a", sample.where, every=60)
    schedules.sync_declared()
    schedules.sync_declared()
    assert set(Schedule.objects.values_list("key", flat=True)) == {"mine", "code:a"}
    schedules._declared.clear()
    schedules.sync_declared()
    assert list(Schedule.objects.values_list("key", flat=True)) == ["mine"]


def test_a_worker_knows_the_purge():
    worker.prepare()
    assert Schedule.objects.filter(key="code:core.purge").exists()

"""Tasks that are due again and again. A row per schedule; whoever moves its `next_at` adds the job."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone
from django_tasks.base import Task

from amity.foundation.core.jobs import api
from amity.foundation.core.models import Job, Schedule

CODE = "code:"


@dataclass(frozen=True)
class Timing:
    """Every so many seconds, or daily at a wall-clock time of a zone. Exactly one of the two."""

    every: int | None = None
    daily_at: time | None = None
    zone: str = "UTC"

    def __post_init__(self) -> None:
        if (self.every is None) == (self.daily_at is None) or (self.every is not None and self.every < 1):
            raise ValueError("a schedule has either every (1 second or more) or daily_at")

    def after(self, now: datetime) -> datetime:
        """The first moment later than `now`."""
        if self.every is not None:
            return now + timedelta(seconds=self.every)
        assert self.daily_at is not None
        local = now.astimezone(ZoneInfo(self.zone))
        moment = datetime.combine(local.date(), self.daily_at, ZoneInfo(self.zone))
        if moment <= local:
            moment = datetime.combine(local.date() + timedelta(days=1), self.daily_at, ZoneInfo(self.zone))
        return moment.astimezone(now.tzinfo)

    def believable(self, next_at: datetime, now: datetime) -> bool:
        """False when `next_at` is so far off that the clock must have been wrong when it was set."""
        period = timedelta(seconds=self.every) if self.every else timedelta(days=1)
        return next_at <= now + 2 * period


@dataclass(frozen=True)
class _Declared:
    task: Task[Any, Any]
    timing: Timing
    kwargs: dict[str, Any] = field(default_factory=dict)


_declared: dict[str, _Declared] = {}


def declare(
    key: str,
    task: Task[Any, Any],
    *,
    every: int | None = None,
    daily_at: time | None = None,
    zone: str = "UTC",
    **kwargs: Any,
) -> None:
    """Say in a room's `jobs.py` that a task belongs to no workspace and is due regularly.

    Workers write the row when they start, and remove it when the code no longer declares it.
    """
    _declared[key] = _Declared(task, Timing(every, daily_at, zone), kwargs)


def sync_declared() -> None:
    """Bring the rows of declared schedules in line with the code."""
    for key, wanted in _declared.items():
        _save(CODE + key, wanted.task, wanted.timing, None, wanted.kwargs)
    kept = [CODE + key for key in _declared]
    Schedule.objects.filter(key__startswith=CODE).exclude(key__in=kept).delete()


def save_schedule(
    key: str,
    task: Task[Any, Any],
    *,
    every: int | None = None,
    daily_at: time | None = None,
    zone: str = "UTC",
    workspace_id: int | None = None,
    **kwargs: Any,
) -> None:
    """Make or change a schedule. Its next time stays unless the timing changed. ValueError if senseless."""
    timing = Timing(every, daily_at, zone)
    _save(key, task, timing, api.workspace_or_open(workspace_id), kwargs)


def remove_schedule(key: str) -> None:
    Schedule.objects.filter(key=key).delete()


def _save(
    key: str, task: Task[Any, Any], timing: Timing, workspace_id: int | None, kwargs: dict[str, Any]
) -> None:
    values: dict[str, Any] = {
        "workspace_id": workspace_id,
        "name": task.module_path,
        "args": {"args": [], "kwargs": kwargs},
        "every_seconds": timing.every,
        "daily_at": timing.daily_at,
        "zone": timing.zone,
    }
    with transaction.atomic():
        row = Schedule.objects.filter(key=key).first()
        if row is None:
            next_at = timing.after(timezone.now())
            Schedule.objects.get_or_create(key=key, defaults=values | {"next_at": next_at})
            return
        if _timing(row) != timing:
            values["next_at"] = timing.after(timezone.now())
        changed = {name: value for name, value in values.items() if getattr(row, name) != value}
        if changed:
            Schedule.objects.filter(id=row.pk).update(**changed)


def _timing(row: Schedule) -> Timing:
    return Timing(row.every_seconds, row.daily_at, row.zone)


def tick(now: datetime | None = None) -> int:
    """Add the job of every schedule that is due; returns how many. Missed times count once."""
    now = now or timezone.now()
    return sum(_fire(row, now) for row in Schedule.objects.filter(next_at__lte=now))


def _fire(row: Schedule, now: datetime) -> bool:
    """Only who moves `next_at` adds the job, and only if the last one is no longer under way."""
    with transaction.atomic():
        mine = Schedule.objects.filter(id=row.pk, next_at=row.next_at)
        if not mine.update(next_at=_timing(row).after(now), last_at=now):
            return False
        api.insert(
            Job(
                workspace_id=row.workspace_id,
                name=row.name,
                args=row.args,
                unique_key=f"schedule:{row.pk}",
                run_at=now,
                created_at=now,
            )
        )
        return True


def mend_clock(now: datetime | None = None) -> int:
    """After the clock was set back, bring times that lie too far ahead near again; returns how many."""
    now = now or timezone.now()
    wrong = [row for row in Schedule.objects.all() if not _timing(row).believable(row.next_at, now)]
    for row in wrong:
        Schedule.objects.filter(id=row.pk, next_at=row.next_at).update(next_at=_timing(row).after(now))
    return len(wrong)

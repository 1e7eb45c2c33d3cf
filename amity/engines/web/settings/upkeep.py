"""Settings → Log, Background work, Trash."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from amity.engines.notify.kinds import job_name
from amity.engines.web.pages import actor_of, done
from amity.engines.web.plain_forms import number
from amity.engines.web.settings.common import admin_action, admin_read, page
from amity.engines.web.settings.deeds import deed
from amity.engines.web.settings.shown import moment
from amity.foundation.accounts.models import AuditEntry, Membership
from amity.foundation.core.jobs import api as jobs_api
from amity.foundation.core.models import UNFINISHED, Job, JobState
from amity.foundation.records.access import all_records
from amity.foundation.records.objects import specs_for

PAGE = 50


@admin_read
def log(request: HttpRequest) -> HttpResponse:
    """What administrators did and who came in, newest first."""
    actor = actor_of(request)
    before, who = number(request.GET.get("before")), number(request.GET.get("who"))
    entries = AuditEntry.objects.select_related("actor")
    if before:
        entries = entries.filter(pk__lt=before)
    if who:
        entries = entries.filter(actor_id=who)
    found = list(entries[: PAGE + 1])
    rows = [{"entry": row, "at": moment(row.at, actor), **deed(row.verb)} for row in found[:PAGE]]
    people = [(row.user_id, row.user.short_name) for row in Membership.objects.select_related("user")]
    more = f"?before={found[PAGE - 1].pk}" + (f"&who={who}" if who else "") if len(found) > PAGE else None
    return page(
        request, "log", {"rows": rows, "people": people, "who": who, "more": more, "later": bool(before)}
    )


def _states() -> dict[str, tuple[str, str]]:
    return {
        JobState.READY: (_("Waiting"), "grey"),
        JobState.RUNNING: (_("Running"), "blue"),
        JobState.DONE: (_("Done"), "green"),
        JobState.FAILED: (_("Failed"), "red"),
        JobState.CANCELLED: (_("Cancelled"), "grey"),
    }


@admin_read
def jobs(request: HttpRequest) -> HttpResponse:
    """What the worker does for this workspace: now, failed, and lately done."""
    actor = actor_of(request)
    shown = request.GET.get("show", "now")
    wanted = {"failed": [JobState.FAILED], "over": [JobState.DONE, JobState.CANCELLED]}.get(
        shown, list(UNFINISHED)
    )
    mine = Job.objects.filter(workspace_id=actor.workspace_id)
    failed = mine.filter(state=JobState.FAILED).count()
    tabs = [
        {"label": _("Now"), "url": "?show=now", "active": shown not in ("failed", "over")},
        {"label": _("Failed"), "url": "?show=failed", "active": shown == "failed", "count": failed or None},
        {"label": _("Lately done"), "url": "?show=over", "active": shown == "over"},
    ]
    rows = [_job_row(job, actor) for job in mine.filter(state__in=wanted).order_by("-id")[:100]]
    context = {"rows": rows, "tabs": tabs, "show": shown, "alive": jobs_api.worker_alive()}
    return page(request, "jobs", context)


def _job_row(job: Job, actor: Any) -> dict[str, Any]:
    text, colour = _states()[job.state]
    told = job.progress or {}
    return {
        "job": job,
        "name": job_name(job.name),
        "state": text,
        "colour": colour,
        "done": told.get("done", 0),
        "total": told.get("total", 0),
        "at": moment(job.finished_at or job.started_at or job.created_at, actor),
        "reason": job.error.strip().rpartition("\n")[2][:300],
        "may_retry": job.state == JobState.FAILED,
        "may_cancel": job.state in UNFINISHED and not job.cancel_requested,
        "stopping": job.cancel_requested and job.state in UNFINISHED,
    }


@admin_action
def job_retry(request: HttpRequest, job_id: int) -> HttpResponse:
    again = jobs_api.retry(job_id)
    text = (
        _("It will be tried again at once.")
        if again
        else _("This job is not failed any more, or runs already.")
    )
    return done(request, "/settings/jobs/", text)


@admin_action
def job_cancel(request: HttpRequest, job_id: int) -> HttpResponse:
    stopped = jobs_api.cancel(job_id)
    return done(request, "/settings/jobs/", _("Cancelled.") if stopped else _("It had finished already."))


@admin_read
def trash(request: HttpRequest) -> HttpResponse:
    """Deleted records by object; each list opens the object's own trash."""
    actor = actor_of(request)
    rows = []
    for spec in specs_for(actor).values():
        count = all_records(spec, actor.workspace_id).filter(deleted_at__isnull=False)[:1001].count()
        if count and spec.enabled:
            rows.append({"spec": spec, "count": "1,000+" if count > 1000 else str(count)})
    return page(request, "trash", {"rows": rows})

"""What notifications need done regularly: the daily mail, failed work, and forgetting."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from django.db import transaction
from django_tasks import task

from amity.engines.notify import centre, letters, mail, wishes
from amity.engines.notify.models import Channel, MailOut, Notification
from amity.engines.notify.servers import can_mail
from amity.foundation.accounts.actor import Actor, load_actor
from amity.foundation.accounts.models import Workspace
from amity.foundation.core.clock import find_zone, now
from amity.foundation.core.jobs.context import RunAgain, should_stop
from amity.foundation.core.jobs.schedules import declare
from amity.foundation.core.models import Job, JobState
from amity.foundation.core.scope import scope

HOUR = 8
LISTED = 50
LOOK_BACK = timedelta(hours=2)
KEEP_READ = timedelta(days=90)


def _firms() -> Iterator[Workspace]:
    """Each workspace, open while it is worked on; stops between two when the worker is asked to end."""
    for workspace in Workspace.objects.order_by("pk"):
        if should_stop():
            raise RunAgain
        with scope(workspace.pk):
            yield workspace


@task()
def tell_failures() -> int:
    """Tell who started it when work in the background failed, other than an import, which says so itself."""
    failed = Job.objects.filter(
        state=JobState.FAILED,
        finished_at__gte=now() - LOOK_BACK,
        actor_id__isnull=False,
        workspace_id__isnull=False,
    )
    told = 0
    for job in failed.exclude(name__endswith=".import_job").order_by("pk"):
        assert job.workspace_id
        assert job.actor_id
        with scope(job.workspace_id):
            told += bool(
                centre.tell(
                    workspace_id=job.workspace_id, user_id=job.actor_id, kind="job_failed", group=f"job:{job.pk}",
                    data={"job": job.name}, once=True,
                )
            )  # fmt: skip
    return told


@task()
def send_digests() -> int:
    """The daily mail of everybody for whom it is past eight and something waits; one a day. Returns how many."""
    sent = 0
    for workspace in _firms():
        if can_mail(workspace.pk):
            sent += sum(_digest(workspace, user_id) for user_id in _waiting_users())
    return sent


def _waiting_users() -> list[int]:
    rows = Notification.objects.filter(read_at=None, mailed_at=None, channel=Channel.DIGEST)
    return sorted(set(rows.values_list("user_id", flat=True)))


def _digest(workspace: Workspace, user_id: int) -> bool:
    actor = load_actor(workspace.pk, user_id, "system")
    if actor is None or not wishes.wants_digest(user_id):
        return False
    local = now().astimezone(find_zone(actor.zone))
    key = f"digest:{user_id}:{local.date().isoformat()}"
    if local.hour < HOUR or MailOut.objects.filter(key=key).exists():
        return False
    return _send(actor, key)


def _send(actor: Actor, key: str) -> bool:
    """Mail and marks in one transaction: what is marked is in the mail."""
    waiting = Notification.objects.filter(
        user_id=actor.user_id or 0, read_at=None, mailed_at=None, channel=Channel.DIGEST
    )
    rows = list(waiting.select_related("actor")[: LISTED + 200])
    told = centre.shown(actor, rows)
    with transaction.atomic():
        Notification.objects.filter(pk__in=[row.pk for row in rows]).update(mailed_at=now())
        return letters.send_digest(actor, told[:LISTED], max(0, len(told) - LISTED), key) is not None


@task()
def forget_old() -> int:
    """Notifications read 90 days ago, mails of 30 days ago."""
    gone = 0
    for _workspace in _firms():
        gone += centre.purge(now() - KEEP_READ) + mail.purge_mails(now() - mail.KEEP)
    return gone


declare("notify.failures", tell_failures, every=300)
declare("notify.digests", send_digests, every=900)
declare("notify.forget", forget_old, every=86_400)

"""From a change to a signed message, its further tries and its end."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from amity.engines.webhooks import jobs, messages, services
from amity.engines.webhooks.client import Answer
from amity.engines.webhooks.messages import SCHEDULE, deliver, queue, record, replay, send_test
from amity.engines.webhooks.models import Delivery, State, Webhook
from amity.engines.webhooks.signing import headers_of, secret_of, sign
from amity.engines.webhooks.tests.conftest import plain
from amity.foundation.accounts.models import AuditEntry, Membership
from amity.foundation.core.errors import Conflict, Denied, Invalid, LimitReached, NotFound
from amity.foundation.core.models import Job
from amity.foundation.records.objects import spec_for
from amity.foundation.records.services.records import create_record
from amity.testing import faults
from amity.testing.contract_webhooks import told, told_before, webhook_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def hook(firm):
    return webhook_of(firm.admin)


def failed(status=500, **more):
    return Answer(status=status, error="" if status else "No answer in time.", **more)


# --- signatures -------------------------------------------------------------------------------------------------


def test_the_specification_s_own_example():
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    signature = sign(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_any_change_breaks_the_signature():
    secret = secret_of("a")
    good = sign(secret, "msg_1", 1, b"body")
    others = [
        sign(secret, "msg_2", 1, b"body"),
        sign(secret, "msg_1", 2, b"body"),
        sign(secret, "msg_1", 1, b"bodY"),
    ]
    assert good not in [*others, sign(secret_of("b"), "msg_1", 1, b"body")]


def test_secrets_are_made_of_the_installation_s_key(settings):
    before = secret_of("salt")
    assert before.startswith("whsec_")
    settings.SECRET_KEY = "another key of this installation, long enough"
    assert secret_of("salt") != before


def test_both_secrets_sign_for_a_day(firm, hook, monkeypatch):
    old = secret_of(hook.salt)
    _hook, new = services.renew_secret(actor=firm.admin, webhook_id=hook.pk)
    hook.refresh_from_db()
    assert services.secrets_of(hook) == [new, old]
    headers = headers_of(services.secrets_of(hook), "msg_1", 5, b"x")
    assert headers["webhook-signature"] == f"{sign(new, 'msg_1', 5, b'x')} {sign(old, 'msg_1', 5, b'x')}"
    hook.old_until = timezone.now() - timedelta(seconds=1)
    assert services.secrets_of(hook) == [new]


# --- making -----------------------------------------------------------------------------------------------------


def test_only_administrators_make_and_read(firm, hook):
    for actor in (firm.owner, firm.stranger):
        with pytest.raises(Denied):
            webhook_of(actor)
        with pytest.raises(Denied):
            services.webhooks_of(actor)
        with pytest.raises(Denied):
            services.get_webhook(actor, hook.pk)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": " "}, "name"), ({"name": 5}, "name"), ({"url": "http://127.0.0.1/"}, "url"), ({"url": None}, "url"),
        ({"object_keys": ["nothing"]}, "objects"), ({"object_keys": "people"}, "objects"), ({"object_keys": [1]}, "objects"),
        ({"verbs": []}, "verbs"), ({"verbs": ["exploded"]}, "verbs"), ({"verbs": [["a"]]}, "verbs"),
        ({"filter": {"field": "name", "op": "is", "value": "x"}}, "filter"),
        ({"object_keys": ["people"], "filter": {"field": "nothing", "op": "is", "value": "x"}}, "filter"),
        ({"object_keys": ["people"], "filter": "x"}, "filter"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(firm, values, field):
    with pytest.raises(Invalid) as caught:
        webhook_of(firm.admin, **values)
    assert [error.field for error in caught.value.errors] == [field]
    assert not Webhook.objects.exists()


def test_a_firm_has_so_many(firm, monkeypatch):
    monkeypatch.setattr(services, "MAX_WEBHOOKS", 1)
    webhook_of(firm.admin)
    with pytest.raises(LimitReached):
        webhook_of(firm.admin)


def test_removing_is_taken_back(firm, hook):
    services.remove_webhook(actor=firm.admin, webhook_id=hook.pk)
    with pytest.raises(NotFound):
        services.get_webhook(firm.admin, hook.pk)
    assert services.restore_webhook(actor=firm.admin, webhook_id=hook.pk).removed_at is None


def test_another_firm_s_webhook_is_not_there(firm, other_firm, hook):
    foreign = Webhook.unscoped.create(
        workspace=other_firm.workspace, user_id=other_firm.admin.user_id, name="x", salt="x"
    )
    message = queue(foreign, "test", {})
    for work in (
        lambda: services.get_webhook(firm.admin, foreign.pk),
        lambda: services.change_webhook(actor=firm.admin, webhook_id=foreign.pk, name="y"),
        lambda: send_test(actor=firm.admin, webhook_id=foreign.pk),
        lambda: replay(actor=firm.admin, webhook_id=foreign.pk, delivery_id=message.pk),
        lambda: replay(actor=firm.admin, webhook_id=hook.pk, delivery_id=message.pk),
    ):
        with pytest.raises(NotFound):
            work()
    assert services.webhooks_of(firm.admin) == [hook]


def test_secrets_are_kept_nowhere(firm):
    hook, secret = services.create_webhook(actor=firm.admin, name="a", url="https://example.com/")
    assert secret == secret_of(hook.salt)
    rows = [
        repr(row) for model in (Webhook, Delivery, AuditEntry, Job) for row in model._base_manager.values()
    ]
    assert not any(secret in row for row in rows)


# --- telling ----------------------------------------------------------------------------------------------------


def test_a_message_is_sent_signed_and_done(firm, receiver):
    there = receiver(plain(200))
    hook = webhook_of(firm.admin, url=there.url)
    told_before()
    create_record(actor=firm.owner, spec=spec_for(firm.workspace, "companies"), values={"name": "Acme"})
    (row,) = told()
    deliver.func(row.pk, 0)
    deliver.func(row.pk, 0)  # the job again, after a fault: the message is over
    row.refresh_from_db()
    assert (row.state, row.attempts, row.answer, len(there.requests)) == (State.DONE, 1, "thanks", 1)
    head, _blank, body = there.requests[0].partition(b"\r\n\r\n")
    found = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
    expected = sign(secret_of(hook.salt), row.message_id, int(found["webhook-timestamp"]), body)
    assert (found["webhook-id"], found["webhook-signature"]) == (row.message_id, expected)
    assert json.loads(body)["type"] == "companies.created"


def test_many_records_come_in_sets(firm, hook, monkeypatch):
    from amity.engines.webhooks import reactions
    from amity.foundation.records.services.records import create_records, new_draft

    told_before()
    monkeypatch.setattr(reactions, "SET", 3)
    spec = spec_for(firm.workspace, "companies")
    drafts = [new_draft(firm.owner, spec, {"name": f"Co {n}"}) for n in range(7)]
    create_records(actor=firm.owner, spec=spec, drafts=drafts)
    sizes = [len(json.loads(row.body)["data"]["ids"]) for row in told()]
    assert (sum(sizes), max(sizes)) == (7, 3)


def test_who_left_is_told_nothing_more(firm, hook):
    told_before()
    Membership.unscoped.filter(user_id=hook.user_id, workspace=firm.workspace).update(is_active=False)
    create_record(actor=firm.owner, spec=spec_for(firm.workspace, "companies"), values={"name": "Acme"})
    assert told() == []
    hook.refresh_from_db()
    assert (hook.is_active, hook.off_reason) == (False, "member")


def test_a_filter_on_what_is_gone_switches_off(firm):
    hook = webhook_of(firm.admin)
    told_before()
    Webhook.objects.filter(pk=hook.pk).update(filter={"field": "gone", "op": "is", "value": 1})
    create_record(actor=firm.owner, spec=spec_for(firm.workspace, "companies"), values={"name": "Acme"})
    assert told() == []
    hook.refresh_from_db()
    assert hook.off_reason == "filter"


# --- tries ------------------------------------------------------------------------------------------------------


def test_further_tries_follow_the_schedule_and_end(firm, hook):
    row = queue(hook, "test", {})
    for place, seconds in enumerate(SCHEDULE):
        record(row, failed())
        row.refresh_from_db()
        wait = (row.next_at - timezone.now()).total_seconds()
        assert seconds - 5 <= wait <= seconds * 1.1 + 5, place
        assert (row.state, row.attempts) == (State.WAITING, place + 1)
    record(row, failed(0))
    row.refresh_from_db()
    assert (row.state, row.next_at, len(row.tries)) == (State.FAILED, None, len(SCHEDULE) + 1)
    assert row.tries[-1]["error"] == "No answer in time."
    hook.refresh_from_db()
    assert hook.is_active
    assert hook.failing_since is not None
    queued = Job.objects.filter(name=deliver.module_path).order_by("id")
    assert [job.args["kwargs"]["attempt"] for job in queued] == list(range(len(SCHEDULE) + 1))
    assert {job.queue for job in queued} == {"long"}


def test_two_workers_record_one_try(firm, hook):
    pk = queue(hook, "test", {}).pk
    first, second = (Delivery.objects.select_related("webhook").get(pk=pk) for _turn in range(2))
    record(first, failed())
    record(second, failed())
    row = Delivery.objects.get(pk=pk)
    assert (row.attempts, len(row.tries)) == (1, 1)
    assert Job.objects.filter(name=deliver.module_path).count() == 2


def test_a_receiver_may_ask_for_more_time(hook):
    assert messages.wait_before(1, failed(429, retry_after=900)) == 900
    assert messages.wait_before(1, failed(500, retry_after=900)) < 10


def test_gone_switches_off_at_once(firm, hook):
    row = queue(hook, "test", {})
    record(row, failed(410))
    hook.refresh_from_db()
    assert (row.state, hook.is_active, hook.off_reason) == (State.FAILED, False, "gone")
    assert AuditEntry.objects.filter(verb="webhook.gave_up").count() == 1


def test_five_days_of_failure_switch_off_and_one_success_begins_anew(firm, hook):
    row = queue(hook, "test", {})
    record(row, failed())
    Webhook.objects.update(failing_since=timezone.now() - timedelta(days=4))
    good = Delivery.objects.select_related("webhook").get(pk=queue(hook, "test", {}).pk)
    record(good, Answer(status=200))
    hook.refresh_from_db()
    assert hook.failing_since is None
    Webhook.objects.update(failing_since=timezone.now() - timedelta(days=6))
    row = Delivery.objects.select_related("webhook").get(pk=row.pk)
    record(row, failed())
    hook.refresh_from_db()
    assert (hook.is_active, hook.off_reason) == (False, "failing")
    assert AuditEntry.objects.filter(verb="webhook.gave_up", actor=None).count() == 1


def test_a_webhook_that_is_off_sends_nothing(firm, receiver):
    there = receiver(plain(200))
    hook = webhook_of(firm.admin, url=there.url)
    row = queue(hook, "test", {})
    services.switch(actor=firm.admin, webhook_id=hook.pk, on=False)
    deliver.func(row.pk, 0)
    row.refresh_from_db()
    assert (row.state, there.requests) == (State.FAILED, [])
    with pytest.raises(Conflict):
        send_test(actor=firm.admin, webhook_id=hook.pk)
    with pytest.raises(Conflict):
        replay(actor=firm.admin, webhook_id=hook.pk, delivery_id=row.pk)


def test_a_message_is_sent_again_under_its_id(firm, receiver):
    there = receiver(plain(200))
    hook = webhook_of(firm.admin, url=there.url)
    row = send_test(actor=firm.admin, webhook_id=hook.pk)
    with pytest.raises(Conflict):
        replay(actor=firm.admin, webhook_id=hook.pk, delivery_id=row.pk)
    deliver.func(row.pk, 0)
    replay(actor=firm.admin, webhook_id=hook.pk, delivery_id=row.pk)
    deliver.func(row.pk, 0)
    row.refresh_from_db()
    assert (row.state, len(row.tries)) == (State.DONE, 2)
    ids = [
        line for got in there.requests for line in got.decode().split("\r\n") if line.startswith("webhook-id")
    ]
    assert ids == [f"webhook-id: {row.message_id}"] * 2


def test_one_bad_address_holds_up_no_other(firm, receiver):
    good, bad = receiver(plain(200)), receiver(plain(500))
    hooks = [webhook_of(firm.admin, url=there.url) for there in (bad, good)]
    told_before()
    create_record(actor=firm.owner, spec=spec_for(firm.workspace, "companies"), values={"name": "Acme"})
    for row in told():
        deliver.func(row.pk, 0)
    states = dict(Delivery.objects.values_list("webhook_id", "state"))
    assert states == {hooks[0].pk: State.WAITING, hooks[1].pk: State.DONE}


def test_old_messages_go(firm, hook):
    old, waiting, fresh = (queue(hook, "test", {}) for _turn in range(3))
    long_ago = timezone.now() - timedelta(days=31)
    Delivery.objects.filter(pk__in=[old.pk, waiting.pk]).update(created_at=long_ago)
    Delivery.objects.filter(pk=old.pk).update(state=State.DONE)
    removed = webhook_of(firm.admin)
    Webhook.objects.filter(pk=removed.pk).update(removed_at=long_ago)
    assert jobs.purge.func() == 1
    assert set(Delivery.objects.values_list("pk", flat=True)) == {waiting.pk, fresh.pk}
    assert list(Webhook.objects.all()) == [hook]


# --- faults -----------------------------------------------------------------------------------------------------


def all_or_nothing(action):
    before = faults.snapshot()

    def nothing_changed():
        assert faults.changed_tables(before) == []

    assert faults.fail_each_statement(action, nothing_changed) >= 2
    assert faults.changed_tables(before) != []


def test_faults_while_making(firm):
    all_or_nothing(lambda: webhook_of(firm.admin))


def test_faults_while_recording(firm, hook):
    pk = queue(hook, "test", {}).pk
    all_or_nothing(lambda: record(Delivery.objects.select_related("webhook").get(pk=pk), failed(410)))


def test_faults_while_replaying(firm, hook):
    row = queue(hook, "test", {})
    messages.drop(row)
    all_or_nothing(lambda: replay(actor=firm.admin, webhook_id=hook.pk, delivery_id=row.pk))


def test_faults_while_hearing(firm, hook):
    from amity.engines.webhooks.reactions import on_records_changed
    from amity.foundation.records.events import RecordsChanged

    spec = spec_for(firm.workspace, "companies")
    made = create_record(actor=firm.owner, spec=spec, values={"name": "Acme"})
    event = RecordsChanged.of(spec, firm.owner, "created", [made], None)
    all_or_nothing(lambda: on_records_changed(event))
    assert Delivery.objects.count() == 1

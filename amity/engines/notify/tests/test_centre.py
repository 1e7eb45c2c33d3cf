"""Who is told what: mentions, assignments, imports, invitations; read, unread, and only one's own."""

from __future__ import annotations

from datetime import timedelta

import pytest

from amity.engines.notify import centre, jobs, reactions, wishes
from amity.engines.notify.centre import tell
from amity.engines.notify.kinds import Kind, register_kind
from amity.engines.notify.models import Channel, MailOut, Notification
from amity.engines.notify.tests.conftest import parsed, set_server
from amity.foundation.accounts import invitations
from amity.foundation.accounts.actor import Actor
from amity.foundation.accounts.members import set_active
from amity.foundation.accounts.models import Membership
from amity.foundation.core.clock import now
from amity.foundation.core.errors import Denied, Invalid, Malformed, NotFound
from amity.foundation.core.jobs.worker import run_pending
from amity.foundation.core.models import Job, OutboxEvent
from amity.foundation.core.scope import outside, scope
from amity.foundation.records.events import HandoverEnded
from amity.foundation.records.listing import Query
from amity.foundation.records.models import ImportRun
from amity.foundation.records.objects import spec_for
from amity.foundation.records.services import imports
from amity.foundation.records.services.batches import new_batch
from amity.foundation.records.services.bulk import bulk
from amity.foundation.records.services.bulk_change import FieldChange
from amity.foundation.records.services.handover import start_handover
from amity.foundation.records.services.handover_plan import Rule
from amity.foundation.records.services.import_files import keep_file
from amity.foundation.records.services.notes import add_note, edit_note, write_note
from amity.foundation.records.services.records import create_record, delete_record, update_record
from amity.foundation.records.services.take_over import take_over
from amity.testing.world import add_person, add_team, put_in_team, with_scope

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(firm):
    return spec_for(firm.workspace, "people")


@pytest.fixture
def together(firm):
    """Owner and colleague in one team: each sees the other's records."""
    put_in_team(add_team(firm.workspace, "Sales"), firm.owner, firm.colleague)


def person(firm, people, name="Ana Lima", **values):
    return create_record(actor=firm.owner, spec=people, values={"name": name, **values})


def texts(actor, **options):
    return [told.text for told in centre.page(actor, **options)[0]]


def give(firm, people, record_id, to, **options):
    values = {"owner": to.user_id}
    update_record(actor=firm.owner, spec=people, record_id=record_id, values=values, **options)


# --- assigned ---------------------------------------------------------------------------------------------


def test_the_new_owner_is_told_and_goes_to_the_record(firm, people, together):
    record = person(firm, people)
    run_pending()
    assert texts(firm.owner) == []
    give(firm, people, record, firm.colleague)
    run_pending()
    told = centre.recent(firm.colleague)[0]
    assert (told.text, told.url) == ("Owner assigned Ana Lima to you", f"/people/{record}/")
    assert centre.unread_count(firm.colleague) == 1
    assert texts(firm.owner) == []


def test_many_are_one_notification_and_lead_to_the_list(firm, people, together):
    records = [person(firm, people, f"Person {n}") for n in range(5)]
    batch = new_batch(firm.owner, "bulk")
    for record in records:
        give(firm, people, record, firm.colleague, batch_id=batch)
    run_pending()
    told = centre.recent(firm.colleague)
    assert [one.text for one in told] == ["Owner assigned 5 people to you"]
    assert told[0].url.startswith("/people/?filter=")
    centre.mark_all(actor=firm.colleague)
    give(firm, people, person(firm, people), firm.colleague)
    run_pending()
    assert len(centre.recent(firm.colleague)) == 2


def test_an_event_delivered_twice_counts_once(firm, people, together):
    records = [person(firm, people, f"Person {n}") for n in range(3)]
    for record in records:
        give(firm, people, record, firm.colleague)
    run_pending()
    OutboxEvent.objects.update(state="new")
    run_pending()
    assert texts(firm.colleague) == ["Owner assigned 3 people to you"]


def test_other_changes_of_what_one_owns_tell_nothing(firm, people, together):
    record = person(firm, people)
    give(firm, people, record, firm.colleague)
    run_pending()
    centre.mark_all(actor=firm.colleague)
    update_record(actor=firm.owner, spec=people, record_id=record, values={"job_title": "Boss"})
    run_pending()
    assert centre.unread_count(firm.colleague) == 0


def test_a_mixed_set_tells_only_of_what_was_given(firm, people, together):
    """Two records in one event, one of which was the colleague's before."""
    old, new = person(firm, people, "Old", owner=firm.colleague.user_id), person(firm, people, "New")
    run_pending()
    centre.mark_all(actor=firm.colleague)
    from django.db import transaction

    from amity.foundation.records.access import all_records
    from amity.foundation.records.services.write import Edit, Writer

    rows = {row.pk: row for row in all_records(people, firm.workspace.pk)}
    edits = [Edit(rows[old], {"job_title": "x"}), Edit(rows[new], {"owner": firm.colleague.user_id})]
    with transaction.atomic():
        Writer(people, firm.owner).update(edits)
    run_pending()
    assert texts(firm.colleague, unread=True) == ["Owner assigned New to you"]


def test_example_data_tell_nobody(firm, people):
    system = firm.admin.with_source("system")
    create_record(actor=system, spec=people, values={"name": "Demo", "owner": firm.colleague.user_id})
    run_pending()
    assert not Notification.objects.exists()


def test_what_went_out_of_sight_shows_no_title(firm, people, together):
    record = person(firm, people, "Secret Name")
    give(firm, people, record, firm.colleague)
    run_pending()
    update_record(actor=firm.admin, spec=people, record_id=record, values={"owner": firm.admin.user_id})
    told = centre.recent(firm.colleague)[0]
    assert "Secret" not in told.text
    assert told.url == ""
    delete_record(actor=firm.admin, spec=people, record_id=record)
    assert "Secret" not in centre.recent(firm.colleague)[0].text


def test_an_import_for_somebody_tells_once_how_many(firm, people, tmp_path, settings):
    settings.AMITY_HOME = tmp_path
    path = keep_file([b"Name,E-mail\n" + b"".join(b"P%d,p%d@example.com\n" % (n, n) for n in range(12))])
    run = imports.start_draft(actor=firm.admin, spec=people, file_name="people.csv", path=path)
    imports.set_mapping(
        actor=firm.admin, run=run, mapping=run.mapping, rules={"owner_id": firm.colleague.user_id}
    )
    imports.begin(actor=firm.admin, run=run)
    run_pending()
    assert ImportRun.objects.get().state == "done"
    assert texts(firm.colleague) == ["Admin assigned 12 people to you"]
    told = centre.recent(firm.admin)
    assert [one.text for one in told] == ["The import of people.csv is done: 12 added, 0 updated"]
    assert told[0].url == f"/import/{run.pk}/"


# --- mentions ---------------------------------------------------------------------------------------------


def test_a_mention_tells_who_may_see_and_names_who_may_not(firm, people, together):
    record = person(firm, people)
    note, named = write_note(
        actor=firm.owner,
        spec=people,
        record_id=record,
        body="@Colleague, ask @Stranger. Mail a@colleague.example",
    )
    run_pending()
    assert texts(firm.colleague) == ["Owner mentioned you on Ana Lima"]
    assert texts(firm.stranger) == []
    assert named.untold == ["Stranger"]
    assert [name for _pk, name in note.mentions] == ["Colleague", "Stranger"]


def test_an_edited_note_tells_only_who_is_new_in_it(firm, people, together):
    record = person(firm, people)
    note = add_note(actor=firm.owner, spec=people, record_id=record, body="@Colleague look")
    run_pending()
    centre.mark_all(actor=firm.colleague)
    which = {"actor": firm.owner, "spec": people, "record_id": record, "note_id": note.pk}
    edit_note(**which, body="@Colleague @Admin look again")
    run_pending()
    assert texts(firm.colleague, unread=True) == []
    assert texts(firm.admin) == ["Owner mentioned you on Ana Lima"]


def test_notes_of_one_record_collapse_while_unread(firm, people, together):
    record = person(firm, people)
    for _n in range(20):
        add_note(actor=firm.owner, spec=people, record_id=record, body="@Colleague look")
    run_pending()
    assert texts(firm.colleague) == ["Owner mentioned you on Ana Lima in 20 notes"]


@pytest.mark.parametrize(
    ("body", "count"),
    [
        ("@colleague", 1), ("(@Colleague)", 1), ("@Colleague's", 1), ("@Colleagues", 0), ("x@Colleague", 0),
        ("@Somebody", 0), ("@", 0), ("@Collea", 0), ("İ @Colleague", 1), ("@Colleague @Colleague", 1),
    ],
)  # fmt: skip
def test_what_counts_as_a_name(firm, people, together, body, count):
    note = add_note(actor=firm.owner, spec=people, record_id=person(firm, people), body=body)
    assert len(note.mentions) == count


def test_two_of_one_name_are_told_apart_by_the_choice(firm, people):
    team = add_team(firm.workspace, "Sales")
    twins = [add_person(firm.workspace, f"sam@{n}.example") for n in range(2)]
    longer = add_person(firm.workspace, "sam lee@x.example".replace(" ", "."))
    longer.user.name = "Sam Lee"
    longer.user.save()
    put_in_team(team, firm.owner, *twins, longer)
    record = person(firm, people)
    write = {"actor": firm.owner, "spec": people, "record_id": record}
    assert add_note(**write, body="@Sam").mentions == []
    assert add_note(**write, body="@Sam", chosen=[twins[1].user_id]).mentions == [[twins[1].user_id, "Sam"]]
    assert add_note(**write, body="@Sam Lee").mentions == [[longer.user_id, "Sam Lee"]]


def test_nobody_is_told_of_naming_themselves_and_strangers_cannot_be_chosen(firm, people, other_firm):
    record = person(firm, people)
    note = add_note(
        actor=firm.owner,
        spec=people,
        record_id=record,
        body="@Owner @Colleague1",
        chosen=[other_firm.colleague.user_id],
    )
    run_pending()
    assert [pk for pk, _name in note.mentions] == [firm.owner.user_id]
    assert not Notification.unscoped.exists()


def test_a_right_lost_between_writing_and_telling_counts(firm, people, together):
    record = person(firm, people)
    add_note(actor=firm.owner, spec=people, record_id=record, body="@Colleague look")
    update_record(actor=firm.admin, spec=people, record_id=record, values={"owner": firm.admin.user_id})
    run_pending()
    assert texts(firm.colleague) == []


# --- invitations and failed work --------------------------------------------------------------------------


def test_who_invited_hears_of_the_arrival(firm, rf):
    _made, secret = invitations.invite(actor=firm.admin, email="new@example.com", role_key="member")
    request = rf.post("/")
    with outside():
        invitations.accept(request=request, token=secret, name="New One", password="correct horse 7")
    run_pending()
    assert texts(firm.admin) == ["New One accepted your invitation and works here now"]


def test_failed_work_is_told_to_who_began_it_once(firm):
    Job.objects.create(
        workspace_id=firm.workspace.pk, actor_id=firm.owner.user_id, name="x.fill_slot_job", state="failed",
        run_at=now(), created_at=now(), finished_at=now(),
    )  # fmt: skip
    with outside():
        assert jobs.tell_failures.call() == 1
        centre_mark_all_of(firm)
        assert jobs.tell_failures.call() == 0
    assert texts(firm.owner) == ["Work in the background failed: Speed up a field"]


def centre_mark_all_of(firm):
    with scope(firm.workspace.pk):
        centre.mark_all(actor=firm.owner)


# --- reading and marking ----------------------------------------------------------------------------------


@pytest.fixture
def kind():
    return register_kind(Kind("sample", "Sample", "bell", lambda told: f"Sample {told.data.get('n')}"))


def sample(firm, actor, n, **options):
    return tell(
        workspace_id=firm.workspace.pk,
        user_id=actor.user_id,
        kind="sample",
        group=f"sample:{n}",
        data={"n": n},
        **options,
    )


def test_pages_follow_one_another(firm, kind):
    for n in range(7):
        sample(firm, firm.owner, n)
    Notification.objects.update(at=now())  # all at one moment
    seen, place = [], ""
    for _page in range(3):
        found, place = centre.page(firm.owner, before=place, limit=3)
        seen += [told.text for told in found]
    assert seen == [f"Sample {n}" for n in reversed(range(7))]
    assert place == ""
    for bad in (
        "x",
        "x.1",
        "2020-01-01T00:00:00Z.",
        "2020-01-01T00:00:00Z.-1",
        ".",
        "2020-13-01T00:00:00Z.1",
    ):
        with pytest.raises(Malformed):
            centre.page(firm.owner, before=bad)


def test_all_read_and_back_again(firm, kind):
    for n in range(3):
        sample(firm, firm.owner, n)
    first = centre.recent(firm.owner)[2]
    centre.mark(actor=firm.owner, notification_id=first.id, read=True)
    count, moment = centre.mark_all(actor=firm.owner)
    assert (count, centre.unread_count(firm.owner)) == (2, 0)
    sample(firm, firm.owner, 2)  # told again meanwhile: the marked one of its group stays read
    assert centre.unmark_all(actor=firm.owner, moment=moment) == 1
    assert sorted(texts(firm.owner, unread=True)) == ["Sample 1", "Sample 2"]
    with pytest.raises(Malformed):
        centre.unmark_all(actor=firm.owner, moment="yesterday")


def test_read_and_unread(firm, kind):
    row = sample(firm, firm.owner, 1)
    assert centre.mark(actor=firm.owner, notification_id=row.pk, read=True).read_at
    assert centre.mark(actor=firm.owner, notification_id=row.pk, read=False).read_at is None
    centre.mark(actor=firm.owner, notification_id=row.pk, read=True)
    sample(firm, firm.owner, 1)
    assert centre.mark(
        actor=firm.owner, notification_id=row.pk, read=False
    ).read_at  # its group has a newer one


def test_only_ones_own(firm, kind, other_firm):
    row = sample(firm, firm.owner, 1)
    for actor in (firm.colleague, firm.admin):
        with pytest.raises(NotFound):
            centre.mark(actor=actor, notification_id=row.pk, read=True)
    looking = Actor(firm.workspace, firm.owner.user, {}, read_only=True, seen_by=firm.admin.user)
    assert texts(looking) == []
    assert centre.unread_count(looking) == 0
    with pytest.raises(Denied):
        centre.mark_all(actor=looking)
    reader = Actor(firm.workspace, firm.owner.user, firm.owner.permissions, read_only=True)
    assert len(texts(reader)) == 1
    with pytest.raises(Denied):
        centre.mark(actor=reader, notification_id=row.pk, read=True)
    with outside(), scope(other_firm.workspace.pk):
        assert not Notification.objects.exists()


def test_who_left_is_not_told(firm, kind, other_firm):
    member = Membership.objects.get(user_id=firm.colleague.user_id)
    set_active(actor=firm.admin, member_id=member.pk, active=False)
    assert sample(firm, firm.colleague, 1) is None
    assert sample(firm, other_firm.owner, 1) is None


def test_a_kind_whose_room_is_gone_is_left_out(firm, kind):
    sample(firm, firm.owner, 1)
    Notification.objects.update(kind="gone")
    assert texts(firm.owner) == []


def test_old_read_ones_are_forgotten(firm, kind):
    for n in range(3):
        sample(firm, firm.owner, n)
    centre.mark_all(actor=firm.owner)
    sample(firm, firm.owner, 9)
    assert centre.purge(now() - timedelta(days=1)) == 0
    assert centre.purge(now() + timedelta(days=1)) == 3
    assert texts(firm.owner) == ["Sample 9"]


# --- wishes -----------------------------------------------------------------------------------------------


def test_off_is_off_and_mail_at_once_is_one_mail(firm, kind, smtp):
    server = smtp()
    set_server(firm, server)
    wishes.save_channels(actor=firm.owner, wanted={"sample": "off"})
    assert sample(firm, firm.owner, 1) is None
    wishes.save_channels(actor=firm.owner, wanted={"sample": "now"})
    sample(firm, firm.owner, 1)
    sample(firm, firm.owner, 1)
    run_pending()
    assert len(server.mails) == 1
    message = parsed(server.mails[0])
    assert message["Subject"] == "Sample 1"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = message["List-Unsubscribe"].strip(" <>")
    assert link in message.get_body(("plain",)).get_content()
    with outside():
        wishes.unsubscribe(link.rstrip("/").rpartition("/")[2])
    assert wishes.channels(firm.owner)["sample"] == Channel.APP


def test_without_a_server_mail_at_once_is_only_told(firm, kind):
    wishes.save_channels(actor=firm.owner, wanted={"sample": "now"})
    assert sample(firm, firm.owner, 1)
    assert not MailOut.objects.exists()


@pytest.mark.parametrize("wanted", [{"sample": "loud"}, {"unknown": "app"}, {"joined": "app"}])
def test_unknown_wishes_are_refused(firm, kind, wanted):
    with pytest.raises(Invalid):
        wishes.save_channels(actor=firm.owner, wanted=wanted)


def test_a_foreign_old_or_changed_link_ends_nothing(firm, kind, other_firm, monkeypatch):
    token = wishes.unsubscribe_path(firm.workspace.pk, firm.owner.user_id, "sample").split("/")[3]
    mixed = wishes.unsubscribe_path(other_firm.workspace.pk, firm.owner.user_id, "sample").split("/")[3]
    foreign = wishes.unsubscribe_path(other_firm.workspace.pk, other_firm.owner.user_id, "sample").split("/")[
        3
    ]
    for bad in ("x", token[:-2], token + "x", mixed, foreign, "x" * 10_000):
        with pytest.raises(NotFound):
            wishes.unsubscribe(bad)
    monkeypatch.setattr(wishes, "VALID_FOR", -1)
    with pytest.raises(NotFound):
        wishes.unsubscribe(token)


# --- the daily mail ---------------------------------------------------------------------------------------


@pytest.fixture
def morning(firm, smtp, monkeypatch, kind):
    """Half past eight in London, in winter; `at(hour)` moves on."""
    from datetime import UTC, datetime

    server = smtp()
    set_server(firm, server)
    wishes.save_channels(actor=firm.owner, wanted={"sample": "digest"})

    def at(hour, day=2):
        moment = datetime(2030, 1, day, hour, 30, tzinfo=UTC)
        monkeypatch.setattr(jobs, "now", lambda: moment)
        with outside():
            jobs.send_digests.call()
        run_pending()
        return len(server.mails)

    at.server = server
    return at


def test_the_daily_mail_comes_after_eight_and_once_a_day(firm, morning):
    sample(firm, firm.owner, 1)
    sample(firm, firm.owner, 2)
    assert morning(7) == 0
    assert morning(8) == 1
    assert morning(9) == 1
    sample(firm, firm.owner, 3)
    assert morning(20) == 1
    assert morning(8, day=3) == 2
    first, second = (parsed(mail) for mail in morning.server.mails)
    assert first["Subject"] == "2 new notifications"
    assert "Sample 1" in first.get_body(("plain",)).get_content()
    assert "Sample 3" in second.get_body(("html",)).get_content()
    assert "Sample 1" not in second.get_body(("plain",)).get_content()


def test_eight_is_on_the_persons_own_clock_and_the_words_are_theirs(firm, morning):
    firm.owner.user.zone, firm.owner.user.language = "Asia/Tokyo", "tr"
    firm.owner.user.save()
    sample(firm, firm.owner, 1)
    assert morning(0) == 1  # half past nine in Tokyo
    html = parsed(morning.server.mails[0]).get_body(("html",)).get_content()
    assert '<html lang="tr" dir="ltr">' in html
    assert "Good morning" not in html


def test_nothing_to_tell_no_mail(firm, morning):
    sample(firm, firm.owner, 1)
    centre.mark_all(actor=firm.owner)
    assert morning(8) == 0
    sample(firm, firm.owner, 2)
    wishes.save_channels(actor=firm.owner, wanted={"daily": "off"})
    assert morning(8) == 0


def test_a_long_day_is_cut_and_counted(firm, morning):
    for n in range(jobs.LISTED + 5):
        sample(firm, firm.owner, n)
    morning(8)
    message = parsed(morning.server.mails[0])
    assert message["Subject"] == f"{jobs.LISTED + 5} new notifications"
    assert message.get_body(("plain",)).get_content().count("• ") == jobs.LISTED


def test_titles_out_of_sight_are_not_mailed(firm, people, together, morning):
    record = person(firm, people, "Secret Name")
    give(firm, people, record, firm.colleague)
    run_pending()
    update_record(actor=firm.admin, spec=people, record_id=record, values={"owner": firm.admin.user_id})
    assert morning(8) == 1
    assert "Secret" not in morning.server.mails[0][2]


def test_after_a_restore_no_daily_mail_of_what_was_there(firm, morning):
    sample(firm, firm.owner, 1)
    with outside():
        centre.nothing_to_mail()
    assert morning(8) == 0
    assert centre.unread_count(firm.owner) == 1


# --- handed over ------------------------------------------------------------------------------------------


def test_a_handover_tells_each_new_owner_once_and_the_former_one(firm, people):
    for n in range(3):
        person(firm, people, f"Person {n}")
    rule = Rule("*", "users", users=(firm.colleague.user_id,))
    run = start_handover(actor=firm.admin, user_id=firm.owner.user_id, rules=[rule])
    run_pending()
    told = centre.recent(firm.colleague)
    assert [one.text for one in told] == ["You took over 3 records from Owner"]
    assert told[0].url == f"/handovers/{run.pk}/taken/"
    assert texts(firm.owner) == ["Admin handed over 3 records of yours"]
    assert texts(firm.admin) == []


def test_a_large_handover_and_a_second_delivery_tell_once_too(firm, people):
    for n in range(3):
        person(firm, people, f"Person {n}")
    rule = Rule("*", "users", users=(firm.colleague.user_id,))
    run = start_handover(actor=firm.admin, user_id=firm.owner.user_id, rules=[rule], at_once=0)
    run_pending()
    reactions.on_handover_ended(HandoverEnded(firm.workspace.pk, run.pk))
    assert texts(firm.colleague) == ["You took over 3 records from Owner"]


def test_a_handover_is_mailed_at_once(firm, people, mailing):
    person(firm, people)
    rule = Rule("*", "users", users=(firm.colleague.user_id,))
    start_handover(actor=firm.admin, user_id=firm.owner.user_id, rules=[rule])
    run_pending()
    assert MailOut.objects.filter(user_id=firm.colleague.user_id).count() == 1


def test_who_loses_a_customer_is_told_by_whom(firm, people, together):
    record = person(firm, people)
    take_over(actor=firm.colleague, spec=people, record_id=record)
    run_pending()
    assert texts(firm.owner) == ["Colleague took over Ana Lima from you"]
    assert texts(firm.colleague) == []
    firm_only = with_scope(firm.owner, see="own")
    assert [one.text for one in centre.recent(firm_only)] == ["Colleague took over a record of yours"]


# --- long work --------------------------------------------------------------------------------------------


def began_long_ago(run):
    type(run).objects.filter(pk=run.pk).update(created_at=now() - timedelta(minutes=1))


def test_a_bulk_change_that_nobody_waited_for_tells_its_end(firm, people):
    person(firm, people)
    tags = [FieldChange("tags", "add", ["Bulk"])]
    quick, slow = (
        bulk(actor=firm.owner, spec=people, which=Query(), action="edit", changes=tags, at_once=0)
        for _n in "ab"
    )
    began_long_ago(slow)
    run_pending()
    told = centre.recent(firm.owner)
    assert [(one.text, one.url) for one in told] == [
        ("Your change of people is done: 0 changed", f"/bulk/{slow.pk}/")
    ]
    assert quick.pk != slow.pk


def test_whoever_began_a_long_handover_hears_of_its_end(firm, people):
    person(firm, people)
    rule = Rule("*", "users", users=(firm.colleague.user_id,))
    run = start_handover(actor=firm.admin, user_id=firm.owner.user_id, rules=[rule], at_once=0)
    began_long_ago(run)
    run_pending()
    told = centre.recent(firm.admin)
    assert [(one.text, one.url) for one in told] == [
        ("The handover from Owner has ended: 1 changed hands", f"/handovers/{run.pk}/")
    ]

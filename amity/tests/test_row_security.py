"""The second lock: PostgreSQL itself keeps firms apart, whatever a query forgets."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client

from amity.apps.people.models import Person
from amity.engines.api.tests.conftest import Program
from amity.foundation.accounts import invitations, resets
from amity.foundation.accounts.models import ApiToken, AuditEntry, Membership, Role
from amity.foundation.accounts.services import add_member
from amity.foundation.accounts.tokens import create_token
from amity.foundation.core import row_security
from amity.foundation.core.clock import now
from amity.foundation.core.errors import Denied
from amity.foundation.core.jobs.api import enqueue
from amity.foundation.core.jobs.worker import run_pending
from amity.foundation.core.models import Job
from amity.foundation.core.row_security import DOOR, FIRM, NONE, wanted_policies
from amity.foundation.core.scope import outside, scope
from amity.foundation.core.tests import sample_jobs
from amity.foundation.records.models import ImportRun
from amity.foundation.records.objects import spec_for
from amity.foundation.records.services import notes as notes_service
from amity.foundation.records.services.purge import purge_trash
from amity.foundation.records.services.records import delete_record
from amity.testing.contract import ObjectContract
from amity.testing.row_security import seeing_all
from amity.testing.world import PASSWORD, make_records

SAMPLE = Path(__file__).parents[2] / "examples" / "imports" / "google.csv"
WITHOUT_WORKSPACE = {
    "accounts_signinfailure", "accounts_user", "accounts_workspace", "core_workerbeat",
}  # fmt: skip


def fill(firm, count=3):
    """Records with notes, history and index rows."""
    with scope(firm.workspace.pk):
        people = spec_for(firm.workspace, "people")
        firm.ids["people"] = make_records(people, firm.owner, count)
        notes_service.add_note(
            actor=firm.owner, spec=people, record_id=firm.ids["people"][0], body="A remark"
        )
        enqueue(sample_jobs.where)
    return people


@pytest.fixture
def two_firms(row_lock, closed_firm, other_firm):
    fill(closed_firm)
    fill(other_firm)
    return closed_firm, other_firm


def ask(sql, *params):
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


def change(sql, *params):
    """Number of rows it reached."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.rowcount


def refused(sql, *params):
    with (
        pytest.raises(DatabaseError, match=r"row-level security|amity\.workspace|type bigint"),
        transaction.atomic(),
    ):
        change(sql, *params)
    return True


# --- which tables -------------------------------------------------------------------------------


def test_no_table_with_a_workspace_is_left_out(row_lock):
    assert row_security.open_tables() == []
    assert row_security.lacking_rights(row_lock) == []
    assert row_security.blind_to() == ""
    columns = "SELECT table_name FROM information_schema.columns WHERE column_name = 'workspace_id' AND table_schema = 'public'"
    assert set(wanted_policies()) == {name for (name,) in ask(columns)}
    ours = {m._meta.db_table for m in apps.get_models() if m.__module__.startswith("amity.")}
    assert ours - set(wanted_policies()) == WITHOUT_WORKSPACE
    unguarded = {table for table, kind in wanted_policies().items() if kind == NONE}
    assert unguarded == {"accounts_usersession", "records_searchrow"}


@pytest.mark.parametrize(
    "harm",
    [
        "DROP POLICY amity_firm ON people_person",
        "ALTER TABLE people_person DISABLE ROW LEVEL SECURITY",
        "CREATE POLICY wide ON people_person USING (true)",
        "ALTER TABLE people_person RENAME TO gone; CREATE TABLE people_person (LIKE gone)",
    ],
)
def test_an_open_table_is_named_and_closed(lock_role, db, harm):
    """The last one is what a new object's table looks like after its migration."""
    for sql in harm.split("; "):
        change(sql)
    assert row_security.open_tables() == ["people_person"]
    assert not row_security.is_closed(lock_role)
    row_security.close_lock(lock_role)
    assert row_security.open_tables() == []
    assert row_security.is_closed(lock_role)


def test_owners_and_superusers_are_named(lock_role, db):
    assert "superuser" in row_security.blind_to() or "owns" in row_security.blind_to()
    change(f'ALTER TABLE people_person OWNER TO "{lock_role}"')
    change(f'SET ROLE "{lock_role}"')
    assert row_security.blind_to() == f"{lock_role} owns 1 of the tables"


# --- what raw SQL reaches -----------------------------------------------------------------------


def test_raw_sql_sees_only_the_open_firm(two_firms):
    mine, theirs = two_firms
    with seeing_all():
        full = {
            table: {row[0] for row in ask(f'SELECT DISTINCT workspace_id FROM "{table}"')}
            for table in wanted_policies()
        }
    both = {table for table, seen in full.items() if {mine.workspace.pk, theirs.workspace.pk} <= seen}
    assert {"people_person", "records_note", "records_change", "accounts_membership", "core_job"} <= both
    with scope(mine.workspace.pk):
        for table, kind in wanted_policies().items():
            found = {row[0] for row in ask(f'SELECT workspace_id FROM "{table}"')}
            assert found <= {mine.workspace.pk} or kind == NONE, table
            assert found or table not in both, table


def test_without_a_firm_records_are_an_error(two_firms):
    closed = [table for table, kind in wanted_policies().items() if kind == FIRM]
    with seeing_all():
        filled = [table for table in closed if ask(f'SELECT 1 FROM "{table}" LIMIT 1')]
    assert len(filled) > 5
    assert all(refused(f'SELECT * FROM "{table}"') for table in filled)
    with scope(two_firms[0].workspace.pk):
        assert ask("SELECT * FROM people_person")
    assert refused("SELECT * FROM people_person")


def test_doors_are_open_until_a_firm_is(two_firms):
    mine, theirs = two_firms
    doors = [table for table, kind in wanted_policies().items() if kind == DOOR]
    assert {"accounts_membership", "accounts_apitoken", "core_job", "core_outboxevent"} <= set(doors)
    assert Membership.unscoped.count() == 8
    with scope(mine.workspace.pk):
        assert Membership.unscoped.count() == 4
        assert not Role.unscoped.filter(workspace=theirs.workspace).exists()
        with outside():
            assert Membership.unscoped.count() == 8
        assert Membership.unscoped.count() == 4


def test_rows_of_another_firm_can_neither_be_changed_nor_planted(two_firms):
    mine, theirs = two_firms
    other, own = theirs.ids["people"][0], mine.ids["people"][0]
    with scope(mine.workspace.pk):
        assert change("UPDATE people_person SET title = 'Taken'") == 3
        assert change("UPDATE people_person SET title = 'Taken' WHERE id = %s", other) == 0
        assert change("DELETE FROM people_person WHERE id = %s", other) == 0
        assert refused("UPDATE people_person SET workspace_id = %s WHERE id = %s", theirs.workspace.pk, own)
        assert refused(
            "INSERT INTO records_tag (workspace_id, name, key, colour) VALUES (%s, 'x', 'x', 'grey')",
            theirs.workspace.pk,
        )
        assert refused("UPDATE accounts_role SET workspace_id = %s", theirs.workspace.pk)
    with seeing_all():
        assert ask("SELECT count(*) FROM people_person WHERE title = 'Taken'") == [(3,)]


def test_a_planted_key_into_another_firm_leads_nowhere(two_firms):
    """As the owner could by mistake: my person in their company."""
    mine, theirs = two_firms
    with scope(theirs.workspace.pk):
        company = make_records(spec_for(theirs.workspace, "companies"), theirs.owner, 1)[0]
    with seeing_all():
        change("UPDATE people_person SET company_id = %s WHERE id = %s", company, mine.ids["people"][0])
    join = "SELECT c.title FROM people_person p JOIN people_company c ON c.id = p.company_id WHERE c.id = %s"
    with scope(mine.workspace.pk):
        assert ask(join, company) == []
        person = Person.objects.get(pk=mine.ids["people"][0])
        assert person.company_id == company
        with pytest.raises(type(person).company.RelatedObjectDoesNotExist.__mro__[1]):
            assert person.company.title


# --- transactions -------------------------------------------------------------------------------


def told(monkeypatch):
    """What PostgreSQL is told from now on."""
    heard = []
    tell = row_security.Guard._tell

    def note(self, here, wanted):
        heard.append(wanted)
        tell(self, here, wanted)

    monkeypatch.setattr(row_security.Guard, "_tell", note)
    return heard


def setting():
    return ask("SELECT current_setting('amity.workspace', true)")[0][0] or ""


def test_a_taken_back_savepoint_takes_nothing_along(two_firms):
    mine = two_firms[0].workspace.pk
    with pytest.raises(ZeroDivisionError), transaction.atomic(), scope(mine):
        assert setting() == str(mine)
        raise ZeroDivisionError
    assert setting() == ""
    with scope(mine):
        with pytest.raises(IntegrityError), transaction.atomic():
            change(
                "INSERT INTO records_tag (workspace_id, name, key, colour) VALUES (%s, NULL, '', '')", mine
            )
        assert setting() == str(mine)
        assert Person.unscoped.count() == 3


def test_the_setting_ends_with_its_transaction(transactional_db, row_lock, closed_firm):
    fill(closed_firm)
    mine = closed_firm.workspace.pk
    with scope(mine):
        assert setting() == str(mine)
        assert Person.unscoped.count() == 3
        raw = connection.connection.execute("SELECT current_setting('amity.workspace', true)").fetchone()[0]
        assert raw == ""
        with transaction.atomic():
            assert setting() == str(mine)
            raw = connection.connection.execute("SELECT current_setting('amity.workspace')").fetchone()[0]
            assert raw == str(mine)
    assert setting() == ""
    with transaction.atomic():
        assert refused("SELECT * FROM people_person")


def test_a_request_is_one_transaction(transactional_db, row_lock, closed_firm, client_of, monkeypatch):
    fill(closed_firm)
    browser = client_of(closed_firm.owner)
    browser.get("/people/")
    heard = told(monkeypatch)
    assert browser.get("/people/").status_code == 200
    assert heard == [str(closed_firm.workspace.pk)]


def test_a_failed_request_leaves_nothing(transactional_db, row_lock, closed_firm, client_of, monkeypatch):
    """Even of a service that was done before the failure."""
    fill(closed_firm)
    browser = client_of(closed_firm.owner)
    browser.raise_request_exception = False
    wanted = {"text": "A second remark"}
    url = f"/people/{closed_firm.ids['people'][0]}/notes/"

    def notes():
        with seeing_all():
            return ask("SELECT count(*) FROM records_note")[0][0]

    save = notes_service.write_note

    def save_and_fail(**arguments):
        save(**arguments)
        raise ZeroDivisionError

    monkeypatch.setattr(notes_service, "write_note", save_and_fail)
    assert browser.post(url, wanted).status_code == 500
    assert notes() == 1
    monkeypatch.setattr(notes_service, "write_note", save)
    assert browser.post(url, wanted).status_code in (200, 302)
    assert notes() == 2


# --- the product's ways -------------------------------------------------------------------------


def test_from_sign_in_to_export(transactional_db, row_lock, closed_firm, other_firm):
    for firm in (closed_firm, other_firm):
        fill(firm)
    browser = Client(SERVER_NAME="127.0.0.1")
    wrong = browser.post("/sign-in/", {"email": "admin@example.com", "password": "no"})
    assert wrong.status_code == 422
    login = {"email": "admin@example.com", "password": PASSWORD}
    assert browser.post("/sign-in/", login).status_code == 302
    assert browser.get("/people/").status_code == 200
    made = browser.post("/people/new/", {"name": "Grace Hopper", "tags": "navy"})
    assert made.status_code == 302, made.content.decode()[:2000]
    assert "Grace Hopper" in browser.get(made.url).content.decode()
    assert "Grace Hopper" in browser.get("/people/?q=hopper").content.decode()
    lines = b"".join(browser.get("/people/export/?format=csv&fields=all").streaming_content).decode()
    assert lines.count("@example.com,") >= 4
    assert "owner1@example.com" not in lines
    assert browser.get(f"/people/{other_firm.ids['people'][0]}/").status_code == 404
    assert browser.post("/sign-out/").status_code == 302


def test_the_api(transactional_db, row_lock, closed_firm, other_firm, settings):
    fill(closed_firm)
    fill(other_firm)
    with scope(closed_firm.workspace.pk):
        _token, secret = create_token(actor=closed_firm.owner, user_id=closed_firm.owner.user_id, name="t")
    program = Program(secret)
    assert len(program("GET", "people").data["data"]) == 3
    made = program("POST", "people", {"name": "Grace Hopper"}, idempotency_key="one")
    assert made.status_code == 201, made.data
    again = program("POST", "people", {"name": "Grace Hopper"}, idempotency_key="one")
    assert again.data["id"] == made.data["id"]
    changed = program("PATCH", f"people/{made.data['id']}", {"name": "Admiral Hopper"})
    assert (changed.status_code, changed.data["name"]) == (200, "Admiral Hopper")
    batch = [{"method": "POST", "path": "people", "body": {"name": f"Number {n}"}} for n in range(3)]
    answer = program("POST", "batch", {"operations": batch}, idempotency_key="two")
    assert answer.status_code in (200, 404), answer.data
    assert program("GET", f"people/{other_firm.ids['people'][0]}").status_code == 404
    assert Program("amity_wrong")("GET", "people").status_code == 401


def test_import_and_undo_by_the_worker(transactional_db, row_lock, closed_firm, client_of):
    browser = client_of(closed_firm.admin)
    draft = browser.post("/import/upload/", {"file": SimpleUploadedFile("google.csv", SAMPLE.read_bytes())})
    with scope(closed_firm.workspace.pk):
        keys = ImportRun.objects.get().rules["keys"]
    begin = {"start": "1", "keys": keys, "on_match": "update", "make_linked": "on", "add_choices": "on"}
    assert browser.post(f"{draft.url}mapping/", begin).status_code == 302
    assert run_pending() > 0
    with scope(closed_firm.workspace.pk):
        assert ImportRun.objects.get().state == "done"
        assert Person.unscoped.filter(deleted_at=None).count() == 26
    browser.post(f"{draft.url}undo/")
    run_pending()
    with scope(closed_firm.workspace.pk):
        assert not Person.unscoped.filter(deleted_at=None).exists()
    assert not Job.objects.filter(state="failed").exists()


def test_the_trash_of_every_firm_is_emptied(transactional_db, row_lock, closed_firm, other_firm):
    for firm in (closed_firm, other_firm):
        people = fill(firm)
        with scope(firm.workspace.pk):
            delete_record(actor=firm.owner, spec=people, record_id=firm.ids["people"][0])
            Person.unscoped.filter(deleted_at__isnull=False).update(deleted_at=now() - timedelta(days=31))
    assert sum(purge_trash()) == 2


def test_a_person_of_two_firms(row_lock, closed_firm, other_firm):
    """What belongs to a person reaches into every firm, from inside one of them."""
    person = closed_firm.owner
    with scope(other_firm.workspace.pk):
        add_member(workspace=other_firm.workspace, email=person.user.email, role_key="member")
        token, _secret = create_token(actor=other_firm.admin, user_id=person.user_id, name="There")
    with scope(closed_firm.workspace.pk):
        mine = Membership.objects.get(user=person.user)
        with pytest.raises(Denied):
            resets.link_for_member(actor=closed_firm.admin, member_id=mine.pk)
        resets.set_password(user=person.user, password="another horse 8", by=None)
        assert not ApiToken.unscoped.filter(pk=token.pk).exists()
    assert ApiToken.unscoped.get(pk=token.pk).revoked_at is not None
    assert AuditEntry.unscoped.filter(verb="password.changed").count() == 2


def test_an_invitation_of_another_firm(row_lock, closed_firm, other_firm, client_of):
    with scope(other_firm.workspace.pk):
        _made, secret = invitations.invite(
            actor=other_firm.admin, email="owner@example.com", role_key="member"
        )
    browser = client_of(closed_firm.owner)
    assert browser.get(f"/invite/{secret}/").status_code == 200
    assert browser.post(f"/invite/{secret}/", {"password": PASSWORD}).status_code == 302
    assert Membership.unscoped.filter(user=closed_firm.owner.user).count() == 2


@pytest.mark.usefixtures("row_lock")
class TestPeopleUnderRowLock(ObjectContract):
    key = "people"


def test_off_nothing_is_sent(db, monkeypatch, closed_firm):
    assert not any(isinstance(item, row_security.Guard) for item in connection.execute_wrappers)
    assert re.match(r"<contextlib\.nullcontext", repr(row_security.one_transaction()))

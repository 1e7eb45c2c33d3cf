"""Sources and conflicts through HTTP: the pages without JavaScript, settings, and what an import tells."""

from __future__ import annotations

from dataclasses import replace

import pytest

from amity.apps.people.models import Person
from amity.engines.web.tests.test_imports import upload
from amity.foundation.accounts.models import Role
from amity.foundation.core.jobs.worker import run_pending
from amity.foundation.core.scope import scope
from amity.foundation.records.models import Claim, ImportRun, ObjectType
from amity.foundation.records.objects import spec_for
from amity.foundation.records.services.records import create_record, update_record

pytestmark = pytest.mark.django_db
FILE = b"First name,Last name,E-mail,Job title\nAna,Lima,ana@example.com,Chief\n"


@pytest.fixture
def ana(closed_firm):
    values = {
        "name": "Ana Lima",
        "emails": ["ana@example.com"],
        "job_title": "Clerk",
        "birthday": "1980-05-04",
    }
    with scope(closed_firm.workspace.pk):
        people = spec_for(closed_firm.workspace, "people")
        return create_record(actor=closed_firm.owner, spec=people, values=values)


def ask(firm, record_id, values, source="api:Webshop"):
    with scope(firm.workspace.pk):
        people = spec_for(firm.workspace, "people")
        program = replace(firm.owner, source="api", origin=source)
        update_record(actor=program, spec=people, record_id=record_id, values=values, ask=True)


def job(record_id):
    return Person.unscoped.get(pk=record_id).job_title


def main(response):
    return response.content.decode().partition("<main")[2]


def test_a_third_answer_is_typed_in_the_fields_own_control(closed_firm, client_of, ana):
    ask(closed_firm, ana, {"job_title": "Chief", "birthday": "1981-01-01"})
    client, url = client_of(closed_firm.owner), f"/people/{ana}/conflicts/"
    assert 'name="birthday"' in main(client.get(url))
    assert client.post(f"{url}birthday/", {"birthday": "someday"}).status_code == 302
    assert "2 answers" in main(client.get(f"/people/{ana}/"))
    client.post(f"{url}birthday/", {"birthday": "1982-02-02"})
    client.post(f"{url}job_title/", {"job_title": "Chair"})
    person = Person.unscoped.get(pk=ana)
    assert (str(person.birthday), person.job_title) == ("1982-02-02", "Chair")
    assert set(Claim.unscoped.values_list("state", flat=True)) == {"kept"}


def test_undo_in_the_toast_opens_the_question_again(closed_firm, client_of, ana):
    ask(closed_firm, ana, {"job_title": "Chief"})
    client, url = client_of(closed_firm.owner), f"/people/{ana}/conflicts/job_title/"
    told = client.post(url, {"keep": "1"}, follow=True).content.decode()
    assert f"{url}reopen/" in told
    assert "kept Job title; Webshop says “Chief”" in told
    client.post(f"{url}reopen/")
    told = client.post(url, {"take": Claim.unscoped.get().pk}, follow=True).content.decode()
    assert job(ana) == "Chief"
    undo = told.partition(f"/people/{ana}/undo/")[2].partition("/")[0]
    client.post(f"/people/{ana}/undo/{undo}/")
    assert (job(ana), Claim.unscoped.get().state) == ("Clerk", "open")


def test_decisions_without_a_change_are_told_one_by_one(closed_firm, client_of, ana):
    ask(closed_firm, ana, {"job_title": "Chief", "birthday": "1981-01-01"})
    client = client_of(closed_firm.owner)
    for name in ("job_title", "birthday"):
        client.post(f"/people/{ana}/conflicts/{name}/", {"keep": "1"})
    story = main(client.get(f"/people/{ana}/"))
    assert story.count("Webshop says") == 2
    assert "changed </" not in story


def test_what_was_changed_since_the_page_is_told(closed_firm, client_of, ana):
    ask(closed_firm, ana, {"job_title": "Chief"})
    client, url = client_of(closed_firm.owner), f"/people/{ana}/conflicts/job_title/"
    with scope(closed_firm.workspace.pk):
        people = spec_for(closed_firm.workspace, "people")
        update_record(actor=closed_firm.owner, spec=people, record_id=ana, values={"job_title": "Guard"})
    told = client.post(url, {"take": Claim.unscoped.get().pk, "present": "old"}, follow=True)
    assert "was changed meanwhile" in told.content.decode()
    assert (job(ana), Claim.unscoped.get().state) == ("Guard", "open")


def test_one_source_is_believed_everywhere_and_taken_back(closed_firm, client_of, ana):
    ask(closed_firm, ana, {"job_title": "Chief"})
    client = client_of(closed_firm.owner)
    page = main(client.get("/people/conflicts/?source=api:Webshop"))
    head = page.partition("<article")[2].partition("<header")[2]  # the record leads, then the field
    assert head.index(f"/people/{ana}/") < head.index("Job title")
    assert "/people/conflicts/" in client.get("/people/quality/").content.decode()
    assert "Take all from Webshop" in page
    told = client.post("/people/conflicts/take/", {"source": "api:Webshop"}, follow=True).content.decode()
    assert "1 answer taken." in told
    assert job(ana) == "Chief"
    batch = told.partition("/people/conflicts/")[2].partition("/undo/")[0].rpartition("/")[2]
    told = client.post(f"/people/conflicts/{batch}/undo/", follow=True).content.decode()
    assert "1 record has its old values again." in told
    assert job(ana) == "Clerk"
    gone = client.post("/people/conflicts/take/", {"source": "api:Nobody"}, follow=True)
    assert "Nothing of this source is open any more." in gone.content.decode()


@pytest.mark.parametrize(
    "query", ["after=9999999999999999999", "after=x", "source=nobody", "field=nothing", "after=-1"]
)
def test_odd_addresses_are_no_errors(closed_firm, client_of, ana, query):
    ask(closed_firm, ana, {"job_title": "Chief"})
    assert client_of(closed_firm.owner).get(f"/people/conflicts/?{query}").status_code == 200


def test_odd_choices_change_nothing(closed_firm, client_of, ana):
    ask(closed_firm, ana, {"job_title": "Chief"})
    client, url = client_of(closed_firm.owner), f"/people/{ana}/conflicts/"
    for name, data, status in (
        ("job_title", {"take": "x"}, 302), ("job_title", {"take": "9" * 30}, 302), ("job_title", {}, 302),
        ("job_title", {"job_title": ""}, 302), ("nothing", {"keep": "1"}, 404), ("created_at", {"keep": "1"}, 403),
        ("company", {"company": "1"}, 302), ("department", {"keep": "1"}, 404),
    ):  # fmt: skip
        assert client.post(f"{url}{name}/", data).status_code == status, (name, data)
    assert (job(ana), Claim.unscoped.get().state) == ("Clerk", "open")


def test_a_role_that_hides_the_field_sees_no_conflict(closed_firm, client_of, ana):
    ask(closed_firm, ana, {"job_title": "Chief"})
    Role.unscoped.filter(workspace=closed_firm.workspace, key="member").update(
        field_rights={"people": {"job_title": "hidden"}}
    )
    client = client_of(closed_firm.owner)
    for address in (
        f"/people/{ana}/",
        f"/people/{ana}/conflicts/",
        f"/people/{ana}/sources/",
        "/people/conflicts/",
    ):
        text = main(client.get(address))
        assert "Chief" not in text
        assert "Clerk" not in text
        assert "Webshop" not in text
    assert client.post(f"/people/{ana}/conflicts/job_title/", {"keep": "1"}).status_code == 404


def test_sources_tell_files_programs_and_choices(closed_firm, client_of, ana):
    ask(closed_firm, ana, {"job_title": "Chief", "department": "Sales"})
    client = client_of(closed_firm.owner)
    client.post(f"/people/{ana}/conflicts/job_title/", {"take": Claim.unscoped.get().pk})
    text = main(client.get(f"/people/{ana}/sources/"))
    assert "Webshop, chosen by Owner" in text
    assert "Webshop, with Owner&#39;s token" in text


def test_administrators_rank_sources(closed_firm, client_of):
    client, url = client_of(closed_firm.admin), "/settings/objects/people/sources/"
    assert client.post(url, {"do": "add", "source": "", "field": ""}).status_code == 422
    for source in ("api:Webshop", "person"):
        assert client.post(url, {"do": "add", "source": source, "field": "job_title"}).status_code == 302
    client.post(url, {"do": "up", "source": "person", "field": "job_title"})

    def ranks():
        return ObjectType.unscoped.get(workspace=closed_firm.workspace, key="people").settings.get("sources")

    assert ranks() == {"job_title": ["person", "api:Webshop"]}
    text = main(client.get(url))
    assert text.index("1. Typed by people") < text.index("2. Webshop")
    assert client.post(url, {"do": "add", "source": "api:X", "field": "nothing"}).status_code == 404
    for source in ("api:Webshop", "person"):
        client.post(url, {"do": "remove", "source": source, "field": "job_title"})
    assert ranks() == {}
    assert client_of(closed_firm.owner).get(url).status_code == 403


@pytest.mark.django_db(transaction=True)
def test_an_import_that_asks_leads_to_its_conflicts(closed_firm, client_of, ana):
    browser = client_of(closed_firm.owner)
    draft = upload(browser, "customers-7.csv", FILE, object="people")
    page = browser.get(draft.url).content.decode()
    assert (
        'name="source" value="customers"' in page.replace('type="text" ', "") or 'value="customers"' in page
    )
    run = ImportRun.unscoped.get()
    data = {
        "start": "1",
        "keys": run.rules["keys"],
        "on_match": "update",
        "winner": "ask",
        "source": "Shop list",
    }
    browser.post(f"{draft.url}mapping/", data)
    run_pending()
    page = browser.get(draft.url).content.decode()
    assert "differs from its record&#39;s and waits to be chosen" in page
    assert "/people/conflicts/?source=import%3AShop+list" in page
    assert "Undo this import" in page
    assert "Shop list" in main(browser.get("/people/conflicts/?source=import%3AShop+list"))

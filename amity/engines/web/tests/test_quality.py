"""The pages of data quality through HTTP."""

from __future__ import annotations

import pytest

from amity.engines.quality.checking import check_object
from amity.engines.quality.models import Confirmation, Finding, QualityPlan, QualityRule
from amity.engines.quality.services import scan
from amity.foundation.core.models import Job
from amity.foundation.core.scope import scope
from amity.foundation.records.access import all_records
from amity.foundation.records.objects import spec_for
from amity.foundation.records.services.records import create_record
from amity.foundation.records.services.views import save_view

pytestmark = pytest.mark.django_db
INVENTED = {"first_name": "Asdf", "last_name": "Quetzal", "emails": ["asd@asd.com", "ana@example.com"]}


@pytest.fixture
def person(closed_firm):
    with scope(closed_firm.workspace.pk):
        people = spec_for(closed_firm.workspace, "people")
        pk = create_record(actor=closed_firm.owner, spec=people, values=INVENTED)
        check_object(people, closed_firm.workspace)
    return pk


def body(client, url):
    answer = client.get(url)
    assert answer.status_code == 200, url
    return answer.content.decode()


def test_the_number_opens_what_is_behind_it(closed_firm, client_of, person):
    text = body(client_of(closed_firm.owner), "/people/quality/")
    for part in ("Filled in", "Genuine", "of 1 record", "/people/quality/check/?kind=made_up", "%22empty%22"):
        assert part in text, part
    assert "rules/" not in text
    assert "/people/quality/rules/" in body(client_of(closed_firm.admin), "/people/quality/")
    for actor in (closed_firm.colleague, closed_firm.stranger):
        assert "Nothing to measure yet" in body(client_of(actor), "/people/quality/")


def test_the_worklist_says_why_and_only_to_those_who_see_the_record(closed_firm, client_of, person):
    client = client_of(closed_firm.owner)
    text = body(client, "/people/quality/check/")
    for part in (
        "Asdf Quetzal",
        "keys that lie side by side",
        f"/people/quality/{person}/settle/",
        "asd@asd.com",
    ):
        assert part in text, part
    assert "Asdf" not in body(client, "/people/quality/check/?kind=rule").partition("<main")[2]
    assert "Asdf" in body(client, f"/people/quality/check/?record={person}")
    assert "Asdf" in body(client, f"/people/quality/check/?person={closed_firm.owner.user_id}")
    assert "Asdf" not in body(client, "/people/quality/check/?person=999999").partition("<main")[2]
    for actor in (closed_firm.colleague, closed_firm.stranger):
        for query in ("", f"?record={person}", f"?person={closed_firm.owner.user_id}"):
            assert "Asdf" not in body(client_of(actor), f"/people/quality/check/{query}")
    assert client.get("/people/quality/check/?kind=nope").status_code == 400


def test_what_counts_against_a_person_is_listed_the_second_of_a_pair_too(closed_firm, client_of, person):
    with scope(closed_firm.workspace.pk):
        people = spec_for(closed_firm.workspace, "people")
        for name in ("Ana Lima", "A. Lima"):
            create_record(
                actor=closed_firm.owner, spec=people, values={"name": name, "emails": ["a@lima.example"]}
            )
        scan(people, closed_firm.workspace.pk)
    client = client_of(closed_firm.owner)
    text = body(client, f"/people/quality/check/?person={closed_firm.owner.user_id}")
    for part in ("Asdf Quetzal", "A. Lima", "seems to be there already"):
        assert part in text, part
    assert "Ana Lima" not in text.partition("<main")[2]
    assert "Asdf" not in body(client, "/people/quality/check/?kind=valid").partition("<main")[2]
    other = f"/people/quality/check/?person={closed_firm.owner.user_id}"
    assert "Lima" not in body(client_of(closed_firm.colleague), other)


def test_the_record_tells_quietly_that_there_is_something_to_check(closed_firm, client_of, person):
    for page in ("", "peek/"):
        assert "3 things to check" in body(client_of(closed_firm.owner), f"/people/{person}/{page}")


def test_right_is_remembered_and_taken_back(closed_firm, client_of, person):
    client = client_of(closed_firm.owner)
    answer = client.post(f"/people/quality/{person}/settle/")
    assert (answer.status_code, answer["Location"]) == (302, "/people/quality/check/")
    assert "Nothing to check" in body(client, "/people/quality/check/")
    assert "Asdf" in body(client, "/people/quality/right/")
    assert client.post(f"/people/quality/{person}/reopen/").status_code == 302
    assert "keys that lie" in body(client, "/people/quality/check/")
    assert client.post(f"/people/quality/{person}/reopen/").status_code == 404


def test_clearing_and_deleting(closed_firm, client_of, person):
    client = client_of(closed_firm.owner)
    assert client.post(f"/people/quality/{person}/clear/", {"field": "emails"}).status_code == 302
    with scope(closed_firm.workspace.pk):
        people = spec_for(closed_firm.workspace, "people")
        record = all_records(people, closed_firm.workspace.pk).get(pk=person)
    assert [point["value"] for point in record.emails] == ["ana@example.com"]
    for field in ("nope", "", "job_title"):
        assert client.post(f"/people/quality/{person}/clear/", {"field": field}).status_code == 404
    where = {"headers": {"referer": "http://127.0.0.1/people/quality/check/?kind=made_up"}}
    answer = client.post(f"/people/quality/{person}/delete/", **where)
    assert answer["Location"] == "/people/quality/check/?kind=made_up"
    assert "Nothing to check" in body(client, "/people/quality/check/")
    assert client.post(f"/people/{person}/restore/").status_code == 302
    assert "Asdf" in body(client, "/people/quality/check/")


def test_untouched_records_are_confirmed(closed_firm, client_of, person):
    client = client_of(closed_firm.owner)
    assert "Nothing is forgotten" in body(client, "/people/quality/untouched/")
    with scope(closed_firm.workspace.pk):
        people = spec_for(closed_firm.workspace, "people")
        all_records(people, closed_firm.workspace.pk).update(updated_at="2020-01-01T00:00:00Z")
    assert "Still right" in body(client, "/people/quality/untouched/")
    client.post(f"/people/quality/{person}/confirm/")
    assert Confirmation.unscoped.get().by_id == closed_firm.owner.user_id
    assert "Nothing is forgotten" in body(client, "/people/quality/untouched/")
    client.post(f"/people/quality/{person}/unconfirm/")
    assert "Still right" in body(client, "/people/quality/untouched/")


def test_looking_now_is_one_job(closed_firm, client_of):
    client = client_of(closed_firm.owner)
    for _again in range(2):
        assert client.post("/companies/quality/look/").status_code == 302
    assert Job.objects.filter(name__endswith="check_job").count() == 1
    asked = {"headers": {"HX-Request": "true"}}
    assert 'hx-trigger="every 1s"' in client.get("/companies/quality/?state=1", **asked).content.decode()
    Job.objects.update(state="done")
    assert client.get("/companies/quality/?state=1", **asked)["HX-Refresh"] == "true"
    assert client_of(closed_firm.stranger).post("/companies/quality/look/").status_code == 403


# --- what counts and rules ---------------------------------------------------------------


def test_the_administrator_says_what_counts(closed_firm, client_of):
    client = client_of(closed_firm.admin)
    url = "/people/quality/rules/"
    assert client.post(url, {"fields": ["emails"], "stale_days": "30"}).status_code == 302
    plan = QualityPlan.unscoped.get()
    assert (plan.fields, plan.stale_days) == (["emails"], 30)
    for wrong in (
        {"fields": ["emails"], "stale_days": "x"},
        {"stale_days": "30"},
        {"fields": ["no"], "stale_days": "3"},
    ):
        answer = client.post(url, wrong)
        assert answer.status_code == 422
        assert 'aria-invalid="true"' in answer.content.decode() or "error" in answer.content.decode()
    assert QualityPlan.unscoped.get().stale_days == 30


def test_rules_of_the_form_become_filters(closed_firm, client_of):
    client = client_of(closed_firm.admin)
    with scope(closed_firm.workspace.pk):
        people = spec_for(closed_firm.workspace, "people")
        tree = {"field": "job_title", "op": "is", "value": "Nurse"}
        view = save_view(
            actor=closed_firm.admin, spec=people, name="Nurses", config={"filter": tree}, private=False
        )
        create_record(actor=closed_firm.admin, spec=people, values={"name": "Ana Lima", "stage": "customer"})
    url = "/people/quality/rules/add/"
    sent = {"name": "Customers have a mail", "needs": ["emails", "phones"], "only": "stage:customer"}
    assert client.post(url, sent).status_code == 302
    rule = QualityRule.unscoped.get()
    assert rule.filter == {
        "and": [
            {"field": "emails", "op": "empty"}, {"field": "phones", "op": "empty"},
            {"field": "stage", "op": "is", "value": "customer"},
        ]
    }  # fmt: skip
    assert Job.objects.filter(name__endswith="check_job").exists()
    text = body(client, "/people/quality/rules/")
    assert "Customers have a mail" in text
    assert "Stage is Customer" in text
    assert client.post(url, {"name": "No nurses", "view": str(view.pk)}).status_code == 302
    with scope(closed_firm.workspace.pk):
        check_object(people, closed_firm.workspace)
    assert "Customers have a mail" in body(client, "/people/quality/check/?kind=rule")
    for wrong in (
        {"name": "", "needs": ["emails"]}, {"name": "x"}, {"name": "x", "needs": ["no"]}, {"name": "x", "only": "stage:customer"},
        {"name": "x", "needs": ["emails"], "view": "999"}, {"name": "x", "needs": ["emails"], "only": "nope"},
    ):  # fmt: skip
        assert client.post(url, wrong).status_code == 422, wrong
    assert QualityRule.unscoped.count() == 2
    assert client.post(f"/people/quality/rules/{rule.pk}/remove/").status_code == 302
    assert not Finding.unscoped.filter(kind="rule").exists()
    assert client.post(f"/people/quality/rules/{rule.pk}/restore/").status_code == 302
    assert client.post(f"/people/quality/rules/{rule.pk}/restore/").status_code == 404

"""A firm's own words everywhere; an object that is switched off leaves neither trace nor error."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from amity.apps.people.models import Company, Person
from amity.foundation.accounts.tokens import create_token
from amity.foundation.core.scope import scope
from amity.foundation.records.models import ImportRun
from amity.foundation.records.objects import spec_for
from amity.foundation.records.services.records import create_record
from amity.foundation.records.services.schema import archive_field, create_object, create_relation, refresh
from amity.foundation.records.services.views import save_view

FILE = b"First name,Last name,Organisation,E-mail\nBo,Ek,Lakeside,bo@example.com\n"


@pytest.fixture
def world(client_of, closed_firm):
    """An administrator's browser, a program's GET, and records: Ana and a pupil, both at Northgate."""
    admin = closed_firm.admin
    with scope(closed_firm.workspace.pk):
        create_object(actor=admin, label="Pupil", plural="Pupils")
        refresh(admin)
        create_relation(
            actor=admin, from_object="pupils", to_object="companies", from_label="Attends", to_label="Pupils"
        )
        refresh(admin)
        specs = {key: spec_for(admin.workspace, key) for key in ("people", "companies", "pupils")}
        company = create_record(actor=admin, spec=specs["companies"], values={"name": "Northgate"})
        person = create_record(
            actor=admin, spec=specs["people"], values={"name": "Ana Lima", "company": company}
        )
        pupil = create_record(actor=admin, spec=specs["pupils"], values={"name": "Eve", "attends": [company]})
        where = {"field": "company", "op": "is", "value": company}
        config = {"columns": ["name", "company"], "sort": "-created_at", "filter": {"and": [where]}}
        save_view(actor=admin, spec=specs["people"], name="By place", config=config, private=False)
        _token, secret = create_token(actor=admin, user_id=admin.user_id, name="test")
    return World(client_of(admin), secret, {"company": company, "person": person, "pupil": pupil})


class World:
    def __init__(self, browser, secret, ids):
        self.browser, self.ids, self.secret = browser, ids, secret

    def page(self, url, status=200):
        answer = self.browser.get(url, follow=True)
        assert answer.status_code == status, (url, answer.status_code)
        return answer.content.decode()

    def get(self, path, status=200):
        client = Client(SERVER_NAME="127.0.0.1")
        answer = client.get(f"/api/v1/{path}", HTTP_AUTHORIZATION=f"Bearer {self.secret}")
        assert answer.status_code == status, (path, answer.content)
        return answer.json()

    def post(self, url, **data):
        answer = self.browser.post(url, data)
        assert answer.status_code < 400, (url, answer.status_code)
        return answer

    def draft(self):
        return self.post("/import/upload/", file=SimpleUploadedFile("a.csv", FILE), object="people").url

    def everywhere(self):
        """Every page that speaks of objects."""
        self.page("/settings/profile/")  # takes the message that tells of the change
        person, pupil = self.ids["person"], self.ids["pupil"]
        return {
            url: self.page(url)
            for url in (
                "/people/",
                "/people/new/",
                f"/people/{person}/",
                f"/people/{person}/edit/",
                "/people/columns/",
                f"/people/{person}/peek/",
                f"/pupils/{pupil}/",
                f"/pupils/{pupil}/edit/",
                "/pupils/",
                "/people/?trash=1",
                "/search/",
                "/search/?q=north",
                "/search/palette/",
                "/search/palette/?q=a",
                "/import/",
                self.draft(),
                "/settings/objects/people/",
                "/settings/objects/pupils/relations/",
                "/settings/objects/people/look/",
                "/settings/objects/people/relations/",
                "/settings/roles/",
                "/settings/trash/",
                "/settings/tokens/",
                "/settings/log/",
                "/welcome/next/",
            )
        }


def test_renamed_companies_are_renamed_everywhere(world):
    world.post("/settings/objects/companies/look/", label="School", plural="Schools", icon="school")
    pages = world.everywhere()
    for url in (
        "/companies/",
        "/companies/new/",
        f"/companies/{world.ids['company']}/",
        "/settings/objects/",
    ):
        pages[url] = world.page(url)
    for url, text in pages.items():
        assert "Compan" not in text, (url, text[text.index("Compan") - 200 :][:300])
    for url in ("/people/", f"/people/{world.ids['person']}/", "/people/new/", "/people/columns/"):
        assert "School" in pages[url], url
    assert "Add school" in world.page("/search/palette/?q=school")
    about = {item["key"]: item for item in world.get("metadata")["objects"]}
    assert (about["companies"]["label"], about["companies"]["plural"]) == ("School", "Schools")
    labels = {field["key"]: field["label"] for field in about["people"]["fields"]}
    assert labels["company"] == "School"
    assert "Compan" not in str(about)
    schema = world.get("openapi.json")
    assert "Schools" in str(schema["tags"]) + str(schema["paths"]["/companies"])


def test_a_field_with_a_name_of_its_own_keeps_it(world):
    world.post("/settings/objects/people/fields/company/", label="Employer")
    world.post("/settings/objects/companies/look/", label="School", plural="Schools", icon="school")
    assert "Employer" in world.page("/people/new/")


def test_switched_off_companies_leave_no_trace(world):
    world.post("/settings/objects/companies/enable/", on="0")
    for url, text in world.everywhere().items():
        if url == "/settings/log/" or url.startswith("/settings/objects/pupils/relations/"):
            continue
        for word in ("Company", "Companies", "Northgate", "/companies/"):
            assert word not in text, (url, word, text[text.index(word) - 200 :][:300])
    for url in ("/companies/", f"/companies/{world.ids['company']}/", "/companies/new/", "/companies/pick/"):
        world.page(url, 404)
    about = {item["key"]: item for item in world.get("metadata")["objects"]}
    assert "companies" not in about
    assert "company" not in {field["key"] for field in about["people"]["fields"]}
    assert "attends" not in {field["key"] for field in about["pupils"]["fields"]}
    schema = world.get("openapi.json")
    assert "/companies" not in schema["paths"]
    assert "company" not in str(schema["components"]["schemas"]).lower()
    world.get("companies", 404)
    person = world.get(f"people/{world.ids['person']}")
    assert "company" not in person
    assert "attends" not in world.get(f"pupils/{world.ids['pupil']}")


def test_a_view_by_a_field_that_is_gone_still_opens(world):
    world.post("/settings/objects/companies/enable/", on="0")
    view = world.get("people/views")["data"][0]["id"]
    page = world.page(f"/people/?view={view}")
    assert "Ana Lima" in page
    assert "it shows everything" in page
    world.post("/settings/objects/companies/enable/", on="1")
    assert "it shows everything" not in world.page(f"/people/?view={view}")


def test_switched_on_again_nothing_is_lost(world):
    world.post("/settings/objects/companies/enable/", on="0")
    person = world.ids["person"]
    world.post(f"/people/{person}/edit/job_title/", job_title="Head", old="")
    world.post("/settings/objects/companies/enable/", on="1")
    assert Person.unscoped.get(pk=person).company_id == world.ids["company"]
    assert "Northgate" in world.page(f"/people/{person}/")
    assert "Northgate" in world.page(f"/pupils/{world.ids['pupil']}/")
    assert "Ana Lima" in world.page(f"/companies/{world.ids['company']}/")


def test_an_import_with_companies_switched_off_makes_none(world):
    from amity.foundation.core.jobs.worker import run_pending

    world.post("/settings/objects/companies/enable/", on="0")
    url = world.draft()
    run = ImportRun.unscoped.get()
    assert "company" not in [column.get("target") for column in run.mapping["columns"]]
    world.post(f"{url}mapping/", start="1", keys=run.rules["keys"], on_match="update", make_linked="on")
    run_pending()
    assert Person.unscoped.filter(title="Bo Ek").exists()
    assert Company.unscoped.count() == 1


def test_a_company_whose_people_field_is_put_away_still_opens(world, closed_firm):
    with scope(closed_firm.workspace.pk):
        archive_field(actor=closed_firm.admin, object_key="people", key="company")
    assert "Ana Lima" not in world.page(f"/companies/{world.ids['company']}/")
    about = {item["key"]: item for item in world.get("metadata")["objects"]}
    assert [item["object"] for item in about["companies"]["related"]] == ["companies"]  # those below it


def test_a_choice_that_was_added_leaves_the_others_in_the_readers_language(client_of, closed_firm):
    from django.utils.translation import override

    from amity.foundation.accounts.models import Workspace
    from amity.foundation.records.services.schema import update_field

    with scope(closed_firm.workspace.pk):
        stages = [{"key": item.key, "label": str(item.label), "colour": item.colour}
                  for item in spec_for(closed_firm.admin.workspace, "people").by_key["stage"].options]  # fmt: skip
        stages = [{**item, "label": "Buyer"} if item["key"] == "customer" else item for item in stages]
        update_field(actor=closed_firm.admin, object_key="people", key="stage",
                     options=[*stages, {"label": "Friend"}])  # fmt: skip
    options = spec_for(Workspace.objects.get(pk=closed_firm.workspace.pk), "people").by_key["stage"].options
    with override("tr"):
        words = {item.key: str(item.label) for item in options}
    assert words["prospect"] != "Prospect"
    assert (words["customer"], words["friend"]) == ("Buyer", "Friend")

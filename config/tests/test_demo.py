"""Example data: the same for everybody, made by the services, and gone in one go."""

import pytest

from amity.apps.people.demo import SHIPMENT, add_demo
from amity.apps.people.demo_removal import remove_demo
from amity.apps.people.models import Company, Person
from amity.engines.quality.models import DuplicatePair
from amity.foundation.accounts.models import Workspace
from amity.foundation.core.errors import Conflict, Denied
from amity.foundation.records.models import (
    Change,
    Consent,
    CustomRecord,
    FieldRow,
    IndexedValue,
    Link,
    Note,
    ObjectType,
    Purpose,
    Relation,
    SavedView,
    SearchRow,
)
from amity.foundation.records.objects import spec_for, specs_for
from amity.foundation.records.search import search
from amity.foundation.records.services.notes import add_note
from amity.foundation.records.services.records import create_record, delete_record, update_record

LEFT = (
    Person,
    Company,
    CustomRecord,
    Change,
    Note,
    SearchRow,
    IndexedValue,
    Link,
    SavedView,
    Purpose,
    Consent,
)


def counts() -> dict[str, int]:
    return {model.__name__: model.unscoped.count() for model in LEFT}


def test_added_searched_and_removed(firm):
    before = counts()
    objects = set(specs_for(firm.admin.workspace))
    add_demo(actor=firm.admin, owners=[firm.owner.user_id, firm.colleague.user_id])
    made = counts()
    assert (made["Person"], made["Company"], made["CustomRecord"]) == (300, 80, 60)
    assert made["SearchRow"] == 440
    assert made["Link"] == 63
    assert (made["Purpose"], made["Consent"]) == (2, 28)
    assert Company.objects.filter(parent__isnull=False).count() == 3
    assert made["Note"] == 350
    assert made["SavedView"] == 14
    assert DuplicatePair.objects.count() >= 4
    assert Change.unscoped.filter(kind="update").count() >= 60
    assert Change.unscoped.order_by("at").last().at > Change.unscoped.order_by("at").first().at
    assert len(search("yilmaz", firm.admin)) >= 1
    assert all(point["value"].endswith("example.com") for row in Person.objects.all() for point in row.emails)
    assert not search("yilmaz", firm.stranger)
    removed = remove_demo(actor=firm.admin)
    assert (removed.removed, removed.kept) == (440, [])
    assert counts() == before
    assert set(specs_for(firm.admin.workspace)) == objects
    assert not ObjectType.unscoped.filter(key=SHIPMENT).exists()
    assert not FieldRow.unscoped.exists()
    assert not Relation.unscoped.exists()
    assert Workspace.objects.get(pk=firm.workspace.pk).demo_batch == ""


def test_the_same_seed_gives_the_same_people(firm, other_firm):
    from amity.foundation.core import scope as scopes

    add_demo(actor=firm.admin)
    first = list(
        Person.unscoped.filter(workspace=firm.workspace).order_by("pk").values_list("title", flat=True)
    )
    token = scopes._current.set(other_firm.workspace.pk)
    try:
        add_demo(actor=other_firm.admin)
    finally:
        scopes._current.reset(token)
    others = Person.unscoped.filter(workspace=other_firm.workspace).order_by("pk")
    assert list(others.values_list("title", flat=True)) == first


def test_what_people_made_stays(firm):
    add_demo(actor=firm.admin)
    people = spec_for(firm.admin.workspace, "people")
    company = Company.objects.order_by("pk").first()
    mine = create_record(actor=firm.admin, spec=people, values={"name": "Ada King", "company": company.pk})
    shipments = spec_for(firm.admin.workspace, SHIPMENT)
    parcel = create_record(actor=firm.admin, spec=shipments, values={"name": "My parcel"})
    kept = remove_demo(actor=firm.admin).kept
    assert [(row.title, row.reason) for row in kept] == [(company.title, "in use by another record")]
    assert list(Person.objects.values_list("pk", "company_id")) == [(mine, company.pk)]
    assert list(CustomRecord.objects.values_list("pk", flat=True)) == [parcel]
    assert SHIPMENT in specs_for(firm.admin.workspace)
    add_demo(actor=firm.admin)
    assert CustomRecord.objects.count() == 61


def test_what_was_used_since_stays(firm):
    add_demo(actor=firm.admin)
    people, companies = (spec_for(firm.admin.workspace, key) for key in ("people", "companies"))
    edited, noted, gone, *_rest = Person.objects.filter(company=None).order_by("pk")
    employed = Person.objects.exclude(company=None).order_by("pk").first()
    for person in (edited, employed):
        update_record(actor=firm.admin, spec=people, record_id=person.pk, values={"nickname": "Zed"})
    add_note(actor=firm.admin, spec=people, record_id=noted.pk, body="Call again")
    delete_record(actor=firm.admin, spec=people, record_id=gone.pk)
    shipment = CustomRecord.objects.order_by("pk").first()
    shipments = spec_for(firm.admin.workspace, SHIPMENT)
    update_record(actor=firm.admin, spec=shipments, record_id=shipment.pk, values={"name": "Mine now"})
    customer = Link.unscoped.get(from_id=shipment.pk).to_id
    result = remove_demo(actor=firm.admin)
    told = {(row.spec.key, row.id): row.reason for row in result.kept}
    assert told == {
        ("people", edited.pk): "changed since",
        ("people", employed.pk): "changed since",
        ("people", noted.pk): "has notes",
        (SHIPMENT, shipment.pk): "changed since",
        (companies.key, employed.company_id): "in use by another record",
        (companies.key, customer): "in use by another record",
    }
    assert result.removed == 440 - len(told)
    assert Person.objects.count() == 3
    assert Link.unscoped.count() == 1


def test_one_click_in_and_out(client_of, closed_firm):
    admin, owner = client_of(closed_firm.admin), client_of(closed_firm.owner)
    page = admin.get("/people/").content.decode()
    assert "/settings/example-data/" in page
    assert "/settings/example-data/" not in owner.get("/people/").content.decode()
    assert owner.post("/settings/example-data/").status_code == 403
    assert "/settings/example-data/" in admin.get("/welcome/next/").content.decode()
    assert admin.post("/settings/example-data/").status_code == 302
    assert Person.unscoped.count() == 300
    assert admin.post("/settings/example-data/").status_code == 302
    assert Person.unscoped.count() == 300
    for url in ("/people/", "/settings/firm/"):
        assert "Remove example data" in admin.get(url).content.decode()
    assert "Remove example data" not in owner.get("/people/").content.decode()
    person = Person.unscoped.order_by("pk").first()
    assert admin.post(f"/people/{person.pk}/notes/", {"kind": "note", "text": "Mine"}).status_code < 400
    kept = admin.post("/settings/example-data/", {"remove": "1"}).content.decode()
    assert f"/people/{person.pk}/" in kept
    assert "has notes" in kept
    assert Person.unscoped.count() == 1
    assert admin.post("/settings/example-data/", {"remove": "1"})["Location"] == "/settings/firm/"
    assert "Remove example data" not in admin.get("/settings/firm/").content.decode()


def test_only_administrators_and_only_once(firm):
    with pytest.raises(Denied):
        add_demo(actor=firm.owner)
    with pytest.raises(Conflict):
        remove_demo(actor=firm.admin)
    add_demo(actor=firm.admin)
    with pytest.raises(Conflict):
        add_demo(actor=firm.admin)
    with pytest.raises(Denied):
        remove_demo(actor=firm.owner)
    assert Person.objects.count() == 300

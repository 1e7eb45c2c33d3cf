"""Example data: the same for everybody, made by the services, and gone in one go."""

import pytest

from amity.apps.people.demo import SHIPMENT, add_demo, remove_demo
from amity.apps.people.models import Company, Person
from amity.foundation.accounts.models import Workspace
from amity.foundation.core.errors import Conflict, Denied
from amity.foundation.records.models import (
    Change,
    CustomRecord,
    FieldRow,
    IndexedValue,
    Link,
    Note,
    ObjectType,
    Relation,
    SearchRow,
)
from amity.foundation.records.objects import spec_for, specs_for
from amity.foundation.records.search import search
from amity.foundation.records.services.records import create_record

LEFT = (Person, Company, CustomRecord, Change, Note, SearchRow, IndexedValue, Link)


def counts() -> dict[str, int]:
    return {model.__name__: model.unscoped.count() for model in LEFT}


def test_added_searched_and_removed(firm):
    before = counts()
    objects = set(specs_for(firm.admin.workspace))
    add_demo(actor=firm.admin, owners=[firm.owner.user_id, firm.colleague.user_id])
    made = counts()
    assert (made["Person"], made["Company"], made["CustomRecord"]) == (300, 80, 60)
    assert made["SearchRow"] == 440
    assert made["Link"] == 60
    assert made["Note"] == 120
    assert Change.unscoped.filter(kind="update").count() >= 60
    assert Change.unscoped.order_by("at").last().at > Change.unscoped.order_by("at").first().at
    assert len(search("yilmaz", firm.admin)) >= 1
    assert all(point["value"].endswith("example.com") for row in Person.objects.all() for point in row.emails)
    assert not search("yilmaz", firm.stranger)
    removed = remove_demo(actor=firm.admin)
    assert removed == 440
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
    remove_demo(actor=firm.admin)
    assert list(Person.objects.values_list("pk", "company_id")) == [(mine, None)]
    assert list(CustomRecord.objects.values_list("pk", flat=True)) == [parcel]
    assert SHIPMENT in specs_for(firm.admin.workspace)
    add_demo(actor=firm.admin)
    assert CustomRecord.objects.count() == 61


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

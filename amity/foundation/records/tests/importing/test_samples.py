"""The exports of other systems, from file to records."""

from __future__ import annotations

import pytest

from amity.apps.people.models import Company, Person
from amity.foundation.records.models import ImportRefusal, ImportRun
from amity.foundation.records.objects import spec_for, specs_for
from amity.foundation.records.services import import_files, import_results, imports, schema
from amity.foundation.records.services.records import create_record
from amity.foundation.records.tests.importing.helpers import SAMPLES

# file → object, created, refused. What is refused is wrong in the file: a day that is none, words for a phone.
FILES = {
    "bitrix24_companies_ru.csv": ("companies", 15, 1), "bitrix24_contacts.csv": ("people", 26, 2),
    "espocrm_contacts.csv": ("people", 27, 1), "google.csv": ("people", 26, 2), "google_old.csv": ("people", 26, 2),
    "hubspot_companies.csv": ("companies", 15, 1), "hubspot_contacts.csv": ("people", 27, 1),
    "iphone.vcf": ("people", 27, 3), "outlook.csv": ("people", 14, 2), "outlook4.vcf": ("people", 26, 2),
    "outlook_com.csv": ("people", 26, 2), "shop.xlsx": ("people", 27, 1), "suitecrm_accounts.csv": ("companies", 15, 1),
    "suitecrm_contacts.csv": ("people", 26, 2), "vtiger_contacts.csv": ("people", 26, 2),
    "amocrm_deals_ru_cp1251.csv": ("deals", 7, 3), "old_phone.vcf": ("people", 26, 2), "shop.ods": ("people", 27, 1),
}  # fmt: skip
WITH_PARTS = [
    name for name, (kind, *_rest) in FILES.items() if kind == "people" and not name.startswith("shop.")
]


def bring_in(actor, name, content=None, key="", **rules):
    path = import_files.keep_file([(SAMPLES / name).read_bytes() if content is None else content.encode()])
    specs = list(specs_for(actor.workspace).values())
    wanted = key or imports.guess_object(path, actor, specs)
    spec = next((spec for spec in specs if spec.key == wanted), specs[0])
    run = imports.start_draft(actor=actor, spec=spec, file_name=name, path=path)
    imports.set_mapping(actor=actor, run=run, mapping=run.mapping, rules=rules)
    imports.begin(actor=actor, run=run)
    imports.import_job.func(run.pk)
    run.refresh_from_db()
    assert (run.state, run.error) == ("done", "")
    return run


@pytest.mark.parametrize("name", FILES)
def test_counts(name, firm):
    kind, created, refused = FILES[name]
    path = import_files.keep_file([(SAMPLES / name).read_bytes()])
    assert imports.guess_object(path, firm.admin, list(specs_for(firm.workspace).values())) == kind
    run = bring_in(firm.admin, name)
    assert (run.created, run.refused) == (created, refused), list(
        ImportRefusal.objects.values_list("problems", flat=True)
    )
    assert not run.results.get("left_out")
    again = bring_in(firm.admin, name)
    assert (again.created, again.refused) == (0, refused)


@pytest.mark.parametrize("name", WITH_PARTS)
def test_people_are_whole(name, firm):
    bring_in(firm.admin, name)
    ayse = Person.objects.select_related("company").get(title="Ayşe Yılmaz")
    assert (ayse.first_name, ayse.last_name, ayse.job_title) == ("Ayşe", "Yılmaz", "Satın Alma Müdürü")
    assert (ayse.company.title, ayse.emails[0]["normal"]) == ("Çınar Lojistik", "ayse.yilmaz@cinar.example")
    assert "+902125550110" in {phone["normal"] for phone in ayse.phones}
    if name not in ("espocrm_contacts.csv", "hubspot_contacts.csv"):  # these write one address only
        assert {"i.ozturk@isik.example"} < {
            point["normal"] for p in Person.objects.all() for point in p.emails or []
        }


@pytest.mark.parametrize(
    "name",
    [
        name
        for name in WITH_PARTS
        if name.startswith(("google", "outlook", "iphone", "vtiger", "suite", "espo", "hub"))
    ],
)
def test_addresses_and_national_phones(name, firm):
    bring_in(firm.admin, name)
    cagri = Person.objects.get(last_name="Şahin")
    assert (cagri.addresses[0]["city"], cagri.addresses[0]["country"]) == ("İzmir", "TR")
    ismail = Person.objects.get(emails__icontains="ismail@isik")
    assert ismail.phones[0]["normal"] == "+902245550220"


def test_tags_of_groups(firm):
    bring_in(firm.admin, "google.csv", tags=["import 2026-11-21"])
    assert Person.objects.get(title="Ayşe Yılmaz").tags == ["Newsletter", "import 2026-11-21"]


def test_companies_of_bitrix(firm):
    bring_in(firm.admin, "bitrix24_companies_ru.csv")
    cinar = Company.objects.get(title="Çınar Lojistik")
    assert (cinar.employees, cinar.tax_number, cinar.website) == (120, "1234567890", "https://cinar.example")
    assert cinar.emails[0]["normal"] == "info@cinar.example"


def test_people_of_deals(firm):
    bring_in(firm.admin, "amocrm_deals_ru_cp1251.csv")
    ivan = Person.objects.select_related("company").get(last_name="Сидоров")
    assert (ivan.first_name, ivan.middle_name, ivan.company.title) == ("Иван", "Петрович", "ООО «Ромашка»")
    assert ivan.external_id in ("", None)


def test_owners_by_mail_and_by_name(firm):
    content = "First name,Owner\nA,colleague@example.com\nB,Owner\nC,somebody else\n"
    bring_in(firm.admin, "people.csv", content, key="people")
    owners = dict(Person.objects.values_list("first_name", "owner_id"))
    assert owners == {"A": firm.colleague.user_id, "B": firm.owner.user_id, "C": firm.admin.user_id}


def test_members_leave_unknown_choices_out(firm):
    content = "First name,E-mail,Stage\nA,a@example.com,Lead\nB,b@example.com,Whatever\n"
    run = bring_in(firm.owner, "people.csv", content, key="people")
    assert (run.created, run.refused, run.results["left_out"]) == (2, 0, {"stage": 1})
    assert dict(Person.objects.values_list("first_name", "stage")) == {"A": "lead", "B": None}


def test_dates_are_read_as_the_file_writes_them(firm):
    bring_in(firm.admin, "people.csv", "First name,Birthday\nA,3/4/1990\nB,3/15/1990\n", key="people")
    assert {p.first_name: p.birthday.isoformat() for p in Person.objects.all()} == {
        "A": "1990-03-04",
        "B": "1990-03-15",
    }


def test_pupils_with_their_parents(firm):
    schema.create_object(actor=firm.admin, label="Pupil", plural="Pupils")
    schema.refresh(firm.admin)
    schema.create_relation(
        actor=firm.admin, from_object="pupils", to_object="people", from_label="Parents", to_label="Children",
    )  # fmt: skip
    schema.refresh(firm.admin)
    people = spec_for(firm.workspace, "people")
    mother = create_record(
        actor=firm.admin,
        spec=people,
        values={"first_name": "Ana", "last_name": "Lima", "emails": "ana@example.com"},
    )
    bring_in(
        firm.admin,
        "pupils.csv",
        "Name,Parents\nRui,Ana Lima\nEva,ana@example.com\nLeo,New Parent; Ana Lima\n",
        key="pupils",
    )
    pupils = spec_for(firm.workspace, "pupils")
    field = next(item for item in pupils.fields if item.target == "people")
    from amity.foundation.records.services.links import linked_ids

    linked = {p.title: linked_ids(field, firm.workspace.pk, p.pk) for p in pupils.model.objects.all()}
    assert linked["Rui"] == linked["Eva"] == [mother]
    assert mother in linked["Leo"]
    assert len(linked["Leo"]) == 2


def test_namesakes_are_told_not_merged(firm):
    people = spec_for(firm.workspace, "people")
    create_record(
        actor=firm.admin,
        spec=people,
        values={"first_name": "Ana", "last_name": "Lima", "emails": "one@example.com"},
    )
    run = bring_in(
        firm.admin, "people.csv", "First name,Last name,E-mail\nAna,Lima,two@example.com\n", key="people"
    )
    assert (run.created, run.updated, run.results["duplicates"]["count"]) == (1, 0, 1)


def test_namesakes_are_counted_up_to_a_bound(firm, monkeypatch):
    monkeypatch.setattr(import_results, "TOLD_PAIRS", 2)
    content = "First name,Last name,E-mail\n" + "".join(f"Ana,Lima,{n}@example.com\n" for n in range(5))
    run = bring_in(firm.admin, "people.csv", content, key="people")
    assert run.created == 5
    assert run.results["duplicates"]["count"] == 2


def test_a_taken_unique_value_refuses_its_row_alone(firm):
    schema.create_field(actor=firm.admin, object_key="people", type_name="text", label="Badge", unique=True)
    schema.refresh(firm.admin)
    content = "First name,E-mail,Badge\nA,a@example.com,1\nB,b@example.com,1\nC,c@example.com,2\n"
    run = bring_in(firm.admin, "people.csv", content, key="people", keys=["email"])
    assert (run.created, run.refused) == (2, 1)
    assert "already in use" in ImportRefusal.objects.get().problems[0]["message"]


def test_refused_rows_come_back_corrected(firm):
    run = bring_in(firm.admin, "people.csv", "First name,E-mail\n=A,wrong\nB,b@example.com\n", key="people")
    text = "".join(import_files.refused_lines(ImportRun.objects.get(pk=run.pk)))
    assert "'=A" in text
    again = bring_in(firm.admin, "refused.csv", text.replace("wrong", "a@example.com"), key="people")
    assert [column["action"] for column in again.mapping["columns"]] == ["skip", "skip", "map", "map"]
    assert (again.created, Person.objects.get(emails__icontains="a@example").first_name) == (1, "=A")

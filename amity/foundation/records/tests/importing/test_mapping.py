from __future__ import annotations

import json

import pytest

from amity.foundation.records.importing.guess import guess_type
from amity.foundation.records.importing.mapping import ColumnProposal, Proposal, Target, propose
from amity.foundation.records.importing.rowreader import RowReader
from amity.foundation.records.importing.source import SourceError
from amity.foundation.records.tests.importing import sample_files
from amity.foundation.records.tests.importing.helpers import COMPANIES, PEOPLE, SAMPLES, read_sample

SHAPES = {
    "google.csv": "google", "google_old.csv": "google_old", "outlook.csv": "outlook", "outlook_com.csv": "outlook_com",
    "hubspot_contacts.csv": "hubspot_contacts", "hubspot_companies.csv": "hubspot_companies",
    "bitrix24_contacts.csv": "bitrix24_contacts", "bitrix24_companies_ru.csv": "bitrix24_companies",
    "amocrm_deals_ru_cp1251.csv": "amocrm_deals", "vtiger_contacts.csv": "vtiger_contacts",
    "espocrm_contacts.csv": "espocrm_contacts", "suitecrm_contacts.csv": "suitecrm_contacts",
    "suitecrm_accounts.csv": "suitecrm_accounts", "iphone.vcf": "vcard", "outlook4.vcf": "vcard", "shop.xlsx": None,
    "old_phone.vcf": "vcard", "shop.ods": None,
}  # fmt: skip


def test_every_sample_is_there():
    assert {path.name for path in SAMPLES.iterdir()} == set(SHAPES)


@pytest.mark.parametrize("name", [name for name in SHAPES if not name.startswith("shop.")])
def test_samples_are_as_built(name, tmp_path_factory):
    folder = tmp_path_factory.getbasetemp() / "built"
    if not folder.exists():
        sample_files.write_all(folder)
    assert (SAMPLES / name).read_bytes() == (folder / name).read_bytes()


@pytest.mark.parametrize(("name", "shape"), SHAPES.items())
def test_shapes_are_recognised(name, shape):
    proposal, rows, problems = read_sample(name)
    assert proposal.shape == shape
    assert 15 <= len(rows) <= 40
    assert problems == (["line"] if name == "iphone.vcf" else [])


@pytest.mark.parametrize(
    "name", [name for name in SHAPES if "companies" not in name and "accounts" not in name]
)
def test_people_keep_their_values(name):
    """Whatever system the file comes from, the same person comes out of it."""
    _proposal, rows, _problems = read_sample(name)
    sidorov = [
        row for row in rows if row.get("last_name") == "Сидоров" or "Сидоров" in str(row.get("full_name"))
    ]
    yilmaz = [row for row in rows if row.get("last_name") == "Yılmaz"]
    person, mail, phone = (
        (yilmaz[0], "ayse.yilmaz@cinar.example", "+90 532 555 01 10")
        if yilmaz
        else (sidorov[0], "sidorov@romashka.example", "+7 916 555-01-01")
    )
    assert person["emails"][0]["value"] == mail
    if name != "espocrm_contacts.csv":  # it exports one number only
        assert {"value": phone, "label": "mobile"} in person["phones"]
    if not name.startswith("shop."):
        assert person["company"] in ("Çınar Lojistik", "ООО «Ромашка»")
    if name not in ("shop.xlsx", "shop.ods", "amocrm_deals_ru_cp1251.csv", "bitrix24_contacts.csv"):
        assert person["addresses"][0]["city"] == "İstanbul"
        assert person["addresses"][0]["country"] == "Türkiye"


@pytest.mark.parametrize(
    "name", ["hubspot_companies.csv", "bitrix24_companies_ru.csv", "suitecrm_accounts.csv"]
)
def test_companies_keep_their_values(name):
    proposal, rows, _problems = read_sample(name)
    assert proposal.object == "companies"
    assert rows[0]["name"] == "Çınar Lojistik"
    assert rows[0]["employees"] == "120"
    assert rows[0]["website"] == "cinar.example"
    assert rows[0]["phones"][0]["value"] == "+90 212 555 01 00"
    assert rows[0]["owner"] == "ann@firm.example"


def test_several_values_in_one_cell_stay_apart():
    for name in ("google.csv", "bitrix24_contacts.csv"):
        row = next(row for row in read_sample(name)[1] if row.get("last_name") == "Öztürk")
        assert [point["value"] for point in row["emails"]] == ["ismail@isik.example", "i.ozturk@isik.example"]


def test_addresses_are_grouped():
    row = next(
        row for row in read_sample("suitecrm_contacts.csv")[1] if row.get("last_name") == "O'Neil-Smith"
    )
    assert [(part["label"], part["city"]) for part in row["addresses"]] == [
        ("", "New York"),
        ("other", "Boston"),
    ]
    firm = read_sample("suitecrm_accounts.csv")[1][0]
    assert [part["label"] for part in firm["addresses"]] == ["billing", "shipping"]


def test_unknown_columns_become_fields_and_system_ones_stay_out():
    proposal, rows, _problems = read_sample("amocrm_deals_ru_cp1251.csv")
    new = {column.column: column for column in proposal.columns if column.action == "new"}
    assert new["Способ доставки"].guess_type == "choice"
    assert sorted(new["Способ доставки"].options) == ["Курьер", "Самовывоз"]
    assert new["Бюджет"].target == "byudzhet"
    skipped = {column.column for column in proposal.columns if column.action == "skip"}
    assert {"Кем создана сделка", "utm_source", "Дата редактирования"} <= skipped
    assert rows[0]["byudzhet"]


def test_empty_dates_of_outlook_are_nothing():
    proposal, rows, _problems = read_sample("outlook.csv")
    assert next(column for column in proposal.columns if column.column == "Anniversary").action == "skip"
    assert all(row.get("birthday") != "0/0/00" for row in rows)


def mapped(*headings, targets=PEOPLE, samples=()):
    proposal = propose(headings, samples or [["x"] * len(headings)], targets)
    return [
        (column.target, column.part, column.label) if column.action == "map" else column.action
        for column in proposal.columns
    ]


@pytest.mark.parametrize(
    ("headings", "targets"),
    [
        (
            ["Ad", "Soyad", "E-posta", "Cep Telefonu", "Şirket"],
            ["first_name", "last_name", "emails", "phones", "company"],
        ),
        (["முதல் பெயர்", "நிறுவனம்", "மின்னஞ்சல்", "நகரம்"], ["full_name", "company", "emails", "addresses"]),
        (["Enw Cyntaf", "Cyfenw", "E-bost", "Ffôn Symudol"], ["first_name", "last_name", "emails", "phones"]),
        (
            ["Vorname", "Name", "Firma", "Straße", "PLZ", "Ort"],
            ["first_name", "last_name", "company"] + ["addresses"] * 3,
        ),
        (["Nom", "Prénom", "Société", "Courriel"], ["last_name", "first_name", "company", "emails"]),
        (
            ["Nombre", "Apellidos", "Correo electrónico", "Móvil"],
            ["first_name", "last_name", "emails", "phones"],
        ),
        (["Фамилия", "Имя", "Отчество", "Телефон"], ["last_name", "first_name", "middle_name", "phones"]),
        (["ФИО", "Должность", "Эл. почта"], ["full_name", "job_title", "emails"]),
        (
            ["FIRST_NAME", "lastName", "e-mail", "job-title"],
            ["first_name", "last_name", "emails", "job_title"],
        ),
        (["Frist Name", "Last Name", "Telefone Number"], ["first_name", "last_name", "phones"]),
    ],
)
def test_headings_in_many_languages(headings, targets):
    found = [item[0] if isinstance(item, tuple) else item for item in mapped(*headings)]
    if headings[0] == "முதல் பெயர்":
        found[0] = {"first_name": "full_name"}.get(found[0], found[0])
    assert found == targets


def test_a_heading_may_mean_two_things():
    assert mapped("Title", "Last Name", samples=[["Dr", "x"], ["Mr", "y"]])[0] == ("prefix", "", "")
    assert mapped("Title", "Last Name", samples=[["Director", "x"]])[0] == ("job_title", "", "")
    assert mapped("Name", targets=COMPANIES)[0] == ("name", "", "")
    assert mapped("Company Name", targets=COMPANIES)[0] == ("name", "", "")
    assert mapped("Address", "Phone")[0] == ("addresses", "formatted", "")
    assert mapped("Address", "City")[0] == ("addresses", "street", "")


def test_own_fields_are_found_by_label_key_and_path():
    pupil = [
        Target("title", "Pupil"),
        Target("c_grade", "Grade", "number", "custom.grade"),
        Target("mail", "Parents' mail", "email"),
    ]
    assert mapped("Pupil", "Grade", "parents mail", targets=pupil) == [
        ("title", "", ""),
        ("c_grade", "", ""),
        ("mail", "value", ""),
    ]
    assert mapped("custom.grade", "Parents' mail 1 - Label", "Parents' mail 1 - Value", targets=pupil)[
        1:
    ] == [
        ("mail", "label", ""),
        ("mail", "value", ""),
    ]
    assert mapped("E-mail", targets=pupil) == [("mail", "value", "")]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["1", "2.5", "1 200,50"], "number"), (["€ 12.50", "1.200 TL", "USD 5"], "money"), (["5 %", "12,5%"], "percent"),
        (["Yes", "no", "yes"], "boolean"), (["evet", "hayır"], "boolean"), (["0", "1", "0"], "boolean"),
        (["2024-01-02", "31.12.2023"], "date"), (["2024-01-02 10:00", "3/15/2024 2:30 PM"], "datetime"),
        (["red", "blue", "red", "blue"], "choice"), (["a;b", "b;c", "a;c", "a;b;c"], "multi_choice"),
        (["a@x.y", "b@x.yz"], "email"), (["+44 20 7946 0123", "(020) 7946 0123"], "phone"),
        (["https://x.y/z", "www.x.y"], "url"), (["Turkey", "France"], "country"), (["line\nline", "b"], "long_text"),
        (["001", "002"], "text"), (["one", "two", "three"], "text"), ([], "text"), (["", " "], "text"),
    ],
)  # fmt: skip
def test_types_are_guessed(values, kind):
    assert guess_type(values) == kind


def test_ratings_are_told_by_their_heading():
    assert guess_type(["1", "5", "3"], "Rating") == "rating"


def test_a_proposal_is_json():
    proposal, _rows, _problems = read_sample("vtiger_contacts.csv")
    assert Proposal.from_json(json.loads(json.dumps(proposal.to_json()))) == proposal


@pytest.mark.parametrize(
    "data",
    [None, [], {}, {"columns": [1]}, {"columns": [{"column": "a", "action": "drop"}]}, {"columns": [{"nope": 1}]},
     {"columns": [{"column": "a", "action": "map"}]}, {"columns": [{"column": 1, "target": "x"}]},
     {"columns": [{"column": "a", "action": "map", "target": "x", "part": "nose"}]}, {"columns": [], "confidence": "x"}],
)  # fmt: skip
def test_broken_mappings_are_refused(data):
    with pytest.raises(SourceError) as caught:
        Proposal.from_json(data)
    assert caught.value.code == "map"


def test_a_mapping_fits_a_file_with_other_column_order():
    proposal = propose(["Last Name", "Email"], [["x", "y"]], PEOPLE)
    other = proposal.for_columns(["email", "New", "LAST NAME"])
    assert [column.target for column in other.columns] == ["emails", None, "last_name"]


def test_rows_are_read_as_the_mapping_says():
    columns = [
        ColumnProposal("Note", "map", "description"),
        ColumnProposal("More", "map", "description"),
        ColumnProposal("Firm", "map", "company", clean="reference"),
        ColumnProposal("Tags", "map", "tags", "item"),
        ColumnProposal("Kind", "map", "phones", "label", group="1"),
        ColumnProposal("Phone", "map", "phones", "value", group="1"),
        ColumnProposal("Fax", "map", "phones", "value", "fax"),
        ColumnProposal("Out", "skip", "description"),
    ]
    read = RowReader(Proposal(None, 0, None, columns))
    got = read(["a", " b ", "Accounts::::Acme Ltd", "x; y,x", "* Work ::: Home", "1 ::: 2", "3", "never"])
    assert got == {
        "description": "a\nb",
        "company": "Acme Ltd",
        "tags": ["x", "y"],
        "phones": [
            {"value": "1", "label": "work"},
            {"value": "2", "label": "home"},
            {"value": "3", "label": "fax"},
        ],
    }
    assert read([""] * 8) == {}

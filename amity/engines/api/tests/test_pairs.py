"""Recipients, consents and groups of companies by REST."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

import pytest

from amity.foundation.core.scope import scope
from amity.foundation.records.objects import spec_for
from amity.foundation.records.services.consents import save_purpose
from amity.foundation.records.services.records import create_record
from amity.foundation.records.services.schema import create_relation
from amity.testing import faults
from amity.testing.world import refresh

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair(closed_firm: Any) -> Any:
    firm, owner = closed_firm, closed_firm.owner
    with scope(firm.workspace.pk):
        create_relation(
            actor=firm.admin, from_object="people", to_object="people", from_label="Parents",
            to_label="Children", speaks="to",
        )  # fmt: skip
        save_purpose(actor=firm.admin, label="News", wording="News by e-mail.", objects=["people"])
        refresh(firm)
        spec = spec_for(owner, "people")
        mail = [{"value": "fatma@example.com"}]
        mother = create_record(actor=owner, spec=spec, values={"name": "Fatma Yıldız", "emails": mail})
        pupil = create_record(actor=owner, spec=spec, values={"name": "Ayşe Yıldız", "parents": [mother]})
    return SimpleNamespace(mother=mother, pupil=pupil)


def test_recipients_of_a_list(closed_firm, program_of, pair):
    program = program_of(closed_firm.owner)
    tree = quote(json.dumps({"field": "name", "op": "contains", "value": "Ayşe"}))
    answer = program("GET", f"people/recipients?filter={tree}")
    (line,) = answer.json()["data"]
    assert line["to"] == {"id": pair.mother, "object": "people", "title": "Fatma Yıldız"}
    assert (line["address"], line["relation"], line["problem"]) == ("fatma@example.com", "Parents", None)
    assert [one["id"] for one in line["about"]] == [pair.pupil]
    (line,) = program("GET", f"people/recipients?filter={tree}&purpose=consent_news").json()["data"]
    assert (line["consent"], line["problem"]) == (None, "no_consent")
    for wrong in ("channel=owl", "purpose=name", "purpose=consent_x", "fields=name", "filter=[]"):
        assert program("GET", f"people/recipients?{wrong}").status_code == 400, wrong
    assert program_of(closed_firm.colleague)("GET", "people/recipients").json()["data"] == []


def test_words_of_consent(closed_firm, program_of, pair):
    program, path = program_of(closed_firm.owner), f"people/{pair.pupil}/consents"
    giver = {"object": "people", "id": pair.mother}
    body = {"field": "consent_news", "verdict": "given", "channel": "paper", "remark": "Form", "giver": giver}
    answer = program("POST", path, body)
    assert answer.status_code == 201
    assert answer.json()["giver"]["title"] == "Fatma Yıldız"
    assert answer.json()["source"] == "api"
    assert program("POST", path, body).status_code == 409
    (word,) = program("GET", path).json()["data"]
    assert (word["verdict"], word["wording"], word["own"]) == ("given", "News by e-mail.", False)
    tree = quote(json.dumps({"field": "consent_news", "op": "is", "value": "given"}))
    found = program("GET", f"people?filter={tree}&fields=consent_news").json()["data"]
    assert [(one["id"], one["consent_news"]) for one in found] == [(pair.pupil, "given")]
    assert program("PATCH", f"people/{pair.pupil}", {"consent_news": None}).status_code == 400
    withdrawn = program("POST", path, {"field": "consent_news", "verdict": "withdrawn"}).json()
    assert (withdrawn["own"], withdrawn["giver"]) == (True, None)


@pytest.mark.parametrize(
    "wrong",
    [
        {"field": "name"}, {"field": 3}, {"verdict": "perhaps"}, {"channel": "owl"}, {"channel": None},
        {"remark": "x" * 251}, {"giver": 3}, {"giver": {"object": "people"}},
        {"giver": {"object": "people", "id": 10**15}}, {"giver": {"object": "nothing", "id": 1}},
    ],
    ids=str,
)  # fmt: skip
def test_a_bad_word_is_refused(closed_firm, program_of, pair, wrong):
    program, path = program_of(closed_firm.owner), f"people/{pair.pupil}/consents"
    before = faults.snapshot()
    answer = program("POST", path, {"field": "consent_news", "verdict": "given", **wrong})
    assert answer.status_code == 422
    tables = {table for table in faults.changed_tables(before) if "token" not in table}
    assert tables == set()


def test_a_group_of_companies(closed_firm, program_of):
    program = program_of(closed_firm.owner)
    top = program("POST", "companies", {"name": "Holding"}).json()["id"]
    shop = program("POST", "companies", {"name": "Shop", "parent": top}).json()["id"]
    program("POST", "people", {"name": "Ana Below", "company": shop})
    tree = quote(json.dumps({"field": "company", "op": "within", "value": top}))
    assert [one["title"] for one in program("GET", f"people?filter={tree}").json()["data"]] == ["Ana Below"]
    answer = program("PATCH", f"companies/{top}", {"parent": shop})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["code"] == "circle"
    for wrong in ([top], "x", None, True):
        tree = quote(json.dumps({"field": "company", "op": "within", "value": wrong}))
        assert program("GET", f"people?filter={tree}").status_code == 400, wrong

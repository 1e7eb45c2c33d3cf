"""Records by REST: what goes in comes out, and what is wrong is refused by name."""

from __future__ import annotations

import pytest

from amity.foundation.core.scope import scope
from amity.foundation.records.services.schema import create_field

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(closed_firm, program_of):
    return program_of(closed_firm.admin)


def make(api, object_key, **values):
    response = api("POST", object_key, values)
    assert response.status_code == 201, response.data
    return response.data


def test_create_read_change_delete_restore(api):
    created = api("POST", "people", {"first_name": "Ana", "last_name": "Lima", "emails": ["Ana@Example.com"]})
    assert created.status_code == 201
    assert created["Location"] == f"/api/v1/people/{created.data['id']}"
    assert created["ETag"] == '"1"'
    address = f"people/{created.data['id']}"
    read = api("GET", address)
    assert read.data == created.data
    assert read.data["title"] == "Ana Lima"
    assert read.data["emails"][0]["normal"] == "ana@example.com"
    changed = api("PATCH", address, {"job_title": "Chief"}, if_match='"1"')
    assert (changed.status_code, changed.data["job_title"], changed["ETag"]) == (200, "Chief", '"2"')
    assert api("DELETE", address).status_code == 204
    assert api("GET", address).status_code == 404
    assert api("GET", f"{address}?trash=1").data["title"] == "Ana Lima"
    assert [row["id"] for row in api("GET", "people?trash=1").data["data"]] == [created.data["id"]]
    assert api("POST", f"{address}/restore").status_code == 200
    assert api("GET", address).data["job_title"] == "Chief"


def test_a_list_is_walked_by_its_cursor(api):
    for number in range(5):
        make(api, "companies", name=f"Firm {number}")
    first = api("GET", "companies?limit=2&sort=-name&count=1")
    assert [row["title"] for row in first.data["data"]] == ["Firm 4", "Firm 3"]
    assert first.data["count"] == {"value": 5, "exact": True}
    second = api("GET", f"companies?limit=2&sort=-name&cursor={first.data['next_cursor']}")
    assert [row["title"] for row in second.data["data"]] == ["Firm 2", "Firm 1"]
    third = api("GET", f"companies?limit=2&sort=-name&cursor={second.data['next_cursor']}")
    assert [row["title"] for row in third.data["data"]] == ["Firm 0"]
    assert third.data["next_cursor"] is None


def test_filter_search_fields_and_expand(api):
    company = make(api, "companies", name="Brightwell", industry="Glass")
    make(api, "people", name="Ana Lima", company=company["id"], stage="lead")
    make(api, "people", name="Bo Chen", stage="customer")
    found = api(
        "GET", 'people?filter={"field":"stage","op":"is","value":"lead"}&fields=name,company&expand=company'
    )
    assert len(found.data["data"]) == 1
    person = found.data["data"][0]
    assert set(person) == {"id", "object", "title", "url", "version", "name", "company"}
    assert person["company"]["industry"] == "Glass"
    plain = api("GET", "people?q=ana&fields=company").data["data"][0]
    assert plain["company"] == {"id": company["id"], "object": "companies", "title": "Brightwell"}


def test_money_is_decimal_text_and_never_a_bare_number(api, closed_firm):
    with scope(closed_firm.workspace.pk):
        create_field(
            actor=closed_firm.admin, object_key="companies", type_name="money", label="Budget", key="budget"
        )
    made = make(api, "companies", name="A", budget={"amount": "12.50", "currency": "EUR"})
    assert made["budget"] == {"amount": "12.50", "currency": "EUR"}
    refused = api("POST", "companies", {"name": "B", "budget": {"amount": 1250, "currency": "EUR"}})
    assert refused.status_code == 422
    assert refused.data["errors"][0]["field"] == "budget"


@pytest.mark.parametrize("name", ["id", "version", "title_key", "workspace_id", "is_admin", "no_such"])
def test_unknown_names_are_a_400(api, name):
    refused = api("POST", "companies", {"name": "A", name: 1})
    assert refused.status_code == 400
    assert refused["Content-Type"] == "application/problem+json"
    assert refused.data["errors"] == [
        {"field": name, "code": "unknown_field", "message": "There is no such field."}
    ]
    assert api("GET", "companies?count=exact").data["count"]["value"] == 0


@pytest.mark.parametrize("name", ["created_at", "created_by", "updated_at"])
def test_read_only_names_are_a_400(api, name):
    refused = api("POST", "companies", {"name": "A", name: None})
    assert (refused.status_code, refused.data["errors"][0]["code"]) == (400, "read_only")


def test_all_wrong_values_are_named_at_once(api):
    refused = api(
        "POST", "people", {"name": "A", "emails": ["nonsense"], "birthday": "soon", "stage": "nowhere"}
    )
    assert refused.status_code == 422
    assert {error["field"] for error in refused.data["errors"]} == {"emails", "birthday", "stage"}


def test_versions_protect_and_save_reading(api):
    made = make(api, "companies", name="A")
    address = f"companies/{made['id']}"
    assert api("PATCH", address, {"name": "B"}, if_match='"7"').status_code == 412
    assert api("PATCH", address, {"name": "B"}, if_match='W/"1"').status_code == 412
    assert api("DELETE", address, None, if_match='"7"').status_code == 412
    unchanged = api("GET", address, None, if_none_match='"1"')
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert api("PATCH", address, {"name": "B"}, if_match="*").data["version"] == 2


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=x", "limit"),
        ("limit=5&limit=6", "limit"),
        ("nonsense=1", "nonsense"),
        ("count=2", "count"),
        ("trash=maybe", "trash"),
        ("filter=[]", "filter"),
        ("expand=name", "expand"),
        ("name=Ana", "name"),
    ],
)
def test_odd_parameters_are_named(api, query, parameter):
    refused = api("GET", f"people?{query}")
    assert (refused.status_code, refused.data["errors"][0]["field"]) == (400, parameter)


@pytest.mark.parametrize(
    "query",
    [
        "filter={",
        "sort=nonsense",
        "fields=nonsense",
        "cursor=nonsense",
        'filter={"field":"x","op":"is","value":1}',
        'filter={"field":"name","op":"nonsense"}',
        'filter={"field":"name","op":"is","op":"is"}',
        "sort=emails_key",
    ],
)
def test_what_cannot_be_read_is_a_400(api, query):
    assert api("GET", f"people?{query}").status_code == 400


def test_links_come_back_as_they_went_in(api):
    company = make(api, "companies", name="A")
    person = make(api, "people", name="P", company={"id": company["id"], "object": "companies", "title": "A"})
    assert person["company"]["id"] == company["id"]
    assert api("PATCH", f"people/{person['id']}", {"company": None}).data["company"] is None
    assert api("PATCH", f"people/{person['id']}", {"company": 999_999}).status_code == 422


def test_head_answers_like_get_without_a_body(api):
    made = make(api, "companies", name="A")
    response = api("HEAD", f"companies/{made['id']}")
    assert (response.status_code, response["ETag"], response.content) == (200, '"1"', b"")

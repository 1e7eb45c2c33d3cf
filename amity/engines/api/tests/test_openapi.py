"""The description, the router and the answers say the same."""

from __future__ import annotations

import orjson
import pytest

from amity.engines.api.descriptions import DESCRIPTIONS
from amity.engines.api.openapi import path_of
from amity.engines.api.tests.schema_check import mistakes
from amity.engines.api.urls import ALL_ROUTES
from amity.foundation.accounts.models import Membership, Role
from amity.foundation.accounts.roles import VERBS
from amity.foundation.core.scope import scope
from amity.foundation.records.fieldtypes import TYPES
from amity.foundation.records.objects import enabled_specs, spec_for
from amity.foundation.records.services.schema import (
    create_field,
    create_object,
    create_relation,
    refresh,
    update_object,
)

pytestmark = pytest.mark.django_db
VALUES = {
    "text": "A",
    "long_text": "A\nB",
    "url": "https://example.com/",
    "number": 12.5,
    "percent": 10,
    "boolean": True,
    "money": {"amount": "12.50", "currency": "EUR"},
    "rating": 4,
    "date": "2026-11-21",
    "datetime": "2026-11-21T10:00:00Z",
    "choice": "a",
    "multi_choice": ["a", "b"],
    "email": [{"value": "a@b.example"}],
    "phone": [{"value": "+442079460018"}],
    "messenger": [{"value": "ana_lima", "label": "telegram"}],
    "address": [{"city": "Leeds", "country": "GB"}],
    "country": "GB",
    "language": "en",
    "user": None,
    "team": None,
    "file": None,
}


@pytest.fixture
def api(closed_firm, program_of):
    return program_of(closed_firm.admin)


@pytest.fixture
def shipments(closed_firm):
    """An object of the firm's own with a field of every type."""
    admin = closed_firm.admin
    with scope(closed_firm.workspace.pk):
        create_object(actor=admin, label="Shipment", plural="Shipments", key="shipments")
        refresh(admin)
        for name in VALUES:
            options = ["A", "B"] if "choice" in name else []
            create_field(
                actor=admin,
                object_key="shipments",
                type_name=name,
                label=name,
                key=f"f_{name}",
                options=options,
            )
            refresh(admin)


def test_every_creatable_type_is_tried_here():
    assert {name for name, kind in TYPES.items() if kind.creatable and name != "link"} == set(VALUES)


def test_router_and_description_are_the_same(api, closed_firm, shipments):
    paths = api("GET", "openapi.json").data["paths"]
    told = {(path, method) for path, item in paths.items() for method in item if method != "parameters"}
    specs = enabled_specs(closed_firm.workspace)
    routed = {
        (path_of(route, spec), method.lower())
        for route in ALL_ROUTES
        for method in route.methods
        for spec in (specs if "object_key" in route.path else [None])
    }
    assert told == routed
    assert any(path.startswith("/shipments/") for path, _method in told)


def test_every_endpoint_is_described():
    assert {(route.name, method) for route in ALL_ROUTES for method in route.methods} <= set(DESCRIPTIONS)


def test_every_reference_leads_somewhere(api):
    full = api("GET", "openapi.json").data
    known = {f"#/components/schemas/{name}" for name in full["components"]["schemas"]}
    assert set(_references(full)) <= known
    assert full["openapi"] == "3.1.0"


def _references(value):
    if isinstance(value, dict):
        yield from [value["$ref"]] if "$ref" in value else []
        value = list(value.values())
    for item in value if isinstance(value, list) else []:
        yield from _references(item)


def test_answers_keep_to_their_schemas(api, shipments):
    schemas = api("GET", "openapi.json").data["components"]["schemas"]
    body = {"name": "S", **{f"f_{name}": value for name, value in VALUES.items()}}
    assert mistakes(body, schemas["shipments.create"], schemas) == []
    made = api("POST", "shipments", body)
    assert made.status_code == 201, made.data["errors"]
    place = f"shipments/{made.data['id']}"
    api("PATCH", place, {"name": "T"})
    note = api("POST", f"{place}/notes", {"body": "x"}).data
    change = api("GET", f"{place}/history").data["data"][0]["id"]
    checks = {
        "shipments": [made.data, api("GET", place).data],
        "shipments.list": [api("GET", "shipments?count=1").data, api("GET", "shipments?fields=name").data],
        "Note": [note],
        "Notes": [api("GET", f"{place}/notes").data],
        "History": [api("GET", f"{place}/history").data],
        "Undone": [api("POST", f"{place}/undo/{change}").data],
        "Results": [
            api(
                "POST", "shipments/batch", {"operations": [{"op": "create", "values": {"name": "U"}}, 1]}
            ).data
        ],
        "Me": [api("GET", "me").data],
        "Metadata": [api("GET", "metadata").data],
        "Hits": [api("GET", "search?q=shipment").data],
        "Views": [api("GET", "shipments/views").data],
        "Problem": [api("GET", "shipments?limit=0").data, api("GET", "nothing").data],
    }
    found = {name: mistakes(item, schemas[name], schemas) for name, items in checks.items() for item in items}
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


def test_a_value_goes_back_as_it_came(api, shipments):
    body = {"name": "S", **{f"f_{name}": value for name, value in VALUES.items()}}
    made = api("POST", "shipments", body).data
    writable = {key: value for key, value in made.items() if key.startswith(("f_", "name"))}
    again = api("PATCH", f"shipments/{made['id']}", writable)
    assert (again.status_code, again.data["version"]) == (200, 1)
    assert again.data == made


def test_an_object_switched_off_is_gone_everywhere(api, closed_firm):
    with scope(closed_firm.workspace.pk):
        update_object(actor=closed_firm.admin, key="companies", enabled=False)
        refresh(closed_firm.admin)
    assert api("GET", "companies").status_code == 404
    assert not [path for path in api("GET", "openapi.json").data["paths"] if path.startswith("/companies")]


def test_the_page_describes_this_workspace(api, closed_firm, shipments, client_of):
    page = client_of(closed_firm.owner).get("/api/v1/docs")
    assert page.status_code == 200
    text = page.content.decode()
    assert "/shipments/{record_id}/notes" in text
    assert "f_money" in text
    assert "<script" not in text


def test_the_page_sends_strangers_to_sign_in(client):
    page = client.get("/api/v1/docs", SERVER_NAME="127.0.0.1")
    assert (page.status_code, page["Location"]) == (302, "/sign-in/?next=/api/v1/docs")


def _role_without(firm, actor, key):
    """The person's role, with no right at all on one object; other roles stay as they are."""
    with scope(firm.workspace.pk):
        role = Membership.objects.get(user_id=actor.user_id).role
        Role.objects.filter(pk=role.pk).update(
            permissions={**role.permissions, key: dict.fromkeys(VERBS, "none")}
        )


def test_an_object_hidden_from_a_role_is_named_nowhere(closed_firm, program_of):
    """Neither it, nor links to and from it, nor its words; by every address its absence looks like no object's."""
    admin = closed_firm.admin
    with scope(closed_firm.workspace.pk):
        create_object(actor=admin, label="Quokka", plural="Quokkas", key="quokkas")
        refresh(admin)
        create_relation(
            actor=admin, from_object="people", to_object="quokkas", from_label="Quokka pet", to_label="Keeper"
        )
        refresh(admin)
        companies = [
            item.key for item in spec_for(admin.workspace, "people").fields if item.target == "companies"
        ]
    boss, member = program_of(admin), program_of(closed_firm.owner)
    _role_without(closed_firm, closed_firm.owner, "quokkas")
    person = member("POST", "people", {"name": "Ana"}).data["id"]
    for path in (
        "openapi.json",
        "metadata",
        "docs",
        "people",
        f"people/{person}",
        f"people/{person}/history",
    ):
        for program in (boss, member, boss, member):
            text = program("GET", path).content.decode()
            assert program is boss or "quokka" not in text.lower(), path
    assert all(
        "quokka" in boss("GET", path).content.decode() for path in ("openapi.json", "metadata", "docs")
    )
    for path in ("quokkas", "quokkas/1", "quokkas/1/notes", "quokkas/views", "search?q=abc&objects=quokkas"):
        absent = member("GET", path.replace("quokkas", "nothings"))
        assert _plain(member("GET", path)) == _plain(absent)
        assert absent.status_code == 404
    field = next(key for key in boss("GET", f"people/{person}").data if "quokka" in key)
    for data in ({field: [1]}, {"nothing": [1]}):
        assert member("PATCH", f"people/{person}", data).data["errors"][0]["code"] == "unknown_field"
    for name in (field, "nothing", "quokkas"):
        tree = orjson.dumps({"related": name}).decode()
        assert member("GET", f"people?filter={tree}").status_code == 400
    assert companies == [key for key in member("GET", f"people/{person}").data if key in companies]


def _plain(answer):
    return answer.status_code, {**answer.data, "request_id": ""}


def test_answers_keep_to_the_schema_of_the_role(closed_firm, program_of):
    _role_without(closed_firm, closed_firm.owner, "companies")
    member = program_of(closed_firm.owner)
    schemas = member("GET", "openapi.json").data["components"]["schemas"]
    made = member("POST", "people", {"name": "Ana"}).data
    assert "company" not in made
    assert mistakes(made, schemas["people"], schemas) == []
    assert mistakes(member("GET", "people").data, schemas["people.list"], schemas) == []
    related = {
        item["key"]: item["related"]
        for item in program_of(closed_firm.admin)("GET", "metadata").data["objects"]
    }
    pointing = [{"object": "people", "field": "company"}, {"object": "companies", "field": "parent"}]
    assert related["companies"] == pointing

"""Strange input ends in a refusal that names it, never in a 500, and never stays half done."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import quote

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amity.foundation.core.scope import scope
from amity.foundation.records.fieldtypes import OPERATORS
from amity.foundation.records.objects import spec_for
from amity.foundation.records.services.schema import create_field, create_object, create_relation, refresh

pytestmark = pytest.mark.django_db
KINDS = (
    "text",
    "long_text",
    "number",
    "money",
    "percent",
    "boolean",
    "date",
    "datetime",
    "choice",
    "multi_choice",
    "user",
    "team",
    "email",
    "phone",
    "url",
    "address",
    "country",
    "language",
    "rating",
    "file",
    "messenger",
)
many = settings(
    max_examples=120,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
odd_text = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        [
            "",
            " ",
            "\x00",
            "'",
            '"',
            "%",
            "--",
            "';DROP TABLE x",
            "$.a",
            "\ud800",
            "İ",
            "👩‍👩‍👧",
            "me",
            "today",
            "1e999",
            "-0",
            "NaN",
            "0x1",
            "2026-02-30",
            "9999-12-31",
            "0001-01-01",
            "a" * 300,
            "amity_fold(1)",
        ]
    ),
)
odd_number = st.one_of(
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([2**31, 2**63, -(2**63) - 1, 10**30, 1e308, -1, 0]),
)
odd = st.recursive(
    st.one_of(st.none(), st.booleans(), odd_number, odd_text),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(odd_text, inner, max_size=3)),
    max_leaves=6,
)


def sent(value: Any) -> bytes:
    """JSON with numbers and half characters that orjson would not write."""
    return json.dumps(value).encode()


@pytest.fixture
def world(closed_firm, program_of):
    """A program, and an object of the firm's own with every type of field, linked to people."""
    admin = closed_firm.admin
    with scope(closed_firm.workspace.pk):
        create_object(actor=admin, label="Shipment", plural="Shipments", key="shipments")
        refresh(admin)
        for name in KINDS:
            options = ["A", "B"] if "choice" in name else []
            fast = name in ("text", "number", "date", "choice")
            create_field(
                actor=admin,
                object_key="shipments",
                type_name=name,
                label=name,
                key=f"f_{name}",
                options=options,
                fast=fast,
            )
            refresh(admin)
        create_relation(
            actor=admin,
            from_object="shipments",
            to_object="people",
            from_label="Receivers",
            to_label="Parcels",
        )
        refresh(admin)
        program = program_of(admin)
        program.keys = {
            key: [item.key for item in spec_for(admin.workspace, key).live_fields]
            for key in ("shipments", "people")
        }
    program("POST", "shipments", {"name": "One", "f_number": 3, "f_date": "2026-01-01"})
    program("POST", "people", {"name": "Ana Lima"})
    return program


def is_refused_or_done(response, what):
    assert response.status_code < 500, (response.status_code, what)
    if response.status_code >= 400:
        assert response["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("key", ["shipments", "people"])
def test_every_field_and_operator_takes_any_value(world, key):
    @many
    @given(data=st.data())
    def check(data):
        field = data.draw(st.sampled_from([*world.keys[key], "nonsense", "company__name", ""]))
        operator = data.draw(st.sampled_from([*OPERATORS, "nonsense"]))
        tree = {"field": field, "op": operator, "value": data.draw(odd)}
        response = world("GET", f"{key}?filter={quote(sent(tree))}&limit=2")
        is_refused_or_done(response, tree)

    check()


@pytest.mark.parametrize("key", ["shipments", "people"])
def test_every_operator_of_every_field_takes_usual_values(world, key):
    values = [
        "a",
        "2026-01-01",
        3,
        1.5,
        True,
        None,
        ["a", "b"],
        [1, 2],
        {"amount": "1", "currency": "EUR"},
        "me",
        "3",
        "",
    ]
    fields = next(o for o in world("GET", "metadata").data["objects"] if o["key"] == key)["fields"]
    trees = [
        {"field": field["key"], "op": operator, "value": value}
        for field in fields
        for operator in field["operators"]
        for value in values
    ]
    failed = [
        tree for tree in trees if world("GET", f"{key}?filter={quote(sent(tree))}&limit=1").status_code >= 500
    ]
    assert failed == []


@many
@given(tree=odd)
def test_any_json_as_filter(world, tree):
    is_refused_or_done(world("GET", f"shipments?filter={quote(sent(tree))}"), tree)


@many
@given(
    name=st.sampled_from(
        ["sort", "cursor", "limit", "fields", "expand", "q", "count", "trash", "filter", "x"]
    ),
    value=odd_text,
)
def test_any_text_as_parameter(world, name, value):
    text = quote(value.encode("utf-8", "surrogatepass"))
    for path in (
        f"people?{name}={text}",
        f"search?{name}={text}",
        f"people/1?{name}={text}",
        f"people/1/notes?{name}={text}",
    ):
        is_refused_or_done(world("GET", path), (path, value))


@many
@given(
    cursor=st.lists(odd, min_size=5, max_size=5),
    sort=st.sampled_from(["", "name", "-created_at", "f_number", "f_date", "id"]),
)
def test_any_cursor(world, cursor, sort):
    made = base64.urlsafe_b64encode(sent(cursor)).decode()
    is_refused_or_done(world("GET", f"shipments?sort={sort}&cursor={made}"), cursor)
    key = sort.removeprefix("-") or "title"
    forged = base64.urlsafe_b64encode(sent([key, 0, cursor[0], 1, 0])).decode()
    is_refused_or_done(world("GET", f"shipments?sort={sort}&cursor={forged}"), cursor)


@pytest.mark.parametrize("key", ["shipments", "people"])
def test_any_value_in_any_field(world, key):
    @many
    @given(data=st.data())
    def check(data):
        names = data.draw(st.lists(st.sampled_from(world.keys[key]), min_size=1, max_size=3, unique=True))
        values = {"name": "X", **{name: data.draw(odd) for name in names}}
        is_refused_or_done(world("POST", key, sent(values)), values)
        is_refused_or_done(world("PATCH", f"{key}/1", sent(values)), values)

    check()


@pytest.mark.parametrize("value", [True, 3.5, "x", {}, {"value": 1}, [True], [None], [[]]], ids=repr)
def test_odd_values_beside_a_name_or_none(world, value):
    """What is looked at before values are checked meets them as they were sent."""
    for key in world.keys["people"]:
        for name in (None, "X"):
            values = {"name": name, key: value}
            is_refused_or_done(world("POST", "people", sent(values)), values)


@many
@given(body=odd)
def test_any_body_anywhere(world, body):
    places = (
        "people",
        "people/batch",
        "people/1/notes",
        "people/1/links/company",
        "people/1/restore",
        "people/1/undo/1",
    )
    for place in places:
        is_refused_or_done(world("POST", place, sent(body)), body)
    is_refused_or_done(world("POST", "people/batch", sent({"operations": [body]})), body)


@many
@given(
    operation=st.fixed_dictionaries(
        {"op": st.sampled_from(["create", "update", "delete", "upsert"])},
        optional={
            "id": odd,
            "key": odd_text | st.sampled_from(KINDS).map("f_{}".format),
            "values": odd,
            "version": odd,
        },
    )
)
def test_any_operation(world, operation):
    for atomic in (False, True):
        is_refused_or_done(
            world("POST", "shipments/batch", sent({"operations": [operation], "atomic": atomic})), operation
        )


@many
@given(junk=st.binary(max_size=40))
def test_bytes_that_are_no_json(world, junk):
    is_refused_or_done(world("POST", "people", b"{" + junk), junk)


@pytest.mark.parametrize(
    "body",
    [
        b'{"name": "A", "name": "B"}',
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b'{"name": "\xff"}',
        b'{"name": NaN}',
        b'{"name": "\\u0000"}',
        b'{"name": "\\ud800"}',
        b"\xef\xbb\xbf{}",
        b"null",
        b"{} {}",
        b'{"f_number": 1e999}',
    ],
)
def test_hostile_json_is_a_400(world, body):
    assert world("POST", "shipments", body).status_code == 400


def test_a_body_over_five_megabytes_is_a_413(world):
    assert world("POST", "people", b'{"name": "' + b"a" * (5 * 1024 * 1024) + b'"}').status_code == 413


@pytest.mark.parametrize(
    "path",
    [
        "people/99999999999999999999",
        "people/-1",
        "people/x",
        "nothing",
        "people/1/nothing",
        "",
        "People",
        "people/",
    ],
)
def test_addresses_that_are_not_there(world, path):
    response = world("GET", path)
    assert response.status_code == 404
    assert orjson.loads(response.content)["status"] == 404


@pytest.mark.parametrize("method", ["PUT", "OPTIONS", "TRACE", "PURGE"])
def test_methods_that_are_not_there(world, method):
    response = world(method, "people")
    assert (response.status_code, response["Allow"]) == (405, "GET, POST")


@pytest.mark.parametrize("key", ["x" * 201, "a\tb"])
def test_odd_idempotency_keys(world, key):
    assert world("POST", "people", {"name": "A"}, idempotency_key=key).status_code == 400


def test_too_many_requests_are_told_when_to_come_again(world, settings):
    settings.API_REQUESTS_PER_MINUTE = 4
    assert [world("POST", "people", {"name": "A"}).status_code for _n in range(3)] == [201, 201, 429]
    refused = world("POST", "people", {"name": "A"})
    assert (refused.status_code, int(refused["Retry-After"]) > 0) == (429, True)
    assert world("GET", "people").status_code == 429


def test_an_error_of_our_own_tells_nothing(world, monkeypatch):
    from amity.foundation.records import listing

    def broken(*_args, **_more):
        raise RuntimeError("secret inner words")

    monkeypatch.setattr(listing, "page", broken)
    response = world("GET", "people")
    assert (response.status_code, response.data["code"]) == (500, "internal_server_error")
    assert b"secret inner words" not in response.content


BODIES = {
    "handovers": ("from", "rules", "dry_run"),
    "people/cells": ("cells",),
    "people/conflicts/take": ("source", "field"),
    "people/1/conflicts/job_title": ("take", "keep", "value"),
    "people/1/conflicts/company": ("take", "keep", "value"),
    "people/1/take_over": ("with",),
    "people/1/shares": ("user", "team", "level", "ends_at", "why"),
    "people/1/consents": ("field", "verdict", "channel", "remark", "giver"),
    "people/quality/rules": ("name", "filter"),
    "people/1/quality/settle": (),
    "people/1/quality/reopen": (),
    "people/bulk": ("action", "filter", "ids", "changes"),
    "webhooks": ("name", "url", "events"),
}
some = st.one_of(
    odd,
    st.sampled_from(["see", "change", "given", "withdrawn", "job_title", "company", "users", "*", "people"]),
    st.sampled_from(["9999-12-31T23:59:59Z", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"]),
)


@pytest.mark.parametrize("place", BODIES)
def test_any_value_in_any_part_of_a_body(world, place):
    """Every address that reads its own parts: each part odd by itself, and beside sound ones."""

    @many
    @given(body=st.dictionaries(st.sampled_from([*BODIES[place], "nonsense"]), some, max_size=5))
    def check(body):
        is_refused_or_done(world("POST", place, sent(body)), body)

    check()


@many
@given(
    cell=st.fixed_dictionaries(
        {"id": odd_number | st.just(1), "field": odd_text, "text": odd_text}, optional={"version": odd}
    ),
    key=st.sampled_from([*(f"f_{kind}" for kind in KINDS), "name", "owner", "tags", "nonsense"]),
)
def test_any_cell(world, cell, key):
    for one in (cell, {**cell, "id": 1, "field": key}):
        is_refused_or_done(world("POST", "shipments/cells", sent({"cells": [one, one]})), one)


@many
@given(
    rule=st.dictionaries(
        st.sampled_from(["object", "filter", "to", "users", "team", "share"]), some, max_size=6
    )
)
def test_any_rule_of_a_handover(world, rule):
    user = world("GET", "me").data["user"]["id"]
    for one in (rule, {"object": "people", "to": "users", "users": [user], **rule}):
        body = {"from": user, "rules": [one], "dry_run": True}
        is_refused_or_done(world("POST", "handovers", sent(body)), one)


@many
@given(
    name=st.sampled_from(["cursor", "limit", "field", "source", "kind", "channel", "purpose", "filter"]),
    value=odd_text | st.sampled_from(["9" * 18, "²", "9" * 25]),
)
def test_any_parameter_of_later_lists(world, name, value):
    text = quote(value.encode("utf-8", "surrogatepass"))
    for path in (
        "conflicts",
        "1/conflicts",
        "1/sources",
        "recipients",
        "1/consents",
        "1/shares",
        "quality/findings",
    ):
        is_refused_or_done(world("GET", f"people/{path}?{name}={text}"), (path, value))

"""Every field type: good values, bad values, and never another exception than BadValue."""

import dataclasses

import pytest
from django.http import QueryDict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amity.foundation.accounts.actor import Actor
from amity.foundation.accounts.models import Workspace
from amity.foundation.core.errors import Malformed
from amity.foundation.records.context import context_for
from amity.foundation.records.fieldtypes import OPERATORS, TYPES, BadValue
from amity.foundation.records.fieldtypes.consent import STATES
from amity.foundation.records.objects import registered
from amity.foundation.records.spec import Field, Option

CONTEXT = context_for(Actor(Workspace(pk=1, name="Acme", country="GB", currency="GBP"), user=None))
OPTIONS = (Option("low", "Low"), Option("high", "High, very"), Option("old", "Old", archived=True))
quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
texts = st.text(max_size=80) | st.from_regex(r"[0-9.,:/+\- TZ€£@a-z]{0,30}", fullmatch=True)


def field(name, **options):
    offered = STATES if name == "consent" else OPTIONS
    settings = {"type_id": 1, "purpose": 1}
    return Field(
        f"f_{name}", TYPES[name], "Label", custom=True, options=offered, settings=settings, **options
    )


def answers(item, read):
    """The value as it comes back everywhere, or BadValue."""
    try:
        value = read()
    except BadValue as error:
        assert error.code
        assert str(error.message)
        return None
    kind = item.type
    assert kind.clean(item, value, CONTEXT) == value
    if value is not None:
        kind.display(item, value, CONTEXT)
        kind.edit_text(item, value, CONTEXT)
        kind.to_api(item, value)
        kind.search_text(value).encode("utf-8")
        assert kind.from_column(kind.to_column(value)) == value
        kind.slot_value(value)
        for index_kind, normal in kind.index_values(item, value):
            assert len(index_kind) <= 48
            assert 0 < len(normal.encode("utf-8")) <= 800
            assert len(normal) <= 200
            assert "\x00" not in normal
    return value


@pytest.mark.parametrize("name", sorted(TYPES))
@given(value=json_values)
@quick
def test_clean_answers_anything(name, value):
    item = field(name)
    answers(item, lambda: item.type.clean(item, value, CONTEXT))


@pytest.mark.parametrize("name", sorted(TYPES))
@given(raw=texts)
@quick
def test_parse_answers_any_text(name, raw):
    item = field(name)
    answers(item, lambda: item.type.parse(item, raw, CONTEXT))


@pytest.mark.parametrize("name", sorted(TYPES))
@given(raw=texts, label=st.text(max_size=10))
@quick
def test_forms_answer_any_text(name, raw, label):
    item, data = field(name), QueryDict(mutable=True)
    for key in ("f", "f-0-value", "f-0-street", "f-street"):
        data[key] = raw
    for key in ("f-currency", "f-0-label", "f-0-country", "f-x-value"):
        data[key] = label
    answers(item, lambda: item.type.from_form(item, data, "f", CONTEXT))


@pytest.mark.parametrize("name", sorted(TYPES))
@given(value=json_values | texts)
@quick
def test_conditions_answer_any_operand(name, value):
    item = field(name)
    if name == "link":
        item = dataclasses.replace(item, relation_id=1, end="from", target="people", many=True)
    for operator in OPERATORS:
        try:
            if name == "link":
                item.type.condition_among(item, operator, value, CONTEXT, None)
            else:
                item.type.condition(item, operator, value, CONTEXT)
        except Malformed as error:
            assert str(error.message)


@pytest.mark.parametrize(
    ("name", "raw", "value"),
    [
        ("text", "  two\twords ", "two words"),
        ("text", "", None),
        ("number", "1,234.5", 1234.5),
        ("number", "-3", -3),
        ("percent", "12.5", 12.5),
        ("rating", "★★★", 3),
        ("boolean", "Evet", True),
        ("boolean", "нет", False),
        ("money", "£1,234.50", {"amount": 123450, "currency": "GBP"}),
        ("date", "21 Nov 2026", "2026-11-21"),
        ("date", "3/4/2024", "2024-04-03"),
        ("datetime", "2026-11-21 14:30", "2026-11-21T14:30:00Z"),
        ("choice", "high, VERY", "high"),
        ("multi_choice", "Low; low", ["low"]),
        ("tags", "VIP, vip; new", ["vip", "new"]),
        ("country", "Germany", "DE"),
        ("language", "Welsh", "cy"),
        ("url", "example.com", "https://example.com"),
    ],
)
def test_what_people_type_is_understood(name, raw, value):
    item = field(name)
    assert item.type.parse(item, raw, CONTEXT) == value


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("text", "x" * 251, "too_long"),
        ("text", 7, "type"),
        ("number", "7", "type"),
        ("number", True, "type"),
        ("number", 10**16, "range"),
        ("number", float("nan"), "number"),
        ("rating", 6, "range"),
        ("rating", 2.5, "range"),
        ("boolean", "yes", "type"),
        ("money", {"amount": 5, "currency": "XQX"}, "money"),
        ("money", {"amount": "1.005", "currency": "GBP"}, "money"),
        ("money", 5, "type"),
        ("date", "2026-02-30", "date"),
        ("date", "20261121", "date"),
        ("datetime", "2026-11-21T14:30:00", "datetime"),
        ("choice", "middle", "choice"),
        ("tags", ["x"] * 51, "too_many"),
        ("email", "not an address", "email"),
        ("phone", "call me", "phone"),
        ("country", "Atlantis", "country"),
        ("address", [{"planet": "Mars"}], "type"),
        ("url", "javascript:alert(1)", "url"),
        ("user", -1, "reference"),
        ("link", [1, 2], "too_many"),
    ],
)
def test_what_cannot_be_taken_is_refused_with_a_code(name, value, code):
    item = field(name)
    with pytest.raises(BadValue) as caught:
        item.type.clean(item, value, CONTEXT)
    assert caught.value.code == code


@pytest.mark.parametrize("key", ["people", "companies"])
def test_texts_fit_their_columns(key):
    """SQLite takes any length, PostgreSQL refuses what a column cannot hold."""
    spec = registered(key)
    for item in spec.fields:
        if item.type.name not in ("text", "long_text", "url") or not item.column:
            continue
        room = spec.model._meta.get_field(item.column).max_length
        limit = item.settings.get("limit", item.type.limit)
        assert room is None or limit <= room, item.key
        with pytest.raises(BadValue) as caught:
            item.type.clean(item, "https://e.example/" + "x" * limit, CONTEXT)
        assert caught.value.code == "too_long"

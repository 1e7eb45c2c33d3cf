"""The filter editor: trees to rows and back, in words, and the form as sent without JavaScript."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.http import QueryDict
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amity.engines.web.environment import component
from amity.engines.web.filter_rows import posted, rows_of, tree_of
from amity.engines.web.filters_form import chips, editor
from amity.engines.web.forms import Choices
from amity.engines.web.state import ListState, dump
from amity.engines.web.tests.test_record_pages import boats, make, refreshed  # noqa: F401
from amity.foundation.core.scope import scope
from amity.foundation.records.context import context_for
from amity.foundation.records.filters import compile_tree
from amity.foundation.records.objects import spec_for
from amity.foundation.records.services.notes import add_note

pytestmark = pytest.mark.django_db
QUIET = {"related": "notes", "none": True, "where": {"op": "last_days", "value": 90}}


class Browser(HTMLParser):
    """What a browser without JavaScript would send of the filter form, and the texts of its errors."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.sent: list[tuple[str, str]] = []
        self.inside = False
        self.name = self.first = self.chosen = self.area = None
        self.errors: list[str] = []
        self.error = False
        self.feed(markup)

    def handle_starttag(self, tag, attrs):
        a = dict(attrs)
        if tag == "form":
            self.inside = "data-row-url" in a
        if not self.inside:
            return
        if (
            tag == "input"
            and a.get("name")
            and (a.get("type") not in ("checkbox", "radio") or "checked" in a)
        ):
            self.sent.append((a["name"], a.get("value") or ""))
        elif tag == "select":
            self.name, self.first, self.chosen = a["name"], None, None
        elif tag == "option":
            self.first = a["value"] if self.first is None else self.first
            self.chosen = a["value"] if "selected" in a else self.chosen
        elif tag == "textarea":
            self.name, self.area = a["name"], ""
        elif tag == "p" and a.get("class") == "error":
            self.error = True

    def handle_data(self, data):
        if self.area is not None:
            self.area += data
        if self.error and data.strip():
            self.errors.append(data.strip())

    def handle_endtag(self, tag):
        if tag == "form":
            self.inside = False
        elif tag == "p":
            self.error = False
        elif tag == "select" and self.inside:
            self.sent.append((self.name, self.first if self.chosen is None else self.chosen or ""))
        elif tag == "textarea" and self.inside:
            self.sent.append((self.name, self.area))
            self.area = None


def drawn(spec, tree, context):
    params = editor(spec, ListState(key=spec.key, filter=tree), Choices(context))
    return Browser(str(component("filter_form", f"/{spec.key}/", params)))


def through_the_form(spec, tree, context):
    data = QueryDict(urlencode(drawn(spec, tree, context).sent))
    box = posted(spec, data, context)
    again = tree_of(spec, box, context)
    return again, [row.error for row in box.walk() if row.error]


WORDS = st.text("abcäß .,'\"<&5-", min_size=1, max_size=8).map(str.strip).filter(bool)
DAYS = st.sampled_from(["2024-02-29", "2026-11-21", "1999-01-01"])
COUNT = st.integers(0, 4000)


def line(key, op, value):
    return st.fixed_dictionaries({"field": st.just(key), "op": st.sampled_from(op), "value": value})


PERSON_LINES = st.one_of(
    line("job_title", ["is", "is_not", "contains", "starts"], WORDS),
    line("job_title", ["is_any"], st.lists(WORDS, min_size=1, max_size=3, unique=True)),
    line("stage", ["is", "is_not"], st.sampled_from(["lead", "customer"])),
    line("stage", ["is_any", "is_none"], st.sampled_from([["lead"], ["lead", "former"]])),
    line("birthday", ["is", "before", "after"], DAYS),
    line("birthday", ["is", "before", "after"], st.just("today")),
    line("birthday", ["between"], st.lists(DAYS, min_size=2, max_size=2)),
    line("birthday", ["last_days", "next_days", "older_days"], COUNT),
    line("created_at", ["is", "before", "after"], DAYS),
    line("owner", ["is", "is_not"], st.one_of(st.just("me"), st.integers(1, 2**40))),
    line("company", ["is"], st.integers(1, 2**40)),
    line("language", ["is"], st.sampled_from(["de", "ta"])),
    st.sampled_from([{"field": "emails", "op": "empty"}, {"field": "company", "op": "filled"}]),
)
COMPANY_LINES = st.one_of(
    line("industry", ["is", "contains"], WORDS),
    line("employees", ["above", "at_most"], st.integers(-(10**9), 10**9) | st.sampled_from([0.5, -2.25])),
    line("employees", ["between"], st.lists(COUNT, min_size=2, max_size=2)),
)
NOTES = st.one_of(
    st.sampled_from([{"related": "notes"}, {"related": "notes", "none": True}, QUIET]),
    st.builds(lambda n: {"related": "notes", "where": {"op": "older_days", "value": n}}, COUNT),
)


def group(items, least=2):
    many = st.lists(items, min_size=least, max_size=3)
    return st.builds(lambda word, nodes: {word: nodes}, st.sampled_from(["and", "or"]), many)


def related(lines, name):
    where = st.one_of(lines, group(lines | NOTES))
    some = st.builds(lambda w: {"related": name, "where": w}, where)
    none = st.builds(lambda w: {"related": name, "none": True, "where": w}, where)
    return st.one_of(some, none, st.just({"related": name}), st.just({"related": name, "none": True}))


SHARES = st.sampled_from([
    {"related": "sharing"}, {"related": "sharing", "none": True}, {"related": "sharing", "where": {"op": "with_me"}},
    {"related": "sharing", "where": {"op": "by_me"}},
])  # fmt: skip
ROWS = st.one_of(PERSON_LINES, NOTES, SHARES, related(COMPANY_LINES | SHARES, "company"))
SHOWN = st.one_of(ROWS, group(st.one_of(ROWS, group(ROWS))))
DEEP = st.sampled_from([
    {"not": {"field": "job_title", "op": "is", "value": "x"}},
    {"or": [{"and": [{"field": "stage", "op": "is", "value": "lead"},
                     {"or": [QUIET, {"field": "emails", "op": "empty"}]}]}, QUIET]},
    {"related": "company", "where": {"related": "people", "where": {"field": "emails", "op": "filled"}}},
    {"related": "company", "where": {"not": {"field": "industry", "op": "is", "value": "x"}}},
    {"field": "created_at", "op": "after", "value": "2026-01-01T10:30:00Z"},
    {"field": "job_title", "op": "is", "value": "two\nlines"},
    {"field": "birthday", "op": "is_not", "value": "today"},
    {"related": "sharing", "none": True, "where": {"op": "by_me"}},
])  # fmt: skip
MIXED = group(st.one_of(ROWS, DEEP, group(st.one_of(ROWS, DEEP))), least=2)
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("language", ["en", "de"])
@QUICK
@given(tree=SHOWN)
def test_what_the_editor_shows_comes_back_as_it_was(firm, language, tree):
    spec, context = spec_for(firm.workspace, "people"), context_for(firm.owner)
    with translation.override(language):
        assert not [row for row in rows_of(spec, tree, context).walk() if row.kind == "kept"]
        assert through_the_form(spec, tree, context) == (tree, [])


@QUICK
@given(tree=st.one_of(MIXED, DEEP))
def test_what_it_cannot_show_is_kept(firm, tree):
    spec, context = spec_for(firm.workspace, "people"), context_for(firm.owner)
    assert [
        row for row in rows_of(spec, tree, context).walk() if row.kind == "kept"
    ] or tree not in DEEP.elements
    assert through_the_form(spec, tree, context) == (tree, [])


WORDS_OF_TREES = ["and", "or", "not", "field", "op", "value", "related", "none", "where"]
VALUES_OF_TREES = ["is", "and", "company", "notes", "stage", "lead", "", "sharing", "with_me"]
LEAVES = st.none() | st.booleans() | st.integers(-5, 2**60) | st.sampled_from(VALUES_OF_TREES)


def nested(inner):
    return st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS_OF_TREES), inner, max_size=4)


@QUICK
@given(tree=st.recursive(LEAVES, nested, max_leaves=12).filter(lambda found: isinstance(found, dict)))
def test_nonsense_is_shown_and_never_breaks(firm, tree):
    spec, context = spec_for(firm.workspace, "people"), context_for(firm.owner)
    state = ListState(key="people", filter=tree)
    assert all(chip["remove_url"] for chip in chips(spec, state, Choices(context)))
    again, errors = through_the_form(spec, tree, context)
    assert errors or again is None or compile_tree(spec, again, context) is not None


def words(firm, tree, key="people"):
    spec, context = spec_for(firm.workspace, key), context_for(firm.owner)
    found = chips(spec, ListState(key=key, filter=tree), Choices(context))
    return [" ".join(chip[part] for part in ("label", "operator", "value") if chip[part]) for chip in found]


def test_chips_read_as_sentences(firm):
    textiles = {"field": "industry", "op": "is", "value": "Textiles"}
    assert words(firm, {"related": "company", "where": textiles}) == ["Company: Industry is Textiles"]
    assert words(firm, QUIET) == ["No note in the last 90 days"]
    lead = {"field": "stage", "op": "is_any", "value": ["lead"]}
    assert words(firm, {"related": "people", "none": True, "where": lead}, "companies") == [
        "No People: Stage is Lead"
    ]
    assert words(firm, {"and": [{"or": [lead, QUIET]}, {"field": "owner", "op": "is", "value": "me"}]}) == [
        "Stage is Lead or No note in the last 90 days", "Owner is Me",
    ]  # fmt: skip
    assert words(firm, {"not": lead}) == ["Complex filter"]
    assert words(firm, {"field": "birthday", "op": "next_days", "value": 7}) == [
        "Birthday in the next 7 days"
    ]


def test_chips_go_one_by_one(firm):
    spec, context = spec_for(firm.workspace, "people"), context_for(firm.owner)
    deep = {"not": QUIET}
    state = ListState(key="people", filter={"or": [QUIET, deep, {"related": "company"}]})
    links = [chip["remove_url"] for chip in chips(spec, state, Choices(context))]
    left = [json.loads(parse_qs(urlsplit(link).query)["filter"][0]) for link in links]
    assert left == [
        {"or": [deep, {"related": "company"}]},
        {"or": [QUIET, {"related": "company"}]},
        {"or": [QUIET, deep]},
    ]


# --- as a browser without JavaScript -----------------------------------------------------


def send(client, key, page, *changes, drop=()):
    """Send the page's form with some fields typed over."""
    form = [
        pair
        for pair in Browser(page.content.decode()).sent
        if pair[0] not in {c[0] for c in changes} | set(drop)
    ]
    return client.get(f"/{key}/?{urlencode([*form, *changes])}")


def tree_in(response):
    assert response.status_code == 302, Browser(response.content.decode()).errors
    return json.loads(parse_qs(urlsplit(response["Location"]).query)["filter"][0])


def test_companies_without_a_note_for_90_days(closed_firm, client_of):
    firm = closed_firm
    quiet, busy = (
        make(firm, firm.owner, {"name": name}, "companies") for name in ("Quiet Mill", "Busy Mill")
    )
    with scope(firm.workspace.pk):
        add_note(actor=firm.owner, spec=spec_for(firm.workspace, "companies"), record_id=busy, body="Called.")
    client = client_of(firm.owner)
    chosen = send(client, "companies", client.get("/companies/"), ("f-0-field", "~notes"))
    assert chosen.status_code == 200
    done = send(client, "companies", chosen)
    assert tree_in(done) == QUIET
    listed = client.get(done["Location"]).content.decode()
    assert "Quiet Mill" in listed
    assert "Busy Mill" not in listed
    assert quiet


def test_rows_groups_and_relations_are_added_one_after_the_other(closed_firm, client_of):
    firm = closed_firm
    mill = make(firm, firm.owner, {"name": "Mill", "industry": "Textiles"}, "companies")
    make(firm, firm.owner, {"name": "Ana Lima", "company": mill, "stage": "lead"})
    make(firm, firm.owner, {"name": "Other Person", "stage": "lead"})
    client = client_of(firm.owner)
    page = send(client, "people", client.get("/people/"), ("f-0-field", "~company"))
    page = send(client, "people", page, ("f-0-0-field", "industry"))
    page = send(client, "people", page, ("f-0-0-op", "is"), ("f-0-0-value", "Textiles"), ("add", "f:group"))
    assert page.status_code == 200
    page = send(client, "people", page, ("f-1-0-field", "stage"), ("add", "f-1"))
    page = send(client, "people", page, ("f-1-0-value", "lead"), ("f-1-1-field", "~notes"))
    done = send(client, "people", page)
    assert tree_in(done) == {"and": [
        {"related": "company", "where": {"field": "industry", "op": "is", "value": "Textiles"}},
        {"or": [{"field": "stage", "op": "is_any", "value": ["lead"]}, QUIET]},
    ]}  # fmt: skip
    listed = client.get(done["Location"])
    assert b"Ana Lima" in listed.content
    assert b"Other Person" not in listed.content
    assert tree_in(send(client, "people", listed)) == tree_in(done)
    assert tree_in(send(client, "people", listed, ("f-1-remove", "1"))) == tree_in(done)["and"][0]


def test_both_ends_of_a_firms_own_relation(closed_firm, client_of, boats):  # noqa: F811
    firm = closed_firm
    gull = make(firm, firm.owner, {"name": "Gull", "colour": "red"}, "boats")
    make(firm, firm.owner, {"name": "Ana Lima", "boats": [gull]})
    make(firm, firm.owner, {"name": "Other Person"})
    client = client_of(firm.owner)
    for key, own, field, value, seen in (
        ("people", "boats", "colour", "red", "Ana Lima"), ("boats", "sailors", "name", "Ana", "Gull"),
    ):  # fmt: skip
        page = send(client, key, client.get(f"/{key}/"), ("f-0-field", f"~{own}"))
        page = send(client, key, page, ("f-0-0-field", field))
        done = send(client, key, page, ("f-0-0-op", "contains"), ("f-0-0-value", value))
        listed = client.get(done["Location"]).content.decode()
        assert seen in listed
        assert "Other Person" not in listed


def test_errors_stand_at_the_row_and_nothing_typed_is_lost(closed_firm, client_of):
    client = client_of(closed_firm.owner)
    sent = {"f": "1", "f-0-field": "job_title", "f-0-op": "is", "f-0-value": "Buyer",
            "f-1-field": "birthday", "f-1-op": "last_days", "f-1-value": "soon"}  # fmt: skip
    page = client.get("/people/", sent)
    form = Browser(page.content.decode())
    assert page.status_code == 400
    assert form.errors == ["A number of days is needed here."]
    assert ("f-0-value", "Buyer") in form.sent
    assert ("f-1-value", "soon") in form.sent
    assert tree_in(send(client, "people", page, ("f-1-value", "30")))["and"][1]["value"] == 30


@pytest.mark.parametrize("tree", [
    {"field": "nope", "op": "is", "value": 1},
    {"and": [QUIET, {"field": "stage", "op": "is", "value": "gone"}]},
    {"and": [QUIET] * 120}, {"related": "boats", "none": True},
])  # fmt: skip
def test_a_broken_address_opens_in_the_editor(closed_firm, client_of, tree):
    page = client_of(closed_firm.owner).get("/people/", {"filter": dump(tree)})
    assert page.status_code == 400
    assert Browser(page.content.decode()).errors


@pytest.mark.parametrize("query", [
    "f=1&add=f-9-9", "f=1&add=x", "f=1&f-0-field=~nope", "f=1&f-0-group=1&f-0-0-group=1", "f=1&f-0-kept={",
    "f=1&f-0-kept=[1]", "f=1&f-0-field=stage&f-0-op=is&f-0-value=zz", "f=1&f-0-0-0-0-field=stage",
])  # fmt: skip
def test_strange_forms_never_break(closed_firm, client_of, query):
    client = client_of(closed_firm.owner)
    assert client.get(f"/people/?{query}").status_code in (200, 302, 400)
    assert client.get(f"/people/filter/?{query}").status_code in (200, 400)


def test_saved_views_keep_a_deep_filter(closed_firm, client_of):
    client = client_of(closed_firm.owner)
    tree = {"and": [{"or": [QUIET, {"related": "company", "none": True}]}, {"not": QUIET}]}
    saved = client.post(
        "/people/views/new/", {"name": "Deep", "list": urlencode({"filter": dump(tree)})}, follow=True
    )
    assert saved.status_code == 200
    assert "Complex filter" in saved.content.decode()
    again = send(client, "people", saved, ("f-0-match", "and"))
    assert tree_in(again) == {"and": [{"and": tree["and"][0]["or"]}, {"not": QUIET}]}


def test_a_link_may_be_typed_by_name(closed_firm, client_of):
    mill = make(closed_firm, closed_firm.owner, {"name": "Mill"}, "companies")
    client = client_of(closed_firm.owner)
    sent = {"f": "1", "f-0-field": "company", "f-0-op": "is", "f-0-value": "", "f-0-value-text": "mill"}
    assert tree_in(client.get("/people/", sent)) == {"field": "company", "op": "is", "value": mill}
    refused = client.get("/people/", sent | {"f-0-value-text": "Nobody Ltd"})
    assert refused.status_code == 400
    assert b'value="Nobody Ltd"' in refused.content


def test_the_picker_of_a_filter_offers_no_new_records(closed_firm, client_of):
    client = client_of(closed_firm.owner)
    assert b"new:" in client.get("/companies/pick/?q=Fresh").content
    assert b"new:" not in client.get("/companies/pick/only/?q=Fresh").content

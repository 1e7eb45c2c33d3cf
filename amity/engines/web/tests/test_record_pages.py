"""The generic record pages through HTTP: what they show, to whom, and at what cost."""

from __future__ import annotations

import html
import re
from urllib.parse import quote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from amity.foundation.accounts.models import Membership, Workspace
from amity.foundation.core.scope import scope
from amity.foundation.records.models import Change, Note, StoredFile
from amity.foundation.records.objects import spec_for
from amity.foundation.records.services import schema
from amity.foundation.records.services.files import root
from amity.foundation.records.services.notes import add_note
from amity.foundation.records.services.records import create_record, update_record
from amity.foundation.records.services.views import save_view

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _own_files(settings, tmp_path):
    default = {**settings.STORAGES["default"], "OPTIONS": {"location": tmp_path / "files"}}
    settings.STORAGES = {**settings.STORAGES, "default": default}


@pytest.fixture
def boats(closed_firm):
    """An object of the firm's own, linked to people."""
    firm = closed_firm
    with scope(firm.workspace.pk):
        schema.create_object(actor=firm.admin, label="Boat", plural="Boats", key="boats")
        refreshed(firm)
        schema.create_field(
            actor=firm.admin, object_key="boats", type_name="text", label="Colour", key="colour"
        )
        schema.create_relation(
            actor=firm.admin, from_object="people", to_object="boats", from_label="Boats", to_label="Sailors"
        )
        refreshed(firm)
        return spec_for(firm.workspace, "boats")


def refreshed(firm):
    """Every actor of the test holds the workspace as it was loaded; the schema has changed since."""
    version = Workspace.objects.get(pk=firm.workspace.pk).schema_version
    for holder in (firm, firm.admin, firm.owner, firm.colleague, firm.stranger):
        holder.workspace.schema_version = version


def boat_with(firm, kind):
    options = (
        {"options": [{"key": "a", "label": "Ay"}, {"key": "b", "label": "Bee"}]} if "choice" in kind else {}
    )
    with scope(firm.workspace.pk):
        schema.create_field(
            actor=firm.admin, object_key="boats", type_name=kind, label="Tested", key="tested", **options
        )
        refreshed(firm)
        spec = spec_for(firm.workspace, "boats")
        return create_record(actor=firm.admin, spec=spec, values={"name": "Gull"}), "tested"


def snapshot(firm, record_id):
    """Everything a refused change could have touched."""
    with scope(firm.workspace.pk):
        spec = spec_for(firm.workspace, "people")
    rows = spec.model.unscoped.filter(pk=record_id).values()
    return list(rows), list(Note.unscoped.values()), Change.unscoped.count(), StoredFile.unscoped.count()


def make(firm, actor, values, key="people"):
    with scope(firm.workspace.pk):
        return create_record(actor=actor, spec=spec_for(firm.workspace, key), values=values)


@pytest.fixture
def ana(closed_firm):
    return make(
        closed_firm,
        closed_firm.owner,
        {"name": "Ana Lima", "emails": "ana@example.com", "job_title": "Buyer"},
    )


PAGES = ("/people/{id}/", "/people/{id}/peek/", "/people/{id}/edit/", "/people/{id}/edit/job_title/",
         "/people/{id}/next/", "/people/{id}/files/")  # fmt: skip


def test_the_owner_sees_record_and_list(closed_firm, client_of, ana):
    client = client_of(closed_firm.owner)
    assert "Ana Lima" in client.get("/people/").content.decode()
    assert "Buyer" in client.get(f"/people/{ana}/").content.decode()


@pytest.mark.parametrize("address", PAGES)
def test_absent_and_forbidden_look_the_same(closed_firm, other_firm, client_of, ana, address):
    theirs = make(other_firm, other_firm.owner, {"name": "Canary"})
    client = client_of(closed_firm.colleague)
    answers = [client.get(address.format(id=number)) for number in (ana, 999_999, theirs)]
    assert {answer.status_code for answer in answers} == {404}
    bodies = {
        re.sub(rb'(csrfmiddlewaretoken" value|X-CSRFToken":)"?[^"]*"', b"", answer.content)
        for answer in answers
    }
    bodies = {re.sub(rb'=?"[A-Za-z0-9]{64}"', b"", body) for body in bodies}
    assert len(bodies) == 1


# --- cost --------------------------------------------------------------------------------


def statements(client, address):
    client.get(address)
    with CaptureQueriesContext(connection) as seen:
        assert client.get(address).status_code == 200
    return len(seen)


def test_a_list_costs_at_most_twelve_statements_however_long(closed_firm, client_of):
    client = client_of(closed_firm.admin)
    with scope(closed_firm.workspace.pk):
        company = make(closed_firm, closed_firm.admin, {"name": "Acme"}, "companies")
        for number in range(3):
            make(closed_firm, closed_firm.admin, {"name": f"P{number}", "company": company, "tags": ["VIP"]})
    few = statements(client, "/people/")
    for number in range(60):
        make(closed_firm, closed_firm.admin, {"name": f"Q{number}", "company": company, "tags": ["New"]})
    many = statements(client, "/people/")
    assert many <= 12
    assert many - few <= 1  # a second page exists now, so the records are counted


def test_a_record_with_a_long_story_costs_at_most_twelve_statements(closed_firm, client_of, boats):
    firm = closed_firm
    linked = [make(firm, firm.admin, {"name": f"Boat {n}"}, "boats") for n in range(20)]
    company = make(firm, firm.admin, {"name": "Acme"}, "companies")
    person = make(
        firm, firm.admin, {"name": "Long Story", "boats": linked, "company": company, "tags": ["VIP"]}
    )
    with scope(firm.workspace.pk):
        spec = spec_for(firm.workspace, "people")
        for number in range(200):
            update_record(
                actor=firm.admin, spec=spec, record_id=person, values={"job_title": f"Job {number}"}
            )
    client = client_of(firm.admin)
    assert statements(client, f"/people/{person}/") <= 12
    assert statements(client, f"/people/{person}/peek/") <= 12


def test_a_long_story_is_told_in_pages_and_each_entry_once(closed_firm, client_of):
    firm = closed_firm
    person = make(firm, firm.admin, {"name": "Long Story"})
    with scope(firm.workspace.pk):
        spec = spec_for(firm.workspace, "people")
        for number in range(50):
            if number in (3, 48):
                add_note(actor=firm.admin, spec=spec, record_id=person, body=f"Note {number}")
            values = {"job_title": f"Job {number}"}
            update_record(actor=firm.admin, spec=spec, record_id=person, values=values)
    client = client_of(firm.admin)
    first = client.get(f"/people/{person}/").content.decode()
    link = re.search(rf'/people/{person}/\?before=(\d+)"', first)
    second = client.get(f"/people/{person}/?before={link[1]}").content.decode()
    told = [re.findall(r'id="change-(\d+)"', page) for page in (first, second)]
    assert [len(ids) for ids in told] == [40, 11]
    assert not set(told[0]) & set(told[1])
    assert [note in first for note in ("Note 48", "Note 3")] == [True, False]
    assert [note in second for note in ("Note 48", "Note 3")] == [False, True]
    assert f'href="/people/{person}/"' in second
    assert "?before=" not in second
    for wrong in ("x", "٣", "9" * 30, "-1"):
        assert client.get(f"/people/{person}/", {"before": wrong}).status_code in (200, 404)


# --- every field type in place -----------------------------------------------------------

TYPES = {
    "text": ({"x": "Red"}, "Red"),
    "long_text": ({"x": "One\nTwo"}, "One\nTwo"),
    "url": ({"x": "example.com/a"}, "example.com/a"),
    "number": ({"x": "1,234.5"}, "1,234.5"),
    "percent": ({"x": "12"}, "12 %"),
    "money": ({"x": "20,100.50", "x-currency": "GBP"}, "£20,100.50"),
    "boolean": ({"x": "yes"}, "Yes"),
    "rating": ({"x": "4"}, "★★★★☆"),
    "date": ({"x": "2012-02-03"}, "2012"),
    "datetime": ({"x": "2012-02-03T14:30"}, "2012"),
    "choice": ({"x": "bee"}, "Bee"),
    "multi_choice": ({"x": ["ay", "bee"]}, "Bee"),
    "email": ({"x-0-value": "z@example.com", "x-0-label": "work"}, "z@example.com"),
    "phone": ({"x-0-value": "020 7946 0123", "x-0-label": "mobile"}, "020 7946 0123"),
    "messenger": ({"x-0-value": "anna_k", "x-0-label": "telegram"}, "anna_k"),
    "address": ({"x-0-street": "1 Quay St", "x-0-city": "Cardiff", "x-0-country": "GB"}, "Cardiff"),
    "country": ({"x": "TR"}, "rkiye"),
    "language": ({"x": "tr"}, "Turkish"),
}


def test_saving_a_form_keeps_an_owner_who_left_and_an_archived_choice(closed_firm, client_of, ana):
    firm = closed_firm
    with scope(firm.workspace.pk):
        spec = spec_for(firm.workspace, "people")
        update_record(actor=firm.owner, spec=spec, record_id=ana, values={"stage": "lead"})
        labels = [{"key": option.key, "label": str(option.label), "archived": option.key == "lead"}
                  for option in spec.by_key["stage"].options]  # fmt: skip
        schema.update_field(actor=firm.admin, object_key="people", key="stage", options=labels)
    Membership.unscoped.filter(user_id=firm.owner.user_id).update(is_active=False)
    client = client_of(firm.admin)
    for name, value in (("owner", str(firm.owner.user_id)), ("stage", "lead")):
        page = client.get(f"/people/{ana}/edit/{name}/", headers=HTMX).content.decode()
        assert f'<option value="{value}" selected>' in page
        assert client.post(f"/people/{ana}/edit/{name}/", {name: value}, headers=HTMX).status_code == 200


@pytest.mark.parametrize("kind", TYPES)
def test_every_field_type_edits_in_place_and_comes_back(closed_firm, client_of, boats, kind):
    posted, shown = TYPES[kind]
    record, key = boat_with(closed_firm, kind)
    client, address = client_of(closed_firm.admin), f"/boats/{record}/edit/{key}/?wide=1"
    body = client.get(address, headers=HTMX).content.decode()
    assert "data-editor" in body
    assert 'name="old" value="null"' in body
    data = {name.replace("x", key, 1): value for name, value in posted.items()} | {"old": "null"}
    saved = client.post(address, data, headers=HTMX)
    assert saved.status_code == 200, saved.content
    assert shown in html.unescape(saved.content.decode())
    undo = re.search(r'action="(/boats/\d+/undo/\d+/)"', saved.content.decode())
    again = client.get(address, headers=HTMX).content.decode()
    assert 'name="old" value="null"' not in again
    assert client.post(undo[1], headers=HTMX).status_code == 204
    assert 'name="old" value="null"' in client.get(address, headers=HTMX).content.decode()


def test_owner_team_link_tags_and_file_edit_in_place(closed_firm, client_of, boats):
    client = client_of(closed_firm.admin)
    record, papers = boat_with(closed_firm, "file")
    base = f"/boats/{record}/edit/"
    person = make(closed_firm, closed_firm.admin, {"name": "Sal Sailor"})
    colleague = closed_firm.colleague.user_id
    assert b"Colleague" in client.post(f"{base}owner/", {"owner": colleague}, headers=HTMX).content
    assert b"Sal Sailor" in client.post(f"{base}sailors/", {"sailors": [person]}, headers=HTMX).content
    made = client.post(f"{base}sailors/", {"sailors": [person, "new:Nell New"]}, headers=HTMX).content
    assert b"Sal Sailor" in made
    assert b"Nell New" in made
    assert b"VIP" in client.post(f"{base}tags/", {"tags": "VIP, New"}, headers=HTMX).content
    upload = SimpleUploadedFile("plan.pdf", b"%PDF-1.4 x", "application/pdf")
    assert b"plan.pdf" in client.post(f"{base}{papers}/", {papers: upload}, headers=HTMX).content


def test_a_refused_value_keeps_the_input(closed_firm, client_of, ana):
    client = client_of(closed_firm.owner)
    answer = client.post(
        f"/people/{ana}/edit/emails/", {"emails-0-value": "nope@", "old": "null"}, headers=HTMX
    )
    assert answer.status_code == 422
    assert b'value="nope@"' in answer.content
    assert b"is not an e-mail address" in answer.content


def test_two_people_at_one_field_see_both_values(closed_firm, client_of, ana):
    client = client_of(closed_firm.owner)
    address = f"/people/{ana}/edit/job_title/"
    assert client.post(address, {"job_title": "Boss", "old": '"Buyer"'}, headers=HTMX).status_code == 200
    late = client.post(address, {"job_title": "Chief", "old": '"Buyer"'}, headers=HTMX)
    assert late.status_code == 409
    assert b"Boss" in late.content
    assert b'value="Chief"' in late.content
    assert client.post(address, {"job_title": "Chief", "old": '"Boss"'}, headers=HTMX).status_code == 200


def test_broken_old_value_is_a_bad_request(closed_firm, client_of, ana):
    answer = client_of(closed_firm.owner).post(
        f"/people/{ana}/edit/job_title/", {"job_title": "x", "old": "{"}
    )
    assert answer.status_code == 400


# --- forms without JavaScript ------------------------------------------------------------


def test_add_edit_note_and_delete_work_without_javascript(closed_firm, client_of):
    client = client_of(closed_firm.owner)
    made = client.post("/people/new/", {"name": "Nora Nojs", "emails-0-value": "n@example.com"}, follow=True)
    assert b"Nora Nojs" in made.content
    assert b"/undo/" in made.content
    page = made.redirect_chain[-1][0]
    edited = client.post(
        f"{page}edit/",
        {
            "first_name": "Nora",
            "last_name": "Plain",
            "phones-0-value": "020 7946 0555",
            "owner": closed_firm.owner.user_id,
        },
        follow=True,
    )
    assert b"Nora Plain" in edited.content
    assert b"020 7946 0555" in edited.content
    noted = client.post(f"{page}notes/", {"text": "Rang twice"}, follow=True)
    assert b"Rang twice" in noted.content
    gone = client.post(f"{page}delete/", follow=True)
    assert b"trash" in gone.content
    assert client.get(page).status_code == 404
    assert b"Nora Plain" in client.get("/people/?trash=1").content
    back = client.post(f"{page}restore/", follow=True)
    assert b"Nora Plain" in back.content


def test_a_form_with_errors_keeps_everything_typed(closed_firm, client_of):
    client = client_of(closed_firm.owner)
    answer = client.post(
        "/people/new/", {"name": "Kept Name", "emails-0-value": "bad@", "job_title": "Kept Job"}
    )
    assert answer.status_code == 422
    assert all(word in answer.content for word in (b"Kept Name", b"bad@", b"Kept Job", b'role="alert"'))


def test_typed_company_is_found_by_name_and_an_unknown_one_refused(closed_firm, client_of):
    client = client_of(closed_firm.owner)
    make(closed_firm, closed_firm.owner, {"name": "Zed Works"}, "companies")
    found = client.post(
        "/people/new/", {"name": "Ann", "company": "", "company-text": "zed works"}, follow=True
    )
    assert b"Zed Works" in found.content
    refused = client.post("/people/new/", {"name": "Ben", "company": "", "company-text": "Nowhere"})
    assert refused.status_code == 422
    assert b"There is no" in refused.content


def test_a_look_alike_is_told_before_adding(closed_firm, client_of, ana):
    client = client_of(closed_firm.owner)
    data = {"name": "Ana Lima", "emails-0-value": "ana@example.com"}
    warned = client.post("/people/new/", data)
    assert warned.status_code == 422
    assert b"Looks like" in warned.content
    assert b'name="anyway"' in warned.content
    assert client.post("/people/new/", data | {"anyway": "1"}).status_code == 302
    stranger = client_of(closed_firm.colleague).post("/people/new/", data)
    assert stranger.status_code == 302


# --- rights ------------------------------------------------------------------------------

CHANGES = (
    ("edit/job_title/", {"job_title": "Hacked"}), ("edit/", {"first_name": "Hacked"}), ("delete/", {}),
    ("notes/", {"text": "Hacked"}),
    ("restore/", {}), ("files/", {}), ("undo/1/", {}), ("notes/1/edit/", {"text": "Hacked"}),
    ("notes/1/pin/", {"pinned": "1"}),
    ("notes/1/delete/", {}), ("notes/1/restore/", {}),
)  # fmt: skip


@pytest.mark.parametrize(("tail", "data"), CHANGES)
def test_nobody_changes_what_they_do_not_see(closed_firm, other_firm, client_of, ana, tail, data):
    with scope(closed_firm.workspace.pk):
        add_note(
            actor=closed_firm.owner,
            spec=spec_for(closed_firm.workspace, "people"),
            record_id=ana,
            body="Mine",
        )
    before = snapshot(closed_firm, ana)
    for actor in (closed_firm.colleague, closed_firm.stranger):
        for headers in ({}, HTMX):
            answer = client_of(actor).post(f"/people/{ana}/{tail}", data, headers=headers)
            assert answer.status_code in (403, 404), (actor.user, tail)
    assert snapshot(closed_firm, ana) == before


def test_changes_are_made_by_post_only(closed_firm, client_of, ana):
    client = client_of(closed_firm.owner)
    for tail in ("delete/", "restore/", "undo/1/", "notes/", "notes/1/pin/", "notes/1/delete/"):
        assert client.get(f"/people/{ana}/{tail}").status_code == 405, tail


def test_a_guest_sees_text_where_others_may_edit(closed_firm, client_of):
    make(closed_firm, closed_firm.admin, {"name": "Guest Owned", "owner": closed_firm.stranger.user_id})
    client = client_of(closed_firm.stranger)
    body = client.get("/people/").content.decode()
    assert "Guest Owned" in body
    assert "data-edit=" not in body
    assert 'data-dialog="quick-add"' not in body
    assert client.get("/people/new/").status_code == 403
    record = re.search(r"/people/(\d+)/", body)[1]
    page = client.get(f"/people/{record}/").content.decode()
    assert "data-edit=" not in page
    assert f"/people/{record}/delete/" not in page


def test_links_to_unseen_records_are_not_named_and_survive_an_edit(closed_firm, client_of):
    firm = closed_firm
    secret = make(firm, firm.colleague, {"name": "Secret Firm"}, "companies")
    with scope(firm.workspace.pk):
        spec = spec_for(firm.workspace, "people")
        person = create_record(actor=firm.admin, spec=spec, values={"name": "Shared", "company": secret})
        update_record(actor=firm.admin, spec=spec, record_id=person, values={"owner": firm.owner.user_id})
    client = client_of(firm.owner)
    body = client.get(f"/people/{person}/").content.decode()
    assert "Secret Firm" not in body
    assert "Not visible to you" in body
    assert client.post(f"/people/{person}/edit/company/", {"company": ""}, headers=HTMX).status_code == 403
    assert (
        client.post(
            f"/people/{person}/edit/",
            {"first_name": "Still", "last_name": "Shared", "owner": firm.owner.user_id},
        ).status_code
        == 302
    )
    with scope(firm.workspace.pk):
        assert spec.model.unscoped.get(pk=person).company_id == secret


# --- hostile text ------------------------------------------------------------------------

XSS = "<script>alert(1)</script>\"><img src=x onerror=alert(1)>{{7*7}}'`"


def test_hostile_text_is_text_everywhere(closed_firm, client_of, boats):
    firm = closed_firm
    texts = {field.key: XSS for field in boats.writable if field.type.name in ("text", "long_text")}
    record = make(firm, firm.admin, {**texts, "tags": [XSS[:60]], "name": XSS}, "boats")
    with scope(firm.workspace.pk):
        add_note(actor=firm.admin, spec=boats, record_id=record, body=XSS)
        update_record(actor=firm.admin, spec=boats, record_id=record, values={"name": XSS + "!"})
        save_view(actor=firm.admin, spec=boats, name=XSS[:80], config={"search": "alert"}, private=False)
    client = client_of(firm.admin)
    client.post(f"/boats/{record}/files/", {"file": SimpleUploadedFile(f"{XSS}.txt", b"x")})
    pages = ["/boats/", f"/boats/{record}/", f"/boats/{record}/peek/", f"/boats/{record}/edit/",
             "/search/?q=alert",
             "/search/palette/?q=alert", "/boats/pick/?q=<script>", f"/boats/?q={quote(XSS)}",
             "/boats/views/new/?q=%22%3E%3Cscript%3E",
             f"/boats/new/?name={quote(XSS)}",
             f"/boats/{record}/edit/name/", f"/boats/{record}/files/"]  # fmt: skip
    for page in pages:
        body = client.get(page, headers=HTMX if "edit/name" in page or "pal" in page else {}).content.decode()
        assert "<script>alert" not in body, page
        assert "<img src=x" not in body, page
        assert "><script>" not in body, page
        assert "49'" not in body, page


# --- lists -------------------------------------------------------------------------------


def test_pages_of_a_list_follow_one_another(closed_firm, client_of):
    for number in range(120):
        make(closed_firm, closed_firm.owner, {"name": f"Person {number:03d}"})
    client, seen, address = client_of(closed_firm.owner), [], "/people/"
    while address:
        body = html.unescape(client.get(address).content.decode())
        seen += re.findall(r">(Person \d{3})</a>", body)
        found = re.search(r'href="([^"]+)" rel="next"', body)
        address = found[1] if found else ""
    assert seen == [f"Person {number:03d}" for number in range(120)]


def test_the_filter_form_becomes_an_address_and_a_view(closed_firm, client_of, ana):
    make(closed_firm, closed_firm.owner, {"name": "Other Person", "job_title": "Seller"})
    client = client_of(closed_firm.owner)
    sent = {"f": "1", "match": "and", "f-0-field": "job_title", "f-0-op": "is", "f-0-value": "buyer"}
    listed = client.get("/people/", sent, follow=True)
    assert b"Ana Lima" in listed.content
    assert b"Other Person" not in listed.content
    query = listed.redirect_chain[-1][0].partition("?")[2]
    saved = client.post("/people/views/new/", {"name": "Buyers", "list": query}, follow=True)
    view = re.search(r"view=(\d+)", saved.redirect_chain[-1][0])[1]
    assert b"Ana Lima" in saved.content
    assert b"Other Person" not in saved.content
    assert b"Buyers" in client_of(closed_firm.colleague).get("/people/").content
    assert client_of(closed_firm.colleague).post(f"/people/views/{view}/delete/").status_code == 403
    deleted = client.post(f"/people/views/{view}/delete/", follow=True).content.decode()
    restored = client.post(
        html.unescape(re.search(r'action="(/people/views/restore/[^"]+)"', deleted)[1]), follow=True
    )
    assert b"Buyers" in restored.content


STRANGE = (
    "filter={", "filter=[]", 'filter={"field":"nope","op":"is"}', "sort=nope", "columns=nope", "after=xx",
    "sort=emails&after=WzFd", "view=x&start=zz", "exact=1", "trash=1&q=%00",
)  # fmt: skip


@pytest.mark.parametrize("query", STRANGE)
def test_strange_addresses_never_break_the_list(closed_firm, client_of, ana, query):
    assert client_of(closed_firm.owner).get(f"/people/?{query}").status_code in (200, 400)


def test_an_empty_list_teaches(closed_firm, client_of):
    body = client_of(closed_firm.owner).get("/people/").content.decode()
    assert "/import/" in body
    assert "example data" not in body
    assert "example data" in client_of(closed_firm.admin).get("/people/").content.decode()
    assert "Add person" in body


def test_neighbours_follow_the_order_of_the_list(closed_firm, client_of):
    ids = [make(closed_firm, closed_firm.owner, {"name": name}) for name in ("Anna", "Bert", "Cleo")]
    client = client_of(closed_firm.owner)
    assert client.get(f"/people/{ids[1]}/next/")["Location"].startswith(f"/people/{ids[2]}/")
    listed = quote("sort=-title")
    assert client.get(f"/people/{ids[1]}/next/?list={listed}")["Location"].startswith(f"/people/{ids[0]}/")
    assert client.get(f"/people/{ids[2]}/next/")["Location"].startswith(f"/people/{ids[2]}/")


# --- search and files --------------------------------------------------------------------


def test_search_finds_own_records_and_no_others(closed_firm, other_firm, client_of, ana):
    make(other_firm, other_firm.owner, {"name": "Ana Canary"})
    for address in ("/search/?q=ana", "/search/palette/?q=ana", "/people/pick/?q=ana"):
        assert b"Ana Lima" in client_of(closed_firm.owner).get(address).content
        foreign = client_of(closed_firm.colleague).get(address).content
        assert b"Ana Lima" not in foreign
        assert b"Canary" not in foreign
    assert b"Ana Lima" in client_of(closed_firm.owner).get("/search/palette/").content


def test_a_file_is_an_attachment_for_those_who_see_its_record(closed_firm, other_firm, client_of, ana):
    client = client_of(closed_firm.owner)
    evil = SimpleUploadedFile("../../etc/evil\u202egpj.html", b"<script>alert(1)</script>", "text/html")
    page = client.post(f"/people/{ana}/files/", {"file": evil}, follow=True).content.decode()
    number = re.search(r"/files/(\d+)/", page)[1]
    answer = client.get(f"/files/{number}/")
    assert answer["Content-Disposition"].startswith("attachment")
    assert "/" not in answer["Content-Disposition"].split("filename")[-1]
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert b"".join(answer.streaming_content) == b"<script>alert(1)</script>"
    for actor in (closed_firm.colleague, closed_firm.stranger):
        assert client_of(actor).get(f"/files/{number}/").status_code == 404
        assert client_of(actor).post(f"/files/{number}/delete/").status_code == 404
    assert client.post(f"/files/{number}/delete/").status_code == 302
    assert client.get(f"/files/{number}/").status_code == 404
    client.post(f"/files/{number}/restore/")
    assert client.get(f"/files/{number}/").status_code == 200


def test_too_large_empty_and_harmful_files_are_refused(closed_firm, client_of, ana, monkeypatch):
    monkeypatch.setattr("amity.foundation.records.services.files.MAX_BYTES", 1000)
    client = client_of(closed_firm.owner)
    for content in (b"x" * 1001, b"", b"X5O!P%@AP EICAR-STANDARD-ANTIVIRUS-TEST-FILE!"):
        answer = client.post(f"/people/{ana}/files/", {"file": SimpleUploadedFile("a.txt", content)})
        assert answer.status_code == 422
    assert StoredFile.unscoped.count() == 0
    assert not [path for path in root().rglob("*") if path.is_file()]


# --- what stands where one looks ---------------------------------------------------------


def test_a_new_note_comes_with_its_day_and_says_so_at_the_top(closed_firm, client_of, ana):
    client = client_of(closed_firm.owner)
    page = client.get(f"/people/{ana}/").content.decode()
    assert "None yet" in page
    answer = client.post(f"/people/{ana}/notes/", {"text": "Hello"}, headers=HTMX).content.decode()
    assert answer.index('class="day"') < answer.index("Hello")
    assert f'id="last-note-people-{ana}" hx-swap-oob="true"' in answer
    day = re.search(r'data-day="[^"]+"', answer)
    assert day
    assert day[0] in client.get(f"/people/{ana}/").content.decode()


def test_the_record_names_what_is_missing_to_those_who_may_fill_it(closed_firm, client_of):
    bare = make(closed_firm, closed_firm.owner, {"name": "Bare Minimum"})
    mine = client_of(closed_firm.owner).get(f"/people/{bare}/").content.decode()
    assert 'data-fill="emails"' in mine
    shown = client_of(closed_firm.owner).get(f"/people/{bare}/peek/").content.decode()
    assert "data-fill" not in shown
    given = make(closed_firm, closed_firm.owner, {"name": "Given", "emails": ["g@example.com"]})
    assert 'data-fill="emails"' not in client_of(closed_firm.owner).get(f"/people/{given}/").content.decode()


def test_marks_that_do_not_fit_a_cell_are_counted_and_told(closed_firm, client_of):
    tags = ["Newsletter", "Key account", "VIP", "Export"]
    pk = make(closed_firm, closed_firm.owner, {"name": "Many Marks", "tags": tags})
    client = client_of(closed_firm.owner)
    row = client.get("/people/?columns=name,tags").content.decode()
    title = re.search(r'<span title="([^"]+)"><span class="tag', row)
    assert title
    assert sorted(title[1].split(", ")) == sorted(tags)
    assert re.search(r'aria-hidden="true">\+[23]</span>', row)
    whole = client.get(f"/people/{pk}/").content.decode()
    assert all(f"</i>{tag}</span>" in whole for tag in tags)
    assert 'aria-hidden="true">+' not in whole


def test_look_alikes_are_named_while_one_types_and_nobody_unseen(closed_firm, client_of, ana):
    data = {"quick": "1", "name": "Ana Lima", "emails": "ana@exam"}
    told = client_of(closed_firm.owner).post("/people/new/alike/", data, headers=HTMX)
    assert told.status_code == 200
    assert "Ana Lima" in told.content.decode()
    hidden = client_of(closed_firm.colleague).post("/people/new/alike/", data, headers=HTMX)
    assert (hidden.status_code, hidden.content.strip()) == (200, b"")
    nobody = client_of(closed_firm.owner).post("/people/new/alike/", {"name": "Xu"}, headers=HTMX)
    assert nobody.content.strip() == b""


def test_an_own_object_lists_its_own_fields_until_somebody_chooses(boats):
    assert boats.default_columns == ("name", "colour", "sailors", "owner", "updated_at")


def test_an_edit_on_the_record_page_draws_its_head_anew(closed_firm, client_of):
    with scope(closed_firm.workspace.pk):
        people = spec_for(closed_firm.workspace, "people")
        values = {"name": "Ana Lima", "job_title": "Buyer"}
        person = create_record(actor=closed_firm.owner, spec=people, values=values)
    browser = client_of(closed_firm.owner)
    form = {"job_title": "Director", "old": '"Buyer"'}
    answer = browser.post(f"/people/{person}/edit/job_title/?wide=1", form, headers={"hx-request": "true"})
    head = re.search(r'<header class="record-head".*?</header>', answer.content.decode(), re.DOTALL)
    assert head
    assert f'id="head-people-{person}-" hx-swap-oob="true"' in head[0]
    assert "Director" in head[0]
    form = {"job_title": "Buyer", "old": '"Director"'}
    plain = browser.post(f"/people/{person}/edit/job_title/", form, headers={"hx-request": "true"})
    assert "record-head" not in plain.content.decode()

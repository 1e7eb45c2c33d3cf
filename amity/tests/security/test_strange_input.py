"""Odd bodies, addresses and headers: never a 500, never another site, never a write."""

from __future__ import annotations

import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

import amity
from amity.foundation.core.scope import scope
from amity.foundation.records.models import StoredFile
from amity.foundation.records.objects import spec_for
from amity.foundation.records.services.records import create_record
from amity.foundation.records.services.schema import create_field
from amity.testing.world import refresh
from amity.tests.security.conftest import CANARY, Planted, body_of, browser_of, no_writes, plant

pytestmark = pytest.mark.django_db
DEEP = "[" * 400 + "]" * 400
ODD = (
    "²", "٣", "9" * 25, "9" * 5000, "-1", "0", "\x00", "\ud7ff", "' OR 1=1 --", '");DROP TABLE people;--', "{{7*7}}",
    "../../etc/passwd", "%00", "<script>alert(1)</script>", "😀" * 300, "\u202e", "NaN", "Infinity", "1e999", "null",
    '{"and":5}', '{"and":{"a":1}}', '{"or":[[]]}', '{"not":null}', '{"field":"name","op":"is","value":' + DEEP + "}",
    '{"field":"name","op":"contains","value":{"a":1}}', '{"field":"company","op":"is","value":"²"}',
    '{"field":"tags","op":"has","value":[1]}', '{"related":"notes","where":{"op":"last_days","value":"9' + "9" * 5000 + '"}}',
)  # fmt: skip
NAUGHTY = (
    'a"; DROP TABLE x; --', "Robert'); --", "%s %(a)s {0} {a}", '"quoted"', "$.a[0]", "a'b", "__proto__", "select", "−∞ 王",
    "<img src=x onerror=alert(1)>", "{{ config }}", "\u202eevil",
)  # fmt: skip


@pytest.mark.parametrize("some", [ODD[:14], ODD[14:]], ids=["texts", "trees"])
def test_no_parameter_breaks_a_page(planted: Planted, some: tuple[str, ...]) -> None:
    browser = browser_of(planted.firm.admin)
    for odd in some:
        _ask_with(browser, planted, odd)


def _ask_with(browser: Client, planted: Planted, odd: str) -> None:
    names = ("filter", "sort", "columns", "c", "up", "after", "start", "view", "q", "list", "field", "op", "index", "f",
             "f-rest", f"f-{odd}-field", "f-0-field", "f-0-value", "f-0-op", "before", "who", "show", "object", "company",
             "owner", "format", "fields", "key", "next", "d", "type", "ids", "source", "kind", "person", "record", "channel")  # fmt: skip
    pages = ("/people/", "/people/columns/", "/people/filter/", "/people/views/new/", "/people/pick/", "/people/new/",
             "/search/", "/search/palette/", "/settings/log/", "/settings/jobs/", "/import/", "/people/export/",
             "/people/conflicts/", "/people/recipients/", "/people/cells/", "/people/quality/check/", "/people/quality/rules/",
             "/people/pick/only/", f"/people/{planted.ids['record_id']}/share/pick/",
             f"/settings/hand-over/{planted.ids['user_id']}/", f"/handovers/{planted.ids['handover_id']}/taken/",
             f"/people/{planted.ids['record_id']}/", f"/people/{planted.ids['record_id']}/next/", "/sign-in/")  # fmt: skip
    whole = urlencode(
        {"f": "1", "f-0-field": "company", "f-0-op": "is", "f-0-value": odd, f"f-{odd}-field": "name"}
    )
    for page in pages:
        asked = [whole, urlencode([(name, odd) for name in names]), urlencode({"c": "name", "filter": odd})]
        names_alone = (
            ("filter", "start", "list", "sort") if page in ("/people/", "/people/export/") else ("list",)
        )
        asked += [urlencode({name: odd}) for name in names_alone]
        for query in [*asked, urlencode({"f": "1", "f-rest": odd})]:
            if len(query) < 30_000:
                answer = browser.get(f"{page}?{query}")
                assert answer.status_code < 500, (page, query[:200])


def test_no_value_breaks_a_form_or_a_call(planted: Planted) -> None:
    """Every field of a record by form and by program; the import's form; ids in settings."""
    browser = browser_of(planted.firm.admin)
    for odd in ODD[:14]:
        _send_with(browser, planted, odd)


def _send_with(browser: Client, planted: Planted, odd: str) -> None:
    ids = planted.ids
    with scope(planted.firm.workspace.pk):
        keys = [item.key for item in spec_for(planted.firm.workspace, "people").writable]
    record = ids["record_id"]
    whole = {name: odd for key in keys for name in (key, f"{key}-{odd}-value", f"{key}-0-value")}
    forms: list[tuple[str, Any]] = [(f"/people/{record}/edit/", whole), ("/people/new/", whole)]
    forms += [(f"/people/{record}/edit/company/", {"company": odd, "old": odd})]
    forms += [
        (
            f"/import/{ids['run_id']}/mapping/",
            {"owner": odd, "keys": odd, "tags": odd, "target-0": odd, "w-a": odd},
        ),
        (f"/import/{ids['run_id']}/read/", {"encoding": odd, "sheet": odd, "separator": odd}),
        (f"/settings/people/{ids['member_id']}/", {"role": odd, "teams": odd}),
        (f"/settings/teams/{ids['team_id']}/", {"name": odd, "parent": odd, "members": odd}),
        ("/people/views/new/", {"name": odd, "list": f"filter={odd}"}),
    ]
    for url, data in [*forms, *_later_forms(ids, odd)]:
        assert browser.post(url, data).status_code < 500, (url, odd[:50])
    for value in (odd, [odd], {"id": odd}, [{"value": odd}], {"amount": odd, "currency": odd}):
        answer = browser.patch(
            f"/api/v1/people/{record}", dict.fromkeys(keys, value), content_type="application/json"
        )
        assert answer.status_code < 500, value


def _later_forms(ids: dict[str, Any], odd: str) -> list[tuple[str, Any]]:
    """Sharing, settling, consents, cells, quality, handing over, formulas."""
    record, leaves = ids["record_id"], f"/settings/hand-over/{ids['user_id']}/"
    rule = {
        f"r0-{name}": odd for name in ("object", "fits", "to", "user", "users", "team", "of", "f-0-field")
    }
    sound = {
        "r0-object": "people",
        "r0-fits": "filter",
        "r0-to": "turn",
        "r0-users": odd,
        "r0-f-0-field": odd,
    }
    cell = json.dumps([[record, 1, "job_title", odd], [record, 1, odd, "x"], [record, 1, "owner", odd]])
    return [
        (f"/people/{record}/share/", {"receiver": f"u{odd}", "level": odd, "until": odd, "why": odd}),
        (f"/people/{record}/share/", {"receiver-text": odd, "level": "see", "until": "9999-12-31"}),
        (f"/people/{record}/conflicts/job_title/", {"take": odd, "present": odd, "next": odd}),
        (f"/people/{record}/conflicts/job_title/", {"job_title": odd, "present": odd}),
        ("/people/conflicts/take/", {"source": odd, "field": odd}),
        (f"/people/{record}/consents/{ids['consent']}/", {"verdict": odd, "giver": odd, "channel": odd}),
        (f"/people/{record}/consents/{ids['consent']}/", {"verdict": "given", "giver": f"people:{odd}"}),
        ("/people/cells/", {"cells": odd}),
        ("/people/cells/", {"cells": cell}),
        ("/people/quality/rules/add/", {"name": odd, "f-0-field": odd, "f-0-op": odd, "f-0-value": odd}),
        (f"/people/quality/{record}/clear/", {"field": odd, "next": odd}),
        ("/people/recipients/", {"channel": odd, "purpose": odd, "only": odd, "ids": odd, "do": odd}),
        (f"/people/{record}/take-over/", {"with": odd}),
        (leaves, {**rule, "do": "preview"}),
        (leaves, {**sound, "do": f"up:{odd}", "add": f"r0-{odd}"}),
        (f"/handovers/{ids['handover_id']}/taken/seen/", {"id": odd, "all": odd, "read": odd}),
        ("/settings/objects/people/formula/", {"formula": odd, "result": odd, "key": odd}),
        ("/settings/objects/people/formula/", {"formula": f"{odd} + 10^400", "result": "number"}),
        ("/settings/objects/people/sources/", {"sources": odd, "field": odd}),
        (f"/settings/consents/{ids['purpose_id']}/", {"label": odd, "wording": odd, "objects": odd}),
    ]


def test_ids_beyond_the_database_are_not_there(planted: Planted) -> None:
    browser = browser_of(planted.firm.admin)
    for number in ("9" * 19, "9" * 40, 2**63, 2**64):
        for path in ("people/{}/", "people/{}/edit/", "files/{}/", "import/{}/", "settings/teams/{}/", "settings/people/{}/",
                     "people/views/{}/", "settings/roles/{}/", "people/{}/share/", "people/{}/sources/",
                     "people/{}/conflicts/", "people/{}/take-over/", "settings/hand-over/{}/", "handovers/{}/",
                     "handovers/{}/taken/", "settings/consents/{}/"):  # fmt: skip
            assert browser.get("/" + path.format(number)).status_code == 404, path


def test_numbers_are_told_by_decimals_alone() -> None:
    """`"²".isdigit()` is true and `int("²")` fails: our code asks `isdecimal`."""
    root = Path(amity.__file__).parent
    guilty = [
        path
        for path in root.rglob("*.py")
        if "tests" not in path.parts and ".isdigit()" in path.read_text("utf-8")
    ]
    assert guilty == []


def test_names_of_fields_are_never_code(planted: Planted) -> None:
    """Fields, objects and views named like SQL, templates and markup work as names everywhere, and only so."""
    firm = planted.firm
    with scope(firm.workspace.pk):
        for place, label in enumerate(NAUGHTY):
            create_field(
                actor=firm.admin, object_key="companies", type_name="text", label=label, fast=place < 3
            )
            refresh(firm)
        companies = spec_for(firm.workspace, "companies")
        made = [item for item in companies.live_fields if item.custom and not item.relation_id]
        assert len(made) >= len(NAUGHTY)
        create_record(
            actor=firm.admin,
            spec=companies,
            values={"name": "Z", **{item.key: "<b>v'\"</b>" for item in made}},
        )
    browser = browser_of(firm.admin)
    columns = ",".join(["name", *(item.key for item in made)])
    for item in made:
        for query in (
            {"sort": item.key},
            {"sort": f"-{item.key}"},
            {"filter": f'{{"field":"{item.key}","op":"filled"}}'},
        ):
            text = browser.get("/companies/", {"columns": columns, **query})
            assert text.status_code == 200, item.label
            assert "<b>v" not in text.content.decode()
            assert "<img src=x" not in text.content.decode()
    for page in (
        "/settings/objects/companies/",
        "/companies/new/",
        "/companies/columns/",
        "/api/v1/docs",
        "/companies/export/",
    ):
        text = body_of(browser.get(page))
        assert "<img src=x" not in text or page == "/companies/export/", page
    for key in (
        "name; DROP TABLE x",
        'name"',
        "name,id",
        "custom__x",
        "owner__password",
        "workspace__name",
        "-",
        "--name",
    ):
        assert browser.get("/companies/", {"sort": key}).status_code == 400, key
        assert browser.get("/companies/", {"columns": key.replace(",", ";")}).status_code == 400, key


@pytest.mark.parametrize(
    "target", ["//evil.test", "/\\evil.test", "https:evil.test", "https://evil.test", "\thttps://evil.test", "/\t/evil.test",
               "javascript:alert(1)", "http:///evil.test", "\\\\evil.test", "https://127.0.0.1@evil.test/", "%2f%2fevil.test"],
)  # fmt: skip
def test_no_way_leads_to_another_site(planted: Planted, target: str) -> None:
    browser, record = browser_of(planted.firm.owner), planted.ids["record_id"]
    answers = [
        browser.get("/sign-in/", {"next": target}),
        browser.post("/sign-in/", {"next": target, "email": "a@example.com", "password": "x"}),
        browser.post("/settings/appearance/", {"theme": "dark"}, headers={"referer": target}),
        browser.post(f"/people/{record}/notes/{planted.ids['note_id']}/pin/", {"pinned": "1", "next": target}),
        browser.post(
            f"/people/{record}/notes/{planted.ids['note_id']}/pin/", {"pinned": "1"},
            headers={"hx-current-url": target, "hx-request": "true"},
        ),
    ]  # fmt: skip
    for answer in answers:
        place = answer.get("Location") or answer.get("HX-Redirect") or ""
        assert re.match(r"^$|^/(?![/\\])|^(?!.*:)[^/\\]", place), (target, place)


def test_hosts_that_are_not_ours_are_refused(planted: Planted, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    browser = browser_of(planted.firm.owner)
    for host in ("evil.test", "127.0.0.1.evil.test", "127.0.0.1@evil.test", "evil.test:80"):
        assert browser.get("/people/", headers={"host": host}).status_code == 400
    assert browser.get("/people/", headers={"x-forwarded-host": "evil.test"}).status_code == 200


def test_ids_of_another_firm_are_unknown_as_values(planted: Planted, other_firm: Any) -> None:
    """Links, files, owners, teams, roles and views of another firm in every parameter that takes an id."""
    theirs = plant(other_firm).ids
    browser, record = browser_of(planted.firm.admin), planted.ids["record_id"]
    for key, foreign in (("company", theirs["company_id"]), ("owner", other_firm.admin.user_id),
                         ("contract", theirs["file_id"]), (planted.ids["relation"], [theirs["company_id"]])):  # fmt: skip
        answer = browser.patch(f"/api/v1/people/{record}", {key: foreign}, content_type="application/json")
        assert answer.status_code in (403, 422), key
    with no_writes():
        assert (
            browser.post(
                f"/settings/teams/{planted.ids['team_id']}/",
                {"name": f"{CANARY} team", "parent": theirs["team_id"]},
            ).status_code
            == 422
        )
        assert browser.get("/people/", {"view": theirs["view_id"]}).status_code == 200


# --- large and hostile bodies ----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/sign-in/", "/import/upload/", "/people/1/files/", "/api/v1/people", "/"])
def test_strangers_large_bodies_are_not_read(db: None, path: str) -> None:
    """Before anybody is known: refused by what the header says, none of it kept."""
    answer = Client(SERVER_NAME="127.0.0.1").post(path, b"x", content_type="multipart/form-data; boundary=x",
                                                  CONTENT_LENGTH=str(2 << 20))  # fmt: skip
    assert answer.status_code == 413
    odd = Client(SERVER_NAME="127.0.0.1").post(path, b"x", content_type="text/plain", CONTENT_LENGTH="²")
    assert odd.status_code == 413


def test_a_guests_import_is_refused_before_it_is_read(planted: Planted) -> None:
    upload = SimpleUploadedFile("a.csv", b"Name\nA\n")
    browser = browser_of(planted.firm.stranger)
    with no_writes():
        assert browser.post("/import/upload/", {"file": upload}).status_code == 403


@pytest.mark.parametrize("name", ["../../../etc/cron.d/x", "..\\..\\x.bat", "a\x00b.html", "x.pHtMl", "a.svg", "a.html\r\nX-Evil: 1",
                                  "\u202egpj.exe", "n" * 400 + ".txt", "con", "", ".htaccess", "a.pdf.html"])  # fmt: skip
def test_uploads_are_kept_inert(planted: Planted, name: str, tmp_path: Path) -> None:
    """Scripts in disguise: random name on disk, attachment, sandbox, nothing a browser would run."""
    browser, record = browser_of(planted.firm.owner), planted.ids["record_id"]
    body = b"GIF89a/*<svg onload=alert(1)><html><script>alert(1)</script>*/"
    browser.post(
        f"/people/{record}/files/", {"file": SimpleUploadedFile(name or "x", body, content_type="text/html")}
    )
    stored = StoredFile.unscoped.latest("pk")
    assert re.fullmatch(r"\d+/[0-9a-f]{2}/[0-9a-f]{40}", stored.path)
    for url in (f"/files/{stored.pk}/", f"/api/v1/people/{record}/files/{stored.pk}"):
        answer = browser.get(url)
        assert answer.status_code == 200
        assert answer["Content-Disposition"].startswith("attachment")
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer["Content-Security-Policy"]
        assert not re.search("html|svg|xml|script", answer["Content-Type"])
        assert "X-Evil" not in answer
    assert {path.parent.parent.name for path in (tmp_path / "files").rglob("*") if path.is_file()} <= {
        str(stored.workspace_id)
    }


def bomb(kind: str) -> bytes:
    sheet = {
        "entities": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "x"><!ENTITY c "&b;&b;">]><worksheet>&c;</worksheet>',
        "outside": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><worksheet>&b;</worksheet>',
        "broken": b"<worksheet",
    }[kind]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr(
            "xl/workbook.xml", '<workbook><sheets><sheet name="S" sheetId="1"/></sheets></workbook>'
        )
        archive.writestr("xl/worksheets/sheet1.xml", sheet)
        archive.writestr("../../evil.txt", b"x")
    return packed.getvalue()


@pytest.mark.parametrize("kind", ["entities", "outside", "broken"])
def test_a_hostile_workbook_is_refused_on_the_page(planted: Planted, kind: str, tmp_path: Path) -> None:
    browser = browser_of(planted.firm.owner)
    before = {path for path in tmp_path.rglob("*") if path.is_file()}
    answer = browser.post("/import/upload/", {"file": SimpleUploadedFile("a.xlsx", bomb(kind))}, follow=True)
    assert answer.status_code < 500
    assert "root:" not in answer.content.decode()
    assert not list(tmp_path.rglob("evil*"))
    if answer.status_code == 422:
        assert {path for path in tmp_path.rglob("*") if path.is_file()} == before

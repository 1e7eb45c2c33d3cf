"""The import pages, as a browser without JavaScript uses them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from amity.apps.people.models import Company, Person
from amity.engines.web.imports import upload as upload_module
from amity.foundation.core.clock import now
from amity.foundation.core.jobs.worker import run_pending
from amity.foundation.core.models import Job
from amity.foundation.records.models import ImportRun
from amity.foundation.records.services.import_files import import_folder, purge_files

pytestmark = pytest.mark.django_db
SAMPLES = Path(__file__).parents[4] / "examples" / "imports"


def upload(browser, name="google.csv", content=None, **data):
    body = (SAMPLES / name).read_bytes() if content is None else content
    return browser.post("/import/upload/", {"file": SimpleUploadedFile(name, body), **data})


def start(browser, url):
    """Send the draft's form as it stands."""
    run = ImportRun.unscoped.get(pk=url.rstrip("/").rpartition("/")[2])
    return browser.post(
        f"{url}mapping/",
        {
            "start": "1",
            "keys": run.rules["keys"],
            "on_match": "update",
            "make_linked": "on",
            "add_choices": "on",
        },
    )


@pytest.mark.django_db(transaction=True)
def test_from_file_to_people_and_back(client_of, closed_firm):
    browser = client_of(closed_firm.admin)
    draft = upload(browser)
    assert draft.status_code == 302, draft.content.decode()
    page = browser.get(draft.url).content.decode()
    assert "Google Contacts export" in page
    assert "Ayşe" in page
    assert start(browser, draft.url).status_code == 302
    assert "Importing" in browser.get(draft.url).content.decode()
    run_pending()
    page = browser.get(draft.url).content.decode()
    assert Person.unscoped.filter(deleted_at=None).count() == 26
    assert Company.unscoped.filter(deleted_at=None).count() > 3
    assert "Undo this import" in page
    assert browser.get(f"{draft.url}undo/").status_code == 200
    browser.post(f"{draft.url}undo/")
    assert "Taking the import back" in browser.get(draft.url).content.decode()
    run_pending()
    assert "in the trash" in browser.get(draft.url).content.decode()
    assert not Person.unscoped.filter(deleted_at=None).exists()
    assert not Company.unscoped.filter(deleted_at=None).exists()


def draft_of(browser, name="google.csv", **data):
    return upload(browser, name, **data).url


def test_others_runs_do_not_exist(client_of, closed_firm):
    url = draft_of(client_of(closed_firm.owner))
    stranger = client_of(closed_firm.colleague)
    for path in ("", "progress/", "refused.csv", "undo/"):
        assert stranger.get(f"{url}{path}").status_code == 404
    for path in ("mapping/", "read/", "cancel/", "undo/", "delete/"):
        assert stranger.post(f"{url}{path}").status_code == 404
    assert client_of(closed_firm.admin).get(url).status_code == 200
    assert url not in stranger.get("/import/").content.decode()


def test_nobody_without_a_place_gets_in(client, closed_firm):
    assert client.get("/import/").status_code == 302
    assert client.post("/import/upload/").status_code == 302
    assert client.get("/people/export/").status_code == 302


def test_guests_may_not_import(client_of, closed_firm):
    browser = client_of(closed_firm.stranger)
    assert "may not add records" in browser.get("/import/").content.decode()
    assert upload(browser).status_code == 403


@pytest.mark.parametrize("content", [b"", b"\0\0\0", b"PK\x03\x04 broken"])
def test_unreadable_files_are_refused_at_the_field(client_of, closed_firm, content):
    before = set(import_folder().iterdir())
    answer = upload(client_of(closed_firm.admin), "odd.xlsx", content)
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.content.decode()
    assert set(import_folder().iterdir()) == before
    assert not ImportRun.unscoped.exists()


def test_too_large_is_refused_before_and_while_reading(client_of, closed_firm, monkeypatch):
    browser = client_of(closed_firm.admin)
    monkeypatch.setattr(upload_module, "MAX_FILE", 100)
    assert upload(browser, "a.csv", b"Name\n" + b"x" * 5000).status_code == 422
    monkeypatch.setattr(upload_module, "SLACK", -10_000)
    assert upload(browser, "a.csv", b"Name\nA").status_code == 422
    assert not ImportRun.unscoped.exists()


def test_forms_need_the_token(closed_firm):
    from django.test import Client

    browser = Client(enforce_csrf_checks=True, SERVER_NAME="127.0.0.1")
    browser.force_login(closed_firm.admin.user, backend="amity.foundation.accounts.signin.DelayedBackend")
    assert upload(browser).status_code == 403


def test_texts_of_the_file_are_escaped(client_of, closed_firm):
    browser = client_of(closed_firm.admin)
    bad = "<script>alert(1)</script>"
    url = upload(browser, f"{bad}.csv", f"First name,{bad},E-mail\n{bad},{bad},{bad}\n".encode()).url
    page = browser.get(url).content.decode()
    assert bad not in page
    assert "&lt;script&gt;" in page
    start(browser, url)
    assert bad not in browser.get("/import/").content.decode()


def test_names_of_files_are_no_paths(client_of, closed_firm):
    url = upload(client_of(closed_firm.admin), "../../../etc/passwd", b"Name\nA").url
    run = ImportRun.unscoped.get(pk=url.split("/")[2])
    assert "/" not in run.file_name
    assert Path(run.path).parent == import_folder()
    assert "passwd" not in run.path


def test_reading_again_as_something_else(client_of, closed_firm):
    browser = client_of(closed_firm.admin)
    url = draft_of(browser, "hubspot_companies.csv")
    assert (
        browser.post(f"{url}read/", {"object": "people", "encoding": "cp1252", "separator": ","}).status_code
        == 302
    )
    run = ImportRun.unscoped.get(pk=url.split("/")[2])
    assert (run.object_type.key, run.reading) == ("people", {"encoding": "cp1252", "separator": ","})
    assert browser.post(f"{url}read/", {"object": "nothing"}).status_code == 404


def test_a_corrected_mapping_is_kept(client_of, closed_firm):
    browser = client_of(closed_firm.admin)
    url = upload(browser, "a.csv", b"First name,Extra,Town\nA,x,Bangor\n").url
    form = {
        "c-0": "first_name",
        "c-1": "+text",
        "c-2": "addresses.city",
        "l-2": "home",
        "keys": ["name"],
        "on_match": "skip",
    }
    assert browser.post(f"{url}mapping/", {**form, "tags": "one, two"}).status_code == 302
    run = ImportRun.unscoped.get(pk=url.split("/")[2])
    columns = run.mapping["columns"]
    assert [(c["action"], c["part"]) for c in columns] == [("map", ""), ("new", ""), ("map", "city")]
    assert (columns[2]["label"], run.rules["tags"], run.rules["on_match"]) == ("home", ["one", "two"], "skip")
    for bad in (
        {"c-0": "nothing"},
        {"on_match": "explode"},
        {"keys": ["nothing"]},
        {"owner": "999999"},
        {"c-0": "+file"},
        {"tags": "x" * 99},
    ):
        answer = browser.post(f"{url}mapping/", {**form, **bad})
        assert answer.status_code == 422, bad


def test_a_run_is_removed_with_its_file(client_of, closed_firm):
    browser = client_of(closed_firm.admin)
    url = draft_of(browser)
    path = Path(ImportRun.unscoped.get().path)
    assert path.exists()
    assert browser.post(f"{url}delete/").status_code == 302
    assert not path.exists()
    assert not ImportRun.unscoped.exists()


def test_files_go_after_thirty_days(client_of, closed_firm):
    draft_of(client_of(closed_firm.admin))
    run = ImportRun.unscoped.get()
    ImportRun.unscoped.update(created_at=now() - timedelta(days=31), state="done")
    purge_files.func()
    assert not Path(run.path).exists()
    assert ImportRun.unscoped.get().path == ""


def test_running_page_works_without_javascript(client_of, closed_firm):
    browser = client_of(closed_firm.admin)
    url = draft_of(browser)
    start(browser, url)
    page = browser.get(url).content.decode()
    assert 'http-equiv="refresh"' in page
    assert 'hx-trigger="every 1s"' in page
    assert "1 running" in browser.get("/import/").content.decode()
    piece = browser.get(f"{url}progress/", headers={"HX-Request": "true"})
    assert b"<html" not in piece.content
    assert b"progress" in piece.content
    browser.post(f"{url}cancel/")
    run_pending()


def test_exports_are_files_of_the_list(client_of, closed_firm):
    browser = client_of(closed_firm.admin)
    for name in ("csv", "xlsx", "vcf", "jsonl"):
        answer = browser.get(f"/people/export/?format={name}&fields=all")
        assert answer.status_code == 200
        assert "attachment" in answer["Content-Disposition"]
        assert b"".join(answer.streaming_content) or name in ("vcf", "jsonl")
    assert browser.get("/people/export/?format=exe").status_code == 400
    assert browser.get("/nothing/export/").status_code == 404
    assert client_of(closed_firm.owner).get("/people/export/").status_code == 403
    assert "format=xlsx" in browser.get("/people/").content.decode()
    assert "format=xlsx" not in client_of(closed_firm.owner).get("/people/").content.decode()


def test_stopping_before_it_began(client_of, closed_firm):
    browser = client_of(closed_firm.admin)
    url = draft_of(browser)
    start(browser, url)
    browser.post(f"{url}cancel/")
    assert ImportRun.unscoped.get().state == "cancelled"
    assert "Stopped" in browser.get(url).content.decode()
    run_pending()
    assert not Person.unscoped.exists()


def test_a_job_given_up_ends_its_run(client_of, closed_firm):
    browser = client_of(closed_firm.admin)
    url = draft_of(browser)
    start(browser, url)
    Job.objects.update(state="failed", error="OSError in write")
    page = browser.get(url).content.decode()
    assert "Failed" in page
    assert "OSError in write" in page


@pytest.mark.django_db(transaction=True)
def test_the_menu_tells_of_a_running_import_until_its_end_was_told(client_of, closed_firm):
    browser, other = client_of(closed_firm.admin), client_of(closed_firm.owner)
    badge = "/badge/"
    assert badge not in browser.get("/people/").content.decode()
    url = draft_of(browser)
    start(browser, url)
    assert f"{url}badge/" in browser.get("/people/").content.decode()
    assert badge not in other.get("/people/").content.decode()
    running = browser.get(f"{url}badge/").content.decode()
    assert "every 2s" in running
    run_pending()
    ended = browser.get(f"{url}badge/").content.decode()
    assert "every" not in ended
    assert "26 created" in ended
    assert badge not in browser.get("/people/").content.decode()
    assert other.get(f"{url}badge/").status_code == 404


def test_a_removed_run_leaves_the_menu(client_of, closed_firm):
    browser = client_of(closed_firm.admin)
    url = draft_of(browser)
    start(browser, url)
    ImportRun.unscoped.all().delete()
    gone = browser.get(f"{url}badge/")
    assert (gone.status_code, gone.content) == (200, b"")
    assert browser.get(f"{url}badge/").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_whoever_read_the_result_needs_no_badge(client_of, closed_firm):
    browser = client_of(closed_firm.admin)
    url = draft_of(browser)
    start(browser, url)
    run_pending()
    browser.get(url)
    assert "/badge/" not in browser.get("/people/").content.decode()


def test_a_pasted_list_becomes_a_draft(client_of, closed_firm):
    browser = client_of(closed_firm.owner)
    answer = browser.post(
        "/import/paste/", {"text": '"Lima, Ana" <ana@x.example>, Bob <bob@x.example>; c@d.example'}
    )
    assert answer.status_code == 302, answer.content.decode()
    page = browser.get(answer.url).content.decode()
    assert "Pasted list" in page
    assert "Ana Lima" in page
    start(browser, answer.url)
    run_pending()
    emails = {person.title: person.emails[0]["normal"] for person in Person.unscoped.all()}
    assert emails == {"Ana Lima": "ana@x.example", "Bob": "bob@x.example", "c@d.example": "c@d.example"}


@pytest.mark.parametrize(
    ("text", "told"), [(" \n ", "Paste a list first"), ("a" * 1_000_001, "1,000,000 characters")]
)
def test_a_paste_that_cannot_be_taken_is_kept_in_its_box(
    client_of, closed_firm, settings, tmp_path, text, told
):
    settings.AMITY_HOME = tmp_path
    answer = client_of(closed_firm.owner).post("/import/paste/", {"text": text})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert told in page
    assert text.strip() in page
    assert not ImportRun.unscoped.exists()
    assert list(import_folder().iterdir()) == []


def test_who_may_add_nothing_pastes_nothing(client_of, closed_firm):
    assert client_of(closed_firm.stranger).post("/import/paste/", {"text": "a@b.c"}).status_code == 403


@pytest.mark.parametrize(("name", "count"), [("shop.ods", 27), ("old_phone.vcf", 26)])
def test_sheets_and_cards_of_other_programs(client_of, closed_firm, name, count):
    browser = client_of(closed_firm.admin)
    draft = upload(browser, name)
    assert draft.status_code == 302, draft.content.decode()
    start(browser, draft.url)
    run_pending()
    assert Person.unscoped.count() == count


def test_a_locked_sheet_says_so(client_of, closed_firm, tmp_path):
    from amity.foundation.records.tests.importing.ods_files import ods

    entry = '<manifest:file-entry manifest:full-path="content.xml"><manifest:encryption-data/></manifest:file-entry>'
    path = ods(tmp_path / "x.ods", {}, content=b"\x01", manifest=entry)
    answer = upload(client_of(closed_firm.admin), "x.ods", path.read_bytes())
    assert (answer.status_code, "protected by a password" in answer.content.decode()) == (422, True)

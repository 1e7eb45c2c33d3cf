"""Forms that make something: sent twice, one after the other or at once, they make it once."""

from __future__ import annotations

import re
import threading
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from amity.foundation.core.scope import scope
from amity.foundation.records.models import KeptAnswer, Note, StoredFile
from amity.foundation.records.objects import spec_for
from amity.foundation.records.services.records import create_record


@pytest.fixture
def person(closed_firm: Any, settings: Any, tmp_path: Any) -> str:
    where = {"location": tmp_path}
    settings.STORAGES = {**settings.STORAGES, "default": {**settings.STORAGES["default"], "OPTIONS": where}}
    with scope(closed_firm.workspace.pk):
        spec = spec_for(closed_firm.workspace, "people")
        return f"/people/{create_record(actor=closed_firm.owner, spec=spec, values={'name': 'Ana'})}/"


def token_of(page: Any, action: str) -> str:
    """The hidden `once` of the form with this address."""
    form = re.search(rf'<form[^>]*action="{action}".*?</form>', page.content.decode(), re.DOTALL)
    assert form
    found = re.search(r'name="once" value="([\w-]{8,})"', form[0])
    assert found
    return found[1]


def people(firm: Any) -> int:
    return int(spec_for(firm.workspace, "people").model.unscoped.filter(workspace=firm.workspace).count())


def test_a_record_sent_twice_is_made_once(closed_firm: Any, client_of: Any) -> None:
    browser = client_of(closed_firm.owner)
    once = token_of(browser.get("/people/new/"), "/people/new/")
    assert once != token_of(browser.get("/people/new/"), "/people/new/")
    sent = {"name": "Bo Twice", "once": once, "anyway": "1"}
    first, again = (browser.post("/people/new/", sent) for _ in range(2))
    assert (first.status_code, first["Location"]) == (again.status_code, again["Location"])
    assert people(closed_firm) == 1
    other = browser.post("/people/new/", {**sent, "name": "Corrected after Back"})
    assert other["Location"] != first["Location"]
    quick = browser.post("/people/new/", {**sent, "quick": "1"}, headers={"hx-request": "true"})
    repeated = browser.post("/people/new/", {**sent, "quick": "1"}, headers={"hx-request": "true"})
    assert quick["HX-Redirect"] == repeated["HX-Redirect"]
    assert people(closed_firm) == 3


def test_a_refused_form_may_be_sent_again(closed_firm: Any, client_of: Any) -> None:
    browser = client_of(closed_firm.owner)
    for _ in range(2):
        assert browser.post("/people/new/", {"name": "", "once": "same-token"}).status_code == 422
    assert KeptAnswer.unscoped.count() == 0


def test_notes_and_files_sent_twice_are_kept_once(closed_firm: Any, client_of: Any, person: str) -> None:
    browser = client_of(closed_firm.owner)
    page = browser.get(person)
    once = token_of(page, f"{person}notes/")
    answers = [
        browser.post(f"{person}notes/", {"text": "Called", "once": once}, headers={"hx-request": "true"})
        for _ in range(2)
    ]
    assert [item.status_code for item in answers] == [200, 204]
    assert once not in answers[0].content.decode()
    fresh = re.search(
        r'name="once" value="([\w-]+)" id="once[\w-]+" hx-swap-oob', answers[0].content.decode()
    )
    assert fresh
    browser.post(f"{person}notes/", {"text": "Called", "once": fresh[1]}, headers={"hx-request": "true"})
    assert Note.unscoped.count() == 2
    once = token_of(page, f"{person}files/")
    for _ in range(2):
        sent = {"file": SimpleUploadedFile("a.txt", b"x"), "once": once}
        assert browser.post(f"{person}files/", sent).status_code == 302
    assert StoredFile.unscoped.count() == 1


def test_a_token_of_one_person_is_nothing_to_another(closed_firm: Any, client_of: Any) -> None:
    sent = {"name": "Bo", "once": "same-token", "anyway": "1"}
    for actor in (closed_firm.owner, closed_firm.colleague):
        assert client_of(actor).post("/people/new/", sent).status_code == 302
    assert people(closed_firm) == 2


@pytest.mark.usefixtures("real_database")
def test_a_double_click_makes_one_record(closed_firm: Any, client_of: Any) -> None:
    sent = {"name": "Bo Double", "once": "same-token", "anyway": "1"}
    answers: list[Any] = []
    browsers = [client_of(closed_firm.owner) for _ in range(6)]

    def click(browser: Any) -> None:
        try:
            answers.append(browser.post("/people/new/", sent))
        finally:
            connection.close()

    threads = [threading.Thread(target=click, args=(browser,)) for browser in browsers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [item.status_code for item in answers] == [302] * 6
    assert len({item["Location"] for item in answers}) == 1
    assert people(closed_firm) == 1

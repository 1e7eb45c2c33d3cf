"""The import pages, as a browser without JavaScript uses them."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from amity.apps.people.models import Company, Person
from amity.foundation.core.jobs.worker import run_pending
from amity.foundation.records.models import ImportRun

SAMPLES = Path(__file__).parents[4] / "examples" / "imports"


def upload(browser, name="google.csv", content=None, **data):
    body = (SAMPLES / name).read_bytes() if content is None else content
    return browser.post("/import/upload/", {"file": SimpleUploadedFile(name, body), **data})


def start(browser, url):
    """Send the draft's form as it stands."""
    run = ImportRun.unscoped.get(pk=url.rstrip("/").rpartition("/")[2])
    return browser.post(f"{url}mapping/", {"start": "1", "keys": run.rules["keys"], "on_match": "update", "make_linked": "on", "add_choices": "on"})


@pytest.mark.django_db(transaction=True)
def test_from_file_to_people_and_back(client_of, closed_firm):
    browser = client_of(closed_firm.admin)
    draft = upload(browser)
    assert draft.status_code == 302, draft.content.decode()
    page = browser.get(draft.url).content.decode()
    assert "Google Contacts export" in page and "Ayşe" in page
    assert start(browser, draft.url).status_code == 302
    assert "Importing" in browser.get(draft.url).content.decode()
    run_pending()
    page = browser.get(draft.url).content.decode()
    assert Person.unscoped.filter(deleted_at=None).count() == 30
    assert Company.unscoped.filter(deleted_at=None).count() > 3
    assert "Undo this import" in page
    assert browser.get(f"{draft.url}undo/").status_code == 200
    browser.post(f"{draft.url}undo/")
    assert "Taking the import back" in browser.get(draft.url).content.decode()
    run_pending()
    assert "in the trash" in browser.get(draft.url).content.decode()
    assert not Person.unscoped.filter(deleted_at=None).exists()
    assert not Company.unscoped.filter(deleted_at=None).exists()

"""The story of a record with many changes: one stretch after the other, nothing twice, nothing left out."""

from __future__ import annotations

import datetime as dt
import html
import re

import pytest

from amity.engines.web import timeline
from amity.engines.web.tests.test_record_pages import make
from amity.foundation.core.scope import scope
from amity.foundation.records.models import Change, Note
from amity.foundation.records.objects import spec_for
from amity.foundation.records.services.notes import add_note
from amity.foundation.records.services.records import update_record

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def storied(closed_firm, monkeypatch):
    """A person with eight changes and two notes, an hour apart each; three changes to a stretch."""
    monkeypatch.setattr(timeline, "LIMIT", 3)
    firm = closed_firm
    record = make(firm, firm.owner, {"name": "Ana Lima"})
    with scope(firm.workspace.pk):
        spec = spec_for(firm.workspace, "people")
        for number in range(7):
            update_record(
                actor=firm.owner, spec=spec, record_id=record, values={"job_title": f"Job {number}"}
            )
        for body in ("Early note", "Late note"):
            add_note(actor=firm.owner, spec=spec, record_id=record, body=body)
    start = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    for hour, change in enumerate(Change.unscoped.filter(record_id=record).order_by("pk")):
        Change.unscoped.filter(pk=change.pk).update(at=start + dt.timedelta(hours=hour))
    Note.unscoped.filter(body="Early note").update(created_at=start + dt.timedelta(minutes=90))
    Note.unscoped.filter(body="Late note").update(created_at=start + dt.timedelta(hours=9))
    return record


def link_in(page):
    found = re.search(r'hx-get="([^"]+)"[^>]*hx-target="closest \[data-older\]"', page)
    return html.unescape(found[1]) if found else ""


def entries(page):
    return re.findall(r'id="((?:change|note)-\d+)"', page)


@pytest.mark.parametrize("headers", [HTMX, {}], ids=["htmx", "plain link"])
def test_older_goes_on_to_the_beginning(closed_firm, client_of, storied, headers):
    client, seen = client_of(closed_firm.owner), []
    page = client.get(f"/people/{storied}/").content.decode()
    assert "Late note" in page
    assert "Early note" not in page
    while True:
        seen += entries(page)
        if not link_in(page):
            break
        page = client.get(link_in(page), headers=headers).content.decode()
    assert len(seen) == len(set(seen)) == 10
    assert "Early note" in page
    assert "added this record" in page
    assert 'id="timeline"' in page or headers


def test_a_short_story_has_nothing_older(closed_firm, client_of):
    record = make(closed_firm, closed_firm.owner, {"name": "Ana Lima"})
    assert not link_in(client_of(closed_firm.owner).get(f"/people/{record}/").content.decode())


@pytest.mark.parametrize("before", ["0", "x", "", "9" * 30])
def test_strange_starts_show_the_newest(closed_firm, client_of, storied, before):
    page = client_of(closed_firm.owner).get(f"/people/{storied}/?before={before}")
    assert page.status_code == 200
    assert "Late note" in page.content.decode()


def test_changes_of_another_record_start_nothing(closed_firm, client_of, storied):
    make(closed_firm, closed_firm.owner, {"name": "Other Person"})
    other = Change.unscoped.order_by("pk").last()
    assert client_of(closed_firm.owner).get(f"/people/{storied}/?before={other.pk}").status_code == 404

"""Bulk changes from a list, as a browser without JavaScript makes them."""

from __future__ import annotations

import pytest

from amity.engines.web.runs import RUN
from amity.foundation.core.jobs.worker import run_pending
from amity.foundation.core.scope import scope
from amity.foundation.records.access import visible
from amity.foundation.records.models import BulkRun
from amity.foundation.records.objects import spec_for
from amity.foundation.records.services import bulk as service
from amity.foundation.records.services.records import create_record
from amity.testing import faults
from amity.testing.world import make_object, refresh

pytestmark = pytest.mark.django_db


class Desk:
    """The owner's browser, and some records of one object."""

    def __init__(self, firm, client_of, key, count=3):
        self.firm, self.key, self.browser = firm, key, client_of(firm.owner)
        with scope(firm.workspace.pk):
            if key == "things":
                make_object(firm, "things", [("text", {}), ("multi_choice", {"options": ["One", "Two"]})])
                refresh(firm)
            self.spec = spec_for(firm.workspace, key)
            self.ids = [self.made(f"Record {n}") for n in range(count)]

    def made(self, name, actor=None):
        return create_record(actor=actor or self.firm.owner, spec=self.spec, values={"name": name})

    def tags(self):
        with scope(self.firm.workspace.pk):
            rows = visible(self.spec, self.firm.admin).order_by("pk")
            return [record.tags for record in rows]

    def post(self, path="", query="", **data):
        return self.browser.post(f"/{self.key}/bulk/{path}{query}", data)

    def tag(self, word="Bulk", **options):
        return self.post(**{"how-tags": "add", "tags": word, "do": "edit", "ids": self.ids, **options})


@pytest.fixture(params=["companies", "things"])
def desk(request, closed_firm, client_of):
    return Desk(closed_firm, client_of, request.param)


def html(answer):
    return answer.content.decode()


def test_few_records_are_changed_at_once_with_undo_in_the_toast(desk):
    page = html(desk.browser.get(f"/{desk.key}/"))
    assert page.count('name="ids"') == 3
    assert f'action="/{desk.key}/bulk/"' in page
    form = html(desk.post("edit/", ids=desk.ids))
    assert "Change 3 records" in form
    assert form.count('type="hidden" name="ids"') == 3
    answer = desk.tag()
    assert (answer.status_code, answer["Location"]) == (302, f"/{desk.key}/")
    assert desk.tags() == [["Bulk"]] * 3
    run = BulkRun.unscoped.get()
    page = html(desk.browser.get(f"/{desk.key}/"))
    assert "3 records changed." in page
    assert f"/bulk/{run.pk}/undo/" in page
    assert desk.browser.post(f"/bulk/{run.pk}/undo/").status_code == 302
    assert desk.tags() == [[]] * 3
    again = desk.browser.post(f"/bulk/{run.pk}/undo/", follow=True)
    assert "cannot be taken back" in html(again)


def test_one_field_alone_is_asked_for(desk):
    form = html(desk.post("edit/", "?only=tags", ids=desk.ids))
    assert form.count('name="how-') == 1
    assert 'value="add" selected' in form


def test_what_was_typed_stays_when_it_is_refused(desk):
    before = faults.snapshot()
    answer = desk.post(
        ids=desk.ids, **{"how-name": "set", "name": "", "how-tags": "add", "tags": "Kept word"}
    )
    assert answer.status_code == 422
    assert "Kept word" in html(answer)
    assert "Enter a value, or choose" in html(answer)
    nothing = desk.post(ids=desk.ids)
    assert (nothing.status_code, "Choose at least one field" in html(nothing)) == (422, True)
    assert [table for table in faults.changed_tables(before) if "session" not in table] == []


def test_deleting_and_bringing_back(desk):
    desk.post(do="delete", ids=desk.ids[:2])
    assert len(desk.tags()) == 1
    again = desk.post(do="delete", ids=desk.ids[:2], follow=True)
    assert "None of these records is there any more" in html(desk.browser.get(again["Location"]))
    assert BulkRun.unscoped.count() == 1
    page = html(desk.browser.get(f"/{desk.key}/?trash=1"))
    assert page.count('name="ids"') == 2
    assert desk.post("", "?trash=1", do="restore", ids=desk.ids[:2])["Location"] == f"/{desk.key}/?trash=1"
    assert len(desk.tags()) == 3


def test_everything_that_matches_is_changed_as_a_job(desk, monkeypatch, transactional_db):
    monkeypatch.setattr(service, "AT_ONCE", 1)
    with scope(desk.firm.workspace.pk):
        theirs = desk.made("Record of another", desk.firm.colleague)
    query = '?filter={"field":"name","op":"contains","value":"Record"}'
    form = html(desk.post("edit/", query, all="1"))
    assert "Change 3 records" in form
    answer = desk.tag(query=query, all="1", ids=[])
    run = BulkRun.unscoped.get()
    assert answer["Location"] == f"/bulk/{run.pk}/"
    url = answer["Location"]
    assert "0 of 3" in html(desk.browser.get(url))
    assert f"{url}badge/" in html(desk.browser.get(f"/{desk.key}/"))
    assert "Running" in html(desk.browser.get(f"{url}badge/"))
    run_pending()
    assert desk.browser.get(f"{url}progress/")["HX-Redirect"] == url
    ended = html(desk.browser.get(f"{url}badge/"))
    assert "3 records changed." in ended
    assert RUN not in desk.browser.session
    page = html(desk.browser.get(url))
    assert "Undo all of it" in page
    assert "Bulk" in page
    with scope(desk.firm.workspace.pk):
        ids = list(visible(desk.spec, desk.firm.admin).order_by("pk").values_list("pk", flat=True))
    assert desk.tags() == [[] if pk == theirs else ["Bulk"] for pk in ids]


def test_refused_records_lead_to_the_page_that_says_why(desk):
    with scope(desk.firm.workspace.pk):
        theirs = desk.made("Canary name", desk.firm.colleague)
    answer = desk.tag(ids=[*desk.ids, theirs])
    page = html(desk.browser.get(answer["Location"]))
    assert "not there any more" in page
    assert "Canary" not in page


def test_the_ticked_rows_as_a_file(desk, client_of):
    manager = client_of(desk.firm.admin)
    url = f"/{desk.key}/export/?format=csv&fields=all"
    some = b"".join(manager.post(url, {"ids": desk.ids[:2]}).streaming_content).decode()
    assert ("Record 0" in some, "Record 1" in some, "Record 2" in some) == (True, True, False)
    every = b"".join(manager.post(url, {"ids": desk.ids[:2], "all": "1"}).streaming_content).decode()
    assert "Record 2" in every
    assert desk.browser.post(url, {"ids": desk.ids}).status_code == 403


def test_who_may_change_nothing_sees_no_bar(desk, client_of):
    with scope(desk.firm.workspace.pk):
        desk.made("Of the guest", desk.firm.admin)
    guest = client_of(desk.firm.stranger)
    assert 'name="ids"' not in html(guest.get(f"/{desk.key}/"))
    for path in ("", "edit/"):
        assert guest.post(f"/{desk.key}/bulk/{path}", {"ids": desk.ids}).status_code == 403
    run = desk.tag() and BulkRun.unscoped.get()
    for path in ("", "progress/", "badge/"):
        assert guest.get(f"/bulk/{run.pk}/{path}").status_code == 404
    for path in ("cancel/", "undo/"):
        assert guest.post(f"/bulk/{run.pk}/{path}").status_code == 404


def test_odd_input_is_refused_and_nothing_lost(desk):
    assert desk.post(do="erase", ids=desk.ids).status_code == 400
    none = desk.post(do="delete", follow=True)
    assert none["Location"] == f"/{desk.key}/"
    odd = desk.post(do="delete", ids=["x", "-1", "٣", "9" * 30])
    assert odd["Location"] == f"/{desk.key}/"
    assert len(desk.tags()) == 3
    assert desk.browser.get(f"/{desk.key}/bulk/edit/")["Location"] == f"/{desk.key}/"
    assert desk.browser.get("/bulk/987654/").status_code == 404


def test_the_bar_sends_the_ticked_ones_to_be_compared(desk):
    assert f'formaction="/{desk.key}/merge/"' in html(desk.browser.get(f"/{desk.key}/"))
    answer = desk.browser.post(f"/{desk.key}/merge/", {"ids": desk.ids[:2]})
    assert (answer.status_code, answer["Location"]) == (
        302,
        f"/{desk.key}/merge/?ids={desk.ids[0]}&ids={desk.ids[1]}",
    )
    assert "Record 1" in html(desk.browser.get(answer["Location"]))

"""The grid through HTTP: its address, what cells say, saved widths, answers to a paste, and strange input."""

from __future__ import annotations

import html
import json
import re

import pytest

from amity.engines.web.tests.test_record_pages import HTMX, make
from amity.foundation.accounts.models import Membership, Role
from amity.foundation.core.scope import scope
from amity.foundation.records.models import BulkRun, Change, SavedView
from amity.foundation.records.objects import spec_for
from amity.foundation.records.services.records import update_record
from amity.foundation.records.services.views import save_view
from amity.testing import faults
from amity.testing.statements import recorded

pytestmark = pytest.mark.django_db
GRID = "/companies/?shape=grid&columns=name,kind,employees,industry,created_at"
CELLS = GRID.replace("/?", "/cells/?")


def text_of(client, path, status=200, **options):
    answer = client.get(path, **options)
    assert answer.status_code == status, path
    return html.unescape(answer.content.decode())


def paste(client, *cells, url=CELLS):
    """Cells are (record id, version, field, text)."""
    return client.post(url, {"cells": json.dumps(cells)}, headers=HTMX)


def cell(text, record_id, key):
    row = text.split(f'data-line="{record_id}"')[1].split("</tr>")[0]
    return next(part for part in row.split("<td") if f'data-key="{key}"' in part)


@pytest.fixture
def firms(closed_firm):
    """Companies with 10, 20 and 30 employees, and one that does not say."""
    firm = closed_firm
    ids = [
        make(firm, firm.owner, {"name": f"Firm {n}", "employees": n * 10, "kind": "customer"}, "companies")
        for n in (1, 2, 3)
    ]
    ids.append(make(firm, firm.owner, {"name": "Quiet Ltd"}, "companies"))
    return firm, ids


def test_cells_carry_what_a_paste_reads_and_a_sum_adds(firms, client_of):
    firm, ids = firms
    text = text_of(client_of(firm.owner), GRID)
    assert 'data-text="10" data-n="10' in cell(text, ids[0], "employees")
    assert 'data-text="Customer"' in cell(text, ids[0], "kind")
    assert f'data-edit="/companies/{ids[0]}/edit/kind/?cell=1"' in cell(text, ids[0], "kind")
    locked = cell(text, ids[0], "created_at")
    assert 'aria-readonly="true" data-why="Amity keeps this field."' in locked
    assert "data-edit" not in locked
    assert "data-n" not in cell(text, ids[3], "employees")


def test_sums_are_over_all_that_match(firms, client_of):
    firm, _ids = firms
    client = client_of(firm.owner)
    assert "Sum 60, average 20, of 3" in text_of(client, GRID)
    tree = json.dumps({"field": "employees", "op": "above", "value": 15})
    assert "Sum 50, average 25, of 2" in text_of(client, f"{GRID}&filter={tree}")
    assert "<tfoot" not in text_of(client, "/companies/?shape=grid&columns=name,kind")


def test_the_address_is_the_table_s_and_the_other_shapes_keep_it(firms, client_of):
    firm, ids = firms
    client = client_of(firm.owner)
    text = text_of(client, f"{GRID}&q=Firm&sort=-title")
    shown = re.findall(r'data-line="(\d+)"', text)
    assert shown == [str(pk) for pk in reversed(ids[:3])]
    switch = re.search(r'href="([^"]*)" aria-label="Table"', text)
    assert switch
    assert {"q=Firm", "sort=-title"} <= set(re.split("[?&]", switch[1]))
    assert "shape" not in switch[1]


def test_the_grid_pages_by_a_hundred(closed_firm, client_of):
    for n in range(103):
        make(closed_firm, closed_firm.owner, {"name": f"Firm {n:03d}"}, "companies")
    client = client_of(closed_firm.owner)
    text = text_of(client, "/companies/?shape=grid")
    assert text.count("data-line=") == 100
    following = re.search(r'href="([^"]*)" rel="next"', text)
    assert following
    rest = text_of(client, following[1])
    assert rest.count("data-line=") == 3
    assert ">101</a>" in rest
    back = re.search(r'href="([^"]*)" rel="prev"', rest)
    assert back
    assert text_of(client, back[1]).count("data-line=") == 100


def test_a_grid_costs_as_many_statements_for_many_rows_as_for_few(closed_firm, client_of):
    client, counts = client_of(closed_firm.owner), []
    for start, rows in ((0, 3), (3, 60)):
        for n in range(start, start + rows):
            make(
                closed_firm,
                closed_firm.owner,
                {"name": f"Firm {n:03d}", "tags": ["Kept"], "employees": n},
                "companies",
            )
        text_of(client, GRID)
        with recorded() as statements:
            text_of(client, GRID)
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_looking_as_a_colleague_shows_locked_cells(firms, client_of):
    firm, ids = firms
    with scope(firm.workspace.pk):
        member = Membership.unscoped.get(workspace=firm.workspace, user_id=firm.owner.user_id)
    client = client_of(firm.admin)
    client.post(f"/settings/people/{member.pk}/view-as/")
    text = text_of(client, GRID)
    assert "You see what" in text
    assert "data-edit" not in cell(text, ids[0], "kind")
    assert paste(client, (ids[0], 1, "kind", "Supplier")).status_code == 403


def test_an_empty_grid_teaches(closed_firm, client_of):
    text = text_of(client_of(closed_firm.owner), "/companies/?shape=grid")
    assert "No companies yet" in text
    assert "data-grid " not in text


def test_widths_are_kept_in_the_address_and_in_views(firms, client_of):
    firm, _ids = firms
    client = client_of(firm.owner)
    text = text_of(client, f"{GRID}&widths=kind.220,name.9999,employees.1,industry.x,.7")
    assert re.findall(r'data-key="(\w+)" data-width="(\d+)"', text) == [
        ("name", "900"), ("kind", "220"), ("employees", "48"),
    ]  # fmt: skip
    with scope(firm.workspace.pk):
        spec = spec_for(firm.workspace, "companies")
        config = {"shape": "grid", "widths": {"kind": 220, "gone": 100}}
        view = save_view(actor=firm.owner, spec=spec, name="Wide", config=config, private=False)
    shown = text_of(client, f"/companies/?view={view.pk}")
    assert 'data-key="kind" data-width="220"' in shown
    for odd in ({"kind": "wide"}, {"kind": 10**9}, ["kind"], {"kind": True}, {"kind": 3}):
        with scope(firm.workspace.pk):
            SavedView.unscoped.filter(pk=view.pk).update(config={"shape": "grid", "widths": odd})
        assert "data-width" not in text_of(client, f"/companies/?view={view.pk}")


def test_a_paste_answers_changed_rows_undo_and_what_was_refused(firms, client_of):
    firm, ids = firms
    client = client_of(firm.owner)
    answer = paste(
        client, (ids[0], 1, "employees", "1,500"), (ids[1], 1, "employees", "many"), (ids[3], 1, "kind", "")
    )
    text = html.unescape(answer.content.decode())
    assert answer.status_code == 200
    assert "1 cell changed." in text
    assert "Sum 1,550, average 516.67, of 3" in text
    assert 'data-version="2"' in text
    assert 'data-n="1500' in cell(text, ids[0], "employees")
    assert 'data-typed="many" data-why="Enter a number."' in text
    run = BulkRun.unscoped.get()
    assert f'data-undo="/bulk/{run.pk}/undo/"' in text
    page = text_of(client, f"/bulk/{run.pk}/")
    assert "Change in the grid" in page
    client.post(f"/bulk/{run.pk}/undo/")
    assert 'data-text="10"' in cell(text_of(client, GRID), ids[0], "employees")


def test_a_paste_that_changes_nothing_says_so(firms, client_of):
    firm, ids = firms
    client = client_of(firm.owner)
    same = paste(client, (ids[0], 1, "employees", "10"))
    assert "Nothing needed changing." in same.content.decode()
    refused = paste(client, (ids[0], 1, "employees", "ten")).content.decode()
    assert "data-toast" not in refused
    assert "data-trouble" in refused
    assert not BulkRun.unscoped.exists()


def test_whoever_comes_second_sees_who_was_first(firms, client_of):
    firm, ids = firms
    with scope(firm.workspace.pk):
        spec = spec_for(firm.workspace, "companies")
        update_record(actor=firm.admin, spec=spec, record_id=ids[0], values={"industry": "Hers"})
    text = html.unescape(paste(client_of(firm.owner), (ids[0], 1, "industry", "Mine")).content.decode())
    assert f'data-why="{firm.admin.user} changed this meanwhile." data-mine' in text
    assert 'data-text="Hers"' in cell(text, ids[0], "industry")
    assert "Mine" in text
    again = paste(client_of(firm.owner), (ids[0], 2, "industry", "Mine")).content.decode()
    assert "1 cell changed." in again


def test_an_edit_in_place_answers_the_cell_without_leaving(firms, client_of):
    firm, ids = firms
    client = client_of(firm.owner)
    url = f"/companies/{ids[0]}/edit/name/?cell=1"
    editor = client.get(url, headers=HTMX).content.decode()
    assert 'action="' + url + '"' in html.unescape(editor)
    saved = client.post(url, {"name": "Renamed", "old": '"Firm 1"'}, headers=HTMX)
    assert (saved.status_code, "HX-Redirect" in saved) == (200, False)
    rows = text_of(client, f"{CELLS}&ids={ids[0]}", headers=HTMX)
    assert 'data-text="Renamed"' in cell(rows, ids[0], "name")


def test_what_cannot_be_read_is_refused_and_changes_nothing(firms, client_of):
    firm, ids = firms
    client = client_of(firm.owner)
    client.get(GRID)
    before = faults.snapshot()
    for odd in (
        "",
        "{}",
        "[1]",
        "[[1,2,3]]",
        '[[1,1,"name",5]]',
        '[["1",1,"name","x"]]',
        '[[true,1,"name","x"]]',
        f'[[{2**70},1,"name","x"]]',
        '[[1,0,"name","x"]]',
        "nope",
        "[" * 3000,
    ):
        assert client.post(CELLS, {"cells": odd}, headers=HTMX).status_code == 400, odd[:40]
    empty = client.post(CELLS, {"cells": "[]"}, headers=HTMX)
    assert (empty.status_code, "There is nothing to write." in empty.content.decode()) == (422, True)
    many = json.dumps([[ids[0], 1, "name", "x"]] * 5001)
    assert client.post(CELLS, {"cells": many}, headers=HTMX).status_code == 429
    for text in (
        "\ud800".encode("utf-16", "surrogatepass").decode("utf-16", "replace"),
        "\u202e",
        "<b>x</b>",
        "=1+1",
    ):
        assert paste(client, (ids[0], 1, "kind", text)).status_code == 200
    assert faults.changed_tables(before) == []
    text = paste(client, (ids[0], 1, "kind", '<img src=x onerror="x">')).content.decode()
    assert "<img" not in text


def test_a_guest_may_not_and_a_reader_sees_locked_cells(firms, client_of):
    firm, ids = firms
    assert paste(client_of(firm.stranger), (ids[0], 1, "kind", "Supplier")).status_code in (403, 404)
    with scope(firm.workspace.pk):
        role = Role.unscoped.get(workspace=firm.workspace, key="member")
        role.permissions = {
            "*": {"see": "all", "create": "none", "edit": "own", "delete": "none", "export": "none"}
        }
        role.save()
    client = client_of(firm.colleague)
    text = text_of(client, GRID)
    assert 'data-why="You may see this record, not change it."' in cell(text, ids[0], "kind")
    answer = paste(client, (ids[0], 1, "kind", "Supplier")).content.decode()
    assert "You are not allowed to do this." in answer
    assert not Change.unscoped.filter(record_id=ids[0], kind="update").exists()


def test_hidden_fields_are_not_there(firms, client_of):
    firm, ids = firms
    with scope(firm.workspace.pk):
        role = Role.unscoped.get(workspace=firm.workspace, key="member")
        role.field_rights = {"companies": {"employees": "hidden", "industry": "read"}}
        role.save()
    client = client_of(firm.owner)
    shown = text_of(client, "/companies/?shape=grid&columns=name,industry")
    assert "Your role may see this field, not change it." in cell(shown, ids[0], "industry")
    assert client.get(GRID).status_code == 400
    answer = paste(client, (ids[0], 1, "employees", "5"), url="/companies/cells/?shape=grid").content.decode()
    assert "There is no such field." in answer
    assert 'data-key="employees"' not in text_of(
        client, f"/companies/cells/?shape=grid&ids={ids[0]}", headers=HTMX
    )

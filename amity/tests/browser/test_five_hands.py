"""Two browsers, a program, an import and a bulk change work on one list at once: nothing is lost, nothing leaks."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from amity.foundation.records.services.runs import BUSY
from amity.tests.browser.conftest import ADMIN, first_run
from amity.tests.browser.installation import Installation, installation
from amity.tests.browser.steps import edit_fact, import_file, invite, ready
from amity.tests.drill.program import Program, ask, assert_sound

pytestmark = pytest.mark.browser
FIRMS, ROWS = 120, 160
OF_NORA = ["Blue Bakery", "Corner Garage", "Hill School", "Willow Weavers"]


class Visits:
    """The third hand: a program that counts its visits to every firm, round after round, and makes firms of its own."""

    def __init__(self, program: Program, ids: list[int]) -> None:
        self.program, self.ids = program, ids
        self.counted: dict[int, int] = {}
        self.made: list[str] = []
        self.refused: list[Any] = []
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.work)
        self.thread.start()

    def work(self) -> None:
        while not self.over.is_set():
            for row_id in self.ids:
                self.visit(row_id)
            self.make(f"Programmed {len(self.made)}")

    def visit(self, row_id: int) -> None:
        count = self.counted.get(row_id, 0) + 1
        answer = self.program("PATCH", f"companies/{row_id}", {"industry": f"visit {count}"})
        if answer.status == 200:
            self.counted[row_id] = count
        else:
            self.refused.append(answer)

    def make(self, name: str) -> None:
        answer = self.program("POST", "companies", {"name": name})
        (self.made if answer.status == 201 else self.refused).append(name)

    def stop(self) -> None:
        self.over.set()
        self.thread.join(60)
        assert not self.thread.is_alive()


@pytest.fixture
def tireless(browser: Any, tmp_path: Path) -> Iterator[Installation]:
    """An installation that lets programs ask as often as they like."""
    with installation(tmp_path / "home", settings={"AMITY_API_LIMIT": "0"}) as running:
        yield running


def _firms(program: Program) -> list[int]:
    body = [{"op": "create", "values": {"name": f"Firm {n:03}"}} for n in range(FIRMS)]
    answer = program("POST", "companies/batch", {"operations": body})
    assert answer.status == 200, answer
    return [item["id"] for item in answer.data["results"]]


def _list_of_firms(folder: Path) -> Path:
    """Half of its rows are firms that are there, half are new."""
    file = folder / "firms.csv"
    lines = [f"Firm {FIRMS // 2 + n:03},{n + 1}" for n in range(ROWS)]
    file.write_text("Company,Employees\n" + "\n".join(lines) + "\n")
    return file


def _nora_adds(page: Any, name: str) -> None:
    page.goto("/companies/new/")
    page.locator("main [name=name]").fill(name)
    page.locator("main form.form button[type=submit]").last.click()
    page.wait_for_url(re.compile(r"/companies/\d+/$"))


def _nora_sees_hers(page: Any, mine: list[str]) -> None:
    ready(page, "/companies/")
    expect(page.locator("tr[data-row]")).to_have_count(len(mine))
    assert {name for name in mine if name in page.locator("main").inner_text()} == set(mine)
    assert "Firm 0" not in page.content()
    assert "Programmed" not in page.content()


def _finished(program: Program, path: str) -> Any:
    for _try in range(600):
        run = program("GET", path).data
        if run["state"] not in BUSY:
            return run
        threading.Event().wait(0.1)
    raise AssertionError(f"{path} does not end")


def test_five_hands_on_one_list(tireless: Installation, visitor: Callable[..., Any], tmp_path: Path) -> None:
    ada = visitor(tireless.url)
    first_run(ada, tireless)
    nora = invite(ada, visitor, tireless.url, name="Nora Bell", email="nora@example.com", role="Member")
    rest = Program(tireless, tireless.run("user", "token", ADMIN))
    ids = _firms(rest)
    visits = Visits(rest, ids)
    try:
        import_file(ada, _list_of_firms(tmp_path), "Companies")
        ada.get_by_role("button", name="Start import").first.click()
        bulk = rest("POST", "companies/bulk", _tagging(ids))
        assert bulk.status == 202, bulk
        edited, mine = _two_browsers(ada, nora, ids)
        run = _finished(rest, f"companies/bulk/{bulk.data['id']}")
        _import_is_over(ada)
    finally:
        visits.stop()
    _nothing_is_lost(tireless, visits, edited, mine)
    assert run["changed"] == FIRMS, run
    assert_sound(tireless)
    _bulk_goes_back_alone(tireless, rest, bulk.data["id"], visits)


def _tagging(ids: list[int]) -> dict[str, Any]:
    return {"ids": ids, "action": "edit", "changes": [{"field": "tags", "op": "add", "value": ["Fair"]}]}


def _two_browsers(ada: Any, nora: Any, ids: list[int]) -> tuple[dict[int, str], list[str]]:
    """Ada changes firms where they stand, Nora adds hers and looks at her list; in turns, while the others work."""
    edited: dict[int, str] = {}
    mine: list[str] = []
    for n, name in enumerate(OF_NORA):
        row_id = ids[n * 7]
        ready(ada, f"/companies/{row_id}/")
        edited[row_id] = f"DE {n}"
        edit_fact(ada, "tax_number", edited[row_id])
        mine.append(name)
        _nora_adds(nora, name)
        _nora_sees_hers(nora, mine)
    return edited, mine


def _import_is_over(page: Any) -> None:
    ready(page, "/import/")
    page.locator("main").get_by_role("link", name="firms.csv").first.click()
    expect(page.locator(".stat-cards")).to_be_visible(timeout=60_000)


def _nothing_is_lost(site: Installation, visits: Visits, edited: dict[int, str], mine: list[str]) -> None:
    assert visits.refused == []
    assert min(visits.counted.values()) >= 1
    found = {
        row[0]: row[1:]
        for row in ask(site, "SELECT id, title, industry, tax_number, tags FROM people_company")
    }
    for row_id, count in visits.counted.items():
        assert found[row_id][1] == f"visit {count}"
        assert "Fair" in str(found[row_id][3])
    assert {row_id: found[row_id][2] for row_id in edited} == edited
    titles = sorted(row[0] for row in found.values())
    imported = [f"Firm {n:03}" for n in range(FIRMS, FIRMS // 2 + ROWS)]
    assert titles == sorted([f"Firm {n:03}" for n in range(FIRMS)] + imported + visits.made + mine)
    grown = ask(
        site, "SELECT title, employees FROM people_company WHERE employees IS NOT NULL ORDER BY title"
    )
    assert [(title, int(number)) for title, number in grown] == [
        (f"Firm {FIRMS // 2 + n:03}", n + 1) for n in range(ROWS)
    ]


def _bulk_goes_back_alone(site: Installation, rest: Program, bulk_id: int, visits: Visits) -> None:
    """Taking back the tags leaves what the others wrote."""
    assert rest("POST", f"companies/bulk/{bulk_id}/undo").status == 202
    _finished(rest, f"companies/bulk/{bulk_id}")
    rows = ask(site, "SELECT id, industry, tags FROM people_company")
    found = {row[0]: row[1:] for row in rows}
    assert {row_id: f"visit {count}" for row_id, count in visits.counted.items()}.items() <= {
        row_id: values[0] for row_id, values in found.items()
    }.items()
    assert not [row for row in rows if "Fair" in str(row[2])]

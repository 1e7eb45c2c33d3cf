"""The grid by keyboard, mouse, clipboard and finger; refused cells stay red, and a paste goes back as one."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from amity.tests.browser.looks import PHONE, check_looks
from amity.tests.browser.steps import ready

pytestmark = pytest.mark.browser
GRID = "/companies/?shape=grid&columns=name,kind,employees,industry,tags,created_at"


def add_company(page: Any, name: str) -> None:
    page.goto("/companies/new/")
    page.locator("main [name=name]").fill(name)
    page.locator("main form.form button[type=submit]").last.click()
    page.wait_for_url(re.compile(r"/companies/\d+/$"))


def cell(page: Any, row: int, key: str) -> Any:
    return page.locator(f"tr[data-line]:nth-child({row}) td[data-key={key}]")


def opened(page: Any, word: str, *, rows: int = 4) -> None:
    """A grid of a few companies named after the word."""
    for number in range(rows):
        add_company(page, f"{word} {number}")
    ready(page, f"{GRID}&q={word}")
    expect(page.locator("tr[data-line]")).to_have_count(rows)


def clipboard(page: Any, text: str) -> None:
    page.evaluate("text => navigator.clipboard.writeText(text)", text)


def test_cells_are_walked_typed_into_and_saved(ada: Any) -> None:
    opened(ada, "Typist")
    cell(ada, 1, "employees").click()
    expect(cell(ada, 1, "employees")).to_be_focused()
    ada.keyboard.type("42")
    editor = cell(ada, 1, "employees").locator("input[name=employees]")
    expect(editor).to_be_focused()
    expect(editor).to_have_value("42")
    ada.keyboard.press("Enter")
    expect(cell(ada, 1, "employees")).to_have_attribute("data-text", "42")
    expect(cell(ada, 2, "employees")).to_be_focused()
    ada.keyboard.press("F2")
    editor = cell(ada, 2, "employees").locator("input[name=employees]")
    expect(editor).to_be_focused()
    editor.fill("8")
    ada.keyboard.press("Tab")
    expect(cell(ada, 2, "employees")).to_have_attribute("data-text", "8")
    expect(cell(ada, 2, "industry")).to_be_focused()
    expect(ada.locator(".sheet tfoot")).to_contain_text("50")
    ada.keyboard.press("Enter")
    editor = cell(ada, 2, "industry").locator("input[name=industry]")
    expect(editor).to_be_focused()
    editor.fill("Never kept")
    ada.keyboard.press("Escape")
    expect(cell(ada, 2, "industry")).to_be_focused()
    expect(cell(ada, 2, "industry")).to_have_text("")
    ada.keyboard.press("ArrowLeft")
    ada.keyboard.press("Shift+ArrowUp")
    expect(ada.locator("[data-selection]")).to_contain_text("2 cells · sum 50 · average 25")
    ada.keyboard.press("Control+a")
    expect(ada.locator("td[aria-selected]")).to_have_count(24)
    ada.keyboard.press("Control+Home")
    expect(cell(ada, 1, "name")).to_be_focused()
    ada.keyboard.press("End")
    expect(ada.locator("[data-selection]")).to_have_text("Amity keeps this field.")
    check_looks(ada)


def test_blocks_are_pasted_filled_cleared_and_taken_back(ada: Any) -> None:
    ada.context.grant_permissions(["clipboard-read", "clipboard-write"])
    opened(ada, "Paster")
    clipboard(ada, 'Customer\t10\t"two\nlines, ""quoted"""\nNonsense\t1,200\tPlain\n')
    cell(ada, 1, "kind").click()
    ada.keyboard.press("Control+v")
    expect(cell(ada, 2, "employees")).to_have_attribute("data-text", "1,200")
    expect(cell(ada, 1, "industry")).to_have_attribute("data-text", 'two lines, "quoted"')
    refused = ada.locator("td.refused")
    expect(refused).to_have_count(1)
    expect(refused.locator(".typed")).to_have_text("Nonsense")
    expect(ada.locator("[data-trouble-text]")).to_have_text("1 cell was refused")
    check_looks(ada)
    ada.locator("[data-trouble-next]").click()
    expect(refused).to_be_focused()
    expect(refused.locator(".why")).to_contain_text("“Nonsense” is not one of")
    ada.keyboard.press("Escape")
    expect(refused).to_have_count(0)
    cell(ada, 1, "employees").click()
    for _step in range(3):
        ada.keyboard.press("Shift+ArrowDown")
    ada.keyboard.press("Control+d")
    expect(cell(ada, 4, "employees")).to_have_attribute("data-text", "10")
    ada.keyboard.press("Control+c")
    assert ada.evaluate("navigator.clipboard.readText()") == "10\n10\n10\n10"
    ada.keyboard.press("Delete")
    expect(cell(ada, 4, "employees")).to_have_text("")
    ada.keyboard.press("Control+z")
    expect(ada.locator("#toasts")).to_contain_text("Taken back: 4 records are as they were.")
    expect(cell(ada, 4, "employees")).to_have_attribute("data-text", "10")
    ada.locator("html[data-ready]").wait_for()
    clipboard(ada, "1\t2\t3\t4\t5")
    cell(ada, 1, "tags").click()
    ada.keyboard.press("Control+v")
    expect(ada.locator("#grid-over")).to_contain_text("Rows left out: 0. Columns left out: 3.")
    ada.get_by_role("button", name="Cancel").click()
    expect(cell(ada, 1, "tags")).to_have_text("")


def test_the_handle_fills_and_columns_are_pulled_and_moved(ada: Any) -> None:
    opened(ada, "Filler")
    cell(ada, 1, "industry").click()
    ada.keyboard.type("Rope")
    ada.keyboard.press("Enter")
    expect(cell(ada, 1, "industry")).to_have_attribute("data-text", "Rope")
    cell(ada, 1, "industry").click()
    _drag(ada, ada.locator("[data-handle]"), cell(ada, 3, "industry"))
    for row in (2, 3):
        expect(cell(ada, row, "industry")).to_have_attribute("data-text", "Rope")
    expect(cell(ada, 4, "industry")).to_have_text("")
    head = ada.locator("th[data-key=kind]")
    wide = head.bounding_box()["width"]
    edge = head.locator("[data-edge]").bounding_box()
    ada.mouse.move(edge["x"] + 4, edge["y"] + 10)
    ada.mouse.down()
    ada.mouse.move(edge["x"] + 64, edge["y"] + 10, steps=4)
    ada.mouse.up()
    assert abs(head.bounding_box()["width"] - wide - 60) < 3
    expect(ada).to_have_url(re.compile(r"widths=kind\.\d+"))
    _drag(ada, ada.locator("th[data-key=industry] [data-move]"), ada.locator("th[data-key=kind]"))
    expect(ada).to_have_url(re.compile("columns=name%2Cindustry%2Ckind"))
    expect(ada.locator("th[data-key]").nth(1)).to_have_attribute("data-key", "industry")
    assert abs(ada.locator("th[data-key=kind]").bounding_box()["width"] - wide - 60) < 3


def _drag(page: Any, moved: Any, goal: Any) -> None:
    start, end = moved.bounding_box(), goal.bounding_box()
    page.mouse.move(start["x"] + start["width"] / 2, start["y"] + start["height"] / 2)
    page.mouse.down()
    page.mouse.move(end["x"] + 20, end["y"] + end["height"] / 2, steps=6)
    page.mouse.up()


def test_two_who_paste_over_each_other(ada: Any) -> None:
    """In one browser: her colleague's change is made to look like somebody else's by an older version."""
    ada.context.grant_permissions(["clipboard-read", "clipboard-write"])
    opened(ada, "Rival", rows=2)
    ada.locator("tr[data-line]").first.evaluate("row => { row.dataset.version = '99'; }")
    clipboard(ada, "Mine")
    cell(ada, 1, "industry").click()
    ada.keyboard.press("Control+v")
    refused = ada.locator("td.refused")
    expect(refused.locator(".why")).to_contain_text("This was changed meanwhile.")
    ada.get_by_role("button", name="Put mine anyway").click()
    expect(refused).to_have_count(0)
    expect(cell(ada, 1, "industry")).to_have_attribute("data-text", "Mine")
    expect(ada.locator("[data-trouble-bar]")).to_be_hidden()


def test_fingers_select_edit_and_use_the_bar(ada: Any, ada_on_phone: Any) -> None:
    opened(ada, "Finger", rows=3)
    page = ada_on_phone
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    ready(page, f"{GRID}&q=Finger")
    cell(page, 1, "kind").tap()
    expect(cell(page, 1, "kind")).to_be_focused()
    bar = page.get_by_role("toolbar", name="Cells")
    expect(bar).to_be_visible()
    check_looks(page, sizes=(PHONE,))
    clipboard(page, "Supplier")
    bar.get_by_role("button", name="Paste").tap()
    expect(cell(page, 1, "kind")).to_have_attribute("data-text", "Supplier")
    cell(page, 2, "kind").tap()
    bar.get_by_role("button", name="Fill down").tap()
    expect(cell(page, 2, "kind")).to_have_attribute("data-text", "Supplier")
    cell(page, 2, "kind").tap()
    expect(cell(page, 2, "kind").locator("select")).to_be_focused()

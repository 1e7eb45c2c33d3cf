"""Working without a mouse: keys of the list, the record, the palette and in-place editing."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from amity.tests.browser.looks import DESKTOP, check_looks
from amity.tests.browser.steps import add_person, fact_of, ready

pytestmark = pytest.mark.browser


def test_the_whole_day_by_keyboard(ada: Any) -> None:
    for name in ("Karla Keys", "Kenji Keys", "Kurt Keys"):
        add_person(ada, name)
    _places_and_palette(ada)
    _quick_add(ada)
    _walk_and_peek(ada)
    _edit_cells(ada)
    _edit_facts(ada)


def _places_and_palette(page: Any) -> None:
    ready(page, "/settings/profile/")
    page.keyboard.press("g")
    page.keyboard.press("c")
    page.wait_for_url(re.compile("/people/"))
    page.locator("html[data-ready]").wait_for()
    page.keyboard.press("?")
    expect(page.locator("#shortcuts")).to_be_visible()
    check_looks(page)
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    page.keyboard.type("kenji")
    expect(page.locator("#palette [aria-selected=true]")).to_contain_text("Kenji Keys")
    check_looks(page)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/people/\d+/"))
    expect(page.locator("h1")).to_have_text("Kenji Keys")


def _quick_add(page: Any) -> None:
    ready(page, "/people/?q=keys")
    page.keyboard.press("c")
    expect(page.locator("#quick-add [name=name]")).to_be_focused()
    check_looks(page, sizes=(DESKTOP,))
    page.keyboard.type("Klaus Keys")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/people/\d+/"))
    expect(page.locator("h1")).to_have_text("Klaus Keys")
    expect(page.locator("#toasts")).to_contain_text("added")


def _walk_and_peek(page: Any) -> None:
    ready(page, "/people/?q=keys")
    titles = page.locator(".c-title a")
    expect(titles).to_have_count(4)
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(titles.nth(1)).to_be_focused()
    page.keyboard.press("k")
    expect(titles.first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#peek .record-title")).to_have_text("Karla Keys")
    check_looks(page, sizes=(DESKTOP,))
    page.keyboard.press("Escape")
    expect(page.locator("#peek")).to_be_hidden()
    expect(titles.first).to_be_focused()


def _edit_cells(page: Any) -> None:
    page.locator(".c-title a").first.focus()
    page.keyboard.press("ArrowRight")
    cell = page.locator("td[data-edit]:focus")
    field = cell.get_attribute("data-field")
    page.keyboard.press("Enter")
    row = page.locator("tr[data-row]").first
    expect(row.locator(f"td[data-field={field}] [data-editor]")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(row.locator("[data-editor]")).to_have_count(0)
    expect(row.locator(f"td[data-field={field}]")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".c-title a").first).to_be_focused()


def _edit_facts(page: Any) -> None:
    page.goto(page.locator(".c-title a").first.get_attribute("href"))
    page.locator("html[data-ready]").wait_for()
    job = fact_of(page, "job_title")
    job.locator("[data-pencil]").press("Enter")
    job.locator("input[name=job_title]").wait_for()
    page.keyboard.type("Locksmith")
    page.keyboard.press("Tab")
    expect(job).to_contain_text("Locksmith")
    after = page.locator(".fact[data-field=department]")
    expect(after.locator("input[name=department]")).to_be_focused()
    page.keyboard.type("never kept")
    page.keyboard.press("Escape")
    expect(after.locator("[data-pencil]")).to_be_focused()
    expect(after).not_to_contain_text("never kept")
    page.reload()
    page.locator("html[data-ready]").wait_for()
    expect(job).to_contain_text("Locksmith")
    page.keyboard.press("]")
    page.wait_for_url(re.compile(r"/people/\d+/"))
    expect(page.locator("h1")).not_to_have_text("Karla Keys")
    page.locator("html[data-ready]").wait_for()
    page.keyboard.press("[")
    expect(page.locator("h1")).to_have_text("Karla Keys")

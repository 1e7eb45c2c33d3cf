"""With a thumb: list, record, in-place editing and adding on a telephone."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from amity.tests.browser.looks import PHONE, check_looks
from amity.tests.browser.steps import add_person, fact_of, ready

pytestmark = pytest.mark.browser
SMALL = """() => [...document.querySelectorAll('main :is(button, .btn, input, select), .rail :is(a, button)')]
    .filter((el) => el.checkVisibility({visibilityProperty: true, opacityProperty: true}))
    .map((el) => [el, (el.closest('label') ?? el).getBoundingClientRect()])
    .filter(([, box]) => box.width > 1 && box.height > 1 && (box.width < 24 || box.height < 24))
    .map(([el, box]) => `${el.outerHTML.slice(0, 90)} ${box.width}×${box.height}`)"""


def test_a_day_on_the_telephone(ada_on_phone: Any) -> None:
    page = ada_on_phone
    add_person(page, "Tara Thumb", "tara@example.org")
    ready(page, "/people/?q=thumb")
    assert page.evaluate(SMALL) == []
    check_looks(page, sizes=(PHONE,))
    page.locator("tr[data-row]").filter(has_text="Tara Thumb").tap()
    _open_whole_record(page)
    _edit_and_write(page)
    _quick_add(page)


def _open_whole_record(page: Any) -> None:
    expect(page.get_by_role("heading", name="Tara Thumb").first).to_be_visible()
    check_looks(page, sizes=(PHONE,))
    peek = page.locator("#peek")
    if peek.is_visible():
        peek.get_by_role("link", name="Open").first.tap()
    page.wait_for_url(re.compile(r"/people/\d+/"))
    page.locator("html[data-ready]").wait_for()


def _edit_and_write(page: Any) -> None:
    job = fact_of(page, "job_title")
    job.locator("[data-edit]").tap()
    job.locator("input[name=job_title]").fill("Pianist")
    check_looks(page, sizes=(PHONE,))
    assert page.evaluate(SMALL) == []
    job.get_by_role("button", name="Save").tap()
    expect(job.locator("[data-editor]")).to_have_count(0)
    expect(job).to_contain_text("Pianist")
    page.get_by_placeholder(re.compile("Write a note")).fill("Call in the afternoon")
    page.get_by_role("button", name="Save note").tap()
    expect(page.locator("#timeline")).to_contain_text("Call in the afternoon")


def _quick_add(page: Any) -> None:
    ready(page, "/people/")
    page.locator("[data-dialog=quick-add]").tap()
    dialog = page.locator("#quick-add")
    dialog.locator("[name=name]").fill("Theo Thumb")
    check_looks(page, sizes=(PHONE,))
    dialog.locator(".form-actions button[type=submit]").tap()
    page.wait_for_url(re.compile(r"/people/\d+/"))
    expect(page.get_by_role("heading", name="Theo Thumb").first).to_be_visible()

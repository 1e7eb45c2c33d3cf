"""One person entered twice: found, compared, merged, taken apart, told apart."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from amity.tests.browser.looks import check_looks
from amity.tests.browser.steps import add_person, ready

pytestmark = pytest.mark.browser
EMAIL = "ulrike@quast.example"


def add_again(page: Any, name: str) -> None:
    """A second time, although Amity says that somebody looks alike."""
    page.goto("/people/new/")
    page.locator("main [name=name]").fill(name)
    page.locator("[name=emails-0-value]").fill(EMAIL)
    page.locator("main form.form button[type=submit]").last.click()
    page.get_by_role("button", name="Add anyway").click()
    page.wait_for_url(re.compile(r"/people/\d+/$"))


def test_one_person_entered_twice(ada: Any) -> None:
    path = add_person(ada, "Ulrike Quastenberg", EMAIL)
    add_again(ada, "Ulrike A. Quastenberg")
    ready(ada, path)
    ada.get_by_role("button", name="More", exact=True).click()
    ada.get_by_role("link", name="Merge with…").click()
    ada.wait_for_url("**/merge/")
    check_looks(ada)
    expect(ada.locator("main")).to_contain_text("same e-mail")
    ada.get_by_label("The other record").press_sequentially("Quastenberg")
    ada.get_by_role("option", name="Ulrike A. Quastenberg").click()
    ada.get_by_role("button", name="Compare").click()
    ada.wait_for_url("**/people/merge/?**")
    check_looks(ada)
    expect(ada.get_by_role("radio", name="Ulrike A. Quastenberg says more")).to_be_checked()
    ada.get_by_role("radio", name="Ulrike A. Quastenberg says more").focus()
    ada.get_by_role("button", name="Merge into").click()
    ada.wait_for_url(re.compile(r"/people/\d+/$"))
    expect(ada.locator(".record-title")).to_have_text("Ulrike A. Quastenberg")
    expect(ada.locator("[data-timeline]")).to_contain_text("into this one")
    ada.locator("[data-toast] .undo").click()
    expect(ada.locator("[data-toast]")).to_contain_text("The merge was taken back")
    expect(ada.locator("[data-timeline]")).to_contain_text("took a merge back")


def test_pairs_are_told_apart_by_keyboard(ada: Any) -> None:
    add_again(ada, "Ulrike B. Quastenberg")
    ready(ada, "/people/duplicates/")
    ada.get_by_role("button", name="Check now").click()
    expect(ada.locator("[data-pair]").first).to_be_visible(timeout=30_000)
    check_looks(ada)
    before = ada.locator("[data-pair]").count()
    ada.keyboard.press("j")
    expect(ada.locator("[data-pair]").first).to_be_focused()
    ada.keyboard.press("n")
    expect(ada.locator("[data-toast]")).to_contain_text("Remembered")
    expect(ada.locator("[data-pair]")).to_have_count(before - 1)
    ada.locator("[data-toast] .undo").click()
    expect(ada.locator("[data-pair]")).to_have_count(before)
    ada.keyboard.press("m")
    ada.wait_for_url("**/people/merge/?**")

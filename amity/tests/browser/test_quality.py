"""Somebody invented is found, said to be right, taken back, cleared and deleted: by keyboard."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from amity.tests.browser.looks import check_looks
from amity.tests.browser.steps import add_person, ready

pytestmark = pytest.mark.browser


def test_an_invented_person_is_found_and_dealt_with_by_keyboard(ada: Any) -> None:
    add_person(ada, "Asdf Qwertzuiop", "asd@asd.com")
    ready(ada, "/people/quality/")
    ada.get_by_role("button", name="Check now").click()
    expect(ada.locator("#look")).to_contain_text("Last checked", timeout=30_000)
    check_looks(ada)
    ready(ada, "/people/quality/check/")
    item = ada.locator("[data-item]", has_text="Asdf Qwertzuiop")
    expect(item).to_contain_text("keys that lie side by side")
    check_looks(ada)
    ada.keyboard.press("j")
    expect(ada.locator("[data-item]").first).to_be_focused()
    item.focus()
    ada.keyboard.press("r")
    expect(ada.locator("[data-toast]")).to_contain_text("Remembered")
    expect(item).to_have_count(0)
    ada.locator("[data-toast] .undo").click()
    expect(item).to_have_count(1)
    ready(ada, "/people/quality/check/")
    item.focus()
    ada.keyboard.press("x")
    expect(ada.locator("[data-toast]")).to_contain_text("cleared")
    ready(ada, "/people/quality/check/?kind=made_up")
    item.focus()
    ada.keyboard.press("d")
    expect(ada.locator("[data-toast]")).to_contain_text("trash")
    expect(item).to_have_count(0)


def test_an_administrator_writes_a_rule_that_shows_in_the_list(ada: Any) -> None:
    add_person(ada, "Nobody Reachable")
    ready(ada, "/people/quality/rules/")
    ada.get_by_label("The rule in a sentence").fill("Everybody can be reached")
    for field in ("emails", "phones"):
        ada.locator(f"input[name=needs][value={field}]").check()
    check_looks(ada)
    ada.get_by_role("button", name="Add rule").click()
    expect(ada.locator(".q-rules")).to_contain_text("Everybody can be reached")
    ready(ada, "/people/quality/")
    expect(ada.locator("#look")).to_contain_text("Last checked", timeout=30_000)

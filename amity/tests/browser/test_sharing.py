"""A record is shared with a colleague who did not see it, read by her, and given back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from amity.tests.browser.installation import Installation
from amity.tests.browser.looks import check_looks
from amity.tests.browser.steps import add_person, fact_of, invite, ready

pytestmark = pytest.mark.browser


def test_a_shared_record_opens_and_closes(ada: Any, visitor: Callable[..., Any], site: Installation) -> None:
    record = add_person(ada, "Greta Garden")
    selin = invite(ada, visitor, site.url, name="Selin Nair", email="selin@example.com", role="Guest")
    assert selin.goto(record).status == 404
    _share(ada, record)
    _read(selin, record)
    _change_the_share(ada, record)
    ready(selin, record)
    fact_of(selin, "job_title").locator("[data-pencil]").first.wait_for(state="detached")
    expect(selin.locator(".composer")).to_have_count(1)  # her role changes nothing, but she may write notes
    selin.locator(".shared-mark").click()
    selin.get_by_role("button", name="Give back").click()
    selin.wait_for_url("**/people/", wait_until="commit")
    assert selin.goto(record).status == 404


def _share(page: Any, record: str) -> None:
    """With the keyboard alone."""
    ready(page, record)
    page.keyboard.press("s")
    box = page.locator("#share-receiver")
    expect(box).to_be_focused()
    check_looks(page)
    page.keyboard.type("sel")
    expect(page.locator("#share-receiver-list [role=option]")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(box).to_have_value("Selin Nair")
    page.locator("#share-why").fill("Before the fair")
    page.locator("#share-why").press("Enter")
    expect(page.locator(".shared-mark")).to_contain_text("Shared with Selin Nair")
    expect(page.locator(".toast")).to_contain_text("Shared with Selin Nair")
    expect(page.locator(".timeline")).to_contain_text("Before the fair")
    check_looks(page)


def _read(page: Any, record: str) -> None:
    ready(page, "/people/")
    page.get_by_role("link", name="Shared with me").click()
    expect(page.locator("tr[data-row]")).to_have_count(1)
    check_looks(page)
    ready(page, record)
    expect(page.locator(".composer")).to_have_count(0)
    expect(page.get_by_role("link", name="Share", exact=True)).to_have_count(0)


def _change_the_share(page: Any, record: str) -> None:
    """Without a receiver the form says so and keeps what was typed; then the same share becomes another."""
    ready(page, record)
    page.keyboard.press("s")
    page.locator("#share-why").fill("Kept")
    page.locator("#share-box").get_by_role("button", name="Share", exact=True).click()
    expect(page.locator("#share-box [aria-invalid]").first).to_be_visible()
    expect(page.locator("#share-why")).to_have_value("Kept")
    page.locator("#share-receiver").fill("selin")
    page.locator("#share-receiver-list [role=option]").first.click()
    page.get_by_label("May change it").check()
    page.locator("#share-why").press("Enter")
    expect(page.locator(".timeline")).to_contain_text("to change it")
    page.locator(".shared-mark").click()
    expect(page.locator(".share-list li")).to_have_count(1)
    expect(page.locator(".share-list")).to_contain_text("May change it")
    check_looks(page)

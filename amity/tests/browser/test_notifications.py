"""A colleague is named in a note, hears of it at the bell, and goes where it happened."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from amity.tests.browser.installation import Installation
from amity.tests.browser.looks import check_looks
from amity.tests.browser.steps import add_person, invite, ready

pytestmark = pytest.mark.browser


@pytest.mark.smoke
def test_a_mention_reaches_a_colleague(ada: Any, visitor: Callable[..., Any], site: Installation) -> None:
    boss = invite(ada, visitor, site.url, name="Nora Bell", email="nora@example.com", role="Manager")
    ready(boss, "/notifications/")
    expect(boss.locator("main")).to_contain_text("Nothing yet")
    check_looks(boss)
    record = add_person(ada, "Grace Hopper")
    _mention(ada, record)
    _hear(boss, record)
    _mark_and_take_back(boss)
    _choose(boss)


def _mention(page: Any, record: str) -> None:
    """With the keyboard alone."""
    ready(page, record)
    area = page.locator(".composer textarea")
    area.click()
    page.keyboard.type("Please call back, @nor")
    expect(page.locator("[data-mention-list] [role=option]")).to_have_count(1)
    check_looks(page)
    page.keyboard.press("Enter")
    expect(area).to_have_value("Please call back, @Nora Bell ")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".timeline .entry-body b").first).to_have_text("@Nora Bell")


def _hear(page: Any, record: str) -> None:
    """The worker needs a moment; the bell's number comes with the next page."""
    for _try in range(20):
        ready(page, "/people/")
        if page.locator("#told-count .pill").count():
            break
        page.wait_for_timeout(500)
    page.get_by_role("button", name="Notifications").click()
    line = page.locator("#told .told")
    expect(line).to_contain_text("Ada Byron mentioned you on Grace Hopper")
    check_looks(page)
    line.get_by_role("button", name="Ada Byron mentioned you").click()
    page.wait_for_url(f"**{record}")
    expect(page.locator("#told-count .pill")).to_have_count(0)


def _mark_and_take_back(page: Any) -> None:
    ready(page, "/people/")
    page.keyboard.press("g")
    page.keyboard.press("n")
    page.wait_for_url("**/notifications/")
    page.locator("html[data-ready]").wait_for()
    page.get_by_role("button", name="Mark as unread").click()
    expect(page.locator(".told.is-unread")).to_have_count(1)
    expect(page.locator("#told-count")).to_contain_text("1")
    ready(page, "/notifications/?show=unread")
    page.get_by_role("button", name="Mark all as read").click()
    expect(page.locator("main")).to_contain_text("All read")
    page.locator(".toast .undo").click()
    expect(page.locator(".told.is-unread")).to_have_count(1)
    check_looks(page)


def _choose(page: Any) -> None:
    ready(page, "/settings/notifications/")
    check_looks(page)
    page.get_by_label("Somebody mentions me").select_option(label="Off")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("Somebody mentions me")).to_have_value("off")


def test_mail_is_set_up_and_tried(ada: Any) -> None:
    """Nobody listens there: the page says so in words, and what is waiting is in the outbox."""
    ready(ada, "/settings/mail/")
    check_looks(ada)
    ada.get_by_label("Server").fill("127.0.0.1")
    ada.get_by_role("button", name="Save").click()
    expect(ada.locator("main")).to_contain_text("inner network")
    check_looks(ada)
    ready(ada, "/settings/mail/outbox/")
    check_looks(ada)

"""Handing over a colleague's records: rules, preview, the page of the new owner, and all of it back."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from amity.tests.browser.installation import Installation
from amity.tests.browser.looks import check_looks
from amity.tests.browser.steps import add_person, invite, ready

pytestmark = pytest.mark.browser


@pytest.fixture
def leaving(ada: Any, visitor: Callable[..., Any], site: Installation, request: pytest.FixtureRequest) -> Any:
    """A colleague's page; her name is new in every test."""
    name = f"Lea {request.node.name[5:12].title()}"
    email = f"{request.node.name[5:12]}.lea@example.com"
    return invite(ada, visitor, site.url, name=name, email=email, role="Member")


def choose(page: Any, name: str, **what: Any) -> None:
    """Choose what shows other fields, and wait until the rules are drawn again."""
    page.locator("#rules").evaluate("form => form.classList.add('before')")
    page.locator(f"[name='{name}']").select_option(**what)
    expect(page.locator("#rules.before")).to_have_count(0)


def test_rules_are_put_together_and_everything_changes_hands(ada: Any, leaving: Any) -> None:
    for name in ("Hedda Handed", "Hugo Handed"):
        add_person(leaving, name)
    ready(ada, "/settings/people/")
    ada.locator(".lines a", has_text="Lea Rules_A").click()
    ada.get_by_role("link", name="Hand over").last.click()
    ada.wait_for_url(re.compile(r"/settings/hand-over/\d+/$"))
    ada.locator("html[data-ready]").wait_for()
    ada.get_by_role("button", name="Add a rule").click()
    expect(ada.get_by_label("Which", exact=True)).to_be_visible()
    choose(ada, "r0-fits", value="filter")
    choose(ada, "r0-f-0-field", value="last_name")
    expect(ada.locator("[name='r0-f-0-field']")).to_be_focused()
    choose(ada, "r0-f-0-op", value="is")
    ada.locator("[name='r0-f-0-value']").fill("Nobody at all")
    choose(ada, "r0-to", value="nobody")
    ada.locator("[name=r1-user]").select_option(index=1)
    check_looks(ada)
    ada.get_by_role("button", name="Preview").click()
    preview = ada.locator("[data-preview]")
    expect(preview).to_be_focused()
    expect(preview).to_contain_text("people")
    ada.locator("[name=r1-user]").select_option(index=0)
    expect(preview).to_have_count(0)
    ada.get_by_role("button", name="Preview").click()
    expect(ada.locator(".rule .error")).to_contain_text("Choose who gets them.")
    ada.locator("[name=r1-user]").select_option(label="Ada Byron")
    ada.get_by_role("button", name="Preview").click()
    ada.locator("[data-preview] button").click()
    ada.wait_for_url(re.compile(r"/handovers/\d+/$"))
    expect(ada.locator("main")).to_contain_text("Changed hands")
    check_looks(ada)
    ada.locator(".got a").click()
    ada.wait_for_url(re.compile(r"/taken/$"))
    ada.locator("html[data-ready]").wait_for()
    tick = ada.locator(".tick").first
    tick.focus()
    ada.keyboard.press("Enter")
    expect(ada.locator(".tick[aria-pressed=true]")).to_have_count(1)
    expect(ada.locator(".tick").first).to_be_focused()
    expect(ada.locator(".taken")).to_contain_text(re.compile(r"1 of \d+ read"))
    check_looks(ada)
    ada.go_back()
    ada.get_by_role("button", name="Undo all of it").click()
    expect(ada.locator("main")).to_contain_text("Taken back")


def test_a_customer_is_taken_over_from_its_menu(ada: Any, leaving: Any) -> None:
    path = add_person(leaving, "Tilda Taken")
    ready(ada, path)
    ada.get_by_role("button", name="More").first.click()
    ada.locator("a[href$='/take-over/']").click()
    ada.wait_for_url(re.compile("/take-over/$"))
    check_looks(ada)
    ada.get_by_role("button", name="Take over").click()
    ada.wait_for_url(re.compile(re.escape(path) + "$"))
    toast = ada.locator("[data-toast]")
    expect(toast).to_contain_text("1 record changed hands.")
    toast.get_by_role("button", name="Undo").click()
    expect(ada.locator("[data-toast]")).to_contain_text("Taken back")

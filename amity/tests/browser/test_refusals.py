"""What people meet when something is refused: nothing typed is lost, and it is said what to do."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from amity.tests.browser.conftest import ADMIN, PASSWORD
from amity.tests.browser.installation import Installation
from amity.tests.browser.looks import check_looks
from amity.tests.browser.steps import add_person, edit_fact, fact_of, ready

pytestmark = pytest.mark.browser


def test_a_wrong_form_keeps_the_input_and_shows_where(ada: Any) -> None:
    path = add_person(ada, "Wanda Wrong")
    ready(ada, f"{path}edit/")
    ada.locator("[name=job_title]").fill("Still here")
    ada.locator("[name=emails-0-value]").fill("not an address")
    ada.get_by_role("button", name="Save", exact=True).last.click()
    expect(ada.locator("[aria-invalid=true]").first).to_be_visible()
    expect(ada.locator("[name=job_title]")).to_have_value("Still here")
    expect(ada.locator("[name=emails-0-value]")).to_have_value("not an address")
    assert ada.evaluate("document.activeElement.matches('[data-focus-first], [aria-invalid=true]')")
    check_looks(ada)
    ready(ada, path)
    _wrong_in_place(ada)


def _wrong_in_place(page: Any) -> None:
    fact = fact_of(page, "birthday")
    fact.locator("[data-pencil]").click()
    fact.locator("input[name=birthday]").evaluate("(el) => { el.type = 'text'; el.value = 'soon'; }")
    fact.locator("input[name=birthday]").press("Enter")
    expect(fact.locator(".error")).to_be_visible()
    expect(fact.locator("input[name=birthday]")).to_be_focused()
    check_looks(page)
    page.keyboard.press("Escape")
    expect(fact.locator("[data-editor]")).to_have_count(0)


def test_two_browsers_change_one_field(
    ada: Any, visitor: Callable[..., Any], site: Installation, admin_state: Any
) -> None:
    path = add_person(ada, "Tina Twice")
    other = visitor(site.url, admin_state)
    ready(ada, path)
    ready(other, path)
    fact = fact_of(other, "job_title")
    fact.locator("[data-pencil]").click()
    fact.locator("input[name=job_title]").fill("Second")
    edit_fact(ada, "job_title", "First")
    other.keyboard.press("Enter")
    expect(fact.locator(".error")).to_contain_text("First")
    expect(fact.locator("input[name=job_title]")).to_have_value("Second")
    check_looks(other)
    fact.locator("input[name=job_title]").press("Enter")
    expect(fact.locator("[data-editor]")).to_have_count(0)
    ada.reload()
    expect(ada.locator(".fact[data-field=job_title]")).to_contain_text("Second")


def test_an_ended_session_leads_to_sign_in_and_back(ada: Any) -> None:
    path = add_person(ada, "Sara Session")
    ready(ada, path)
    ada.context.clear_cookies()
    fact_of(ada, "job_title").locator("[data-pencil]").click()
    ada.wait_for_url("**/sign-in/**")
    check_looks(ada)
    ada.get_by_label("E-mail").fill(ADMIN)
    ada.get_by_label("Password").fill("wrong by one letter")
    ada.get_by_role("button", name="Sign in").click()
    expect(ada.get_by_label("E-mail")).to_have_value(ADMIN)
    expect(ada.locator(".error, .banner").first).to_be_visible()
    check_looks(ada)
    ada.get_by_label("Password").fill(PASSWORD)
    ada.get_by_role("button", name="Sign in").click()
    ada.wait_for_url(re.compile(re.escape(path) + "$"))


def test_a_wrong_address_says_so(ada: Any) -> None:
    for path in ("/people/999999/", "/nothing-here/", "/import/999999/"):
        assert ada.goto(path).status == 404
        check_looks(ada)

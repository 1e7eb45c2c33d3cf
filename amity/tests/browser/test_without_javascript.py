"""Signing in, lists, records, forms, notes and import work where no script runs."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from amity.tests.browser.conftest import ADMIN, PASSWORD
from amity.tests.browser.installation import ROOT, Installation
from amity.tests.browser.steps import add_person

pytestmark = pytest.mark.browser


def test_plain_pages_do_the_daily_work(
    visitor: Callable[..., Any], site: Installation, admin_state: Any
) -> None:
    page = visitor(site.url, java_script_enabled=False)
    page.goto("/companies/")
    page.get_by_label("E-mail").fill(ADMIN)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/companies/")
    _record(page)
    _import(page)


def _record(page: Any) -> None:
    path = add_person(page, "Paula Plain")
    page.goto("/people/")
    page.get_by_role("searchbox").first.fill("plain")
    page.get_by_role("searchbox").first.press("Enter")
    page.locator(".c-title a", has_text="Paula Plain").click()
    page.wait_for_url(f"**{path}**")
    page.goto(f"{path}edit/")
    page.locator("[name=job_title]").fill("Printer")
    page.get_by_role("button", name="Save", exact=True).last.click()
    page.wait_for_url(re.compile(path + "$"))
    expect(page.locator(".fact[data-field=job_title]")).to_contain_text("Printer")
    page.locator("form.composer textarea").fill("Reads no screens")
    page.get_by_role("button", name="Save note").click()
    expect(page.locator("#timeline")).to_contain_text("Reads no screens")
    page.locator(".entry").filter(has_text="Printer").get_by_role("button", name="Undo").first.click()
    expect(page.locator(".fact[data-field=job_title]")).not_to_contain_text("Printer")


def _import(page: Any) -> None:
    page.goto("/import/")
    page.locator("input[type=file]").set_input_files(ROOT / "examples" / "imports" / "hubspot_companies.csv")
    page.get_by_role("button", name="Upload").click()
    page.wait_for_url(re.compile(r"/import/\d+/"))
    page.get_by_role("button", name="Start import").first.click()
    page.wait_for_url(re.compile(r"/import/\d+/$"))
    expect(page.locator(".stat-cards")).to_be_visible(timeout=60_000)
    page.goto("/companies/?q=vaigai")
    expect(page.locator("tr[data-row]")).to_contain_text("Vaigai Foods")

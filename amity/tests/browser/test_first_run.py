"""From the first address in the terminal to a customer list that is worked with."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from amity.tests.browser import looks
from amity.tests.browser.conftest import ADMIN, PASSWORD
from amity.tests.browser.installation import ROOT, Installation
from amity.tests.browser.looks import check_looks
from amity.tests.browser.steps import edit_fact, import_file, ready, start_import

pytestmark = pytest.mark.browser


@pytest.mark.smoke
def test_a_firm_begins(fresh: Installation, visitor: Callable[..., Any]) -> None:
    page = visitor(fresh.url)
    _welcome(page, fresh)
    _import_the_list(page)
    _find_and_change(page)
    _write_and_link(page)
    _take_back(page)


def _welcome(page: Any, fresh: Installation) -> None:
    page.goto("/")
    expect(page.get_by_label("Setup key")).to_be_visible()
    check_looks(page)
    page.goto(f"/welcome/?key={fresh.setup_key}")
    check_looks(page)
    page.get_by_label("Your name").fill("Ada Byron")
    page.get_by_label("E-mail").fill(ADMIN)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Name of the firm").fill("Harbour & Sons")
    page.get_by_label("Country").select_option("TR")
    page.get_by_role("button", name="Make my workspace").click()
    page.wait_for_url("**/welcome/next/")
    check_looks(page)
    ready(page, "/people/")
    check_looks(page)


def _import_the_list(page: Any) -> None:
    ready(page, "/import/")
    check_looks(page)
    import_file(page, ROOT / "examples" / "imports" / "google.csv")
    expect(page.locator("#preview")).to_contain_text("Yılmaz")
    check_looks(page)
    start_import(page)
    check_looks(page)
    ready(page, "/people/")
    expect(page.locator("tr[data-row]")).not_to_have_count(0)
    check_looks(page)


def _find_and_change(page: Any) -> None:
    page.keyboard.press("/")
    page.keyboard.type("izmir")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=izmir**")
    expect(page.locator("tr[data-row]")).to_have_count(1)
    expect(page.locator("tr[data-row]")).to_contain_text("Çağrı Şahin")
    ready(page, "/search/?q=ayse+yilmaz")
    check_looks(page)
    page.locator("main").get_by_role("link", name="Ayşe Yılmaz").first.click()
    page.wait_for_url(re.compile(r"/people/\d+/"))
    check_looks(page)
    fact = edit_fact(page, "job_title", "Head of Purchasing")
    expect(fact).to_contain_text("Head of Purchasing")
    expect(page.locator("#toasts")).to_contain_text("Undo")


def _write_and_link(page: Any) -> None:
    page.get_by_placeholder(re.compile("Write a note")).fill("Wants an offer for 40 pallets. Teşekkürler!")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#timeline")).to_contain_text("40 pallets")
    fact = page.locator(".fact[data-field=company]")
    fact.locator("[data-pencil]").click()
    fact.get_by_role("combobox").fill("isik")
    fact.get_by_role("option", name=re.compile("Işık Tekstil")).click()
    page.keyboard.press("Enter")
    expect(fact.locator("[data-editor]")).to_have_count(0)
    expect(fact).to_contain_text("Işık Tekstil")
    page.reload()
    expect(page.locator(".fact[data-field=company]")).to_contain_text("Işık Tekstil")
    check_looks(page)


def _take_back(page: Any) -> None:
    change = page.locator(".entry").filter(has_text="Head of Purchasing").first
    change.get_by_role("button", name="Undo").first.click()
    expect(page.locator(".fact[data-field=job_title]")).to_contain_text("Satın Alma Müdürü")


def test_a_phone_sees_the_first_run(
    visitor: Callable[..., Any], site: Installation, admin_state: Any
) -> None:
    """Signing in and finding somebody on a telephone."""
    page = visitor(site.url, viewport=looks.PHONE, has_touch=True, is_mobile=True)
    page.goto("/people/")
    page.wait_for_url("**/sign-in/**")
    check_looks(page)
    page.get_by_label("E-mail").fill(ADMIN)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/people/")

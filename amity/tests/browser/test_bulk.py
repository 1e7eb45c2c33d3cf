"""Many records at once: by keyboard with Undo, everything that matches as a job, with a thumb, without scripts."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from amity.tests.browser.installation import Installation
from amity.tests.browser.looks import PHONE, check_looks
from amity.tests.browser.steps import add_person, import_file, ready, start_import

pytestmark = pytest.mark.browser
MANY = 240


def send(page: Any) -> None:
    page.locator("form.bulk-form button[type=submit]").last.click()


def test_tagging_by_keyboard_and_taking_it_back(ada: Any) -> None:
    for name in ("Berta Batch", "Bruno Batch", "Boris Batch"):
        add_person(ada, name)
    ready(ada, "/people/?q=batch")
    for key in ("j", "Shift+J"):
        ada.keyboard.press(key)
    expect(ada.locator("[data-bulk-count]")).to_have_text("2 selected")
    check_looks(ada)
    ada.get_by_role("link", name="Board", exact=True).click()
    ada.wait_for_url("**shape=board**")
    ada.get_by_role("link", name="Table", exact=True).click()
    expect(ada.locator("[data-bulk-count]")).to_have_text("2 selected")
    ada.keyboard.press("e")
    ada.wait_for_url(re.compile("/bulk/edit/"))
    ada.locator("html[data-ready]").wait_for()
    expect(ada.locator(".bulk-value").first).to_be_hidden()
    ada.get_by_label("Job title").first.select_option("set")
    ada.get_by_label("Tags").first.select_option("add")
    ada.locator("main input[name=tags]").first.fill("Fair 2026")
    check_looks(ada)
    send(ada)
    expect(ada.locator("[role=alert]")).to_contain_text("Job title")
    expect(ada.locator("main input[name=tags]").first).to_have_value("Fair 2026")
    ada.locator("main [name=job_title]").fill("Exhibitor")
    send(ada)
    ada.wait_for_url(re.compile(r"/people/\?q=batch$"))
    expect(ada.get_by_text("Fair 2026")).to_have_count(2)
    toast = ada.locator("[data-toast]")
    expect(toast).to_contain_text("2 records changed.")
    toast.get_by_role("button", name="Undo").click()
    expect(ada.locator("[data-toast]")).to_contain_text("Taken back")
    expect(ada.get_by_text("Fair 2026")).to_have_count(0)


def test_everything_that_matches_goes_on_in_the_background(ada: Any, tmp_path: Path) -> None:
    file = tmp_path / "many.csv"
    file.write_text("First name,Last name\n" + "".join(f"Number{n},Manifold\n" for n in range(MANY)))
    import_file(ada, file, "People")
    start_import(ada)
    ready(ada, '/people/?filter={"field":"last_name","op":"is","value":"Manifold"}')
    ada.locator("[data-check]").first.check(force=True)
    ada.get_by_label(f"All {MANY} that match").check()
    expect(ada.locator("[data-bulk-count]")).to_be_hidden()
    ada.locator("[data-bulk]").get_by_role("button", name="Assign").click()
    ada.locator("html[data-ready]").wait_for()
    expect(ada.get_by_role("heading", name=f"Change {MANY} records")).to_be_visible()
    ada.locator("main select[name=owner]").select_option(index=0)
    ada.get_by_label("Owner").first.select_option("clear")
    send(ada)
    ada.wait_for_url(re.compile(r"/bulk/\d+/$"))
    expect(ada.locator(".stat-cards")).to_be_visible(timeout=60_000)
    expect(ada.locator(".stat-cards")).to_contain_text(str(MANY))
    ada.locator("html[data-ready]").wait_for()
    check_looks(ada)
    ada.get_by_role("button", name="Undo all of it").click()
    expect(ada.get_by_text("records are as they were")).to_be_visible(timeout=60_000)
    check_looks(ada)


def test_deleting_with_a_thumb(ada_on_phone: Any) -> None:
    page = ada_on_phone
    for name in ("Thea Thumbed", "Timo Thumbed"):
        add_person(page, name)
    ready(page, "/people/?q=thumbed")
    rows = page.locator("tr[data-row]")
    rows.first.dispatch_event("contextmenu")
    rows.last.locator(".c-check label").tap()
    expect(page.locator("[data-bulk-count]")).to_have_text("2 selected")
    check_looks(page, sizes=(PHONE,))
    page.locator("[data-bulk]").get_by_role("button", name="Delete").tap()
    expect(page.locator("[data-toast]")).to_contain_text("2 records deleted.")
    expect(page.locator("tr[data-row]")).to_have_count(0)
    page.locator("[data-toast]").get_by_role("button", name="Undo").tap()
    expect(page.locator("tr[data-row]")).to_have_count(2)


def test_without_scripts_the_bar_is_always_there(
    visitor: Callable[..., Any], site: Installation, admin_state: Any
) -> None:
    page = visitor(site.url, admin_state, java_script_enabled=False)
    add_person(page, "Pia Plainly")
    page.goto("/people/?q=plainly")
    page.locator("[data-check]").first.check(force=True)
    page.locator("noscript, .bulk:not([hidden])").get_by_role("button", name="Tag").click()
    page.locator("main input[name=tags]").first.fill("By hand")
    send(page)
    page.wait_for_url(re.compile(r"/people/\?q=plainly$"))
    expect(page.get_by_text("By hand")).to_have_count(1)

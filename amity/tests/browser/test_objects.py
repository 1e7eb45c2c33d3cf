"""A firm makes its own field and its own object, fills it and shares a view of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from amity.tests.browser.installation import Installation
from amity.tests.browser.looks import check_looks
from amity.tests.browser.steps import add_person, import_file, invite, ready, start_import

pytestmark = pytest.mark.browser
PUPILS = "Name,Year,Parents\nMina Okafor,4,Grace Okafor\nTomás Vidal,5,Grace Okafor\nZoë Lind,4,\n"


@pytest.mark.smoke
def test_pupils_and_their_parents(
    ada: Any, visitor: Callable[..., Any], site: Installation, tmp_path: Path
) -> None:
    add_person(ada, "Grace Okafor", "grace@example.org")
    _own_field(ada)
    _own_object(ada)
    file = tmp_path / "pupils.csv"
    file.write_text(PUPILS, encoding="utf-8")
    import_file(ada, file, "Pupils")
    check_looks(ada)
    start_import(ada)
    _filter_and_keep(ada)
    colleague = invite(ada, visitor, site.url, name="Bo Lind", email="bo.manager@example.com", role="Manager")
    ready(colleague, "/pupils/")
    colleague.locator("main").get_by_role("link", name="Year four").click()
    expect(colleague.locator("tr[data-row]")).to_have_count(2)
    expect(colleague.locator("table.grid")).to_contain_text("Zoë Lind")


def _own_field(page: Any) -> None:
    ready(page, "/settings/objects/people/fields/new/")
    check_looks(page)
    page.locator(".type-cards").get_by_role("link", name=re.compile("^Number|^Whole|^Text")).first.click()
    page.locator("main [name=label]").fill("Shoe size")
    check_looks(page)
    page.get_by_role("button", name="Add field").click()
    expect(page.locator(".field-lines")).to_contain_text("Shoe size")
    check_looks(page)


def _own_object(page: Any) -> None:
    ready(page, "/settings/objects/")
    check_looks(page)
    page.get_by_label("One of them").fill("Pupil")
    page.get_by_label("Several of them").fill("Pupils")
    page.get_by_role("button", name="Make object").click()
    page.wait_for_url("**/settings/objects/pupils/**")
    ready(page, "/settings/objects/pupils/fields/new/?type=number")
    page.locator("main [name=label]").fill("Year")
    page.get_by_role("button", name="Add field").click()
    ready(page, "/settings/objects/pupils/relations/")
    check_looks(page)
    page.get_by_label("Joined to").select_option(label="People")
    page.get_by_label("Pupils call the others").fill("Parents")
    page.get_by_label("The others call it").fill("Children")
    page.get_by_label("May have several of them").check()
    page.get_by_label("They may have several").check()
    page.get_by_role("button", name="Add relation").click()
    expect(page.locator(".lines").first).to_contain_text("Children")
    ready(page, "/pupils/")
    check_looks(page)


def _filter_and_keep(page: Any) -> None:
    ready(page, "/pupils/")
    expect(page.locator("tr[data-row]")).to_have_count(3)
    page.locator("button[popovertarget=filter]").first.click()
    editor = page.locator("#filter")
    with page.expect_response(lambda answer: "/pupils/" in answer.url):
        editor.locator("[data-filter-field]").first.select_option(label="Year")
    page.locator("html:not([data-busy])").wait_for()
    editor.locator("[name=f-0-value]").fill("4")
    check_looks(page)
    editor.locator("button[type=submit]:not(.hide)").last.click()
    expect(page.locator("tr[data-row]")).to_have_count(2)
    page.locator("main").get_by_role("link", name="Save as a view").click()
    page.locator("#view-dialog").get_by_label("Name").fill("Year four")
    page.locator("#view-dialog").get_by_role("button", name="Save view").click()
    expect(page.locator("main").get_by_role("link", name="Year four")).to_be_visible()
    page.locator("main").get_by_role("link", name="Mina Okafor").click(modifiers=["Control"])
    ready(page, "/people/?q=okafor")
    page.goto(page.locator("main .c-title a", has_text="Grace Okafor").get_attribute("href"))
    expect(page.locator(".record-side")).to_contain_text("Tomás Vidal")
    check_looks(page)

"""A computed field is made with its live preview, shown on the record, and follows what is changed."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from amity.tests.browser.looks import check_looks
from amity.tests.browser.steps import edit_fact, fact_of, ready

pytestmark = pytest.mark.browser


def test_a_formula_is_written_with_its_preview_and_followed(ada: Any) -> None:
    page = ada
    page.goto("/companies/new/")
    page.locator("main [name=name]").fill("Abacus Works")
    page.locator("main [name=employees]").fill("12")
    page.locator("main form.form button[type=submit]").last.click()
    page.wait_for_url("**/companies/*/")
    record = page.url
    ready(page, "/settings/objects/companies/fields/new/")
    page.get_by_role("link", name="Computed").click()
    page.locator("html[data-ready]").wait_for()
    page.get_by_label("Name", exact=False).first.fill("Seats")
    page.locator("#formula").fill("employes * 2")
    preview = page.locator(".formula-preview")
    expect(preview.locator("mark")).to_have_text("employes")
    expect(preview).to_contain_text("did you mean “employees”?")
    page.locator("#formula").fill("3 + 2 *")
    page.locator("[data-insert=employees]").click()
    expect(page.locator("#formula")).to_have_value("3 + 2 * employees")
    expect(preview).to_contain_text("27")
    check_looks(page)
    page.get_by_role("button", name="Add field").click()
    page.wait_for_url("**/settings/objects/companies/")
    expect(page.locator("#computing progress")).to_have_count(0)
    ready(page, record)
    expect(fact_of(page, "seats")).to_contain_text("27")
    edit_fact(page, "employees", "20")
    expect(fact_of(page, "seats")).to_contain_text("43")

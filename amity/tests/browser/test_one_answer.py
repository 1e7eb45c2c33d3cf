"""A file that says something else: asked about, chosen by mouse and keyboard, told where it comes from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from amity.tests.browser.looks import check_looks
from amity.tests.browser.steps import add_person, edit_fact, fact_of, import_file, ready, start_import

pytestmark = pytest.mark.browser
EMAIL = "ottilie@quast.example"


def bring(page: Any, folder: Path, job: str) -> None:
    """Import a list that asks."""
    file = folder / "fair-list-11.csv"
    file.write_text(f"Name,E-mail,Job title\nOttilie Quast,{EMAIL},{job}\n")
    import_file(page, file, "People")
    page.get_by_label("When both sides have a value").select_option(value="ask")
    expect(page.get_by_label("The file comes from")).to_have_value("fair-list")
    start_import(page)
    expect(page.locator("main")).to_contain_text("waits to be chosen")


def test_two_answers_become_one(ada: Any, tmp_path: Path) -> None:
    path = add_person(ada, "Ottilie Quast", EMAIL)
    ready(ada, path)
    edit_fact(ada, "job_title", "Baker")
    bring(ada, tmp_path, "Miller")
    ready(ada, path)
    fact = fact_of(ada, "job_title")
    expect(fact).to_contain_text("Baker")
    fact.get_by_role("link", name="2 answers").click()
    dialog = ada.get_by_role("dialog", name="Which answer is right?")
    expect(dialog).to_contain_text("fair-list")
    check_looks(ada)
    dialog.get_by_role("button", name="Miller").click()
    expect(ada.locator("[data-toast]")).to_contain_text("is settled")
    expect(fact_of(ada, "job_title")).to_contain_text("Miller")
    ada.locator("[data-toast] .undo").click()
    expect(fact_of(ada, "job_title")).to_contain_text("Baker")
    expect(fact_of(ada, "job_title").get_by_role("link", name="2 answers")).to_be_visible()
    ready(ada, "/people/conflicts/")
    check_looks(ada)
    ada.keyboard.press("j")
    expect(ada.locator("[data-conflict]").first).to_be_focused()
    ada.keyboard.press("2")
    expect(ada.locator("[data-toast]")).to_contain_text("is settled")
    expect(ada.locator("main")).to_contain_text("All agree")


def test_a_value_tells_where_it_comes_from(ada: Any, tmp_path: Path) -> None:
    ready(ada, "/people/?q=Ottilie")
    ada.get_by_role("link", name="Ottilie Quast").first.click()
    ada.get_by_role("link", name="Open", exact=True).click()
    ada.locator("html[data-ready]").wait_for()
    ada.get_by_role("button", name="More", exact=True).click()
    ada.get_by_role("link", name="Where this comes from", exact=True).click()
    dialog = ada.get_by_role("dialog", name="Where this comes from")
    expect(dialog).to_contain_text("fair-list, chosen by")
    check_looks(ada)
    ada.keyboard.press("Escape")
    fact = fact_of(ada, "job_title")
    fact.hover()
    fact.get_by_role("link", name="Where Job title comes from").click()
    expect(dialog).to_be_visible()

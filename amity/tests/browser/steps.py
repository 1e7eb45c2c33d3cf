"""What people do in several journeys."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import expect

from amity.tests.browser.conftest import PASSWORD


def ready(page: Any, path: str) -> None:
    """Go there and wait until the page's scripts have run."""
    page.goto(path)
    page.locator("html[data-ready]").wait_for()


def add_person(page: Any, name: str, email: str = "") -> str:
    """A new person through the full form; gives the record's path."""
    page.goto("/people/new/")
    page.locator("main [name=name]").fill(name)
    if email:
        page.locator("[name=emails-0-value]").fill(email)
    page.locator("main form.form button[type=submit]").last.click()
    page.wait_for_url(re.compile(r"/people/\d+/$"))
    return "/" + page.url.split("/", 3)[3]


def import_file(page: Any, file: Path, rows_are: str = "") -> None:
    """From the file to the finished import's page."""
    ready(page, "/import/")
    if rows_are:
        page.get_by_label("The rows are").select_option(label=rows_are)
    page.locator("input[type=file]").set_input_files(file)
    page.wait_for_url(re.compile(r"/import/\d+/$"))


def start_import(page: Any) -> None:
    page.get_by_role("button", name="Start import").first.click()
    expect(page.locator(".stat-cards")).to_be_visible(timeout=60_000)


def fact_of(page: Any, key: str) -> Any:
    """A field's row on the record page; its group is unfolded first."""
    fact = page.locator(f".record .fact[data-field={key}]")
    if not fact.is_visible():
        group = page.locator(".record-facts details").filter(has=page.locator(f"[data-field={key}]"))
        group.locator("summary").click()
    return fact


def edit_fact(page: Any, key: str, value: str) -> Any:
    """Change a text where it stands on the record page; gives its row."""
    fact = fact_of(page, key)
    fact.locator("[data-pencil]").click()
    fact.locator(f"[name={key}]").fill(value)
    page.keyboard.press("Enter")
    expect(fact.locator("[data-editor]")).to_have_count(0)
    return fact


def invite(admin: Any, visitor: Callable[..., Any], url: str, *, name: str, email: str, role: str) -> Any:
    """The administrator invites, the colleague follows the link: her page, signed in."""
    admin.goto("/settings/people/")
    admin.get_by_label("Invite by e-mail").fill(email)
    admin.get_by_label("Role").select_option(label=role)
    admin.get_by_role("button", name="Invite").click()
    link = admin.get_by_label("Link").input_value()
    page = visitor(url)
    page.goto(link)
    page.get_by_label("Your name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Join").click()
    page.wait_for_url(re.compile(r"^(?!.*invite).*$"))
    return page

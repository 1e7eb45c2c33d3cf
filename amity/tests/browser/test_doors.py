"""More doors: a list pasted into the import page, a webhook made, tested and read."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from amity.tests.browser.looks import check_looks
from amity.tests.browser.steps import ready

pytestmark = pytest.mark.browser


def test_a_pasted_list_is_imported(ada: Any) -> None:
    page = ada
    ready(page, "/import/")
    page.get_by_text("Paste a list", exact=True).click()
    check_looks(page)
    page.get_by_label("Your list").fill(
        '"Pasted, Petra" <petra@pasted.example>; Paul Pasted <paul@pasted.example>'
    )
    page.get_by_role("button", name="See the preview").click()
    page.wait_for_url(re.compile(r"/import/\d+/"))
    expect(page.locator("#preview")).to_contain_text("Petra Pasted")
    page.get_by_role("button", name="Start import").first.click()
    expect(page.get_by_role("link", name=re.compile("Open people", re.I))).to_be_visible()
    ready(page, "/people/?q=pasted")
    expect(page.locator("tr[data-row]")).to_have_count(2)


def test_a_webhook_from_form_to_message(ada: Any) -> None:
    page = ada
    ready(page, "/settings/webhooks/")
    check_looks(page)
    page.get_by_label("What is it for?").fill("Bookkeeping")
    page.get_by_label("Address that is told").fill("http://10.0.0.1/hook")
    page.get_by_role("button", name="Create webhook").click()
    expect(page.locator("#url-error")).to_contain_text("private network")
    page.get_by_label("Address that is told").fill("https://hooks.invalid/amity")
    page.get_by_role("button", name="Create webhook").click()
    expect(page.locator("figure.code", has_text="whsec_")).to_be_visible()
    check_looks(page)
    page.get_by_role("button", name="Send a test message").click()
    messages = page.locator("#messages")
    expect(messages).to_contain_text("Tried again later")
    messages.locator("summary").first.click()
    expect(messages).to_contain_text("is not known")
    check_looks(page)
    page.get_by_role("button", name="Remove webhook").click()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", name="Bookkeeping")).to_be_visible()

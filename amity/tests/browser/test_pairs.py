"""A school writes to a mother about her children, and writes down what she agrees to."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from amity.tests.browser.looks import check_looks
from amity.tests.browser.steps import add_person, ready

pytestmark = pytest.mark.browser


def test_a_mother_speaks_for_her_child(ada: Any) -> None:
    mother = add_person(ada, "Fatma Korkmaz", "fatma.korkmaz@example.org")
    child = add_person(ada, "Mina Korkmaz", "mina.korkmaz@example.org")
    _relation(ada)
    _purpose(ada)
    ready(ada, f"{child}edit/")
    picker = ada.locator("[name=guardians-text], [data-picker][id^=guardians]").first
    picker.fill("Fatma Kor")
    ada.get_by_role("option", name=re.compile("Fatma Korkmaz")).first.click()
    ada.locator("main form.form button[type=submit]").last.click()
    ada.wait_for_url(re.compile(rf"{child}$"))
    head = ada.locator(".record-head")
    expect(head).to_contain_text("Mails go to Fatma Korkmaz")
    expect(head.get_by_role("link", name="E-mail")).to_have_attribute(
        "href", "mailto:fatma.korkmaz@example.org"
    )
    _consent(ada)
    ready(ada, "/people/recipients/?q=korkmaz")
    expect(ada.locator("table.recipients tbody tr")).to_have_count(1)
    expect(ada.locator("table.recipients")).to_contain_text("Mina Korkmaz")
    check_looks(ada)
    ready(ada, mother)
    expect(ada.locator(".record-side")).to_contain_text("Mina Korkmaz")


def _relation(page: Any) -> None:
    ready(page, "/settings/objects/people/relations/")
    page.get_by_label("Joined to").select_option(label="People")
    page.get_by_label("People call the others").fill("Guardians")
    page.get_by_label("The others call it").fill("Wards")
    page.get_by_label("Who gets the letters and e-mails").select_option(
        label="Mails about this side go to the others"
    )
    page.get_by_role("button", name="Add relation").click()
    page.locator(".lines").get_by_role("link", name=re.compile("Guardians")).click()
    expect(page.get_by_label("Mails about People go to their “Guardians”")).to_be_checked()
    check_looks(page)


def _purpose(page: Any) -> None:
    ready(page, "/settings/consents/")
    check_looks(page)
    page.get_by_label("Purpose").fill("Photos")
    page.get_by_label("What they agree to").fill("Photos of my child may be shown.")
    page.get_by_role("checkbox", name="People").check()
    page.get_by_role("button", name="Add purpose").click()
    expect(page.locator(".lines")).to_contain_text("Photos")
    check_looks(page)


def _consent(page: Any) -> None:
    card = page.locator("#consents")
    expect(card).to_contain_text("Not asked")
    card.locator("summary").first.focus()
    page.keyboard.press("Enter")
    expect(card).to_contain_text("Photos of my child may be shown.")
    check_looks(page)
    card.get_by_role("button", name="Consent given").click()
    expect(page.locator("#toasts")).to_contain_text("Consent written down.")
    expect(page.locator("#consents")).to_contain_text("Given")
    page.locator("#consents summary").first.click()
    page.locator("#consents").get_by_role("button", name="Withdrawn").click()
    expect(page.locator("#consents summary").first).to_contain_text("Withdrawn")
    page.locator("#toasts").get_by_role("button", name="Undo").first.click()
    expect(page.locator("#consents summary").first).to_contain_text("Given")

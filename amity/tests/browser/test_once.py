"""Things that shall happen once and in their place: a note, an upload, a warning."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from amity.tests.browser.looks import check_looks
from amity.tests.browser.steps import add_person, ready

pytestmark = pytest.mark.browser
SLOW = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 150_000}


def write(page: Any, where: str, text: str) -> None:
    page.locator(f"{where} textarea").fill(text)
    page.keyboard.press("Control+Enter")
    expect(page.locator(f"{where} [data-timeline]")).to_contain_text(text)


def test_new_notes_stand_under_their_day(ada: Any) -> None:
    path = add_person(ada, "Nora Notes")
    ready(ada, path)
    check_looks(ada)
    write(ada, ".record-main", "First call")
    write(ada, ".record-main", "Second call")
    lines = ada.locator("#timeline > li")
    expect(lines.nth(0)).to_have_text("Today")
    expect(lines.nth(1)).to_contain_text("Second call")
    expect(ada.locator("#timeline > .day")).to_have_count(1)
    expect(ada.locator(".glance")).to_contain_text("Today")
    expect(ada.get_by_role("heading", name="No notes yet")).to_be_hidden()


def test_a_note_in_the_peek_stays_with_its_record(ada: Any) -> None:
    ready(ada, "/companies/new/")
    ada.locator("main [name=name]").fill("Peeked Works")
    ada.locator("main form.form button[type=submit]").last.click()
    ada.wait_for_url(re.compile(r"/companies/\d+/$"))
    company = ada.url
    ready(ada, f"/people/new/?company={company.rstrip('/').rpartition('/')[2]}")
    ada.locator("main [name=name]").fill("Pia Peek")
    ada.locator("main form.form button[type=submit]").last.click()
    ada.wait_for_url(re.compile(r"/people/\d+/$"))
    ready(ada, company)
    ada.locator("[data-peek]").first.click()
    write(ada, "#peek", "About Pia only")
    expect(ada.locator(".record-main")).not_to_contain_text("About Pia only")


def test_an_empty_fact_opens_from_its_chip_ready_to_type(ada: Any) -> None:
    ready(ada, add_person(ada, "Carl Chips"))
    ada.locator("[data-fill=phones]").click()
    expect(ada.locator("[name=phones-0-value]")).to_be_focused()
    ada.keyboard.type("+44 20 7946 0123")
    ada.keyboard.press("Enter")
    expect(ada.locator("[data-field=phones].value")).to_contain_text("7946 0123")
    expect(ada.locator("[data-fill=phones]")).to_have_count(0)
    ada.locator("[data-field=addresses].value").click()
    expect(ada.locator("[name=addresses-0-street]")).to_be_focused()


def test_pressing_upload_while_it_goes_up_sends_nothing_more(ada: Any, tmp_path: Path) -> None:
    file = tmp_path / "slow.csv"
    file.write_text("Name,E-mail\n" + "".join(f"Slow {n},slow{n}@example.com\n" for n in range(9000)))
    ready(ada, "/import/")
    sent: list[str] = []
    ada.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    ada.context.new_cdp_session(ada).send("Network.emulateNetworkConditions", SLOW)
    ada.locator("input[type=file]").set_input_files(file)
    ada.get_by_role("button", name="Upload").click(no_wait_after=True)
    ada.wait_for_url(re.compile(r"/import/\d+/$"))
    ready(ada, "/import/")
    assert [url.rpartition("/import/")[2] for url in sent] == ["upload/"]
    expect(ada.locator(".runs").get_by_text("slow.csv")).to_have_count(1)


def test_a_look_alike_is_named_while_one_types(ada: Any) -> None:
    add_person(ada, "Dora Double")
    ready(ada, "/people/")
    ada.keyboard.press("c")
    dialog = ada.locator("dialog[open]")
    expect(dialog.locator("[name=name]")).to_be_focused()
    ada.keyboard.type("dora double")
    expect(dialog.get_by_role("status")).to_contain_text("Dora Double")
    expect(dialog.locator("[name=name]")).to_be_focused()
    check_looks(ada)

"""The scripts' hooks, driven in a real browser under the strict policy."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from amity.engines.web.tests import gallery, gallery_server

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect
pytestmark = pytest.mark.browser

QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium() -> str:
    """The browser to use, or a skip with the reason (an error where `CI` is set)."""
    names = [os.environ.get("AMITY_CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome"]
    found = next((path for path in map(shutil.which, filter(None, names)) if path), None)
    missing = [text for text, there in [
        ("no Chromium found", found),
        ("assets are not built", (gallery.STATIC / "vendor/htmx.min.js").exists()),
    ] if not there]  # fmt: skip
    if missing:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("; ".join(missing))
    return str(found)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = gallery_server.serve()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    path = chromium()
    with sync_api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield running
        running.close()


@pytest.fixture
def visit(browser: Any, address: str) -> Iterator[Any]:
    """`visit("list")` gives a page that is ready; script and policy errors fail the test at its end."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    faults: list[str] = []

    def note(message: Any) -> None:
        if message.type == "error" and "the server responded with a status of" not in message.text:
            faults.append(message.text)

    def go(name: str) -> Any:
        page = context.new_page()
        page.on("console", note)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(f"{address}/{name}")
        page.locator("html[data-ready]").wait_for()
        return page

    yield go
    context.close()
    assert faults == []


def test_palette_finds_and_opens(visit: Any) -> None:
    page = visit("list.html")
    page.keyboard.press("Control+k")
    page.keyboard.type("mee")
    expect(page.locator("#palette [role=option]")).to_have_count(3)
    page.keyboard.press("ArrowDown")
    chosen = page.locator("#palette [aria-selected=true]")
    expect(chosen).to_contain_text("Meena Demir")
    assert page.locator("#palette input").get_attribute("aria-activedescendant") == chosen.get_attribute("id")
    expect(page.locator("#palette [role=status]")).to_have_text("3 results")
    page.keyboard.press("Enter")
    page.wait_for_url("**/record.html", wait_until="commit")


def test_single_keys_are_off_while_typing_and_when_switched_off(visit: Any) -> None:
    page = visit("list.html")
    page.keyboard.press("/")
    page.keyboard.type("c?j")
    expect(page.locator("main [type=search]")).to_have_value("c?j")
    page.locator("h1").click()
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("?")
    expect(page.locator("#shortcuts")).to_be_visible()
    page.keyboard.press("Escape")
    page.evaluate("document.documentElement.dataset.shortcuts = 'off'")
    page.keyboard.press("c")
    expect(page.locator("#quick-add")).to_be_hidden()


def test_g_and_a_letter_go_places_and_c_creates(visit: Any) -> None:
    page = visit("list.html")
    page.keyboard.press("c")
    expect(page.locator("#quick-add input[name=name]")).to_be_focused()
    page.keyboard.press("Escape")
    page.evaluate("document.querySelector('[data-go=d]').setAttribute('href', '/board.html')")
    page.keyboard.press("g")
    page.keyboard.press("d")
    page.wait_for_url("**/board.html")


def test_peek_has_its_address_and_gives_focus_back(visit: Any) -> None:
    page = visit("list.html")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("#peek .record-title")).to_be_visible()
    page.wait_for_url("**?peek=103")
    page.keyboard.press("j")
    page.wait_for_url("**?peek=104")
    page.keyboard.press("Escape")
    expect(page.locator("#peek")).to_be_hidden()
    page.wait_for_url("**/list.html")
    expect(page.locator("tr[data-id='104'] .c-title a")).to_be_focused()
    page.go_forward()
    expect(page.locator("#peek .record-title")).to_be_visible()
    page.go_back()
    expect(page.locator("#peek")).to_be_hidden()


def test_address_with_peek_opens_it(visit: Any) -> None:
    expect(visit("list.html?peek=105").locator("#peek .record-title")).to_be_visible()


def test_cell_selects_then_edits_and_escape_restores(visit: Any) -> None:
    page = visit("list.html")
    cell = page.locator("tr[data-id='102'] td[data-field=company]")
    cell.click()
    expect(cell).to_be_focused()
    expect(cell.locator("form")).to_have_count(0)
    page.keyboard.press("j")
    expect(cell).to_be_focused()
    cell.click()
    expect(cell.locator("[name=company]")).to_be_focused()
    page.keyboard.type("other")
    page.keyboard.press("Escape")
    expect(cell).to_have_text("Murugan Bakery")
    expect(cell).to_be_focused()


@pytest.mark.parametrize("value", ["crash", "forbidden"])
def test_a_failed_save_keeps_what_was_typed(visit: Any, value: str) -> None:
    page = visit("list.html")
    cell = page.locator("tr[data-id='102'] td[data-field=company]")
    cell.click()
    page.keyboard.press("F2")
    cell.locator("[name=company]").fill(value)
    page.keyboard.press("Enter")
    expect(page.locator(".toast.bad")).to_be_visible()
    expect(cell.locator("[name=company]")).to_have_value(value)


def test_refusal_stands_at_the_field_and_tab_saves_and_goes_on(visit: Any) -> None:
    page = visit("list.html")
    cells = page.locator("tr[data-id='102'] td[data-edit]")
    cells.first.click()
    page.keyboard.press("Enter")
    cells.first.locator("[name=company]").fill("bad")
    page.keyboard.press("Enter")
    expect(cells.first.locator(".error")).to_be_visible()
    expect(cells.first.locator("[name=company]")).to_be_focused()
    cells.first.locator("[name=company]").fill("Zed Works")
    page.keyboard.press("Tab")
    expect(cells.first).to_have_text("Zed Works")
    expect(page.locator("#toasts")).to_contain_text("Company changed to Zed Works")
    expect(cells.nth(1).locator("[name=company]")).to_be_focused()
    page.keyboard.type("left")
    page.locator("h1").click()
    expect(cells.nth(1)).to_have_text("left")


def test_shift_click_ticks_a_range(visit: Any) -> None:
    page = visit("list.html")
    page.locator("[data-check]").nth(1).click()
    page.locator("[data-check]").nth(5).click(modifiers=["Shift"])
    expect(page.locator("[data-bulk-count]")).to_have_text("5 people selected")
    page.locator("[data-bulk-clear]").click()
    expect(page.locator("[data-bulk]")).to_be_hidden()


def test_fact_edits_with_one_click_and_a_note_survives_reload(visit: Any) -> None:
    page = visit("record.html")
    value = page.locator(".value[data-field=role]")
    value.click()
    value.locator("[name=company]").fill("Director")
    page.keyboard.press("Enter")
    expect(value).to_have_text("Director")
    expect(value.locator("[data-pencil]")).to_be_focused()
    page.locator(".composer textarea").fill("half a note")
    page.reload()
    expect(page.locator(".composer textarea")).to_have_value("half a note")
    page.locator(".composer textarea").press("Control+Enter")
    expect(page.locator(".composer textarea")).to_have_value("")


def test_picker_sets_the_record_and_rows_are_added(visit: Any) -> None:
    page = visit("forms.html")
    page.locator("#company").fill("mur")
    expect(page.locator("#company-list [role=option]")).to_have_count(2)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#company")).to_have_value("Murugan Dental")
    expect(page.locator("input[type=hidden][name=company]")).to_have_value("10")
    page.locator("#emails [data-row-add]").click()
    expect(page.locator("[name=emails-2-value]")).to_have_count(1)


def test_theme_changes_at_once(visit: Any) -> None:
    page = visit("list.html")
    page.locator(".rail .me").click()
    page.locator("#me [value=dark]").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


@pytest.mark.parametrize("name", gallery.PAGES)
@pytest.mark.parametrize("width", [320, 390, 1280])
def test_nothing_scrolls_sideways(browser: Any, address: str, name: str, width: int) -> None:
    """Lists on wide screens and boards scroll in their own box; the page itself never does."""
    page = browser.new_page(viewport={"width": width, "height": 844})
    page.goto(f"{address}/{name}.html")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()

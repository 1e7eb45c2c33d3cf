"""A board and a calendar by mouse, finger, keyboard and menu; what is refused goes back and says why."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from amity.tests.browser.looks import PHONE, check_looks
from amity.tests.browser.steps import add_person, ready

pytestmark = pytest.mark.browser
HOLD = 450


def column(page: Any, key: str) -> Any:
    return page.locator(f"[data-place='\"{key}\"']")


def card(page: Any, name: str) -> Any:
    return page.locator("main [data-card]").filter(has_text=name)


def put(page: Any, name: str, stage: str) -> str:
    """A person in a stage."""
    path = add_person(page, name)
    page.goto(f"{path}edit/")
    page.locator("[name=stage]").select_option(stage)
    page.locator("main form.form button[type=submit]").last.click()
    page.wait_for_url(re.compile(r"/people/\d+/$"))
    return path


def drag(page: Any, moved: Any, goal: Any, *, let_go: bool = True) -> None:
    start, end = moved.bounding_box(), goal.bounding_box()
    page.mouse.move(start["x"] + 30, start["y"] + 16)
    page.mouse.down()
    page.mouse.move(end["x"] + 60, end["y"] + 90, steps=8)
    if let_go:
        page.mouse.up()


def test_cards_go_by_mouse_keyboard_and_menu_and_can_be_undone(ada: Any) -> None:
    put(ada, "Bodo Board", "lead")
    put(ada, "Berta Board", "lead")
    ready(ada, "/people/?q=board")
    ada.get_by_role("link", name="Board", exact=True).click()
    ada.wait_for_url("**shape=board**")
    ada.locator("html[data-ready]").wait_for()
    check_looks(ada)
    _by_mouse(ada)
    _by_keyboard(ada)
    _by_menu(ada)
    _peek(ada)


def _by_mouse(page: Any) -> None:
    drag(page, card(page, "Bodo Board"), column(page, "prospect"), let_go=False)
    page.keyboard.press("Escape")
    page.mouse.up()
    expect(column(page, "lead").locator("[data-card]")).to_have_count(2)
    drag(page, card(page, "Bodo Board"), column(page, "prospect"))
    expect(column(page, "prospect").locator("[data-card]")).to_contain_text("Bodo Board")
    expect(page.locator("#toasts")).to_contain_text("“Bodo Board”: Stage is now Prospect.")
    expect(page.locator("#tally-prospect")).to_have_text("1")
    expect(page.locator("#tally-lead")).to_have_text("1")
    page.locator("[data-toast] .undo").first.click()
    expect(page.locator("#toasts")).to_contain_text("taken back")
    expect(column(page, "lead").locator("[data-card]")).to_have_count(2)


def _by_keyboard(page: Any) -> None:
    page.locator("html[data-ready]").wait_for()
    title = card(page, "Berta Board").locator("[data-peek]")
    title.focus()
    page.keyboard.press("ArrowDown")
    expect(card(page, "Bodo Board").locator("[data-peek]")).to_be_focused()
    page.keyboard.press("Alt+ArrowRight")
    page.keyboard.press("Alt+ArrowRight")
    expect(page.locator("[data-say]")).to_have_text("Customer")
    expect(page.locator("#tally-customer")).to_have_text("1")
    expect(column(page, "customer").locator("[data-peek]")).to_be_focused()


def _by_menu(page: Any) -> None:
    berta = card(page, "Berta Board")
    berta.hover()
    berta.get_by_role("link", name="Move “Berta Board” to…").click()
    menu = page.locator("#move-menu")
    expect(menu).to_be_visible()
    expect(menu.get_by_role("button", name="Lead")).to_be_hidden()
    check_looks(page)
    menu.get_by_role("button", name="Former customer").click()
    expect(page.locator("#tally-former")).to_have_text("1")
    expect(column(page, "former").locator("[data-peek]")).to_be_focused()


def _peek(page: Any) -> None:
    card(page, "Berta Board").locator("[data-peek]").click()
    fact = page.locator("#peek .fact[data-field=stage]")
    expect(fact).to_be_attached()
    if not fact.is_visible():
        page.locator("#peek details").filter(has=page.locator("[data-field=stage]")).locator(
            "summary"
        ).click()
    fact.locator("[data-pencil]").click()
    fact.locator("select").select_option("prospect")
    page.keyboard.press("Enter")
    expect(column(page, "prospect").locator("[data-card]")).to_contain_text("Berta Board")
    page.keyboard.press("Escape")
    expect(page.locator("#peek")).to_be_hidden()


def test_a_refused_move_goes_back_and_says_why(ada: Any) -> None:
    put(ada, "Rufus Refused", "lead")
    ready(ada, "/people/?shape=board&q=rufus")
    other = ada.context.new_page()
    ready(other, "/people/?shape=board&q=rufus")
    drag(other, card(other, "Rufus"), column(other, "prospect"))
    expect(other.locator("#tally-prospect")).to_have_text("1")
    drag(ada, card(ada, "Rufus"), column(ada, "subscriber"))
    expect(ada.locator(".toast.bad")).to_contain_text("It is now Prospect.")
    expect(column(ada, "prospect").locator("[data-card]")).to_contain_text("Rufus")
    other.close()
    ada.route("**/move/", lambda route: route.fulfill(status=422, body=""))
    drag(ada, card(ada, "Rufus"), column(ada, "subscriber"))
    expect(ada.locator("[aria-busy]")).to_have_count(0)
    expect(column(ada, "prospect").locator("[data-card]")).to_contain_text("Rufus")


def test_records_are_moved_to_another_day(ada: Any) -> None:
    path = add_person(ada, "Dora Day")
    ada.goto(f"{path}edit/")
    ada.locator("[name=birthday]").fill("2026-11-11")
    ada.locator("main form.form button[type=submit]").last.click()
    ada.wait_for_url(re.compile(r"/people/\d+/$"))
    ready(ada, "/people/?shape=calendar&by=birthday&month=2026-11&q=dora")
    check_looks(ada)
    day = lambda number: ada.locator(f"[data-place='\"2026-11-{number:02d}\"']")  # noqa: E731
    drag(ada, card(ada, "Dora"), day(4).locator(".day-head"))
    expect(ada.locator("#toasts")).to_contain_text("Birthday is now 4 Nov 2026.")
    card(ada, "Dora").locator("[data-peek]").focus()
    ada.keyboard.press("Alt+ArrowDown")
    ada.keyboard.press("Alt+ArrowRight")
    expect(ada.locator("#toasts")).to_contain_text("Birthday is now 12 Nov 2026.")
    expect(day(12).locator("[data-peek]")).to_be_focused()
    ada.get_by_role("link", name="Move “Dora Day” to…").press("Enter")
    ada.locator("#move-menu [name=day]").fill("2027-02-03")
    ada.locator("#move-menu").get_by_role("button", name="Move").click()
    expect(ada.locator("#toasts")).to_contain_text("Birthday is now 3 Feb 2027.")
    expect(card(ada, "Dora")).to_have_count(0)


def test_a_long_press_carries_and_a_swipe_scrolls(ada: Any, ada_on_phone: Any) -> None:
    put(ada, "Lotte Long", "lead")
    page = ada_on_phone
    ready(page, "/people/?shape=board&q=lotte")
    check_looks(page, sizes=(PHONE,))
    column(page, "lead").scroll_into_view_if_needed()
    touch = page.context.new_cdp_session(page)
    box = card(page, "Lotte").bounding_box()
    _touch(page, touch, (box["x"] + 40, box["y"] + 20), (5, box["y"] + 30), hold=0)
    page.wait_for_timeout(300)
    expect(column(page, "lead").locator("[data-card]")).to_have_count(1)
    column(page, "lead").scroll_into_view_if_needed()
    page.wait_for_timeout(300)
    box = card(page, "Lotte").bounding_box()
    _touch(page, touch, (box["x"] + 40, box["y"] + 20), (388, box["y"] + 60), hold=HOLD, stay=900)
    expect(column(page, "lead").locator("[data-card]")).to_have_count(0)
    expect(page.locator("#toasts")).to_contain_text("“Lotte Long”: Stage is now")


def _touch(
    page: Any, touch: Any, start: tuple[float, float], end: tuple[float, float], *, hold: int, stay: int = 0
) -> None:
    def send(kind: str, *points: tuple[float, float]) -> None:
        touch.send(
            "Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]}
        )

    send("touchStart", start)
    page.wait_for_timeout(hold)
    for step in range(1, 9):
        at = tuple(a + (b - a) * step / 8 for a, b in zip(start, end, strict=True))
        send("touchMove", at)  # type: ignore[arg-type]
    page.wait_for_timeout(stay)
    send("touchEnd")

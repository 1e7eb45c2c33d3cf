"""What is put in order by hand: fields of an object and columns of a list, by mouse and by a long press."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from amity.tests.browser.looks import check_looks
from amity.tests.browser.steps import ready

pytestmark = pytest.mark.browser
HOLD = 450


def keys(page: Any) -> list[str]:
    return [line.get_attribute("data-sort-key") for line in page.locator("[data-sort-key]").all()]


def carry(page: Any, start: int, end: int, *, let_go: bool = True) -> None:
    """Drag a line by its grip to just above another one, once that can be done and nothing moves any more."""
    page.locator("[data-sort][data-sort-ready]").first.wait_for()
    page.locator("[data-grip]").nth(start).hover()
    grip = page.locator("[data-grip]").nth(start).bounding_box()
    goal = page.locator("[data-sort-key]").nth(end).bounding_box()
    page.mouse.move(grip["x"] + 8, grip["y"] + grip["height"] / 2)
    page.mouse.down()
    page.mouse.move(grip["x"] + 8, goal["y"] + 4, steps=8)
    if let_go:
        page.mouse.up()


def test_fields_are_dragged_and_put_back(ada: Any) -> None:
    ready(ada, "/settings/objects/companies/")
    before = keys(ada)
    carry(ada, 3, 1, let_go=False)
    ada.keyboard.press("Escape")
    assert keys(ada) == before
    ada.mouse.up()
    carry(ada, 3, 1)
    expect(ada.locator("[data-toast]")).to_contain_text("Order saved.")
    assert keys(ada)[:4] == [before[0], before[3], before[1], before[2]]
    check_looks(ada)
    ready(ada, "/settings/objects/companies/")
    assert keys(ada)[1] == before[3]
    carry(ada, 1, 3)
    ada.locator("[data-toast] .undo").click()
    ada.wait_for_load_state("load")
    expect(ada.locator("[data-sort-key]").nth(1)).to_have_attribute("data-sort-key", before[3])


def test_columns_are_dragged_in_their_dialog(ada: Any) -> None:
    ready(ada, "/people/")
    ada.get_by_role("link", name="Columns").click()
    expect(ada.locator("dialog[open] [data-grip]")).to_have_count(6)
    carry(ada, 4, 0)
    expect(ada.locator("[data-sort-key]").nth(0)).to_have_attribute("data-sort-key", "owner")
    assert keys(ada)[:2] == ["owner", "company"]
    check_looks(ada)
    ada.get_by_role("button", name="Show these columns").click()
    ada.wait_for_url("**columns=name%2Cowner%2Ccompany**")


def test_a_long_press_drags_and_a_swipe_scrolls(ada_on_phone: Any) -> None:
    page = ada_on_phone
    ready(page, "/settings/objects/people/")
    before = keys(page)
    touch = page.context.new_cdp_session(page)
    lines = page.locator("[data-sort-key]")
    start, end = lines.nth(3).bounding_box(), lines.nth(1).bounding_box()
    _swipe(page, touch, start["y"] + 30, end["y"] + 5, hold=HOLD)
    expect(lines.nth(1)).to_have_attribute("data-sort-key", before[3])
    now = keys(page)
    _swipe(page, touch, 600, 300, hold=0)
    page.wait_for_timeout(300)
    assert page.evaluate("document.getElementById('scroll').scrollTop") > 100
    assert keys(page) == now


def _swipe(page: Any, touch: Any, start: float, end: float, *, hold: int) -> None:
    def send(kind: str, *points: dict[str, float]) -> None:
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": list(points)})

    send("touchStart", {"x": 150, "y": start})
    page.wait_for_timeout(hold)
    for step in range(1, 9):
        send("touchMove", {"x": 150, "y": start + (end - start) * step / 8})
    send("touchEnd")

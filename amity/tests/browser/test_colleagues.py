"""A colleague joins and sees her share; looking as she looks changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from amity.tests.browser.installation import Installation
from amity.tests.browser.looks import check_looks
from amity.tests.browser.steps import add_person, invite, ready

pytestmark = pytest.mark.browser


@pytest.mark.smoke
def test_a_colleague_sees_her_own(ada: Any, visitor: Callable[..., Any], site: Installation) -> None:
    hidden = add_person(ada, "Boris Godunov", "boris@example.org")
    mira = invite(ada, visitor, site.url, name="Mira Nair", email="mira@example.com", role="Member")
    own = add_person(mira, "Carmen Sandiego", "carmen@example.org")
    ready(mira, "/people/")
    _sees_only_carmen(mira)
    check_looks(mira)
    assert mira.goto(hidden).status == 404
    check_looks(mira)
    mira.goto("/search/?q=godunov")
    expect(mira.locator("main")).not_to_contain_text("boris@example.org")
    _look_as_her(ada, own)


def _sees_only_carmen(page: Any) -> None:
    expect(page.locator("tr[data-row]")).to_have_count(1)
    expect(page.locator("tr[data-row]")).to_contain_text("Carmen Sandiego")


def _look_as_her(ada: Any, own: str) -> None:
    ready(ada, "/settings/people/")
    check_looks(ada)
    ada.locator("main").get_by_role("link", name="Mira Nair").click()
    check_looks(ada)
    ada.get_by_role("button", name="View as").click()
    ready(ada, "/people/")
    expect(ada.locator(".seen-by")).to_contain_text("Mira Nair")
    _sees_only_carmen(ada)
    check_looks(ada)
    ready(ada, own)
    assert ada.locator("[data-edit]").count() == 0
    status = ada.evaluate(
        "(url) => fetch(url, {method: 'POST', headers: {'X-CSRFToken': JSON.parse(document.body.getAttribute("
        "'hx-headers:inherited'))['X-CSRFToken']}, body: new URLSearchParams({text: 'x', kind: 'note'})})"
        ".then((answer) => answer.status)",
        f"{own}notes/",
    )
    assert status == 403
    ada.get_by_role("button", name="Stop").click()
    ready(ada, "/people/?q=godunov")
    expect(ada.locator("tr[data-row]")).to_contain_text("Boris Godunov")

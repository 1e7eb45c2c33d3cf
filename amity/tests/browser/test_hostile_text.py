"""Text that would be a program if a page did not escape it: entered everywhere, then every page is opened."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from amity.tests.browser.conftest import ADMIN, PASSWORD
from amity.tests.browser.installation import Installation
from amity.tests.browser.steps import add_person, import_file, ready, start_import

pytestmark = pytest.mark.browser
PAYLOADS = [
    "<script>top.hacked=1</script>",
    "<img src=x onerror=top.hacked=1>",
    "\"'><svg onload=top.hacked=1>",
    "</title></textarea></style><script>top.hacked=1</script>",
    "javascript:top.hacked=1//",
    "{{ 7*'7' }}{% raw %}${top.hacked=1}",
    "<a href=javascript:top.hacked=1 autofocus onfocus=top.hacked=1>x</a>",
    "' autofocus onfocus='top.hacked=1",
]
ALL = " ".join(PAYLOADS)
SKIP = ("/sign-out", "/files/", "/export/", ".csv", "/undo/", "/api/", "/previous/", "/next/")
# Event handlers, foreign scripts and script addresses that came out of a text.
TRACES = """() => window.hacked ? ['executed'] :
    [...document.querySelectorAll(['[onerror]', '[onload]', '[onfocus]', '[href^="javascript:" i]',
        '[src="x"]', 'script:not([src])'])]
    .map((el) => el.outerHTML.slice(0, 120))"""


def test_no_text_becomes_a_program(ada: Any, tmp_path: Path) -> None:
    path = _hostile_record(ada, tmp_path)
    _hostile_definitions(ada)
    _hostile_import(ada, tmp_path)
    started = [path, "/", "/people/", "/companies/", "/search/?q=hacked", "/import/", "/settings/objects/"]
    seen = _crawl(ada, started, limit=70)
    assert len(seen) > 30
    _live_pieces(ada, path)


def _hostile_record(page: Any, folder: Path) -> str:
    path = add_person(page, f"Xenia {ALL}"[:110])
    ready(page, f"{path}edit/")
    for name in ("job_title", "department", "nickname"):
        page.locator(f"[name={name}]").fill(ALL[:110])
    page.get_by_role("button", name="Save", exact=True).last.click()
    page.wait_for_url(f"**{path}")
    page.locator("form.composer textarea").fill("\n".join(PAYLOADS))
    page.get_by_role("button", name="Save note").click()
    expect(page.locator("#timeline")).to_contain_text("onerror")
    file = folder / "a'\"><img src=x onerror=top.hacked=1>.txt"
    file.write_text(ALL, encoding="utf-8")
    with page.expect_navigation():
        page.locator("#file-input").set_input_files(file)
    expect(page.locator("#files")).to_contain_text("onerror")
    return path


def _hostile_definitions(page: Any) -> None:
    ready(page, "/settings/objects/people/fields/new/?type=choice")
    page.locator("main [name=label]").fill(f"F {PAYLOADS[1]}"[:60])
    page.locator("[name=help]").fill(PAYLOADS[0])
    page.locator("[name=group]").fill(PAYLOADS[2])
    page.locator("[name=options-0-label]").fill(PAYLOADS[1])
    page.get_by_role("button", name="Add field").click()
    page.wait_for_url("**/settings/objects/people/")
    page.goto("/settings/objects/")
    page.get_by_label("One of them").fill(PAYLOADS[1])
    page.get_by_label("Several of them").fill(f"Xs {PAYLOADS[1]}")
    page.get_by_role("button", name="Make object").click()
    page.wait_for_url("**/settings/objects/xs*/**")


def _hostile_import(page: Any, folder: Path) -> None:
    file = folder / "<img src=x onerror=top.hacked=1>.csv"
    cells = [f'"{text.replace(chr(34), chr(34) * 2)}"' for text in PAYLOADS]
    heads = ['"Name"', '"E-mail"', *cells]
    file.write_text(
        ",".join(heads) + "\n" + ",".join([cells[0], '"<b>no@address"', *cells]) + "\n", encoding="utf-8"
    )
    import_file(page, file, "People")
    assert page.evaluate(TRACES) == []
    start_import(page)
    assert page.evaluate(TRACES) == []


def _crawl(page: Any, paths: list[str], limit: int) -> set[str]:
    """Open the pages and what they link to, and look on each for anything that ran or could run."""
    seen: set[str] = set()
    while paths and len(seen) < limit:
        path = paths.pop(0)
        if path in seen:
            continue
        seen.add(path)
        page.goto(path)
        assert page.evaluate(TRACES) == [], path
        paths += [link for link in _links(page) if link not in seen]
    return seen


def _links(page: Any) -> list[str]:
    found = page.locator("a[href]").evaluate_all("(all) => all.map((el) => el.href)")
    parts = [urlsplit(link) for link in found if urlsplit(link).netloc == urlsplit(page.url).netloc]
    links = [f"{part.path}?{part.query}" if part.query else part.path for part in parts]
    return [link for link in links if not any(word in link for word in SKIP)]


def _live_pieces(page: Any, path: str) -> None:
    """What scripts put into the page: palette, peek, editors, toasts."""
    ready(page, "/people/?q=xenia")
    page.locator(".c-title a").first.click()
    expect(page.locator("#peek .record-title")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    page.keyboard.type("xenia")
    expect(page.locator("#palette [role=option]").first).to_contain_text("Xenia")
    assert page.evaluate(TRACES) == []
    ready(page, path)
    page.locator(".fact[data-field=job_title] [data-pencil]").click()
    page.locator("input[name=job_title]").fill(PAYLOADS[2])
    page.keyboard.press("Enter")
    expect(page.locator("#toasts [data-toast]").first).to_be_visible()
    assert page.evaluate(TRACES) == []


def test_a_file_is_never_shown_as_a_page(ada: Any, tmp_path: Path) -> None:
    path = add_person(ada, "Fiona File")
    file = tmp_path / "page.html"
    file.write_text("<script>top.hacked=1</script>", encoding="utf-8")
    ready(ada, path)
    ada.locator("#file-input").set_input_files(file)
    link = ada.locator("#files a", has_text="page.html").first
    expect(link).to_be_visible()
    answer = ada.request.get(link.get_attribute("href"))
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_wrong_place_to_go_back_to_is_not_followed(
    visitor: Callable[..., Any], site: Installation, admin_state: Any
) -> None:
    for wrong in ("https://example.org/", "//example.org", "javascript:top.hacked=1"):
        page = visitor(site.url)
        page.goto(f"/sign-in/?next={wrong}")
        page.get_by_label("E-mail").fill(ADMIN)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"{site.url}/**")
        page.wait_for_url(lambda url: "sign-in" not in url)
        assert page.evaluate(TRACES) == []

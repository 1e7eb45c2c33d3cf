"""Take the pictures of the documentation from the example firm: `python3 tasks.py pictures`."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from amity.tests.browser.conftest import QUIET, chromium
from amity.tests.browser.installation import ROOT, Installation, installation
from amity.tests.browser.looks import PHONE
from amity.tests.browser.steps import import_file, ready
from config.cli.demo import LOGIN

FOLDER = ROOT / "docs" / "pictures"
LARGEST_KB = 150
DESK = {"width": 1360, "height": 640}
RECORD = "main .c-title a"
GRID = "/people/?shape=grid&columns=name,company,phones,stage,owner,tags"


def main() -> None:
    """Fails when a picture is larger than documentation should carry."""
    FOLDER.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        installation(Path(folder) / "home", "demo") as running,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium(), args=QUIET)
        _desk(_signed_in(browser, running, viewport=DESK))
        phone = _signed_in(browser, running, viewport=PHONE, has_touch=True, is_mobile=True)
        _phone(phone)
        _turkish(phone)
        browser.close()
    for picture in sorted(FOLDER.glob("*.png")):
        size = picture.stat().st_size // 1024
        print(f"{picture.relative_to(ROOT)}: {size} KB")
        assert size <= LARGEST_KB, f"{picture.name} is larger than {LARGEST_KB} KB"


def _signed_in(browser: Any, running: Installation, **options: Any) -> Any:
    email, password = (running.home / LOGIN).read_text(encoding="utf-8").split()
    context = browser.new_context(base_url=running.url, locale="en-GB", reduced_motion="reduce", **options)
    page = context.new_page()
    page.goto("/sign-in/")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "sign-in" not in url)
    return page


def _desk(page: Any) -> None:
    ready(page, "/people/")
    record = page.locator(RECORD).nth(4).get_attribute("href")
    _take(page, "list")
    page.locator(RECORD).nth(4).click()
    page.locator("#peek .record-title").wait_for()
    page.emulate_media(color_scheme="dark")
    _take(page, "dark")
    page.emulate_media(color_scheme="light")
    ready(page, record)
    _take(page, "record")
    for name, path in (("board", "/people/?shape=board"), ("grid", GRID), ("quality", "/people/quality/")):
        ready(page, path)
        _take(page, name)
    import_file(page, ROOT / "examples" / "imports" / "hubspot_contacts.csv")
    _take(page, "import")


def _phone(page: Any) -> None:
    ready(page, "/people/")
    _take(page, "phone")
    page.goto(page.locator(RECORD).nth(4).get_attribute("href"))
    _take(page, "phone-record")


def _turkish(page: Any) -> None:
    """The same phone in the dark, its owner reading Turkish."""
    page.goto("/settings/profile/")
    page.locator("main [name=language]").select_option("tr")
    page.locator("main form button[type=submit]").first.click()
    page.locator("html[lang=tr]").wait_for()
    page.emulate_media(color_scheme="dark")
    ready(page, "/people/")
    page.goto(page.locator(RECORD).nth(4).get_attribute("href"))
    _take(page, "turkish")


def _take(page: Any, name: str) -> None:
    page.evaluate("document.activeElement?.blur()")
    page.locator("html[data-ready]").wait_for()
    page.wait_for_load_state("networkidle")
    page.screenshot(path=FOLDER / f"{name}.png")


if __name__ == "__main__":
    main()

"""A real Amity and a real Chromium. A missing one skips the journeys and says why; with CI set they fail."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from amity.tests.browser import looks
from amity.tests.browser.installation import ROOT, Installation, installation

sync_api = pytest.importorskip("playwright.sync_api")
PASSWORD = "seven green boats"
ADMIN = "ada@example.com"
BY_DESIGN = re.compile(r"the server responded with a status of (401|403|404|409|422)")
VENDOR = ROOT / "amity" / "engines" / "web" / "static" / "vendor" / "htmx.min.js"
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
sync_api.expect.set_options(timeout=20_000)


def chromium() -> str:
    """Path of the browser, or the end of the test with the reason."""
    names = [os.environ.get("AMITY_CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome"]
    found = next((path for path in map(shutil.which, filter(None, names)) if path), "")
    needed = {
        "no Chromium was found": found,
        "browser files are not built": VENDOR.exists() and looks.AXE.exists(),
    }
    missing = [text for text, there in needed.items() if not there]
    if missing:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("; ".join(missing))
    return found


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    path = chromium()
    with sync_api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield running
        running.close()


@pytest.fixture
def fresh(browser: Any, tmp_path: Path) -> Iterator[Installation]:
    """An installation nobody has set up yet."""
    with installation(tmp_path / "home") as running:
        yield running


@pytest.fixture(scope="session")
def site(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """The installation most journeys share; its firm is made, Ada is its administrator."""
    with installation(tmp_path_factory.mktemp("amity") / "home") as running:
        yield running


@pytest.fixture(scope="session")
def admin_state(browser: Any, site: Installation) -> Any:
    """Ada's cookies, from the pages of the first run."""
    context = browser.new_context()
    page = context.new_page()
    first_run(page, site)
    state = context.storage_state()
    context.close()
    return state


def first_run(page: Any, running: Installation) -> None:
    """Ada's account and firm, as the welcome page asks for them."""
    page.goto(f"{running.url}/welcome/?key={running.setup_key}")
    page.get_by_label("Your name").fill("Ada Byron")
    page.get_by_label("E-mail").fill(ADMIN)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Name of the firm").fill("Harbour & Sons")
    page.get_by_role("button", name="Make my workspace").click()
    page.wait_for_url("**/welcome/next/")


@pytest.fixture
def visitor(browser: Any) -> Iterator[Callable[..., Any]]:
    """`visitor(url, state)` gives a page of a new browser; errors in its console fail the test."""
    contexts: list[Any] = []
    faults: list[str] = []

    def note(message: Any) -> None:
        if message.type == "error" and not BY_DESIGN.search(message.text):
            faults.append(f"{message.text} ({message.location.get('url', '')})")

    def visit(url: str, state: Any = None, **options: Any) -> Any:
        options = {"viewport": looks.DESKTOP, "reduced_motion": "reduce", "locale": "en-GB"} | options
        context = browser.new_context(base_url=url, storage_state=state, **options)
        context.set_default_timeout(15_000)
        contexts.append(context)
        context.on("page", lambda page: page.on("pageerror", lambda error: faults.append(str(error))))
        context.on("console", note)
        return context.new_page()

    yield visit
    for context in contexts:
        context.close()
    assert faults == []


@pytest.fixture
def ada(visitor: Callable[..., Any], site: Installation, admin_state: Any) -> Any:
    """The administrator at her desk."""
    return visitor(site.url, admin_state)


@pytest.fixture
def ada_on_phone(visitor: Callable[..., Any], site: Installation, admin_state: Any) -> Any:
    return visitor(site.url, admin_state, viewport=looks.PHONE, has_touch=True, is_mobile=True)

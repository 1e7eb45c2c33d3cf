"""A real Amity on a folder and port of its own, and Chromium to drive it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
ASSETS = ROOT / "amity" / "engines" / "web" / "static" / "vendor" / "htmx.min.js"
EMAIL, PASSWORD = "owner@example.com", "correct horse 7"
SIZES = {"desktop": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
AMITY = [sys.executable, "-c", "import sys; from config.cli import main; sys.exit(main())"]
EXPECTED_STATUS = ("422", "409")


def needed(path: str | None, what: str) -> str:
    """The path, or a skip with the reason; where `CI` is set, a failure."""
    if not path:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"{what} is missing")
    return str(path)


@dataclass
class Server:
    """A running Amity with one administrator, and how to run commands on its data."""

    url: str
    environment: dict[str, str]

    def command(self, *words: str) -> str:
        """Run `amity …` on this server's data; returns what it wrote."""
        return subprocess.run(
            [*AMITY, *words],
            cwd=ROOT, env=self.environment, check=True, capture_output=True, text=True,
        ).stdout  # fmt: skip


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """`amity start` with an empty data folder; stopped at the end of the run."""
    needed(str(ASSETS) if ASSETS.exists() else None, "the built assets")
    port, home = free_port(), tmp_path_factory.mktemp("amity")
    environment = {**os.environ, "AMITY_HOME": str(home), "AMITY_PORT": str(port), "AMITY_PASSWORD": PASSWORD}
    environment.pop("AMITY_URL", None)
    found = Server(f"http://127.0.0.1:{port}", environment)
    with (home / "server.log").open("w") as log:
        process = subprocess.Popen(
            [*AMITY, "start", "--workers", "1"],
            cwd=ROOT, env=environment, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        wait_until_up(found.url, process, home / "server.log")
        yield found
    finally:
        process.terminate()
        process.wait(30)


def wait_until_up(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _try in range(600):
        try:
            with urllib.request.urlopen(f"{url}/healthz", timeout=1):
                return
        except OSError:
            assert process.poll() is None, log.read_text()
            time.sleep(0.1)
    raise AssertionError(f"the server does not come up:\n{log.read_text()}")


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    names = [os.environ.get("AMITY_CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome"]
    path = needed(next(filter(None, map(shutil.which, filter(None, names))), None), "Chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield running
        running.close()


class Visitor:
    """A browser window. `faults` gathers what no journey may cause: script errors and policy violations."""

    def __init__(self, page: Any, url: str) -> None:
        self.page = page
        self.url = url
        self.faults: list[str] = []
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", self._note)

    def _note(self, message: Any) -> None:
        answered = any(f"status of {status}" in message.text for status in EXPECTED_STATUS)
        if message.type == "error" and not answered:
            self.faults.append(message.text)

    def go(self, path: str) -> Any:
        self.page.goto(self.url + path)
        return self.page

    def accessible(self) -> None:
        """No violation that axe finds on the page as it is now."""
        self.page.evaluate(Path(needed(str(AXE) if AXE.exists() else None, "axe-core")).read_text())
        found = self.page.evaluate("async () => (await axe.run()).violations")
        assert [f"{rule['id']}: {rule['nodes'][0]['html'][:120]}" for rule in found] == []


@pytest.fixture(params=["desktop", "phone"])
def visitor(browser: Any, server: Server, request: pytest.FixtureRequest) -> Iterator[Visitor]:
    """A fresh window of each size; its faults fail the test at the end."""
    context = browser.new_context(viewport=SIZES[request.param])
    found = Visitor(context.new_page(), server.url)
    yield found
    context.close()
    assert found.faults == []

"""What every page is on every screen: free of WCAG 2.2 AA faults in light and dark, and no wider than it."""

from __future__ import annotations

from typing import Any

from amity.tests.browser.installation import ROOT

DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# One rule stays out: it takes the initials drawn in an avatar for the visible label of its button.
RUN = """async (only) => (await axe.run(document, {runOnly: only, resultTypes: ['violations']})).violations
    .filter((v) => v.id !== 'label-content-name-mismatch')
    .map((v) => v.id + ': ' + v.nodes.map((n) => n.target.join(' ') + ' ' + n.failureSummary).join('; '))"""


def check_looks(page: Any, *, sizes: tuple[dict[str, int], ...] = (DESKTOP, PHONE)) -> None:
    """Fails with every fault found. Leaves the page in light colours and at the size it had."""
    size, faults = page.viewport_size, []
    for screen in sizes:
        page.set_viewport_size(screen)
        faults += [f"{screen['width']} px: {text}" for text in _wide(page) + _axe(page, WCAG)]
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    faults += [f"dark: {text}" for text in _axe(page, ["color-contrast"], "rule")]
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.set_viewport_size(size)
    assert faults == [], f"{page.url}\n" + "\n".join(faults)


def _axe(page: Any, values: list[str], kind: str = "tag") -> list[str]:
    if not page.evaluate("typeof window.axe === 'object'"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    return list(page.evaluate(RUN, {"type": kind, "values": values}))


def _wide(page: Any) -> list[str]:
    width = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    return [f"the page is {width[0]} px wide on {width[1]}"] if width[0] > width[1] else []

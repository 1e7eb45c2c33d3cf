"""Every macro renders, the promised contrasts hold, and the style sheets keep their rules."""

from __future__ import annotations

import gzip
import re
from html.parser import HTMLParser
from typing import Any

import pytest

from amity.engines.web.tests import gallery

CSS = sorted((gallery.STATIC / "web/css").glob("*.css"))
JS = sorted((gallery.STATIC / "web/js").glob("*.js"))
TOKENS = (gallery.STATIC / "web/css/tokens.css").read_text(encoding="utf-8")

TEXT_ON = {
    "ink": "bg panel sunk hover tint bad-ground warn-ground ok-ground",
    "soft": "bg panel sunk hover tint grey-ground",
    "link": "bg panel sunk tint bad-ground",
    "ok": "ok-ground",
    "warn": "warn-ground",
    "bad": "bad-ground panel",
    "violet": "violet-ground",
    "teal": "teal-ground",
    "pink": "pink-ground",
    "on-pri": "pri bad-fill",
    "on-inverse": "inverse",
    "on-inverse-link": "inverse",
}
PAIRS = [(text, ground, 4.5) for text, grounds in TEXT_ON.items() for ground in grounds.split()]
PAIRS += [("ctl", "panel", 3.0), ("ctl", "bg", 3.0), ("pri", "panel", 3.0)]


def tokens(dark: bool) -> dict[str, str]:
    pattern = r"--([\w-]+): (?:light-dark\((#\w{6}), (#\w{6})\)|(#\w{6}));"
    return {name: fixed or (b if dark else a) for name, a, b, fixed in re.findall(pattern, TOKENS)}


def luminance(color: str) -> float:
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted([luminance(one), luminance(other)], reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground", "least"), PAIRS, ids=lambda value: str(value))
def test_contrast_of_tokens(text: str, ground: str, least: float, dark: bool) -> None:
    """WCAG 2.2 contrast, computed from the style sheet itself: 4.5 for text, 3 for controls."""
    values = tokens(dark)
    assert contrast(values[text], values[ground]) >= least


def test_contrast_formula_matches_known_values() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#2f5bea", "#ffffff") == pytest.approx(5.52, abs=0.01)


PHYSICAL = re.compile(
    r"(?<![\w-])(?:(?:margin|padding|border|inset|scroll-margin|scroll-padding)-(?:left|right|top|bottom)[\w-]*"
    r"|left|right|top|bottom|border-(?:top|bottom)-(?:left|right)-radius|(?:max-|min-)?height)\s*:"
    r"|(?:text-align|float|clear)\s*:\s*(?:left|right)|position:\s*(?:left|right)|\b(?:left|right)\s+\d"
)


@pytest.mark.parametrize("path", CSS, ids=lambda path: path.name)
def test_only_logical_properties(path: Any) -> None:
    """Physical sides break right-to-left pages. Widths in media queries are not properties."""
    css = re.sub(r"/\*.*?\*/|@media[^{]*|@container[^{]*", "", path.read_text(encoding="utf-8"), flags=re.S)
    assert PHYSICAL.findall(css) == []


@pytest.mark.parametrize(
    "bad", ["margin-left: 1px", "{left: 0", "text-align: right", "border-top-left-radius: 1px", "top: 0"]
)
def test_the_logical_rule_catches_physical_sides(bad: str) -> None:
    assert PHYSICAL.search(bad)


def test_every_sheet_lives_in_a_named_layer() -> None:
    order = re.search(r"@layer ([\w, ]+);", TOKENS)
    assert order
    layers = order.group(1).split(", ")
    for path in CSS:
        used = set(re.findall(r"@layer (\w+) \{", path.read_text(encoding="utf-8")))
        assert used == {path.stem}, path.name
        assert path.stem in layers


def test_sizes_stay_in_budget() -> None:
    """Compressed: all style sheets 20 KB, own scripts of a list page 11 KB (htmx adds 13.4 of the 25)."""
    css = sum(len(gzip.compress(path.read_bytes(), 9)) for path in CSS)
    js = sum(len(gzip.compress(path.read_bytes(), 9)) for path in JS)
    assert css <= 20_000
    assert js <= 11_500


@pytest.mark.parametrize("path", JS, ids=lambda path: path.name)
def test_scripts_import_nothing_and_evaluate_nothing(path: Any) -> None:
    code = path.read_text(encoding="utf-8")
    assert not re.search(r"^\s*import\b|\bimport\(|\beval\(|new Function|^\s*export\b", code, flags=re.M)


class Page(HTMLParser):
    """Collects what a strict policy or a screen reader would refuse."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[str] = []
        self.ids: list[str] = []
        self.refs: list[str] = []
        self.in_template = 0
        self.script = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.in_template += tag == "template"
        for name, value in given.items():
            if (
                name == "style"
                or name.startswith(("on", "hx-on"))
                or (value or "").startswith(("js:", "javascript:"))
            ):
                self.faults.append(f"{tag} {name}")
        if "[" in (given.get("hx-trigger") or ""):
            self.faults.append("hx-trigger filter needs eval")
        self.script = tag == "script" and "src" not in given
        if self.in_template:
            return
        self.ids += [given["id"] or ""] if "id" in given else []
        for name in ("aria-describedby", "aria-labelledby", "aria-controls", "popovertarget", "for"):
            self.refs += (given.get(name) or "").split()

    def handle_endtag(self, tag: str) -> None:
        self.in_template -= tag == "template"

    def handle_data(self, data: str) -> None:
        if self.script and data.strip():
            self.faults.append("inline script")
        self.script = False


@pytest.mark.parametrize("page", gallery.PAGES)
@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_gallery_page(page: str, direction: str) -> None:
    """No inline style or script, no double id, no reference into nothing."""
    parser = Page()
    parser.feed(gallery.render(page, direction=direction))
    assert parser.faults == []
    assert [i for i in set(parser.ids) if parser.ids.count(i) > 1] == []
    assert [r for r in set(parser.refs) if r not in parser.ids] == []


def test_the_gallery_shows_every_component() -> None:
    """A macro that no gallery page calls would be a macro that no test renders."""
    exported = {name for name in dir(gallery.environment().globals["ui"]) if not name.startswith("_")}
    sources = "".join(p.read_text(encoding="utf-8") for p in (gallery.HERE / "gallery_pages").glob("*.j2"))
    sources += "".join(
        p.read_text(encoding="utf-8") for p in (gallery.WEB / "jinja2/web").rglob("*.j2") if p.name != "ui.j2"
    )
    called = set(re.findall(r"\b(\w+)\(", sources)) | set(re.findall(r'"(\w+)", "\w+"', sources))
    assert exported - called == set()
    assert len(exported) > 60


@pytest.mark.parametrize(
    "name",
    ["palette_answer", "picker_answer", "editor_answer", "editor_refused", "peek_answer", "quick_answer"],
)
def test_fragments_render_alone(name: str) -> None:
    html = gallery.fragment(name)
    parser = Page()
    parser.feed(html)
    assert parser.faults == []
    assert html.strip()


@pytest.mark.parametrize(
    ("name", "letters"),
    [("Anbu Iyer", "AI"), ("bo", "B"), ("", "?"), ("Ana Maria Lima", "AL"), ("  ", "?"), ("王", "王")],
)
def test_avatar_letters(name: str, letters: str) -> None:
    ui = gallery.environment().globals["ui"]
    assert f">{letters}</span>" in ui.avatar(name, 3)
    assert "av-3" in ui.avatar(name, 11)


def test_field_ties_its_error_to_the_input_and_escapes() -> None:
    ui = gallery.environment().globals["ui"]
    html = str(ui.field("Name", "text", "name", '"><script>', errors=["Too <b>long</b>"], help="Short"))
    assert 'aria-describedby="name-help name-error"' in html
    assert 'aria-invalid="true"' in html
    assert "<script>" not in html
    assert "Too &lt;b&gt;long" in html


def test_repeated_rows_offer_a_blank_one_without_javascript() -> None:
    ui = gallery.environment().globals["ui"]
    html = str(
        ui.control(
            "emails", "emails", [{"value": "a@example.com", "label": "work"}], labels=[("work", "Work")]
        )
    )
    assert 'name="emails-0-value"' in html
    assert 'name="emails-1-value"' in html
    assert 'name="emails-0-remove"' in html

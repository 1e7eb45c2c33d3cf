"""Every kind of page in a language that runs from right to left and needs more room, and on the narrowest telephone.

The firm's own data is in Cyrillic, so that Latin letters on a page are the product's: they must come from its catalogues, which
in the pseudo-language (`config/pseudo.py`) bracket every text.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from amity.tests.browser.conftest import PASSWORD
from amity.tests.browser.installation import Installation, installation
from amity.tests.browser.looks import DESKTOP, PHONE

pytestmark = pytest.mark.browser
NARROW = {"width": 320, "height": 700}
PAGES = (
    "/people/", "/people/?q=nobody", "/people/?shape=board", "/people/?shape=calendar", "/people/?shape=chart", "/people/1/",
    "/people/?peek=1", "/people/1/edit/", "/people/new/", "/people/columns/", "/people/merge/?ids=1&ids=2", "/people/1/merge/",
    "/people/duplicates/", "/companies/", "/people/bulk/edit/", "/bulk/1/", "/search/?q=Жанна", "/import/", "/import/1/", "/notifications/",
    "/settings/profile/", "/settings/tokens/", "/settings/sessions/", "/settings/notifications/", "/settings/firm/",
    "/settings/mail/", "/settings/people/", "/settings/teams/", "/settings/roles/", "/settings/roles/2/",
    "/settings/roles/2/fields/people/", "/settings/objects/", "/settings/objects/people/", "/settings/objects/people/look/",
    "/settings/objects/people/relations/", "/settings/objects/people/fields/new/",
    "/settings/objects/people/fields/new/?type=choice", "/settings/objects/people/fields/new/?type=computed",
    "/settings/webhooks/", "/settings/log/", "/settings/jobs/", "/settings/trash/", "/nowhere/",
)  # fmt: skip
# What is too wide, cut or overlapping; with a thumb also what is too small to hit.
FAULTS = """(thumb) => {
  const shown = (el) => el.checkVisibility({visibilityProperty: true, opacityProperty: true});
  const name = (el) => `${el.tagName.toLowerCase()}.${el.className} “${(el.innerText || el.title || el.ariaLabel || '').trim().slice(0, 30)}”`;
  const root = document.documentElement, found = [];
  if (root.scrollWidth > root.clientWidth) found.push(`the page is ${root.scrollWidth} px wide on ${root.clientWidth}`);
  const scrolls = (el) => { for (let up = el.parentElement; up; up = up.parentElement) {
    if (['auto', 'scroll'].includes(getComputedStyle(up).overflowX)) return true; } return false; };
  const controls = [...document.querySelectorAll('button, .btn, select, input:not([type=hidden]), [role=tab], .tabs a')].filter(shown)
    .filter((el) => !el.closest('.hide, .skip'));
  for (const el of controls) {
    const box = el.getBoundingClientRect();
    if (box.width < 2) continue;
    if ((box.left < -1 || box.right > innerWidth + 1) && !scrolls(el)) found.push(`beyond the edge: ${name(el)} ${Math.round(box.left)}–${Math.round(box.right)}`);
    if (el.matches('button, .btn') && el.scrollWidth > el.clientWidth + 1 && getComputedStyle(el).overflowX !== 'visible') found.push(`cut: ${name(el)}`);
    const hit = (el.closest('label') ?? el).getBoundingClientRect();
    if (thumb && el.matches('button, .btn, select') && (hit.height < 43.5 || hit.width < 43.5)) found.push(`small: ${name(el)} ${Math.round(hit.width)}×${Math.round(hit.height)}`);
  }
  for (const el of [...document.querySelectorAll('dt, th, .label, .pill, h1, h2')].filter(shown)) {
    if (el.closest('.hide') || el.clientWidth < 2 || el.scrollWidth <= el.clientWidth + 1 || scrolls(el)) continue;
    if (getComputedStyle(el).textOverflow !== 'ellipsis') found.push(`cut: ${name(el)} ${el.scrollWidth} in ${el.clientWidth}`);
  }
  const bar = [...document.querySelectorAll('.page-head :is(button, a), .toolbar > *')].filter(shown).filter((el) => !scrolls(el));
  for (const a of bar) for (const b of bar) {
    if (a === b || a.contains(b) || b.contains(a) || !(a.compareDocumentPosition(b) & 4)) continue;
    const p = a.getBoundingClientRect(), q = b.getBoundingClientRect();
    if (p.width > 1 && q.width > 1 && p.left < q.right - 1 && q.left < p.right - 1 && p.top < q.bottom - 1 && q.top < p.bottom - 1)
      found.push(`on top of each other: ${name(a)} and ${name(b)}`);
  }
  return [...new Set(found)];
}"""
# Latin words that are nobody's data and not bracketed. Keys, codes and e-mails are the same in every language; what was
# pasted keeps the name it got in the language of whoever pasted it.
BARE = """() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = new Set();
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const el = node.parentElement, text = node.data.trim();
    if (!/[A-Za-z]{3}/.test(text) || /[⟦⟧Ѐ-ӿ@]|https?:|^Ctrl |^Pasted list$/.test(text)) continue;
    if (el.closest('code, kbd, script, style, template, textarea, svg, option, [data-same], #groups, .avatar')) continue;
    if (el.checkVisibility({visibilityProperty: true})) found.add(`${el.tagName.toLowerCase()}.${el.className}: ${text.slice(0, 60)}`);
  }
  return [...found];
}"""


@pytest.fixture(scope="module")
def everything(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Installation, Any]]:
    """An installation with the pseudo-language, a little of everything in it, and its administrator's cookies."""
    home = tmp_path_factory.mktemp("every") / "home"
    with installation(home, settings={"AMITY_PSEUDO": "1"}) as running:
        context = browser.new_context(base_url=running.url)
        page = context.new_page()
        page.goto(f"/welcome/?key={running.setup_key}")
        for label, value in (
            ("Your name", "Жанна Дарк"),
            ("E-mail", "ada@example.com"),
            ("Password", PASSWORD),
        ):
            page.get_by_label(label).fill(value)
        page.get_by_label("Name of the firm").fill("Жук")
        page.get_by_role("button", name="Make my workspace").click()
        page.wait_for_url("**/welcome/next/")
        fill(page)
        yield running, context.storage_state()
        context.close()


def fill(page: Any) -> None:
    """Two people who look alike, a firm, a note and a bulk change."""
    page.goto("/people/new/")
    for n in (1, 2):
        person = {
            "name": f"Жанна Дарк{n}",
            "emails-0-value": f"ada{n}@example.com",
            "phones-0-value": "+442079460018",
        }
        send(page, "/people/new/", {**person, "stage": "lead", "anyway": "1"})
    send(page, "/companies/new/", {"name": "Жук и сыновья"})
    send(page, "/people/1/notes/", {"kind": "note", "text": "Привет"})
    send(page, "/import/paste/", {"object": "people", "text": "Имя\tПочта\nЖанна\tada3@example.com\n"})
    send(page, "/companies/bulk/", {"ids": "1", "do": "delete"})


def send(page: Any, path: str, values: dict[str, str]) -> None:
    """Post a form as the page's scripts do."""
    code = """async ([path, values]) => {
      const token = JSON.parse(document.body.getAttribute('hx-headers:inherited'));
      const answer = await fetch(path, {method: 'POST', headers: token, body: new URLSearchParams(values)});
      return answer.status; }"""
    assert page.evaluate(code, [path, values]) == 200, path


def speak(page: Any, language: str) -> None:
    page.goto("/settings/profile/")
    page.locator("[name=language]").select_option(language)
    page.locator("main form.form button[type=submit]").last.click()
    page.wait_for_load_state()


def chosen(page: Any) -> Any:
    """The form that changes many, for two ticked people."""
    page.goto("/people/")
    form = """() => {
      const form = document.createElement('form');
      Object.assign(form, {method: 'post', action: '/people/bulk/edit/'});
      const token = JSON.parse(document.body.getAttribute('hx-headers:inherited'))['X-CSRFToken'];
      for (const [name, value] of [['csrfmiddlewaretoken', token], ['ids', 1], ['ids', 2]]) {
        form.append(Object.assign(document.createElement('input'), {type: 'hidden', name, value}));
      }
      document.body.append(form);
      form.submit(); }"""
    with page.expect_navigation() as gone:
        page.evaluate(form)
    return gone.value


def faults_of(page: Any, path: str, *sizes: dict[str, int], thumb: bool) -> list[str]:
    """Faults at every size; with a mouse, what is not of the catalogues too."""
    answer = chosen(page) if path == "/people/bulk/edit/" else page.goto(path)
    page.locator("html[data-ready]").wait_for(state="attached")
    if "peek" in path:
        page.locator("#peek .peek-bar").wait_for()
    expected = 404 if path == "/nowhere/" else 200
    found = [] if answer.status == expected else [f"{path} answers {answer.status}"]
    for size in sizes:
        page.set_viewport_size(size)
        found += [f"{path} {size['width']} px: {text}" for text in page.evaluate(FAULTS, thumb)]
    return found if thumb else found + [f"{path} bare: {text}" for text in page.evaluate(BARE)]


def test_pages_run_from_right_to_left_with_longer_words(browser: Any, everything: Any) -> None:
    running, state = everything
    context = browser.new_context(base_url=running.url, storage_state=state, viewport=DESKTOP)
    page = context.new_page()
    speak(page, "ar-xb")
    try:
        assert page.locator("html").get_attribute("dir") == "rtl"
        found = [text for path in PAGES for text in faults_of(page, path, PHONE, DESKTOP, thumb=False)]
    finally:
        speak(page, "en")
        context.close()
    assert found == [], "\n".join(found)


def test_pages_fit_the_narrowest_telephone(browser: Any, everything: Any) -> None:
    running, state = everything
    context = browser.new_context(
        base_url=running.url, storage_state=state, viewport=NARROW, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    found = [text for path in PAGES for text in faults_of(page, path, NARROW, thumb=True)]
    context.close()
    assert found == [], "\n".join(found)

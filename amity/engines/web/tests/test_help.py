"""The help: every document is shown, every link in it leads somewhere, and nothing in it can run."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from amity.engines.web.help.pages import all_pages, read

DOCS = Path(settings.BASE_DIR) / "docs"
LINK = re.compile(r"\]\(([^)\s]+)\)")


def test_every_document_is_a_page_with_a_side_list(client_of, closed_firm):
    browser = client_of(closed_firm.stranger)
    first = browser.get("/help/", follow=True)
    assert first.status_code == 200
    assert "First steps" in first.content.decode()
    for path in (DOCS / "users").glob("*.md"):
        body = browser.get(f"/help/{path.stem}/").content.decode()
        title = path.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")
        assert f"<h1>{title}</h1>" in body
        assert body.count('aria-current="page"') >= 1
    assert browser.get("/help/nope/").status_code == 404
    assert browser.post("/help/").status_code == 405


def test_links_inside_the_help_lead_to_pages(client_of, closed_firm):
    browser = client_of(closed_firm.admin)
    seen = set()
    for page in all_pages().values():
        for href in re.findall(r'href="([^"]+)"', str(page.body)):
            seen.add(href)
            assert browser.get(href, follow=True).status_code == 200, (page.name, href)
    assert {"/help/import/", "/settings/people/", "/api/v1/docs"} <= seen


@pytest.mark.parametrize("path", sorted(DOCS.rglob("*.md")), ids=lambda path: str(path.relative_to(DOCS)))
def test_links_between_documents_lead_to_files(path):
    for href in LINK.findall(path.read_text(encoding="utf-8")):
        if not href.startswith(("/", "#", "http")):
            assert (path.parent / href.partition("#")[0]).exists(), href


def test_nothing_in_a_document_can_run():
    links = '[a](javascript:x) [b](data:text/html,x) ![c](x" onerror="y)'
    text = f"# T\n\n<script>x</script>\n\n{links}\n\n`<b>`"
    body = str(read("t", text).body)
    assert "<script" not in body
    assert "<b>" not in body
    assert "href" not in body
    assert 'onerror="' not in body


def test_only_members_read_it_and_the_shell_links_there(client, client_of, closed_firm):
    assert client.get("/help/").status_code == 302
    page = client_of(closed_firm.owner).get("/people/").content.decode()
    assert page.count('href="/help/"') >= 2


def test_documents_in_ones_own_language_come_first(client_of, closed_firm):
    browser = client_of(closed_firm.admin)
    closed_firm.admin.user.language = "tr"
    closed_firm.admin.user.save(update_fields=["language"])
    own = browser.get("/help/first-steps/").content.decode()
    assert "<h1>İlk adımlar</h1>" in own
    assert 'lang="tr" dir="ltr"' in own
    foreign = browser.get("/help/limits/").content.decode()
    assert 'lang="en" dir="ltr"' in foreign
    assert ">İlk adımlar<" in foreign
    for page in all_pages("tr").values():
        for href in re.findall(r'href="([^"]+)"', str(page.body)):
            assert browser.get(href, follow=True).status_code == 200, (page.name, href)


@pytest.mark.parametrize("path", sorted((DOCS / "users").glob("*/*.md")), ids=lambda path: path.stem)
def test_a_translated_document_has_the_sections_of_the_first(path):
    """Whoever adds a section there is told here."""

    def marks(file):
        return [
            line.partition(" ")[0] for line in file.read_text("utf-8").splitlines() if line.startswith("#")
        ]

    assert marks(path) == marks(path.parents[1] / path.name)

import pytest
from babel.messages.catalog import Message

from checks import messages


@pytest.fixture
def room(tmp_path, monkeypatch):
    """A room with one text in Python and one in a template."""
    monkeypatch.setattr(messages, "ROOT", tmp_path)
    folder = tmp_path / "amity" / "thing"
    (folder / "jinja2" / "thing").mkdir(parents=True)
    (folder / "apps.py").write_text('name = _("Thing %(name)s")\n')
    (folder / "jinja2" / "thing" / "page.html").write_text("{% trans %}\n  Hello\n{% endtrans %}")
    return folder


def translate(room, text):
    """Put a translation of the first text into the Turkish file."""
    path = room / "locale/tr/LC_MESSAGES/django.po"
    lines = path.read_text().replace(
        'msgid "Thing %(name)s"\nmsgstr ""', f'msgid "Thing %(name)s"\nmsgstr "{text}"'
    )
    path.write_text(lines)


def test_update_begins_and_compiles(room):
    messages.update(["tr"])
    held = messages.keyed(messages.load(room / "locale/tr/LC_MESSAGES/django.po"))
    assert {text for _, text, _ in held} == {"Thing %(name)s", "Hello"}
    assert (room / "locale/tr/LC_MESSAGES/django.mo").exists()
    assert messages.check() == []


def test_check_names_stale_texts(room):
    messages.update(["tr"])
    (room / "apps.py").write_text('name = _("Another")\n')
    found = "\n".join(messages.check())
    assert "lacks 'Another'" in found
    assert "no longer used 'Thing %(name)s'" in found


def test_update_keeps_translations_and_is_stable(room):
    messages.update(["tr"])
    translate(room, "Şey %(name)s")
    path = room / "locale/tr/LC_MESSAGES/django.po"
    (room / "apps.py").write_text('\n\nname = _("Thing %(name)s")\nother = _("Other")\n')
    messages.update([])
    assert "Şey %(name)s" in path.read_text()
    before = path.read_text()
    messages.update([])
    assert path.read_text() == before


def test_check_finds_a_placeholder_of_the_translators_own(room):
    messages.update(["tr"])
    translate(room, "Şey %(isim)s")
    assert any("placeholder" in fault for fault in messages.check())


def test_plural_placeholders():
    assert messages.placeholders(Message(("%(n)s row", "%(n)s rows"), ("satır", "%(n)s satır")))
    assert not messages.placeholders(Message(("%(n)s row", "%(n)s rows"), ("%(x)s", "")))

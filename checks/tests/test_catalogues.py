"""The translation files of this repository."""

import gettext
import io

import pytest
from babel.messages.mofile import write_mo

from checks import messages

PATHS = [path for room in messages.rooms() for path in messages.files(room)]
LANGUAGES_WITH_ALL = {"tr"}


def texts_of(message):
    return message.string if isinstance(message.string, (list, tuple)) else (message.string,)


def test_there_are_catalogues():
    assert {path.parent.parent.name for path in PATHS} >= LANGUAGES_WITH_ALL


@pytest.mark.parametrize("path", PATHS, ids=lambda path: "-".join(path.parts[-6:-1:3]))
def test_catalogue_compiles_and_keeps_placeholders(path):
    catalogue, compiled = messages.load(path), io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    assert gettext.GNUTranslations(compiled).info()["language"] == path.parent.parent.name
    for (_context, one, many), message in messages.keyed(catalogue).items():
        wanted = sorted(messages.PLACEHOLDER.findall(many or one))
        for text in filter(None, texts_of(message)):
            assert sorted(messages.PLACEHOLDER.findall(text)) == wanted, one


@pytest.mark.parametrize(
    "path",
    [path for path in PATHS if path.parent.parent.name in LANGUAGES_WITH_ALL],
    ids=lambda path: "-".join(path.parts[-6:-1:3]),
)
def test_whole_languages_have_every_text(path):
    held = messages.keyed(messages.load(path)).values()
    assert [each.id for each in held if each.fuzzy or not all(texts_of(each))] == []


def test_edges_of_a_text_are_kept():
    """A text that begins with a space, or ends in one, is put beside another."""
    for path in PATHS:
        for (_context, one, _many), message in messages.keyed(messages.load(path)).items():
            for text in filter(None, texts_of(message)):
                assert (text[:1].isspace(), text[-1:].isspace()) == (one[:1].isspace(), one[-1:].isspace()), (
                    one
                )


def test_a_text_means_the_same_in_every_room():
    """All catalogues become one: of two translations of one text the first would win everywhere."""
    seen: dict[tuple[str, messages.Key], object] = {}
    for path in PATHS:
        for key, message in messages.keyed(messages.load(path)).items():
            language = path.parent.parent.name
            assert seen.setdefault((language, key), message.string) == message.string, (path, key)

import re
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amity.foundation.core.text import (
    clean_text,
    fold,
    safe_cell,
    search_words,
    similar,
    slugify_key,
    sort_key,
    unsafe_cell,
)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("işık", "IŞIK"),
        ("ışık", "IŞIK"),
        ("isik", "Işık"),
        ("ibrahim", "İBRAHİM"),
        ("izmir", "İZMİR"),
        ("llyr", "Llŷr"),
        ("щерб", "Щербаков"),
        ("елкин", "Ёлкин"),
        ("nunez", "Núñez"),
        ("முரு", "முருகன்"),
        ("lodz", "Łódź"),
        ("strasse", "Straße"),
        ("soren aero", "Søren Ærø"),
        ("o'brien", "O’Brien"),
        ("王", "王小明"),
        ("ab", "ａｂ"),
        ("김", "김철수"),
    ],
)
def test_folding_makes_spellings_meet(query: str, text: str) -> None:
    assert fold(query) in fold(text)


def test_indic_vowel_signs_tell_words_apart() -> None:
    assert fold("முருகன்") != fold("மரகன")


def test_folding_every_character_twice_changes_nothing() -> None:
    for code in range(sys.maxunicode + 1):
        once = fold(f"a{chr(code)}b")
        assert fold(once) == once, hex(code)


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text())
def test_folding_ignores_normal_form(text: str) -> None:
    assert fold(unicodedata.normalize("NFC", text)) == fold(unicodedata.normalize("NFD", text))


def test_folding_tidies_space_and_control_characters() -> None:
    assert fold("  Ann\t\nLee\x00Jr\u200b ") == "ann lee jr"


def test_search_words_are_few_and_short() -> None:
    words = search_words("Á " + "x" * 100 + " b" * 20)
    assert words[0] == "a"
    assert len(words) == 8
    assert len(words[1]) == 64
    assert search_words(" \x00 ") == []


def test_similar_ranks_the_misspelt_name_first() -> None:
    assert similar("jhon smiht", "John Smith, Acme") > 0.7
    assert similar("jhon smiht", "Mary Jones, Acme") < 0.4
    assert similar("", "x") == similar("x", "") == 0.0
    assert similar("Ayşe", "ayse") == 1.0


def test_sort_key_drops_leading_punctuation() -> None:
    assert sort_key("“Acme” GmbH") == 'acme" gmbh'
    assert sort_key("!!!") == "!!!"
    assert sort_key("Ab " * 100, 3) == "ab"


def test_clean_text_single_line() -> None:
    assert clean_text(" a\r\nb\tc\x00\u202ed ", multiline=False, limit=50) == "a b cd"


def test_clean_text_keeps_lines_and_tabs() -> None:
    assert clean_text("a\r\n\r\nb\tc\rd\u2028e\x07\n", multiline=True, limit=50) == "a\n\nb\tc\nd\ne"


def test_clean_text_refuses_what_does_not_fit() -> None:
    assert clean_text("abc  ", multiline=False, limit=3) == "abc"
    with pytest.raises(ValueError, match=r"^too_long$"):
        clean_text("abcd", multiline=False, limit=3)


@given(st.text(st.characters()), st.booleans())
def test_clean_text_can_be_stored_and_is_stable(text: str, multiline: bool) -> None:
    clean = clean_text(text, multiline=multiline, limit=10_000)
    clean.encode("utf-8")
    assert clean_text(clean, multiline=multiline, limit=10_000) == clean
    allowed = "\n\t" if multiline else ""
    assert all(unicodedata.category(char) != "Cc" or char in allowed for char in clean)


@pytest.mark.parametrize(
    ("label", "key"),
    [
        ("Birth date", "birth_date"),
        ("Müşteri Sınıfı", "musteri_sinifi"),
        ("İlçe", "ilce"),
        ("Дата закрытия", "data_zakrytiya"),
        ("Щёлково", "shchelkovo"),
        ("2nd contact", "field_2nd_contact"),
        ("பெயர்", "field"),
        ("  --  ", "field"),
        ("x" * 60, "x" * 40),
    ],
)
def test_slugify_key(label: str, key: str) -> None:
    assert slugify_key(label) == key


@given(st.text())
def test_slugify_key_is_always_an_identifier(label: str) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9_]{0,39}", slugify_key(label))


CELLS = "=1+1|+44 20 7946 0036|-12.5|@sum|\t=1|\r|\n|＝1|＋1|－1|＠a| =1|'=1|''@"


@pytest.mark.parametrize("cell", CELLS.split("|"))
def test_dangerous_cells_are_guarded_and_come_back(cell: str) -> None:
    assert safe_cell(cell) == f"'{cell}"
    assert unsafe_cell(safe_cell(cell)) == cell


@pytest.mark.parametrize("cell", ["", "'", "'tis", "a=1", "12", "''"])
def test_harmless_cells_stay(cell: str) -> None:
    assert safe_cell(cell) == cell
    assert unsafe_cell(cell) == cell


@given(st.text(st.sampled_from("'=+-@\t\r\n a1＝＋")) | st.text())
def test_cells_survive_the_round_trip(cell: str) -> None:
    guarded = safe_cell(cell)
    assert unsafe_cell(guarded) == cell
    assert guarded.strip()[:1] not in tuple("=+-@＝＋－＠")

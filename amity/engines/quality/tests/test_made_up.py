"""What single texts say of themselves, and that real names are left in peace."""

from __future__ import annotations

import pytest

from amity.engines.quality import made_up
from amity.engines.quality.reasons import ENOUGH, REASONS
from amity.engines.quality.validity import phone_faults
from benchmarks.quality import judge


def weight(text, **how):
    return sum(points for _code, points in made_up.in_text(text, **{"name": False, **how}))


@pytest.mark.parametrize(
    "text",
    [
        "asdf", "asdfgh", "qwerty", "asdasd", "qweqweqwe", "aaaa", "xxx", "Test Test", "deneme deneme", "....", "-", "12345",
        "jklşi", "GFDSA", "uieaü", "n/a", "123456",
    ],
)  # fmt: skip
def test_what_is_typed_to_get_on_is_enough_by_itself(text):
    assert weight(text) >= ENOUGH


@pytest.mark.parametrize(
    "text",
    [
        "Anna", "Testa", "Were", "Weretilneck", "Drew", "Trewern", "Nguyễn", "Ng", "O", "K.", "III", "Yıldız", "Şükrü",
        "Hirschsprung", "Szczęsny", "Krzysztof", "Brno", "Liberty", "Property", "REWE", "Müller", "Aa", "Lulu", "Jojo", "Ana Na",
        "王小明", "தமிழ் செல்வி", "الشركة", "Иванова", "Tristan", "Опера", "AAA", "Popper", "Ertuğrul", "Rewers", "Oğuz",
        "Fgura", "Poirot", "Kız", "Uieda", "Hjk",
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", [True, False])
def test_real_names_are_left_in_peace(text, name):
    assert weight(text, name=name) < ENOUGH


def test_a_surname_that_is_a_filler_word_needs_company():
    assert 0 < weight("Test", name=True) < ENOUGH
    assert weight("Test", title=True) >= ENOUGH


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("+905555555555", "phone_digits"), ("+902120000000", "phone_digits"), ("+442012345678", "phone_digits"),
        ("+901", "phone_length"), ("+441110001234", "phone_plan"),
    ],
)  # fmt: skip
def test_numbers_nobody_has(number, code):
    assert [found for found, _weight in phone_faults(number)] == [code]


@pytest.mark.parametrize(
    "number", ["+442079460123", "+905321234567"[:-3] + "890", "+12025550143", "+4930901820"]
)
def test_numbers_somebody_may_have(number):
    assert sum(points for _code, points in phone_faults(number)) < ENOUGH


def test_addresses_people_invent():
    for address in ("asd@asd.com", "a@a.com", "noemail@firm.example", "aaa@gmail.com", "qwerty@firm.example"):
        assert sum(points for _code, points in made_up.in_email(address)) >= ENOUGH, address
    for address in (
        "anna.test@firm.example",
        "dr@klinik.example",
        "info@test-werk.de",
        "wer@weretilneck.com",
        "a@b-firm.com",
    ):
        assert sum(points for _code, points in made_up.in_email(address)) < ENOUGH, address


def test_every_reason_has_a_sentence_and_no_place_for_a_value():
    for reason in REASONS.values():
        assert "%" not in str(reason.text).replace("%(n)s", "")


def test_most_invented_people_are_found_and_hardly_anybody_else():
    """One in ten of them is past finding."""
    found = judge(6000)
    assert found["precision"] >= 0.98
    assert 0.85 <= found["recall"] < 1

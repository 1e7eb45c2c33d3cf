"""Whether records of one person are found among many, and nobody else: on made-up people of whom the truth is known."""

from __future__ import annotations

import pytest

from amity.engines.quality.matching import Entry, candidates, find_pairs
from benchmarks.alike import people

PEOPLE = 4000


def test_most_duplicates_are_found_and_hardly_anything_else():
    entries, truth = people(PEOPLE)
    found = {tuple(sorted((pair.first, pair.second))) for pair in find_pairs(entries, 0.5)}
    assert len(found & truth) / len(found) >= 0.98
    assert len(found & truth) / len(truth) >= 0.95


def test_candidates_are_few_beside_all_pairs():
    entries, _truth = people(PEOPLE)
    assert len(candidates(entries)) < len(entries) * 10


def chances(*entries):
    """The pairs found among these and many others."""
    others, _truth = people(1000)
    base = max(entry.id for entry in others)
    for place, entry in enumerate(entries, start=1):
        entry.id = base + place
    found = find_pairs([*others, *entries], 0.0)
    return {
        (pair.first - base, pair.second - base): pair for pair in found if pair.first > base < pair.second
    }


@pytest.mark.parametrize(
    ("one", "two", "same"),
    [
        ({"name": "ana lima", "email": "a@x.example"}, {"name": "ana lima", "email": "a@x.example"}, True),
        ({"name": "lima ana", "phone": "+442070000001"}, {"name": "ana lima", "phone": "+442070000001"}, True),
        ({"name": "zelda quint", "birthday": "1984-02-29"}, {"name": "zelda qiunt", "birthday": "1984-02-29"}, True),
        ({"name": "ana lima", "phone": "+442070000001", "place": "x"}, {"name": "joao lima", "phone": "+442070000001", "place": "x"}, False),
        ({"name": "anna smith", "birthday": "1984-02-28"}, {"name": "anna smith", "birthday": "1951-07-03"}, False),
        ({"name": "ana lima", "email": "office@x.example"}, {"name": "bo berg", "email": "office@x.example"}, False),
        ({}, {}, False),
    ],
)  # fmt: skip
def test_who_is_the_same(one, two, same):
    pair = chances(Entry(0, **one), Entry(0, **two)).get((1, 2))
    assert (pair is not None and pair.chance >= 0.5) is same


def test_a_small_firm_is_told_of_the_few_it_has():
    """Same name and phone, another e-mail: the same, also where there are few to learn from. The name alone is not."""
    entries = [
        Entry(n, f"person{n} name{n}", f"p{n}@firm{n % 40}.example", f"+44161{n:07d}") for n in range(1, 300)
    ]
    entries += [
        Entry(400, "person7 name7", "other@home.example", "+441610000007"),
        Entry(401, "person8 name8", "eight@home.example", "+441619999999"),
    ]
    assert [(pair.first, pair.second) for pair in find_pairs(entries, 0.5)] == [(7, 400)]


def test_one_pair_among_many_is_found_by_its_e_mail():
    entries = [Entry(n, f"person{n} name{n}", f"p{n}@firm{n % 40}.example") for n in range(1, 2000)]
    entries.append(Entry(5000, "person b name9", "p9@firm9.example"))
    entries[8].name = "person name9"
    assert [(pair.first, pair.second) for pair in find_pairs(entries, 0.5)] == [(9, 5000)]


def test_nothing_and_one_are_no_pairs():
    assert find_pairs([], 0.5) == []
    assert find_pairs([Entry(1, "ana lima")], 0.5) == []

"""Lists from the clipboard."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amity.foundation.records.importing.paste import as_file, mailing_list
from amity.foundation.records.importing.readers import open_source


def rows_of(text):
    return list(csv.reader(io.StringIO(as_file(text)[0].decode(), newline="")))


@pytest.mark.parametrize(
    "text",
    [
        "Ana Lima <ana@x.com>, Bob <bob@x.com>; c@d.e",
        'To: "Lima, Ana" <ana@x.com>,\n  "Bob" <BOB@x.com>\nCc: c@d.e',
        "Lima, Ana <ana@x.com>; Bob <bob@x.com>; <c@d.e>",
        "ana@x.com (Ana Lima)\nBob bob@x.com\nmailto:c@d.e\n",
        "E-mail\n=?utf-8?Q?Ana_Lima?= <ana@x.com>\nBob [bob@x.com]\n\nc@d.e",
        "'Ana Lima' <ana@x.com>,\r\n'bob@x.com' <bob@x.com>, Bob <bob@x.com>, c@d.e",
    ],
)
def test_mailing_lists(text):
    found = [(name, mail.lower()) for name, mail in mailing_list(text)]
    wanted = [("Ana Lima", "ana@x.com"), ("Bob", "bob@x.com"), ("", "c@d.e")]
    assert [pair for pair in found if pair != ("", "bob@x.com")] == wanted


def test_addresses_alone():
    assert rows_of("a@x.y b@x.y\nc@x.y, d@x.y") == [["Name", "E-mail"], *(["", f"{n}@x.y"] for n in "abcd")]


def test_who_has_no_address_stays_as_a_name():
    people = mailing_list("; ".join([*(f"P{n} <p{n}@x.y>" for n in range(12)), "Nobody Else"]))
    assert people[-1] == ["Nobody Else", ""]


@pytest.mark.parametrize(
    "text", ["Name,Age\nAna,3\nBob,4", "Ana,ana@x.y\nBob,bob@x.y", "just some words", "a\n\nb"]
)
def test_other_texts_are_no_mailing_list(text):
    assert mailing_list(text) is None
    assert as_file(text) == (text.encode(), {"encoding": "utf-8"})


def test_cells_of_a_spreadsheet():
    assert rows_of('First\tMail\nAna\t"a@x.y\nb@x.y"\n') == [["First", "Mail"], ["Ana", "a@x.y\nb@x.y"]]
    bare = "Ana Lima\tana@x.y\t+44 20 7946 0018\nBob Li\tbob@x.y\t+44 20 7946 0019"
    assert rows_of(bare)[0] == ["Name", "E-mail", "Phone"]
    assert rows_of("=1+1\tx\n")[-1][0] == "'=1+1"


def test_cards_go_as_they_are():
    text = "BEGIN:VCARD\nVERSION:3.0\nFN:A\nEND:VCARD"
    assert as_file(text)[0] == text.encode()


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="ab@.,;<>()\"'\t\n :=?é\\", max_size=60))
def test_any_text_becomes_a_file(tmp_path_factory, text):
    content, reading = as_file(text)
    if not content.strip():
        return
    path = tmp_path_factory.getbasetemp() / "pasted"
    path.write_bytes(content)
    from amity.foundation.records.importing.source import SourceError

    try:
        with open_source(path, fill_short=True, **reading) as source:
            list(source.rows())
    except SourceError as error:
        assert str(error)


def test_hostile_lists_stay_linear():
    for text in (
        "<" * 500_000,
        "a@" * 250_000,
        '"' * 500_000,
        ",".join(["<a@b"] * 100_000),
        "(" * 300_000 + "@",
    ):
        mailing_list(text)

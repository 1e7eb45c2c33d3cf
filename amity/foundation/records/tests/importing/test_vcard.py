from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amity.foundation.records.importing.mapping import Target, propose
from amity.foundation.records.importing.readers import open_source
from amity.foundation.records.importing.rowreader import RowReader
from amity.foundation.records.importing.source import SourceError
from amity.foundation.records.importing.vcard import split_escaped
from amity.foundation.records.importing.vcardwriter import fold, write_vcard
from amity.foundation.records.tests.importing.helpers import PEOPLE


def read(text):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.vcf"
        path.write_bytes(text.encode())
        source = open_source(path)
        rows = list(source.rows())
    return source.columns, rows


def card(*lines, version="3.0"):
    return "\r\n".join(["BEGIN:VCARD", f"VERSION:{version}", "FN:A B", *lines, "END:VCARD", ""])


def values(*lines, version="3.0"):
    columns, rows = read(card(*lines, version=version))
    assert rows[0].problem is None
    return {column: cell for column, cell in zip(columns, rows[0].cells, strict=True) if cell}


def test_names_company_and_folded_text():
    got = values(
        "N:Llywelyn;Siân;Mair;Dr.;MBE", "ORG:Cwmni\\, Cyf;Sales;North", "NOTE:one\\ntwo\\; thr\r\n ee"
    )
    assert got["Last Name"] == "Llywelyn"
    assert got["Middle Name"] == "Mair"
    assert got["Name Prefix"] == "Dr."
    assert (got["Organization Name"], got["Organization Department"]) == ("Cwmni, Cyf", "Sales, North")
    assert got["Notes"] == "one\ntwo; three"


def test_labels_of_contact_points():
    got = values(
        "TEL;TYPE=WORK,VOICE:1",
        "item1.TEL;type=pref:2",
        "item1.X-ABLabel:_$!<Assistant>!$_",
        "TEL;CELL:3",
        "item2.EMAIL;TYPE=INTERNET:a@x.y",
        "item2.X-ABLabel:Yazlık",
    )
    assert (got["Phone 1 - Value"], got["Phone 1 - Label"]) == ("2", "assistant")
    assert (got["Phone 2 - Value"], got["Phone 2 - Label"]) == ("1", "work")
    assert (got["Phone 3 - Value"], got["Phone 3 - Label"]) == ("3", "cell")
    assert (got["E-mail 1 - Value"], got["E-mail 1 - Label"]) == ("a@x.y", "Yazlık")


def test_version_4_values():
    got = values(
        'TEL;VALUE=uri;PREF=1;TYPE="voice,home":tel:+1-555;ext=5',
        "ADR;TYPE=home:PO 1;Flat 2;1 High St;Town;Shire;Z1;Wales",
        "BDAY:--0519",
        "ANNIVERSARY:20090808",
        "IMPP:xmpp:a%40x.y",
        version="4.0",
    )
    assert (got["Phone 1 - Value"], got["Phone 1 - Label"]) == ("+1-555", "home")
    assert got["Address 1 - Extended Address"] == "Flat 2"
    assert (got["Birthday"], got["Anniversary"]) == ("--05-19", "2009-08-08")
    assert (got["IM 1 - Label"], got["IM 1 - Value"]) == ("xmpp", "a@x.y")


@pytest.mark.parametrize(
    ("line", "birthday"),
    [
        ("BDAY:1984-03-12", "1984-03-12"),
        ("BDAY;X-APPLE-OMIT-YEAR=1604:1604-05-19", "--05-19"),
        ("BDAY;VALUE=date:19840312", "1984-03-12"),
        ("BDAY:1984-03-12T00:00:00Z", "1984-03-12"),
        ("BDAY:spring", "spring"),
    ],
)
def test_birthdays(line, birthday):
    assert values(line)["Birthday"] == birthday


def test_pictures_are_left_out():
    got = values("PHOTO;ENCODING=b:" + "A" * 200_000, "X-SKYPE:elif")
    assert "PHOTO" not in got
    assert got["IM 1 - Value"] == "elif"


def test_bad_cards_are_told_and_good_ones_go_on():
    text = card() + card("no property here") + card(version="5.0") + "junk\r\n"
    text += "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Open\r\n" + card() + "BEGIN:VCARD\r\nFN:Cut"
    _columns, rows = read(text)
    codes = [(row.number, row.problem.code if row.problem else "") for row in rows]
    assert codes == [(1, ""), (2, "line"), (3, "version"), (4, "unended"), (5, ""), (6, "unended")]


def test_card_limit(monkeypatch):
    monkeypatch.setattr("amity.foundation.records.importing.vcard.MAX_CARDS", 2)
    with pytest.raises(SourceError) as caught:
        read(card() * 3)
    assert caught.value.code == "too_many_rows"


def test_folding():
    folded = fold("NOTE:" + "ğ" * 200)
    lines = folded.split("\r\n")[:-1]
    assert max(len(line.encode()) for line in lines) <= 75
    assert "".join(line.removeprefix(" ") for line in lines) == "NOTE:" + "ğ" * 200


def test_split_escaped():
    assert split_escaped("a\\;b;c\\\\;d\\n", ";") == ["a;b", "c\\", "d\n"]


WORD = (
    st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp", "Zs"]), min_size=1, max_size=30)
    .filter(lambda text: text.strip() and "\N{REPLACEMENT CHARACTER}" not in text and text[0] != "*")
    .filter(lambda text: "::::" not in text and "\ufeff" not in text)
)
LINE = st.lists(WORD, min_size=1, max_size=5).map(" ".join).filter(lambda text: " ::: " not in text)
HANDLE = st.from_regex(r"[\w.@+-]{1,20}", fullmatch=True)
LABEL = st.sampled_from(["", "work", "home", "mobile", "fax", "work fax", "Yazlık", "Büro, links; oben"])
POINTS = st.lists(st.fixed_dictionaries({"value": HANDLE, "label": LABEL}), min_size=1, max_size=4)
PARTS = ("street", "street2", "po_box", "city", "region", "postal_code", "country")
MORE_PARTS = {part: LINE for part in PARTS if part != "city"}
ADDRESSES = st.lists(
    st.fixed_dictionaries({"city": LINE, "label": LABEL}, optional=MORE_PARTS), min_size=1, max_size=3
)
CARDS = st.fixed_dictionaries(
    {"full_name": LINE},
    optional={
        **dict.fromkeys(
            ("first_name", "middle_name", "last_name", "prefix", "suffix", "job_title", "company"), LINE
        ),
        "description": st.lists(LINE, min_size=1, max_size=4).map("\n".join),
        "birthday": st.sampled_from(["1984-03-12", "--05-19", "2000-01-01"]),
        "emails": POINTS,
        "phones": POINTS,
        "messengers": POINTS,
        "addresses": ADDRESSES,
        "tags": st.lists(
            HANDLE.filter(lambda tag: tag.lower() not in ("mycontacts", "starred")), min_size=1, unique=True
        ),
    },
)


@settings(max_examples=50, deadline=None)
@given(st.lists(CARDS, min_size=1, max_size=3), st.sampled_from(["3.0", "4.0"]))
def test_what_is_written_is_read(cards, version):
    columns, rows = read("".join(write_vcard(cards, version)))
    proposal = propose(columns, [row.cells for row in rows], [*PEOPLE, Target("role", "Role")])
    take = RowReader(proposal)
    assert [row.problem for row in rows] == [None] * len(cards)
    assert [take(row.cells) for row in rows] == cards

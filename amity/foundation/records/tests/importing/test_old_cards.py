"""vCard 2.1, as phones wrote it for twenty years."""

from __future__ import annotations

import pytest

from amity.foundation.records.importing.readers import open_source
from amity.foundation.records.importing.vcardlines import escape_old, unfolded, without_agents


def read(tmp_path, *lines, encoding="utf-8", version="2.1"):
    text = "\r\n".join(["BEGIN:VCARD", f"VERSION:{version}", *lines, "END:VCARD", ""])
    path = tmp_path / "x.vcf"
    path.write_bytes(text.encode(encoding))
    with open_source(path) as source:
        return source.columns, list(source.rows())


def values(tmp_path, *lines, **options):
    columns, rows = read(tmp_path, *lines, **options)
    assert [row.problem for row in rows] == [None] * len(rows)
    return {column: cell for column, cell in zip(columns, rows[0].cells, strict=True) if cell}


def test_quoted_printable_with_soft_line_breaks(tmp_path):
    got = values(
        tmp_path,
        "N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=C5=9Eahin;=C3=87a=",
        "=C4=9Fr=C4=B1;;;",
        "FN;CHARSET=UTF-8;QUOTED-PRINTABLE:=C3=87a=C4=9Fr=C4=B1",
        "NOTE;ENCODING=QUOTED-PRINTABLE:one=0D=0Atwo, three; a\\b=3D",
        "ADR;HOME;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:;;=C4=B0nebolu\\; 5;=C4=B0zmir;;;",
    )
    assert (got["Last Name"], got["First Name"], got["Name"]) == ("Şahin", "Çağrı", "Çağrı")
    assert got["Notes"] == "one\ntwo, three; a\\b="
    assert (got["Address 1 - Street"], got["Address 1 - City"]) == ("İnebolu; 5", "İzmir")
    assert got["Address 1 - Label"] == "home"


@pytest.mark.parametrize(
    ("charset", "encoded"),
    [("WINDOWS-1254", "=D6=FEe"), ("ISO-8859-9", "=D6=FEe"), ("UTF-8", "=C3=96=C5=9Fe")],
)
def test_named_charsets(tmp_path, charset, encoded):
    line = f"N;CHARSET={charset};ENCODING=QUOTED-PRINTABLE:{encoded};A"
    assert values(tmp_path, line, "FN:A")["Last Name"] == "Öşe"


def test_a_charset_that_is_wrong_refuses_the_card(tmp_path):
    for line in (
        "N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=FF=FE;A",
        "N;CHARSET=KLINGON;ENCODING=QUOTED-PRINTABLE:=41;A",
    ):
        assert read(tmp_path, line, "FN:A")[1][0].problem.code == "encoding"


def test_kinds_without_type(tmp_path):
    got = values(
        tmp_path,
        "N:Lima;Ana",
        "TEL;WORK;VOICE:1",
        "TEL;CELL;PREF:2",
        "TEL;HOME;FAX:3",
        "EMAIL;INTERNET:a@x.y",
    )
    assert [got[f"Phone {n} - Label"] for n in (1, 2, 3)] == ["cell", "work", "home fax"]
    assert got["Phone 1 - Value"] == "2"
    assert got["E-mail 1 - Value"] == "a@x.y"
    assert "E-mail 1 - Label" not in got


def test_pictures_and_assistants_stay_out(tmp_path):
    columns, rows = read(
        tmp_path,
        "N:Lima;Ana",
        "PHOTO;ENCODING=BASE64;JPEG:/9j/4AAQ",
        " SkZJRgABAQ",
        "AAAQABAAD/2w==",
        "",
        "AGENT:",
        "BEGIN:VCARD",
        "VERSION:2.1",
        "N:Boss;Not",
        "TEL:999",
        "END:VCARD",
        "TEL:1",
    )
    assert [row.problem for row in rows] == [None]
    got = {column: cell for column, cell in zip(columns, rows[0].cells, strict=True) if cell}
    assert got == {"Last Name": "Lima", "First Name": "Ana", "Phone 1 - Value": "1"}


def test_commas_and_backslashes_are_plain_text(tmp_path):
    got = values(tmp_path, "N:Lima, Jr.;Ana", "ORG:Lima\\; Sons;R\\D", "NOTE:c:\\new", "FN:Ana")
    assert got["Last Name"] == "Lima, Jr."
    assert (got["Organization Name"], got["Organization Department"]) == ("Lima; Sons", "R\\D")
    assert got["Notes"] == "c:\\new"


def test_folded_text_keeps_its_space_in_2_1_alone(tmp_path):
    assert values(tmp_path, "N:L;A", "NOTE:one", " two")["Notes"] == "one two"
    assert values(tmp_path, "FN:A", "NOTE:one", " two", version="3.0")["Notes"] == "onetwo"


def test_quoted_printable_in_a_later_version(tmp_path):
    got = values(tmp_path, "FN;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:=C3=96=0Ax", version="3.0")
    assert got["Name"] == "Ö\nx"


def test_lines_that_never_end_stay_linear():
    lines = ["NOTE;ENCODING=QUOTED-PRINTABLE:" + "a" * 1000 + "="] + ["b" * 1000 + "="] * 20_000
    (whole,) = unfolded(lines)
    assert len(whole) < 1 << 21
    assert list(without_agents(["BEGIN:VCARD", "AGENT:BEGIN:VCARD", "N:x", "END:VCARD", "END:VCARD"])) == [
        "BEGIN:VCARD",
        "END:VCARD",
    ]


def test_old_escapes():
    assert escape_old("a\\;b,c\\d\\:e\nf", commas=True) == "a\\;b\\,c\\\\d:e\\nf"
    assert escape_old("a,b", commas=False) == "a,b"

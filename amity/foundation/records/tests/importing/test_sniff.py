from __future__ import annotations

import pytest

from amity.foundation.records.importing.encoding import guess_encoding
from amity.foundation.records.importing.readers import open_source
from amity.foundation.records.importing.sniff import sniff
from amity.foundation.records.importing.source import SourceError

RUSSIAN = "Имя;Телефон;Город\r\nПётр Щербаков;555;Москва\r\nОльга;556;Тверь\r\n"
TURKISH = "Ad;Soyad;Şehir\r\nAyşe;Yılmaz;İstanbul\r\nÇağrı;Şahin;Muğla\r\n"
WESTERN = "Name;Ort\r\nJürgen Größ;Köln\r\nFrançois d'Aubigné;Sète\r\nMaría Ñuño;León\r\n"
POLISH = "Imię;Nazwisko\r\nŁukasz;Wójcik\r\nMałgorzata;Kołodziej\r\nPaweł;Dąbrowski\r\n"
ICELANDIC = (
    "Nafn;Borg\r\nGuðrún Þórðardóttir;Ísafjörður\r\nÁsgeir Sæmundsson;Reykjavík\r\nÓlafur Ægir;Höfn\r\n"
)


@pytest.mark.parametrize(
    ("text", "written", "found"),
    [
        (RUSSIAN, "cp1251", "cp1251"),
        (RUSSIAN, "koi8-r", "koi8-r"),
        (RUSSIAN, "cp866", "cp866"),
        (RUSSIAN, "utf-8", "utf-8"),
        (TURKISH, "cp1254", "cp1254"),
        (TURKISH, "iso-8859-9", "cp1254"),
        (WESTERN, "cp1252", "cp1252"),
        (ICELANDIC, "cp1252", "cp1252"),
        (POLISH, "cp1250", "cp1250"),
        ("名前,会社\r\n佐藤花子,さくら商事\r\n鈴木たろう,ひまわり\r\n", "cp932", "cp932"),
        ("이름,회사\r\n김민준,한강무역\r\n이서연,서울상사\r\n", "euc-kr", "euc-kr"),
        (TURKISH, "utf-16", "utf-16"),
        (TURKISH, "utf-16-le", "utf-16-le"),
        (RUSSIAN, "utf-8-sig", "utf-8"),
        ("Name,City\nAnn,Rome\n", "ascii", "utf-8"),
    ],
)
def test_encoding(text, written, found):
    assert guess_encoding(text.encode(written)) == found


def test_few_broken_bytes_do_not_hide_utf8():
    data = (TURKISH * 20).encode()
    assert guess_encoding(data + b"Bad;\xff;x\r\n") == "utf-8"


def test_accents_beyond_the_head_of_the_file_count(tmp_path):
    path = tmp_path / "late.csv"
    path.write_bytes(
        b"Name,City\r\n" + b"Ann,Rome\r\n" * 40_000 + "Ayşe,Muğla\r\nIşık,İzmir\r\n".encode("cp1254") * 20_000
    )
    assert sniff(path).encoding == "cp1254"


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_separator(tmp_path, separator):
    path = tmp_path / "x.csv"
    rows = [["Name", "Note", "Sum"], ["Ann", '"a, b; c"', "1"], ["Bob", '"x|y"', "2"]]
    path.write_text("\n".join(separator.join(row) for row in rows))
    found = sniff(path)
    assert (found.separator, found.skip, found.has_header) == (separator, 0, True)


@pytest.mark.parametrize(
    ("text", "skip", "columns"),
    [
        ("sep=;\nName;Mail\nAnn;a@x.y\n", 1, ["Name", "Mail"]),
        ("Report of 2024\n\nName,Mail\nAnn,a@x.y\nBob,b@x.y\n", 2, ["Name", "Mail"]),
        ("Name,Mail,Name,,\nAnn,a@x.y,z,,\n", 0, ["Name", "Mail", "Name (2)"]),
        ("Name,,Mail\nAnn,1,a@x.y\n", 0, ["Name", "Column 2", "Mail"]),
        ("Ann,a@x.y,5\nBob,b@x.y,6\n", 0, ["Column 1", "Column 2", "Column 3"]),
        ("'Name','Mail'\n'Ann','a@x.y'\n'Bob','b@x.y'\n", 0, ["Name", "Mail"]),
        ("email\na@x.y\nb@x.y\n", 0, ["email"]),
        ("Name,Mail,\nAnn,a@x.y,value\n", 0, ["Name", "Mail", "Column 3"]),
    ],
)
def test_header(tmp_path, text, skip, columns):
    path = tmp_path / "x.csv"
    path.write_text(text)
    source = open_source(path)
    assert (source.sniffed.skip, source.columns) == (skip, columns)
    assert [row.problem for row in source.rows()] == [None] * len(list(source.rows()))


def test_everything_can_be_overridden(tmp_path):
    path = tmp_path / "x.csv"
    path.write_bytes("A;B,C\nФ;x,y\n".encode("cp1251"))
    source = open_source(path, encoding="windows-1251", separator=",", has_header=False)
    assert [row.cells for row in source.rows()] == [["A;B", "C"], ["Ф;x", "y"]]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b" \r\n", "empty"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old_excel"),
        (b"%PDF-1.7 ...", "kind"),
        (b"<html><table><tr><td>x</td></tr></table></html>", "kind"),
        (b"PK\x03\x04 not really", "kind"),
        (bytes(range(1, 256)) * 40, "kind"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path, content, code):
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    with pytest.raises(SourceError) as caught:
        open_source(path)
    assert caught.value.code == code


@pytest.mark.parametrize("name", ["unicode_escape", "utf-7", "idna", "no-such", "base64"])
def test_only_known_encodings_are_taken(tmp_path, name):
    path = tmp_path / "x.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(SourceError) as caught:
        open_source(path, encoding=name)
    assert caught.value.code == "encoding"

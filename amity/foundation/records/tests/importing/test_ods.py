"""OpenDocument sheets: values of every kind, and files made to harm."""

from __future__ import annotations

import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amity.foundation.records.importing.readers import open_source
from amity.foundation.records.importing.source import MAX_CELL, SourceError
from amity.foundation.records.tests.importing.ods_files import MIME, empty, ods, row, text, typed

HEAD = row(text("Name"), text("Mail"))


def cells_of(path, **options):
    with open_source(path, **options) as source:
        return source.columns, [found.cells for found in source.rows()]


def refused(path):
    with pytest.raises(SourceError) as caught:
        list(open_source(path).rows())
    return caught.value.code


def test_values(tmp_path):
    heads = ["Text", "Whole", "Part", "Share", "Price", "Day", "Time", "Clock", "Yes", "Last"]
    line = [
        text("Łódź\nsecond line"), typed("float", "905321234567"), typed("float", "3.3000000000000003"),
        typed("percentage", "0.07"), typed("currency", "-12.5", more=' office:currency="EUR"'),
        typed("date", "2024-02-29"), typed("date", "2024-02-29T13:05:00"), typed("time", "PT09H05M00S"),
        typed("boolean", "true"), text("end"),
    ]  # fmt: skip
    sheet = row(text("A title")) + row(empty(900), times=3) + row(*map(text, heads)) + row(*line, empty(900))
    path = ods(tmp_path / "x.ods", {"One": sheet, "Two": HEAD + row(text("a"), text("b"))})
    with open_source(path) as source:
        assert (source.kind, source.sheets, source.columns) == ("ods", ["One", "Two"], heads)
        (found,) = list(source.rows())
        assert source.progress == 1.0
    assert found.number == 6
    assert found.cells == [
        "Łódź\nsecond line", "905321234567", "3.3", "7%", "-12.5 EUR", "2024-02-29", "2024-02-29 13:05:00",
        "09:05:00", "true", "end",
    ]  # fmt: skip
    assert cells_of(path, sheet="Two")[1] == [["a", "b"]]
    with pytest.raises(SourceError):
        open_source(path, sheet="Three")


def test_what_is_no_value_stays_out(tmp_path):
    """Comments, drawings, other files' tables; spaces and tabs that are tags come in."""
    note = "<office:annotation><text:p>a comment</text:p></office:annotation>"
    rich = (
        f'<table:table-cell office:value-type="string">{note}<text:p>one<text:s text:c="2"/><text:span>two</text:span>'
        "<text:tab/>x<text:line-break/>y</text:p><draw:frame><draw:text-box><text:p>drawn</text:p></draw:text-box>"
        "</draw:frame></table:table-cell>"
    )
    inner = f'<table:table-cell><table:table table:name="In">{row(text("inner"))}</table:table></table:table-cell>'
    path = ods(tmp_path / "x.ods", {"S": HEAD + row(rich, text("b")) + row(text("c"), inner)})
    with open_source(path) as source:
        assert source.sheets == ["S"]
        assert [found.cells for found in source.rows()] == [["one  two\tx\ny", "b"], ["c", ""]]


def test_rows_go_on_from_any_place(tmp_path):
    lines = row(text("same"), text("x"), times=3) + row(empty(5), times=2) + row(text("last"), text("y"))
    path = ods(tmp_path / "x.ods", {"S": HEAD + lines})
    with open_source(path) as source:
        whole = list(source.rows())
        assert [(found.position, found.number, found.cells[0]) for found in whole] == [
            (0, 2, "same"), (1, 3, "same"), (2, 4, "same"), (3, 7, "last"),
        ]  # fmt: skip
        assert list(source.rows(2)) == whole[2:]


@pytest.mark.parametrize(
    ("sheet", "code"),
    [
        (HEAD + row(text("x", ' table:number-columns-repeated="999999999"')), "too_many_columns"),
        (HEAD + row(text("x"), text("y"), times=1_048_576) * 2, "too_many_cells"),
        (HEAD + row(empty(2_000), text("far")), "too_many_columns"),
        ("", "empty"),
        (row(empty(1024), times=1_048_576), "empty"),
    ],
)
def test_repeated_cells_stand_for_no_more_than_is_read(tmp_path, sheet, code):
    assert refused(ods(tmp_path / "x.ods", {"S": sheet})) == code


def test_long_cells_refuse_their_row_alone(tmp_path):
    spaces = '<table:table-cell office:value-type="string"><text:p>a<text:s text:c="999999999"/>b</text:p></table:table-cell>'
    lines = row(text("a" * (MAX_CELL + 1)), text("b")) + row(spaces, text("b")) + row(text("good"), text("b"))
    with open_source(ods(tmp_path / "x.ods", {"S": HEAD + lines})) as source:
        assert [found.problem and found.problem.code for found in source.rows()] == [
            "too_long",
            "too_long",
            None,
        ]


@pytest.mark.parametrize(
    "before",
    [
        '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>',
        '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE x SYSTEM "http://127.0.0.1/x.dtd">',
    ],
)
def test_entities_are_refused(tmp_path, before):
    assert (
        refused(ods(tmp_path / "x.ods", {"S": HEAD + row(text("a"), text("b"))}, before=before)) == "broken"
    )


def test_bombs_and_depths_are_refused(tmp_path):
    zeros = ods(tmp_path / "zeros.ods", {}, content=b"<a>" + b"0" * (12 << 20))
    assert refused(zeros) == "too_large"
    sheet = b'<a xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"><table:table table:name="S">'
    deep = ods(tmp_path / "deep.ods", {}, content=sheet + b"<table:table-cell>" * 5_000)
    assert refused(deep) == "broken"
    tag = sheet + b'<a b="' + bytes(range(48, 58)) * 700_000
    noise = ods(tmp_path / "tag.ods", {}, content=tag)
    assert refused(noise) in ("too_large", "broken")


def test_a_locked_file_says_so(tmp_path):
    entry = '<manifest:file-entry manifest:full-path="content.xml"><manifest:encryption-data/></manifest:file-entry>'
    assert refused(ods(tmp_path / "x.ods", {}, content=b"\x8a\x01", manifest=entry)) == "password"
    path = tmp_path / "sealed.ods"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", MIME)
        archive.writestr("encrypted-package", b"\x8a\x01")
    assert refused(path) == "password"


def test_other_documents_are_no_sheets(tmp_path):
    path = tmp_path / "letter.odt"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        archive.writestr("content.xml", "<a/>")
        archive.writestr("META-INF/manifest.xml", "<a/>")
    assert refused(path) == "kind"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_damaged_files_are_refused_or_read(tmp_path, data):
    """Any bytes changed in a file: a clear text or rows, never another error."""
    path = ods(tmp_path / "x.ods", {"S": HEAD + row(text("Ada"), text("a@b.example"), times=3)})
    content = bytearray(path.read_bytes())
    for _turn in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(bytes(content))
    try:
        list(open_source(path).rows())
    except SourceError as error:
        assert str(error)

from __future__ import annotations

import datetime as dt
import struct
import zipfile

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amity.foundation.records.importing.readers import open_source
from amity.foundation.records.importing.source import SourceError
from amity.foundation.records.tests.importing.helpers import HEAD, SAMPLES, workbook

VALUE = b'<row r="2"><c r="A2" t="inlineStr"><is><t>x</t></is></c></row>'


def refused(path):
    with pytest.raises(SourceError) as caught:
        list(open_source(path).rows())
    return caught.value.code


def test_values(tmp_path):
    path = tmp_path / "x.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet, other = book.add_worksheet("One"), book.add_worksheet("Two")
    day, time = (
        book.add_format({"num_format": "yyyy-mm-dd"}),
        book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
    )
    sheet.write(0, 0, "A title")
    sheet.write_row(2, 0, ["Text", "Whole", "Part", "Day", "Time", "Yes"])
    sheet.write_row(4, 0, ["Łódź", 905321234567, 1.1 + 2.2])
    sheet.write_datetime(4, 3, dt.date(2024, 2, 29), day)
    sheet.write_datetime(4, 4, dt.datetime(2024, 2, 29, 13, 5), time)  # noqa: DTZ001
    sheet.write_boolean(4, 5, True)
    sheet.write(5, 0, "next")
    for number in range(6, 70):
        sheet.write(number, 0, "more")
    sheet.write(70, 7, "far right")
    other.write_row(0, 0, ["A", "B"])
    other.write_row(1, 0, ["1", "2"])
    book.close()
    source = open_source(path)
    rows = list(source.rows())
    assert source.sheets == ["One", "Two"]
    assert source.columns == ["Text", "Whole", "Part", "Day", "Time", "Yes"]
    assert rows[0].cells == ["Łódź", "905321234567", "3.3", "2024-02-29", "2024-02-29 13:05:00", "true"]
    codes = {row.number: row.problem.code for row in rows if row.problem}
    assert (len(rows), rows[0].number, rows[1].number, codes) == (67, 5, 6, {71: "width"})
    assert next(source.rows(1)).number == 6
    assert [row.cells for row in open_source(path, sheet="Two").rows()] == [["1", "2"]]
    with pytest.raises(SourceError):
        open_source(path, sheet="Three")


def test_empty_formatted_rows_at_the_end_are_fine(tmp_path):
    path = workbook(tmp_path / "x.xlsx", HEAD + VALUE + b'<row r="1048576" s="1"/>')
    assert [row.cells for row in open_source(path).rows()] == [["x", ""]]


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        (b'<row r="2"><c r="XFD1048576"><v>1</v></c></row>', "too_many_columns"),
        (b'<row r="2"><c r="ALL1048576"><v>1</v></c></row>', "too_many_cells"),
        (b"<row r='2'><c foo='>' r = 'XFD1048576'><v>1</v></c></row>", "broken"),
        (b"<row r='2'><c\n s='1'\tr = 'XFD9'><v>1</v></c></row>", "too_many_columns"),
        (b'<row r="1048576">' + b"<c><v>1</v></c>" * 900 + b"</row>", "too_many_cells"),
        (b'<row r="2">' + b"<c><v>1</v></c>" * 65_536 + b"</row>", "too_many_columns"),
        (b'<row r="2"><c r="A2"><v>1</v></c>' * 2_000_001, "too_many_cells"),
    ],
)
def test_sheets_with_far_corners(tmp_path, rows, code):
    assert refused(workbook(tmp_path / "x.xlsx", HEAD + rows)) in (code, "too_large")


def test_bomb(tmp_path):
    path = workbook(tmp_path / "x.xlsx", HEAD + VALUE, after=b" " * (20 << 20))
    assert refused(path) == "too_large"


def test_a_bomb_that_lies_about_its_size(tmp_path):
    path = workbook(tmp_path / "x.xlsx", HEAD + VALUE, after=b" " * (20 << 20))
    data = bytearray(path.read_bytes())
    entry = data.rfind(b"PK\x01\x02")
    data[entry + 24 : entry + 28] = struct.pack("<I", 1000)
    path.write_bytes(data)
    assert refused(path) == "too_large"


def test_entities_are_never_resolved(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("SECRET")
    dtd = f'<!DOCTYPE x [<!ENTITY e SYSTEM "file://{secret}"><!ENTITY a "aaa"><!ENTITY b "&a;&a;">]>'.encode()
    rows = HEAD + b'<row r="2"><c r="A2" t="inlineStr"><is><t>&e;&b;</t></is></c></row>'
    path = workbook(tmp_path / "x.xlsx", rows, before=dtd)
    try:
        cells = [cell for row in open_source(path).rows() for cell in row.cells]
    except SourceError as error:
        cells = [error.code]
    assert not any("SECRET" in cell or "aaaaaa" in cell for cell in cells)


@pytest.mark.parametrize("part", ["media/a.png", "a.bin", "vbaProject.bin"])
def test_a_sheet_hidden_as_something_else(tmp_path, part):
    assert refused(workbook(tmp_path / "x.xlsx", HEAD + VALUE, part=part)) == "broken"


def test_another_workbook_format_in_the_archive(tmp_path):
    path = workbook(tmp_path / "x.xlsx", HEAD + VALUE)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/workbook.bin", b"x")
    assert refused(path) == "broken"


def test_the_name_of_the_file_does_not_matter(tmp_path):
    path = workbook(tmp_path / "0a1b2c", HEAD + VALUE)
    assert [row.cells for row in open_source(path).rows()] == [["x", ""]]


def test_tags_that_are_never_closed_are_refused_at_once(tmp_path):
    assert refused(workbook(tmp_path / "x.xlsx", HEAD + b"<c " * 200_000)) == "broken"
    assert (
        refused(workbook(tmp_path / "x.xlsx", HEAD + b'<row r="2"><c a="<" r="XFD9"><v>1</v></c></row>'))
        == "broken"
    )


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.integers(0, 20_000), st.integers(0, 255)), min_size=1, max_size=8),
    st.integers(0, 20_000),
)
def test_damaged_spreadsheets(tmp_path, changes, cut):
    data = bytearray((SAMPLES / "shop.xlsx").read_bytes())
    for place, value in changes:
        data[place % len(data)] = value
    path = tmp_path / "x.xlsx"
    path.write_bytes(data[: len(data) - cut % 7 * (cut % 100)])
    try:
        rows = list(open_source(path, kind="xlsx").rows())
    except SourceError:
        rows = []
    assert all(isinstance(cell, str) for row in rows for cell in row.cells)

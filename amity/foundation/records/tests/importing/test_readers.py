from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amity.foundation.records.importing import readers, text
from amity.foundation.records.importing.readers import open_source
from amity.foundation.records.importing.source import MAX_CELL, MAX_RECORD, SourceError


def rows_of(path, content, **options):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return list(open_source(path, **options).rows())


@pytest.fixture
def path(tmp_path):
    return tmp_path / "file.csv"


def seen(rows):
    return [(row.number, row.cells[0], row.problem.code if row.problem else "") for row in rows]


def test_rows_know_their_line(path):
    rows = rows_of(path, 'Name,Note\nA,"two\nlines"\n\nB,x\r\n,,\nC,y')
    assert seen(rows) == [(2, "A", ""), (5, "B", ""), (7, "C", "")]
    assert rows[0].cells == ["A", "two\nlines"]
    assert [row.position for row in rows] == [0, 1, 2]


def test_bad_rows_are_told_and_good_ones_go_on(path):
    content = b"Name;Mail;Note\n" + b"Good;\xc3\xb6;\xc3\xb6\n" * 9
    content += b"Few;x\nMany;x;y;z\nTrailing;x;y;;\nBytes;\xff;y\nNul;x\0;y\nLast;x;y\n"
    rows = rows_of(path, content)
    assert seen(rows)[9:] == [
        (11, "Few", "width"),
        (12, "Many", "width"),
        (13, "Trailing", ""),
        (14, "Bytes", "encoding"),
        (15, "Nul", "nul"),
        (16, "Last", ""),
    ]
    assert rows[12].problem.column == "Mail"
    assert rows[12].cells[1] == rows[13].cells[1][-1] == "\N{REPLACEMENT CHARACTER}"


def test_short_rows_can_be_taken(path):
    rows = rows_of(path, "A,B,C\n1,2\n1,2,3,4\n", fill_short=True, has_header=True)
    assert [row.cells for row in rows] == [["1", "2", ""], ["1", "2", "3", "4"]]
    assert [bool(row.problem) for row in rows] == [False, True]


@pytest.mark.parametrize("after", ["", 'D,"quoted",x\n'])
def test_an_unclosed_quotation_mark_costs_one_row(path, after):
    rows = rows_of(path, 'Name,Mail,Note\nA,a,1\nB,"b,2\nC,c,3\n' + after)
    assert seen(rows)[:3] == [(2, "A", ""), (3, 'B,"b,2', "quote"), (4, "C", "")]
    assert [row.problem for row in rows[2:]] == [None] * len(rows[2:])


def test_quotation_marks_inside_are_read_leniently(path):
    rows = rows_of(path, 'Name,Note\n"The "Blue" Inn",x\n"Say ""hi""",y\nB,z\n')
    assert [row.cells[1] for row in rows] == ["x", "y", "z"]
    assert rows[0].cells[0].startswith("The Blue")
    assert rows[1].cells[0] == 'Say "hi"'


def test_hostile_quotation_marks_stay_linear(path, monkeypatch):
    """Every line of `a"b,"` leaves a quotation open: read again from each line on, that were quadratic."""
    given = []
    original = text.LineFeed.lines

    def counting(feed):
        for line in original(feed):
            given.append(1)
            yield line

    monkeypatch.setattr(text.LineFeed, "lines", counting)
    count = 30_000
    rows = rows_of(path, "Name,Note\n" + 'a"b,"\n' * count, quote='"', skip=0, has_header=True)
    assert len(rows) == count
    assert len(given) < count * 2 + text.MAX_REWINDS * count


def test_long_cells_and_lines(path):
    rows = rows_of(path, f"Name,Note\nA,{'x' * (MAX_CELL + 1)}\nB,{'y' * (MAX_RECORD * 2)}\nC,ok\n")
    assert [row.problem.code if row.problem else "" for row in rows] == ["too_long", "too_long", ""]
    assert rows[0].problem.column == "Note"
    assert max(len(cell) for row in rows for cell in row.cells) <= MAX_CELL
    assert rows[-1].cells == ["C", "ok"]


def test_a_file_without_line_ends(path):
    with pytest.raises(SourceError) as caught:
        rows_of(path, "x" * (MAX_RECORD * 3))
    assert caught.value.code in ("too_long", "header")


def test_reading_goes_on_at_any_position(path):
    lines = [
        f'n{number},"multi\nline {number}"' if number % 7 == 0 else f"n{number},x" for number in range(300)
    ]
    lines[50] = "broken"
    lines[60] = 'n60,"open'
    path.write_text("Name,Note\n" + "\n".join(lines) + "\n")
    source = open_source(path)
    whole = seen(source.rows())
    assert len(whole) == len({number for number, _name, _code in whole})
    for start in (0, 1, 49, 50, 51, 61, 250, len(whole)):
        assert seen(open_source(path).rows(start)) == whole[start:]


def test_position_tells_where_to_go_on(path):
    path.write_text("Name,Note\na,1\nb,2\nc,3\n")
    source = open_source(path)
    rows = source.rows()
    next(rows)
    next(rows)
    assert source.position == 2
    assert [row.cells[0] for row in source.rows(source.position)] == ["c"]
    assert source.progress == 1.0


def test_row_limit(path, monkeypatch):
    monkeypatch.setattr(readers, "MAX_CSV_ROWS", 3)
    assert len(rows_of(path, "a,b\n" + "x,y\n" * 3)) == 3
    with pytest.raises(SourceError) as caught:
        rows_of(path, "a,b\n" + "x,y\n" * 4)
    assert caught.value.code == "too_many_rows"


def test_column_limit(path):
    with pytest.raises(SourceError) as caught:
        rows_of(path, ",".join(f"c{number}" for number in range(1001)) + "\n")
    assert caught.value.code == "too_many_columns"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1254"])
def test_line_ends_and_encodings(path, end, encoding):
    rows = rows_of(path, end.join(["Ad,Şehir", "Ayşe,İzmir", "Işık,Muğla", ""]).encode(encoding))
    assert [row.cells for row in rows] == [["Ayşe", "İzmir"], ["Işık", "Muğla"]]


def test_blocks_do_not_cut_lines_or_characters(path, monkeypatch):
    monkeypatch.setattr(text, "BLOCK", 7)
    rows = rows_of(path, 'Name,Note\r\nAyşe,"Muğla\r\nİzmir"\r\n王,偉\r\n')
    assert [row.cells for row in rows] == [["Ayşe", "Muğla\r\nİzmir"], ["王", "偉"]]


def read_all(content, name="x.csv", **options):
    """Reads any bytes; gives rows, or None where the file is refused. Nothing else may come out."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / name
        file.write_bytes(content)
        try:
            source = open_source(file, **options)
            rows = list(source.rows())
        except SourceError as error:
            str(error)  # the message can be made
            return None
        for row in rows:
            assert row.problem is not None or len(row.cells) == len(source.columns)
            "".join(row.cells).encode()
        assert seen(source.rows(len(rows) // 2)) == seen(rows)[len(rows) // 2 :]
        return rows


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=2000))
def test_random_bytes(content):
    read_all(content)


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="a\";,\n\r\t|'\\é\0=", max_size=300), st.sampled_from([None, '"', "'", ""]))
def test_random_separated_text(content, quote):
    read_all(content.encode(), quote=quote)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=600))
def test_random_vcards(content):
    read_all(b"BEGIN:VCARD\nVERSION:4.0\nFN:A\n" + content + b"\nEND:VCARD\n", "x.vcf")


CELL = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.lists(CELL, min_size=3, max_size=3), min_size=1, max_size=20),
    st.sampled_from([",", ";", "\t"]),
)
def test_what_csv_writes_is_read(table, separator):
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=separator, quoting=csv.QUOTE_ALL).writerows([["Name", "Mail", "Note"], *table])
    rows = read_all(
        out.getvalue().encode(), encoding="utf-8", separator=separator, quote='"', skip=0, has_header=True
    )
    expected = [cells for cells in table if any(cell.strip() for cell in cells)]
    assert [row.cells for row in rows or []] == expected

"""JSON Lines: our own and those of others."""

from __future__ import annotations

import json

import pytest

from amity.foundation.records.importing.readers import open_source
from amity.foundation.records.importing.source import SourceError


def write(tmp_path, *lines):
    path = tmp_path / "x.jsonl"
    path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines))
    return path


def test_values_become_the_cells_of_our_tables(tmp_path):
    first = {
        "id": 1, "object": "people", "title": "Ana", "first_name": "Ana", "emails": [{"value": "a@x.y", "label": "work"}],
        "addresses": [{"city": "Leeds", "label": "home"}], "price": {"amount": "12.50", "currency": "EUR"},
        "company": {"id": 4, "object": "companies", "title": "Acme; Sons"}, "tags": ["a, b", "c"], "yes": True, "n": 3.0,
        "none": None,
    }  # fmt: skip
    second = {
        "first_name": "Bob",
        "emails": [{"value": "b@x.y"}, {"value": "c@x.y"}],
        "kids": [{"id": 1, "title": "K"}],
    }
    with open_source(write(tmp_path, first, second)) as source:
        rows = [dict(zip(source.columns, row.cells, strict=True)) for row in source.rows()]
        assert source.kind == "jsonl"
        assert [row.number for row in source.rows(1)] == [2]
    assert "id" not in rows[0]
    assert rows[0] | {"emails 2 - Value": ""} == rows[0]
    assert (rows[0]["emails 1 - Value"], rows[0]["emails 1 - Label"]) == ("a@x.y", "work")
    assert (rows[0]["addresses 1 - City"], rows[0]["price"]) == ("Leeds", "12.50 EUR")
    assert (rows[0]["company"], rows[0]["tags"]) == ("Acme; Sons", "a, b ::: c")
    assert (rows[0]["yes"], rows[0]["n"], rows[0]["none"]) == ("yes", "3", "")
    assert (rows[1]["emails 2 - Value"], rows[1]["kids"]) == ("c@x.y", "K")


@pytest.mark.parametrize("line", ["[1]", '{"a": 1', "nonsense", '{"a": "\\ud800"}', '"text"'])
def test_a_broken_line_refuses_itself_alone(tmp_path, line):
    with open_source(write(tmp_path, {"a": "1"}, line, {"a": "2"})) as source:
        assert [row.problem.code if row.problem else row.cells for row in source.rows()] == [
            ["1"],
            "json",
            ["2"],
        ]


def test_nul_and_long_texts_are_refused(tmp_path):
    with open_source(write(tmp_path, {"a": "x"}, {"a": "\0"}, {"a": "x" * 70_000})) as source:
        assert [row.problem and row.problem.code for row in source.rows()] == [None, "nul", "too_long"]


def test_lists_and_keys_are_bounded(tmp_path):
    with open_source(write(tmp_path, {"emails": [{"value": f"{n}@x.y"} for n in range(500)]})) as source:
        assert len(source.columns) == 40
    with pytest.raises(SourceError) as caught:
        open_source(write(tmp_path, {f"k{n}": 1 for n in range(1_001)}))
    assert caught.value.code == "too_many_columns"

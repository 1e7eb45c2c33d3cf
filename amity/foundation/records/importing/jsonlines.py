"""Reads JSON Lines, our own export before all, as rows of the same table that our CSV export has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from amity.foundation.records.exporting.columns import PART_NAMES, tags_text
from amity.foundation.records.importing.grid import to_text
from amity.foundation.records.importing.source import (
    MAX_COLUMNS,
    MAX_CSV_ROWS,
    REPLACEMENT,
    Row,
    Source,
    SourceError,
    cell_fault,
    name_columns,
    too_many_columns,
)
from amity.foundation.records.importing.text import BROKEN, LineFeed

MAX_POINTS = 20
# What our own lines say of the record itself: its title is made of its fields.
_OWN = {"id", "object", "title", "url", "version"}
_POINT_PARTS = {"label": "Label", "value": "Value"}
_ADDRESS_PARTS = {"label": "Label", **PART_NAMES}
Place = tuple[str, int, str]  # key, place in its list, part of the entry; 0 and "" for plain values


class JsonSource(Source):
    """One record a line. A first pass finds which keys there are, and how many entries their lists have."""

    kind = "jsonl"

    def __init__(self, path: Path, encoding: str) -> None:
        super().__init__(path)
        self.encoding = encoding
        self._feed: LineFeed | None = None
        self._places = self._survey()
        self.columns = name_columns(_heading(place) for place in self._places)

    def _survey(self) -> list[Place]:
        keys: dict[str, Mapping[str, str]] = {}
        most: Counter[str] = Counter()
        for _number, record in self._records():
            for key, value in (record or {}).items():
                parts = _parts_of(value)
                if parts or key not in keys:
                    keys[key] = parts
                if parts:
                    most[key] = max(most[key], min(len(value), MAX_POINTS))
            if len(keys) > MAX_COLUMNS:
                raise too_many_columns(len(keys))
        places: list[Place] = []
        for key, parts in keys.items():
            places += [(key, n, part) for n in range(most[key]) for part in parts] or [(key, 0, "")]
        if not places:
            raise SourceError("empty", _("The file has no rows."))
        return places

    def _records(self) -> Iterator[tuple[int, dict[str, Any] | None]]:
        """Line number and values; None where the line is no object."""
        feed = self._feed = LineFeed(self.path, self.encoding)
        for number, line in enumerate(feed.lines(), start=1):
            feed.next_record()
            if line.strip():
                yield number, _object(line)

    def rows(self, start: int = 0) -> Iterator[Row]:
        for index, (number, record) in enumerate(self._records()):
            if index >= MAX_CSV_ROWS:
                text = _("The file has more than {limit} rows. Please split it.")
                raise SourceError("too_many_rows", format_lazy(text, limit=MAX_CSV_ROWS))
            if index < start:
                continue
            cells = [_cell(record or {}, place) for place in self._places]
            problem = cell_fault(cells, self.columns, number)
            if record is None:
                problem = SourceError("json", _("The line is not one whole JSON object."), number)
            if problem:
                cells = [cell.replace("\0", REPLACEMENT) for cell in cells]
            self.position = index + 1
            self.bytes_read = self._feed.bytes_read if self._feed else 0
            yield Row(index, number, cells, problem)
        self.bytes_read = self.total_hint


def _object(line: str) -> dict[str, Any] | None:
    try:
        found = None if BROKEN in line else orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(found, dict):
        return None
    if "id" in found and "object" in found:
        return {key: value for key, value in found.items() if key not in _OWN}
    return found


def _parts_of(value: Any) -> Mapping[str, str]:
    """The parts that a list's entries have columns for: contact points and addresses."""
    if not isinstance(value, list) or not value or not all(isinstance(item, dict) for item in value):
        return {}
    if all("value" in item for item in value):
        return _POINT_PARTS
    return _ADDRESS_PARTS if all(set(item) <= set(_ADDRESS_PARTS) for item in value) else {}


def _heading(place: Place) -> str:
    key, number, part = place
    return f"{key} {number + 1} - {(_POINT_PARTS | _ADDRESS_PARTS)[part]}" if part else key


def _cell(record: dict[str, Any], place: Place) -> str:
    key, number, part = place
    value = record.get(key)
    if not part:
        return json_text(value)
    if not isinstance(value, list) or number >= len(value) or not isinstance(value[number], dict):
        return ""
    return json_text(value[number].get(part))


def json_text(value: Any) -> str:
    """One value as a cell: amounts with their currency, linked records by title, lists with commas between."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        if set(value) == {"amount", "currency"}:
            return f"{value['amount']} {value['currency']}"
        if "title" in value:
            return json_text(value["title"])
    if isinstance(value, list):
        if value and all(isinstance(item, dict) and "title" in item for item in value):
            return "; ".join(json_text(item["title"]) for item in value)
        if all(isinstance(item, str) for item in value):
            return tags_text(value)
    return to_text(value) if isinstance(value, int | float) else orjson.dumps(value).decode()

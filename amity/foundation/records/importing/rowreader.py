"""Turns raw rows into raw values by field, compiled once for a mapping."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from amity.foundation.records.importing.guess import EMPTY_DATES
from amity.foundation.records.importing.mapping import ColumnProposal, Proposal

Fill = Callable[[list[str], dict[str, Any]], None]
MULTI = " ::: "
_SEPARATED = re.compile(r"\s:::\s|[;,\n|]")
# Contacts that every Google account has in its own groups; they say nothing.
_NO_TAGS = frozenset({"mycontacts", "starred", "* mycontacts"})
_LABELS = {
    "cell": "mobile", "business": "work", "office": "work", "mobile": "mobile", "work": "work",
    "home": "home",
    "other": "other", "fax": "fax", "main": "main", "work fax": "work fax", "home fax": "home fax",
    "pager": "pager",
    "cell voice": "mobile", "work voice": "work", "home voice": "home", "voice": "",
    "fax work": "work fax", "fax home": "home fax", "work cell": "work mobile",
}  # fmt: skip


class RowReader:
    """Takes one row's cells to a dict. Its result holds only fields that have a value:

    plain fields → stripped text; contact points → `[{"value", "label"}]`, the primary first; addresses →
    `[{part: text, …, "label"}]`; tags → list of names. Nothing is checked or normalised here.

    `plain` lists `(place, field)` of single columns of text, `composed` reads all the other fields.
    """

    def __init__(self, proposal: Proposal) -> None:
        self.plain: list[tuple[int, str]] = []
        self.composed_keys: list[str] = []
        self._fills: list[Fill] = []
        seen: dict[str, list[tuple[int, ColumnProposal]]] = {}
        for place, column in enumerate(proposal.columns):
            if column.action != "skip" and column.target:
                seen.setdefault(column.target, []).append((place, column))
        for target, columns in seen.items():
            if len(columns) == 1 and columns[0][1].part == "" and not columns[0][1].clean:
                self.plain.append((columns[0][0], target))
            else:
                self.composed_keys.append(target)
                self._fills.append(_fill_of(target, columns))

    def __call__(self, cells: list[str]) -> dict[str, Any]:
        values = {target: cells[place].strip() for place, target in self.plain if cells[place].strip()}
        return values | self.composed(cells)

    def composed(self, cells: list[str]) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for fill in self._fills:
            fill(cells, values)
        return values


def _fill_of(target: str, columns: list[tuple[int, ColumnProposal]]) -> Fill:
    parts = {column.part for _place, column in columns}
    if parts == {""}:
        return _joined(target, columns)
    if parts <= {"value", "label"}:
        return _points(target, columns)
    if parts == {"item"}:
        return _tags(target, [place for place, _column in columns])
    return _addresses(target, columns)


def _joined(target: str, columns: list[tuple[int, ColumnProposal]]) -> Fill:
    sources = tuple((place, column.clean) for place, column in columns)

    def fill(cells: list[str], values: dict[str, Any]) -> None:
        texts = []
        for place, clean in sources:
            text = cells[place].strip()
            if clean == "reference":
                text = text.rpartition("::::")[2].strip()
            if text and not (clean == "date" and text in EMPTY_DATES):
                texts.append(text)
        if texts:
            values[target] = texts[0] if len(texts) == 1 else "\n".join(texts)

    return fill


def _groups(columns: list[tuple[int, ColumnProposal]]) -> dict[str, list[tuple[int, ColumnProposal]]]:
    """Columns that make one value; those without a group stand alone, or by label for addresses."""
    groups: dict[str, list[tuple[int, ColumnProposal]]] = {}
    for place, column in columns:
        alone = f"\0{place}" if column.part == "value" else f"\0{column.label}"
        groups.setdefault(column.group or alone, []).append((place, column))
    return groups


def _points(target: str, columns: list[tuple[int, ColumnProposal]]) -> Fill:
    sources: list[tuple[int, int, str]] = []
    for members in _groups(columns).values():
        label_place = next((place for place, column in members if column.part == "label"), -1)
        sources += [(place, label_place, column.label) for place, column in members if column.part == "value"]
    fixed = tuple(sources)

    def fill(cells: list[str], values: dict[str, Any]) -> None:
        points: list[dict[str, str]] = []
        for place, label_place, label in fixed:
            cell = cells[place]
            if cell and (cell := cell.strip()):
                _add_points(points, cell, cells[label_place] if label_place >= 0 else label)
        if points:
            values[target] = points

    return fill


def _add_points(points: list[dict[str, str]], cell: str, label: str) -> None:
    """One cell may hold several values; a label with a leading star marks the primary one."""
    if not _SEPARATED.search(cell) and label[:1] != "*":
        points.append({"value": cell, "label": clean_label(label)})
        return
    labels = label.split(MULTI)
    first: list[dict[str, str]] = []
    values = [value.strip() for value in _SEPARATED.split(cell)]
    for place, value in enumerate(filter(None, values)):
        own = labels[place] if place < len(labels) else labels[0]
        goes_to = first if own.startswith("*") else points
        goes_to.append({"value": value, "label": clean_label(own)})
    points[:0] = first


def clean_label(label: str) -> str:
    if not label:
        return ""
    text = label.removeprefix("*").strip()
    return _LABELS.get(text.lower(), text)


def _addresses(target: str, columns: list[tuple[int, ColumnProposal]]) -> Fill:
    groups = []
    for members in _groups(columns).values():
        label_place = next((place for place, column in members if column.part == "label"), -1)
        parts = tuple((place, column.part) for place, column in members if column.part != "label")
        groups.append((parts, label_place, members[0][1].label))
    fixed = tuple(groups)

    def fill(cells: list[str], values: dict[str, Any]) -> None:
        addresses: list[dict[str, str]] = []
        for parts, label_place, label in fixed:
            address: dict[str, str] = {}
            for place, part in parts:
                cell = cells[place]
                if cell and (cell := cell.strip()):
                    address[part] = f"{address[part]}\n{cell}" if part in address else cell
            if address:
                own = cells[label_place] if label_place >= 0 else label
                address["label"] = clean_label(own)
                addresses.insert(0 if own[:1] == "*" else len(addresses), address)
        if addresses:
            values[target] = addresses

    return fill


def _tags(target: str, places: list[int]) -> Fill:
    def fill(cells: list[str], values: dict[str, Any]) -> None:
        tags: list[str] = []
        for place in places:
            cell = cells[place]
            if cell:
                pieces = cell.split(MULTI) if MULTI in cell else re.split(r"[;,|\n]", cell)
                names = [piece.strip().removeprefix("* ").strip() for piece in pieces]
                tags += [name for name in names if name and name.lower() not in _NO_TAGS]
        if tags:
            values[target] = list(dict.fromkeys(tags))

    return fill

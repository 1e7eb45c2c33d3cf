"""Records of any object as what is compared of them, read in one pass past the models: a million take seconds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import orjson
from django.db import connection

from amity.engines.quality.matching import Entry
from amity.foundation.core.text import fold
from amity.foundation.records.spec import Field, ObjectSpec

STEP = 5000
Get = Callable[[Any], Any]


def entries_of(spec: ObjectSpec, workspace_id: int) -> list[Entry]:
    """Every live record of the object, whoever may see it, oldest first."""
    names, make = _maker(spec)
    columns = ", ".join(f'"{name}"' for name in names)
    sql = (
        f'SELECT {columns} FROM "{spec.model._meta.db_table}" WHERE workspace_id = %s AND deleted_at IS NULL'  # noqa: S608
    )
    parameters: list[Any] = [workspace_id]
    if spec.custom:
        sql += " AND object_type_id = %s"
        parameters.append(spec.type_id)
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        found = [make(row) for row in _rows(cursor)]
    return sorted(found, key=lambda entry: entry.id)


def _rows(cursor: Any) -> Iterator[tuple[Any, ...]]:
    while rows := cursor.fetchmany(STEP):
        yield from rows


def _maker(spec: ObjectSpec) -> tuple[list[str], Callable[[tuple[Any, ...]], Entry]]:
    """Columns to read, and what makes an entry of a row of them."""
    names = ["id", "title_key"]
    emails, phones = _getters(spec, names, "email"), _getters(spec, names, "phone")
    places, dates = _getters(spec, names, "address")[:1], _getters(spec, names, "date")[:1]
    linked = next((item for item in spec.live_fields if item.target and item.column), None)
    if linked:
        names.append(linked.column)
    at = {name: place for place, name in enumerate(names)}

    def value(row: tuple[Any, ...], column: str, key: str) -> Any:
        found = row[at[column]]
        if isinstance(found, str) and found[:1] in "[{":
            found = orjson.loads(found)
        return (found or {}).get(key) if key else found

    def make(row: tuple[Any, ...]) -> Entry:
        entry = Entry(row[0], _name(row[1]))
        entry.email = _points(value(row, *place) for place in emails)
        entry.phone = _points(value(row, *place) for place in phones)
        entry.place = _place(next((found for place in places if (found := value(row, *place))), None))
        entry.birthday = str(next((found for place in dates if (found := value(row, *place))), "") or "")[:10]
        entry.company = str(row[at[linked.column]] or "") if linked else ""
        return entry

    return names, make


def _getters(spec: ObjectSpec, names: list[str], kind: str) -> list[tuple[str, str]]:
    """Column and key inside it of each field of a type; `names` grows by the columns."""
    found = []
    for item in spec.live_fields:
        if item.type.name == kind and item.stored:
            column, key = _stored_in(item)
            found.append((column, key))
            if column not in names:
                names.append(column)
    return found


def _stored_in(item: Field) -> tuple[str, str]:
    return (item.column, "") if item.column else ("custom", item.key)


def _name(title_key: str) -> str:
    """Words without stops; nothing for those who are called by an e-mail address or a number only."""
    if "@" in title_key or not any(sign.isalpha() for sign in title_key):
        return ""
    return " ".join(title_key.replace(".", " ").replace(",", " ").split())


def _points(lists: Iterator[Any]) -> str:
    return " ".join(
        point["normal"] for points in lists for point in points or () if " " not in point["normal"]
    )


def _place(addresses: Any) -> str:
    if not addresses:
        return ""
    first = addresses[0]
    return fold(f"{first.get('postal_code', '')} {first.get('city', '')} {first.get('street', '')}")

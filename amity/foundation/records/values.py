"""Reading canonical values out of rows: the only place that knows columns from JSON from links."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.db import connection

from amity.foundation.accounts.models import Team, User
from amity.foundation.records.access import visible_among
from amity.foundation.records.context import Context
from amity.foundation.records.database import OneOf, among, as_set
from amity.foundation.records.models import Consent, StoredFile
from amity.foundation.records.objects import specs_for
from amity.foundation.records.spec import Field, ObjectSpec, Values

LINKS = """
SELECT id, 'from', relation_id, from_id, to_id FROM records_link
WHERE workspace_id = %s AND from_id {among} AND relation_id {among}
UNION ALL SELECT id, 'to', relation_id, to_id, from_id FROM records_link
WHERE workspace_id = %s AND to_id {among} AND relation_id {among}
"""
BASE_COLUMNS = ("id", "title", "owner_id", "version", "updated_at")


class Row:
    """One record of a list: canonical `values` by field key, `titles` of what it links to."""

    __slots__ = ("id", "links", "owner_id", "title", "updated_at", "values", "version")

    def __init__(self, base: Sequence[Any], values: Values) -> None:
        self.id, self.title, self.owner_id, self.version, self.updated_at = base
        self.values = values
        self.links: dict[str, list[LinkedRecord]] = {}


class LinkedRecord:
    """The far end of a link. Not visible: id 0 and no title; never counted, never named."""

    __slots__ = ("id", "object_key", "title")

    def __init__(self, object_key: str, record_id: int, title: str) -> None:
        self.object_key, self.id, self.title = object_key, record_id, title

    @property
    def visible(self) -> bool:
        return self.id != 0


def row_columns(spec: ObjectSpec, fields: Iterable[Field]) -> list[str]:
    """Model attributes to fetch for these fields."""
    fields = list(fields)
    own = [item.column for item in fields if item.column and item.column not in BASE_COLUMNS]
    custom = ["custom"] if any(item.custom and item.stored for item in fields) else []
    return list(dict.fromkeys([*BASE_COLUMNS, *own, *custom]))


def reader(fields: Sequence[Field], names: Sequence[str]) -> Callable[[Sequence[Any]], Row]:
    """Makes Rows of fetched columns: `names` are those of `row_columns`. Worked out once for all rows."""
    place = {name: index for index, name in enumerate(names)}
    columns = [
        (item.key, place[item.column], item.type.from_column)
        for item in fields
        if item.column and item.stored
    ]
    customs = [item.key for item in fields if item.stored and not item.column]
    custom = place.get("custom")

    def read(raw: Sequence[Any]) -> Row:
        values = {key: turn(raw[index]) for key, index, turn in columns}
        if custom is not None:
            own = raw[custom] or {}
            values.update({key: own.get(key) for key in customs})
        return Row(raw[:5], values)

    return read


def read_record(spec: ObjectSpec, record: Any) -> Values:
    """Every stored value of a loaded record, canonical."""
    custom = record.custom
    return {
        item.key: item.type.from_column(getattr(record, item.column)) if item.column else custom.get(item.key)
        for item in spec.fields
        if item.stored
    }


def row_of(spec: ObjectSpec, record: Any, context: Context, fields: Iterable[Field] | None = None) -> Row:
    """A loaded record as a Row with its links."""
    base = (record.pk, record.title, record.owner_id, record.version, record.updated_at)
    row = Row(base, read_record(spec, record))
    load_links(spec, tuple(fields) if fields is not None else spec.live_fields, [row], context)
    return row


def load_links(spec: ObjectSpec, fields: Iterable[Field], rows: Sequence[Row], context: Context) -> None:
    """Fill `values` and `links` of link fields: one statement for all relations, one per target object.

    And the state of consents, in one statement for all of them.
    """
    load_consents(spec, fields := tuple(fields), rows, context)
    wanted = [item for item in fields if item.target and not item.archived]
    if not wanted or not rows:
        return
    ids_by_field = {item.key: _column_ids(item, rows) for item in wanted if item.column}
    ids_by_field |= _relation_ids([item for item in wanted if not item.column], rows, context)
    titles = _titles(wanted, ids_by_field, context)
    for item in wanted:
        _fill(item, rows, ids_by_field[item.key], titles[item.target])


def load_consents(spec: ObjectSpec, fields: Sequence[Field], rows: Sequence[Row], context: Context) -> None:
    """Fill in who agreed to what; where several words stand side by side, a withdrawn one wins."""
    wanted = {item.settings["purpose"]: item.key for item in fields if item.type.name == "consent"}
    by_id = {row.id: row.values for row in rows}
    if not wanted or not by_id:
        return
    for values in by_id.values():
        values.update(dict.fromkeys(wanted.values()))
    found = Consent.unscoped.filter(
        OneOf("record_id", by_id), workspace_id=context.workspace_id, object_type_id=spec.type_id,
        current=True, purpose_id__in=wanted, verdict__in=("given", "withdrawn"),
    ).values_list("record_id", "purpose_id", "verdict")  # fmt: skip
    for record_id, purpose_id, verdict in sorted(found, key=lambda one: one[2] == "withdrawn"):
        by_id[record_id][wanted[purpose_id]] = verdict


def _fill(item: Field, rows: Sequence[Row], ids_by_row: dict[int, list[int]], known: dict[int, str]) -> None:
    for row in rows:
        ids = ids_by_row.get(row.id, ())
        row.links[item.key] = [LinkedRecord(item.target, *_seen(known, one)) for one in ids]
        if not item.column:
            seen = [one for one in ids if one in known]
            row.values[item.key] = (seen or None) if item.many else (seen[0] if seen else None)
        elif row.values.get(item.key) not in known:
            row.values[item.key] = None


def _seen(known: dict[int, str], record_id: int) -> tuple[int, str]:
    return (record_id, known[record_id]) if record_id in known else (0, "")


def _column_ids(field: Field, rows: Sequence[Row]) -> dict[int, list[int]]:
    pairs = ((row.id, row.values.get(field.key)) for row in rows)
    return {record_id: [target] for record_id, target in pairs if target}


def _relation_ids(
    fields: Sequence[Field], rows: Sequence[Row], context: Context
) -> dict[str, dict[int, list[int]]]:
    """Linked ids by field and record. A relation's two ends may both be fields of the object."""
    found: dict[str, dict[int, list[int]]] = {field.key: {} for field in fields}
    if not fields:
        return found
    for _id, end, relation_id, here, there in sorted(_link_rows(fields, rows, context)):
        for field in fields:
            if field.relation_id == relation_id and field.end == end:
                found[field.key].setdefault(here, []).append(there)
    return found


def _link_rows(fields: Sequence[Field], rows: Sequence[Row], context: Context) -> list[tuple[Any, ...]]:
    """`(id, end, relation, here, there)`, in SQL because every list and record asks for it.

    Not sorted there: sorting by id would lure SQLite away from the index.
    """
    parameters: list[Any] = []
    for end in ("from", "to"):
        relations = [field.relation_id for field in fields if field.end == end]
        parameters += [context.workspace_id, as_set([row.id for row in rows]), as_set(relations)]
    with connection.cursor() as cursor:
        cursor.execute(LINKS.format(among=among()), parameters)
        return list(cursor.fetchall())


def _titles(
    fields: Sequence[Field], ids_by_field: dict[str, dict[int, list[int]]], context: Context
) -> dict[str, dict[int, str]]:
    """Titles of the linked records one may see, by object."""
    wanted: dict[str, set[int]] = {}
    for field in fields:
        bucket = wanted.setdefault(field.target, set())
        for ids in ids_by_field[field.key].values():
            bucket.update(ids)
    specs = specs_for(context.actor)
    found: dict[str, dict[int, str]] = {}
    for key, targets in wanted.items():
        target = specs.get(key)
        known = target is not None and target.enabled and bool(targets)
        rows = visible_among(target, context.actor, targets) if target and known else None
        found[key] = dict(rows.values_list("pk", "title")) if rows is not None else {}
    return found


def user_names(workspace_id: int, ids: Iterable[int | None]) -> dict[int, str]:
    wanted = {item for item in ids if item}
    rows = User.objects.filter(pk__in=wanted, memberships__workspace_id=workspace_id)
    return {user.pk: str(user) for user in rows.only("id", "name", "email")} if wanted else {}


def team_names(workspace_id: int, ids: Iterable[int | None]) -> dict[int, str]:
    wanted = {item for item in ids if item}
    return (
        dict(Team.unscoped.filter(workspace_id=workspace_id, pk__in=wanted).values_list("pk", "name"))
        if wanted
        else {}
    )


def file_names(workspace_id: int, ids: Iterable[int | None]) -> dict[int, str]:
    wanted = {item for item in ids if item}
    rows = StoredFile.unscoped.filter(workspace_id=workspace_id, pk__in=wanted, deleted_at=None)
    return dict(rows.values_list("pk", "name")) if wanted else {}

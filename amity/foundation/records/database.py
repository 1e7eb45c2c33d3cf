"""What we add to the databases: one folding function, JSON accessors, set inserts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import chain
from typing import Any

import orjson
from django.core.exceptions import EmptyResultSet
from django.db import connection, models
from django.db.backends.signals import connection_created
from django.db.models import BigIntegerField, BooleanField, FloatField, Func, TextField

from amity.foundation.core import row_security
from amity.foundation.core.text import fold

FEW = 10  # rows; from there on COPY is the faster
GROUP = 200
SQLITE_PARAMETERS = 32_000  # of one statement


def _add_fold(connection: Any, **_kwargs: Any) -> None:
    if connection.vendor == "sqlite":
        connection.connection.create_function("amity_fold", 1, _fold_or_none, deterministic=True)


def _fold_or_none(text: Any) -> str | None:
    return None if text is None else fold(str(text))


connection_created.connect(_add_fold, dispatch_uid="amity_fold")


class Json(models.JSONField):
    """JSON kept as written (no \\u escapes, so that text inside can be searched), read and written by orjson."""

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if connection.vendor == "postgresql" or hasattr(value, "as_sql"):
            return super().get_db_prep_value(value, connection, prepared)
        return None if value is None else dump_json(value)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return orjson.loads(value) if isinstance(value, str | bytes) else value

    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()
        return name, "amity.foundation.records.database.Json", args, kwargs


def dump_json(value: Any) -> str:
    return orjson.dumps(value).decode()


class Fold(Func):
    """Folded text inside the database; `amity_fold` is ours on both (a migration makes it on PostgreSQL)."""

    function = "amity_fold"
    output_field = TextField()


class JsonText(Func):
    """`custom ->> key`, written so that it is one call; Django's own transform makes two on SQLite."""

    function = "JSON_EXTRACT"
    output_field: Any = TextField()

    def __init__(self, column: str, key: str, **extra: Any) -> None:
        super().__init__(models.F(column), **extra)
        self.key = key

    def as_sqlite(self, compiler: Any, connection: Any, **_context: Any) -> Any:
        sql, params = compiler.compile(self.source_expressions[0])
        return f"JSON_EXTRACT({sql}, %s)", [*params, f'$."{self.key}"']

    def as_postgresql(self, compiler: Any, connection: Any, **_context: Any) -> Any:
        sql, params = compiler.compile(self.source_expressions[0])
        return f"({sql} ->> %s)", [*params, self.key]


class JsonInstant(JsonText):
    """An instant without its Z, which would sort behind the fraction of a second."""

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        sql, params = super().as_sqlite(compiler, connection, **context)
        return f"RTRIM({sql}, 'Z')", params

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        sql, params = super().as_postgresql(compiler, connection, **context)
        return f"RTRIM({sql}, 'Z')", params


class JsonNumber(JsonText):
    output_field = FloatField()

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        sql, params = super().as_postgresql(compiler, connection, **context)
        return f"({sql})::double precision", params


class JsonPathText(JsonText):
    """A text one level deeper, as the currency of a money value."""

    def __init__(self, column: str, key: str, inner: str, **extra: Any) -> None:
        super().__init__(column, key, **extra)
        self.inner = inner

    def as_sqlite(self, compiler: Any, connection: Any, **_context: Any) -> Any:
        sql, params = compiler.compile(self.source_expressions[0])
        return f"JSON_EXTRACT({sql}, %s)", [*params, f'$."{self.key}"."{self.inner}"']

    def as_postgresql(self, compiler: Any, connection: Any, **_context: Any) -> Any:
        sql, params = compiler.compile(self.source_expressions[0])
        return f"({sql} -> %s ->> %s)", [*params, self.key, self.inner]


class JsonPathNumber(JsonPathText):
    """A number one level deeper, as the amount of a money value."""

    output_field = FloatField()

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        sql, params = super().as_postgresql(compiler, connection, **context)
        return f"({sql})::double precision", params


class OneOf(Func):
    """`expression IN (…)` for a whole set at the price of one parameter; both databases use the index."""

    output_field = BooleanField()

    def __init__(self, expression: Any, values: Iterable[Any], **extra: Any) -> None:
        super().__init__(expression, **extra)
        self.values = list(values)

    def as_sqlite(self, compiler: Any, connection: Any, **_context: Any) -> Any:
        sql, params = compiler.compile(self.source_expressions[0])
        return f"{sql} IN (SELECT value FROM json_each(%s))", [*params, dump_json(self.values)]  # noqa: S608

    def as_postgresql(self, compiler: Any, connection: Any, **_context: Any) -> Any:
        sql, params = compiler.compile(self.source_expressions[0])
        return f"{sql} = ANY(%s)", [*params, self.values]


def among() -> str:
    """SQL after a column: in a set that is one parameter, made by `as_set`."""
    return "= ANY(%s)" if connection.vendor == "postgresql" else "IN (SELECT value FROM json_each(%s))"


def as_set(values: Iterable[Any]) -> Any:
    return list(values) if connection.vendor == "postgresql" else dump_json(list(values))


def first_ids(sets: Iterable[models.QuerySet[Any]]) -> list[int]:
    """The ids of several sorted and cut querysets in one statement, so that each can use the index that serves it."""
    parts: list[str] = []
    parameters: list[Any] = []
    for rows in sets:
        try:
            sql, given = rows.values_list("pk").query.get_compiler(connection=connection).as_sql()
        except EmptyResultSet:  # nobody's records are in sight
            continue
        parts.append(f"SELECT * FROM ({sql}) AS g{len(parts)}")  # noqa: S608  compiled by Django
        parameters += given
    if not parts:
        return []
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), parameters)
        return [row[0] for row in cursor.fetchall()]


class Unindexed(Func):
    """A column that SQLite may not choose an index by.

    Without statistics it takes a workspace, or a relation, for ten rows and walks all of it rather than look
    up a few ids.
    """

    output_field = BigIntegerField()

    def as_sqlite(self, compiler: Any, connection: Any, **_context: Any) -> Any:
        sql, params = compiler.compile(self.source_expressions[0])
        return f"+{sql}", params

    def as_postgresql(self, compiler: Any, connection: Any, **_context: Any) -> Any:
        sql, params = compiler.compile(self.source_expressions[0])
        return sql, params


class PairIn(Func):
    """`(a, b) IN (VALUES …)`, which uses an index on both; Django spells it as ORs on SQLite, too deep for 1,000."""

    output_field = BooleanField()

    def __init__(self, first: str, second: str, pairs: Sequence[tuple[Any, Any]], **extra: Any) -> None:
        super().__init__(models.F(first), models.F(second), **extra)
        self.pairs = tuple(pairs)

    def as_sql(self, compiler: Any, connection: Any, *_args: Any, **_context: Any) -> Any:
        (first, one), (second, two) = (compiler.compile(item) for item in self.source_expressions)
        marks = ", ".join(["(%s, %s)"] * len(self.pairs))
        values = [value for pair in self.pairs for value in pair]
        return f"({first}, {second}) IN (VALUES {marks})", [*one, *two, *values]


class AddressHolds(Func):
    """Whether any part of any address of a JSON list holds a folded word. The parts' names do not count.

    `key` names the list inside a JSON object; empty when the column is the list.
    """

    output_field = BooleanField()

    def __init__(self, column: str, key: str, word: str, **extra: Any) -> None:
        super().__init__(models.F(column), **extra)
        self.key, self.word = key, word

    def as_sqlite(self, compiler: Any, connection: Any, **_context: Any) -> Any:
        sql, params = compiler.compile(self.source_expressions[0])
        path = f'$."{self.key}"' if self.key else "$"
        test = "atom IS NOT NULL AND instr(amity_fold(atom), %s) > 0"
        return f"EXISTS(SELECT 1 FROM json_tree({sql}, %s) WHERE {test})", [*params, path, self.word]  # noqa: S608

    def as_postgresql(self, compiler: Any, connection: Any, **_context: Any) -> Any:
        sql, params = compiler.compile(self.source_expressions[0])
        if self.key:
            sql, params = f"({sql} -> %s)", [*params, self.key]
        parts = f"jsonb_array_elements({sql}) AS address, jsonb_each_text(address) AS part"
        test = "position(%s in amity_fold(part.value)) > 0"
        return f"EXISTS(SELECT 1 FROM {parts} WHERE {test})", [*params, self.word]  # noqa: S608


@contextmanager
def room_for_much() -> Iterator[None]:
    """For a long run of writes on SQLite: 64 MB of pages in memory, and a WAL of 128 MB before it is written back."""
    if connection.vendor == "sqlite":
        _set_room(cache=-64_000, pages=32_000)
    try:
        yield
    finally:
        if connection.vendor == "sqlite":
            _set_room(cache=-8000, pages=1000)


def _set_room(*, cache: int, pages: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA cache_size={cache}")
        cursor.execute(f"PRAGMA wal_autocheckpoint={pages}")


def load_row(model: type[models.Model], where: str, parameters: Sequence[Any]) -> Any:
    """One whole row as an instance, or None. Building a query of so many columns takes longer than asking it."""
    fields, table = model._meta.concrete_fields, model._meta.db_table
    names = ", ".join(f'"{item.column}"' for item in fields)
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT {names} FROM "{table}" WHERE {where}', parameters)  # noqa: S608
        row = cursor.fetchone()
    if row is None:
        return None
    values = list(row)
    for place, column, convert in _converters(model):
        values[place] = convert(values[place], column, connection)
    return model.from_db(connection.alias, [item.attname for item in fields], values)


@cache
def _converters(model: type[models.Model]) -> list[tuple[int, Any, Any]]:
    """What makes model values of columns: place, column and converter."""
    columns = enumerate(item.get_col(model._meta.db_table) for item in model._meta.concrete_fields)
    return [
        (place, column, convert)
        for place, column in columns
        for convert in (*connection.ops.get_db_converters(column), *column.get_db_converters(connection))
    ]


@contextmanager
def together(count: int) -> Iterator[None]:
    """Writes of a few records go to PostgreSQL in one round trip. Their errors may come as late as at the end."""
    if connection.vendor != "postgresql" or count > FEW:
        yield
        return
    connection.ensure_connection()
    with connection.wrap_database_errors, connection.connection.pipeline():
        yield


def _may_copy() -> bool:
    """COPY exists on PostgreSQL only, and not inside a pipeline."""
    return connection.vendor == "postgresql" and not connection.connection.pgconn.pipeline_status


def next_ids(model: type[models.Model], count: int) -> list[int]:
    """Reserve primary keys inside the current write transaction."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(name) FROM pg_get_serial_sequence(%s, 'id') AS name, generate_series(1, %s)",
                [table, count],
            )
            return [row[0] for row in cursor.fetchall()]
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        row = cursor.fetchone()
        start = (row[0] if row else 0) + 1
    return list(range(start, start + count))


def insert_rows(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert prepared values: many rows a statement, and COPY for more than that on PostgreSQL.

    Column names come from our models, never from input; values are already in database form.
    """
    names = ", ".join(f'"{name}"' for name in columns)
    table, rows = model._meta.db_table, list(rows)
    with connection.cursor() as cursor:
        if len(rows) > FEW and _may_copy():
            _copy_in(cursor, table, names, rows)
        else:
            _insert_groups(cursor, f'INSERT INTO "{table}" ({names}) VALUES', len(columns), rows)


def _insert_groups(cursor: Any, statement: str, width: int, rows: Sequence[Sequence[Any]]) -> None:
    """SQLite opens every index of the table anew for each statement: several rows in one cost half."""
    size = min(GROUP, SQLITE_PARAMETERS // width)
    marks = f"({', '.join(['%s'] * width)})"
    for start in range(0, len(rows), size):
        group = rows[start : start + size]
        cursor.execute(f"{statement} {', '.join([marks] * len(group))}", list(chain.from_iterable(group)))


def _copy(cursor: Any, statement: str, rows: Iterable[Sequence[Any]]) -> None:
    with connection.wrap_database_errors, cursor.copy(statement) as copy:  # Django wraps no COPY by itself
        for row in rows:
            copy.write_row(row)


def _copy_in(cursor: Any, table: str, names: str, rows: Sequence[Sequence[Any]]) -> None:
    """Row security refuses COPY: then it goes into a table of this session first."""
    if not row_security.on():
        _copy(cursor, f'COPY "{table}" ({names}) FROM STDIN', rows)
        return
    cursor.execute(
        f'CREATE TEMP TABLE amity_rows ON COMMIT DROP AS SELECT {names} FROM "{table}" WITH NO DATA'  # noqa: S608
    )
    _copy(cursor, "COPY amity_rows FROM STDIN", rows)
    cursor.execute(f'INSERT INTO "{table}" ({names}) SELECT * FROM amity_rows')  # noqa: S608
    cursor.execute("DROP TABLE amity_rows")


def update_rows(model: type[models.Model], columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Set `columns` on many rows; each row is `(*values, id)` in database form."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if len(rows) == 1:
            cursor.execute(_update(table, columns), rows[0])
        elif connection.vendor == "postgresql":
            arrays = [_of_one_type(column) for column in zip(*rows, strict=True)]
            cursor.execute(_update_from_arrays(model, columns), arrays)
        else:
            cursor.executemany(_update(table, columns), list(rows))


def _of_one_type(column: Sequence[Any]) -> list[Any]:
    """A column as an array: whole numbers among others become like them, for arrays of both are refused."""
    if {int, float} <= {type(value) for value in column}:
        return [float(value) if type(value) is int else value for value in column]
    return list(column)


def _update(table: str, columns: Sequence[str]) -> str:
    sets = ", ".join(f'"{name}" = %s' for name in columns)
    return f'UPDATE "{table}" SET {sets} WHERE "id" = %s'  # noqa: S608


def _update_from_arrays(model: type[models.Model], columns: Sequence[str]) -> str:
    """One statement for all rows, with a parameter per column."""
    table, names = model._meta.db_table, [*columns, "id"]
    sets = ", ".join(f'"{name}" = new."{name}"' for name in columns)
    arrays = ", ".join(f"%s::{model._meta.get_field(name).db_type(connection)}[]" for name in names)
    quoted = ", ".join(f'"{name}"' for name in names)
    return (
        f'UPDATE "{table}" SET {sets} FROM unnest({arrays}) AS new({quoted}) WHERE "{table}"."id" = new."id"'  # noqa: S608
    )

"""From the raw texts of a set of rows to canonical values: a column at a time, by one compiled function each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from amity.foundation.core.countries import country_code
from amity.foundation.core.errors import FieldError
from amity.foundation.records.context import Context
from amity.foundation.records.fieldtypes import BadValue
from amity.foundation.records.fieldtypes.base import is_plain
from amity.foundation.records.importing.rowreader import RowReader
from amity.foundation.records.importing.source import MAX_CELL
from amity.foundation.records.spec import Field, ObjectSpec, Values

Convert = Callable[[Any], Any]


@dataclass(slots=True)
class Converted:
    """One row: canonical `values`, what must still be looked up (`names` by field), and what is wrong."""

    number: int
    cells: list[str]
    values: Values = field(default_factory=dict)
    names: dict[str, list[str]] = field(default_factory=dict)
    errors: list[FieldError] = field(default_factory=list)


class Converter:
    """Converts rows for one spec and language. `drop_bad` leaves unreadable values out instead of refusing."""

    def __init__(
        self, spec: ObjectSpec, context: Context, *, drop_bad: bool = False, countries: Sequence[str] = ()
    ) -> None:
        self.drop_bad = drop_bad
        self._phones = {item.key: item for item in spec.writable if item.type.name == "phone"}
        self._address_keys = [item.key for item in spec.writable if item.type.name == "address"]
        self._contexts = {code: replace(context, country=code) for code in (context.country, *countries)}
        self._context = context
        self.unknown_choices: dict[str, dict[str, None]] = {}
        self._named = {
            item.key: item.many for item in spec.writable if item.type.references in ("link", "user", "team")
        }
        plain = [item for item in spec.importable if item.key not in self._named]
        self._converters = {item.key: self._compile(item, context) for item in plain}
        self._limits = {item.key: item.type.plain_limit(item) for item in plain}

    def convert(self, rows: Sequence[Converted], read: RowReader) -> None:
        """Fill in what the rows' cells hold, and what is wrong with it."""
        composed = [read.composed(row.cells) for row in rows]
        for place, key in read.plain:
            self.column(key, rows, [row.cells[place].strip() for row in rows])
        for key in read.composed_keys:
            raws = [raw.get(key, "") for raw in composed]
            if key in self._phones:
                pairs = [(raw, around) if raw else "" for raw, around in zip(raws, composed, strict=True)]
                self._values(key, rows, pairs, partial(self._phone, key))
            else:
                self.column(key, rows, raws)

    def column(self, key: str, rows: Sequence[Converted], raws: Sequence[Any]) -> None:
        """One field of these rows from stripped texts; names are only noted, to be looked up by `References`."""
        if key in self._named:
            self._names(key, rows, raws)
        elif all_plain(raws, self._limits.get(key, 0)):
            for row, raw in zip(rows, raws, strict=True):
                if raw:
                    row.values[key] = raw
        elif key in self._converters:
            self._values(key, rows, raws, self._converters[key])

    def _names(self, key: str, rows: Sequence[Converted], raws: Sequence[Any]) -> None:
        many = self._named[key]
        for row, raw in zip(rows, raws, strict=True):
            if raw:
                row.names[key] = _names(raw, many=many)

    def _values(self, key: str, rows: Sequence[Converted], raws: Sequence[Any], convert: Convert) -> None:
        for row, raw in zip(rows, raws, strict=True):
            if raw:
                try:
                    value = convert(raw)
                except BadValue as error:
                    if not self.drop_bad:
                        row.errors.append(FieldError(key, error.code, str(error.message)))
                    continue
                if value is not None:
                    row.values[key] = value

    def _phone(self, key: str, found: tuple[Any, Values]) -> Any:
        """Numbers without a country code are of the row's own country, else the workspace's, else the file's."""
        text, raws = found
        try:
            country = "" if _is_foreign(text) else self._row_country(raws)
            if country and country != self._context.country:
                here = self._contexts.setdefault(country, replace(self._context, country=country))
                return self._phones[key].type.clean(self._phones[key], text, here)
            return self._converters[key](text)
        except BadValue:
            return self._phone_elsewhere(key, text)

    def _row_country(self, raw: Values) -> str:
        for key in self._address_keys:
            for address in raw.get(key) or ():
                if address.get("country"):
                    return country_code(address["country"]) or ""
        return ""

    def _phone_elsewhere(self, key: str, text: Any) -> Any:
        """Raises BadValue of the workspace's country when no country of the file knows the number."""
        for context in self._contexts.values():
            try:
                return self._phones[key].type.clean(self._phones[key], text, context)
            except BadValue:
                continue
        return self._converters[key](text)

    def _compile(self, item: Field, context: Context) -> Convert:
        convert = item.type.converter(item, context)
        if item.type.name in ("choice", "multi_choice"):
            return self._noting_unknown(item, convert)
        if item.type.name in ("email", "phone") and self.drop_bad:
            return _each_point(item, context)
        return _with_year(convert) if item.type.name == "date" else convert

    def _noting_unknown(self, item: Field, convert: Convert) -> Convert:
        def noting(raw: Any) -> Any:
            try:
                return convert(raw)
            except BadValue:
                texts = raw if isinstance(raw, list) else [raw]
                words = texts if item.type.name == "choice" else [w for t in texts for w in str(t).split(",")]
                self.unknown_choices.setdefault(item.key, {}).update(
                    dict.fromkeys(str(w).strip() for w in words)
                )
                raise

        return noting


def _is_foreign(points: list[dict[str, str]]) -> bool:
    return all(point["value"].startswith("+") for point in points)


def all_plain(texts: Sequence[str], limit: int) -> bool:
    """Whether a whole column can be stored as it is written; `limit` is 0 where texts have to be read."""
    return limit > 0 and max(map(len, texts)) <= limit and is_plain("".join(texts), MAX_CELL * len(texts))


def _with_year(convert: Convert) -> Convert:
    """Address books know birthdays without a year, `--05-19`: no date, but no mistake either."""
    return lambda raw: None if isinstance(raw, str) and raw.startswith("--") else convert(raw)


def _names(text: Any, *, many: bool) -> list[str]:
    """Titles of linked records: one, or several with semicolons or lines between where a record takes several."""
    if isinstance(text, str) and not many:
        return [" ".join(text.split())]
    texts = text if isinstance(text, list) else str(text).replace("\n", ";").split(";")
    return [name for name in (str(item).strip() for item in texts) if name]


def _each_point(item: Field, context: Context) -> Convert:
    """Keep the good ones of several e-mails or phones."""

    def convert(raw: Any) -> Any:
        kept: list[Any] = []
        for point in raw if isinstance(raw, list) else [raw]:
            try:
                kept += item.type.clean(item, point, context) or []
            except BadValue:
                continue
        return kept or None

    return convert

"""Which columns a table has and what stands in them: texts that the importer reads back to the same values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from amity.foundation.core.money import to_decimal_string
from amity.foundation.core.text import fold
from amity.foundation.records.fieldtypes.contact import ADDRESS_PARTS
from amity.foundation.records.spec import Field, ObjectSpec
from amity.foundation.records.values import Row

POINTS = ("email", "phone", "messenger")
MULTI = " ::: "
PART_NAMES = dict(
    zip(
        ADDRESS_PARTS,
        ("Street", "Street 2", "PO Box", "City", "Region", "Postal Code", "Country"),
        strict=True,
    )
)
Cell = str | int | float
Names = Mapping[str, Mapping[int, str]]


@dataclass(frozen=True)
class Column:
    """One column. `of(row)` gives its cell: numbers as numbers, everything else as text."""

    heading: str
    of: Callable[[Row], Cell]


def columns_of(
    spec: ObjectSpec, fields: Sequence[Field], most: Mapping[str, int], names: Names
) -> list[Column]:
    """`most`: how many points or addresses any record has, by field. `names`: of users, teams and files, by kind."""
    found: list[Column] = []
    for field in fields:
        if field.type.name in POINTS:
            found += _point_columns(field, most.get(field.key, 1))
        elif field.type.name == "address":
            found += _address_columns(field, most.get(field.key, 1))
        else:
            found.append(Column(str(field.label), _plain(spec, field, names)))
    return _distinct(found)


def _distinct(columns: list[Column]) -> list[Column]:
    """Headings told apart, so that none is lost when they are read back."""
    seen: dict[str, int] = {}
    done = []
    for column in columns:
        count = seen[fold(column.heading)] = seen.get(fold(column.heading), 0) + 1
        done.append(column if count == 1 else Column(f"{column.heading} ({count})", column.of))
    return done


def _point_columns(field: Field, most: int) -> list[Column]:
    found = []
    for place in range(max(1, most)):
        for part in ("Label", "Value"):
            found.append(
                Column(f"{field.label} {place + 1} - {part}", _in_list(field.key, place, part.lower()))
            )
    return found


def _address_columns(field: Field, most: int) -> list[Column]:
    found = []
    for place in range(max(1, most)):
        for part, name in {"label": "Label", **PART_NAMES}.items():
            found.append(Column(f"{field.label} {place + 1} - {name}", _in_list(field.key, place, part)))
    return found


def _in_list(key: str, place: int, part: str) -> Callable[[Row], Cell]:
    def of(row: Row) -> Cell:
        items = row.values.get(key) or []
        return str(items[place].get(part) or "") if place < len(items) else ""

    return of


def _plain(spec: ObjectSpec, field: Field, names: Names) -> Callable[[Row], Cell]:
    kind = field.type.name
    if field.target:
        return lambda row: "; ".join(end.title for end in row.links.get(field.key, ()) if end.visible)
    if field.type.references:
        known = names.get(field.type.references, {})
        return lambda row: known.get(row.values.get(field.key) or 0, "")
    if spec.make_title and field.key == spec.title_field:
        return lambda row: _own_name(row, field.key)
    if kind == "choice":
        return lambda row: choice_text(field, row.values.get(field.key))
    if kind == "multi_choice":
        return lambda row: ", ".join(choice_text(field, key) for key in row.values.get(field.key) or [])
    if kind == "tags":
        return lambda row: tags_text(row.values.get(field.key))
    return lambda row: cell_text(kind, row.values.get(field.key))


def _own_name(row: Row, key: str) -> str:
    """Nameless people are listed by their e-mail; that is no name of theirs."""
    named = any(row.values.get(part) for part in ("first_name", "last_name"))
    return str(row.values.get(key) or "") if named else ""


def cell_text(kind: str, value: Any) -> Cell:
    """One value in a form every reader understands alike: ISO dates, points in numbers."""
    if value is None:
        return ""
    if kind == "consent":
        return "yes" if value == "given" else "no"
    if kind == "boolean":
        return "yes" if value else "no"
    if kind == "money":
        return f"{to_decimal_string(value['amount'], value['currency'])} {value['currency']}"
    return value if isinstance(value, int | float) else str(value)


def choice_text(field: Field, key: str | None) -> str:
    """The label, or the key where a label is no sure sign of its choice."""
    option = field.option(key) if key else None
    if option is None:
        return key or ""
    label = str(option.label)
    same = sum(
        fold(str(other.label)) == fold(label) or fold(other.key) == fold(label) for other in field.options
    )
    sure = same == 1 or (same == 2 and fold(option.key) == fold(label))
    return label if sure and not set(label) & set(",;") else option.key


def tags_text(tags: Iterable[str] | None) -> str:
    """Names with commas between; with ` ::: ` where a name itself holds a mark that parts are split at."""
    names = list(tags or [])
    if not any(set(name) & set(",;|") for name in names):
        return ", ".join(names)
    return MULTI.join(names if len(names) > 1 else names * 2)

"""One declaration per object: what an ObjectSpec and a Field are. Immutable once built."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.db.models import F
from django.db.models.expressions import Combinable
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from amity.foundation.records.context import Context
    from amity.foundation.records.fieldtypes.base import FieldType
    from amity.foundation.records.formulas.formula import Formula
    from amity.foundation.records.models import Record

Values = dict[str, Any]


@dataclass(frozen=True)
class Option:
    """One choice. `key` never changes; archived ones stay readable but are not offered."""

    key: str
    label: Any
    colour: str = "grey"
    archived: bool = False


@dataclass(frozen=True)
class Condition:
    """A field is shown, or required, only while another one holds one of the values; "" stands for nothing."""

    field: str
    values: frozenset[Any]
    requires: bool = False

    def holds(self, values: Values) -> bool:
        value = values.get(self.field)
        if value is None:
            return "" in self.values
        return not self.values.isdisjoint(value if isinstance(value, list) else [value])


@dataclass(frozen=True, eq=False)
class Field:
    """One field of one object. `column` is the model's attribute, empty for a custom field kept in JSON.

    `sort_column` is a folded companion to sort by; `slot` the indexed copy of a fast custom field.
    `target`, `relation_id`, `end` and `many` are for links. A `read_only` field is shown, never written: by nobody,
    or not by this role (`role_only`). `search` says whether the search index holds it. A computed field is worked out
    by its `formula` whenever its record is written; without one (it cannot be read any more) it keeps its values.
    """

    key: str
    type: FieldType
    label: Any
    column: str = ""
    sort_column: str = ""
    custom: bool = False
    required: bool = False
    unique_slot: str = ""
    slot: str = ""
    default: Any = None
    options: tuple[Option, ...] = ()
    help: Any = ""
    group: Any = ""
    position: int = 0
    target: str = ""
    relation_id: int | None = None
    end: str = ""
    many: bool = False
    read_only: bool = False
    role_only: bool = False
    hidden: bool = False
    archived: bool = False
    search: bool = False
    indexed: bool = False
    when: Condition | None = None
    formula: Formula | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def computed(self) -> bool:
        """Whether the administrator gave it a formula."""
        return "formula" in self.settings

    def shown(self, values: Values) -> bool:
        """Whether a record of these values has use for the field; what it holds is kept either way."""
        return self.when is None or self.when.requires or self.when.holds(values)

    def needed(self, values: Values) -> bool:
        """Whether a record of these values may not leave it empty."""
        if self.when is not None and self.when.requires:
            return self.required or self.when.holds(values)
        return self.required and self.shown(values)

    @cached_property
    def stored(self) -> bool:
        """Whether the value lives in the record's own row (links of the Link table do not)."""
        return bool(self.column) or (self.custom and self.relation_id is None)

    @cached_property
    def sortable(self) -> bool:
        needs_key = self.type.sorts_by_key and not self.custom and not self.sort_column
        return self.type.sortable and self.stored and not needs_key

    @cached_property
    def fast(self) -> bool:
        """Sorting and filtering by it uses an index."""
        return bool(self.slot or self.sort_column or self.indexed)

    @cached_property
    def unique(self) -> bool:
        return bool(self.unique_slot)

    def expression(self) -> Combinable:
        """What compares and sorts this field in SQL: column, slot or JSON accessor. Nobody else knows which."""
        if self.slot:
            return F(self.slot)
        if self.sort_column:
            return F(self.sort_column)
        return F(self.column) if self.column else self.type.json_expression(self)

    def whole(self) -> Combinable:
        """The value itself in SQL, never its indexed key."""
        return F(self.column) if self.column else self.type.json_expression(self)

    def option(self, key: str) -> Option | None:
        return self._options.get(key)

    @cached_property
    def _options(self) -> dict[str, Option]:
        return {option.key: option for option in self.options}

    @cached_property
    def live_options(self) -> tuple[Option, ...]:
        return tuple(option for option in self.options if not option.archived)


@dataclass(frozen=True)
class Reverse:
    """The other side of a foreign key: a company's people."""

    object_key: str
    field_key: str
    label: Any


def _no_prepare(values: Values, current: Values, context: Context) -> Values:
    return values


def _no_derive(values: Values, context: Context) -> Values:
    return {}


@dataclass(frozen=True, eq=False)
class ObjectSpec:
    """Everything the product derives pages, API, import, search and rights from.

    `prepare(values, current, context)` turns convenience values (a full name) into stored ones before cleaning.
    `derive(values, context)` gives extra columns (folded keys) from the whole record. `make_title(values)`
    names the record, of `title_parts` where it is not one field. `identity` lists what
    makes two records alike, strongest first.
    """

    key: str
    model: type[Record]
    label: Any
    plural: Any
    fields: tuple[Field, ...]
    icon: str = "box"
    title_field: str = "name"
    make_title: Callable[[Values], str] | None = None
    title_parts: tuple[str, ...] = ()
    default_columns: tuple[str, ...] = ()
    quick_add: tuple[str, ...] = ()
    default_sort: str = "title"
    board_field: str = ""
    date_field: str = ""
    identity: tuple[str, ...] = ()
    panels: tuple[str, ...] = ()
    reverses: tuple[Reverse, ...] = ()
    prepare: Callable[[Values, Values, Context], Values] = _no_prepare
    derive: Callable[[Values, Context], Values] = _no_derive
    derived_columns: tuple[str, ...] = ()
    custom: bool = False
    enabled: bool = True
    position: int = 0
    type_id: int = 0
    templates: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def by_key(self) -> dict[str, Field]:
        return {item.key: item for item in self.fields}

    @cached_property
    def live_fields(self) -> tuple[Field, ...]:
        """What people see: neither archived nor hidden."""
        return tuple(item for item in self.fields if not item.archived and not item.hidden)

    @cached_property
    def writable(self) -> tuple[Field, ...]:
        return tuple(item for item in self.live_fields if not item.read_only)

    @cached_property
    def consents(self) -> tuple[Field, ...]:
        """What its records can be asked consent for."""
        return tuple(item for item in self.live_fields if item.type.name == "consent")

    @cached_property
    def importable(self) -> tuple[Field, ...]:
        """What columns of a file can be mapped to."""
        return (*self.writable, *(item for item in self.consents if not item.role_only))

    @cached_property
    def search_fields(self) -> tuple[Field, ...]:
        return tuple(item for item in self.fields if item.search and not item.archived)

    @cached_property
    def computed(self) -> tuple[Field, ...]:
        """Fields with a formula, those that others use before them. Circles are refused when a formula is saved."""
        waiting = {item.key: item for item in self.fields if item.formula and not item.archived}
        ordered: dict[str, Field] = {}

        def take(item: Field) -> None:
            waiting.pop(item.key, None)
            for key in sorted(item.formula.inputs if item.formula else ()):
                if key in waiting:
                    take(waiting[key])
            ordered[item.key] = item

        while waiting:
            take(next(iter(waiting.values())))
        return tuple(ordered.values())

    def compute(self, values: Values) -> Values:
        """What the formulas give for a record of these values, by field key."""
        found: Values = {}
        every = dict(values)
        for item in self.computed:
            if item.formula is not None:
                found[item.key] = every[item.key] = item.formula.value(every)
        return found

    def field(self, key: str) -> Field | None:
        return self.by_key.get(key)

    def title_of(self, values: Values) -> str:
        """The record's name in lists; never empty."""
        title = self.make_title(values) if self.make_title else str(values.get(self.title_field) or "")
        return title.strip()[:250] or str(_("(no name)"))

    def with_rows(self, **changes: Any) -> ObjectSpec:
        """A copy as one workspace sees it."""
        return replace(self, **changes)

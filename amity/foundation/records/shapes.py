"""In which shapes an object's records can be shown, and by which of its fields: one data set, five shapes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from amity.foundation.core.errors import Malformed
from amity.foundation.records.spec import Field, ObjectSpec

TABLE, GRID, BOARD, CALENDAR, CHART = "", "grid", "board", "calendar", "chart"
PLAIN = (TABLE, GRID)  # shapes that are made by no field
NO_SUM = "-"


def groups(item: Field) -> bool:
    return item.type.groups and item.stored


def dated(item: Field) -> bool:
    return item.type.dated and item.stored


def adds_up(item: Field) -> bool:
    return item.type.adds_up and item.stored


FITS: Mapping[str, Callable[[Field], bool]] = {
    TABLE: lambda item: False,
    GRID: lambda item: False,
    BOARD: groups,
    CALENDAR: dated,
    CHART: lambda item: groups(item) or dated(item),
}


def fields_for(spec: ObjectSpec, shape: str) -> list[Field]:
    """What a shape can be made by. Raises Malformed for a shape there is not."""
    if shape not in FITS:
        raise Malformed(_("There is no such way to show a list."))
    return [item for item in spec.live_fields if FITS[shape](item)]


def field_for(spec: ObjectSpec, shape: str, key: str = "") -> Field:
    """The field a shape is made by, the object's usual one when none is named. Raises Malformed."""
    fitting = {item.key: item for item in fields_for(spec, shape)}
    if key:
        if key not in fitting:
            raise Malformed(_("This list cannot be shown by “%(key)s”.") % {"key": key[:60]})
        return fitting[key]
    usual = spec.date_field if shape == CALENDAR else spec.board_field
    own = [item for item in fitting.values() if item.type.name == "choice" or shape == CALENDAR]
    found = fitting.get(usual) or next(iter([*own, *fitting.values()]), None)
    if found is None:
        raise Malformed(_("These records cannot be shown this way."))
    return found


def sum_field(spec: ObjectSpec, key: str = "") -> Field | None:
    """What is added up; the first amount of money when nothing is named. Raises Malformed."""
    fitting = {item.key: item for item in spec.live_fields if adds_up(item)}
    if key == NO_SUM:
        return None
    if key:
        if key not in fitting:
            raise Malformed(_("“%(key)s” cannot be added up.") % {"key": key[:60]})
        return fitting[key]
    return next((item for item in fitting.values() if item.type.name == "money"), None)


def sum_fields(spec: ObjectSpec) -> list[Field]:
    return [item for item in spec.live_fields if adds_up(item)]


WIDEST, NARROWEST, MOST_WIDTHS = 900, 48, 60  # pixels of a grid's column; columns


def check_widths(widths: Any) -> None:
    """Raises Malformed unless they are pixels by field key."""
    if not isinstance(widths, dict) or len(widths) > MOST_WIDTHS:
        raise Malformed(_("These column widths cannot be read."))
    for key, width in widths.items():
        if not isinstance(key, str) or type(width) is not int or not NARROWEST <= width <= WIDEST:
            raise Malformed(_("These column widths cannot be read."))


def check_shape(spec: ObjectSpec, config: Mapping[str, Any]) -> None:
    """Raises Malformed when a kept list could not be shown in its shape."""
    if config.get("shape", TABLE) not in PLAIN:
        field_for(spec, config["shape"], config.get("by", ""))
    sum_field(spec, config.get("sum", ""))
    check_widths(config.get("widths", {}))

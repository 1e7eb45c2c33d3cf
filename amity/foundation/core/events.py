"""Typed events: what happened, as a frozen dataclass that survives a trip through JSON.

    @dataclass(frozen=True)
    class DealWon(Event):
        name: ClassVar[str] = "sales.deal_won"
        deal_id: int

Fields hold JSON values, or dates, datetimes and tuples, which come back as what they were.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, ClassVar, get_origin, get_type_hints

_by_name: dict[str, type[Event]] = {}
_loaders_of: dict[type[Event], dict[str, Any]] = {}


class UnknownEvent(LookupError):
    """A stored event that no class reads: its code is gone, or its fields changed."""


@dataclass(frozen=True)
class Event:
    """Base of all events. A subclass has a `name` of its own: it is stored, so never rename it."""

    name: ClassVar[str] = "event"
    workspace_id: int

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        name = cls.__dict__.get("name")
        if not isinstance(name, str):
            raise TypeError(f"{cls.__qualname__} needs a name of its own")
        other = _by_name.get(name)
        if other and (other.__module__, other.__qualname__) != (cls.__module__, cls.__qualname__):
            raise TypeError(f"event {name!r} exists already: {other.__module__}.{other.__qualname__}")
        _by_name[name] = cls

    def to_json(self) -> dict[str, Any]:
        """Everything but the workspace, which has a column of its own."""
        values = ((field.name, getattr(self, field.name)) for field in fields(self))
        return {key: _dump(value) for key, value in values if key != "workspace_id"}


def from_json(name: str, workspace_id: int, payload: dict[str, Any]) -> Event:
    """The event that `to_json` wrote. Fields no longer known are dropped; UnknownEvent when unreadable."""
    cls = _by_name.get(name)
    if cls is None:
        raise UnknownEvent(f"no event is called {name!r}")
    loaders = _loaders(cls)
    values = {key: _load(loaders[key], value) for key, value in payload.items() if key in loaders}
    try:
        return cls(workspace_id=workspace_id, **values)
    except TypeError as error:
        raise UnknownEvent(f"event {name!r} lacks fields: {error}") from error


def _loaders(cls: type[Event]) -> dict[str, Any]:
    """Per field the class whose value JSON cannot hold, else None. Type hints are slow: kept per class."""
    if cls not in _loaders_of:
        hints = get_type_hints(cls)
        names = [field.name for field in fields(cls) if field.name != "workspace_id"]
        _loaders_of[cls] = {name: _special(hints[name]) for name in names}
    return _loaders_of[cls]


def _special(hint: Any) -> Any:
    for part in (hint, *getattr(hint, "__args__", ())):
        kind = get_origin(part) or part
        if kind in (tuple, datetime, date):
            return kind
    return None


def _dump(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _load(kind: Any, value: Any) -> Any:
    if kind is None or value is None:
        return value
    return tuple(value) if kind is tuple else kind.fromisoformat(value)

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, ClassVar

import pytest

from amity.foundation.core.events import Event, UnknownEvent, from_json
from amity.foundation.core.tests.sample_jobs import LampLit


@dataclass(frozen=True)
class AllKinds(Event):
    name: ClassVar[str] = "sample.all_kinds"
    day: date
    at: datetime | None
    ids: tuple[int, ...]
    changes: dict[str, Any]


def test_an_event_survives_json():
    event = AllKinds(3, date(2026, 1, 2), datetime(2026, 1, 2, 3, tzinfo=UTC), (1, 2), {"a": [None, "x"]})
    assert from_json(event.name, 3, event.to_json()) == event
    none = AllKinds(3, date(2026, 1, 2), None, (), {})
    assert from_json(none.name, 3, none.to_json()) == none


def test_the_workspace_comes_from_its_column_alone():
    assert "workspace_id" not in LampLit(5, 1).to_json()
    assert from_json(LampLit.name, 5, {"lamp": 1, "workspace_id": 6}).workspace_id == 5


def test_dropped_fields_are_ignored_and_missing_ones_reported():
    assert from_json(LampLit.name, 5, {"lamp": 1, "colour": "red"}) == LampLit(5, 1)
    with pytest.raises(UnknownEvent):
        from_json(LampLit.name, 5, {})
    with pytest.raises(UnknownEvent):
        from_json("sample.never", 5, {})


def test_a_name_belongs_to_one_class():
    with pytest.raises(TypeError, match="exists already"):
        type("Other", (Event,), {"name": LampLit.name})
    with pytest.raises(TypeError, match="needs a name"):
        type("Nameless", (Event,), {})

"""What only many records together show: one value by the same hand again and again, one phone under many names.

`Evidence` is gathered in one pass over all records and asked in a second one; it keeps counts, never records, and
forgets rare values as it goes, so that its size follows the number of people who type and not that of records.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count

from amity.engines.quality.reasons import ENOUGH, Hit
from amity.engines.quality.validity import BIRTHDAY, SKIPPED
from amity.foundation.core.text import fold
from amity.foundation.records.access import all_records, among_records
from amity.foundation.records.models import IndexedValue
from amity.foundation.records.spec import Field, ObjectSpec, Values

KEPT = 4000  # different values remembered per person and field
MANY, SHARE, ELSEWHERE = 10, 0.2, 0.05  # a filler: so often, so large a part, so rare with others
DATES, NEW_YEARS, TIMES, USUAL = 10, 0.3, 4, 0.1
PAUSE, QUICK, RUN, LONGEST = timedelta(minutes=3), 2.0, 5, 200  # a burst of typing; quicker is a program
HOLDERS, SURE_HOLDERS, FIRMS = 5, 8, 3
SHARED = 2000
ASKED = 200
# How much a repeated value weighs by its type: words repeat in honest work, birthdays do not.
WEIGHTS = {"text": 40, "number": 30, "phone": 60, "email": 60, "date": 60}


@dataclass(slots=True)
class Typed:
    """A record as it is looked at: who made it when, and what stands in it."""

    id: int
    by: int
    at: datetime
    values: Values


@dataclass
class _Run:
    """Records one person made one after another."""

    ids: list[int] = field(default_factory=list)
    begun: datetime | None = None
    last: datetime | None = None
    seen: dict[str, Counter[Any]] = field(default_factory=dict)
    keys: list[dict[str, Any]] = field(default_factory=list)


class Evidence:
    """Counts of one object. `gather` every record, `conclude` once, then ask `hits_of` each.

    `shared` comes from `shared_points`, the only thing here that asks the database.
    """

    def __init__(self, spec: ObjectSpec) -> None:
        self.spec = spec
        self.fields = [item for item in spec.fields if _repeats(spec, item)]
        self.birthdays = {
            item.key for item in self.fields if BIRTHDAY.search(fold(f"{item.key} {item.label}"))
        }
        self.filled: Counter[tuple[int, str]] = Counter()
        self.often: dict[tuple[int, str], Counter[Any]] = {}
        self.first_days: Counter[tuple[int, str]] = Counter()
        self.runs: dict[int, _Run] = {}
        self.bursts: dict[int, dict[str, int]] = {}
        self.fillers: dict[tuple[int, str], dict[Any, int]] = {}
        self.new_years: dict[tuple[int, str], int] = {}
        self.shared: dict[tuple[str, str], int] = {}

    # --- gathering ---------------------------------------------------------------------------------------------

    def gather(self, record: Typed) -> None:
        """Oldest first."""
        keys = {item.key: key for item in self.fields if (key := _key(item, record.values.get(item.key)))}
        if record.by:
            for name, key in keys.items():
                place = (record.by, name)
                self.filled[place] += 1
                counter = self.often.setdefault(place, Counter())
                counter[key] += 1
                if len(counter) > KEPT:
                    _forget(counter)
                if name in self.birthdays and key.endswith("-01-01"):
                    self.first_days[place] += 1
            self._follow(record, keys)

    def _follow(self, record: Typed, keys: dict[str, Any]) -> None:
        run = self.runs.setdefault(record.by, _Run())
        if run.last is not None and (record.at - run.last > PAUSE or len(run.ids) >= LONGEST):
            self._end(run)
            run = self.runs[record.by] = _Run()
        if record.at == run.last:  # written in one set: an import
            return
        run.begun = run.begun or record.at
        run.last = record.at
        run.ids.append(record.id)
        run.keys.append(keys)
        for name, key in keys.items():
            run.seen.setdefault(name, Counter())[key] += 1

    def _end(self, run: _Run) -> None:
        size = len(run.ids)
        if size < RUN or run.begun is None or run.last is None:
            return
        if (run.last - run.begun).total_seconds() / (size - 1) < QUICK:
            return
        for name, counter in run.seen.items():
            key, times = counter.most_common(1)[0]
            if times >= RUN and times * 5 >= size * 4:
                for record_id, keys in zip(run.ids, run.keys, strict=True):
                    if keys.get(name) == key:
                        self.bursts.setdefault(record_id, {})[name] = times

    # --- concluding --------------------------------------------------------------------------------------------

    def conclude(self) -> None:
        for run in self.runs.values():
            self._end(run)
        self.runs.clear()
        self._find_fillers()
        self._find_new_years()
        self.often.clear()

    def _find_fillers(self) -> None:
        totals: Counter[str] = Counter()
        values: dict[str, Counter[Any]] = {}
        for (_by, name), counter in self.often.items():
            values.setdefault(name, Counter()).update(counter)
        for (_by, name), number in self.filled.items():
            totals[name] += number
        for (by, name), counter in self.often.items():
            mine = self.filled[by, name]
            others = totals[name] - mine
            found = {}
            for key, times in counter.items():
                if times >= MANY and times >= mine * SHARE:
                    elsewhere = values[name][key] - times
                    if not others or elsewhere <= others * ELSEWHERE:
                        found[key] = times
            if found:
                self.fillers[by, name] = found

    def _find_new_years(self) -> None:
        """Only where one hand has far more of them than the others: in many countries 1 January is what papers say."""
        for (by, name), times in self.first_days.items():
            mine = self.filled[by, name]
            rest = sum(n for (who, key), n in self.filled.items() if key == name and who != by)
            usual = sum(n for (who, key), n in self.first_days.items() if key == name and who != by)
            share = usual / rest if rest >= 3 * DATES else USUAL
            if times >= DATES and times >= mine * max(NEW_YEARS, min(1.0, share * TIMES)):
                self.new_years[by, name] = times

    # --- asking ------------------------------------------------------------------------------------------------

    def hits_of(self, record: Typed) -> Iterator[Hit]:
        burst = self.bursts.get(record.id, {})
        for item in self.fields:
            key = _key(item, record.values.get(item.key))
            if not key:
                continue
            yield from self._sharing(item, record.values[item.key])
            place = (record.by, item.key)
            if key.endswith("-01-01") and place in self.new_years:
                yield Hit("new_year", item.key, 50, self.new_years[place])
            weight = ENOUGH if item.key in self.birthdays else WEIGHTS[item.type.name]
            if key in self.fillers.get(place, ()):
                yield Hit("filler_value", item.key, weight, self.fillers[place][key])
            elif item.key in burst:
                yield Hit("burst", item.key, weight, burst[item.key])

    def _sharing(self, item: Field, value: Any) -> Iterator[Hit]:
        if item.type.name not in ("email", "phone"):
            return
        names = max((self.shared.get((item.type.name, point["normal"]), 0) for point in value), default=0)
        if names:
            yield Hit("shared", item.key, ENOUGH if names >= SURE_HOLDERS else 70, names)


def _repeats(spec: ObjectSpec, item: Field) -> bool:
    """Fields in which an honest person seldom writes the same twice; names are not among them."""
    named = item.column == "title" or item.key in spec.title_parts or item.key == spec.title_field
    return item.type.name in WEIGHTS and item.stored and not (named or item.archived or item.key in SKIPPED)


def _key(item: Field, value: Any) -> str:
    """What is counted of a value: short, and the same however it is written."""
    if value is None:
        return ""
    if isinstance(value, list):
        return str(value[0]["normal"])[:80] if value else ""
    return fold(str(value))[:80]


def _forget(counter: Counter[Any]) -> None:
    """Values met once go, and if that is not enough those met least."""
    once = [key for key, times in counter.items() if times == 1]
    for key in once:
        del counter[key]
    if len(counter) > KEPT // 2:
        for key, _times in counter.most_common()[KEPT // 2 :]:
            del counter[key]


# --- one phone under many names ------------------------------------------------------------------------------


def shared_points(spec: ObjectSpec, workspace_id: int) -> Iterator[tuple[tuple[str, str], int]]:
    """E-mails and phones with the number of different names they stand under.

    A family shares a name and colleagues share a firm: neither counts.
    """
    rows = IndexedValue.unscoped.filter(
        workspace_id=workspace_id, object_type_id=spec.type_id, kind__in=("email", "phone")
    )
    live = all_records(spec, workspace_id).filter(deleted_at=None).values("pk")
    often = rows.values("kind", "normal").annotate(n=Count("pk")).filter(n__gte=HOLDERS).order_by("-n")
    linked = next((item.column for item in spec.fields if item.target and item.column), "")
    for kind, normal in often.values_list("kind", "normal")[:SHARED]:
        holders = rows.filter(kind=kind, normal=normal, record_id__in=live).order_by("record_id")
        ids = list(holders.values_list("record_id", flat=True)[:ASKED])
        names = _names(spec, workspace_id, ids, linked)
        if names >= HOLDERS:
            yield (kind, normal), names


def _names(spec: ObjectSpec, workspace_id: int, ids: Sequence[int], linked: str) -> int:
    columns = ("title_key", linked) if linked else ("title_key",)
    found: dict[str, set[Any]] = {}
    for title, *firm in among_records(spec, workspace_id, ids).values_list(*columns):
        word = title.split()[-1] if title.split() else ""
        found.setdefault(word, set()).add(firm[0] if firm and firm[0] else word)
    firms = set().union(*found.values()) if found else set()
    return len(found) if len(firms) >= FIRMS else 0

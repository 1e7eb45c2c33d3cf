"""What an import tells beside its counts: rows that look like other records, and values it left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from amity.foundation.core.errors import FieldError
from amity.foundation.records.access import visible, visible_among
from amity.foundation.records.database import OneOf
from amity.foundation.records.importing.convert import Converted
from amity.foundation.records.importing.engine import Engine
from amity.foundation.records.models import ImportRun

KEPT_PAIRS = 100
TOLD_PAIRS = 1000
KEPT_WORDS = 200


def leave_out_choices(run: ImportRun, rows: Sequence[Converted]) -> None:
    """A choice nobody here knows does not keep a person out: it is left out and counted, field by field."""
    left: dict[str, int] = run.results.setdefault("left_out", {})
    for row in [row for row in rows if row.errors]:
        unknown = [error for error in row.errors if error.code == "choice"]
        row.errors = [error for error in row.errors if error.code != "choice"]
        for error in unknown:
            if error.field in left or len(left) < KEPT_WORDS:
                left[error.field] = left.get(error.field, 0) + 1


def place_of_problem(error: FieldError, cells: Sequence[str], columns: Sequence[Mapping[str, Any]]) -> int:
    """Which column of the file a problem stands in, -1 for the row as a whole.

    Several columns may go to one field: then it is the one whose text the message names.
    """
    places = [
        place
        for place, column in enumerate(columns)
        if error.field in (column["target"], column["column"])
        and column["action"] != "skip"
        and column["part"] != "label"
    ]
    if error.field and not places:
        places = [place for place, column in enumerate(columns) if column["column"] == error.field]
    named = (
        place
        for place in places
        if place < len(cells) and cells[place].strip() and cells[place].strip()[:60] in error.message
    )
    return next(named, places[0] if places else -1)


MOST_NAMESAKES = 2000


class PossibleDuplicates:
    """New records of a run that carry the name of another visible one, with the same company or none known.

    They are told, never merged, and counted up to TOLD_PAIRS: a file of so many is no case for reading one by
    one, and looking up common names takes longer the larger the firm. Of very common names only some are
    looked at.
    """

    def __init__(self, engine: Engine, run: ImportRun) -> None:
        self.spec, self.actor, self.run = engine.spec, engine.actor, run
        company = self.spec.by_key.get("company")
        self.column = company.column if company and company.column and not company.hidden else ""

    def look(self, ids: Sequence[int]) -> None:
        """Compare new records, given in ascending order. Call in the transaction that created them."""
        found = self.run.results.setdefault("duplicates", {"count": 0, "pairs": []})
        pairs = self._pairs(ids) if ids and found["count"] < TOLD_PAIRS else []
        found["count"] = min(found["count"] + len(pairs), TOLD_PAIRS)
        found["pairs"] = [*found["pairs"], *pairs][:KEPT_PAIRS]

    def meet(self, pairs: Sequence[tuple[int, int]]) -> None:
        """Remember records that one row stands for: by its e-mail address one, by its phone another."""
        kept = self.run.results.setdefault("both", [])
        kept += [list(pair) for pair in dict.fromkeys(pairs) if list(pair) not in kept]
        del kept[KEPT_PAIRS:]

    def _pairs(self, ids: Sequence[int]) -> list[list[int]]:
        columns = ("pk", "title_key", *([self.column] if self.column else []))
        new = list(visible_among(self.spec, self.actor, ids).values_list(*columns))
        names = {row[1] for row in new if len(row[1]) > 2}
        older = visible(self.spec, self.actor).filter(OneOf("title_key", names), pk__lt=ids[0])
        others: dict[str, list[Any]] = {}
        for row in [*older.values_list(*columns)[:MOST_NAMESAKES], *new]:
            others.setdefault(row[1], []).append(row)
        pairs = []
        for mine in new:
            known = others[mine[1]] if mine[1] in names else []
            twin = next((other for other in known if self._alike(mine, other)), None)
            if twin:
                pairs.append([mine[0], twin[0]])
        return pairs

    @staticmethod
    def _alike(mine: Any, other: Any) -> bool:
        """Another, older record; companies agree where both are known."""
        if other[0] >= mine[0]:
            return False
        return len(mine) < 3 or mine[2] is None or other[2] is None or mine[2] == other[2]

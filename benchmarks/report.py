"""The table of one run, its JSON, and the comparison with an earlier one."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.timing import Timing

COLUMNS = ("what", "reach", "ours", "p95", "cpu", "raw", "ratio", "")


@dataclass
class Row:
    """One line. `ours` None means that it is not there yet; `verdict` is ok, over or empty."""

    what: str
    reach: str = ""
    ours: float | None = None
    unit: str = "ms"
    p95: float | None = None
    cpu: float | None = None
    raw: float | None = None
    ratio: float | None = None
    verdict: str = ""
    note: str = ""

    def cells(self) -> tuple[str, ...]:
        if self.ours is None:
            return (self.what, self.reach, "not there", "", "", "", "", self.note)
        verdict = f"{self.verdict}  {self.note}" if self.note else self.verdict
        numbers = (_number(item) for item in (self.p95, self.cpu, self.raw, self.ratio))
        return (self.what, self.reach, f"{_number(self.ours)} {self.unit}".strip(), *numbers, verdict)


def _number(value: float | None) -> str:
    if value is None:
        return ""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def at_most(
    what: str,
    limit: float,
    ours: float,
    *,
    unit: str = "ms",
    judged: float | None = None,
    **rest: float | str | None,
) -> Row:
    """`judged` is compared with the limit where it is not `ours` itself."""
    verdict = "ok" if (ours if judged is None else judged) <= limit else "over"
    return Row(what, f"≤ {limit:g} {unit}".strip(), ours, unit, verdict=verdict, **rest)  # type: ignore[arg-type]


def at_least(
    what: str,
    limit: float,
    ours: float,
    *,
    unit: str = "/s",
    judged: float | None = None,
    **rest: float | str | None,
) -> Row:
    verdict = "ok" if (ours if judged is None else judged) >= limit else "over"
    return Row(what, f"≥ {limit:,g} {unit}", ours, unit, verdict=verdict, **rest)  # type: ignore[arg-type]


def timed(
    what: str, limit: float, ours: Timing, raw: Timing | None = None, *, local: bool, note: str = ""
) -> Row:
    """A time against an absolute limit.

    `local`: the database works inside this process, so its processor time is the time on a quiet core and is
    what is judged; otherwise the clock is.
    """
    ratio = None
    if raw:
        ratio = ours.cpu_median / raw.cpu_median if local else ours.median / raw.median
    return at_most(
        what,
        limit,
        ours.median,
        judged=ours.cpu_median if local else None,
        p95=ours.p95,
        cpu=ours.cpu_median,
        raw=raw.median if raw else None,
        ratio=ratio,
        note=note,
    )


def compared(what: str, limit: float, ours: Timing, raw: Timing, *, local: bool, note: str = "") -> Row:
    """A time against a multiple of the raw database's time for the same work."""
    ratio = ours.cpu_median / raw.cpu_median if local else ours.median / raw.median
    verdict = "ok" if ratio <= limit else "over"
    return Row(
        what,
        f"≤ {limit:g} × raw",
        ours.median,
        p95=ours.p95,
        cpu=ours.cpu_median,
        raw=raw.median,
        ratio=ratio,
        verdict=verdict,
        note=note,
    )


def table(rows: Iterable[Row]) -> str:
    lines = [COLUMNS, *(row.cells() for row in rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(COLUMNS))]
    return "\n".join(_line(line, widths) for line in lines)


def _line(cells: tuple[str, ...], widths: list[int]) -> str:
    left = (0, 1, 7)
    padded = [
        cell.ljust(width) if place in left else cell.rjust(width)
        for place, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return "  ".join(padded).rstrip()


def save(path: Path, head: dict[str, object], rows: Iterable[Row]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({**head, "rows": [asdict(row) for row in rows]}, indent=1, ensure_ascii=False))


def compare(rows: Iterable[Row], path: Path) -> str:
    """Each figure beside the one of an earlier run; the ratio to raw is what is worth comparing."""
    before = {row["what"]: row for row in json.loads(path.read_text())["rows"]}
    lines = [("what", "before", "now", "now / before", "× raw before", "× raw now")]
    for row in rows:
        old = before.get(row.what)
        if old and old["ours"] and row.ours:
            change = f"{row.ours / old['ours']:.2f}"
            ratios = _number(old["ratio"]), _number(row.ratio)
            lines.append((row.what, _number(old["ours"]), _number(row.ours), change, *ratios))
    widths = [max(len(line[place]) for line in lines) for place in range(6)]
    return "\n".join(
        "  ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)).rstrip() for line in lines
    )

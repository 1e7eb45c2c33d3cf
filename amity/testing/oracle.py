"""What a filter tree means, in plain Python: the SQL is tested against it.

Works on canonical values and shares with the compiler only how a field type reads the value to compare with.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from amity.foundation.core import clock
from amity.foundation.core.text import fold
from amity.foundation.records.context import Context
from amity.foundation.records.spec import Field, ObjectSpec, Values

Tree = dict[str, Any]
Related = Callable[[str, int], list[tuple[ObjectSpec, int, Values]]]


def matches(
    spec: ObjectSpec, tree: Tree | None, values: Values, context: Context, *, record_id: int = 0,
    related: Related | None = None,
) -> bool:  # fmt: skip
    """Whether a record fulfils a tree. `related(name, id)` gives the visible related records."""
    answer = _node(spec, tree or {"and": []}, values, context, record_id, related)
    return True if answer is None else answer


def _node(
    spec: ObjectSpec, tree: Tree, values: Values, context: Context, record_id: int, related: Related | None
) -> bool | None:
    """None stands for a group without lines: it says nothing, whatever stands around it."""
    if "and" in tree or "or" in tree:
        items: list[Tree] = tree["and"] if "and" in tree else tree["or"]
        found = [_node(spec, item, values, context, record_id, related) for item in items]
        said = [item for item in found if item is not None]
        return None if not said else (all(said) if "and" in tree else any(said))
    if "not" in tree:
        inner = _node(spec, tree["not"], values, context, record_id, related)
        return None if inner is None else not inner
    if "related" in tree:
        assert related is not None
        where = tree.get("where") or {"and": []}
        rows = related(tree["related"], record_id)
        some = any(matches(s, where, v, context, record_id=pk, related=related) for s, pk, v in rows)
        return some != bool(tree.get("none"))
    field = spec.by_key[tree["field"]]
    return line(field, tree["op"], tree.get("value"), values.get(field.key), context)


def line(field: Field, op: str, operand: Any, value: Any, context: Context) -> bool:
    """One filter line."""
    if op in ("empty", "filled"):
        return (value is None) == (op == "empty")
    for prefix, positive in (
        ("is_not", "is"),
        ("not_contains", "contains"),
        ("is_none", "is_any"),
        ("has_not", "has"),
    ):
        if op == prefix and not (positive == "has" and field.type.name in ("email", "phone", "messenger")):
            return not line(field, positive, operand, value, context)
    if op == "has_not":
        return not _points(field, "is", operand, value, context)
    if value is None:
        return False
    evaluate = _KINDS.get(field.type.name) or _text
    return evaluate(field, op, operand, value, context)


def _read(field: Field, operand: Any, context: Context) -> Any:
    kind = field.type
    return (
        kind.parse(field, operand, context)
        if isinstance(operand, str)
        else kind.clean(field, operand, context)
    )


def _many(operand: Any) -> list[Any]:
    return operand if isinstance(operand, list) else [operand]


def _text(field: Field, op: str, operand: Any, value: str, context: Context) -> bool:
    if op == "is_any":
        return any(fold(item) == fold(value) for item in _many(operand))
    have, word = fold(value), fold(operand)
    return {"is": have == word, "contains": word in have, "starts": have.startswith(word)}[op]


def _order(have: Any, op: str, wanted: list[Any]) -> bool:
    low, high = min(wanted), max(wanted)
    answers: dict[str, bool] = {
        "is": have == low,
        "above": have > low,
        "after": have > low,
        "below": have < low,
        "before": have < low,
        "at_least": have >= low,
        "at_most": have <= low,
        "between": low <= have <= high,
    }
    return answers[op]


def _number(field: Field, op: str, operand: Any, value: Any, context: Context) -> bool:
    wanted = [_read(field, item, context) for item in _many(operand)]
    if field.type.name == "money":
        return _order(value["amount"], op, [item["amount"] for item in wanted])
    return _order(value, op, wanted)


def _date(field: Field, op: str, operand: Any, value: Any, context: Context) -> bool:
    today = clock.today(context.zone)
    if op not in ("last_days", "next_days", "older_days"):
        if "T" in value and not any(":" in item for item in _many(operand)):
            value = clock.from_iso(value).astimezone(clock.find_zone(context.zone)).date().isoformat()
            return _order(value, op, [_day(item, context) for item in _many(operand)])
        wanted = [
            today.isoformat() if item == "today" else _read(field, item, context) for item in _many(operand)
        ]
        return _order(_moment(value), op, [_moment(item) for item in wanted])
    day = (
        _moment(value).astimezone(clock.find_zone(context.zone)).date()
        if "T" in value
        else dt.date.fromisoformat(value)
    )
    distance = (day - today).days
    days = int(operand)
    return {
        "last_days": -days <= distance <= 0,
        "next_days": 0 <= distance <= days,
        "older_days": distance < -days,
    }[op]


def _day(operand: str, context: Context) -> str:
    """The viewer's day that an operand without a time names."""
    if operand == "today":
        return clock.today(context.zone).isoformat()
    return clock.parse_date(operand, day_first=context.day_first, locale=context.language) or ""


def _moment(iso: str) -> Any:
    return clock.from_iso(iso) if "T" in iso else dt.datetime.fromisoformat(iso).replace(tzinfo=dt.UTC)


def _choice(field: Field, op: str, operand: Any, value: Any, context: Context) -> bool:
    return value in [_read(field, item, context) for item in _many(operand)]


def _words(field: Field, op: str, operand: Any, value: Any, context: Context) -> bool:
    have = {fold(item) for item in value}
    if field.type.name == "multi_choice":
        return any(key in value for item in _many(operand) for key in _read(field, item, context))
    return any(fold(item) in have for item in _many(operand))


def _points(field: Field, op: str, operand: Any, value: Any, context: Context) -> bool:
    have = [point["normal"] for point in value or []]
    if field.type.name == "messenger":
        have = [one.partition(":")[2] for one in have]
    wanted = [field.type.normal(field, item, context) for item in _many(operand)]  # type: ignore[attr-defined]
    if op == "contains":
        return any(word in one for word in wanted for one in have)
    return any(word in have for word in wanted)


def _address(field: Field, op: str, operand: Any, value: Any, context: Context) -> bool:
    return any(fold(operand) in fold(part) for address in value for part in address.values())


def _reference(field: Field, op: str, operand: Any, value: Any, context: Context) -> bool:
    wanted = [context.actor.user_id if item == "me" else item for item in _many(operand)]
    return any(item in wanted for item in _many(value))


_KINDS: dict[str, Callable[[Field, str, Any, Any, Context], bool]] = {
    **dict.fromkeys(("number", "percent", "rating", "boolean", "money"), _number),
    **dict.fromkeys(("date", "datetime"), _date),
    **dict.fromkeys(("choice", "country", "language"), _choice),
    **dict.fromkeys(("multi_choice", "tags"), _words),
    **dict.fromkeys(("email", "phone", "messenger"), _points),
    **dict.fromkeys(("user", "team", "file", "link"), _reference),
    "address": _address,
}


def operands(field: Field, op: str, seen: list[Any]) -> list[Any]:
    """Operands worth trying for an operator, made from values that stand in records."""
    if op in ("empty", "filled"):
        return [None]
    if op in ("last_days", "next_days", "older_days"):
        return [0, 30, "400"]
    found = [_as_operand(field, value) for value in seen if value is not None][:2]
    if field.type.name == "datetime" and found and op != "between":
        found.append(found[0][:10])
    if field.type.name == "datetime" and found and op == "between":
        found = [item[:10] for item in found]
    if op in ("is_any", "is_none", "has_any"):
        return [found] if found else []
    if op == "between":
        return [[found[0], found[-1]]] if found else []
    if op in ("contains", "not_contains", "starts") and found and isinstance(found[0], str):
        return [item[: max(2, len(item) // 2)] for item in found]
    return found


def _as_operand(field: Field, value: Any) -> Any:
    if field.type.name in ("email", "phone", "messenger"):
        return value[0]["value"]
    if field.type.name == "address":
        return value[0].get("city") or value[0]["street"]
    return value[0] if isinstance(value, list) else value

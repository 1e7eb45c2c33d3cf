"""The language of formulas: what it gives, what it refuses and where, and that it is always over soon."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from amity.foundation.records.fieldtypes import TYPES
from amity.foundation.records.formulas.formula import RESULTS, FormulaError, build, known_fields
from amity.foundation.records.formulas.grammar import MOST_SIGNS
from amity.foundation.records.formulas.meaning import FUNCTIONS
from amity.foundation.records.spec import Field, Option

FIELDS = known_fields(
    [
        Field(key, TYPES[kind], label, custom=True, options=options)
        for key, kind, label, options in (
            ("hours", "number", "Hours worked", ()),
            ("rate", "money", "Hourly rate", ()),
            ("cost", "money", "Cost", ()),
            ("vip", "boolean", "VIP", ()),
            ("start", "date", "Start", ()),
            ("finish", "date", "Finish", ()),
            ("town", "text", "Town", ()),
            ("stage", "choice", "Stage", (Option("won", "Won"), Option("lost", "Lost"))),
            ("owner", "user", "Owner", ()),
            ("notes", "long_text", "Notes", ()),
        )
    ]
)
POUNDS, EUROS = {"amount": 4000, "currency": "GBP"}, {"amount": 1250, "currency": "EUR"}
VALUES = {
    "hours": 2.5, "rate": POUNDS, "cost": EUROS, "vip": True, "start": "2026-02-26", "finish": "2026-03-02",
    "town": "Çorum", "stage": "won",
}  # fmt: skip


def given_by(text: str, kind: str = "number", **values: Any) -> Any:
    return build(text, kind, FIELDS, "GBP").value({**VALUES, **values})


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("0.1 + 0.2", 0.3),
        ("1 + 2 * 3", 7),
        ("(1 + 2) × 3", 9),
        ("10 ÷ 4 − 1", 1.5),
        ("-hours * -2", 5),
        ("hours / 0", None),
        ("0 / 0", None),
        ("hours / (1 - 1) + 1", None),
        ("1 / 3", 0.333333333333333),
        ("round(2.5)", 3),
        ("round(-2.5)", -3),
        ("round(1.005, 2)", 1.01),
        ("abs(1 - 3)", 2),
        ("min(3, 1, 2) + max(3, 1, 2)", 4),
        ("if(vip, 1, 2)", 1),
        ("if(not vip; 1; 2)", 2),
        ("if(hours > 2 and stage = 'won', 1, 2)", 1),
        ('if(hours < 2 or stage <> "won", 1, 2)', 2),
        ("IF(NOT hours = 3 AND true, 1)", 1),
        ("if(false, 1)", None),
        ("days(start, finish)", 4),
        ("finish - start", 4),
        ("rate / rate", 1),
        ("rate / cost", None),
        ("999999999999999 * 999999999999999", None),
        ("HOURS", 2.5),
    ],
)
def test_numbers(text: str, result: Any) -> None:
    found = given_by(text)
    assert found == result
    assert not isinstance(found, float) or found != int(found)


@pytest.mark.parametrize(
    ("text", "kind", "result"),
    [
        ("rate * hours", "money", {"amount": 10000, "currency": "GBP"}),
        ("rate / 3", "money", {"amount": 1333, "currency": "GBP"}),
        ("rate + cost", "money", None),
        ("max(rate, cost)", "money", None),
        ("rate > cost", "boolean", None),
        ("if(rate > cost, rate, cost)", "money", EUROS),
        ("hours * 40", "money", {"amount": 10000, "currency": "GBP"}),
        ("rate + money(1.005)", "money", {"amount": 4101, "currency": "GBP"}),
        ("start + 4", "date", "2026-03-02"),
        ("finish - 4", "date", "2026-02-26"),
        ("start + 999999999", "date", None),
        ("start + 4 = finish", "boolean", True),
        ("stage = 'lost'", "boolean", False),
        ("join(town, ', ', hours)", "text", "Çorum, 2.5"),
        ("town & ' ' & rate & ' ' & start & vip", "text", "Çorum 40.00 GBP 2026-02-26yes"),
        ("hours * 2", "text", "5"),
        ("''", "text", None),
    ],
)
def test_the_other_kinds(text: str, kind: str, result: Any) -> None:
    assert given_by(text, kind) == result


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("hours + 1", None),
        ("coalesce(hours, 7) + 1", 8),
        ("max(hours, 1)", None),
        ("if(hours > 1, 1, 2)", 2),
        ("if(is_empty(hours), 1, 2)", 1),
        ("if(vip or hours > 1, 1, 2)", 1),
        ("if(hours > 1 or vip, 1, 2)", 1),
        ("if(not (hours > 1), 1, 2)", 2),
    ],
)
def test_what_is_missing(text: str, result: Any) -> None:
    assert given_by(text, hours=None) == result


def test_yen_have_no_cents() -> None:
    yen = {"amount": 100, "currency": "JPY"}
    assert given_by("rate / 3", "money", rate=yen) == {"amount": 33, "currency": "JPY"}
    assert given_by("join(rate)", "text", rate=yen) == "100 JPY"


@pytest.mark.parametrize(
    ("text", "said", "place"),
    [
        ("1 + hors", "did you mean “hours”", (4, 8)),
        ("1 + owner", "“owner” is no field", (4, 9)),
        ("notes", "is no field", (0, 5)),
        ("rate + 1", "money(…)", (7, 8)),
        ("town + 1", "cannot be worked out", (0, 8)),
        ("town * vip", "Text and yes or no", (0, 10)),
        ("if(hours, 1, 2)", "yes or no is needed", (3, 8)),
        ("if(vip, 1, town)", "text, but a number", (11, 15)),
        ("stage = 'Won'", "“won”, “lost”", (8, 13)),
        ("town > 'a'", "a number or money or a date", (0, 4)),
        ("1 < 2 < 3", "two values at a time", (6, 7)),
        ("round(1, hours)", "from 0 to 6", (9, 14)),
        ("round()", "round(hours, 1)", (0, 7)),
        ("rond(1)", "“round”", (0, 7)),
        ("0,5", "with a point", (1, 2)),
        ("(1 + 2", "closing bracket", (6, 6)),
        ("1 +", "ends too early", (3, 3)),
        ("", "Write a formula", (0, 0)),
        ("   ", "Write a formula", (0, 0)),
        ("'open", "quotation mark", (0, 5)),
        ("hours ** 2", "“*” is not expected", (7, 8)),
        ("hours ^ 2", "“^” has no place", (6, 7)),
        ("hours.real", "“.” has no place", (5, 6)),
        ("1234567890123456", "15 digits", (0, 16)),
        ("town", "gives text", (0, 4)),
    ],
)
def test_errors_say_what_and_where(text: str, said: str, place: tuple[int, int]) -> None:
    with pytest.raises(FormulaError) as refused:
        build(text, "number", FIELDS, "GBP")
    assert said in refused.value.message
    assert (refused.value.start, refused.value.end) == place


ESCAPES = [
    "__import__('os')", "''.__class__", "hours.__class__", "().__class__.__bases__[0]", "open('/etc/passwd')",
    "eval('1')", "lambda: 1", "[x for x in hours]", "{1: 2}", "f'{hours}'", "hours if vip else 1", "hours := 1",
    "exec('x')", "globals()", "hours[0]", "%s % hours", "'{0.__class__}'.format(1)", "getattr(hours, 'real')",
    "`id`", "$(id)", "${7*7}", "{{7*7}}", "<%= 7*7 %>", "1; drop table people", "sleep(9)", "10 ** 10 ** 10",
    "9**9**9", "hours\\x00", "print(1)", "vars()", "setattr(hours, 'x', 1)", "import os", "yield 1", "await hours",
    "@hours", "hours#comment", "0x10", "1e400", "1_000", "b'x'", "r'\\'", "None", "True.real", "not_a_field",
]  # fmt: skip


@pytest.mark.parametrize("text", ESCAPES)
def test_nothing_else_is_reachable(text: str) -> None:
    for kind in RESULTS:
        with pytest.raises(FormulaError):
            build(text, kind, FIELDS, "GBP")


@pytest.mark.parametrize(
    "text",
    [
        "(" * 250 + "1" + ")" * 249, "-" * 499 + "1", "not " * 124 + "vip", "1" + "+1" * 249, "abs(" * 99 + "1" + ")" * 99,
        "if(vip," * 50 + "1" + ")" * 50, "1" * MOST_SIGNS * 3, "1+" * 5000,
    ],
)  # fmt: skip
def test_long_and_deep_ones_are_refused(text: str) -> None:
    with pytest.raises(FormulaError):
        build(text, "number", FIELDS, "GBP")


def test_the_longest_that_is_taken_is_worked_out() -> None:
    assert given_by("1" + "+1" * 74) == 75
    assert given_by("hours" + "*999999999999999" * 25) is None


WORDS = st.sampled_from(
    [*FIELDS, *FUNCTIONS, "(", ")", ",", "+", "-", "*", "/", "&", "=", "<", "and", "or", "not", "true", "0", "0.1",
     "999999999999999", "'x'", "hors", '"', "."]
)  # fmt: skip


@given(st.one_of(st.text(max_size=520), st.lists(WORDS, max_size=60).map(" ".join)), st.sampled_from(RESULTS))
@example("start + 0.999999999999999 * 999999999999999", "date")
@example("start - -999999999999999", "date")
@example("join(rate * 999999999999999 * 999999999999999)", "text")
def test_any_text_is_refused_with_a_reason_or_worked_out(text: str, kind: str) -> None:
    try:
        formula = build(text, kind, FIELDS, "GBP")
    except FormulaError as error:
        assert error.message
        assert 0 <= error.start <= error.end <= max(len(text), MOST_SIGNS + 1) + 1
        return
    field = Field("out", TYPES[kind], "Out", custom=True)
    broken = {"hours": float("inf"), "rate": {"amount": 1, "currency": "???"}, "start": "soon", "town": 7}
    for values in (VALUES, {}, dict.fromkeys(VALUES), broken):
        value = formula.value(values)
        assert value is None or field.type.clean(field, value, None) == value  # type: ignore[arg-type]

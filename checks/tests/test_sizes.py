from pathlib import Path

from checks import sizes


def test_functions_are_measured_to_their_end(monkeypatch):
    monkeypatch.setattr(
        sizes, "read", lambda path: "def a():\n    x = 1\n    return x\n\nasync def b(): ...\n"
    )
    assert sorted(size for size, _ in sizes.functions(Path("m.py"))) == [1, 3]


def test_only_what_is_over_the_cap_is_a_fault(monkeypatch):
    monkeypatch.setattr(sizes, "settings", lambda: {"caps": {"functions": 80}})
    assert sizes.judge("functions", [(80, "fits"), (81, "long")]) == [
        "long: 81 lines, the cap for functions is 80"
    ]


def test_percentile():
    spread = [(number, "") for number in range(1, 101)]
    assert (sizes.percentile(spread, 50), sizes.percentile(spread, 95)) == (51, 96)

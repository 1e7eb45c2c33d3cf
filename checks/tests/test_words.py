import ast

import pytest

from checks import words


@pytest.mark.parametrize(
    "line",
    [
        "  margin-left: 4px;",
        "left: 0;",
        "a { text-align: right }",
        "float: left",
        "border-top-left-radius: 2px",
        "padding-right:1rem",
        "border-left-color: red",
    ],
)
def test_physical_css_is_found(line):
    assert words.PHYSICAL.search(line)


@pytest.mark.parametrize(
    "line",
    [
        "margin-inline-start: 4px;",
        "inset-inline-end: 0;",
        "text-align: start",
        ".left { color: red }",
        "--left: 3px",
        "border-start-start-radius: 2px",
        "transform-origin: left top",
    ],
)
def test_logical_css_passes(line):
    assert not words.PHYSICAL.search(line)


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("import pickle", "pickle"),
        ("from marshal import loads", "marshal"),
        ("eval(text)", "eval"),
        ("yaml.load(text)", "yaml.load"),
        ("import os, shelve as s", "shelve"),
    ],
)
def test_unsafe_loading_is_found(source, name):
    assert [found for _, found in words.unsafe_calls(ast.parse(source))] == [name]


def test_harmless_calls_pass():
    assert not list(
        words.unsafe_calls(ast.parse("import json\nyaml.safe_load(x)\nmodel.eval()\nre.compile(x)"))
    )


def test_unescaped_output_is_found():
    assert words.UNESCAPED.search("{{ text|safe }}")
    assert words.UNESCAPED.search("{{ text | safe }}")
    assert not words.UNESCAPED.search("{{ text|safely }}")


def test_addresses_in_locks_are_found():
    assert words.LOCK_ADDRESS.search("--find-links /somewhere")
    assert words.LOCK_ADDRESS.search("thing @ file:///somewhere/thing.whl")
    assert not words.LOCK_ADDRESS.search("    --hash=sha256:00ff \\")

"""Whoever acts for somebody asks for objects as that person, so that what the role hides stays hidden."""

from __future__ import annotations

import ast
from pathlib import Path

import amity

ASKING = {"spec_for", "specs_for", "enabled_specs", "spec_by_type"}
ROOM = Path(amity.__file__).parent


def test_nobody_asks_for_the_whole_workspace_on_an_actors_behalf():
    found = [
        f"{path.relative_to(ROOM)}:{call.lineno}"
        for path in ROOM.rglob("*.py")
        if "tests" not in path.parts and "testing" not in path.parts and path.name != "field_rights.py"
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call) and _name(call.func) in ASKING and call.args
        if ast.unparse(call.args[0]).endswith(("actor.workspace", "actor_of(request).workspace"))
    ]
    assert found == []


def _name(func: ast.expr) -> str:
    return func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")

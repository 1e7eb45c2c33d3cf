"""Which workspace this request, job or command works in. Closed by default: no scope, no query."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import connection

_current: ContextVar[int | None] = ContextVar("amity_workspace", default=None)


class NoScope(RuntimeError):
    """A query on workspace data was started outside any workspace. Always a bug."""


def current_workspace_id() -> int:
    """The open workspace; raises `NoScope` when there is none."""
    workspace_id = _current.get()
    if workspace_id is None:
        raise NoScope("No workspace is open. Enter one with scope(workspace_id).")
    return workspace_id


def open_workspace_id() -> int | None:
    return _current.get()


def has_scope() -> bool:
    return _current.get() is not None


@contextmanager
def scope(workspace_id: int) -> Iterator[None]:
    """Work inside one workspace. Entering the same one again is harmless.

    Raises RuntimeError on switching to another workspace while one is open: a lazy query made in
    the first would read the second.
    """
    before = _current.get()
    if before is not None and before != workspace_id:
        raise RuntimeError(f"Workspace {before} is open; leave it before entering {workspace_id}.")
    if before is None and connection.in_atomic_block and not _in_test_transaction():
        raise RuntimeError("A workspace is entered before a transaction starts, not inside it.")
    token = _current.set(workspace_id)
    try:
        yield
    finally:
        _current.reset(token)


@contextmanager
def outside() -> Iterator[None]:
    """Leave the workspace for what a person has in every firm: places, tokens. Make no lazy query here."""
    token = _current.set(None)
    try:
        yield
    finally:
        _current.reset(token)


def _in_test_transaction() -> bool:
    """Test cases wrap each test in transactions of their own, which Django marks."""
    return any(getattr(block, "_from_testcase", False) for block in connection.atomic_blocks)

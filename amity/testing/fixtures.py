"""Fixtures for tests of the product and of plugins: `pytest_plugins = ["amity.testing.fixtures"]`."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from amity.foundation.accounts.actor import Actor
from amity.foundation.core.scope import scope
from amity.foundation.records import objects
from amity.testing.world import Firm, make_firm


@pytest.fixture(autouse=True)
def _fresh_specs() -> Iterator[None]:
    """Specs are cached per process by workspace id, which the next test uses again."""
    objects._cache.clear()
    yield
    objects._cache.clear()


@pytest.fixture
def firm(db: None) -> Iterator[Firm]:
    """The first firm, with its workspace open."""
    made = make_firm("Acme", 0)
    with scope(made.workspace.pk):
        yield made


@pytest.fixture
def closed_firm(db: None) -> Firm:
    """The first firm without an open scope: for tests that go through HTTP."""
    return make_firm("Acme", 0)


@pytest.fixture
def other_firm(db: None) -> Firm:
    """The second firm. Nothing of it may ever show in the first."""
    return make_firm("Lookalike", 1)


_stale = {"search": False}


@pytest.fixture(autouse=True)
def sound_search_index(request: pytest.FixtureRequest, django_db_blocker: Any) -> Iterator[None]:
    """After a test with transactions of its own Django empties the tables, but not what SQLite indexed of them.

    It does so when this fixture is over already, so the next test begins with making that good.
    """
    if _stale["search"]:
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute("INSERT INTO records_search_fts(records_search_fts) VALUES ('rebuild')")
        _stale["search"] = connection.in_atomic_block  # a transaction of the test will be rolled back
    yield
    marker = request.node.get_closest_marker("django_db")
    emptied = "transactional_db" in request.fixturenames or (marker and marker.kwargs.get("transaction"))
    if emptied and connection.vendor == "sqlite":
        _stale["search"] = True


@pytest.fixture
def real_database(transactional_db: None, tmp_path: Path) -> Iterator[None]:
    """For tests with threads: SQLite in a file, as it is in use. In memory it knows no waiting for locks."""
    if connection.vendor != "sqlite":
        yield
        return
    connection.ensure_connection()
    memory, name = connection.connection, connection.settings_dict["NAME"]
    with closing(sqlite3.connect(tmp_path / "races.sqlite3")) as file:
        memory.backup(file)
    connection.connection, connection.settings_dict["NAME"] = None, str(tmp_path / "races.sqlite3")
    try:
        yield
    finally:
        connection.close()
        connection.connection, connection.settings_dict["NAME"] = memory, name


@pytest.fixture
def client_of(closed_firm: Firm) -> Callable[[Actor], Client]:
    """`client_of(actor)`: a browser signed in as that person."""

    def make(actor: Actor) -> Client:
        client = Client(SERVER_NAME="127.0.0.1")
        assert actor.user
        client.force_login(actor.user, backend="amity.foundation.accounts.signin.DelayedBackend")
        return client

    return make

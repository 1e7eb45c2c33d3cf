"""Tests under the second lock: `row_lock` makes the rest of the test work as a role that owns nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.db.backends.signals import connection_created
from pytest_django.plugin import DjangoDbBlocker

from amity.foundation.core import row_security


@pytest.fixture(scope="session")
def lock_role(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """Closes the lock of the test database, which holds nobody but this role."""
    if connection.vendor != "postgresql":
        pytest.skip("row security is PostgreSQL's")
    role = f"{connection.settings_dict['NAME']}_rows"
    with django_db_blocker.unblock():
        row_security.close_lock(role)
        connection.close()
    yield role
    with django_db_blocker.unblock():
        _run(f'DROP OWNED BY "{role}"')
        _run(f'DROP ROLE "{role}"')
        connection.close()


@pytest.fixture
def row_lock(lock_role: str, db: None, settings: Any) -> Iterator[str]:
    """As with AMITY_ROW_SECURITY=1, in this test's connections; ask for `transactional_db` before it if need be."""
    settings.ROW_SECURITY = True
    connection_created.connect(row_security.post_guard)
    row_security.post_guard(None, connection)
    connection.settings_dict["OPTIONS"]["assume_role"] = lock_role
    _run(f'SET ROLE "{lock_role}"')
    yield lock_role
    _run("RESET ROLE")
    del connection.settings_dict["OPTIONS"]["assume_role"]
    connection.execute_wrappers[:] = [
        item for item in connection.execute_wrappers if not isinstance(item, row_security.Guard)
    ]
    connection_created.disconnect(row_security.post_guard)


@contextmanager
def seeing_all() -> Iterator[None]:
    """Look at every firm's rows in the running transaction, as only the owner of the tables can."""
    role = row_security.role()
    if role:
        _run("RESET ROLE")
    try:
        yield
    finally:
        if role:
            _run(f'SET ROLE "{role}"')


def _run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)

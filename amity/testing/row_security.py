"""With AMITY_ROW_SECURITY=1 every test works as the role that owns nothing; only making the tables does not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection
from pytest_django.plugin import DjangoDbBlocker

from amity.foundation.core import row_security


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> Iterator[str]:
    """The owner makes and drops the test database: comes before the next fixture and ends after it."""
    with row_security.as_owner() as role:
        yield role


@pytest.fixture(scope="session")
def django_db_setup(
    django_db_setup: None, django_db_modify_db_settings: str, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    role = django_db_modify_db_settings
    if not role:
        yield
        return
    options = connection.settings_dict["OPTIONS"]
    with django_db_blocker.unblock():
        row_security.close_lock(role)
        _allow_emptying(role)
        connection.close()
    options["assume_role"] = role
    yield
    connection.close()
    del options["assume_role"]


def _allow_emptying(role: str) -> None:
    """Tests with real transactions truncate all tables afterwards."""
    with connection.cursor() as cursor:
        cursor.execute(f'GRANT TRUNCATE ON ALL TABLES IN SCHEMA public TO "{role}"')

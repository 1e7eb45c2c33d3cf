"""Every test world has three people and a second firm full of look-alike data: see amity/testing/fixtures.py."""

from __future__ import annotations

import os
from tempfile import mkdtemp

import pytest
from hypothesis import settings

if "PYTEST_XDIST_WORKER" in os.environ or "AMITY_HOME" not in os.environ:  # each process its own folder
    os.environ["AMITY_HOME"] = mkdtemp(prefix="amity-test-")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

# The same examples on every run; HYPOTHESIS_PROFILE=deep looks further, with others each time.
settings.register_profile("steady", derandomize=True, max_examples=20, deadline=None, database=None)
settings.register_profile("deep", max_examples=500, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))

pytest.register_assert_rewrite("amity.testing")
PROCESSES = ("config", "amity/tests/drill", "amity/foundation/core/tests/test_worker_processes.py")


@pytest.hookimpl(tryfirst=True)  # before -m looks
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark `data` what reads or writes a database: all that a second database could change."""
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        asks = item.get_closest_marker("django_db") or {"db", "transactional_db"} & set(fixtures)
        if asks or item.path.relative_to(config.rootpath).as_posix().startswith(PROCESSES):
            item.add_marker("data")


pytest_plugins = ["amity.testing.fixtures", "amity.testing.row_security"]

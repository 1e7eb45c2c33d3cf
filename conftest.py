"""Every test world has three people and a second firm full of look-alike data: see amity/testing/fixtures.py."""

from __future__ import annotations

import os
from tempfile import mkdtemp

import pytest

os.environ.setdefault("AMITY_HOME", mkdtemp(prefix="amity-test-"))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

pytest.register_assert_rewrite("amity.testing")
pytest_plugins = ["amity.testing.fixtures", "amity.testing.row_security"]

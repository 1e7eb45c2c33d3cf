"""What the environment may not say, and the settings that come of it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from config.env import ROOT, BadSetting, _secret_key


def check(tmp_path, **environment):
    return subprocess.run(
        [sys.executable, "-m", "django", "check", "--deploy", "--fail-level", "WARNING"],
        env=os.environ
        | {"AMITY_HOME": str(tmp_path), "DJANGO_SETTINGS_MODULE": "config.settings"}
        | environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize("address", ["https://crm.example.com", "http://127.0.0.1:8000"])
def test_django_finds_nothing_to_mend(tmp_path, address):
    done = check(tmp_path, AMITY_URL=address, AMITY_DEBUG="")
    assert done.returncode == 0, done.stderr


def test_django_looks_at_what_we_set(tmp_path):
    assert "security.W018" in check(tmp_path, AMITY_URL="https://crm.example.com", AMITY_DEBUG="1").stderr


@pytest.mark.parametrize("key", ["", "changeme", "x" * 60, "django-insecure-" + "0123456789abcdef" * 4])
def test_a_key_that_could_be_guessed_is_refused(tmp_path, key):
    (tmp_path / "secret.key").write_text(key)
    done = check(tmp_path)
    assert done.returncode == 1
    assert "secret.key holds no safe key" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_key_is_made_once_and_kept(tmp_path):
    path = tmp_path / "secret.key"
    assert _secret_key(path) == _secret_key(path) == path.read_text()
    assert path.stat().st_mode & 0o077 == 0
    path.write_text("short")
    with pytest.raises(BadSetting):
        _secret_key(path)

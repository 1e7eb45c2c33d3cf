from __future__ import annotations

import os
import subprocess
import sys

import pytest

from amity.foundation.core.lockfile import NAME, AlreadyRunning, hold, running


def test_the_second_start_learns_who_runs_where(tmp_path):
    with hold(tmp_path, "http://127.0.0.1:8000"):
        assert running(tmp_path) == (os.getpid(), "http://127.0.0.1:8000")
        with pytest.raises(AlreadyRunning) as raised, hold(tmp_path, "http://127.0.0.1:9000"):
            pass
    assert raised.value.pid == os.getpid()
    assert "http://127.0.0.1:8000" in str(raised.value)
    assert str(os.getpid()) in str(raised.value)


def test_the_lock_goes_with_its_holder(tmp_path):
    assert running(tmp_path) is None
    with hold(tmp_path, "a"):
        pass
    assert running(tmp_path) is None
    with hold(tmp_path, "b"):
        assert running(tmp_path)[1] == "b"


def test_a_lock_of_a_killed_process_does_not_stay(tmp_path):
    code = (
        "import pathlib, sys; from amity.foundation.core.lockfile import hold\n"
        "with hold(pathlib.Path(sys.argv[1]), 'there'):\n  print('held', flush=True); sys.stdin.read()"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert other.stdout.readline().strip() == b"held"
    assert running(tmp_path) == (other.pid, "there")
    other.kill()
    other.communicate()
    with hold(tmp_path, "here"):
        assert running(tmp_path) == (os.getpid(), "here")


def test_an_unreadable_lock_file_still_tells_that_somebody_runs(tmp_path):
    with hold(tmp_path, "x"):
        (tmp_path / NAME).write_text("{half")
        assert running(tmp_path) == (0, "")

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from functools import partial

import pytest

from amity.foundation.core import ratelimit
from amity.foundation.core.ratelimit import MemoryBuckets, allow, configure


@pytest.fixture
def clock(monkeypatch):
    now = [5000.0]
    monkeypatch.setattr(ratelimit.time, "monotonic", lambda: now[0])
    configure()
    yield now
    configure()


def test_so_many_at_once_then_evenly(clock):
    assert [allow("k", 3, 60) for _ in range(4)] == [0, 0, 0, 20]
    clock[0] += 19
    assert allow("k", 3, 60) == 1
    clock[0] += 1
    assert [allow("k", 3, 60), allow("k", 3, 60)] == [0, 20]
    clock[0] += 3600
    assert [allow("k", 3, 60) for _ in range(4)] == [0, 0, 0, 20]


def test_keys_do_not_share(clock):
    assert [allow("a", 1, 10), allow("b", 1, 10), allow("a", 1, 10)] == [0, 0, 10]


def test_many_keys_do_not_fill_the_memory_nor_free_the_one_who_made_them(clock, monkeypatch):
    monkeypatch.setattr(ratelimit, "MOST_KEYS", 100)
    buckets = MemoryBuckets()
    assert buckets.take("slow", 1, 10_000) == 0
    for number in range(1000):
        buckets.take(str(number), 5, 10)
    assert len(buckets._buckets) <= 100
    assert buckets.take("slow", 1, 10_000) > 0


def test_threads_together_get_no_more(clock):
    got: list[int] = []
    threads = [
        threading.Thread(target=lambda: got.extend(allow("k", 50, 1000) for _ in range(50))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got.count(0) == 50


def test_without_the_package_it_counts_in_memory(clock, monkeypatch):
    monkeypatch.setitem(sys.modules, "redis", None)
    configure("redis://127.0.0.1:1/0")
    assert [allow("k", 1, 10), allow("k", 1, 10)] == [0, 10]


def test_while_redis_is_away_it_counts_in_memory(clock):
    pytest.importorskip("redis")
    configure("redis://127.0.0.1:1/0")
    assert [allow("k", 1, 10), allow("k", 1, 10)] == [0, 10]


@pytest.mark.skipif(not shutil.which("redis-server"), reason="no redis-server on this machine")
def test_redis_counts_the_same(tmp_path):
    redis = pytest.importorskip("redis")
    path = tmp_path / "redis.sock"
    server = subprocess.Popen(
        ["redis-server", "--port", "0", "--unixsocket", str(path), "--save", ""], stdout=subprocess.DEVNULL
    )
    try:
        client = redis.Redis(unix_socket_path=str(path), retry=_patient(redis))
        client.ping()
        configure(f"unix://{path}")
        assert [allow("k", 3, 600) for _ in range(4)] == [0, 0, 0, 200]
        assert allow("other", 1, 10) == 0
        assert client.pttl("amity:rate:k") > 0
    finally:
        configure()
        server.terminate()
        server.wait()


START = """
import django
django.setup()
from amity.foundation.core.ratelimit import allow
print([allow("k", 3, 600) > 0 for _ in range(2)])
"""


@pytest.mark.skipif(not shutil.which("redis-server"), reason="no redis-server on this machine")
def test_processes_that_are_given_redis_count_together(tmp_path):
    redis = pytest.importorskip("redis")
    path = tmp_path / "redis.sock"
    server = subprocess.Popen(
        ["redis-server", "--port", "0", "--unixsocket", str(path), "--save", ""], stdout=subprocess.DEVNULL
    )
    environment = os.environ | {"REDIS_URL": f"unix://{path}", "DJANGO_SETTINGS_MODULE": "config.settings"}
    environment["PYTHONPATH"] = os.pathsep.join(sys.path)
    run = partial(
        subprocess.run, [sys.executable, "-c", START], env=environment, capture_output=True, text=True
    )
    try:
        redis.Redis(unix_socket_path=str(path), retry=_patient(redis)).ping()
        assert [run().stdout.strip() for _process in range(2)] == ["[False, False]", "[False, True]"]
    finally:
        server.terminate()
        server.wait()


def _patient(redis):
    from redis.backoff import ConstantBackoff
    from redis.retry import Retry

    return Retry(ConstantBackoff(0.05), 200, supported_errors=(redis.ConnectionError, OSError))

"""How often something may happen: token buckets in memory, or in Redis when several processes must agree.

In memory the limit holds per process: with two web workers up to twice as much passes.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from importlib import import_module
from typing import Any, Protocol

log = logging.getLogger("amity.ratelimit")
MOST_KEYS = 50_000


class Buckets(Protocol):
    def take(self, key: str, limit: int, per_seconds: float) -> float:
        """Seconds until one more is allowed, 0 when this one is."""


class MemoryBuckets:
    """A bucket is (tokens, time it was counted). Full ones are forgotten when there are too many."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._buckets: dict[str, tuple[float, float, float]] = {}

    def take(self, key: str, limit: int, per_seconds: float) -> float:
        now, rate = time.monotonic(), limit / per_seconds
        with self._lock:
            tokens, counted, _full = self._buckets.get(key, (float(limit), now, now))
            tokens = min(float(limit), tokens + (now - counted) * rate)
            wait = 0.0 if tokens >= 1 else (1 - tokens) / rate
            if not wait:
                tokens -= 1
            if len(self._buckets) >= MOST_KEYS and key not in self._buckets:
                self._forget(now)
            self._buckets[key] = (tokens, now, now + (limit - tokens) / rate)
        return wait

    def _forget(self, now: float) -> None:
        """Drop full buckets; if that is not enough, the half that is full soonest."""
        self._buckets = {key: bucket for key, bucket in self._buckets.items() if bucket[2] > now}
        if len(self._buckets) >= MOST_KEYS:
            soonest = sorted(self._buckets, key=lambda key: self._buckets[key][2])
            for key in soonest[: MOST_KEYS // 2]:
                del self._buckets[key]


_TAKE = """
local now = redis.call('TIME')
now = now[1] + now[2] / 1000000
local limit, rate = tonumber(ARGV[1]), tonumber(ARGV[1]) / tonumber(ARGV[2])
local kept = redis.call('HMGET', KEYS[1], 'tokens', 'counted')
local tokens = limit
if kept[1] then
  tokens = math.min(limit, tonumber(kept[1]) + math.max(0, now - tonumber(kept[2])) * rate)
end
local wait = 0
if tokens >= 1 then tokens = tokens - 1 else wait = (1 - tokens) / rate end
redis.call('HSET', KEYS[1], 'tokens', tostring(tokens), 'counted', string.format('%.6f', now))
redis.call('PEXPIRE', KEYS[1], math.ceil((limit - tokens) / rate * 1000) + 1000)
return tostring(wait)
"""


class RedisBuckets:
    """The same in one script on the Redis server, by its clock. Falls back to memory while it is away."""

    def __init__(self, client: Any) -> None:
        self._take = client.register_script(_TAKE)
        self._errors = _redis_errors()
        self._memory = MemoryBuckets()

    def take(self, key: str, limit: int, per_seconds: float) -> float:
        try:
            return float(self._take(keys=[f"amity:rate:{key}"], args=[limit, per_seconds]))
        except self._errors:
            log.exception("Redis does not answer; counting in memory")
            return self._memory.take(key, limit, per_seconds)


def _redis_errors() -> tuple[type[Exception], ...]:
    redis = _redis()
    return (redis.RedisError, OSError) if redis else (OSError,)


def _redis() -> Any:
    """The optional package `redis`, None when it is not installed."""
    try:
        return import_module("redis")
    except ImportError:
        return None


_buckets: Buckets = MemoryBuckets()


def configure(redis_url: str = "") -> None:
    """Choose where to count; forgets everything counted so far. Without the package it is memory."""
    global _buckets
    redis = _redis() if redis_url else None
    if redis_url and redis is None:
        log.warning("REDIS_URL is set but the package redis is missing; rate limits count in memory")
    _buckets = RedisBuckets(redis.Redis.from_url(redis_url, socket_timeout=1)) if redis else MemoryBuckets()


def allow(key: str, limit: int, per_seconds: float) -> int:
    """0 when one more is allowed now, else the whole seconds to wait (for `Retry-After`).

    `limit` at once, then evenly `limit` per `per_seconds`. A refused call costs nothing.
    """
    return math.ceil(_buckets.take(key, limit, per_seconds))

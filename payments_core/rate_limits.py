"""How many requests a key may make in a stretch of time, counted in Redis for all processes together.

Stretches begin at round moments of the clock (a limit per second counts from one full second to the next), so one increment tells
everything the answer's headers say. A broker that is away counts nothing: the request goes on, and the broker is left alone
for a while. Without a broker each process counts for itself.
"""

from __future__ import annotations

import logging
import math
import time
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from urllib.parse import quote, unquote

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage, RedisStorage, Storage

log = logging.getLogger(__name__)

_PREFIX = "core:requests"
_TIMEOUT_SECONDS = 0.2  # a broker that hangs costs one request this much, then none for the length of the pause
_PAUSE_SECONDS = 5


@dataclass(frozen=True)
class Standing:
    """Where a key stands after a request: how many it may make, how many are left, and for how long that holds."""

    limit: int
    remaining: int
    reset_seconds: int
    refused: bool


class RateLimiter:
    """One per process. `live` and `test` are limits such as "100/second"."""

    def __init__(self, redis_url: str, live: str, test: str) -> None:
        self._limits = {True: parse(live), False: parse(test)}
        self._redis_url = redis_url
        self._storage: Storage | None = None
        self._opening = Lock()
        self._silent_until = 0.0

    def take(self, key_id: str, live: bool, real_now: datetime) -> Standing | None:
        """Counts one request of a key; None when nothing can be counted at the moment."""
        limit = self._limits[live]
        stretch, passed = divmod(real_now.timestamp(), limit.get_expiry())
        count = self._count(limit, key_id, int(stretch))
        if count is None:
            return None
        return Standing(
            limit=limit.amount,
            remaining=max(limit.amount - count, 0),
            reset_seconds=max(math.ceil(limit.get_expiry() - passed), 1),
            refused=count > limit.amount,
        )

    def _count(self, limit: RateLimitItem, key_id: str, stretch: int) -> int | None:
        if time.monotonic() < self._silent_until:
            return None
        try:
            return self._opened().incr(limit.key_for(key_id, stretch), limit.get_expiry())
        except Exception as error:  # a count is worth nothing compared with the request it belongs to
            self._silent_until = time.monotonic() + _PAUSE_SECONDS
            log.warning("broker unreachable, requests are not counted: %s", type(error).__name__)
            return None

    def _opened(self) -> Storage:
        """By the process that counts, not by the one it was forked from, and by one of its threads."""
        with self._opening:
            if self._storage is None:
                self._storage = _storage(self._redis_url)
            return self._storage


def _storage(redis_url: str) -> Storage:
    if not redis_url:
        return MemoryStorage()
    return RedisStorage(
        _address(redis_url),
        key_prefix=_PREFIX,
        wrap_exceptions=True,
        socket_timeout=_TIMEOUT_SECONDS,
        socket_connect_timeout=_TIMEOUT_SECONDS,
    )


def _address(broker: str) -> str:
    """Celery and this library write the address of a unix socket differently."""
    scheme, _, place = broker.partition("://")
    if scheme != "redis+socket":
        return broker
    return "redis+unix://" + quote(unquote(place.partition("?")[0]), safe="/")

"""How many requests a key may make in a stretch of time, counted in Redis for all processes together.

Stretches begin at round moments of the clock (a limit per second counts from one full second to the next), so one increment tells
everything the answer's headers say. Requests that are answered in a lane are counted in one round trip. A broker that is away counts
nothing: the request goes on, and the broker is left alone for a while. Without a broker each process counts for itself.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any
from urllib.parse import quote, unquote

from limits import parse
from limits.storage import MemoryStorage
from redis import ConnectionPool, Redis
from redis import TimeoutError as TookTooLong
from redis.backoff import NoBackoff
from redis.retry import Retry

from payments_core import lanes

log = logging.getLogger(__name__)

_PREFIX = "core:requests"
_TIMEOUT_SECONDS = 0.2  # a broker that hangs costs one request this much, then none for the length of the pause
_PAUSE_SECONDS = 5
# One more under each name, which lasts for as many seconds from its first on.
_ADD = """
local totals = {}
for number, name in ipairs(KEYS) do
    totals[number] = redis.call('INCR', name)
    if totals[number] == 1 then redis.call('EXPIRE', name, ARGV[number]) end
end
return totals
"""


@dataclass(frozen=True)
class Standing:
    """Where a key stands after a request: how many it may make, how many are left, and for how long that holds."""

    limit: int
    remaining: int
    reset_seconds: int
    refused: bool


@dataclass
class _Count:
    """One request more under a name that lasts for some seconds; `total` once it was counted, unless nobody could."""

    name: str
    seconds: int
    total: int | None = None


class RateLimiter:
    """One per process. `live` and `test` are limits such as "100/second"."""

    def __init__(self, redis_url: str, live: str, test: str) -> None:
        self._limits = {True: parse(live), False: parse(test)}
        self._redis_url = redis_url
        self._add_to: Callable[[Sequence[_Count]], None] | None = None
        self._opening = Lock()
        self._silent_until = 0.0

    def take(self, key_id: str, live: bool, real_now: datetime) -> Standing | None:
        """Counts one request of a key; None when nothing can be counted at the moment."""
        limit = self._limits[live]
        stretch, passed = divmod(real_now.timestamp(), limit.get_expiry())
        counted = self._count(_Count(limit.key_for(key_id, int(stretch)), limit.get_expiry()))
        if counted is None:
            return None
        return Standing(
            limit=limit.amount,
            remaining=max(limit.amount - counted, 0),
            reset_seconds=max(math.ceil(limit.get_expiry() - passed), 1),
            refused=counted > limit.amount,
        )

    def _count(self, request: _Count) -> int | None:
        if time.monotonic() < self._silent_until:
            return None
        lane = lanes.current()
        if lane is not None:
            lane.together(self._add, request)
        else:
            self._add([request])
        return request.total

    def _add(self, requests: Sequence[_Count]) -> None:
        try:
            self._opened()(requests)
        except Exception as error:  # a count is worth nothing compared with the request it belongs to
            self._silent_until = time.monotonic() + _PAUSE_SECONDS
            log.warning("broker unreachable, requests are not counted: %s", type(error).__name__)

    def _opened(self) -> Callable[[Sequence[_Count]], None]:
        """By the process that counts, not by the one it was forked from, and by one of its threads."""
        with self._opening:
            if self._add_to is None:
                self._add_to = _shared(self._redis_url) if self._redis_url else _own()
            return self._add_to


class _InLane:
    """Of a connection to the broker: while it waits for it the others of its lane (lanes.py) go on."""

    is_connected: bool
    _sock: Any

    def connect(self) -> None:
        if not self.is_connected:
            lanes.elsewhere(super().connect)  # type: ignore[misc]

    def read_response(self, *arguments: Any, **options: Any) -> Any:
        lane = lanes.current()
        if lane is not None and not lane.readable(self._sock.fileno(), _TIMEOUT_SECONDS):
            self.disconnect()  # type: ignore[attr-defined]
            raise TookTooLong
        return super().read_response(*arguments, **options)  # type: ignore[misc]


def _shared(broker: str) -> Callable[[Sequence[_Count]], None]:
    """Counts for all processes."""
    pool = ConnectionPool.from_url(
        _address(broker),
        socket_timeout=_TIMEOUT_SECONDS,
        socket_connect_timeout=_TIMEOUT_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )
    pool.connection_class = type("BrokerConnection", (_InLane, pool.connection_class), {})
    script = Redis(connection_pool=pool).register_script(_ADD)

    def add(requests: Sequence[_Count]) -> None:
        names = [f"{_PREFIX}:{request.name}" for request in requests]
        for request, total in zip(requests, script(names, [request.seconds for request in requests]), strict=True):
            request.total = total

    return add


def _own() -> Callable[[Sequence[_Count]], None]:
    """Counts for this process."""
    storage = MemoryStorage()

    def add(requests: Sequence[_Count]) -> None:
        for request in requests:
            request.total = storage.incr(request.name, request.seconds)

    return add


def _address(broker: str) -> str:
    """Celery and the client write the address of a unix socket differently."""
    scheme, _, place = broker.partition("://")
    if scheme != "redis+socket":
        return broker
    return "unix://" + quote(unquote(place.partition("?")[0]), safe="/")

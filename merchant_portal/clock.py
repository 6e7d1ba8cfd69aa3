"""The sole reader of the system clock in this package. `create_app` receives a Clock; entry points pass `now` down."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The present moment, aware, in UTC. Sessions, throttles and links always use it, never a test clock."""
    return datetime.now(UTC)  # noqa: TID251  the one place where the system clock is read

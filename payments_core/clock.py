"""The sole reader of the system clock. `create_app` receives a Clock; entry points call it once and pass `now` down."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The real time, aware, in UTC."""
    return datetime.now(UTC)  # noqa: TID251  the one place where the system clock is read


def merchant_time(real_now: datetime, live: bool, offset_seconds: int) -> datetime:
    """A merchant's time: real in live mode, real plus the merchant's test clock offset in test mode."""
    return real_now if live else real_now + timedelta(seconds=offset_seconds)

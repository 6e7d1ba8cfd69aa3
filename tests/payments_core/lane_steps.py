"""Requests that come to a lane at the same moment, for certain."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from payments_core.lanes import Lane

WAIT_SECONDS = 20
T = TypeVar("T")


def all_at_once(lane: Lane, calls: Sequence[Callable[[], T]]) -> list[Future[T]]:
    """Makes calls that each go through the lane, which begins with the first when all are there; ended when all have ended."""
    begin = threading.Event()
    with ThreadPoolExecutor(len(calls) + 1) as threads:
        first = threads.submit(lane.run, lambda: begin.wait(WAIT_SECONDS))
        _until(lambda: lane._under_way == 1)
        outcomes = [threads.submit(call) for call in calls]
        _until(lambda: len(lane._arrivals) == len(calls))
        begin.set()
        assert first.result(WAIT_SECONDS)
    return outcomes


def _until(holds: Callable[[], bool]) -> None:
    ends = time.monotonic() + WAIT_SECONDS
    while not holds():
        assert time.monotonic() < ends
        time.sleep(0.001)

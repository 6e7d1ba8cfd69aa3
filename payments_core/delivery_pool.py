"""Sends webhooks from a few threads: a receiver may take ten seconds, the sweep must not, and nor must other receivers.

Only as many deliveries are claimed as threads are free, so none waits in memory while its lease runs. One endpoint has a few of
the threads at most: a slow one gets its own events late, never those of others.
"""

from __future__ import annotations

import logging
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore, Lock

from flask import Flask

from payments_core import deliveries
from payments_core.deliveries import Claim
from payments_core.runtime import runtime

log = logging.getLogger(__name__)

THREADS = 8
PER_ENDPOINT = 2


class DeliveryPool:
    """The sending threads of one worker process."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._executor = ThreadPoolExecutor(THREADS, thread_name_prefix="webhook")
        self._free = BoundedSemaphore(THREADS)
        self._taking = Lock()
        self._busy: Counter[str] = Counter()  # threads by endpoint

    def send_due(self) -> int:
        """Gives every free thread something that is due; returns how many. Each goes on until it finds nothing more."""
        sent = 0
        while self._start(None):
            sent += 1
        return sent

    def send_one(self, delivery_id: str) -> bool:
        """Hands one delivery over if it is due and a thread is free for its endpoint."""
        return self._start(delivery_id)

    def close(self) -> None:
        """Waits for the threads to end."""
        self._executor.shutdown(wait=True)

    def _start(self, delivery_id: str | None) -> bool:
        if not self._free.acquire(blocking=False):
            return False
        try:
            taken = self._take(delivery_id)
            if taken is not None:
                self._executor.submit(self._work, taken)
                return True
        except BaseException:
            self._free.release()
            raise
        self._free.release()
        return False

    def _take(self, delivery_id: str | None = None) -> Claim | None:
        """Claims a delivery; it and its endpoint, which counts as busy from here on."""
        with self._taking, self._app.app_context():
            full = [endpoint_id for endpoint_id, threads in self._busy.items() if threads >= PER_ENDPOINT]
            claimed = deliveries.claim(runtime().clock(), 1, delivery_id, but_not_to=full)
            if not claimed:
                return None
            self._busy[claimed[0].endpoint_id] += 1
            return claimed[0]

    def _work(self, taken: Claim | None) -> None:
        """Sends a delivery, then whatever else is due."""
        try:
            while taken is not None:
                try:
                    self._send(taken.delivery_id)
                finally:
                    with self._taking:
                        self._busy -= Counter([taken.endpoint_id])  # subtraction also forgets who has none left
                taken = self._take()
        except Exception:  # the lease lapses and the sweep finds the delivery again
            log.exception("sending a webhook failed")
        finally:
            self._free.release()

    def _send(self, delivery_id: str) -> None:
        """Sends a delivery, then those that waited for it."""
        following: str | None = delivery_id
        while following is not None:
            with self._app.app_context():
                accepted = deliveries.deliver(following, runtime().clock())
                following = deliveries.next_of(following, runtime().clock()) if accepted else None

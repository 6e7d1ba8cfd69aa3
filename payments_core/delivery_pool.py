"""Sends webhooks from a few threads: a receiver may take ten seconds, the sweep must not.

Only as many deliveries are claimed as threads are free, so none waits in memory while its lease runs.
"""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore

from flask import Flask

from payments_core import deliveries
from payments_core.runtime import runtime

log = logging.getLogger(__name__)

THREADS = 8


class DeliveryPool:
    """The sending threads of one worker process."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._executor = ThreadPoolExecutor(THREADS, thread_name_prefix="webhook")
        self._free = BoundedSemaphore(THREADS)

    def send_due(self) -> int:
        """Hands every due delivery to a free thread; returns how many. What finds no thread waits for the next sweep."""
        sent = 0
        while self._hand_over(None):
            sent += 1
        return sent

    def send_one(self, delivery_id: str) -> bool:
        """Hands one delivery over if it is due and a thread is free."""
        return self._hand_over(delivery_id)

    def close(self) -> None:
        """Waits for the threads to end."""
        self._executor.shutdown(wait=True)

    def _hand_over(self, delivery_id: str | None) -> bool:
        if not self._free.acquire(blocking=False):
            return False
        try:
            with self._app.app_context():
                claimed = deliveries.claim(runtime().clock(), 1, delivery_id)
            if claimed:
                self._executor.submit(self._send, claimed[0])
                return True
        except BaseException:
            self._free.release()
            raise
        self._free.release()
        return False

    def _send(self, delivery_id: str) -> None:
        """Sends a delivery, then those that waited for it."""
        try:
            following: str | None = delivery_id
            while following is not None:
                with self._app.app_context():
                    accepted = deliveries.deliver(following, runtime().clock())
                    following = deliveries.next_of(following, runtime().clock()) if accepted else None
        except Exception:  # the lease lapses and the sweep finds the delivery again
            log.exception("sending a webhook failed")
        finally:
            self._free.release()

"""Task names sent by broker right after a commit. A hint may be lost: the sweep finds every unfinished row anyway.

Sending therefore never fails a click, waits a second at most, and is not tried for a while once the broker did not answer.
"""

from __future__ import annotations

import logging
import time
from typing import Any

from celery import Celery
from flask import current_app

log = logging.getLogger(__name__)

BROKER_OPTIONS = {
    "socket_timeout": 5,
    "socket_connect_timeout": 1,
    "max_retries": 1,
    "interval_start": 0,  # a refused connection is tried again at once, not after two seconds of a merchant's time
    "interval_step": 0.05,
    "interval_max": 0.05,
    "retry_on_timeout": False,
}
_PAUSE_SECONDS = 15


class Hints:
    """An empty broker address sends nothing."""

    def __init__(self, redis_url: str) -> None:
        self._celery = Celery("portal-hints", broker=redis_url) if redis_url else None
        if self._celery is not None:
            self._celery.conf.update(
                broker_transport_options=BROKER_OPTIONS,
                broker_connection_timeout=1,
                task_publish_retry=False,
                task_ignore_result=True,
            )
        self._silent_until = 0.0

    def sweep(self) -> None:
        """Asks this package's worker to look at once: a mail or a merchant is due."""
        self._send("portal.sweep", "portal", {})

    def command(self, arguments: dict[str, Any]) -> bool:
        """Passes a boutique command to the provisioner; returns whether the broker took it."""
        return self._send("provisioner.command", "provisioner", arguments)

    def _send(self, task: str, queue: str, arguments: dict[str, Any]) -> bool:
        if self._celery is None or time.monotonic() < self._silent_until:
            return False
        try:
            self._celery.send_task(task, kwargs=arguments, queue=queue, ignore_result=True, retry=False, expires=60)
        except Exception as error:  # a hint is worth nothing compared with the request it belongs to
            self._silent_until = time.monotonic() + _PAUSE_SECONDS
            log.warning("broker unreachable, the sweep takes over: %s", error)
            return False
        return True


def hints() -> Hints:
    """The current application's."""
    return current_app.extensions["hints"]

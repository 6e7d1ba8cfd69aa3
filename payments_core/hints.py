"""Hints to the worker, sent right after a commit so that it need not wait for its next sweep.

A hint may be lost: the sweep finds every unfinished row anyway. So sending never fails a request, waits a second at most, and
stops being tried for a while once the broker did not answer.
"""

from __future__ import annotations

import logging
import time
from functools import partial
from typing import Any

from celery import Celery
from sqlalchemy import event
from sqlalchemy.orm import Session

from payments_core import lanes
from payments_core.db import db

log = logging.getLogger(__name__)

QUEUE = "core"
_PAUSE_SECONDS = 15
_KEY = "hints"
BROKER_OPTIONS = {
    "socket_timeout": 5,
    "socket_connect_timeout": 1,
    "retry_on_timeout": False,
    # One more try at once, where kombu's own default would sleep two seconds in the caller's request.
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0,
    "interval_max": 0,
}


class Hints:
    """Sends task names with one argument each. An empty broker URL sends nothing."""

    def __init__(self, redis_url: str) -> None:
        self._celery = Celery("core-hints", broker=redis_url) if redis_url else None
        if self._celery is not None:
            self._celery.conf.update(
                broker_transport_options=BROKER_OPTIONS, task_publish_retry=False, broker_connection_timeout=1
            )
        self._silent_until = 0.0

    def later(self, task: str, argument: str) -> None:
        """Remembers a hint until the session's transaction commits; a rollback forgets it."""
        db.session.info.setdefault(_KEY, []).append((self, task, argument))

    def send(self, task: str, argument: str) -> None:
        """Sends at once; logs instead of raising."""
        if self._celery is None or time.monotonic() < self._silent_until:
            return
        try:
            self._celery.send_task(task, args=[argument], queue=QUEUE, ignore_result=True, retry=False, expires=60)
        except Exception as error:  # a hint is worth nothing compared with the request it belongs to
            self._silent_until = time.monotonic() + _PAUSE_SECONDS
            log.warning("broker unreachable, the sweep takes over: %s", error)


@event.listens_for(Session, "after_commit")
def _send_hints(session: Session) -> None:
    if not session.in_nested_transaction():  # only a savepoint was released
        committed(session)


def committed(session: Session) -> None:
    """Sends what is remembered: its rows are committed."""
    kept: list[tuple[Hints, str, str]] = session.info.pop(_KEY, [])
    for hints, task, argument in kept:
        lanes.elsewhere(partial(hints.send, task, argument))


@event.listens_for(Session, "after_rollback")
def _forget_hints(session: Session, *_: Any) -> None:
    forget(session)


def forget(session: Session) -> None:
    """Sends nothing of what is remembered: its rows are undone."""
    session.info.pop(_KEY, None)

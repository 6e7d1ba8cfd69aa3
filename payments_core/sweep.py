"""The sweep: finds every unfinished row of any kind and takes it on. It may run anywhere, any number of times, at once."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import partial

from payments_core import authorizations, banking, clocks, due, idempotency, list_counts, orders, webhooks
from payments_core.db import db
from payments_core.runtime import runtime

log = logging.getLogger(__name__)

_BUDGET_SECONDS = 20  # of one sweep; what is left waits for the next, five seconds later


def sweep() -> dict[str, int]:
    """One round; returns how much of each kind was moved. One kind failing does not keep the others from being swept."""
    ends = time.monotonic() + _BUDGET_SECONDS
    moved = {
        "attempts": _guarded(ends, lambda: authorizations.resume_open(runtime().clock())),
        "orders": _guarded(ends, _orders),
    }
    for kind in due.KINDS:
        moved[kind.model.__tablename__] = _repeated(ends, partial(_due, kind))
    # What the due rows ordered goes out in the same round.
    moved["orders"] += _repeated(ends, _orders)
    moved["bank"] = _repeated(ends, _bank)
    moved["clock_steps"] = sum(_guarded(ends, partial(clocks.advance, merchant)) for merchant in clocks.advancing())
    moved["forgotten_keys"] = _guarded(ends, lambda: idempotency.forget_old(runtime().clock()))
    moved["forgotten_secrets"] = _guarded(ends, lambda: webhooks.forget_old_secrets(runtime().clock()))
    moved["forgotten_changes"] = _guarded(ends, list_counts.forget_old)
    return moved


def _due(kind: due.Kind) -> int:
    return due.sweep(kind, runtime().clock())


def _orders() -> int:
    return orders.send_unanswered(runtime().clock())


def _bank() -> int:
    return banking.exchange(runtime().clock())


def _repeated(ends: float, work: Callable[[], int]) -> int:
    """Until there is nothing more to do, or the time is over."""
    total = 0
    while moved := _guarded(ends, work):
        total += moved
    return total


def _guarded(ends: float, work: Callable[[], int]) -> int:
    if time.monotonic() > ends:
        return 0
    try:
        return work()
    except Exception:  # logged with its trace; the rows stay due and the next sweep tries again
        log.exception("a part of the sweep failed")
        db.session.rollback()
        return 0

"""The test clock of a merchant: real time plus an offset that only grows, advanced by stating a goal.

Asking stores the goal. The worker then goes from due moment to due moment in order; each step is one transaction that handles rows
due at that moment and sets the clock to it, so a killed worker goes on where the last commit left it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select

from payments_core import authorizations, banking, due, orders
from payments_core.clock import merchant_time
from payments_core.db import db, locked
from payments_core.errors import AcquirerUnavailable, Conflict, InvalidRequest, NotFound
from payments_core.models import AcquirerOrder, Attempt, Merchant
from payments_core.runtime import runtime
from payments_core.scope import scope_of
from payments_core.step import Step

ADVANCE = "core.advance_clock"
_FURTHEST = timedelta(days=800)  # from real time: two years of test cover every deadline of the domain


@dataclass(frozen=True)
class Reading:
    """What a test clock shows."""

    now: datetime
    offset_seconds: int
    advancing_to: datetime | None


def read(merchant: Merchant, real_now: datetime) -> Reading:
    """The merchant's test time."""
    offset = merchant.clock_offset_seconds
    return Reading(merchant_time(real_now, False, offset), offset, merchant.clock_goal)


def ask_advance(
    merchant_id: str, real_now: datetime, *, to: datetime | None = None, days: int | None = None
) -> Reading:
    """Stores where to advance to. Exactly one of `to` and `days`; `days` counts from the goal in force, or from now.

    Raises NotFound, InvalidRequest, Conflict `clock_forward_only`.
    """
    merchant = locked(Merchant, merchant_id)
    if merchant is None:
        raise NotFound("merchant", merchant_id)
    now = merchant.clock_goal or read(merchant, real_now).now
    if (to is None) == (days is None):
        raise InvalidRequest("to", "Give either `to` or `days`", code="bad_clock")
    goal = to if to is not None else now + timedelta(days=days or 0)
    if goal <= now:
        raise Conflict("A test clock only moves forward", code="clock_forward_only")
    if goal > real_now + _FURTHEST:
        raise InvalidRequest("to", "A test clock stays within 800 days of real time", code="clock_too_far")
    merchant.clock_goal = goal
    runtime().hints.later(ADVANCE, merchant.id)
    db.session.commit()
    return read(merchant, real_now)


def advance(merchant_id: str) -> int:
    """Moves one merchant's clock to its goal; returns the number of steps. One process at a time does it, others return."""
    steps = 0
    while _one_step(merchant_id):
        steps += 1
    return steps


def advancing() -> list[str]:
    """Merchants whose clock has not reached its goal."""
    return list(db.session.scalars(select(Merchant.id).where(Merchant.clock_goal.is_not(None))))


def _one_step(merchant_id: str) -> bool:
    """Handles what is due next, or ends at the goal. False when there is nothing (more) to do here."""
    real_now = runtime().clock()
    authorizations.resume_open(real_now, merchant_id)
    orders.send_unanswered(real_now, merchant_id)
    while banking.exchange(real_now, merchant_id):  # an answer may order something: what a claim lacks is collected
        pass
    if _acquirer_owes_answers(merchant_id) or banking.owes_answer(merchant_id):
        return False  # what falls due may depend on them; the next sweep goes on
    statement = select(Merchant).where(Merchant.id == merchant_id, Merchant.clock_goal.is_not(None))
    locking = statement.with_for_update(skip_locked=True, key_share=True).execution_options(populate_existing=True)
    merchant = db.session.scalars(locking).first()
    if merchant is None or merchant.clock_goal is None:
        db.session.commit()
        return False
    found = due.next_moment(merchant.id, merchant.clock_goal)
    if found is None:
        _move_to(merchant, merchant.clock_goal, real_now)
        merchant.clock_goal = None
        db.session.commit()
        return False
    kind, moment = found
    _move_to(merchant, moment, real_now)
    scope = scope_of(merchant, False, real_now, "clock").at(moment)
    try:
        if kind.prepare(scope):
            return True  # the merchant is not locked any more: look again
    except AcquirerUnavailable:
        db.session.rollback()
        return False
    due.handle(kind, Step(scope), due.rows_of(kind, merchant.id, False, moment))
    db.session.commit()
    return True


def _acquirer_owes_answers(merchant_id: str) -> bool:
    owed = [
        select(model.id)
        .where(model.answered_at.is_(None), model.merchant_id == merchant_id, model.live.is_(False))
        .exists()
        for model in (AcquirerOrder, Attempt)
    ]
    return bool(db.session.scalar(select(or_(*owed))))


def _move_to(merchant: Merchant, moment: datetime, real_now: datetime) -> None:
    ahead = math.ceil((moment - real_now).total_seconds())
    merchant.clock_offset_seconds = max(merchant.clock_offset_seconds, ahead)

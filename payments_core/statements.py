"""Questions for the bank's statements: what did you book on these days?"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.dialects.postgresql import insert

from payments_core.business_days import at_hour, next_target_day, paris_day
from payments_core.db import db
from payments_core.models import BankMessage
from payments_core.policy import policy_at
from payments_core.scope import Scope


def ask(scope: Scope, since: date) -> None:
    """Owes the bank the question what it booked from a day to yesterday, within the caller's transaction.

    One question per account and period: several things waiting on the same morning share it. Balances are locked before, as
    whoever asks the same at the same moment waits here for the other's commit.
    """
    today = paris_day(scope.now)
    if since >= today:
        return
    owner = _owner(scope)
    values = {
        "kind": "statement",
        "merchant_id": owner,
        "live": scope.live,
        "since": since,
        "until": today - timedelta(days=1),
        "attempts": 0,
        "created_at": scope.real_now,
        "next_attempt_at": scope.real_now,
    }
    message_id = f"STMT-{today:%Y%m%d}-{since:%m%d}-{(owner or 'live')[-16:]}"
    db.session.execute(insert(BankMessage).values(id=message_id, **values).on_conflict_do_nothing())


def unread(scope: Scope, day: date) -> bool:
    """Whether an answer that may speak of that day, or of one before, is still owed."""
    statement = select(BankMessage.id).where(_ours(scope), BankMessage.answered_at.is_(None), BankMessage.since <= day)
    return db.session.scalar(statement.limit(1)) is not None


def read(scope: Scope, since: date, until: date) -> bool:
    """Whether one statement of the whole period was answered."""
    statement = select(BankMessage.id).where(
        _ours(scope), BankMessage.answered_at.is_not(None), BankMessage.since <= since, BankMessage.until >= until
    )
    return db.session.scalar(statement.limit(1)) is not None


def next_morning(scope: Scope) -> datetime:
    """The bank's statement of a day is read on the next TARGET day's morning."""
    return morning_after(scope, paris_day(scope.now))


def morning_after(scope: Scope, day: date) -> datetime:
    """When the statement of that day is read."""
    return at_hour(next_target_day(day), policy_at(scope.now).settlement_hour)


def _owner(scope: Scope) -> str | None:
    """Live merchants share our account; in test mode each has one, as each has a clock."""
    return None if scope.live else scope.merchant_id


def _ours(scope: Scope) -> ColumnElement[bool]:
    owner = _owner(scope)
    return and_(
        BankMessage.kind == "statement",
        BankMessage.live.is_(scope.live),
        BankMessage.merchant_id.is_(None) if owner is None else BankMessage.merchant_id == owner,
    )

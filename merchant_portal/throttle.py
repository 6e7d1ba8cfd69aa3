"""Limits on tries, counted in real time, kept in the database so that every process sees them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, delete
from sqlalchemy.dialects.postgresql import insert

from merchant_portal.db import db
from merchant_portal.errors import Throttled
from merchant_portal.models import Throttle


@dataclass(frozen=True)
class Limit:
    """At most `tries` of one key within `window`."""

    kind: str
    tries: int
    window: timedelta


# A pair of address and e-mail is what a person gets wrong; the address alone is what a guesser turns through e-mails with. The
# e-mail alone is never locked by strangers: that would let anybody keep a merchant out.
SIGN_IN_PAIR = Limit("pair", 5, timedelta(minutes=5))
SIGN_IN_ADDRESS = Limit("address", 60, timedelta(minutes=15))
SIGN_UP_ADDRESS = Limit("signup", 200, timedelta(hours=1))
MAIL_TO = Limit("mail", 5, timedelta(hours=1))


def check(limit: Limit, key: str, now: datetime) -> None:
    """Raises Throttled with the seconds left when the key has used up its tries."""
    row = db.session.get(Throttle, _key(limit, key), populate_existing=True)
    if row is None or row.tries < limit.tries:
        return
    left = (row.window_started_at + limit.window - now).total_seconds()
    if left > 0:
        raise Throttled(seconds=max(1, int(left)))


def count(limit: Limit, key: str, now: datetime) -> None:
    """One more try, within the caller's transaction; a window that is over starts anew."""
    over = Throttle.window_started_at <= now - limit.window
    statement = insert(Throttle).values(key=_key(limit, key), tries=1, window_started_at=now)
    db.session.execute(
        statement.on_conflict_do_update(
            index_elements=["key"],
            set_={
                "tries": case((over, 1), else_=Throttle.tries + 1),
                "window_started_at": case((over, now), else_=Throttle.window_started_at),
            },
        )
    )


def forget(limit: Limit, key: str) -> None:
    """A success clears the counter, within the caller's transaction."""
    db.session.execute(delete(Throttle).where(Throttle.key == _key(limit, key)))


def forget_old(now: datetime) -> None:
    """Removes counters nobody needs any more."""
    db.session.execute(delete(Throttle).where(Throttle.window_started_at < now - timedelta(days=1)))
    db.session.commit()


def _key(limit: Limit, key: str) -> str:
    return f"{limit.kind}:{hashlib.sha256(key.casefold().encode()).hexdigest()}"

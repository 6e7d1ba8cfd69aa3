"""The merchant in the core that belongs to an account: made by reference, so asking again gives the same one."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from sqlalchemy import select

from merchant_portal.db import db
from merchant_portal.models import Account, Person
from merchant_portal.payments_client import CoreError
from merchant_portal.runtime import runtime

log = logging.getLogger(__name__)

LONGEST_PAUSE = timedelta(minutes=5)


def ensure(account: Account, person: Person) -> str:
    """The merchant's id; asks the core when the account has none yet. Raises CoreError."""
    if account.merchant_id is None:
        assert account.iban_sealed is not None
        merchant = runtime().core.post(
            "/merchants",
            person.email,
            {
                "reference": account.id,
                "name": account.company,
                "email": person.email,
                "siren": account.siren,
                "iban": runtime().box.open(account.iban_sealed),
                "country": account.country,
                "language": person.language,
            },
        )
        account.merchant_id, account.iban_sealed = str(merchant["id"]), None
        account.last_error = None
        db.session.commit()
    assert account.merchant_id is not None
    return account.merchant_id


def try_to_make(account: Account, person: Person, now: datetime) -> bool:
    """`ensure` for a page that can wait: the sweep tries again after a failure."""
    try:
        ensure(account, person)
    except CoreError as error:
        account.attempts += 1
        account.last_error = str(error)[:500]
        account.next_try_at = now + min(timedelta(seconds=2 ** min(account.attempts, 10)), LONGEST_PAUSE)
        db.session.commit()
        log.warning("account %s has no merchant yet: %s", account.id, error)
        return False
    return True


def sweep(now: datetime) -> None:
    """Finishes confirmed accounts whose merchant was not made yet."""
    statement = (
        select(Person)
        .join(Account)
        .where(Account.merchant_id.is_(None), Account.next_try_at <= now, Person.confirmed_at.is_not(None))
        .limit(20)
    )
    for person in list(db.session.scalars(statement)):
        try_to_make(person.account, person, now)

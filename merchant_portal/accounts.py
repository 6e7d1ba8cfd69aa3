"""The account's merchant in the core: made once by reference, finished by whoever comes first (the confirmation, a visit, a sweep)."""

from __future__ import annotations

import logging
from datetime import datetime

from sqlalchemy import select

from merchant_portal import audit
from merchant_portal.db import db
from merchant_portal.errors import MerchantPending, PaymentsRefused, PaymentsUnavailable
from merchant_portal.models import Account, Membership
from merchant_portal.payments_client import PaymentsClient

log = logging.getLogger(__name__)


def ensure_merchant(payments: PaymentsClient, account: Account, now: datetime) -> str:
    """The account's merchant id, made now if it is not there yet. Raises PaymentsUnavailable or MerchantPending.

    The account's id is the reference: however often a crash makes us ask, the core has one merchant for it.
    """
    if account.merchant_id:
        return account.merchant_id
    body = {
        "reference": str(account.id),
        "name": account.company,
        "email": account.email,
        "siren": account.siren,
        "iban": account.iban,
        "country": account.country,
        "language": account.language,
    }
    try:
        merchant = payments.create_merchant(account.email, body)
    except PaymentsRefused as err:
        log.error("the core refuses the merchant of account %s: %s %s", account.id, err.code, err.message)
        raise MerchantPending(reason=err.code) from err
    locked = db.session.get(Account, account.id, with_for_update=True, populate_existing=True)
    assert locked is not None
    if locked.merchant_id is None:
        locked.merchant_id, locked.iban = merchant["id"], None
        audit.record(locked.id, "Comptoir", "merchant.created", now, target=merchant["id"])
    db.session.commit()
    return str(merchant["id"])


def finish_pending(payments: PaymentsClient, now: datetime) -> int:
    """Makes the merchants a crash or an absent core left out; returns how many were made."""
    made = 0
    for account in db.session.scalars(select(Account).where(Account.merchant_id.is_(None)).limit(50)).all():
        try:
            ensure_merchant(payments, account, now)
            made += 1
        except PaymentsUnavailable:
            break
        except MerchantPending:
            continue
    return made


def account_of(email: str) -> Account | None:
    """The first account of the person with this address."""
    statement = select(Membership).where(Membership.person.has(email=email)).order_by(Membership.created_at).limit(1)
    membership = db.session.scalars(statement).first()
    return membership.account if membership else None

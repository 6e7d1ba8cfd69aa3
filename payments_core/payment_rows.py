"""One payment of a scope, read or locked. Apart from payments.py, so that refunds and disputes need not know how payments are made."""

from __future__ import annotations

from payments_core.db import db, locked
from payments_core.errors import NotFound
from payments_core.models import Payment
from payments_core.scope import Scope


def get(scope: Scope, payment_id: str) -> Payment:
    """Raises NotFound."""
    return _own(scope, db.session.get(Payment, payment_id), payment_id)


def locked_payment(scope: Scope, payment_id: str) -> Payment:
    """The payment under lock until the end of the transaction. Raises NotFound."""
    return _own(scope, locked(Payment, payment_id), payment_id)


def _own(scope: Scope, payment: Payment | None, payment_id: str) -> Payment:
    if payment is None or payment.merchant_id != scope.merchant_id or payment.live != scope.live:
        raise NotFound("payment", payment_id)
    return payment

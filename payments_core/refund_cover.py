"""Whether a refund is covered: by what the merchant has available, held, pending and on its way from its
own account, in whatever currency.

Only the commissions of the payments being refunded may be missing from it: they are not given back, so without this no merchant could
refund its first sale whole, which the wire contract promises (section 6: refunds add up to the amount). The account then owes
them to us; we have earned them already.
"""

from __future__ import annotations

from payments_core import exchange, funds, ledger, merchant_debits
from payments_core.errors import AcquirerUnavailable, RefundRefused
from payments_core.ledger import Balances
from payments_core.models import Payment, Refund
from payments_core.money import SETTLED_IN, converted
from payments_core.scope import Scope


def ask_for_rates(scope: Scope, payment: Payment) -> bool:
    """Sees to the day's rates of the payment's currency and of those in which something is pending; whether it had to ask, so that
    the payment was not locked meanwhile.

    Raises AcquirerUnavailable without the first; what is pending at an unknown rate covers nothing.
    """
    others = [
        row.currency for row in ledger.balances(scope.merchant_id, scope.live) if row.pending or row.refunded_fees
    ]
    asked = exchange.learn(scope, payment.currency)
    try:
        return exchange.learn(scope, *others) or asked
    except AcquirerUnavailable:
        return True


def check(scope: Scope, balances: Balances, refund: Refund, payment: Payment) -> None:
    """Raises RefundRefused `insufficient_funds` when more is missing than commissions.

    Beside what is in the currency that the refund is taken from counts what is pending in the others, at their rates of the day. What
    is pending there is read without a lock: it only becomes less with the balance in euros locked, as it is here.
    """
    currency, taken = (
        (SETTLED_IN, refund.settled_amount) if refund.settled_amount is not None else (refund.currency, refund.amount)
    )
    missing, missable = taken - funds.cover(balances[currency]), 0
    if currency == SETTLED_IN:
        missing -= merchant_debits.in_flight(scope)
    for balance in ledger.balances(scope.merchant_id, scope.live):
        fees = balance.refunded_fees
        if balance.currency == payment.currency and payment.refunded_amount == 0:
            fees += payment.fee
        if balance.currency == currency:
            missable += fees
        elif currency == SETTLED_IN and (rate := exchange.known(scope, balance.currency)) is not None:
            missing -= converted(balance.pending, balance.currency, rate)
            missable += converted(fees, balance.currency, rate)
    if missing > missable:
        raise RefundRefused(
            "insufficient_funds",
            f"The account lacks {missing} {currency} (minor units) to cover this refund",
            shortfall=missing,
            currency=currency,
        )

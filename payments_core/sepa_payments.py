"""Paying by SEPA direct debit: an account and its mandate are taken as payment at once, the money follows on the collection day."""

from __future__ import annotations

from payments_core import authorizations, debit_days, mandates, payment_rules, sepa_accounts
from payments_core.business_days import end_of_period, paris_day
from payments_core.db import db, locked
from payments_core.errors import Conflict, NotFound
from payments_core.events import emit
from payments_core.models import Mandate, Payment, SepaAccount
from payments_core.policy import policy_at
from payments_core.scope import Scope
from payments_core.sepa_accounts import SepaAccountInput
from payments_core.states import next_status

ACCEPTED = "00"


def check(scope: Scope, payment: Payment, account: SepaAccountInput | str | None, *, charged: bool) -> None:
    """Whether the account, by default the payment's own, can be given to it and (`charged`) collected from.

    Everything `attach` and `accept` would raise is raised here, before anything is written.
    """
    if isinstance(account, SepaAccountInput):
        sepa_accounts.check(scope, account)
        return
    known = payment.sepa_account if account is None else sepa_accounts.get(scope, account)
    if charged and known is not None and known.mandate is not None:
        mandates.check_usable(scope, known.mandate)


def process(scope: Scope, payment_id: str, *, capture: bool | None = None) -> Payment:
    """Accepts a payment whose account is known; `capture` defaults to the payment's own.

    Raises NotFound, IllegalTransition, Conflict `not_ready` without an account, or naming why its mandate cannot be used.
    """
    payment = locked(Payment, payment_id)
    if payment is None or payment.merchant_id != scope.merchant_id or payment.live != scope.live:
        raise NotFound("payment", payment_id)
    if payment.sepa_account is None:
        raise Conflict(f"SEPA payment {payment_id} is not ready for authorization", code="not_ready")
    payment.capture = payment.capture if capture is None else capture
    accept(scope, payment, payment.sepa_account)
    db.session.commit()
    return payment


def attach(payment: Payment, account: SepaAccount) -> None:
    """Notes the account of a payment that still waits for its method; a card given before is replaced."""
    payment_rules.check_sepa(payment.currency, payment.methods_allowed, payment.amount)
    payment.card, payment.card_id = None, None
    payment.sepa_account, payment.sepa_account_id = account, account.id
    payment.method, payment.country = "sepa", account.country


def accept(scope: Scope, payment: Payment, account: SepaAccount, mandate: Mandate | None = None) -> None:
    """`to_capture`, or `authorized` when it is captured later, within the caller's transaction.

    Nothing is asked of the payer's bank yet, so nothing can be refused here but by our own rules.
    Raises InvalidRequest, IllegalTransition, Conflict naming why the mandate cannot be used.
    """
    status = next_status("payment", payment.status, "accept" if payment.capture else "authorize")
    attach(payment, account)
    debit_days.collection_day(scope.now, payment.date_settlement)  # a wish that cannot be met is refused now
    mandate = mandate or mandates.for_payment(scope, account)
    payment.mandate, payment.mandate_id = mandate, mandate.id
    payment.status, payment.response, payment.paid_at = status, ACCEPTED, scope.now
    if payment.capture:
        authorizations.set_fee(scope, payment)
        debit_days.schedule(scope, payment)
    else:
        payment.due_at = end_of_period(paris_day(scope.now), policy_at(scope.now).authorization_days)
    emit(scope, f"payment.{status}", payment, amount=payment.amount, method="sepa")
    if payment.capture:
        debit_days.announce(scope, payment)

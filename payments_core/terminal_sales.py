"""Sales at the counter: a payment per transaction number of a terminal, reversed once, collected once.

The terminal's number is the idempotency key: the same number again is the same sale. A reversal that overtakes its sale leaves a
mark, so that the late sale is refused.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy.exc import IntegrityError

from payments_core import authorizations, cards, orders, payment_rules, payments
from payments_core.acquirer import TOO_LATE, Answer, CardPresent
from payments_core.card_rules import CardInput
from payments_core.db import commit_and_release, db, first, locked, new_id
from payments_core.errors import Conflict
from payments_core.events import emit
from payments_core.models import Attempt, Payment, Terminal, TerminalSale
from payments_core.payments import NewPayment
from payments_core.runtime import runtime
from payments_core.scope import Scope
from payments_core.states import next_status
from payments_core.terminals import CURRENCY


@dataclass(frozen=True)
class NewSale:
    """What an authorisation request says; `amount` in minor units. Number, PIN and chip data pass through memory only."""

    number: str  # the terminal's transaction number
    amount: int
    card_number: str = field(repr=False)
    exp_month: int
    exp_year: int
    aid: str
    entry: str
    present: CardPresent = field(repr=False)


def sell(scope: Scope, terminal: Terminal, new: NewSale) -> Answer:
    """The issuer's answer to a sale, the same for the same number.

    Raises InvalidRequest, Forbidden, AcquirerUnavailable, and Conflict `duplicate` for a number used for another sale or
    already reversed.
    """
    sale = find(terminal, new.number) or _begin(scope, terminal, new)
    attempt = db.session.get(Attempt, sale.attempt_id) if sale.attempt_id else None
    if attempt is None or sale.reversed_at is not None or attempt.amount != new.amount:
        raise Conflict("This transaction number was used for another sale", code="duplicate")
    asked = authorizations.question(attempt, present=new.present)
    commit_and_release()
    answer = runtime().acquirer.authorize(asked)
    authorizations.record(scope, attempt.id, answer)
    # Given up meanwhile: whatever the issuer said then has been reversed.
    return Answer(TOO_LATE) if attempt.result == "reversed" else answer


def find(terminal: Terminal, number: str) -> TerminalSale | None:
    """The sale of this number, or None."""
    return first(TerminalSale, TerminalSale.terminal_id == terminal.id, TerminalSale.number == number)


def of_payment(payment_id: str) -> TerminalSale | None:
    """The counter's side of a payment."""
    return first(TerminalSale, TerminalSale.payment_id == payment_id)


def reverse(scope: Scope, terminal: Terminal, number: str) -> None:
    """Takes a sale back, once, whether or not it was ever seen.

    Raises Conflict `collected` when its telecollection was agreed: then it must be refunded.
    """
    sale = find(terminal, number)
    if sale is None:
        sale = _remember(scope, terminal, number)
    payment = locked(Payment, sale.payment_id) if sale.payment_id else None
    if payment is not None and payment.status == "authorized":
        payment.status, payment.due_at = next_status("payment", payment.status, "cancel"), None
        payment.fee = 0
        orders.place(scope, "reverse", payment, payment)
        emit(scope, "payment.canceled", payment)
    elif payment is not None and payment.status is None:
        # Not answered yet: an acceptance that still comes finds the payment closed and is reversed by authorizations.
        payment.status, payment.due_at = next_status("payment", payment.status, "expire"), None
        emit(scope, "payment.expired", payment)
    elif payment is not None and payment.status not in payment_rules.OVER:
        db.session.rollback()
        raise Conflict("This sale was collected; refund it", code="collected")
    sale.reversed_at = sale.reversed_at or scope.now
    db.session.commit()


def _begin(scope: Scope, terminal: Terminal, new: NewSale) -> TerminalSale:
    """Payment, attempt and sale in one transaction, before the issuer is asked."""
    payment_rules.check_may_take(scope)
    wanted = NewPayment(amount=new.amount, currency=CURRENCY, capture=False)
    payment_rules.check_new(wanted)
    card, _ = cards.add(scope, CardInput(new.card_number, new.exp_month, new.exp_year, tokenize=False))
    payment = payments.build(scope, wanted)
    db.session.add(payment)
    emit(scope, "payment.created", payment, amount=payment.amount)
    attempt = authorizations.open_attempt(scope, payment, card)
    sale = TerminalSale(
        id=new_id("tsal"),
        terminal_id=terminal.id,
        number=new.number,
        payment_id=payment.id,
        attempt_id=attempt.id,
        aid=new.aid,
        entry=new.entry,
        created_at=scope.now,
    )
    try:
        db.session.flush()
        db.session.add(sale)
        db.session.commit()
    except IntegrityError:  # the same request at the same moment
        db.session.rollback()
        known = find(terminal, new.number)
        if known is None:
            raise
        return known
    return sale


def _remember(scope: Scope, terminal: Terminal, number: str) -> TerminalSale:
    sale = TerminalSale(id=new_id("tsal"), terminal_id=terminal.id, number=number, created_at=scope.now)
    db.session.add(sale)
    try:
        db.session.commit()
    except IntegrityError:
        db.session.rollback()
        known = find(terminal, number)
        assert known is not None
        return known
    return sale

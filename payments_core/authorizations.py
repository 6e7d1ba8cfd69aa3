"""Asking the acquirer: open an attempt, commit it, ask, record the answer.

The attempt is committed before the question leaves. A process that dies in between, or an answer that is lost, leaves an open
attempt: the sweep, or the payer's next click, asks again with the same reference, and the acquirer answers as the first time. Where
no answer comes after some askings the attempt is given up: its reference is reversed, which ends it at the acquirer for good, and
only then may the payment be tried again. So an answer that still comes finds nothing to take, and nobody pays twice.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from sqlalchemy import select, update

from payments_core import attempts, authentication, batch, cards, exchange, fees, funds, ledger, orders
from payments_core.acquirer import NEEDS_3DS, PARTLY, TOO_LATE, Answer, AuthorizationRequest, CardPresent
from payments_core.batch import Draft
from payments_core.business_days import end_of_period, next_cut_off, next_target_day, paris_day
from payments_core.db import commit_and_release, db, locked
from payments_core.errors import AcquirerUnavailable, AttemptInProgress, Conflict, NotFound
from payments_core.events import emit
from payments_core.ledger import Balances
from payments_core.models import Attempt, Balance, Card, Merchant, Payment
from payments_core.policy import policy_at
from payments_core.runtime import runtime
from payments_core.scope import Scope, scope_of
from payments_core.states import next_status

STALE = timedelta(seconds=20)  # real time after which a question counts as abandoned by the process that asked it
_MOST_ASKS = 4  # then the attempt is given up, about a minute and a half after it began
_AT_ONCE = 50
_ROUND_SECONDS = 10  # of one sweep; slow answers must not keep the other kinds of rows waiting


def process(scope: Scope, payment_id: str, *, capture: bool | None = None, cvc: str | None = None) -> Payment:
    """Authorizes a payment whose card is known, and goes on to capture as `capture` (default: the payment's) says.

    Raises NotFound, IllegalTransition, AttemptInProgress, and Conflict `not_ready` without a card or while an
    authentication that was asked for has not succeeded.
    """
    payment = locked(Payment, payment_id)
    if payment is None or payment.merchant_id != scope.merchant_id or payment.live != scope.live:
        raise NotFound("payment", payment_id)
    wanted = payment.capture if capture is None else capture
    next_status("payment", payment.status, "accept" if wanted else "authorize")
    if payment.card is None or (payment.auth_requested and not _authenticated(payment)):
        raise Conflict(f"Card payment {payment_id} is not ready for authorization", code="not_ready")
    payment.capture = wanted
    attempt = open_attempt(scope, payment, payment.card)
    db.session.commit()
    return ask(scope, attempt, cvc)


def open_attempt(scope: Scope, payment: Payment, card: Card, *, page_url: str | None = None) -> Attempt:
    """A new attempt on a payment that is new or locked, within the caller's transaction. Raises AttemptInProgress."""
    if payment.open_attempt is not None:
        raise AttemptInProgress()
    payment.card, payment.card_id, payment.method, payment.country = card, card.id, "card", card.country
    attempt = attempts.new(scope, payment, card, page_url=page_url)
    payment.open_attempt = attempt.id
    return attempt


def ask(scope: Scope, attempt: Attempt, cvc: str | None = None) -> Payment:
    """Asks the acquirer about a committed attempt and records the answer. Without one the attempt stays open."""
    asked = question(attempt, cvc)
    commit_and_release()
    try:
        answer = runtime().acquirer.authorize(asked)
        if answer.disputed is not None:
            exchange.learn(scope, asked.currency)
    except AcquirerUnavailable:
        payment = db.session.get(Payment, attempt.payment_id)
        assert payment is not None
        return payment
    return _record_at_once(scope, attempt, answer) or record(scope, attempt.id, answer)


def question(attempt: Attempt, cvc: str | None = None, present: CardPresent | None = None) -> AuthorizationRequest:
    """What is asked of the acquirer; the number leaves the vault here."""
    card = attempt.card
    return AuthorizationRequest(
        reference=attempt.id,
        merchant_id=attempt.merchant_id,
        live=attempt.live,
        amount=attempt.amount,
        currency=attempt.currency,
        number=cards.number_of(card),
        exp_month=card.exp_month,
        exp_year=card.exp_year,
        authenticated=attempt.auth_status == "success",
        cvc=cvc,
        present=present,
    )


def record(scope: Scope, attempt_id: str, answer: Answer) -> Payment:
    """Writes an answer down, once: again, or after the attempt was given up, it changes nothing."""
    attempt, payment = _under_lock(attempt_id)
    if attempt.answered_at is None:
        _close(scope, attempt, payment, answer.response)
        attempt.authorization_code = answer.authorization_code
        if answer.accepts(attempt.amount):
            _accept(scope, payment, attempt, answer, Balances(scope))
        else:
            _decline(scope, payment, attempt, answer)
    db.session.commit()
    return payment


def _record_at_once(scope: Scope, attempt: Attempt, answer: Answer) -> Payment | None:
    """Writes down a plain yes to a new payment, by the one who has just committed it and knows what it looks like.

    None when the answer is another one, or the payment changed meanwhile: then `record` looks at it under its lock.
    """
    payment = attempt.payment
    if not (isinstance(payment, Draft) and answer.accepts(attempt.amount) and attempt.card.tokenize):
        return None
    if answer.disputed is not None:
        return None
    moves = ledger.moves(scope, payment.currency)
    with batch.filling(may_be_refused=True) as rows:
        rows.watch(payment, status=None, open_attempt=attempt.id, version=payment.version)
        rows.watch(attempt)  # by its id alone: while it is its payment's open one, nobody has answered it
        _close(scope, attempt, payment, answer.response)
        attempt.authorization_code = answer.authorization_code
        _accept(scope, payment, attempt, answer, {payment.currency: moves})
        if payment.status == "captured":
            rows.increase(moves, pending=moves.pending)
    if not rows.write():
        return None
    return payment


def give_up(scope: Scope, attempt_id: str) -> Payment:
    """Reverses an attempt that stayed without an answer: on the page the payment is payable again, else it has failed.

    The reversal is owed from the same commit on and sent until the acquirer acknowledges it (orders.py).
    """
    attempt, payment = _under_lock(attempt_id)
    if attempt.answered_at is None:
        _close(scope, attempt, payment, TOO_LATE)
        attempt.result = "reversed"
        orders.place(scope, "reverse", payment, payment, attempt.id)
        if payment.status is None and attempt.page_url is None:
            attempts.refuse(scope, payment, "fail", TOO_LATE)
    db.session.commit()
    return payment


def resume_open(real_now: datetime, merchant_id: str | None = None) -> int:
    """Takes on attempts that stayed without an answer, or that the clock made, the ones asked longest ago first.

    Returns how many; with `merchant_id`, of that merchant alone.
    """
    ends = time.monotonic() + _ROUND_SECONDS
    statement = (
        select(Attempt, Merchant)
        .join(Merchant, Merchant.id == Attempt.merchant_id)
        .where(Attempt.answered_at.is_(None), Attempt.asked_at < real_now - STALE)
        .order_by(Attempt.asked_at)
        .limit(_AT_ONCE)
    )
    if merchant_id is not None:
        statement = statement.where(Attempt.merchant_id == merchant_id)
    taken = 0
    for attempt, merchant in db.session.execute(statement).all():
        if time.monotonic() > ends:
            break
        taken += _take_on(scope_of(merchant, attempt.live, runtime().clock(), "clock"), attempt) is not None
    return taken


def resume(scope: Scope, payment: Payment) -> Payment:
    """Finishes the open attempt of one payment.

    Raises AttemptInProgress while somebody else may still be at it, and while the acquirer still does not answer.
    """
    attempt = db.session.get(Attempt, payment.open_attempt)
    taken = _take_on(scope, attempt) if attempt is not None else None
    if taken is None or taken.open_attempt is not None:
        raise AttemptInProgress()
    return taken


def set_fee(scope: Scope, payment: Payment) -> None:
    """The commission of the amount to capture, by the tariff in force."""
    if payment.method == "sepa":
        payment.fee, payment.policy_version = fees.sepa_fee(scope.now)
    else:
        payment.fee, payment.policy_version = fees.card_fee(payment.amount, payment.country, scope.now)


def _take_on(scope: Scope, attempt: Attempt) -> Payment | None:
    """Asks again, or gives up after too many askings; None when the attempt is answered or in somebody else's hands.

    One statement decides whose it is, so that several sweeps and clicks at once count and ask once. A terminal's question is
    not asked again: chip and PIN are gone, and without them it would be another one.
    """
    free = (Attempt.id == attempt.id, Attempt.answered_at.is_(None), Attempt.asked_at < scope.real_now - STALE)
    claim = update(Attempt).where(*free).values(asked_at=scope.real_now, asks=Attempt.asks + 1).returning(Attempt.asks)
    asks = db.session.scalar(claim, execution_options={"synchronize_session": False})
    db.session.commit()
    if asks is None:
        return None
    if asks > _MOST_ASKS or attempt.payment.source == "terminal":
        return give_up(scope, attempt.id)
    return ask(scope, attempt)


def _under_lock(attempt_id: str) -> tuple[Attempt, Payment]:
    """An attempt as it is now and its payment, locked: whoever ends an attempt holds its payment."""
    attempt = db.session.get(Attempt, attempt_id)
    assert attempt is not None
    payment = locked(Payment, attempt.payment_id)
    assert payment is not None
    if payment.open_attempt != attempt.id:  # ended already, or cut off from its payment: only a fresh look can tell
        db.session.refresh(attempt)
    return attempt, payment


def _close(scope: Scope, attempt: Attempt, payment: Payment, response: str) -> None:
    attempt.answered_at, attempt.response = scope.real_now, response
    if payment.open_attempt == attempt.id:
        payment.open_attempt = None


def _accept(
    scope: Scope,
    payment: Payment,
    attempt: Attempt,
    answer: Answer,
    balances: Balances | dict[str, Balance],
) -> None:
    attempt.result = "accepted"
    if payment.status is not None:  # it expired or was decided meanwhile: the money must not stay reserved
        orders.place(scope, "reverse", payment, payment, attempt.id)
        return
    cards.after_payment(scope, attempt.card, payment)
    event = "authorize" if not attempt.capture else "capture_at_once" if answer.immediate else "accept"
    payment.status = next_status("payment", payment.status, event)
    payment.attempt_id, payment.response, payment.response_author = (
        attempt.id,
        answer.response,
        answer.authorization_code,
    )
    payment.paid_at = scope.now
    policy = policy_at(scope.now)
    if event == "authorize":
        payment.due_at = end_of_period(paris_day(scope.now), policy.authorization_days)
    else:
        set_fee(scope, payment)
        payment.due_at = next_cut_off(scope.now, policy.cut_off_hour)
    if event == "capture_at_once":
        payment.captured_at = scope.now
        payment.date_bank = next_target_day(paris_day(scope.now))
        funds.captured(scope, balances[payment.currency], payment)
    emit(scope, f"payment.{payment.status}", payment, amount=payment.amount, response=answer.response)
    if answer.disputed is not None and payment.status == "captured":
        from payments_core import disputes  # disputes are about payments, which are made here

        disputes.open_locked(scope, payment, f"test-{attempt.id}", answer.disputed, None, True)


def _decline(scope: Scope, payment: Payment, attempt: Attempt, answer: Answer) -> None:
    """On the page a decline costs one try; server to server it is final. A soft decline asks for 3-D Secure instead."""
    attempt.result = "soft_declined" if answer.soft_decline else "failed" if answer.technical else "declined"
    if answer.response == PARTLY:
        orders.place(scope, "reverse", payment, payment, attempt.id)
    if payment.status is not None:
        return
    on_page, back_to = attempt.page_url is not None, attempt.page_url or payment.return_url
    if answer.response == NEEDS_3DS and back_to is not None and attempt.auth_status != "success":
        authentication.begin(
            scope,
            payment,
            attempt.card,
            on_page=on_page,
            return_url=back_to,
            device=payment.device,
            changed=(),
        )
    elif on_page and not answer.soft_decline:
        attempts.spend_try(scope, payment, answer.response)
    elif not on_page:
        attempts.refuse(scope, payment, "fail" if answer.technical else "refuse", answer.response)


def _authenticated(payment: Payment) -> bool:
    return payment.authentication is not None and payment.authentication.status == "success"

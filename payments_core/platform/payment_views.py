"""What the platform shows of payments and refunds."""

from __future__ import annotations

from typing import Any

from payments_core import (
    attempts,
    captures,
    debit_days,
    disputes,
    events,
    keys,
    ledger,
    refunds,
    responses,
    terminal_sales,
)
from payments_core.db import db
from payments_core.models import (
    Attempt,
    Card,
    DirectDebit,
    Dispute,
    Event,
    LedgerEntry,
    Payment,
    Refund,
    Terminal,
    TerminalBatch,
)
from payments_core.platform.answers import time
from payments_core.runtime import runtime


def item(payment: Payment) -> dict[str, Any]:
    customer = payment.customer
    return {
        "id": payment.id,
        "amount": payment.amount,
        "currency": payment.currency,
        "status": payment.status,
        "method": payment.method,
        "order_id": payment.order_id,
        "unique_id": payment.unique_id,
        "description": payment.description,
        "customer": {"id": customer.id, "name": customer.name, "email": customer.email} if customer else None,
        "card": card_item(payment.card),
        "refunded": payment.refunded_amount,
        "disputed": payment.disputed_amount,
        "refundable": refunds.refundable(payment),
        "fee": payment.fee,
        "settled": _settled(payment),
        "created_at": time(payment.created_at),
        "date_bank": payment.date_bank.isoformat() if payment.date_bank else None,
        "source": payment.source,
        "boutique": payment.boutique,
        "response": payment.response,
        "live": payment.live,
    }


def detail(payment: Payment, language: str) -> dict[str, Any]:
    back, contested = refunds.of_payment(payment.id), disputes.of_payment(payment.id)
    ids = [payment.id, *(refund.id for refund in back), *(dispute.id for dispute in contested)]
    expected, debit = captures.settlement_expected_on(payment), debit_days.of_payment(payment.id)
    return {
        **item(payment),
        "authorized_amount": payment.authorized_amount,
        "attempts": [
            *(_attempt(attempt, language) for attempt in attempts.of_payment(payment.id)),
            *([_collection(debit, payment, language)] if debit is not None else []),
        ],
        "refunds": [refund_item(refund) for refund in back],
        "timeline": [event_item(event) for event in events.timeline(ids)],
        "ledger": [entry_item(entry) for entry in ledger.entries_of(ids)],
        "settlement_expected_on": expected.isoformat() if expected else None,
        "refund_rule": refunds.rule(payment),
        "checkout_url": _checkout_url(payment),
        "terminal": _terminal(payment),
    }


def _terminal(payment: Payment) -> dict[str, Any] | None:
    """The counter's side of a terminal sale."""
    sale = terminal_sales.of_payment(payment.id) if payment.source == "terminal" else None
    if sale is None:
        return None
    terminal = db.session.get(Terminal, sale.terminal_id)
    batch = db.session.get(TerminalBatch, sale.batch_id) if sale.batch_id else None
    assert terminal is not None
    return {
        "id": terminal.id,
        "serial": terminal.code,
        "name": terminal.name,
        "transaction_number": sale.number,
        "aid": sale.aid,
        "entry": sale.entry,
        "batch": {"id": batch.id, "number": batch.number, "state": batch.state} if batch else None,
    }


def refund_item(refund: Refund) -> dict[str, Any]:
    return {
        "id": refund.id,
        "payment": refund.payment_id,
        "amount": refund.amount,
        "currency": refund.currency,
        "settled": returned(refund),
        "status": refund.status,
        "reason": refund.reason,
        "source": refund.source,
        "created_at": time(refund.created_at),
        "sent_at": time(refund.sent_at),
        "refunded_at": time(refund.refunded_at),
        "date_bank": refund.date_bank.isoformat() if refund.date_bank else None,
        "due_at": time(refund.due_at),
        "live": refund.live,
    }


def _settled(payment: Payment) -> dict[str, Any] | None:
    """What a payment in another currency was received as, in euro cents; None for others and before."""
    if payment.exchange_rate is None:
        return None
    return {"amount": payment.settled_amount, "fee": payment.settled_fee, "rate": str(payment.exchange_rate)}


def returned(row: Refund | Dispute) -> dict[str, Any] | None:
    """What a refund or dispute in another currency costs in euro cents, the difference by the day's rate included; or None."""
    if row.exchange_rate is None:
        return None
    return {"amount": row.settled_amount, "difference": row.exchange_difference, "rate": str(row.exchange_rate)}


def card_item(card: Card | None) -> dict[str, Any] | None:
    return {"brand": card.brand, "last4": card.last4} if card else None


def _attempt(attempt: Attempt, language: str) -> dict[str, Any]:
    return {
        "at": time(attempt.created_at),
        "result": attempt.result,
        "response": attempt.response,
        "meaning": responses.meaning(attempt.response, language) if attempt.answered_at else None,
        "advice": responses.advice(attempt.response, language) if attempt.answered_at else None,
        "auth_status": attempt.auth_status,
        "card": card_item(attempt.card),
    }


def _collection(debit: DirectDebit, payment: Payment, language: str) -> dict[str, Any]:
    """A direct debit as a try to be paid. What the payer claims back was collected: it is a dispute."""
    result = {"sent": None, "collected": "accepted", "claimed": "accepted"}.get(debit.status, "declined")
    account = payment.sepa_account
    return {
        "at": time(debit.created_at),
        "result": result,
        "response": debit.reason,
        "meaning": responses.meaning(debit.reason, language) if debit.reason else None,
        "advice": responses.advice(debit.reason, language) if debit.reason else None,
        "auth_status": None,
        "card": None,
        "method": "sepa",
        "account": {"last4": account.last4} if account is not None else None,
    }


def event_item(event: Event) -> dict[str, Any]:
    return {
        "at": time(event.created_at),
        "type": event.type,
        "object": event.object_id,
        "actor": event.actor,
        "data": event.data,
    }


def entry_item(entry: LedgerEntry) -> dict[str, Any]:
    return {
        "at": time(entry.created_at),
        "code": entry.code,
        "debit": entry.debit,
        "credit": entry.credit,
        "amount": entry.amount,
        "currency": entry.currency,
        "reference": entry.reference,
    }


def _checkout_url(payment: Payment) -> str | None:
    """Where the payer can still pay, or None."""
    if payment.status is not None:
        return None
    key = keys.public_in_force(payment.merchant_id, payment.live, payment.boutique, runtime().clock())
    return f"{runtime().config.payment_url}/{key.value}/{payment.id}" if key else None

"""Transition tables of every noun that has states, and the one function that reads them.

The names are those of the wire contract (3.1 to 3.5); "clock" events come from the due rows (due.py). A status None is a
row that exists without having been processed.
"""

from __future__ import annotations

from collections.abc import Mapping

from payments_core.errors import IllegalTransition

Table = Mapping[tuple[str | None, str], str]

PAYMENT: Table = {
    (None, "authorize"): "authorized",
    (None, "accept"): "to_capture",  # authorized with capture asked
    (None, "capture_at_once"): "captured",  # test cards whose money moves at once
    (None, "refuse"): "refused",  # the issuer said no for good
    (None, "fail"): "failed",  # technical
    (None, "expire"): "expired",  # nobody paid before the page closed
    ("authorized", "capture"): "to_capture",
    ("authorized", "cancel"): "canceled",
    ("authorized", "expire"): "expired",  # 7 days
    ("to_capture", "cancel"): "canceled",
    ("to_capture", "cut_off"): "capture_sent",
    ("authorized", "collect"): "capture_sent",  # agreed in a terminal's telecollection
    ("expired", "collect_late"): "capture_sent",  # the same without the issuer's guarantee
    ("capture_sent", "settle"): "captured",
    ("capture_sent", "reject"): "failed",
    ("captured", "dispute"): "disputed",
    ("captured", "return"): "failed",  # SEPA return after settlement
    ("disputed", "win_dispute"): "captured",
}

REFUND: Table = {
    (None, "request"): "to_refund",
    (None, "cancel_payment"): "payment_canceled",
    ("to_refund", "send"): "refund_sent",
    ("to_refund", "fail"): "failed",
    ("to_refund", "dispute"): "not_honored",  # the payment got disputed meanwhile
    ("refund_sent", "execute"): "refunded",
    ("refund_sent", "fail"): "failed",
    ("refund_sent", "dishonor"): "not_honored",  # the payer's bank refuses
}

AUTHENTICATION: Table = {
    (None, "request"): "requested",
    ("requested", "open"): "available",
    ("requested", "succeed"): "success",  # frictionless
    ("requested", "refuse_card"): "unavailable",
    ("requested", "decline"): "declined",  # by the issuer, without a challenge
    ("requested", "fail"): "failed",
    ("requested", "expire"): "expired",
    ("available", "start"): "attempted",
    ("available", "succeed"): "success",
    ("available", "decline"): "declined",
    ("available", "fail"): "failed",
    ("available", "expire"): "expired",
    ("available", "break_off"): "unavailable",
    ("attempted", "break_off"): "unavailable",  # the issuer's page could not authenticate
    ("attempted", "succeed"): "success",
    ("attempted", "decline"): "declined",
    ("attempted", "fail"): "failed",
    ("attempted", "expire"): "expired",
}

DISPUTE: Table = {
    (None, "open"): "open",
    (None, "open_not_contestable"): "not_contestable",
    ("open", "accept"): "accepted",
    ("open", "send_evidence"): "evidence_pending",
    ("open", "deadline"): "out_of_time",
    ("not_contestable", "accept"): "accepted",
    ("not_contestable", "deadline"): "accepted",
    ("evidence_pending", "evidence_delivered"): "evidence_sent",
    ("evidence_sent", "verify"): "evidence_verification",
    ("evidence_verification", "win"): "won",
    ("evidence_verification", "lose"): "lost",
}

PAYOUT: Table = {
    (None, "gather"): "pending",
    ("pending", "validate"): "to_pay",
    ("pending", "fail"): "failed",  # it cannot be put in a valid file
    ("to_pay", "send"): "sent",
    ("to_pay", "fail"): "failed",
    ("sent", "pay"): "paid",
    ("sent", "fail"): "failed",
    ("paid", "return"): "failed",
}

# A card's intent is captured as soon as its payment is on the way to be; a direct debit's once the bank collected it, or when
# the merchant asked for the capture. An account given with the intent is processing, one given later authorized (contract 2.11).
PAYMENT_INTENT: Table = {
    (None, "create"): "require_payment_method",
    ("require_payment_method", "give_card"): "require_authentication",
    ("require_authentication", "give_card"): "require_authentication",
    ("require_payment_method", "debit"): "processing",
    ("require_payment_method", "authorize"): "authorized",
    ("require_payment_method", "capture"): "captured",
    ("require_payment_method", "fail"): "unpaid",
    ("require_payment_method", "cancel"): "canceled",
    ("require_authentication", "authorize"): "authorized",
    ("require_authentication", "capture"): "captured",
    ("require_authentication", "fail"): "unpaid",
    ("require_authentication", "cancel"): "canceled",
    ("processing", "capture"): "captured",
    ("processing", "fail"): "unpaid",
    ("processing", "cancel"): "canceled",
    ("authorized", "capture"): "captured",
    ("authorized", "fail"): "unpaid",
    ("authorized", "cancel"): "canceled",
    ("captured", "fail"): "unpaid",  # a direct debit that came back
    ("captured", "cancel"): "canceled",  # refunded whole before the cut-off
}

DIRECT_DEBIT: Table = {
    (None, "send"): "sent",
    ("sent", "reject"): "rejected",  # before settlement
    ("sent", "collect"): "collected",
    ("collected", "return"): "returned",  # by the payer's bank
    ("collected", "claim"): "claimed",  # by the payer: a dispute
}

MERCHANT_DEBIT: Table = {
    (None, "announce"): "announced",
    ("announced", "send"): "sent",
    ("announced", "reject"): "rejected",  # no valid file can be made of it
    ("sent", "reject"): "rejected",  # before settlement
    ("sent", "collect"): "collected",
    ("collected", "return"): "returned",  # by the merchant's bank, or claimed back
}

SUBSCRIPTION: Table = {
    (None, "start"): "incomplete",  # until its first instalment is paid
    ("incomplete", "pay"): "active",
    ("incomplete", "fail"): "past_due",
    ("active", "pay"): "active",
    ("active", "fail"): "past_due",  # an instalment was rejected
    ("past_due", "pay"): "active",
    ("past_due", "give_up"): "unpaid",  # the next instalment comes due before the last was paid
    ("unpaid", "pay"): "active",
    ("unpaid", "give_up"): "unpaid",
    ("active", "pause"): "paused",
    ("paused", "resume"): "active",
    ("incomplete", "cancel"): "canceled",
    ("active", "cancel"): "canceled",
    ("paused", "cancel"): "canceled",
    ("past_due", "cancel"): "canceled",
    ("unpaid", "cancel"): "canceled",
}

TABLES: Mapping[str, Table] = {
    "payment": PAYMENT,
    "refund": REFUND,
    "authentication": AUTHENTICATION,
    "dispute": DISPUTE,
    "payout": PAYOUT,
    "payment_intent": PAYMENT_INTENT,
    "direct_debit": DIRECT_DEBIT,
    "merchant_debit": MERCHANT_DEBIT,
    "subscription": SUBSCRIPTION,
}


def next_status(kind: str, status: str | None, event: str) -> str:
    """The status after the event. Raises IllegalTransition, naming the present state and what was asked."""
    try:
        return TABLES[kind][(status, event)]
    except KeyError:
        raise IllegalTransition(kind, status, event, _wanted(kind, event)) from None


def events(kind: str) -> set[str]:
    """Every event of a table."""
    return {event for _, event in TABLES[kind]}


def statuses(kind: str) -> set[str | None]:
    """Every status of a table, None included."""
    return {status for status, _ in TABLES[kind]} | set(TABLES[kind].values())


def _wanted(kind: str, event: str) -> str:
    """The state the event leads to from where it is legal, for the message."""
    return next((after for (_, name), after in TABLES[kind].items() if name == event), event)

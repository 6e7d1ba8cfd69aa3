"""What may become of what, written down from the wire contract (stancer-api.md) and the domain page, not from states.py.

Each row says where it is said; `unsaid` marks what neither page spells out and the product had to decide. A row that changes here is
a change of the rules, to be found on one of those pages first.
"""

from __future__ import annotations

from typing import NamedTuple


class Move(NamedTuple):
    """From a status, by an event, to a status."""

    before: str | None
    event: str
    after: str
    said: str


LEGAL: dict[str, list[Move]] = {
    "payment": [
        Move(None, "accept", "to_capture", "contract 3.1: card or sepa, capture true; PATCH capture; the page"),
        Move(None, "capture_at_once", "captured", "contract 3.1: captured for card 0077"),
        Move(None, "refuse", "refused", "contract 3.1, gap 2: the issuer said no"),
        Move(None, "fail", "failed", "contract 3.1, gap 2: technical"),
        Move(None, "authorize", "authorized", "contract 3.1: capture false; PATCH authorize; the page"),
        Move(None, "expire", "expired", "unsaid: pages and links end (domain, settings), siblings close (domain 2)"),
        Move("authorized", "capture", "to_capture", "contract 3.1: PATCH capture or POST …/capture"),
        Move("authorized", "expire", "expired", "contract 3.1: 7 days"),
        Move("authorized", "cancel", "canceled", "contract 3.1: full refund"),
        Move("to_capture", "cancel", "canceled", "contract 3.1: full refund"),
        Move("to_capture", "cut_off", "capture_sent", "contract 3.1: daily processing; domain: cut-off"),
        Move("capture_sent", "settle", "captured", "contract 3.1: the bank confirms"),
        Move("capture_sent", "reject", "failed", "contract 3.1: the bank rejects"),
        Move("captured", "dispute", "disputed", "contract 3.1: chargeback"),
        Move("captured", "return", "failed", "contract 3.1: SEPA return up to 5 TARGET days after settlement"),
        Move("disputed", "win_dispute", "captured", "contract 3.1: won → captured, else stays"),
        Move("authorized", "collect", "capture_sent", "domain 6: the agreed telecollection moves its sales"),
        Move("expired", "collect_late", "capture_sent", "domain 6: after expiry accepted late without guarantee"),
    ],
    "refund": [
        Move(None, "request", "to_refund", "contract 6: refund of a captured payment"),
        Move(None, "cancel_payment", "payment_canceled", "contract 6: full refund before capture"),
        Move("to_refund", "send", "refund_sent", "contract 3.1"),
        Move("refund_sent", "execute", "refunded", "contract 3.1"),
        Move("to_refund", "dispute", "not_honored", "contract 3.1: the payment is disputed meanwhile"),
        Move("to_refund", "fail", "failed", "domain 3: technical"),
        Move("refund_sent", "fail", "failed", "domain 3: technical"),
        Move("refund_sent", "dishonor", "not_honored", "domain 3: the payer's bank refuses"),
    ],
    "authentication": [
        Move(None, "request", "requested", "contract 2.9: auth and no card yet"),
        Move("requested", "open", "available", "contract 2.9: card, auth and device"),
        Move("requested", "succeed", "success", "contract 8: without a challenge"),
        Move("requested", "refuse_card", "unavailable", "contract 3.2: the method cannot authenticate"),
        Move("requested", "decline", "declined", "contract 8: refused authentications, without a challenge"),
        Move("requested", "fail", "failed", "contract 3.1: an end of an authentication"),
        Move("requested", "expire", "expired", "contract 3.2: not completed in 6 hours"),
        Move("available", "start", "attempted", "contract 3.2: the payer was sent to the bank"),
        Move("available", "succeed", "success", "contract 2.9: available → the payer authenticates → success"),
        Move("available", "decline", "declined", "contract 3.1: an end of an authentication"),
        Move("available", "fail", "failed", "contract 3.1: an end of an authentication"),
        Move("available", "break_off", "unavailable", "contract 3.1: an end of an authentication"),
        Move("available", "expire", "expired", "contract 3.2: not completed in 6 hours"),
        Move("attempted", "succeed", "success", "contract 2.9"),
        Move("attempted", "decline", "declined", "contract 3.1: an end of an authentication"),
        Move("attempted", "fail", "failed", "contract 3.1: an end of an authentication"),
        Move("attempted", "break_off", "unavailable", "contract 3.1: an end of an authentication"),
        Move("attempted", "expire", "expired", "contract 3.2: not completed in 6 hours"),
    ],
    "dispute": [
        Move(None, "open", "open", "domain 4"),
        Move(None, "open_not_contestable", "not_contestable", "domain 4; domain 2: MD06"),
        Move("open", "accept", "accepted", "domain 4"),
        Move("open", "send_evidence", "evidence_pending", "domain 4: only sending stops the 30 days"),
        Move("open", "deadline", "out_of_time", "domain 4: 30 days"),
        Move("not_contestable", "accept", "accepted", "domain 4: by the merchant"),
        Move("not_contestable", "deadline", "accepted", "domain 4: by itself on day 30"),
        Move("evidence_pending", "evidence_delivered", "evidence_sent", "domain 4"),
        Move("evidence_sent", "verify", "evidence_verification", "domain 4"),
        Move("evidence_verification", "win", "won", "domain 4"),
        Move("evidence_verification", "lose", "lost", "domain 4"),
    ],
    "payout": [
        Move(None, "gather", "pending", "domain 5: lines gathered"),
        Move("pending", "validate", "to_pay", "domain 5: in a validated file"),
        Move("to_pay", "send", "sent", "domain 5: the bank accepted"),
        Move("sent", "pay", "paid", "contract 3.1; domain 5: the debit is booked"),
        Move("sent", "fail", "failed", "contract 3.1"),
        Move("to_pay", "fail", "failed", "unsaid: the bank does not accept the file"),
        Move("pending", "fail", "failed", "unsaid: no valid file can hold it"),
        Move("paid", "return", "failed", "domain 5: also after paid, on a bank return"),
    ],
    "payment_intent": [
        Move(None, "create", "require_payment_method", "contract 2.11: without method"),
        Move(
            "require_payment_method", "give_card", "require_authentication", "contract 2.11: threeds required or none"
        ),
        Move("require_authentication", "give_card", "require_authentication", "contract 2.11: PATCH with another card"),
        Move("require_payment_method", "debit", "processing", "contract 2.11: created with a sepa"),
        Move("require_payment_method", "authorize", "authorized", "contract 2.11: PATCH a sepa; a card, capture false"),
        Move("require_authentication", "authorize", "authorized", "contract 2.11: replace card by sepa"),
        Move("require_payment_method", "capture", "captured", "contract 2.11: after the page"),
        Move("require_authentication", "capture", "captured", "contract 2.11: after the page"),
        Move("authorized", "capture", "captured", "contract 2.11: POST capture, only when authorized"),
        Move("processing", "capture", "captured", "unsaid: the bank collected it"),
        Move("require_payment_method", "cancel", "canceled", "contract 2.11: DELETE"),
        Move("require_authentication", "cancel", "canceled", "contract 2.11: DELETE"),
        Move("processing", "cancel", "canceled", "contract 2.11: DELETE; contract 6: full refund of to_capture"),
        Move("authorized", "cancel", "canceled", "contract 2.11: DELETE; contract 6: full refund before capture"),
        Move("captured", "cancel", "canceled", "contract 6: full refund of its payment while that is to_capture"),
        Move("require_payment_method", "fail", "unpaid", "unsaid: the only end contract 3.4 has without money"),
        Move("require_authentication", "fail", "unpaid", "unsaid: as above"),
        Move("processing", "fail", "unpaid", "unsaid: as above, the bank rejects"),
        Move("authorized", "fail", "unpaid", "unsaid: as above, its payment expired"),
        Move("captured", "fail", "unpaid", "unsaid: as above, its payment failed (contract 3.1: SEPA return)"),
    ],
    "direct_debit": [
        Move(None, "send", "sent", "domain 2: file before collection"),
        Move("sent", "reject", "rejected", "domain 2: before settlement"),
        Move("sent", "collect", "collected", "domain 2: collection date"),
        Move("collected", "return", "returned", "domain 2: up to 5 TARGET days after"),
        Move("collected", "claim", "claimed", "domain 2: the payer's request is a dispute"),
    ],
    "merchant_debit": [
        Move(None, "announce", "announced", "domain 4 and 5: the shortfall is collected at once, two days' notice"),
        Move("announced", "send", "sent", "domain 5: announced, sent"),
        Move("announced", "reject", "rejected", "our own: no valid file"),
        Move("sent", "reject", "rejected", "domain 5: sent, rejected"),
        Move("sent", "collect", "collected", "domain 5: sent, collected"),
        Move("collected", "return", "returned", "domain 5: even 8 weeks later"),
    ],
    "subscription": [
        Move(None, "start", "incomplete", "contract 3.9"),
        Move("incomplete", "pay", "active", "contract 3.9"),
        Move("active", "pay", "active", "domain 2: timetable"),
        Move("incomplete", "fail", "past_due", "unsaid: the first instalment waits for the merchant like any other"),
        Move("active", "fail", "past_due", "domain 2: a rejected instalment waits for the merchant; contract 3.9"),
        Move("past_due", "pay", "active", "domain 2: renewed in one click"),
        Move("past_due", "give_up", "unpaid", "unsaid: the next instalment is due and the last is not paid"),
        Move("unpaid", "give_up", "unpaid", "unsaid: and the one after it"),
        Move("unpaid", "pay", "active", "domain 2: renewed in one click"),
        Move("active", "pause", "paused", "domain 2: pause"),
        Move("paused", "resume", "active", "domain 2: pause"),
        Move("incomplete", "cancel", "canceled", "domain 2: cancel"),
        Move("active", "cancel", "canceled", "domain 2: cancel, end"),
        Move("past_due", "cancel", "canceled", "domain 2: cancel"),
        Move("unpaid", "cancel", "canceled", "domain 2: cancel"),
        Move("paused", "cancel", "canceled", "domain 2: cancel"),
    ],
}

# The values of the contract's enumerations that a server may answer with (3.1 to 3.5, 3.9).
CONTRACT_VALUES: dict[str, set[str]] = {
    "payment": {
        "authorized", "to_capture", "capture_sent", "captured", "canceled", "refused", "failed", "expired", "disputed",
    },
    "refund": {
        "to_refund", "refund_sent", "refunded", "not_honored", "payment_canceled", "failed", "awaiting_approval",
    },
    "authentication": {
        "requested", "available", "unavailable", "attempted", "success", "declined", "failed", "expired", "bypassed",
    },
    "dispute": {
        "open", "evidence_pending", "evidence_sent", "evidence_verification", "accepted", "won", "lost", "out_of_time",
        "not_contestable",
    },
    "payout": {"pending", "to_pay", "sent", "paid", "failed", "early", "error"},
    "payment_intent": {
        "require_payment_method", "require_authentication", "require_authorization", "authorized", "processing",
        "captured", "canceled", "unpaid",
    },
    "subscription": {"incomplete", "active", "past_due", "unpaid", "canceled"},
}  # fmt: skip
# Those that nothing here ever has: public clients cannot read them (contract 2.1).
NEVER_USED: dict[str, set[str]] = {
    "refund": {"awaiting_approval"},
    "authentication": {"bypassed"},
    "payout": {"early", "error"},
    "payment_intent": {"require_authorization"},
}
OUR_OWN: dict[str, set[str]] = {"subscription": {"paused"}}  # domain 2; the contract has no word for it

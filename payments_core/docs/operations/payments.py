"""Payments, refunds, disputes and payouts."""

from __future__ import annotations

from payments_core.api.schemas.disputes import EvidenceFileQuery, EvidenceWords
from payments_core.api.schemas.lists import ListQuery, PaymentsQuery, PayoutsQuery
from payments_core.api.schemas.payments import (
    CaptureBody,
    NewPaymentV1,
    NewPaymentV2,
    PaymentChangesV1,
    PaymentChangesV2,
)
from payments_core.api.schemas.refunds import NewRefund, RefundAmount
from payments_core.docs.operations.forms import (
    ECHOED_BY_PAYOUTS,
    NOTHING,
    Answer,
    Operation,
    array,
    listed,
    lists,
    read,
)
from payments_core.evidence import TYPES

AMOUNT_ERRORS = ("bad_amount", "bad_currency", "sepa_needs_eur", "method_not_allowed")
CARD_ERRORS = ("bad_card_number", "bad_expiry", "card_expired", "bad_cvc", "number_in_wrong_field")
IBAN_ERRORS = ("bad_iban", "iban_outside_sepa", "bad_bic", "mandate_undated", "mandate_in_use")
MANDATE_ERRORS = ("mandate_revoked", "mandate_unsigned", "mandate_lapsed", "mandate_spent")
REFUND_ERRORS = (
    "partial_before_capture",
    "capture_in_progress",
    "not_refundable",
    "nothing_left",
    "refund_too_high",
    "insufficient_funds",
    "acquirer_unavailable",
)
DATE_ERRORS = ("date_too_far",)
_DRAFT_ERRORS = ("not_open", "out_of_time")
_METHOD_ERRORS = (
    *DATE_ERRORS,
    "two_methods",
    *CARD_ERRORS,
    *IBAN_ERRORS,
    *MANDATE_ERRORS,
    "customer_unreachable",
    "not_ready",
)
_BROKEN = ("acquirer_unavailable",)
_FILTERS_OF_V2 = frozenset({"paid", "card", "sepa", "payout", "order", "field"})

PAYMENTS: dict[str, Operation] = {
    "create_payment": Operation(
        "Create a payment",
        (Answer("Payment"),),
        body={1: NewPaymentV1, 2: NewPaymentV2},
        errors=("duplicate", *AMOUNT_ERRORS, *_METHOD_ERRORS, "attempt_in_progress", *_BROKEN),
    ),
    "read_payment": read("Read a payment", "Payment"),
    "change_payment": Operation(
        "Change a payment, or drive it",
        (Answer("Payment"),),
        text="Fields are changed first, then the card or account is given, then `status` is done. A refused request changes nothing.",
        body={1: PaymentChangesV1, 2: PaymentChangesV2},
        errors=(
            "payment_fixed",
            "illegal_transition",
            "attempt_in_progress",
            "nothing_to_capture",
            *AMOUNT_ERRORS,
            *_METHOD_ERRORS,
            *_BROKEN,
        ),
    ),
    "capture_payment": Operation(
        "Capture an authorized payment",
        (Answer("Payment"),),
        body=CaptureBody,
        bare_id=True,
        text="Without a body all of it is captured; `amount` captures a part and releases the rest.",
        errors=("illegal_transition", "nothing_to_capture", "capture_too_high", "bad_amount"),
    ),
    "list_payments": Operation(
        "List payments", (listed("payments", "Payment"),), query=PaymentsQuery, unused={1: _FILTERS_OF_V2}
    ),
    "refund_payment": Operation(
        "Refund a payment, by the short way", (Answer("Refund"),), body=RefundAmount, errors=REFUND_ERRORS
    ),
    "refunds_of_payment": Operation("List the refunds of a payment", (array("Refund"),), text="A plain array."),
    "disputes_of_payment": Operation("List the disputes of a payment", (array("Dispute"),), text="A plain array."),
}

REFUNDS: dict[str, Operation] = {
    "create_refund": Operation(
        "Refund a payment, whole or in part", (Answer("Refund"),), body=NewRefund, errors=REFUND_ERRORS
    ),
    "read_refund": read("Read a refund", "Refund"),
    "list_refunds": lists("List refunds", "refunds", "Refund", ListQuery),
}

DISPUTES: dict[str, Operation] = {
    "list_disputes": lists("List disputes", "disputes", "Dispute", ListQuery),
    "read_dispute": read("Read a dispute", "Dispute"),
    "read_evidence": read("Read the proof against a dispute", "Evidence"),
    "write_evidence": Operation(
        "Write the words of the proof",
        (Answer("Evidence"),),
        body=EvidenceWords,
        errors=("text_too_long", *_DRAFT_ERRORS),
    ),
    "add_evidence_file": Operation(
        "Add a file to the proof",
        (Answer("EvidenceFile"),),
        query=EvidenceFileQuery,
        upload=TYPES,
        errors=("file_empty", "file_too_large", "file_type", "too_many_files", *_DRAFT_ERRORS),
    ),
    "read_evidence_file": Operation("Get a file of the proof", tuple(Answer(media_type=kind) for kind in TYPES)),
    "remove_evidence_file": Operation("Take a file out of the proof", (NOTHING,), errors=_DRAFT_ERRORS),
    "send_evidence": Operation(
        "Send the proof",
        (Answer("Dispute"),),
        errors=("invalid_request", "nothing_to_send", "illegal_transition", "out_of_time"),
    ),
    "accept_dispute": Operation(
        "Accept a dispute", (Answer("Dispute"),), errors=("invalid_request", "illegal_transition", "out_of_time")
    ),
}

PAYOUTS: dict[str, Operation] = {
    "list_payouts": Operation(
        "List payouts",
        (listed("payouts", "Payout", **ECHOED_BY_PAYOUTS),),
        query=PayoutsQuery,
        text="Those whose lines are closed.",
        unused={2: frozenset({"order_id", "unique_id"})},
    ),
    "read_payout": read("Read a payout", "Payout"),
    "read_payout_part": Operation(
        "List what a payout is made of",
        text="Every payment, refund and dispute is in one payout.",
        query=ListQuery,
        unused={1: frozenset({"created"}), 2: frozenset({"created"})},
        parts={
            "payments": listed("payments", "Payment"),
            "refunds": listed("refunds", "Refund"),
            "disputes": listed("disputes", "Dispute"),
        },
    ),
    "create_payout": Operation("Ask for a payout: always refused", errors=("forbidden",)),
}

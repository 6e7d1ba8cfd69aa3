"""Answers of the HTTP server itself, before the API or instead of it, and the codes that no merchant's program meets."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PlainAnswer:
    """One status, in the terms of error_table.py."""

    code: str
    status: int
    meaning: str
    advice: str


PLAIN: tuple[PlainAnswer, ...] = (
    PlainAnswer(
        "bad_request", 400, "The request is not HTTP as it should be, or its body broke off.", "Send it whole."
    ),
    PlainAnswer("unknown_address", 404, "Nothing lives at this address.", "Compare the path with the reference."),
    PlainAnswer(
        "method_not_allowed", 405, "The address does not know this method.", "The header Allow names the others."
    ),
    PlainAnswer("body_too_large", 413, "The body is larger than any request needs.", "Send less."),
    PlainAnswer(
        "internal_error",
        500,
        "Something is wrong on our side.",
        "Send the same request again under the same Idempotency-Key.",
    ),
    PlainAnswer(
        "unavailable", 503, "A part is away for a moment.", "Wait as long as Retry-After says, then try again."
    ),
)

# Codes of doors that merchants' programs do not use: the portal's, the terminals', the payment page's and the bank's.
NOT_ON_THE_WIRE = frozenset(
    {
        "account_rejected", "acting_person_missing", "bad_clock", "bad_cursor", "bad_json", "bad_period", "bad_siren",
        "bank_answer_refused", "bank_file_refused", "card_not_offered", "changed_meanwhile",
        "clock_forward_only",
        "clock_too_far", "collected", "dispute_too_high", "dispute_too_late", "error", "link_closed",
        "not_disputable", "unknown_scope", "no_scope", "bad_overlap", "secret_key_needed", "key_of_boutique", "key_over",
        "key_replaced",
    }
)  # fmt: skip

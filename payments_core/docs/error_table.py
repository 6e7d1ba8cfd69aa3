"""Every stable error code that the API answers with: what it means and what to do. One table for the pages and the document.

A test walks the code and fails for a code that is neither here nor among those that never reach a merchant's program.
"""

from __future__ import annotations

from dataclasses import dataclass

from payments_core import errors
from payments_core.http_errors import STATUSES


@dataclass(frozen=True)
class ErrorEntry:
    """`family` is the class that decides the HTTP status; `advice` says what a developer does about it."""

    code: str
    family: type[errors.PaymentsError]
    meaning: str
    advice: str

    def status(self, version: int) -> int:
        """v1 answers wrong input with 400, v2 with 422 (wire contract 1.6)."""
        if self.family is errors.InvalidRequest and version == 1:
            return 400
        return STATUSES[self.family]


_INPUT, _STATE = errors.InvalidRequest, errors.Conflict

ENTRIES: tuple[ErrorEntry, ...] = (
    ErrorEntry(
        "unauthorized",
        errors.Unauthorized,
        "There is no key, or it is unknown, expired, revoked or public.",
        "Send a secret key (stest_… or sprod_…) as the user name of HTTP Basic, or as a bearer token.",
    ),
    ErrorEntry(
        "forbidden",
        errors.Forbidden,
        "The key is good, but this account may not do this.",
        "Read the message: live payments need an active account, payouts are automatic, test helpers need a test key.",
    ),
    ErrorEntry(
        "missing_scope",
        errors.Forbidden,
        "The key is restricted and lacks the scope the message names.",
        "Use another key, or give this one the scope in the portal.",
    ),
    ErrorEntry(
        "not_found",
        errors.NotFound,
        "No object of this account and mode has this id, or it was deleted.",
        "Check the id, and that test and live are not mixed: a test key never sees live objects.",
    ),
    ErrorEntry(
        "gone",
        errors.Gone,
        "It existed and is kept no longer.",
        "Ask for a new one; checks of accounts are kept for 30 days.",
    ),
    ErrorEntry(
        "rate_limited",
        errors.RateLimited,
        "This key asked too often.",
        "Wait as long as Retry-After says, then send the same request again.",
    ),
    ErrorEntry(
        "invalid_request",
        _INPUT,
        "A field is missing, unknown, malformed or out of bounds.",
        "Correct the fields that are named. v2 lists all of them under `detail`, each with its place in `loc`.",
    ),
    ErrorEntry(
        "bad_amount",
        _INPUT,
        "The amount is below the minimum, above the maximum, or zero where money is to be taken.",
        "Send minor units, at least 50. Zero only verifies a card and needs `capture` false.",
    ),
    ErrorEntry(
        "bad_currency",
        _INPUT,
        "This currency is not supported.",
        "Use one of the currencies listed in the reference.",
    ),
    ErrorEntry(
        "sepa_needs_eur",
        _INPUT,
        "Direct debits are in euros only.",
        "Leave `sepa` out of `methods_allowed`, or use `eur`.",
    ),
    ErrorEntry(
        "method_not_allowed",
        _INPUT,
        "The payment does not allow the method it was given.",
        "Add the method to `methods_allowed`, or give the other method.",
    ),
    ErrorEntry("two_methods", _INPUT, "A card and a SEPA account were given together.", "Give one of them."),
    ErrorEntry("one_method", _INPUT, "A subscription was given no method, or two.", "Give a card or a SEPA account."),
    ErrorEntry(
        "bad_card_number",
        _INPUT,
        "The number does not have 13 to 19 digits, or its check digit is wrong.",
        "Ask the payer to type it again.",
    ),
    ErrorEntry(
        "bad_expiry",
        _INPUT,
        "The expiry month is not a month, or a link's end is in the past or more than a year away.",
        "Correct the date.",
    ),
    ErrorEntry("card_expired", _INPUT, "The card's last month is over.", "Ask the payer for another card."),
    ErrorEntry(
        "bad_cvc",
        _INPUT,
        "The security code does not have three digits (American Express: four).",
        "Ask the payer to type it again.",
    ),
    ErrorEntry(
        "duplicate_card",
        _INPUT,
        "Another stored card has this number and expiry.",
        "Use the other card; delete the one you do not need.",
    ),
    ErrorEntry(
        "single_use_card",
        _INPUT,
        "The card was stored for one payment and cannot be charged again.",
        "Store cards you want to charge again with `tokenize` true.",
    ),
    ErrorEntry(
        "number_in_wrong_field",
        _INPUT,
        "A field that is not for card numbers holds one.",
        "Send card numbers in `number` only; nothing of the request was kept.",
    ),
    ErrorEntry("bad_iban", _INPUT, "This is not an IBAN.", "Ask the payer to type it again."),
    ErrorEntry(
        "iban_outside_sepa",
        _INPUT,
        "The account is in a country that direct debits do not reach.",
        "Ask the payer for another account, or for a card.",
    ),
    ErrorEntry(
        "date_too_far",
        _INPUT,
        "A collection was wished for more than a year ahead.",
        "Ask for an earlier `date_settlement`.",
    ),
    ErrorEntry("bad_bic", _INPUT, "This is not a BIC.", "Leave it out: it follows from the IBAN."),
    ErrorEntry(
        "mandate_undated",
        _INPUT,
        "A mandate reference was given without the day it was signed on.",
        "Send `date_mandate` with `mandate`.",
    ),
    ErrorEntry(
        "customer_unreachable",
        _INPUT,
        "A customer has neither an e-mail address nor a phone number.",
        "Give one of them; either is enough.",
    ),
    ErrorEntry(
        "capture_too_high",
        _INPUT,
        "More was to be captured than was authorized.",
        "Capture at most the payment's amount.",
    ),
    ErrorEntry(
        "start_in_the_past",
        _INPUT,
        "A subscription cannot start before today.",
        "Choose today or a later day; today is the day in Paris.",
    ),
    ErrorEntry(
        "end_before_start", _INPUT, "A subscription ends before it starts.", "Choose a `cancel_at` after `start_at`."
    ),
    ErrorEntry(
        "bad_url",
        _INPUT,
        "A webhook address does not start with https://, or is one that is never called.",
        "Give a public https address. Private, local and metadata addresses are refused.",
    ),
    ErrorEntry("no_event_type", _INPUT, "The list of event types is empty.", "Name types, or leave the list out."),
    ErrorEntry(
        "unknown_event_type", _INPUT, "There is no such event type.", "Use a type of the webhooks page, or `noun.*`."
    ),
    ErrorEntry(
        "bad_script",
        _INPUT,
        "An entry of the acquirer's test script makes no sense.",
        "Correct the entry the message names.",
    ),
    ErrorEntry(
        "conflict",
        _STATE,
        "The present state does not allow this.",
        "Read the object again and decide from its status.",
    ),
    ErrorEntry(
        "illegal_transition",
        _STATE,
        "What was asked does not follow from the object's status. The message names both.",
        "Read the object again; the transitions page shows what each status allows.",
    ),
    ErrorEntry(
        "card_spent",
        _STATE,
        "The card was given for one payment only (`tokenize` false), and that one it has made.",
        "Ask the payer for the card again, or store it with `tokenize` when it is to pay more than once.",
    ),
    ErrorEntry(
        "duplicate",
        _STATE,
        "The object exists already: the same `unique_id`, or in v1 the same card or customer.",
        "Use the existing object, whose id stands in the message.",
    ),
    ErrorEntry(
        "idempotency_mismatch",
        _STATE,
        "The Idempotency-Key was used with another request within 24 hours.",
        "Make a new key for every operation, and repeat a request unchanged.",
    ),
    ErrorEntry(
        "idempotency_in_progress",
        _STATE,
        "The first request with this Idempotency-Key is still being answered.",
        "Wait a moment and send the same request again: it gets the first one's answer.",
    ),
    ErrorEntry(
        "attempt_in_progress",
        _STATE,
        "The bank has not answered an earlier attempt on this payment yet.",
        "Wait for its answer: read the payment, or listen to its events. It is never charged twice.",
    ),
    ErrorEntry(
        "payment_fixed",
        _STATE,
        "The payment or intent was processed, so this field cannot change any more.",
        "Change only `description`, `order_id` and the addresses, or make a new payment.",
    ),
    ErrorEntry(
        "not_ready",
        _STATE,
        "The payment has no method yet, or its 3-D Secure authentication did not succeed.",
        "Give it a card or account, send the payer to `auth.redirect_url`, then ask again.",
    ),
    ErrorEntry(
        "nothing_to_capture",
        _STATE,
        "A verification of zero has no amount to capture.",
        "Make a payment with an amount; the stored card can be charged.",
    ),
    ErrorEntry(
        "intent_over",
        _STATE,
        "The intent was paid or cancelled and cannot be paid.",
        "Make a new intent.",
    ),
    ErrorEntry(
        "partial_before_capture",
        _STATE,
        "A payment that was not captured yet can only be cancelled as a whole.",
        "Refund all of it now, or wait until it is `captured`.",
    ),
    ErrorEntry(
        "capture_in_progress",
        _STATE,
        "The payment is between cut-off and settlement.",
        "Wait for `payment.captured`, then refund.",
    ),
    ErrorEntry(
        "not_refundable",
        _STATE,
        "A payment in this status holds no money to give back.",
        "Read the payment; refused, failed, expired and cancelled ones took nothing.",
    ),
    ErrorEntry("nothing_left", _STATE, "Everything was refunded or disputed already.", "There is nothing to do."),
    ErrorEntry(
        "refund_too_high",
        _STATE,
        "More was to be refunded than is left.",
        "Refund at most the amount in the message, or leave `amount` out for all that remains.",
    ),
    ErrorEntry(
        "insufficient_funds",
        _STATE,
        "The account's balance does not cover the refund; the message names what is missing.",
        "Refund once further payments came in, or a smaller amount.",
    ),
    ErrorEntry("mandate_in_use", _STATE, "Another mandate has this reference.", "Choose another `rum`."),
    ErrorEntry(
        "mandate_fixed", _STATE, "The mandate was used, so it cannot be changed.", "Make a new mandate instead."
    ),
    ErrorEntry("mandate_revoked", _STATE, "The mandate was revoked.", "Have the payer sign a new one."),
    ErrorEntry("mandate_unsigned", _STATE, "The payer has not signed yet.", "Send the payer to `sign_url`."),
    ErrorEntry(
        "mandate_lapsed",
        _STATE,
        "Nothing was collected by this mandate for 36 months.",
        "Have the payer sign a new one.",
    ),
    ErrorEntry(
        "mandate_spent",
        _STATE,
        "The mandate was good for one collection, which was made.",
        "Have the payer sign a new one.",
    ),
    ErrorEntry("subscription_over", _STATE, "The subscription was cancelled or ended.", "Make a new subscription."),
    ErrorEntry(
        "nothing_to_renew",
        _STATE,
        "No rejected instalment waits to be charged again.",
        "Read the subscription: its present instalment is paid or under way.",
    ),
    ErrorEntry(
        "not_retriable",
        _STATE,
        "Only a payment that was refused, failed or expired can be asked for again.",
        "Make a link with an amount of its own.",
    ),
    ErrorEntry(
        "too_many_webhooks", _STATE, "The account has as many endpoints as it may have.", "Delete one, or change one."
    ),
    ErrorEntry(
        "rotation_in_progress",
        _STATE,
        "The secret before the last rotation still signs.",
        "Wait until it is gone, or rotate with `expires_in` 0, which drops every former secret.",
    ),
    ErrorEntry("webhook_disabled", _STATE, "The endpoint is disabled.", "Enable it, then send the event again."),
    ErrorEntry(
        "event_without_data",
        _STATE,
        "No endpoint listened when this happened, so there is no message to send again.",
        "Read the object itself.",
    ),
    ErrorEntry("script_full", _STATE, "The acquirer's test script is as long as it may be.", "Use it up, or empty it."),
    ErrorEntry(
        "not_open",
        _STATE,
        "Proof can only be changed while the dispute is open.",
        "Read the dispute: its proof was sent, or it is over.",
    ),
    ErrorEntry(
        "out_of_time", _STATE, "The 30 days for answering the dispute are over.", "Nothing more can be done about it."
    ),
    ErrorEntry(
        "nothing_to_send", _INPUT, "The proof has neither words nor files.", "Write something or add a file first."
    ),
    ErrorEntry("text_too_long", _INPUT, "The words of the proof are too long.", "Shorten them, or add them as a PDF."),
    ErrorEntry("file_empty", _INPUT, "The body holds no file.", "Send the file's bytes as the body."),
    ErrorEntry("file_too_large", _INPUT, "The file has more than 10 MB.", "Make it smaller, or split it."),
    ErrorEntry(
        "file_type", _INPUT, "The content is no whole PDF, PNG or JPEG.", "Send one of these; the name does not matter."
    ),
    ErrorEntry("too_many_files", _INPUT, "The proof has ten files.", "Take one out first, or put several into a PDF."),
    ErrorEntry(
        "acquirer_unavailable",
        errors.AcquirerUnavailable,
        "The card network gave no usable answer, or no exchange rate.",
        "Send the same request again under the same Idempotency-Key. What was asked stays one attempt; of a refund nothing was kept.",
    ),
    ErrorEntry(
        "bank_unavailable",
        errors.BankUnavailable,
        "The bank gave no answer.",
        "Send the same request again under the same Idempotency-Key.",
    ),
)
TABLE: dict[str, ErrorEntry] = {entry.code: entry for entry in ENTRIES}

"""What makes payments: intents, links and subscriptions."""

from __future__ import annotations

from payments_core.api.schemas.lists import IntentsQuery, ListQuery, SubscriptionsQuery
from payments_core.api.schemas.payment_intents import IntentCapture, IntentChanges, NewIntentBody
from payments_core.api.schemas.payment_links import NewLinkBody
from payments_core.api.schemas.refunds import RefundAmount
from payments_core.api.schemas.subscriptions import NewSubscriptionBody, SubscriptionChanges
from payments_core.docs.operations.forms import Answer, Operation, lists, read
from payments_core.docs.operations.payments import AMOUNT_ERRORS, DATE_ERRORS, MANDATE_ERRORS, REFUND_ERRORS

_INTENT_ERRORS = ("two_methods", "single_use_card", "card_expired", *DATE_ERRORS, *AMOUNT_ERRORS, *MANDATE_ERRORS)
_SUBSCRIPTION_ERRORS = ("one_method", "single_use_card", "end_before_start", *MANDATE_ERRORS)
_NAMED_BY_THE_PATH = "customer"

INTENTS: dict[str, Operation] = {
    "create_intent": Operation(
        "Create a payment intent",
        (Answer("PaymentIntent"),),
        body=NewIntentBody,
        errors=("duplicate", *_INTENT_ERRORS),
    ),
    "read_intent": read("Read a payment intent", "PaymentIntent"),
    "change_intent": Operation(
        "Change a payment intent",
        (Answer("PaymentIntent"),),
        body=IntentChanges,
        errors=("payment_fixed", "attempt_in_progress", *_INTENT_ERRORS),
    ),
    "cancel_intent": Operation(
        "Cancel a payment intent",
        (Answer("PaymentIntent"),),
        errors=("illegal_transition", "attempt_in_progress", *REFUND_ERRORS),
    ),
    "capture_intent": Operation(
        "Capture a payment intent",
        (Answer("PaymentIntent"),),
        body=IntentCapture,
        bare_id=True,
        text="Without a body all of it is captured; `amount` captures a part and releases the rest.",
        errors=("illegal_transition", "nothing_to_capture", "capture_too_high", "bad_amount"),
    ),
    "refund_intent": Operation(
        "Refund a payment intent",
        (Answer("Refund"),),
        body=RefundAmount,
        errors=("illegal_transition", *REFUND_ERRORS),
    ),
    "payments_of_intent": lists("List the payments of an intent", "payments", "Payment", ListQuery, "created"),
    "refunds_of_intent": lists("List the refunds of an intent", "refunds", "Refund", ListQuery, "created"),
    "disputes_of_intent": lists("List the disputes of an intent", "disputes", "Dispute", ListQuery, "created"),
    "list_intents": lists("List payment intents", "payment_intents", "PaymentIntent", IntentsQuery),
    "intents_of_customer": lists(
        "List a customer's payment intents", "payment_intents", "PaymentIntent", IntentsQuery, _NAMED_BY_THE_PATH
    ),
}

LINKS: dict[str, Operation] = {
    "create_link": Operation(
        "Create a payment link",
        (Answer("PaymentLink"),),
        body=NewLinkBody,
        errors=("bad_expiry", "not_retriable", *AMOUNT_ERRORS),
    ),
    "read_link": read("Read a payment link", "PaymentLink"),
    "link_qr_code": Operation("Get a payment link as a QR code", (Answer(media_type="image/svg+xml"),)),
    "disable_link": Operation("Close a payment link", (Answer("PaymentLink"),)),
    "list_links": lists("List payment links", "payment_links", "PaymentLink", ListQuery),
}

SUBSCRIPTIONS: dict[str, Operation] = {
    "create_subscription": Operation(
        "Create a subscription",
        (Answer("Subscription"),),
        body=NewSubscriptionBody,
        errors=("start_in_the_past", *_SUBSCRIPTION_ERRORS, *AMOUNT_ERRORS),
    ),
    "read_subscription": read("Read a subscription", "Subscription"),
    "change_subscription": Operation(
        "Change a subscription",
        (Answer("Subscription"),),
        body=SubscriptionChanges,
        errors=("subscription_over", *_SUBSCRIPTION_ERRORS),
    ),
    "cancel_subscription": Operation(
        "Cancel a subscription", (Answer("Subscription"),), errors=("illegal_transition",)
    ),
    "pause_subscription": Operation("Pause a subscription", (Answer("Subscription"),), errors=("illegal_transition",)),
    "resume_subscription": Operation(
        "Resume a subscription", (Answer("Subscription"),), errors=("illegal_transition",)
    ),
    "renew_subscription": Operation(
        "Charge a rejected instalment again", (Answer("Subscription"),), errors=("nothing_to_renew", *MANDATE_ERRORS)
    ),
    "payments_of_subscription": lists(
        "List the payments of a subscription", "payments", "Payment", ListQuery, "created"
    ),
    "list_subscriptions": lists("List subscriptions", "subscriptions", "Subscription", SubscriptionsQuery),
    "subscriptions_of_customer": lists(
        "List a customer's subscriptions", "subscriptions", "Subscription", SubscriptionsQuery, _NAMED_BY_THE_PATH
    ),
}

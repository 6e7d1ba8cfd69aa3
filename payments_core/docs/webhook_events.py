"""Every type of event that webhooks carry, with what it means, and the object that comes with it.

The types are those of event_types.py, but for the few that no event has: a test compares, and walks the code for what it sends.
"""

from __future__ import annotations

from dataclasses import dataclass

from payments_core.api.answers.forms import (
    FLAG,
    NUMBER,
    SECONDS,
    TEXT,
    Schema,
    identifier,
    record,
    ref,
    words,
)


@dataclass(frozen=True)
class Subject:
    """What events of one noun carry: the schema of `data`, and each happening with its meaning."""

    noun: str
    data: str
    happenings: dict[str, str]

    @property
    def types(self) -> dict[str, str]:
        """Each type with its meaning."""
        return {f"{self.noun}.{name}": meaning for name, meaning in self.happenings.items()}


_STORED = {"created": "It was stored.", "updated": "It was changed.", "deleted": "It was deleted."}

SUBJECTS: tuple[Subject, ...] = (
    Subject(
        "payment",
        "Payment",
        {
            "created": "A payment exists; nobody paid yet.",
            "updated": "Its fields changed, it was given a card or an account, or its authentication moved.",
            "authorized": "The issuer accepted; capture it within 7 days.",
            "to_capture": "It is accepted and will be captured at the next cut-off.",
            "capture_sent": "It left with the day's file.",
            "captured": "The money arrived, or a dispute about it was won.",
            "canceled": "It was cancelled before its capture.",
            "refused": "The issuer declined it for good.",
            "failed": "It failed for a technical reason, or a direct debit came back.",
            "expired": "Nobody paid, or nobody captured, in time.",
            "disputed": "The payer contested it.",
            "paid_twice": "The same order was paid twice: refund one of the two.",
            "collection_scheduled": "A direct debit will be collected: tell the payer the amount and the day.",
            "claim_refused": "The payer's bank claimed a direct debit back without a right to it.",
        },
    ),
    Subject(
        "payment_intent",
        "PaymentIntent",
        {
            "created": "An intent exists.",
            "updated": "Its fields changed, or it was given a card.",
            "processing": "A direct debit is under way.",
            "authorized": "It is accepted and waits for your capture.",
            "captured": "It is paid.",
            "canceled": "You cancelled it.",
            "unpaid": "It was not paid in time, or the payment failed.",
        },
    ),
    Subject(
        "payment_link",
        "PaymentLinkInEvent",
        {"created": "A link exists.", "disabled": "It was closed."},
    ),
    Subject(
        "subscription",
        "Subscription",
        {
            "created": "A subscription exists.",
            "updated": "Its later instalments changed.",
            "active": "An instalment was paid, or it was resumed.",
            "past_due": "An instalment was rejected and waits for you.",
            "unpaid": "The next instalment came due before the rejected one was paid.",
            "paused": "You paused it.",
            "canceled": "It ended.",
        },
    ),
    Subject(
        "refund",
        "Refund",
        {
            "created": "A refund was accepted; it leaves within a day.",
            "payment_canceled": "The payment was not captured yet, so it was cancelled.",
            "refund_sent": "It is on its way to the payer.",
            "refunded": "The payer has the money.",
            "failed": "It failed for a technical reason; the amount can be refunded again.",
            "not_honored": "The payer's bank refused it, or the payment was disputed meanwhile.",
        },
    ),
    Subject(
        "dispute",
        "Dispute",
        {
            "opened": "A payer contested a payment.",
            "days_left": "There are 10, 3 or 1 days left to answer.",
            "evidence_pending": "Your proof is being sent.",
            "evidence_sent": "Your proof reached the issuer.",
            "evidence_verification": "The issuer examines it.",
            "accepted": "You accepted it, or it could not be contested.",
            "out_of_time": "Nobody answered within 30 days.",
            "won": "It was decided for you; the money is back.",
            "lost": "It was decided for the payer.",
        },
    ),
    Subject(
        "payout",
        "Payout",
        {
            "pending": "Its lines are being gathered.",
            "to_pay": "It is in a file for the bank.",
            "sent": "The bank took it.",
            "paid": "It was booked.",
            "failed": "It failed or came back; confirm your IBAN.",
        },
    ),
    Subject("address", "Address", {"created": "It was stored.", "deleted": "It was taken out of use."}),
    Subject("customer", "Customer", _STORED),
    Subject("card", "Card", _STORED),
    Subject("sepa", "SepaAccount", _STORED),
    Subject(
        "mandate",
        "Mandate",
        {
            "created": "A mandate exists.",
            "updated": "It was changed.",
            "signed": "The payer signed it.",
            "revoked": "It was revoked.",
        },
    ),
)

# Statuses that objects begin in: `created` or `opened` tells of them.
NEVER_SENT = frozenset(
    {
        "refund.to_refund",
        "dispute.open",
        "dispute.not_contestable",
        "payment_intent.require_payment_method",
        "payment_intent.require_authentication",
        "subscription.incomplete",
    }
)


def component_of(subject: Subject) -> str:
    """The name of the message's schema in the document."""
    return "".join(part.capitalize() for part in subject.noun.split("_")) + "Event"


def messages() -> dict[str, Schema]:
    """The schema of each subject's message, by name."""
    return {
        component_of(subject): record(
            id=identifier("evt"),
            type=words(*subject.types),
            created=SECONDS,
            live_mode=FLAG,
            api_version=words("v2"),
            version=NUMBER,
            object=TEXT,
            data=ref(subject.data),
        )
        for subject in SUBJECTS
    }

"""Payments, their authentication and device, refunds and disputes (wire contract 2.2, 2.6, 2.7, 2.9, 2.10)."""

from __future__ import annotations

from payments_core import states
from payments_core.api.answers.forms import (
    COUNT,
    CURRENCY,
    DAY,
    FLAG,
    NUMBER,
    SECONDS,
    TEXT,
    Schema,
    identifier,
    nullable,
    record,
    ref,
    several,
    words,
)
from payments_core.evidence import KINDS, TYPES
from payments_core.payment_rules import METHODS


def statuses(kind: str, *left_out: str) -> Schema:
    """Every status of a transition table that reaches the wire."""
    return words(*sorted(status for status in states.statuses(kind) if status is not None and status not in left_out))


_RESPONSE = {"type": "string", "minLength": 2, "maxLength": 4}
# A refund that failed shows as not_honored: clients cannot read `failed`.
_REFUND_STATUS = statuses("refund", "failed")

_DEVICE = record(
    optional={
        "ip": nullable(TEXT),
        "port": nullable(NUMBER),
        "user_agent": nullable(TEXT),
        "http_accept": nullable(TEXT),
        "languages": nullable(TEXT),
        "city": nullable(TEXT),
        "country": nullable(TEXT),
        "zip_code": nullable(TEXT),
    }
)
_PAYMENT: Schema = {
    "id": identifier("paym"),
    "amount": COUNT,
    "currency": CURRENCY,
    "capture": FLAG,
    "method": nullable(words(*METHODS)),
    "methods_allowed": nullable(several(words(*METHODS))),
    "order_id": nullable(TEXT),
    "unique_id": nullable(TEXT),
    "description": nullable(TEXT),
    "status": nullable(statuses("payment")),
    "response": nullable(_RESPONSE),
    "response_author": nullable(TEXT),
    "return_url": nullable(TEXT),
    "fee": NUMBER,
    "device": nullable(ref("Device")),
    "date_paym": nullable(SECONDS),
    "created": SECONDS,
}
_REFUND: Schema = {
    "id": identifier("refd"),
    "amount": COUNT,
    "currency": CURRENCY,
    "payment": identifier("paym"),
    "status": _REFUND_STATUS,
    "created": SECONDS,
    "date_refund": nullable(SECONDS),
}
_DISPUTE: Schema = {
    "id": identifier("dspt"),
    "amount": COUNT,
    "payment": identifier("paym"),
    "order_id": nullable(TEXT),
    "response": _RESPONSE,
    "type": words("chargeback"),
    "created": SECONDS,
}
_MONEY_OF_V2: Schema = {
    "payment_intent": nullable(identifier("pi")),
    "payout": nullable(identifier("pout")),
    "date_bank": nullable(DAY),
}
_AUTH: Schema = {
    "status": statuses("authentication"),
    "redirect_url": nullable(TEXT),
    "return_url": nullable(TEXT),
}

ANSWERS: dict[str, Schema] = {
    "Device": _DEVICE,
    "AuthenticationV1": record(**_AUTH),
    "Authentication": record(**_AUTH, message=nullable(TEXT), uuid=TEXT, device=nullable(ref("Device"))),
    "PaymentV1": record(
        **_PAYMENT,
        auth=nullable(ref("AuthenticationV1")),
        card=nullable(ref("CardV1")),
        customer=nullable(ref("CustomerV1")),
        sepa=nullable(ref("SepaAccountV1")),
        country=TEXT,
        refunds=several(ref("RefundV1")),
        date_bank=nullable(SECONDS),
        live_mode=FLAG,
    ),
    "Payment": record(
        **_PAYMENT,
        **_MONEY_OF_V2,
        origin={"type": "integer", "minimum": 1, "maximum": 8},
        auth=nullable(ref("Authentication")),
        card=nullable(ref("Card")),
        customer=nullable(ref("Customer")),
        sepa=nullable(ref("SepaAccount")),
        billing_address=nullable(identifier("addr")),
        shipping_address=nullable(identifier("addr")),
        date_settlement=nullable(DAY),
    ),
    "RefundV1": record(**_REFUND, date_bank=nullable(SECONDS), live_mode=FLAG),
    "Refund": record(**_REFUND, **_MONEY_OF_V2),
    "DisputeV1": record(**_DISPUTE, date_bank=nullable(SECONDS), live_mode=FLAG),
    "Dispute": record(**_DISPUTE, **_MONEY_OF_V2, currency=CURRENCY, fee=NUMBER, status=statuses("dispute")),
    "EvidenceFile": record(
        id=identifier("evdf"), name=TEXT, kind=words(*KINDS), type=words(*TYPES), size=COUNT, created=SECONDS
    ),
    "EvidenceFact": record(code=TEXT, value=TEXT),
    "Evidence": record(
        dispute=identifier("dspt"),
        text=TEXT,
        kit=several(ref("EvidenceFact")),
        files=several(ref("EvidenceFile")),
        contestable=FLAG,
        deadline_at=SECONDS,
        days_left=nullable(COUNT),
        sent_at=nullable(SECONDS),
    ),
}

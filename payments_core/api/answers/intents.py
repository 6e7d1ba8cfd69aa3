"""What makes payments: intents (wire contract 2.11), links and subscriptions (2.12 and our extension). v2 only."""

from __future__ import annotations

from payments_core.api.answers.forms import (
    ANYTHING,
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
    several,
    words,
)
from payments_core.api.answers.payments import statuses
from payments_core.payment_rules import METHODS
from payments_core.timetable import INTERVALS

_METHODS = several(words(*METHODS))
_PAYMENT_LINK: Schema = {
    "id": identifier("plnk"),
    "amount": COUNT,
    "currency": CURRENCY,
    "description": nullable(TEXT),
    "order_id": nullable(TEXT),
    "methods_allowed": nullable(_METHODS),
    "return_url": nullable(TEXT),
    "multiple": FLAG,
    "url": TEXT,
    "qr_code": TEXT,
    "payment": nullable(identifier("paym")),
    "retry_of": nullable(identifier("paym")),
    "expires_at": SECONDS,
    "disabled_at": nullable(SECONDS),
    "created_at": SECONDS,
}

ANSWERS: dict[str, Schema] = {
    "PaymentIntent": record(
        id=identifier("pi"),
        amount=COUNT,
        currency=CURRENCY,
        capture=FLAG,
        card=nullable(identifier("card")),
        sepa=nullable(identifier("sepa")),
        customer=nullable(identifier("cust")),
        payment=nullable(identifier("paym")),
        description=nullable(TEXT),
        metadata=ANYTHING,
        methods_allowed=_METHODS,
        order_id=nullable(TEXT),
        unique_id=nullable(TEXT),
        return_url=nullable(TEXT),
        threeds=words("required", "none"),
        status=statuses("payment_intent"),
        url=TEXT,
        date_settlement=nullable(DAY),
        billing_address=nullable(identifier("addr")),
        shipping_address=nullable(identifier("addr")),
        origin=NUMBER,
        created_at=SECONDS,
    ),
    "PaymentLink": record(**_PAYMENT_LINK, state=words("open", "paid", "expired", "disabled")),
    # Time alone changes the state, so an event leaves it out.
    "PaymentLinkInEvent": record(**_PAYMENT_LINK),
    "Subscription": record(
        id=identifier("sub"),
        customer=identifier("cust"),
        card=nullable(identifier("card")),
        sepa=nullable(identifier("sepa")),
        items={"type": "object", "maxProperties": 0},
        status=statuses("subscription"),
        start_at=DAY,
        cancel_at=nullable(DAY),
        free_until=nullable(DAY),
        methods_allowed=_METHODS,
        payment_intent=nullable(identifier("pi")),
        payment=nullable(identifier("paym")),
        amount=COUNT,
        currency=CURRENCY,
        description=nullable(TEXT),
        interval=words(*INTERVALS),
        interval_count=COUNT,
        instalments=nullable(COUNT),
        instalments_made=COUNT,
        instalment_on=nullable(DAY),
        next_on=nullable(DAY),
        retry=FLAG,
        created_at=SECONDS,
        canceled_at=nullable(SECONDS),
    ),
}

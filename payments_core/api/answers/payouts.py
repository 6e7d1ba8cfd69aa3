"""Payouts (wire contract 2.8)."""

from __future__ import annotations

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
)
from payments_core.api.answers.payments import statuses

_SUM = record(amount=NUMBER, count=COUNT, fees=NUMBER)
_PART = record(amount=NUMBER, method=record(card=_SUM, sepa=_SUM))
_PAYOUT: Schema = {
    "id": identifier("pout"),
    "amount": NUMBER,
    "currency": CURRENCY,
    "status": statuses("payout"),
    "fees": NUMBER,
    "created": SECONDS,
}

ANSWERS: dict[str, Schema] = {
    "PayoutV1": record(
        **_PAYOUT,
        payments=record(amount=NUMBER),
        refunds=record(amount=NUMBER),
        disputes=record(amount=NUMBER),
        statement_description=TEXT,
        date_paym=nullable(SECONDS),
        date_bank=nullable(SECONDS),
        live_mode=FLAG,
    ),
    "Payout": record(
        **_PAYOUT,
        reference=TEXT,
        fees_vat=NUMBER,
        payments=_PART,
        refunds=_PART,
        disputes=_PART,
        date=nullable(SECONDS),
        date_bank=nullable(DAY),
    ),
}

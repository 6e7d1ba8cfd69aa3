"""The v1 wire objects of spec/stancer-api.md section 2, as plain dictionaries.

Every time is unix seconds, bank dates included (midnight UTC); `live_mode` is on every object.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Any

from payments_core.models import Address, Authentication, Card, Customer, Dispute, Payment, Payout, Refund, SepaAccount
from payments_core.payout_lines import Sums
from payments_core.representation import WIRE_REFUND_STATUS, address_v2, unix

_NATURES = {"personal": "personnal"}  # sic: the spelling v1 has always used


def card(found: Card) -> dict[str, Any]:
    return {
        "id": found.id,
        "brand": found.brand,
        "country": found.country,
        "created": unix(found.created_at),
        "exp_month": found.exp_month,
        "exp_year": found.exp_year,
        "external_id": found.external_id,
        "funding": found.funding,
        "last4": found.last4,
        "live_mode": found.live,
        "name": found.name,
        "nature": _NATURES.get(found.nature, found.nature) if found.nature else None,
        "network": found.network,
        "preferred_network": found.preferred_network,
        "zip_code": found.zip_code,
    }


def customer(found: Customer) -> dict[str, Any]:
    return {
        "id": found.id,
        "name": found.name,
        "email": found.email,
        "mobile": found.mobile,
        "country": found.country,
        "external_id": found.external_id,
        "date_birth": found.date_birth.isoformat() if found.date_birth else None,
        "legal_id": found.legal_id,
        "created": unix(found.created_at),
        "live_mode": found.live,
    }


def sepa(found: SepaAccount) -> dict[str, Any]:
    """The mandate's date keeps its time."""
    mandate = found.mandate
    return {
        "id": found.id,
        "bic": found.bic,
        "country": found.country,
        "created": unix(found.created_at),
        "date_birth": found.date_birth.isoformat() if found.date_birth else None,
        "date_mandate": unix(mandate.signed_at) if mandate else None,
        "last4": found.last4,
        "live_mode": found.live,
        "mandate": mandate.rum if mandate else None,
        "name": found.name,
    }


def address(found: Address) -> dict[str, Any]:
    shown = address_v2(found)
    del shown["deleted"]
    return {**shown, "live_mode": found.live}


def refund(found: Refund) -> dict[str, Any]:
    return {
        "id": found.id,
        "amount": found.amount,
        "currency": found.currency,
        "payment": found.payment_id,
        "status": WIRE_REFUND_STATUS.get(found.status, found.status),
        "created": unix(found.created_at),
        "date_refund": unix(found.refunded_at),
        "date_bank": _day(found.date_bank),
        "live_mode": found.live,
    }


def payment(found: Payment, given_back: Sequence[Refund]) -> dict[str, Any]:
    return {
        "id": found.id,
        "amount": found.amount,
        "currency": found.currency,
        "description": found.description,
        "order_id": found.order_id,
        "unique_id": found.unique_id,
        "capture": found.capture,
        "method": found.method,
        "methods_allowed": found.methods_allowed,
        "card": card(found.card) if found.card else None,
        "sepa": sepa(found.sepa_account) if found.sepa_account else None,
        "customer": customer(found.customer) if found.customer else None,
        "country": found.country or "",
        "auth": _auth(found.authentication) if found.authentication_id else None,
        "device": found.device,
        "status": found.status,
        "response": found.response,
        "response_author": found.response_author,
        "return_url": found.return_url,
        "refunds": [refund(item) for item in given_back],
        "fee": found.fee,
        "date_paym": unix(found.paid_at),
        "date_bank": _day(found.date_bank),
        "created": unix(found.created_at),
        "live_mode": found.live,
    }


def dispute(found: Dispute) -> dict[str, Any]:
    """v1 disputes have no status."""
    return {
        "id": found.id,
        "amount": found.amount,
        "payment": found.payment_id,
        "order_id": found.payment.order_id,
        "response": found.response,
        "type": "chargeback",
        "date_bank": _day(found.date_bank),
        "created": unix(found.created_at),
        "live_mode": found.live,
    }


def payout(found: Payout, sums: Sums) -> dict[str, Any]:
    return {
        "id": found.id,
        "amount": found.amount,
        "currency": found.currency,
        "status": found.status,
        "fees": -sums.payments["fees"] - sums.disputes["fees"],
        "payments": {"amount": sums.payments["amount"]},
        "refunds": {"amount": -sums.refunds["amount"]},
        "disputes": {"amount": -sums.disputes["amount"]},
        "statement_description": found.reference,
        "date_paym": unix(found.gathered_at),
        "date_bank": _day(found.date_bank),
        "created": unix(found.created_at),
        "live_mode": found.live,
    }


def _auth(session: Authentication | None) -> dict[str, Any] | None:
    if session is None:
        return None
    return {
        "status": session.status,
        "redirect_url": session.redirect_url,
        "return_url": None if session.on_page else session.return_url,
    }


def _day(day: date | None) -> int | None:
    return unix(datetime.combine(day, time.min, UTC)) if day else None

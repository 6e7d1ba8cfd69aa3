"""The v2 wire objects of spec/stancer-api.md section 2, as plain dictionaries: bodies of webhooks and of API v2.

Times are unix seconds, `date_*` bank dates are YYYY-MM-DD, amounts minor units. Numbers and security codes never appear.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from payments_core.models import (
    Address,
    Authentication,
    Card,
    Customer,
    Dispute,
    Mandate,
    Payment,
    Payout,
    Refund,
    SepaAccount,
)
from payments_core.payment_rules import METHODS
from payments_core.payout_lines import Sums
from payments_core.runtime import runtime

# Refund `failed` is unreadable by clients; on the wire it shows as not_honored (domain, section 3).
WIRE_REFUND_STATUS = {"failed": "not_honored"}


def unix(moment: datetime | None) -> int | None:
    """Whole seconds since 1970, or None."""
    return int(moment.timestamp()) if moment else None


def iso(day: date | None) -> str | None:
    """YYYY-MM-DD, or None."""
    return day.isoformat() if day else None


def card_v2(card: Card) -> dict[str, Any]:
    return {
        "id": card.id,
        "brand": card.brand,
        "country": card.country,
        "created": unix(card.created_at),
        "customer": card.customer_id,
        "deleted": card.deleted_at is not None,
        "exp_month": card.exp_month,
        "exp_year": card.exp_year,
        "external_id": card.external_id,
        "funding": card.funding,
        "last4": card.last4,
        "name": card.name,
        "nature": card.nature,
        "network": card.network,
        "preferred_network": card.preferred_network,
        "zip_code": card.zip_code,
    }


def customer_v2(customer: Customer) -> dict[str, Any]:
    return {
        "id": customer.id,
        "name": customer.name,
        "email": customer.email,
        "mobile": customer.mobile,
        "country": customer.country,
        "created": unix(customer.created_at),
        "date_birth": iso(customer.date_birth),
        "deleted": customer.deleted_at is not None,
        "external_id": customer.external_id,
        "legal_id": customer.legal_id,
        "billing_address": customer.billing_address_id,
        "shipping_address": customer.shipping_address_id,
    }


def sepa_v2(account: SepaAccount) -> dict[str, Any]:
    mandate = account.mandate
    return {
        "id": account.id,
        "bic": account.bic,
        "country": account.country,
        "created": unix(account.created_at),
        "customer": account.customer_id,
        "date_birth": iso(account.date_birth),
        "date_mandate": iso(mandate.signed_at.date()) if mandate and mandate.signed_at else None,
        "deleted": account.deleted_at is not None,
        "last4": account.last4,
        "mandate": mandate.rum if mandate else None,
        "name": account.name,
    }


def _nested_sepa(account: SepaAccount) -> dict[str, Any]:
    """An account inside a payment leaves the mandate's date to the account's own address.

    Python's client 2.0.0 takes a day in a nested account for a wrong value and cannot read the payment, nor a list with it; a null
    it looks up by itself, and there it accepts the day.
    """
    return {**sepa_v2(account), "date_mandate": None}


def mandate_v2(mandate: Mandate) -> dict[str, Any]:
    """`sign_url` is where the payer signs, null once there is nothing to sign; `upload_url` is not offered."""
    config = runtime().config
    waits = mandate.signed_at is None and mandate.revoked_at is None
    return {
        "id": mandate.id,
        "rum": mandate.rum,
        "sepa": mandate.sepa_account_id,
        "customer": mandate.sepa_account.customer_id,
        "recurrent": mandate.recurrent,
        "proof": mandate.proof.get("kind"),
        "sign_url": f"{config.payment_url}/mandate/{mandate.id}" if waits else None,
        "upload_url": None,
        "url": f"{config.api_url}/v2/mandates/{mandate.id}.pdf",
        "signed_at": unix(mandate.signed_at),
        "created_at": unix(mandate.created_at),
        "last_used_at": unix(mandate.last_used_at),
        "deleted_at": unix(mandate.revoked_at),
        "deleted": mandate.revoked_at is not None,
    }


def address_v2(address: Address) -> dict[str, Any]:
    return {
        "id": address.id,
        "line1": address.line1,
        "line2": address.line2,
        "line3": address.line3,
        "city": address.city,
        "zip_code": address.zip_code,
        "country": address.country,
        "state": address.state,
        "metadata": address.details,
        "created_at": unix(address.created_at),
        "deleted": address.deleted_at is not None,
    }


def auth_v2(authentication: Authentication | None) -> dict[str, Any] | None:
    """Never `true`: lib-php cannot read that."""
    if authentication is None:
        return None
    return {
        "status": authentication.status,
        "redirect_url": authentication.redirect_url,
        "return_url": None if authentication.on_page else authentication.return_url,
        "message": authentication.message,
        "uuid": authentication.id,
        "device": authentication.device,
    }


def intent_id(payment: Payment) -> str | None:
    """The intent that made the payment, if one did."""
    return payment.parent_id if payment.parent_id and payment.parent_id.startswith("pi_") else None


def payment_v2(payment: Payment, payout: str | None = None) -> dict[str, Any]:
    """`payout` is the id of the payout it is in."""
    return {
        "id": payment.id,
        "amount": payment.amount,
        "currency": payment.currency,
        "capture": payment.capture,
        "origin": payment.origin,
        "auth": auth_v2(payment.authentication) if payment.authentication_id else None,
        "card": card_v2(payment.card) if payment.card else None,
        "customer": customer_v2(payment.customer) if payment.customer else None,
        "sepa": _nested_sepa(payment.sepa_account) if payment.sepa_account else None,
        "method": payment.method,
        "methods_allowed": payment.methods_allowed,
        "order_id": payment.order_id,
        "unique_id": payment.unique_id,
        "description": payment.description,
        "status": payment.status,
        "response": payment.response,
        "response_author": payment.response_author,
        "return_url": payment.return_url,
        "fee": payment.fee,
        "payment_intent": intent_id(payment),
        "payout": payout,
        "billing_address": payment.billing_address_id,
        "shipping_address": payment.shipping_address_id,
        "device": payment.device,
        "date_bank": iso(payment.date_bank),
        "date_paym": unix(payment.paid_at),
        "date_settlement": iso(payment.date_settlement),
        "created": unix(payment.created_at),
    }


def refund_v2(refund: Refund, payout: str | None = None) -> dict[str, Any]:
    return {
        "id": refund.id,
        "amount": refund.amount,
        "currency": refund.currency,
        "payment": refund.payment_id,
        "payment_intent": intent_id(refund.payment),
        "payout": payout,
        "status": WIRE_REFUND_STATUS.get(refund.status, refund.status),
        "created": unix(refund.created_at),
        "date_refund": unix(refund.refunded_at),
        "date_bank": iso(refund.date_bank),
    }


def dispute_v2(dispute: Dispute, payout: str | None = None) -> dict[str, Any]:
    return {
        "id": dispute.id,
        "amount": dispute.amount,
        "currency": dispute.currency,
        "fee": dispute.fee,
        "payment": dispute.payment_id,
        "payment_intent": intent_id(dispute.payment),
        "payout": payout,
        "order_id": dispute.payment.order_id,
        "response": dispute.response,
        "status": dispute.status,
        "type": "chargeback",
        "date_bank": iso(dispute.date_bank),
        "created": unix(dispute.created_at),
    }


def payout_v2(payout: Payout, sums: Sums) -> dict[str, Any]:
    """Amounts of payments, refunds and disputes are positive, `fees` are what was kept of them."""
    fees = -sums.payments["fees"] - sums.disputes["fees"]
    return {
        "id": payout.id,
        "amount": payout.amount,
        "currency": payout.currency,
        "status": payout.status,
        "reference": payout.reference,
        "fees": fees,
        "fees_vat": 0,  # commissions and dispute fees are exempt
        "payments": _part(sums, "payments", 1),
        "refunds": _part(sums, "refunds", -1),
        "disputes": _part(sums, "disputes", -1),
        "date": unix(payout.gathered_at),
        "date_bank": iso(payout.date_bank),
        "created": unix(payout.created_at),
    }


def _part(sums: Sums, group: str, sign: int) -> dict[str, Any]:
    """`sign` turns the effect on the payout into the amount shown; returned collections count among the disputes."""
    parts = {method: sums.part(group, method) for method in METHODS}
    return {
        "amount": sign * getattr(sums, group)["amount"],
        "method": {
            method: {"amount": sign * part["amount"], "count": part["count"], "fees": -part["fees"]}
            for method, part in parts.items()
        },
    }

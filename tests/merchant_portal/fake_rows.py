"""Rows as the core answers with them: payments, disputes, payouts, terminals."""

from __future__ import annotations

from typing import Any

NOW = "2026-11-23T16:00:00.000Z"


def payment(number: int = 1, **changes: Any) -> dict[str, Any]:
    """A captured payment of 45,00 € as the platform API lists it."""
    return {
        "id": f"paym_{number:024d}",
        "amount": 4500,
        "currency": "eur",
        "status": "captured",
        "method": "card",
        "order_id": f"CMD-{number}",
        "unique_id": None,
        "description": "Savon",
        "customer": {"id": "cust_1", "name": "Ada Martin", "email": "ada@example.com"},
        "card": {"brand": "visa", "last4": "4242"},
        "refunded": 0,
        "refundable": 4500,
        "fee": 47,
        "settled": None,
        "created_at": NOW,
        "date_bank": "2026-11-24",
        "source": "boutique",
        "boutique": "btq_1",
        "response": "00",
        **changes,
    }


def detail(item: dict[str, Any]) -> dict[str, Any]:
    """The same payment as its own page asks for it."""
    return {
        "authorized_amount": item["amount"],
        "attempts": [
            {
                "at": NOW,
                "result": "declined",
                "response": "51",
                "meaning": "x",
                "auth_status": None,
                "card": item["card"],
            },
            {
                "at": NOW,
                "result": "accepted",
                "response": "00",
                "meaning": "",
                "auth_status": "success",
                "card": item["card"],
            },
        ],
        "refunds": [],
        "timeline": [{"at": NOW, "type": "payment.captured", "actor": "clock", "data": {"amount": item["amount"]}}],
        "ledger": [
            {
                "at": NOW,
                "code": "capture",
                "debit": "acquirer_receivable",
                "credit": "merchant_pending",
                "amount": 4500,
                "currency": "eur",
            }
        ],
        "settlement_expected_on": None,
        "refund_rule": None,
        "checkout_url": None,
        **item,
    }


def dispute(status: str = "open", **changes: Any) -> dict[str, Any]:
    """A dispute of the whole of `payment()` with a file in its draft, as its own page asks for it."""
    waiting = status in ("open", "not_contestable")
    return {
        "id": "dspt_" + "1" * 24,
        "payment": payment()["id"],
        "order_id": "CMD-1",
        "amount": 4500,
        "currency": "eur",
        "fee": 1500,
        "settled": None,
        "status": status,
        "type": "chargeback",
        "response": "4853",
        "meaning": "Article non reçu",
        "contestable": True,
        "created_at": NOW,
        "deadline_at": NOW if waiting else None,
        "days_left": 9 if waiting else None,
        "sent_at": None,
        "decided_at": None,
        "date_bank": "2026-11-23",
        "shortfall": 100,
        "collection": {
            "id": "mdbt_1",
            "amount": 100,
            "status": "announced",
            "account": "FR76 … 0189",
            "collection_on": "2026-11-25",
            "date_bank": None,
            "reason": None,
            "meaning": None,
        },
        "live": False,
        "payment_amount": 4500,
        "card": {"brand": "visa", "last4": "4242"},
        "customer": {"id": "cust_1", "name": "Ada Martin", "email": "ada@example.com"},
        "evidence": {
            "text": "Colis remis le 3.",
            "kit": [{"code": "order_id", "value": "CMD-1"}, {"code": "paid_at", "value": NOW}],
            "files": [
                {
                    "id": "evdf_" + "1" * 24,
                    "name": "facture.pdf",
                    "type": "application/pdf",
                    "size": 20480,
                    "kind": "receipt",
                    "created_at": NOW,
                }
            ],
            "sent_at": None,
        },
        "timeline": [{"at": NOW, "type": "dispute.opened", "actor": "issuer", "data": {"amount": 4500}}],
        "ledger": [
            {
                "at": NOW,
                "code": "dispute",
                "debit": "merchant_available",
                "credit": "bank",
                "amount": 4500,
                "currency": "eur",
            }
        ],
        **changes,
    }


def payout(status: str = "paid", **changes: Any) -> dict[str, Any]:
    """A payout of one payment, one refund and one dispute."""
    sums = {
        "payments": {"count": 1, "amount": 9000, "fees": -78},
        "refunds": {"count": 1, "amount": -500},
        "disputes": {"count": 1, "amount": -1000, "fees": -1500},
        "other": {"count": 0, "amount": 0},
    }
    return {
        "id": "pout_" + "1" * 24,
        "amount": 5922,
        "currency": "eur",
        "status": status,
        "reference": "COMPTOIR-ABCDEFGHJK",
        "expected_on": None if status == "paid" else "2026-12-03",
        "run_at": None,
        "created_at": NOW,
        "gathered_at": NOW,
        "sent_at": NOW,
        "paid_at": NOW,
        "date_bank": "2026-12-03" if status == "paid" else None,
        "iban_masked": "FR76 … 0189",
        "reason": "AC04" if status == "failed" else None,
        "live": False,
        "sums": sums,
        "timeline": [{"at": NOW, "type": "payout.paid", "actor": "bank", "data": {"amount": 5922}}],
        "ledger": [],
        "files": [{"kind": "pain.001", "at": NOW, "status": "validated", "problem": None}],
        **changes,
    }


LINES = [
    {"at": NOW, "kind": kind, "reference": reference, "payment": payment()["id"], "order_id": "CMD-1",
     "gross": gross, "fee": fee, "net": gross - fee, "original": None, "rate": None}
    for kind, reference, gross, fee in (
        ("payment", payment()["id"], 9000, 78),
        ("refund", "refd_1", -500, 0),
        ("dispute", "dspt_1", -1000, 0),
        ("dispute_fee", "dspt_1", -1500, 0),
    )
]  # fmt: skip


TERMINAL = {
    "id": "term_" + "1" * 24,
    "serial": "12345678",
    "name": "Comptoir",
    "place": "Paris",
    "state": "active",
    "created_at": NOW,
    "last_contact_at": NOW,
    "last_collected_at": None,
    "month_count": 12,
    "live": False,
}


BATCHES = [
    {"id": f"tbat_{state}", "number": f"00000{number}", "state": state, "currency": "eur", "count": 2, "total": 2500,
     "claimed_count": 3, "claimed_total": 3000, "problem": None, "created_at": NOW, "closed_at": NOW}
    for number, state in ((2, "refused"), (1, "agreed"))
]  # fmt: skip

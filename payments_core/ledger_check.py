"""Reconciles the ledger with the business records. Every rule is one statement that lists what differs; none means balanced.

The records are the payments and refunds themselves; the ledger must say the same in money, per object, and the running balances
must be the sums of the entries.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import text

from payments_core import ledger
from payments_core.db import db

_LISTED = 100  # differences of one rule that are listed; one is enough to be out of balance


def _exchange_code(alias: str, sign: str, undone: str) -> tuple[str, str]:
    """Amount and condition of a loss (`sign` ">") or gain ("<") by the day's rate; what is undone was posted as the other one too."""
    difference = f"{alias}.exchange_difference"
    return f"ABS({difference})", f"({difference} {sign} 0 OR ({undone} AND {difference} <> 0))"


# What the ledger must hold per payment: code, the amount the record says, and for which payments.
_PAYMENT_CODES = {
    "capture": ("p.amount", "p.captured_at IS NOT NULL"),
    "fee": ("p.fee", "p.captured_at IS NOT NULL"),
    "settlement": ("p.amount", "p.funds IN ('held', 'available') AND p.exchange_rate IS NULL"),
    "hold": ("p.amount - p.fee", "p.funds IN ('held', 'available') AND p.exchange_rate IS NULL"),
    "exchange_receivable": ("p.amount", "p.exchange_rate IS NOT NULL"),
    "exchange_pending": ("p.amount - p.fee", "p.exchange_rate IS NOT NULL"),
    "exchange_fee": ("p.fee", "p.exchange_rate IS NOT NULL"),
    "settlement_exchanged": ("p.settled_amount", "p.exchange_rate IS NOT NULL"),
    "hold_exchanged": ("p.settled_amount - p.settled_fee", "p.exchange_rate IS NOT NULL"),
    "fee_exchanged": ("p.settled_fee", "p.exchange_rate IS NOT NULL"),
    "release": ("COALESCE(p.settled_amount - p.settled_fee, p.amount - p.fee)", "p.funds = 'available'"),
}
# The same per refund: in euros, of which the exchange difference stands for itself.
_DRAWN, _CAME_BACK = "r.status <> 'payment_canceled'", "r.status IN ('failed', 'not_honored')"
_REFUND_CODES = {
    "refund": ("COALESCE(r.settled_amount - r.exchange_difference, r.amount)", _DRAWN),
    "refund_back": ("COALESCE(r.settled_amount - r.exchange_difference, r.amount)", _CAME_BACK),
    "refund_paid": ("COALESCE(r.settled_amount, r.amount)", "r.status = 'refunded'"),
    "refund_exchange_loss": _exchange_code("r", ">", _CAME_BACK),
    "refund_exchange_gain": _exchange_code("r", "<", _CAME_BACK),
}

# The same per dispute; its fee stands beside its amount.
_WON = "d.status = 'won'"
_DISPUTE_CODES = {
    "dispute": ("COALESCE(d.settled_amount - d.exchange_difference, d.amount)", "TRUE"),
    "dispute_fee": ("d.fee", "TRUE"),
    "dispute_won": ("COALESCE(d.settled_amount - d.exchange_difference, d.amount)", _WON),
    "dispute_fee_back": ("d.fee", _WON),
    "dispute_exchange_loss": _exchange_code("d", ">", _WON),
    "dispute_exchange_gain": _exchange_code("d", "<", _WON),
}

# The same per direct debit that was returned.
_RETURN_CODES = {
    "return": ("c.amount", "c.status = 'returned'"),
    "return_fee": ("c.return_fee", "c.status = 'returned'"),
}

# The same per debit of a merchant.
_MERCHANT_DEBIT_CODES = {
    "merchant_debit": ("m.amount", "m.status IN ('collected', 'returned')"),
    "merchant_debit_back": ("m.amount", "m.status = 'returned'"),
}

# The same per payout.
_PAYOUT_CODES = {
    "payout": "o.gathered_at IS NOT NULL",
    "payout_paid": "o.paid_at IS NOT NULL",
    "payout_failed": "o.status = 'failed' AND o.paid_at IS NULL",
    "payout_returned": "o.status = 'failed' AND o.paid_at IS NOT NULL",
}


@dataclass
class Report:
    """`differences` names the rule, the object and both amounts in minor units."""

    entries: int
    differences: list[dict[str, Any]] = field(default_factory=list)

    @property
    def balanced(self) -> bool:
        return not self.differences

    def as_json(self) -> dict[str, Any]:
        return {"balanced": self.balanced, "entries": self.entries, "differences": self.differences}


def check() -> Report:
    """Reads one consistent snapshot of everything."""
    db.session.commit()
    db.session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
    try:
        report = Report(ledger.count())
        for name, statement in _statements().items():
            for row in db.session.execute(text(f"{statement} LIMIT {_LISTED}")).mappings():
                report.differences.append({"rule": name, **{key: _plain(value) for key, value in row.items()}})
    finally:
        db.session.rollback()
    return report


def _statements() -> dict[str, str]:
    found = {f"balance_{column}": _balance(account, column) for account, column in ledger.BUCKETS.items()}
    for code, (amount, condition) in _PAYMENT_CODES.items():
        found[f"payment_{code}"] = _object("payments p", "p", amount, condition, (code,))
    for code, (amount, condition) in _REFUND_CODES.items():
        found[code] = _object("refunds r", "r", amount, condition, (code,))
    for code, (amount, condition) in _DISPUTE_CODES.items():
        found[code] = _object("disputes d", "d", amount, condition, (code,))
    for code, (amount, condition) in _RETURN_CODES.items():
        found[code] = _object("direct_debits c", "c", amount, condition, (code,))
    for code, (amount, condition) in _MERCHANT_DEBIT_CODES.items():
        found[code] = _object("merchant_debits m", "m", amount, condition, (code,))
    found["payment_disputed_amount"] = _DISPUTED_AMOUNT
    for code, condition in _PAYOUT_CODES.items():
        found[code] = _object("payouts o", "o", "o.amount", condition, (code,))
    found["payout_lines"] = _PAYOUT_LINES
    found["exchange"] = _EXCHANGE
    found["payment_refunded_amount"] = _REFUNDED_AMOUNT
    found["refunded_fees"] = _REFUNDED_FEES
    found["unknown_reference"] = _UNKNOWN
    return found


def _balance(account: str, column: str) -> str:
    """Running balance against the sum of the entries of its account."""
    return f"""
        SELECT b.merchant_id AS id, b.live, b.currency, b.{column} AS recorded, COALESCE(e.total, 0) AS posted
        FROM balances b FULL JOIN (
            SELECT merchant_id, live, currency, SUM(CASE WHEN credit = '{account}' THEN amount ELSE -amount END) AS total
            FROM ledger_entries WHERE '{account}' IN (debit, credit) GROUP BY merchant_id, live, currency
        ) e USING (merchant_id, live, currency)
        WHERE COALESCE(b.{column}, 0) <> COALESCE(e.total, 0)"""  # noqa: S608  names from tables of this file


def _object(table: str, alias: str, amount: str, condition: str, codes: tuple[str, ...]) -> str:
    """What an object's record says against what was posted for it under these codes."""
    listed = ", ".join(f"'{code}'" for code in codes)
    currency = _currency(alias, codes[0])
    return f"""
        SELECT {alias}.id, {currency} AS currency, CASE WHEN {condition} THEN {amount} ELSE 0 END AS recorded,
               COALESCE(e.total, 0) AS posted
        FROM {table} LEFT JOIN (
            SELECT reference, currency, SUM(amount) AS total FROM ledger_entries
            WHERE code IN ({listed}) GROUP BY reference, currency
        ) e ON e.reference = {alias}.id
        WHERE e.currency <> {currency} OR COALESCE(e.total, 0) <> CASE WHEN {condition} THEN {amount} ELSE 0 END"""  # noqa: S608


def _currency(alias: str, code: str) -> str:
    """What an entry is in: debits in euros, the others in their own currency until they have an amount in euros."""
    if alias in "cm":
        return "'eur'"
    if alias in "rd" or code == "release":
        return f"CASE WHEN {alias}.settled_amount IS NULL THEN {alias}.currency ELSE 'eur' END"
    return "'eur'" if code.endswith("_exchanged") else f"{alias}.currency"


# A closed payout against the entries in its range, and every entry of available funds against the range it must be in.
_PAYOUT_LINES = """
    SELECT o.id, o.currency, o.amount AS recorded, COALESCE(SUM(CASE WHEN e.credit = 'merchant_available'
           THEN e.amount ELSE -e.amount END), 0) AS posted
    FROM payouts o LEFT JOIN ledger_entries e ON (e.merchant_id, e.live, e.currency) = (o.merchant_id, o.live, o.currency)
         AND e.id > o.first_entry AND e.id <= o.last_entry AND e.code <> 'payout'
         AND 'merchant_available' IN (e.debit, e.credit)
    WHERE o.gathered_at IS NOT NULL GROUP BY o.id
    HAVING o.amount <> COALESCE(SUM(CASE WHEN e.credit = 'merchant_available' THEN e.amount ELSE -e.amount END), 0)"""

# The bridge between currencies is empty after every payment, in each of them.
_EXCHANGE = """
    SELECT reference AS id, currency, 0 AS recorded, SUM(CASE WHEN credit = 'exchange' THEN amount ELSE -amount END) AS posted
    FROM ledger_entries WHERE 'exchange' IN (debit, credit) GROUP BY reference, currency
    HAVING SUM(CASE WHEN credit = 'exchange' THEN amount ELSE -amount END) <> 0"""

_REFUNDED_AMOUNT = """
    SELECT p.id, p.currency, p.refunded_amount AS recorded, COALESCE(r.total, 0) AS posted
    FROM payments p LEFT JOIN (
        SELECT payment_id, SUM(amount) AS total FROM refunds
        WHERE status NOT IN ('failed', 'not_honored', 'payment_canceled') GROUP BY payment_id
    ) r ON r.payment_id = p.id
    WHERE p.refunded_amount <> COALESCE(r.total, 0)"""

_DISPUTED_AMOUNT = """
    SELECT p.id, p.currency, p.disputed_amount AS recorded, COALESCE(d.total, 0) AS posted
    FROM payments p LEFT JOIN (
        SELECT payment_id, SUM(amount) AS total FROM disputes WHERE status <> 'won' GROUP BY payment_id
    ) d ON d.payment_id = p.id
    WHERE p.disputed_amount <> COALESCE(d.total, 0)"""

_REFUNDED_FEES = """
    SELECT b.merchant_id AS id, b.live, b.currency, COALESCE(p.total, 0) AS recorded, b.refunded_fees AS posted
    FROM balances b LEFT JOIN (
        SELECT merchant_id, live, currency, SUM(fee) AS total
        FROM payments WHERE refunded_amount > 0 GROUP BY merchant_id, live, currency
    ) p USING (merchant_id, live, currency)
    WHERE COALESCE(p.total, 0) <> b.refunded_fees"""

_UNKNOWN = """
    SELECT e.reference AS id, e.currency, 0 AS recorded, e.amount AS posted FROM ledger_entries e
    WHERE NOT EXISTS (SELECT FROM payments p WHERE p.id = e.reference)
      AND NOT EXISTS (SELECT FROM refunds r WHERE r.id = e.reference)
      AND NOT EXISTS (SELECT FROM disputes d WHERE d.id = e.reference)
      AND NOT EXISTS (SELECT FROM direct_debits c WHERE c.id = e.reference)
      AND NOT EXISTS (SELECT FROM merchant_debits m WHERE m.id = e.reference)
      AND NOT EXISTS (SELECT FROM payouts o WHERE o.id = e.reference)"""


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, (bool, int, str)) else int(value)

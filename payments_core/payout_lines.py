"""What makes a payout: the entries of `merchant_available` in its range of the ledger, read as business lines.

Nothing is copied: a payout is its range, so its lines add up to it by construction, and the object a line is about is found by
the entry's reference.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select

from payments_core import list_marks
from payments_core.db import db
from payments_core.list_marks import WholeList
from payments_core.models import DirectDebit, Dispute, LedgerEntry, Payment, Payout, Refund
from payments_core.scope import Scope

ACCOUNT = "merchant_available"

# Posting code: kind of line, and the group of the payout's sums it counts in.
KINDS: dict[str, tuple[str, str]] = {
    "release": ("payment", "payments"),
    "refund": ("refund", "refunds"),
    "refund_back": ("refund_back", "refunds"),
    "refund_exchange_loss": ("refund_exchange", "refunds"),
    "refund_exchange_gain": ("refund_exchange", "refunds"),
    "dispute": ("dispute", "disputes"),
    "dispute_won": ("dispute_won", "disputes"),
    "dispute_fee": ("dispute_fee", "disputes"),
    "dispute_fee_back": ("dispute_fee_back", "disputes"),
    "dispute_exchange_loss": ("dispute_exchange", "disputes"),
    "dispute_exchange_gain": ("dispute_exchange", "disputes"),
    "return": ("return", "disputes"),
    "return_fee": ("return_fee", "disputes"),
    "merchant_debit": ("merchant_debit", "other"),
    "merchant_debit_back": ("merchant_debit_back", "other"),
    "payout_failed": ("payout_failed", "other"),
    "payout_returned": ("payout_returned", "other"),
}
_COMMISSION = func.coalesce(Payment.settled_fee, Payment.fee)
_FEES = frozenset({"dispute_fee", "dispute_fee_back", "return_fee"})
_DIFFERENCES = frozenset(code for code, (kind, _) in KINDS.items() if kind.endswith("_exchange"))
_CLOSING = "payout"
_CODES: dict[Any, str] = {Payment: "release", Refund: "refund", Dispute: "dispute"}


@dataclass(frozen=True)
class Line:
    """One line, amounts in minor units with the sign of their effect: `gross` − `fee` = `net` for a payment.

    `original` is what the line is about in another currency than the payout's, and `rate` what one unit of it is worth there.
    """

    entry_id: int
    at: datetime
    kind: str
    reference: str
    payment: str | None
    order_id: str | None
    gross: int
    fee: int
    net: int
    original: tuple[int, str] | None = None  # minor units, currency
    rate: Decimal | None = None


@dataclass
class Sums:
    """A payout's lines added up by group; amounts are signed and add up to the payout with their fees."""

    payments: dict[str, int] = field(default_factory=lambda: {"count": 0, "amount": 0, "fees": 0})
    refunds: dict[str, int] = field(default_factory=lambda: {"count": 0, "amount": 0})
    disputes: dict[str, int] = field(default_factory=lambda: {"count": 0, "amount": 0, "fees": 0})
    other: dict[str, int] = field(default_factory=lambda: {"count": 0, "amount": 0})
    # (group, card or sepa): the share of the payments of that method, with the keys of the group and the same signs.
    by_method: dict[tuple[str, str], dict[str, int]] = field(default_factory=dict)

    def part(self, group: str, method: str) -> dict[str, int]:
        """What one method is of a group; zeros when nothing."""
        return self.by_method.setdefault((group, method), {"count": 0, "amount": 0, "fees": 0})

    @property
    def total(self) -> int:
        """The payout's amount in minor units."""
        return sum(group["amount"] + group.get("fees", 0) for group in self.as_json().values())

    def as_json(self) -> dict[str, dict[str, int]]:
        return {"payments": self.payments, "refunds": self.refunds, "disputes": self.disputes, "other": self.other}


def inside(payout: Any) -> ColumnElement[bool]:
    """The condition that an entry is a line of the payout (a row, or the mapped class in a join)."""
    last = payout.last_entry
    return and_(
        LedgerEntry.merchant_id == payout.merchant_id,
        LedgerEntry.live == payout.live,
        LedgerEntry.currency == payout.currency,
        LedgerEntry.id > payout.first_entry,
        or_(last.is_(None), LedgerEntry.id <= last) if payout is Payout else _until(last),
        or_(LedgerEntry.debit == ACCOUNT, LedgerEntry.credit == ACCOUNT),
        LedgerEntry.code != _CLOSING,
    )


def page(payout: Payout, *, after: int = 0, limit: int = 100) -> tuple[list[Line], int | None]:
    """Lines in the order posted, and the entry to go on after when there are more."""
    statement = (
        _with_payment(select(LedgerEntry, Payment, Refund, Dispute))
        .where(inside(payout), LedgerEntry.id > after)
        .order_by(LedgerEntry.id)
        .limit(limit + 1)
    )
    rows = db.session.execute(statement).all()
    lines = [_line(*row) for row in rows[:limit]]
    return lines, lines[-1].entry_id if len(rows) > limit else None


def sums(payout: Payout) -> Sums:
    """Every line of the payout, added up in the database."""
    return sums_of([payout])[payout.id]


def sums_of(payouts: Sequence[Payout]) -> dict[str, Sums]:
    """The same for a page of payouts, in one statement."""
    signed = case((LedgerEntry.credit == ACCOUNT, LedgerEntry.amount), else_=-LedgerEntry.amount)
    commission = func.sum(case((LedgerEntry.code == "release", _COMMISSION), else_=0))
    lines = select(
        Payout.id,
        LedgerEntry.code,
        Payment.method,
        func.count(),
        func.sum(signed),
        func.coalesce(commission, 0),
    ).join_from(Payout, LedgerEntry, inside(Payout))
    statement = (
        _with_payment(lines)
        .where(Payout.id.in_([payout.id for payout in payouts]))
        .group_by(Payout.id, LedgerEntry.code, Payment.method)
    )
    found = {payout.id: Sums() for payout in payouts}
    for payout_id, code, method, count, amount, fees in db.session.execute(statement):
        sums_of_payout, group = found[payout_id], KINDS[code][1]
        _add(getattr(sums_of_payout, group), code, count, int(amount), int(fees))
        if method is not None:
            _add(sums_of_payout.part(group, method), code, count, int(amount), int(fees))
    return found


def _add(group: dict[str, int], code: str, count: int, amount: int, fees: int) -> None:
    """Adds lines of one code; `fees` is the commission that a release already lacks."""
    if code in _FEES:
        group["fees"] += amount
        return
    group["count"] += 0 if code in _DIFFERENCES else count
    group["amount"] += amount + fees
    if code == "release":
        group["fees"] -= fees


def _with_payment(statement: Any) -> Any:
    """Joins the payment that an entry is about, through whatever its reference names."""
    owner = func.coalesce(Refund.payment_id, Dispute.payment_id, DirectDebit.payment_id, LedgerEntry.reference)
    return (
        statement.outerjoin(Refund, Refund.id == LedgerEntry.reference)
        .outerjoin(Dispute, Dispute.id == LedgerEntry.reference)
        .outerjoin(DirectDebit, DirectDebit.id == LedgerEntry.reference)
        .outerjoin(Payment, Payment.id == owner)
    )


def payouts_of(references: Sequence[str]) -> Select[str, str]:
    """Statement of (reference, payout id) for payments, refunds and disputes whose lines are closed in a payout."""
    return (
        select(LedgerEntry.reference, Payout.id)
        .join(LedgerEntry, inside(Payout))
        .where(
            LedgerEntry.reference.in_(references),
            LedgerEntry.code.in_(("release", "refund", "dispute")),
            Payout.gathered_at.is_not(None),
        )
    )


def payout_ids(references: Sequence[str]) -> dict[str, str]:
    """Which payout each of these objects is in, for those that are."""
    if not references:
        return {}
    return {str(reference): str(payout) for reference, payout in db.session.execute(payouts_of(references))}


def listed(model: Any, scope: Scope, payout: Payout | None, along: Any = None) -> WholeList:
    """The merchant's payments, refunds or disputes: all, or those in a payout whose lines are closed."""
    if payout is None:
        return list_marks.of_merchant(model, scope, along)
    code = _CODES[model]
    references = select(LedgerEntry.reference).where(inside(payout), LedgerEntry.code == code)
    return list_marks.of_ids(model, scope, payout.id, references, along)


def _until(last: int | None) -> ColumnElement[bool]:
    return LedgerEntry.id <= last if last is not None else LedgerEntry.id.is_not(None)


def _line(entry: LedgerEntry, payment: Payment | None, refund: Refund | None, dispute: Dispute | None) -> Line:
    net = entry.amount if entry.credit == ACCOUNT else -entry.amount
    fee = 0
    if payment is not None and entry.code == "release":
        fee = payment.fee if payment.settled_fee is None else payment.settled_fee
    original, rate = _exchanged(entry, payment, refund or dispute)
    return Line(
        entry_id=entry.id,
        at=entry.created_at,
        kind=KINDS[entry.code][0],
        reference=entry.reference,
        payment=payment.id if payment else None,
        order_id=payment.order_id if payment else None,
        gross=net + fee,
        fee=fee,
        net=net,
        original=original,
        rate=rate,
    )


def _exchanged(
    entry: LedgerEntry, payment: Payment | None, returned: Refund | Dispute | None
) -> tuple[tuple[int, str] | None, Decimal | None]:
    """What a line about another currency is worth there, and the rate: the payment's, or that of the return's own day."""
    if payment is None or payment.currency == entry.currency or entry.code in _FEES:
        return None, None
    if returned is None:
        return (payment.amount, payment.currency), payment.exchange_rate
    of_payment = entry.code not in _DIFFERENCES and returned.exchange_difference
    return (returned.amount, returned.currency), payment.exchange_rate if of_payment else returned.exchange_rate

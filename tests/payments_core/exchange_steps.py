"""A merchant with payments in other currencies: rates as a test says, and what its balances and payouts hold."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlalchemy import select

from payments_core import ledger, ledger_check, payout_lines
from payments_core.db import db
from payments_core.errors import AcquirerUnavailable
from payments_core.models import Payout

if TYPE_CHECKING:
    from tests.payments_core.conftest import Shop

AT_ONCE, DISPUTED = "4000000000000077", "4000000000000259"
BUCKETS = ("pending", "held", "available", "in_transit")
AFTER_HOLD = datetime(2026, 9, 24, 8, 0, tzinfo=UTC)  # of what was bought on the 15th; payouts left at 7:00 UTC


class Rates:
    """An acquirer's rates as a test says; None does not answer. Every question is noted."""

    def __init__(self, rate: str | None) -> None:
        self.rate, self.asked = rate, list[tuple[str, date, bool]]()
        self.without: set[str] = set()
        self.meanwhile: Callable[[], object] | None = None

    def __call__(self, currency: str, day: date, live: bool) -> Decimal:
        self.asked.append((currency, day, live))
        if self.meanwhile is not None:
            act, self.meanwhile = self.meanwhile, None
            act()
        if currency in self.without:
            raise AcquirerUnavailable("no such rate today")
        if self.rate is None:
            raise AcquirerUnavailable("no rates today")
        return Decimal(self.rate)


def buckets(shop: Shop, currency: str) -> tuple[int, ...]:
    rows = {row.currency: row for row in ledger.balances(shop.merchant.id, False)}
    return tuple(getattr(rows[currency], name) for name in BUCKETS) if currency in rows else (0, 0, 0, 0)


def lines_of(payout: Payout) -> list[tuple[str, int, int, int, tuple[int, str] | None, str | None]]:
    lines, more = payout_lines.page(payout)
    assert more is None
    assert sum(line.net for line in lines) == payout_lines.sums(payout).total
    return [
        (line.kind, line.gross, line.fee, line.net, line.original, str(line.rate.normalize()) if line.rate else None)
        for line in lines
    ]


def the_payouts(shop: Shop) -> list[Payout]:
    found = select(Payout).where(Payout.merchant_id == shop.merchant.id).order_by(Payout.created_at, Payout.id)
    return list(db.session.scalars(found.execution_options(populate_existing=True)))


def balanced() -> bool:
    return ledger_check.check().differences == []

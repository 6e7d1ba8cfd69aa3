"""What the model of histories remembers: payments, refunds, disputes and payouts as plain records, amounts in minor units."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

WON_BACK = frozenset({"won"})
NOT_REFUNDED = frozenset({"payment_canceled", "not_honored"})


class Refused(Exception):
    """`kind` is invalid (400 in v1, 422 in v2), absent (404) or conflict (409); `says` must be in the answer's text."""

    def __init__(self, kind: str, code: str, says: str = "") -> None:
        super().__init__(f"{kind} {code}")
        self.kind, self.code, self.says = kind, code, says


@dataclass(frozen=True)
class Method:
    """A test card or account and what comes of money taken from it (contract 8, bank_test_accounts in the documentation)."""

    number: str
    name: str
    sepa: bool = False
    basis_points: int = 0
    answer: str = "00"
    at_once: bool = False
    disputed: str | None = None
    rejected: str | None = None  # before settlement
    returned: str | None = None  # after it
    claimed: str | None = None  # by the payer
    after_days: int = 0
    transfer: str | None = None  # a refund to it is rejected or returned
    currency: str = "eur"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """How hypothesis tells a history."""
        printer.text(self.name.upper().replace(" ", "_"))


@dataclass(eq=False)
class Saved:
    """A card or account kept under an id."""

    id: str
    method: Method
    deleted: bool = False


@dataclass(eq=False)
class Record:
    """Something with an id, a status and events that count from 1."""

    noun = ""
    id: str = field(default="", kw_only=True)
    status: str | None = field(default=None, kw_only=True)
    events: list[str] = field(default_factory=list, kw_only=True)
    payout: Payout | None = field(default=None, kw_only=True)
    date_bank: date | None = field(default=None, kw_only=True)

    def becomes(self, status: str) -> None:
        self.status = status
        self.happens(status)

    def happens(self, event: str) -> None:
        self.events.append(f"{self.noun}.{event}")


class Cost(NamedTuple):
    """What a return costs in euro cents: by the payment's rate, and what the rate of its own day adds."""

    amount: int
    difference: int = 0
    rate: Decimal = Decimal(1)

    @property
    def whole(self) -> int:
        return self.amount + self.difference


NO_COST = Cost(0)


@dataclass(eq=False)
class Payment(Record):
    noun = "payment"
    amount: int
    capture: bool
    currency: str = "eur"
    rate: Decimal | None = None  # of the day it was received, in another currency than euros
    worth: int = 0  # euro cents that were received
    worth_fee: int = 0
    method: Method | None = None
    saved: Saved | None = None
    response: str | None = None
    fee: int = 0
    bought_on: date = date.min
    lapses_at: datetime | None = None
    collected_on: date | None = None  # the day of a direct debit
    settles_on: date | None = None
    captured: bool = False
    funds: str | None = None
    debit: str | None = None
    refused: bool = False  # the network will refuse the capture
    refunds: list[Refund] = field(default_factory=list)
    disputes: list[Dispute] = field(default_factory=list)

    @property
    def by_debit(self) -> bool:
        return self.method is not None and self.method.sepa

    @property
    def claim(self) -> str | None:
        """The reason for which the payer will claim a collection back."""
        return self.method.claimed if self.method is not None else None

    @property
    def refunded(self) -> int:
        return sum(one.amount for one in self.refunds if one.status not in NOT_REFUNDED)

    @property
    def disputed(self) -> int:
        return sum(one.amount for one in self.disputes if one.status not in WON_BACK)

    @property
    def refundable(self) -> int:
        if self.status in ("authorized", "to_capture"):
            return self.amount
        open_to_it = self.status in ("captured", "disputed")
        return max(0, self.amount - self.refunded - self.disputed) if open_to_it else 0


@dataclass(eq=False)
class Refund(Record):
    noun = "refund"
    payment: Payment
    amount: int
    leaves_on: date = date.min  # at that day's cut-off
    left_on: date = date.min
    refused: bool = False  # the network will refuse it
    cost: Cost = NO_COST


@dataclass(eq=False)
class Dispute(Record):
    noun = "dispute"
    payment: Payment
    amount: int
    response: str
    opened_on: date
    words: str = ""
    sent: bool = False
    due_on: date = date.min
    cost: Cost = NO_COST
    shortfall: int = 0


@dataclass(eq=False)
class Debit(Record):
    """What a dispute lacked, collected from the merchant's own account on a day."""

    noun = "merchant_debit"
    amount: int
    day: date


class Line(NamedTuple):
    """A line of a payout: its effect is `amount` less `fee`."""

    kind: str
    thing: Record
    amount: int
    fee: int


@dataclass(eq=False)
class Payout(Record):
    noun = "payout"
    amount: int
    lines: list[Line]
    closed_on: date
    compared: bool = False

    def total(self, *kinds: str) -> int:
        return sum(line.amount for line in self.lines if line.kind in kinds)

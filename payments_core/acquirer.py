"""The one door to acquirer and issuers. Behind it stands the simulator; a real acquirer implements the same questions.

Every question carries a reference of ours that was committed before it is asked. Asking again with the same reference gives the
same answer and moves the money once, so a crash between asking and recording is repaired by asking again. A reversal ends its
reference for good, whether the acquirer has seen it or not: a question with it that arrives later is refused. So an attempt whose
answer stays away is reversed, and no answer that still comes can take money.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Protocol

# What becomes of authenticating the payer of a card (3-D Secure).
CHALLENGE, FRICTIONLESS = "challenge", "frictionless"
DECLINED, FAILED, ABANDONED, UNAVAILABLE = "declined", "failed", "abandoned", "unavailable"

APPROVED = frozenset({"00", "08", "11"})
PARTLY = "10"  # less than the amount: no sale of ours is for a part, so it counts as a refusal and the part is released
VERIFIED = "85"  # an approval where nothing but a verification was asked
TOO_LATE = "68"
NEEDS_3DS = "A1"
NEEDS_CHIP = "A0"
SOFT_DECLINES = frozenset({NEEDS_3DS, NEEDS_CHIP})
# Not an issuer's refusal: the network or the message failed.
TECHNICAL = frozenset(
    {"06", "09", "19", "20", "22", "28", "30", "68", "80", "81", "83", "91", "92", "94", "95", "96", "98", "Z3", "7898"}
)


@dataclass(frozen=True)
class CardPresent:
    """What a chip and its holder gave at a terminal; in memory only."""

    icc_data: str = field(repr=False)  # BER-TLV in hexadecimal, field 55
    pin: str = field(repr=False)


@dataclass(frozen=True)
class AuthorizationRequest:
    """One authorization, `amount` in minor units. The number and code pass through memory only."""

    reference: str
    merchant_id: str
    live: bool
    amount: int
    currency: str
    number: str = field(repr=False)
    exp_month: int
    exp_year: int
    authenticated: bool  # a successful 3-D Secure authentication belongs to it
    cvc: str | None = field(default=None, repr=False)
    present: CardPresent | None = field(default=None, repr=False)


@dataclass(frozen=True)
class OrderRequest:
    """A capture, reversal or refund of an authorization, proof against a dispute, the question how it was decided."""

    reference: str
    kind: str  # capture, reverse, refund, evidence, decision
    original: str  # reference of the authorization; of a decision: of the evidence
    merchant_id: str
    live: bool
    amount: int
    currency: str
    note: str | None = field(default=None, repr=False)  # the words of a proof
    statement_label: str | None = None  # what the payer's statement is to show of a capture or refund


@dataclass(frozen=True)
class Answer:
    """`response` as in the wire contract 3.7. `immediate`: the money moved with the authorization."""

    response: str
    authorization_code: str | None = None
    immediate: bool = False
    issuer_data: str | None = None  # for the chip: BER-TLV in hexadecimal
    disputed: str | None = None  # test cards only: the payer contests at once, for this reason

    @property
    def approved(self) -> bool:
        return self.response in APPROVED

    def accepts(self, amount: int) -> bool:
        """Whether this answers a question about that amount (minor units) with yes."""
        return self.approved or (amount == 0 and self.response == VERIFIED)

    @property
    def soft_decline(self) -> bool:
        return self.response in SOFT_DECLINES

    @property
    def technical(self) -> bool:
        return self.response in TECHNICAL


class Acquirer(Protocol):
    """What any acquirer offers. All may raise AcquirerUnavailable; then nothing is known and one asks again."""

    def authentication(self, number: str) -> str:
        """What becomes of authenticating the payer of this card: a challenge, or at once one of the other words above."""

    def authorize(self, request: AuthorizationRequest) -> Answer:
        """Asks the issuer."""

    def order(self, request: OrderRequest) -> Answer:
        """Captures, reverses, refunds, hands over proof, or asks for a dispute's decision (approved: won)."""

    def exchange_rate(self, currency: str, day: date, live: bool) -> Decimal:
        """Euros it pays on a day for one unit of another currency."""

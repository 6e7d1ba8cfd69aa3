"""The one door to acquirer and issuers. Behind it stands the simulator; a real acquirer implements the same three questions.

Every question carries a reference of ours that was committed before it is asked. Asking again with the same reference gives the
same answer and moves the money once, so a crash between asking and recording is repaired by asking again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

APPROVED = frozenset({"00", "08", "10", "11"})
NEEDS_3DS = "A1"
NEEDS_CHIP = "A0"
SOFT_DECLINES = frozenset({NEEDS_3DS, NEEDS_CHIP})
# Not an issuer's refusal: the network or the message failed.
TECHNICAL = frozenset(
    {"06", "09", "19", "20", "22", "28", "30", "68", "80", "91", "92", "94", "95", "96", "98", "7898"}
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
    amount: int
    currency: str
    note: str | None = field(default=None, repr=False)  # the words of a proof


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

    @property
    def soft_decline(self) -> bool:
        return self.response in SOFT_DECLINES

    @property
    def technical(self) -> bool:
        return self.response in TECHNICAL


class Acquirer(Protocol):
    """What any acquirer offers. All may raise AcquirerUnavailable; then nothing is known and one asks again."""

    def wants_challenge(self, number: str) -> bool | None:
        """Whether the issuer challenges the payer of this card; None when the card cannot be authenticated."""

    def authorize(self, request: AuthorizationRequest) -> Answer:
        """Asks the issuer."""

    def order(self, request: OrderRequest) -> Answer:
        """Captures, reverses, refunds, hands over proof, or asks for a dispute's decision (approved: won)."""

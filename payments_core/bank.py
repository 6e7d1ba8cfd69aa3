"""The one door to our bank. Behind it stands the simulator; a real bank's channel (EBICS, SWIFT FileAct) offers the same things.

Files and statements carry a message id of ours that was committed before: asking again with the same id gives the same answer and
moves the money once. Verifying a holder moves nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Protocol

MAXIMUM_ANSWER_BYTES = 20 * 1024 * 1024


@dataclass(frozen=True)
class HolderClaim:
    """Who is thought to hold an account: a person with name and perhaps birth date, or a company with its identifier."""

    kind: str  # person or company
    name: str | None = None
    date_birth: date | None = None
    identifier: str | None = None


@dataclass(frozen=True)
class Holder:
    """What the account's bank says of a claim; scores are 0 to 100, None where nothing was claimed."""

    score: int
    score_name: int | None
    birth_date_valid: bool | None
    existing_account: bool
    correct_holder_type: bool | None
    valid_identifier: bool | None


class Bank(Protocol):
    """What our bank offers. Each may raise BankUnavailable; then nothing is known and one asks again."""

    def transfer(self, message_id: str, account: str, document: bytes) -> bytes:
        """Takes a pain.001 for an account and answers with a pain.002."""

    def collect(self, message_id: str, account: str, document: bytes) -> bytes:
        """Takes a pain.008 in favour of an account and answers with a pain.002."""

    def statement(self, message_id: str, account: str, since: date, until: date) -> bytes:
        """The account's booked entries of these days, as a camt.053."""

    def verify(self, iban: str, claim: HolderClaim) -> Holder:
        """Asks the account's bank whether the claim is true."""

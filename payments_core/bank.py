"""The one door to our bank. Behind it stands the simulator; a real bank's channel (EBICS, SWIFT FileAct) offers the same two things.

Both carry a message id of ours that was committed before: asking again with the same id gives the same answer and moves the money
once.
"""

from __future__ import annotations

from datetime import date
from typing import Protocol

MAXIMUM_ANSWER_BYTES = 20 * 1024 * 1024


class Bank(Protocol):
    """What our bank offers. Both may raise BankUnavailable; then nothing is known and one asks again."""

    def transfer(self, message_id: str, account: str, document: bytes) -> bytes:
        """Takes a pain.001 for an account and answers with a pain.002."""

    def statement(self, message_id: str, account: str, since: date, until: date) -> bytes:
        """The account's booked entries of these days, as a camt.053."""

"""The cards offered on a test-mode page: number, and which text (test.…) says how it behaves (wire contract 8)."""

from __future__ import annotations

TEST_CARDS: tuple[tuple[str, str], ...] = (
    ("4242424242424242", "accepted"),
    ("4000002500000003", "accepted_fr"),
    ("5555555555554444", "mastercard"),
    ("4000000000003220", "challenge"),
    ("4000000000000002", "declined"),
    ("4000000000009995", "funds"),
    ("4000000000000069", "expired"),
    ("4000000000000127", "cvc"),
    ("4000000000000341", "unreachable"),
)

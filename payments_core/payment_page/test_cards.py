"""What fills in a test-mode page by a click, and which text (test.…) says how it behaves (wire contract 8)."""

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

# The second is rejected by the simulated bank when its collection is sent (bank_simulator.py).
TEST_ACCOUNTS: tuple[tuple[str, str], ...] = (
    ("FR1420041010050500013M02606", "account"),
    ("FR3630004008310000000AM0461", "account_rejected"),
)

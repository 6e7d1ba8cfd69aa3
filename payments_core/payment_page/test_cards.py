"""What fills in a test-mode page by a click, and which text (test.…) says how it behaves."""

from __future__ import annotations

from payments_core.simulated_cards import CARDS

TEST_CARDS: tuple[tuple[str, str], ...] = tuple((card.number, card.page) for card in CARDS if card.page is not None)

# The second is rejected by the simulated bank when its collection is sent (bank_test_accounts.py).
TEST_ACCOUNTS: tuple[tuple[str, str], ...] = (
    ("FR1420041010050500013M02606", "account"),
    ("FR3630004008310000000AM0461", "account_rejected"),
)

"""The cards offered on a test-mode page: number, and which text (test.…) says how it behaves."""

from __future__ import annotations

from payments_core.simulated_cards import CARDS

TEST_CARDS: tuple[tuple[str, str], ...] = tuple((card.number, card.page) for card in CARDS if card.page is not None)

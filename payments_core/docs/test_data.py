"""Test cards and test accounts as the documentation lists them, read from the tables of the simulators.

`cards`, `accounts` and `rates` are the only places here that know those tables.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from payments_core import bins, simulated_cards, simulated_rates
from payments_core.bank_simulator import iban_scoring
from payments_core.bank_test_accounts import TEST_ACCOUNTS

# Groups of the table of cards, in the order of the page; one that has no title here comes last.
TITLES = {
    "accepted": "Accepted",
    "authentication": "3-D Secure",
    "declined": "Declined",
    "disputes": "Disputed at once",
    "responses": "One card for each response code",
    "line": "A line that is slow or breaks",
    "kinds": "Kinds of cards",
    "countries": "Countries",
}
_SCORES = (95, 65, 35, 5)


@dataclass(frozen=True)
class ListedCard:
    """A number, what is known of it, and what happens."""

    group: str
    number: str
    brand: str
    country: str
    outcome: str


@dataclass(frozen=True)
class ListedAccount:
    """An IBAN and what becomes of a direct debit from it, or of a check."""

    iban: str
    outcome: str


def cards() -> dict[str, list[ListedCard]]:
    """Every test card by the title of its group."""
    groups = dict.fromkeys(card.group for card in simulated_cards.CARDS)
    ordered = [group for group in TITLES if group in groups] + [group for group in groups if group not in TITLES]
    return {
        TITLES.get(group, group.capitalize()): [_card(card) for card in simulated_cards.CARDS if card.group == group]
        for group in ordered
    }


def accounts() -> Iterator[ListedAccount]:
    """Every kind of test account."""
    for account in TEST_ACCOUNTS:
        yield ListedAccount(account.iban, account.meaning[0].upper() + account.meaning[1:])
    for score in _SCORES:
        yield ListedAccount(iban_scoring(score), f"A check answers with the score {score}")


def rates() -> dict[str, Decimal]:
    """About how many euros one unit of each other currency is worth."""
    return simulated_rates.AROUND


def in_fours(number: str) -> str:
    """A number as it stands on cards and statements."""
    return " ".join(number[at : at + 4] for at in range(0, len(number), 4))


def _card(card: simulated_cards.SimulatedCard) -> ListedCard:
    known = bins.details(card.number)
    return ListedCard(card.group, card.number, known.brand, known.country or "", card.words)

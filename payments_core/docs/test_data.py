"""Test cards and test accounts as the documentation lists them, read from the tables of the simulators.

`cards` and `accounts` are the only two places here that know those tables.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from payments_core import bins, simulated_cards
from payments_core.bank_simulator import iban_coming_back, iban_scoring

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
_RETURNS = {
    "AC04": "the account is closed",
    "AM04": "there is not enough money",
    "MS03": "the bank gives no reason",
    "MD06": "the payer asks for the money back within eight weeks",
    "MD01": "the payer says there was no mandate",
}


@dataclass(frozen=True)
class TestCard:
    """A number, what is known of it, and what happens."""

    group: str
    number: str
    brand: str
    country: str
    outcome: str

    __test__ = False  # no test class


@dataclass(frozen=True)
class TestAccount:
    """An IBAN and what becomes of a direct debit from it, or of a check."""

    iban: str
    outcome: str

    __test__ = False


def cards() -> dict[str, list[TestCard]]:
    """Every test card by the title of its group."""
    groups = dict.fromkeys(card.group for card in simulated_cards.CARDS)
    ordered = [group for group in TITLES if group in groups] + [group for group in groups if group not in TITLES]
    return {
        TITLES.get(group, group.capitalize()): [_card(card) for card in simulated_cards.CARDS if card.group == group]
        for group in ordered
    }


def accounts() -> Iterator[TestAccount]:
    """Every kind of test account."""
    yield TestAccount("FR1420041010050500013M02606", "Collected on its day, like every IBAN that is not listed here")
    for reason, why in _RETURNS.items():
        if not reason.startswith("MD"):
            yield TestAccount(iban_coming_back(reason, before_settlement=True), f"Rejected with {reason}: {why}")
        yield TestAccount(iban_coming_back(reason), f"Collected, then given back with {reason}: {why}")
    for score in (95, 65, 35, 5):
        yield TestAccount(iban_scoring(score), f"A check answers with the score {score}")


def in_fours(number: str) -> str:
    """A number as it stands on cards and statements."""
    return " ".join(number[at : at + 4] for at in range(0, len(number), 4))


def _card(card: simulated_cards.SimulatedCard) -> TestCard:
    known = bins.details(card.number)
    return TestCard(card.group, card.number, known.brand, known.country or "", card.words)

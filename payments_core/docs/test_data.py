"""Test cards and test accounts as the documentation lists them, read from the tables of the simulators.

`cards` and `accounts` are the only two places that know those tables.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from payments_core import bins, responses
from payments_core.acquirer_simulator import BEHAVIOURS, Behaviour
from payments_core.bank_simulator import iban_coming_back, iban_scoring
from payments_core.dispute_reasons import meaning as dispute_meaning

_COUNTRIES = (
    "0400000008", "0560000004", "2080000001", "2460000001", "2760000016", "3720000005", "3800000008", "4420000006",
    "5280000002", "5780000007", "6200000007", "6430000009", "7240000007", "7520000008", "7560000009", "8260000000",
    "0360000006", "1560000002", "3440000004", "3920000003", "5540000008", "7020000003", "0760000002", "1240000000",
    "4840000008",
)  # fmt: skip
# Accepted without anything special (wire contract 8); digits 7 to 9 behind 400000 are the issuer's country.
_ORDINARY = (
    "4242424242424242",
    "4444333322221111",
    "5555555555554444",
    "5200828282828210",
    "5105105105105100",
    "3530111333300000",
    "4000000000003055",
    "4000002500000003",
    *(f"400000{digits}" for digits in _COUNTRIES),
)
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

    @property
    def grouped(self) -> str:
        """The number as it stands on a card."""
        return " ".join(self.number[at : at + 4] for at in range(0, len(self.number), 4))


@dataclass(frozen=True)
class TestAccount:
    """An IBAN and what becomes of a direct debit from it, or of a check."""

    iban: str
    outcome: str

    __test__ = False

    @property
    def grouped(self) -> str:
        """The IBAN in groups of four (ISO 13616)."""
        return " ".join(self.iban[at : at + 4] for at in range(0, len(self.iban), 4))


def cards() -> list[TestCard]:
    """Every test card, in the order of the groups."""
    found = [_card(number, behaviour) for number, behaviour in BEHAVIOURS.items()]
    found += [_card(number, Behaviour()) for number in _ORDINARY]
    order = list(CARD_GROUPS)
    return sorted(found, key=lambda card: order.index(card.group))


CARD_GROUPS = {
    "accepted": "Accepted",
    "authentication": "3-D Secure",
    "declined": "Declined",
    "disputes": "Disputed at once",
}


def accounts() -> Iterator[TestAccount]:
    """Every kind of test account."""
    yield TestAccount("FR1420041010050500013M02606", "collected on its day, like every IBAN that is not listed here")
    for reason, why in _RETURNS.items():
        if not reason.startswith("MD"):
            yield TestAccount(iban_coming_back(reason, before_settlement=True), f"rejected with {reason}: {why}")
        yield TestAccount(iban_coming_back(reason), f"collected, then given back with {reason}: {why}")
    for score in (95, 65, 35, 5):
        yield TestAccount(iban_scoring(score), f"a check answers with the score {score}")


def _card(number: str, behaviour: Behaviour) -> TestCard:
    known = bins.details(number)
    group, outcome = _outcome(behaviour)
    return TestCard(group, number, known.brand, known.country or "", outcome)


def _outcome(behaviour: Behaviour) -> tuple[str, str]:
    if behaviour.disputed is not None:
        return (
            "disputes",
            f"captured, then contested: {behaviour.disputed}, {dispute_meaning(behaviour.disputed, 'en')}",
        )
    if behaviour.response != "00":
        return "declined", f"{behaviour.response}: {responses.meaning(behaviour.response, 'en')}"
    if behaviour.challenge or behaviour.needs_authentication:
        return "authentication", "the bank's page asks the payer and offers every ending; without 3-D Secure: A1"
    return "accepted", "captured at once" if behaviour.immediate else "accepted"

"""Card payments in every currency of the wire contract (3.6): what was asked in minor units comes back so, in both versions."""

from __future__ import annotations

from typing import Any

import pytest

from payments_core import money
from tests.payments_core.public_door import CARD, Caller

PATHS = {1: "/v1/checkout", 2: "/v2/payments"}
BOTH = pytest.mark.parametrize("number", [1, 2])
# Written here as the contract has them: the v2 schema's ten, and the one that has no decimals.
CURRENCIES = ["eur", "aud", "cad", "chf", "dkk", "gbp", "nok", "pln", "sek", "usd", "jpy"]
EACH = pytest.mark.parametrize("currency", CURRENCIES)
LEAST = 50  # of the smallest unit, whatever the currency (contract 2.1 and 2.2)


def of(answer: dict[str, Any]) -> tuple[Any, ...]:
    return answer["amount"], answer["currency"], answer["status"]


def test_the_currencies_are_those_of_the_contract() -> None:
    assert sorted(money.CURRENCIES) == sorted(CURRENCIES)


@BOTH
@EACH
def test_a_card_pays_in_its_currency(api: Caller, number: int, currency: str) -> None:
    """An amount that no conversion or rounding would leave as it is."""
    paid = api.made(PATHS[number], {"amount": 12_347, "currency": currency, "card": CARD})
    assert (*of(paid), paid["response"], paid["method"]) == (12_347, currency, "to_capture", "00", "card")
    for path in PATHS.values():
        assert of(api.get(f"{path}/{paid['id']}").get_json()) == of(paid)
        (listed,) = api.get(path).get_json()["payments"]
        assert of(listed) == of(paid)


@BOTH
@EACH
def test_what_was_authorised_is_captured_and_given_back_in_its_currency(
    api: Caller, number: int, currency: str
) -> None:
    held = api.made(PATHS[number], {"amount": 12_347, "currency": currency, "card": CARD, "capture": False})
    captured = api.made(f"{PATHS[number]}/{held['id']}/capture", {"id": held["id"]})
    assert (of(held), of(captured)) == ((12_347, currency, "authorized"), (12_347, currency, "to_capture"))
    refund = api.made(f"/v{number}/refunds", {"payment": held["id"]})
    assert of(refund) == (12_347, currency, "payment_canceled")


@BOTH
@EACH
def test_fifty_is_the_least_in_every_currency(api: Caller, number: int, currency: str) -> None:
    """lib-php cannot read less back; what was refused has left nothing."""
    for amount in (LEAST - 1, 1, 0, -LEAST):
        answer = api.post(PATHS[number], {"amount": amount, "currency": currency, "card": CARD})
        assert answer.status_code == (400 if number == 1 else 422)
        assert "amount" in answer.get_data(as_text=True).lower()
    least = api.made(PATHS[number], {"amount": LEAST, "currency": currency, "card": CARD})
    assert of(least) == (LEAST, currency, "to_capture")
    assert [item["id"] for item in api.get(PATHS[number]).get_json()["payments"]] == [least["id"]]


@BOTH
@pytest.mark.parametrize("currency", ["kwd", "czk", "huf", "eu", "euro", "978", 978, ""])
def test_no_other_currency_is_taken(api: Caller, number: int, currency: Any) -> None:
    answer = api.post(PATHS[number], {"amount": 500, "currency": currency, "card": CARD})
    assert answer.status_code == (400 if number == 1 else 422)
    assert api.get(PATHS[number]).get_json()["payments"] == []

"""New objects of the client, each unlike every other of the drive."""

from __future__ import annotations

import itertools
import uuid
from typing import Any

import requests
import stancer

_numbers = itertools.count(1)
VISA, IMMEDIATE = "4242424242424242", "4000000000000077"
CHALLENGED, REFUSED = "4000000000003220", "4000000000000002"
RETURN_URL = "https://shop.example/return"
IBAN = "FR1420041010050500013M02606"


class Objects:
    """Makes unsent objects; keyword arguments are set like a merchant's code would, one attribute after the other."""

    def card(self, number: str = VISA, **more: Any) -> Any:
        """A card whose expiry no other card of the drive has, so that it is never a duplicate."""
        count = next(_numbers)
        expiry = {"exp_month": 1 + count % 12, "exp_year": 2035 + count // 12}
        return _set(stancer.Card(), **{"number": number, **expiry, "cvc": "123", "name": "Ada Martin", **more})

    def customer(self, **more: Any) -> Any:
        """A customer with an address and a mobile of its own."""
        count = next(_numbers)
        own = {"name": f"Ada Martin {count}", "email": f"ada{uuid.uuid4().hex[:12]}@example.com"}
        return _set(stancer.Customer(), **{**own, "mobile": f"+33612{count:06}", **more})

    def sepa(self, iban: str = IBAN, **more: Any) -> Any:
        """A bank account; the client insists on a BIC."""
        return _set(stancer.Sepa(), **{"iban": iban, "bic": "BNPAFRPP", "name": "Ada Martin", **more})

    def payment(self, **more: Any) -> Any:
        """A payment of 25.90 euros."""
        return _set(stancer.Payment(), **{"amount": 2590, "currency": "eur", **more})

    def intent(self, **more: Any) -> Any:
        """An intent of 25.90 euros."""
        return _set(stancer.PaymentIntent(), **{"amount": 2590, "currency": "eur", **more})


def _set(made: Any, **values: Any) -> Any:
    for name, value in values.items():
        setattr(made, name, value)
    return made


def raw(made: Any) -> dict[str, Any]:
    """What the API itself answers for the address of an object, without the client in between."""
    config = stancer.Config()
    answer = requests.get(made.uri, auth=(config.secret_key, ""), timeout=30)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())

"""What a payer without JavaScript does: look at a page, fill in its form, follow where it leads."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from payments_core import attempts
from tests.payments_core.public_door import Caller

RETURN_URL = "https://shop.example/retour?panier=7&c=%c3%A9%20+|[x]#~fin"
CHALLENGED = "4000000000003220"
DECLINED = "4000000000000002"
GOOD = "4242424242424242"
FRENCH = "4000002500000003"


@dataclass
class Payer:
    """A browser without scripts or cookies on one payment's page."""

    client: FlaskClient
    url: str

    def go(self, url: str | None = None, **more: Any) -> TestResponse:
        parts = urlsplit(url or self.url)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        return self.client.get(path, base_url=f"{parts.scheme}://{parts.netloc}", **more)

    def send(self, page: TestResponse, url: str | None = None, headers: Any = None, **fields: str) -> TestResponse:
        """Sends the form of a page that was looked at."""
        parts = urlsplit(url or self.url)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        data = {"token": token_of(page), **fields}
        return self.client.post(path, base_url=f"{parts.scheme}://{parts.netloc}", data=data, headers=headers)

    def pay(self, number: str = GOOD, page: TestResponse | None = None, **more: Any) -> TestResponse:
        card = {"number": number, "expiry": "12 / 30", "cvc": "123"}
        return self.send(page or self.go(), **{**card, **more})


def sign(payer: Payer, page: TestResponse | None = None, headers: Any = None, **more: str) -> TestResponse:
    """Pays from a bank account."""
    account = {"method": "sepa", "iban": "FR1420041010050500013M02606", "holder": "Ada Martin"}
    return payer.send(page or payer.go(), headers=headers, **{**account, **more})


def token_of(page: TestResponse) -> str:
    found = re.search(r'name="token"\s+value="([^"]+)"', page.get_data(as_text=True))
    assert found, page.get_data(as_text=True)
    return found[1]


def payer_of(api: Caller, lang: str = "fr-FR", **fields: Any) -> tuple[Payer, dict[str, Any]]:
    """A payment and its payer."""
    payment = api.made("/v2/payments", {"amount": 2590, "currency": "eur", "return_url": RETURN_URL, **fields})
    url = f"https://payment.localhost:8443/{api.public}/{payment['id']}?lang={lang}"
    return Payer(api.client, url), payment


def status_of(api: Caller, payment: dict[str, Any]) -> str | None:
    status: str | None = api.get(f"/v2/payments/{payment['id']}").get_json()["status"]
    return status


def tries(app: Flask, payment: dict[str, Any]) -> int:
    """How often a payment was tried."""
    with app.app_context():
        return len(attempts.of_payment(payment["id"]))

"""A merchant with several objects of every kind, each naming others: for rules that hold for all objects and all lists."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Flask

from payments_core import clocks
from tests.payments_core.conftest import FrozenClock
from tests.payments_core.payment_page.steps import Payer
from tests.payments_core.public_door import CARD, CUSTOMER, DEVICE, Caller

CAPTURED_AT_ONCE, DISPUTED = "4000000000000077", "4000000000000259"
ADDRESS = {"line1": "1 rue de la Paix", "city": "Paris", "zip_code": "75002", "country": "FR"}
ACCOUNT = {"iban": "FR1420041010050500013M02606", "name": "Ada Martin"}
SIGNED = 1_788_261_625  # 1 September 2026

# Every list: its address in each version, and the name of its array. What stands in braces is in BusyAccount.named.
LISTS: dict[int, dict[str, str]] = {
    1: {
        "/v1/checkout": "payments",
        "/v1/refunds": "refunds",
        "/v1/disputes": "disputes",
        "/v1/payouts": "payouts",
        "/v1/payouts/{payout}/payments": "payments",
        "/v1/payouts/{payout}/refunds": "refunds",
        "/v1/payouts/{payout}/disputes": "disputes",
    },
    2: {
        "/v2/payments": "payments",
        "/v2/checkout": "payments",
        "/v2/refunds": "refunds",
        "/v2/disputes": "disputes",
        "/v2/payouts": "payouts",
        "/v2/payouts/{payout}/payments": "payments",
        "/v2/payouts/{payout}/refunds": "refunds",
        "/v2/payouts/{payout}/disputes": "disputes",
        "/v2/payment_intents": "payment_intents",
        "/v2/payment_intents/{refunded_intent}/payments": "payments",
        "/v2/payment_intents/{refunded_intent}/refunds": "refunds",
        "/v2/payment_intents/{disputed_intent}/disputes": "disputes",
        "/v2/customers": "customers",
        "/v2/customers/{customer}/payment_intents": "payment_intents",
        "/v2/customers/{customer}/subscriptions": "subscriptions",
        "/v2/cards": "cards",
        "/v2/sepa": "sepa",
        "/v2/sepa/ibanonly": "sepa",
        "/v2/mandates": "mandates",
        "/v2/addresses": "addresses",
        "/v2/webhooks": "webhook_endpoints",
        "/v2/webhooks/{webhook}/deliveries": "deliveries",
        "/v2/events": "events",
        "/v2/payment_links": "payment_links",
        "/v2/subscriptions": "subscriptions",
        "/v2/subscriptions/{subscription}/payments": "payments",
    },
}


class BusyAccount:
    """Makes everything through the API, the payment page and the clock; `answers` are those of the API meanwhile."""

    def __init__(self, app: Flask, api: Caller, clock: FrozenClock) -> None:
        self.app, self.api, self.clock = app, api, clock
        self.answers: list[Any] = []
        self.named: dict[str, str] = {}
        self._hooks()
        self._payers()
        self._parents()
        for _ in range(2):
            self._payout()
        self._waiting()
        self.named["payout"] = next(
            payout["id"]
            for payout in self.items("/v2/payouts", "payouts")
            if payout["refunds"]["amount"] and payout["disputes"]["amount"]
        )

    def made(self, path: str, body: Any) -> str:
        answer = self.api.made(path, body)
        self.answers.append(answer)
        return str(answer["id"])

    def lists(self, version: int) -> Iterator[tuple[str, str]]:
        """Address and name of each list of a version."""
        for path, key in LISTS[version].items():
            yield path.format(**self.named), key

    def items(self, path: str, key: str) -> list[dict[str, Any]]:
        """The whole list, page by page."""
        found: list[dict[str, Any]] = []
        while True:
            page = self.api.get(f"{path}?limit=100&start={len(found)}").get_json()
            found += page[key]
            if not page["range"]["has_more"]:
                return found

    def _hooks(self) -> None:
        """First of all, so that events have somebody to be told to, and objects in them."""
        for path in ("a", "b"):
            self.named["webhook"] = self.made("/v2/webhooks", {"url": f"https://shop.example/{path}"})

    def _payers(self) -> None:
        billing, shipping = (self.made("/v2/addresses", ADDRESS) for _ in range(2))
        self._addresses = {"billing_address": billing, "shipping_address": shipping}
        self.made("/v2/customers", {**CUSTOMER, "name": "Ada Lovelace"})
        customer = self.named["customer"] = self.made("/v2/customers", {**CUSTOMER, **self._addresses})
        self._owner = {"customer": customer}
        self.made("/v2/cards", {**CARD, "exp_year": 2032})
        self._card = {"card": self.made("/v2/cards", {**CARD, **self._owner})}
        signed = {"mandate": "RUM-1", "date_mandate": SIGNED}
        self._account = {"sepa": self.made("/v2/sepa", {**ACCOUNT, **signed, **self._owner})}
        self.made("/v2/mandates", {"sepa": self.made("/v2/sepa", ACCOUNT), "rum": "RUM-2"})
        self.made("/v2/sepa/check", self._claim)

    @property
    def _claim(self) -> dict[str, Any]:
        return {"iban": ACCOUNT["iban"], "person": {"first_name": "Ada", "last_name": "Martin"}}

    def _parents(self) -> None:
        """What makes payments: intents, links and subscriptions."""
        wanted = {"amount": 5000, "currency": "eur"}
        on_page = {**wanted, **self._owner, **self._addresses, "threeds": "none"}
        refunded = self.named["refunded_intent"] = self._paid_on_page("/v2/payment_intents", on_page, CAPTURED_AT_ONCE)
        for amount in (500, 700):
            self.made(f"/v2/payment_intents/{refunded}/refund", {"amount": amount})
        self.named["disputed_intent"] = self._paid_on_page("/v2/payment_intents", on_page, DISPUTED)
        self.made("/v2/payment_intents", {**wanted, **self._owner, **self._card})
        self.made("/v2/payment_intents", {**wanted, **self._account, "methods_allowed": ["sepa"]})
        self._paid_on_page("/v2/payment_links", wanted, str(CARD["number"]))
        failed = self.made("/v2/payments", {**wanted, "card": {**CARD, "number": "4000000000000002"}})
        self.made("/v2/payment_links", {"retry_of": failed})
        weekly = {"amount": 900, "interval": "week", **self._owner}
        self.made("/v2/subscriptions", {**weekly, **self._account})
        self.named["subscription"] = self.made("/v2/subscriptions", {**weekly, **self._card})

    def _paid_on_page(self, path: str, body: Any, number: str) -> str:
        made = self.made(path, body)
        url = self.api.get(f"{path}/{made}").get_json()["url"]
        assert Payer(self.app.test_client(), url).pay(number).status_code < 400
        return made

    def _payout(self) -> None:
        """Payments, two refunds and two disputes that reach the bank together."""
        wanted = {"currency": "eur", **self._owner, **self._addresses}
        for _ in range(2):
            big = {**wanted, "amount": 50_000, "card": {**CARD, "number": CAPTURED_AT_ONCE}}
            self.made("/v2/refunds", {"payment": self.made("/v2/payments", big), "amount": 500})
            self.made("/v2/payments", {**wanted, "amount": 1000, "card": {**CARD, "number": DISPUTED}})
        with self.app.app_context():
            clocks.ask_advance(self.api.merchant_id, self.clock(), days=14)
            clocks.advance(self.api.merchant_id)

    def _waiting(self) -> None:
        """Payments at other stages of their life."""
        wanted = {"amount": 2590, "currency": "eur"}
        self.made("/v1/checkout", {**wanted, "card": CARD, "customer": CUSTOMER})
        self.made("/v1/checkout", {**wanted, **self._account, **self._owner})
        self.made("/v2/payments", {**wanted, **self._card, "auth": True, "device": DEVICE})
        canceled = self.made("/v2/payments", {**wanted, **self._card, **self._owner, "capture": False})
        self.made("/v1/refunds", {"payment": canceled})

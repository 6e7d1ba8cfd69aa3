"""Every operation of both versions is called for real, and what it answers is what the document says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from payments_core import clocks
from payments_core.models import Merchant
from tests.payments_core.conftest import FrozenClock
from tests.payments_core.docs.conformity import Conformity, Watched
from tests.payments_core.public_door import CARD, CUSTOMER, DEVICE, Caller

AT_ONCE = {**CARD, "number": "4000000000000077"}
DISPUTED = {**CARD, "number": "4000000000000259"}
NO_MONEY = {**CARD, "number": "4000000000009995"}
FRENCH, GERMAN = "FR1420041010050500013M02606", "DE89370400440532013000"
NOBODY = "x" * 24
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00\x00\x00\rIHDR" + bytes(17) + b"\x00\x00\x00\x00IEND\xaeB`\x82"
Advance = Callable[[int], None]


@pytest.fixture
def watched(api: Caller, conformity: Conformity) -> Watched:
    return Watched(api, conformity)


@pytest.fixture
def advance(public_app: Flask, merchant: Merchant, clock: FrozenClock) -> Advance:
    """Moves the merchant's clock to so many days after the start."""

    def to(days: int) -> None:
        with public_app.app_context():
            clocks.ask_advance(merchant.id, clock(), to=clock() + timedelta(days=days))
            clocks.advance(merchant.id)

    return to


def test_every_operation_of_v2_answers_as_documented(watched: Watched, advance: Advance) -> None:
    watched.get("/v2/ping")
    money_that_arrived(watched, advance, "/v2/payments", "/v2")
    customer, card = payers(watched)
    for name in ("payments", "checkout"):
        payments(watched, f"/v2/{name}", customer)
    subscriptions(watched, advance, customer, card)
    accounts(watched, customer)
    intents(watched, customer, card)
    links(watched)
    webhooks(watched)
    script(watched)
    always_refused = {("POST", "/v2/payouts")}
    of_v2 = {operation for operation in watched.conformity.operations() if operation[1].startswith("/v2/")}
    assert of_v2 - watched.answered == always_refused


def test_every_operation_of_v1_answers_as_documented(watched: Watched, advance: Advance) -> None:
    money_that_arrived(watched, advance, "/v1/checkout", "/v1")
    payment = watched.post("/v1/checkout", {"amount": 900, "currency": "eur", "card": CARD, "customer": CUSTOMER})
    stored(watched, "/v1/customers", {**CUSTOMER, "external_id": "crm-88"}, {"name": "Ada M."}, gone=204)
    stored(watched, "/v1/cards", {**CARD, "exp_month": 10}, {"zip_code": "75002"}, gone=204)
    stored(watched, "/v1/sepa", {"iban": FRENCH, "name": "Ada Martin"}, {"name": "Ada M."}, gone=204)
    stored(watched, "/v1/addresses", {"zip_code": "75001", "city": "Paris", "country": "fr"}, None, gone=204)
    held = watched.post("/v1/checkout", {"amount": 900, "currency": "eur", "capture": False, "card": CARD})
    watched.post(f"/v1/checkout/{held['id']}/capture", {"id": held["id"]})
    waiting = watched.post("/v1/checkout", {"amount": 900, "currency": "eur", "auth": True, "device": DEVICE})
    watched.patch(f"/v1/checkout/{waiting['id']}", {"card": CARD})
    watched.post("/v1/checkout", {"amount": 900, "currency": "eur", "card": CARD, "auth": True, "device": DEVICE})
    watched.get(f"/v1/checkout/{payment['id']}")
    watched.get(f"/v1/checkout?order_id=o-1&created={payment['created']}")
    check = watched.post("/v1/sepa/check", {"iban": GERMAN, "name": "Ada Martin", "date_birth": "1990-12-10"})
    watched.get(f"/v1/sepa/check/{check['id']}")
    of_v1 = {operation for operation in watched.conformity.operations() if operation[1].startswith("/v1/")}
    assert of_v1 == watched.answered


@pytest.mark.parametrize("version", [1, 2])
def test_refusals_are_documented_too(watched: Watched, version: int) -> None:
    payments_at = "/v1/checkout" if version == 1 else "/v2/payments"
    wrong = 400 if version == 1 else 422
    watched.get(f"{payments_at}/paym_{NOBODY}", 404)
    watched.get(f"{payments_at}?limit=1000", wrong)
    watched.post(payments_at, {"amount": "much"}, wrong)
    watched.post(payments_at, {"amount": 500, "currency": "eur", "card": {**CARD, "number": "4242424242424241"}}, wrong)
    payment = watched.post(payments_at, {"amount": 500, "currency": "eur", "unique_id": "u-1", "card": CARD})
    watched.post(payments_at, {"amount": 500, "currency": "eur", "unique_id": "u-1", "card": CARD}, 409)
    watched.post(f"{payments_at}/{payment['id']}/capture", None, 409)
    watched.post(f"/v{version}/refunds", {"payment": payment["id"], "amount": 100}, 409)
    watched.post(f"/v{version}/refunds", {"payment": f"paym_{NOBODY}"}, 404)
    assert watched.post(f"/v{version}/refunds", {"payment": payment["id"]})["status"] == "payment_canceled"


def test_a_payout_cannot_be_asked_for(watched: Watched) -> None:
    watched.post("/v2/payouts", {}, 403)


def stored(
    watched: Watched, path: str, body: dict[str, Any], changes: dict[str, Any] | None, *, gone: int = 200
) -> dict[str, Any]:
    """Creates, reads, changes and deletes one of these; then creates one that stays."""
    made = watched.post(path, body)
    watched.get(f"{path}/{made['id']}")
    if changes is not None:
        watched.patch(f"{path}/{made['id']}", changes)
    watched.delete(f"{path}/{made['id']}", gone)
    lasting: dict[str, Any] = watched.post(path, body)
    return lasting


def money_that_arrived(watched: Watched, advance: Advance, payments_at: str, base: str) -> None:
    """Payments that were refunded, contested and paid out."""
    first, _ = (
        watched.post(payments_at, {"amount": amount, "currency": "eur", "card": AT_ONCE}) for amount in (3000, 9000)
    )
    watched.patch(f"{payments_at}/{first['id']}", {"description": "Basket 1047"})
    refund = watched.post(f"{base}/refunds", {"payment": first["id"], "amount": 1000})
    watched.get(f"{base}/refunds/{refund['id']}")
    watched.get(f"{base}/refunds?limit=5")
    contested = watched.post(payments_at, {"amount": 2590, "currency": "eur", "order_id": "o-1", "card": DISPUTED})
    (dispute,) = watched.get(f"{base}/disputes?created={contested['created']}")["disputes"]
    watched.get(f"{base}/disputes/{dispute['id']}")
    if base == "/v2":
        proof(watched, f"{base}/disputes/{dispute['id']}/evidence")
    advance(14)
    (payout,) = watched.get(f"{base}/payouts")["payouts"]
    watched.get(f"{base}/payouts/{payout['id']}")
    for part in ("payments", "refunds", "disputes"):
        assert watched.get(f"{base}/payouts/{payout['id']}/{part}")[part]
    assert watched.get(f"{payments_at}/{first['id']}")["amount"] == 3000


def proof(watched: Watched, draft: str) -> None:
    """Against one dispute; another one is accepted."""
    watched.patch(draft, {"text": "It was delivered.\nHere is the receipt."})
    kept, taken_out = (watched.post(f"{draft}/files?filename=receipt.png&kind=receipt", PNG) for _ in range(2))
    watched.get(f"{draft}/files/{kept['id']}")
    watched.delete(f"{draft}/files/{taken_out['id']}", 204)
    assert len(watched.get(draft)["files"]) == 1
    assert watched.post(f"{draft}/send")["status"] == "evidence_pending"
    payment = watched.post("/v2/payments", {"amount": 2590, "card": DISPUTED})
    (other,) = watched.get(f"/v2/payments/{payment['id']}/disputes")
    assert watched.post(f"/v2/disputes/{other['id']}/accept")["status"] == "accepted"


def payers(watched: Watched) -> tuple[dict[str, Any], dict[str, Any]]:
    """Addresses, customers and cards; the customer and the card that stay."""
    address = stored(
        watched, "/v2/addresses", {"zip_code": "75001", "city": "Paris", "country": "fr", "metadata": [1]}, None
    )
    watched.get("/v2/addresses?limit=5")
    wanted = {**CUSTOMER, "billing_address": address["id"], "country": "fr", "date_birth": "1990-12-10"}
    customer = stored(watched, "/v2/customers", wanted, {"name": "Ada M."})
    watched.get(f"/v2/customers?email={CUSTOMER['email']}")
    card = stored(watched, "/v2/cards", {**CARD, "customer": customer["id"]}, {"zip_code": "75002"})
    watched.get(f"/v2/cards?customer={customer['id']}")
    return customer, card


def payments(watched: Watched, base: str, customer: dict[str, Any]) -> None:
    """Payments under one of their two names."""
    device = {**DEVICE, "languages": "fr"}
    wanted = {"amount": 2590, "card": AT_ONCE, "customer": customer["id"], "device": device}
    paid = watched.post(base, wanted)
    address = f"{base}/{paid['id']}"
    watched.get(address)
    watched.patch(address, {"order_id": "1047"})
    assert watched.post(f"{address}/refund", {"amount": 500})["status"] == "to_refund"
    assert len(watched.get(f"{address}/refunds")) == 1
    contested = watched.post(base, {"amount": 2590, "card": DISPUTED})
    assert len(watched.get(f"{base}/{contested['id']}/disputes")) == 1
    held = watched.post(base, {"amount": 900, "capture": False, "card": CARD})
    watched.post(f"{base}/{held['id']}/capture", held["id"])
    auth = {"return_url": "https://shop.example/back"}
    challenged = watched.post(base, {"amount": 900, "card": CARD, "auth": auth, "device": device})
    assert challenged["auth"]["status"] == "available"
    watched.post(base, {"amount": 2000, "sepa": {"iban": GERMAN, "name": "Ada Martin"}})
    assert watched.get(f"{base}?limit=100&order=asc&field=paid")["range"]["count"] > 4


def subscriptions(watched: Watched, advance: Advance, customer: dict[str, Any], card: dict[str, Any]) -> None:
    """One that is paid, and one that is rejected and renewed."""
    base, body = "/v2/subscriptions", {"customer": customer["id"], "amount": 900, "interval": "month"}
    poor = watched.post("/v2/cards", NO_MONEY)
    paid = watched.post(base, {**body, "card": card["id"], "instalments": 3})
    rejected = watched.post(base, {**body, "card": poor["id"]})
    advance(16)
    assert watched.get(f"{base}/{paid['id']}")["status"] == "active"
    assert len(watched.get(f"{base}/{paid['id']}/payments")["payments"]) == 1
    watched.patch(f"{base}/{rejected['id']}", {"card": card["id"], "description": "Every month"})
    assert watched.post(f"{base}/{rejected['id']}/renew")["status"] == "active"
    assert watched.post(f"{base}/{paid['id']}/pause")["status"] == "paused"
    watched.post(f"{base}/{paid['id']}/resume")
    watched.get(base)
    watched.get(f"/v2/customers/{customer['id']}/subscriptions")
    assert watched.delete(f"{base}/{paid['id']}")["status"] == "canceled"


def accounts(watched: Watched, customer: dict[str, Any]) -> None:
    """SEPA accounts, their checks and mandates."""
    account = stored(
        watched, "/v2/sepa", {"iban": FRENCH, "name": "Ada Martin", "customer": customer["id"]}, {"name": "Ada M."}
    )
    watched.get(f"/v2/sepa?customer={customer['id']}")
    watched.get("/v2/sepa/ibanonly")
    watched.post("/v2/sepa/check", {"id": account["id"]})
    watched.get(f"/v2/sepa/check/{account['id']}")
    person, company = {"first_name": "Ada", "last_name": "Martin"}, {"identifier": "732829320", "country_code": "FR"}
    for claim in ({"person": person}, {"company": company}):
        asked = watched.post("/v2/sepa/check", {"iban": GERMAN, **claim})
        watched.get(f"/v2/sepa/check/{asked['id']}")
    named = watched.post("/v2/sepa/check", {"id": account["id"], "person": person})
    assert named["id"] == account["id"]
    watched.post("/v2/sepa/check/generate", {"score": 50})
    mandate = watched.post("/v2/mandates", {"sepa": account["id"], "rum": "RUM-1047"})
    address = f"/v2/mandates/{mandate['id']}"
    watched.get(address)
    watched.get(f"{address}.pdf")
    watched.patch(address, {"signed_at": "2026-09-01"})
    watched.get("/v2/mandates")
    assert watched.delete(address)["deleted"] is True


def intents(watched: Watched, customer: dict[str, Any], card: dict[str, Any]) -> None:
    """An intent that is paid by direct debit, and one that is cancelled."""
    base = "/v2/payment_intents"
    intent = watched.post(base, {"amount": 2590, "customer": customer["id"], "metadata": {"cart": 1047}})
    address = f"{base}/{intent['id']}"
    account = watched.post("/v2/sepa", {"iban": GERMAN, "name": "Ada Martin"})
    assert watched.patch(address, {"sepa": account["id"]})["status"] == "authorized"
    assert watched.post(f"{address}/capture", {"id": intent["id"]})["status"] == "captured"
    assert watched.post(f"{address}/refund")["status"] == "payment_canceled"
    for part in ("payments", "refunds", "disputes"):
        watched.get(f"{address}/{part}")
    watched.get(address)
    watched.get(f"{base}?order=asc&field=due")
    watched.get(f"/v2/customers/{customer['id']}/payment_intents")
    other = watched.post(base, {"amount": 2590, "card": card["id"], "threeds": "none"})
    assert watched.delete(f"{base}/{other['id']}")["status"] == "canceled"


def links(watched: Watched) -> None:
    base = "/v2/payment_links"
    link = watched.post(base, {"amount": 2590, "description": "Basket 1047", "multiple": True})
    watched.get(f"{base}/{link['id']}")
    watched.get(f"{base}/{link['id']}/qr_code.svg")
    watched.get(base)
    assert watched.delete(f"{base}/{link['id']}")["state"] == "disabled"


def webhooks(watched: Watched) -> None:
    """An endpoint under the boutiques' domain is sent to the edge, where nobody listens here: the try says so at once."""
    base = "/v2/webhooks"
    endpoint = watched.post(base, {"url": "https://shop.localhost:8443/hook", "events": ["payment.*"]})
    address = f"{base}/{endpoint['id']}"
    watched.get(address)
    watched.get(base)
    assert watched.post(f"{address}/test")["accepted"] is False
    assert watched.post(f"{address}/rotate", {"expires_in": 60})["previous_expires_at"] is not None
    payment = watched.post("/v2/payments", {"amount": 900, "card": CARD})
    (created, *_) = watched.get(f"/v2/events?object={payment['id']}")["events"]
    watched.get(f"/v2/events/{created['id']}")
    again = watched.post(f"/v2/events/{created['id']}/redeliver", {"webhook": endpoint["id"]})
    assert again["state"] == "pending"
    assert watched.get(f"{address}/deliveries?state=pending")["deliveries"]
    watched.patch(address, {"enabled": False})
    watched.delete(address, 204)


def script(watched: Watched) -> None:
    base = "/v2/test/acquirer_script"
    watched.post(base, {"answers": [{"response": "51", "times": 2}]})
    assert len(watched.get(base)["answers"]) == 1
    assert watched.delete(base)["answers"] == []

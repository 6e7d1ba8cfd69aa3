"""Payments: creation, states, capture, and what the client computes from them (stancer-api.md 2.2, 3.1 and 6)."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlsplit

import pytest
import stancer
from stancer.exceptions import ConflictError, NotFoundError, StancerHTTPClientError, StancerNotImplementedError
from stancer.status.payment import PaymentStatus

from tests.e2e.stancer_clients.objects import IMMEDIATE, REFUSED, RETURN_URL, Objects, raw
from tests.e2e.stancer_clients.payer import Payer
from tests.e2e.stancer_clients.wire import Wire


@pytest.mark.parametrize("currency", ["eur", "gbp", "usd", "EUR"])
def test_a_card_is_charged_in_every_currency_of_the_client(objects: Objects, currency: str) -> None:
    payment = objects.payment(currency=currency, card=objects.card()).send()
    read = stancer.Payment(payment.id)
    assert payment.id.startswith("paym_")
    assert (read.amount, read.currency, read.status) == (2590, currency.lower(), PaymentStatus.TO_CAPTURE)
    assert (read.response, read.response_message, read.method, read.country) == ("00", "OK", "card", payment.country)
    assert (read.is_success, read.is_error, read.is_not_success, read.is_not_error) == (True, False, False, True)


def test_everything_said_comes_back(objects: Objects, version: int) -> None:
    said = {
        "description": "Basket 1047, “Émile”",
        "order_id": "basket-1047",
        "unique_id": uuid.uuid4(),
        "capture": True,
        "return_url": RETURN_URL,
    }
    payment = objects.payment(card=objects.card(), customer=objects.customer(), **said).send()
    read = stancer.Payment(payment.id)
    for name, value in said.items():
        assert getattr(read, name) == (str(value) if name == "unique_id" else value)
    assert (read.card.id, read.customer.id) == (payment.card.id, payment.customer.id)
    assert stancer.Card(payment.card.id).last4 == "4242"
    assert stancer.Customer(payment.customer.id).email == payment.customer.email
    assert read.live_mode is (False if version == 1 else None)
    assert (read.auth, read.device, read.sepa, read.refunds) == (None, None, None, [])


@pytest.mark.parametrize("amount", [50, 99, 100_000, 31_415])
def test_amounts(objects: Objects, amount: int) -> None:
    payment = objects.payment(amount=amount, card=objects.card()).send()
    assert (payment.status, stancer.Payment(payment.id).amount) == ("to_capture", amount)


@pytest.mark.only(1)
def test_v1_card_and_customer_travel_inside_the_payment(objects: Objects, wire: Wire) -> None:
    mark = len(wire.sent)
    payment = objects.payment(card=objects.card(), customer=objects.customer()).send()
    assert [line.split("?")[0].rstrip("/") for line in wire.since(mark)] == ["POST /v1/checkout"]
    again = objects.payment(card=objects.card(), customer=_same(payment.customer)).send()
    assert again.customer.id == payment.customer.id


@pytest.mark.only(2)
def test_v2_card_and_customer_are_made_first(objects: Objects, wire: Wire) -> None:
    mark = len(wire.sent)
    payment = objects.payment(card=objects.card(), customer=objects.customer()).send()
    assert sorted(wire.since(mark)) == ["POST /v2/cards/", "POST /v2/customers/", "POST /v2/payments/"]
    assert payment.card.id in wire.sent[-1].body
    assert "4242424242424242" not in wire.sent[-1].body


def _same(customer: Any) -> Any:
    return stancer.Customer(name=customer.name, email=customer.email, mobile=customer.mobile)


@pytest.mark.parametrize(
    ("number", "response"), [(REFUSED, "05"), ("4000000000009995", "51"), ("4000000000009979", "43")]
)
def test_a_refused_card_is_an_answer_not_an_error(objects: Objects, number: str, response: str) -> None:
    payment = objects.payment(card=objects.card(number)).send()
    assert (payment.status in ("refused", "failed"), payment.response) == (True, response)
    assert (payment.is_success, payment.is_error) == (False, True)
    words = {"05": "Do not honor", "51": "Insufficient funds", "43": None}
    assert payment.response_message == words[response]


def test_an_authorization_is_captured_later(objects: Objects) -> None:
    payment = objects.payment(card=objects.card(), capture=False).send()
    assert (payment.status, payment.is_success) == ("authorized", True)
    payment.status = PaymentStatus.CAPTURE
    payment.send()
    assert payment.status == stancer.Payment(payment.id).status == "to_capture"


def test_a_payment_without_a_method_waits(objects: Objects) -> None:
    payment = objects.payment(return_url=RETURN_URL).send()
    assert (payment.method, payment.status, payment.response) == (None, None, None)
    assert (payment.is_success, payment.is_error) == (False, False)


@pytest.mark.only(1)
def test_v1_a_patch_answers_with_the_whole_payment(objects: Objects) -> None:
    payment = objects.payment(customer=objects.customer()).send()
    customer = payment.customer.id
    payment.card = objects.card()
    payment.send()
    assert payment.card.id.startswith("card_")
    assert (payment.customer.id, payment.method, payment.status) == (customer, "card", None)
    for wanted, status in ((PaymentStatus.AUTHORIZE, "authorized"), (PaymentStatus.CAPTURE, "to_capture")):
        payment.status = wanted
        assert payment.send().status == status


@pytest.mark.only(2)
def test_v2_a_card_added_later_is_charged_at_once(objects: Objects) -> None:
    payment = objects.payment(capture=False).send()
    payment.card = objects.card()
    payment.send()
    assert (payment.method, payment.status) == ("card", "authorized")


def test_words_of_a_waiting_payment_can_be_changed(objects: Objects) -> None:
    payment = objects.payment().send()
    payment.amount, payment.currency, payment.description, payment.order_id = 3000, "usd", "Basket 1048", "1048"
    payment.return_url = RETURN_URL
    payment.send()
    read = stancer.Payment(payment.id)
    assert (read.amount, read.currency, read.description, read.order_id, read.return_url) == (
        3000,
        "usd",
        "Basket 1048",
        "1048",
        RETURN_URL,
    )


def test_a_final_payment_stays_as_it_is(objects: Objects) -> None:
    payment = objects.payment(card=objects.card(REFUSED)).send()
    payment.status = PaymentStatus.CAPTURE
    with pytest.raises(ConflictError) as refused:
        payment.send()
    assert (refused.value.status_code, refused.value.reason) == (409, "Conflict")


def test_the_immediate_card_is_captured_at_once(objects: Objects) -> None:
    payment = objects.payment(card=objects.card(IMMEDIATE)).send()
    assert (payment.status, payment.is_success) == ("captured", True)
    assert isinstance(payment.fee, int)


def test_a_unique_id_is_used_once(objects: Objects) -> None:
    payment = objects.payment(unique_id=uuid.uuid4(), card=objects.card()).send()
    with pytest.raises(ConflictError) as refused:
        objects.payment(unique_id=payment.unique_id).send()
    assert str(refused.value) == f"Payment already exists, duplicate unique_id ({payment.id})"
    assert [found.id for found in stancer.Payment.list(unique_id=payment.unique_id)] == [payment.id]


def test_payments_are_not_deleted(objects: Objects, wire: Wire) -> None:
    payment = objects.payment().send()
    mark = len(wire.sent)
    with pytest.raises(StancerNotImplementedError):
        payment.delete()
    assert wire.since(mark) == []


def test_the_payment_page_is_where_the_client_says(objects: Objects, config: Any, payer: Payer) -> None:
    payment = objects.payment(return_url=RETURN_URL).send()
    url = stancer.Payment(payment.id).payment_page_url(lang="fr-FR")
    assert url == f"https://payment.localhost:{config.port}/{config.public_key}/{payment.id}?lang=fr-FR"
    page = payer.look(url)
    assert (page.status_code, '<html lang="fr"' in page.text) == (200, True)
    assert '<html lang="en">' in payer.look(payment.payment_page_url(lang="kl-GL")).text


@pytest.mark.parametrize(("capture", "status"), [(True, "to_capture"), (False, "authorized")])
def test_a_payer_pays_on_the_page(objects: Objects, payer: Payer, capture: bool, status: str) -> None:
    payment = objects.payment(return_url=RETURN_URL, capture=capture).send()
    assert payer.pay(payment.payment_page_url(), "4242424242424242") == RETURN_URL
    read = stancer.Payment(payment.id)
    assert (read.status, read.method, read.card.last4) == (status, "card", "4242")


def test_an_unknown_payment_is_404_with_the_exact_text(version: int) -> None:
    key = "paym_hT4kQ9sLw2VbXz7RcJm0NdEy"
    with pytest.raises(NotFoundError) as refused:
        stancer.Payment(key).populate()
    assert str(refused.value) == (f"No such payment {key}" if version == 1 else f"Payment `{key}` not found")
    assert refused.value.reason == "Not Found"


def test_sepa_is_for_euros(objects: Objects) -> None:
    with pytest.raises(StancerHTTPClientError):
        objects.payment(currency="usd", sepa=objects.sepa()).send()


def test_both_versions_serve_the_payment(objects: Objects, config: Any, version: int) -> None:
    payment = objects.payment(card=objects.card()).send()
    here = raw(payment)
    if hasattr(stancer, "PaymentIntent"):
        config.version = 3 - version
        there = stancer.Payment(payment.id)
        assert urlsplit(there.uri).path.startswith(f"/v{3 - version}/")
        assert (there.amount, there.status, there.card.id) == (here["amount"], here["status"], here["card"]["id"])

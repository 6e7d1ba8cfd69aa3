"""Payment intents (stancer-api.md 2.11): release 2.0.0 in v2."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
import stancer

pytestmark = pytest.mark.only(2)
if not hasattr(stancer, "PaymentIntent"):
    pytest.skip("no intents before 2.0.0", allow_module_level=True)

from stancer.exceptions import ConflictError, MissingPaymentIdError, NotFoundError, StancerNotImplementedError  # noqa: E402
from stancer.status import MethodAllowed, PaymentIntentStatus, ThreedsStatus  # noqa: E402

from tests.e2e.stancer_clients.objects import RETURN_URL, Objects  # noqa: E402
from tests.e2e.stancer_clients.payer import Payer  # noqa: E402
from tests.e2e.stancer_clients.wire import Wire  # noqa: E402


def _read(intent: Any) -> Any:
    return stancer.PaymentIntent(intent.id)


def test_everything_said_comes_back(objects: Objects) -> None:
    said = {"description": "Basket 1047", "order_id": "1047", "capture": False}
    customer = objects.customer()
    intent = objects.intent(
        customer=customer, return_url=RETURN_URL, methods_allowed=[MethodAllowed.CARD], **said
    ).send()
    read = _read(intent)
    assert intent.id.startswith("pi_")
    assert {name: getattr(read, name) for name in said} == said
    assert (read.amount, read.currency, read.return_url) == (2590, "eur", RETURN_URL)
    assert (read.methods_allowed, read.customer.id, read.threeds) == (["card"], customer.id, "required")
    assert (read.status, read.card, read.sepa) == (PaymentIntentStatus.REQUIRE_PAYMENT_METHOD, None, None)
    assert (read.created, read.created_at is None) == (None, False)


def test_metadata_are_read_though_the_client_never_sends_them(objects: Objects, config: Any) -> None:
    intent = objects.intent(metadata={"cart": 1}).send()
    assert intent.metadata == {"cart": 1}
    assert _read(intent).metadata is None  # its setter marks nothing as changed
    said = {"cart": [1047, None], "gift": True}
    requests.patch(intent.uri, json={"metadata": said}, auth=(config.secret_key, ""), timeout=30).raise_for_status()
    assert _read(intent).metadata == said


def test_line_19_the_address_of_the_page(objects: Objects, config: Any, payer: Payer) -> None:
    intent = objects.intent(return_url=RETURN_URL).send()
    assert intent.url == f"https://payment.localhost:{config.port}/test_{intent.id}"
    assert payer.look(intent.url).status_code == 200


@pytest.mark.parametrize("threeds", [ThreedsStatus.REQUIRED, ThreedsStatus.NONE])
def test_a_card_waits_for_authentication_and_is_not_captured(objects: Objects, threeds: Any) -> None:
    intent = objects.intent(card=objects.card(), threeds=threeds).send()
    assert (intent.status, _read(intent).threeds) == ("require_authentication", str(threeds))
    with pytest.raises(ConflictError) as refused:
        intent.send_capture()
    assert refused.value.reason == "Conflict"


def test_a_card_may_come_later(objects: Objects) -> None:
    intent = objects.intent().send()
    intent.card = objects.card()
    intent.send()
    assert (intent.status, _read(intent).card.id) == ("require_authentication", intent.card.id)


def test_a_debit_alone_is_processing(objects: Objects) -> None:
    intent = objects.intent(methods_allowed=["sepa"], sepa=objects.sepa()).send()
    assert (intent.status, _read(intent).sepa.id) == ("processing", intent.sepa.id)


def test_an_account_may_come_later(objects: Objects) -> None:
    intent = objects.intent(methods_allowed=["card", "sepa"]).send()
    intent.sepa = objects.sepa()
    assert intent.send().status == "authorized"


def test_an_account_replaces_a_card(objects: Objects) -> None:
    intent = objects.intent(methods_allowed=["card", "sepa"], card=objects.card(), threeds="none").send()
    intent.sepa = objects.sepa()
    intent.send()
    read = _read(intent)
    assert (read.status, read.threeds) == ("authorized", "none")


def test_words_can_be_changed(objects: Objects) -> None:
    intent = objects.intent().send()
    intent.amount, intent.description, intent.order_id = 3000, "Basket 1048", "1048"
    intent.return_url, intent.threeds, intent.methods_allowed = RETURN_URL, "none", ["card"]
    intent.send()
    read = _read(intent)
    assert (read.amount, read.description, read.order_id) == (3000, "Basket 1048", "1048")
    assert (read.return_url, read.threeds, read.methods_allowed) == (RETURN_URL, "none", ["card"])


def _paid(objects: Objects, payer: Payer, **more: Any) -> Any:
    intent = objects.intent(return_url=RETURN_URL, **more).send()
    where = payer.pay(intent.url, "4242424242424242")
    while where.startswith(("https://3ds.", "https://payment.")):
        where = payer.confirm(where)
    assert where == RETURN_URL
    return _read(intent)


def test_a_payer_pays_on_the_page(objects: Objects, payer: Payer) -> None:
    intent = _paid(objects, payer)
    assert intent.status == PaymentIntentStatus.CAPTURED
    [payment] = intent.get_payment_list()
    assert (payment.amount, payment.status, payment.card.last4) == (2590, "to_capture", "4242")
    assert [found.id for found in intent.get_payment_list(limit=1, start=0)] == [payment.id]
    assert [found.id for found in intent.get_payment_list(start=1)] == []


def test_an_authorized_intent_is_captured_with_its_id_as_body(objects: Objects, payer: Payer, wire: Wire) -> None:
    intent = _paid(objects, payer, capture=False)
    assert intent.status == "authorized"
    intent.send_capture()
    assert (wire.sent[-1].method, urlsplit(wire.sent[-1].path).path) == (
        "POST",
        f"/v2/payment_intents/{intent.id}/capture",
    )
    assert wire.sent[-1].body == f'"{intent.id}"'
    assert _read(intent).status == "captured"


def test_an_unsent_intent_has_no_payments_and_no_capture(objects: Objects, wire: Wire) -> None:
    mark = len(wire.sent)
    for ask in (objects.intent().send_capture, objects.intent().get_payment_list):
        with pytest.raises(MissingPaymentIdError):
            ask()
    with pytest.raises(StancerNotImplementedError):
        objects.intent().delete()
    assert wire.since(mark) == []


def test_payments_of_an_intent_without_any_are_an_empty_list(objects: Objects) -> None:
    assert list(objects.intent().send().get_payment_list()) == []


def test_every_filter_of_the_list(objects: Objects) -> None:
    order = str(uuid.uuid4())
    card, sepa = objects.card().send(), objects.sepa().send()
    first = objects.intent(order_id=order, card=card).send()
    second = objects.intent(order_id=order, methods_allowed=["sepa"], sepa=sepa).send()
    third = objects.intent(order_id=order).send()

    def listed(**filters: Any) -> list[str]:
        return [found.id for found in stancer.PaymentIntent.list(**filters)]

    newest_first = [third.id, second.id, first.id]
    assert listed(order_id=order) == newest_first
    assert listed(order_id=order, order="desc") == newest_first
    assert listed(order_id=order, order="ASC") == newest_first[::-1]
    assert listed(order_id=order, limit=2, start=1) == newest_first[1:]
    assert listed(card=card) == listed(card=card.id) == [first.id]
    assert listed(sepa=sepa) == listed(sepa=sepa.id) == [second.id]
    for field in ("created", "due"):
        assert listed(order_id=order, field=field, order="asc") == newest_first[::-1]
    assert listed(created=0, order_id=order) == newest_first
    assert set(newest_first) <= set(listed(created=first.created_at, limit=100))
    assert listed(order_id=str(uuid.uuid4())) == []


def test_an_unknown_intent_is_404_with_the_exact_text() -> None:
    key = "pi_hT4kQ9sLw2VbXz7RcJm0NdEy"
    with pytest.raises(NotFoundError) as refused:
        stancer.PaymentIntent(key).populate()
    assert str(refused.value) == f"Payment intent `{key}` not found"

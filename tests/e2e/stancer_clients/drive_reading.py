"""Lazy reading: any property of an object of which only the id is known fetches it, once, and is what the API says."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
import stancer

from tests.e2e.stancer_clients.objects import RETURN_URL, Objects, raw
from tests.e2e.stancer_clients.surface import classes, never, reaching
from tests.e2e.stancer_clients.wire import Wire


def _existing(objects: Objects, name: str) -> str:
    """The id of an object of each class, with as much said about it as the client can say."""
    payment = objects.payment(card=objects.card(), customer=objects.customer(external_id="crm"))
    payment.order_id, payment.description, payment.return_url = "1047", "Basket", RETURN_URL
    if name == "Dispute":
        payment.card = objects.card("4000000000000259")
        payment.send()
        return next(found.id for found in stancer.Dispute.list(limit=100) if found.payment.id == payment.id)
    if name == "Refund":
        return objects.payment(card=objects.card()).send().refund().id
    simple = {"Card": objects.card, "Customer": objects.customer, "Sepa": objects.sepa}
    made = {"Payment": lambda: payment, "PaymentIntent": lambda: objects.intent(order_id="1047"), **simple}[name]()
    return str(made.send().id)


@pytest.fixture(params=classes(), ids=lambda cls: cls.__name__)
def cls(request: pytest.FixtureRequest, version: int, contested: Any) -> Any:
    """Each class of objects that this version knows."""
    if request.param is stancer.Dispute:
        contested()
    if getattr(request.param, "_version", 1) > version:
        pytest.skip(f"v{version} has no such thing")
    return request.param


def test_every_property_reads_the_object(cls: Any, objects: Objects, wire: Wire, version: int) -> None:
    key = _existing(objects, cls.__name__)
    asking = {name for name in reaching(cls) if isinstance(getattr(cls, name), property)}
    for name in sorted(asking - {name for _, name in never(version)}):
        made, mark = cls(key), len(wire.sent)
        value = getattr(made, name)
        assert wire.since(mark)[:1] == [f"GET {urlsplit(made.uri).path}"], name
        mark = len(wire.sent)
        assert getattr(made, name) == value
        assert wire.since(mark) == [], name


def test_properties_are_what_the_api_says(cls: Any, objects: Objects) -> None:
    made = cls(_existing(objects, cls.__name__))
    compared = 0
    for name, value in raw(made).items():
        if name not in ("auth", "device") and isinstance(getattr(cls, name, None), property):
            assert _plain(getattr(made, name)) == _wire_form(value), name
            compared += 1
    assert compared > 5


def _plain(value: Any) -> Any:
    """A property as JSON would have it, objects as their ids; the client keeps nothing for what is empty."""
    if isinstance(value, datetime):
        return int(value.timestamp())
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return [_plain(item) for item in value] or None
    return getattr(value, "id", value) or (False if value is False else None)


def _wire_form(value: Any) -> Any:
    if isinstance(value, dict) and "id" in value:
        return value["id"]
    if isinstance(value, list):
        return [_wire_form(item) for item in value] or None
    return value or (False if value is False else None)


def test_an_object_that_is_hydrated_by_hand_reads_the_rest(objects: Objects, wire: Wire) -> None:
    card = objects.card(zip_code="75011").send()
    mark = len(wire.sent)
    known = stancer.Card(card.id, last4="4242", zip_code="75011")
    assert (known.zip_code, wire.since(mark)) == ("75011", [])
    assert known.brand == "visa"
    assert len(wire.since(mark)) == 1
    assert known.populate() is known
    assert len(wire.since(mark)) == 1


def test_whole_objects_can_be_written_as_json(objects: Objects) -> None:
    payment = objects.payment(card=objects.card(), customer=objects.customer())
    assert '"amount":2590' in payment.to_json()
    refund = objects.payment(card=objects.card()).send().refund()
    assert refund.payment.id in stancer.Refund(refund.id).to_json()


@pytest.mark.parametrize("attribute", ["is_complete", "is_not_complete"])
def test_a_customer_with_an_id_is_complete(objects: Objects, attribute: str) -> None:
    customer = stancer.Customer(objects.customer().send().id)
    assert getattr(customer, attribute) is (attribute == "is_complete")

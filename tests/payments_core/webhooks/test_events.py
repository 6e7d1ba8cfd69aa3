"""What is told: which events, with which versions and bodies."""

from __future__ import annotations

import ast
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import responses
from flask import Flask
from sqlalchemy import select

import payments_core
from payments_core import (
    addresses,
    cards,
    customers,
    event_types,
    mandates,
    refunds,
    sepa_accounts,
    webhooks,
)
from payments_core.customers import CustomerInput
from payments_core.db import db
from payments_core.models import Delivery, Event, WebhookEndpoint
from payments_core.sepa_accounts import SepaAccountInput
from tests.payments_core.conftest import FrozenClock, Shop, card
from tests.payments_core.webhooks.steps import URL, bodies, send_all


def test_without_an_endpoint_events_are_kept_without_snapshot(shop: Shop) -> None:
    shop.pay(1000)
    assert {event.snapshot for event in db.session.scalars(select(Event))} == {None}
    assert db.session.scalars(select(Delivery)).all() == []


def test_an_address_is_told_of(
    shop: Shop, clock: FrozenClock, endpoint: WebhookEndpoint, web: responses.RequestsMock
) -> None:
    made = addresses.create(
        shop.scope, {"line1": "1 rue de la Paix", "city": "Paris", "zip_code": "75002", "country": "FR"}
    )
    addresses.delete(shop.scope, made.id)
    web.post(URL, status=200)
    send_all(clock)
    sent = bodies(web, "address")
    assert [(body["type"], body["data"]["id"], body["data"]["deleted"]) for body in sent] == [
        ("address.created", made.id, False),
        ("address.deleted", made.id, True),
    ]


def test_refund_events_carry_the_refund(
    shop: Shop, clock: FrozenClock, endpoint: WebhookEndpoint, web: responses.RequestsMock
) -> None:
    shop.captured(5000)
    refund = refunds.create(shop.scope, shop.captured(1000).id, 400)
    shop.advance(days=2)
    web.post(URL, status=200)
    send_all(clock)
    sent = bodies(web, "refund")
    assert [body["type"] for body in sent] == ["refund.created", "refund.refund_sent", "refund.refunded"]
    assert [body["data"]["status"] for body in sent] == ["to_refund", "refund_sent", "refunded"]
    assert sent[0]["data"]["id"] == refund.id


def test_an_endpoint_is_told_of_the_types_it_chose_and_no_gap_holds_up_the_rest(
    shop: Shop, clock: FrozenClock, web: responses.RequestsMock
) -> None:
    webhooks.put_endpoint(shop.scope, "api:a", URL, ["payment.created", "payment.captured", "refund.*"])
    payment = shop.captured(1000)
    refunds.create(shop.scope, payment.id, 400)
    web.post(URL, status=200)
    assert send_all(clock) == 3
    assert [(body["type"], body["version"]) for body in bodies(web)] == [
        ("payment.created", 1),
        ("payment.captured", 4),
    ]
    assert [body["type"] for body in bodies(web, "refund")] == ["refund.created"]
    kept = {event.type for event in db.session.scalars(select(Event).where(Event.snapshot.is_not(None)))}
    assert kept == {"payment.created", "payment.captured", "refund.created"}


def test_customers_cards_accounts_and_mandates_tell_what_happens_to_them(
    shop: Shop, clock: FrozenClock, endpoint: WebhookEndpoint, web: responses.RequestsMock
) -> None:
    scope = shop.scope
    customer = customers.create(scope, CustomerInput(name="Ada", email="ada@example.com"))
    customers.update(scope, customer.id, {"name": "Ada M."})
    customers.update(scope, customer.id, {"name": "Ada M."})  # changes nothing, so nothing is told
    stored, _ = cards.create(scope, card())
    cards.create(scope, card())
    cards.create(scope, card("4242424242424242", tokenize=False))
    cards.update(scope, stored.id, {"name": "A. Martin"})
    account = sepa_accounts.create(scope, SepaAccountInput(iban="FR1420041010050500013M02606", name="Ada"))
    waiting = mandates.create(scope, account, rum=None, signed_at=None)
    mandates.sign(scope, waiting.id, {})
    mandates.sign(scope, waiting.id, {})
    mandates.update(scope, waiting.id, {"rum": "MINE-1"})
    sepa_accounts.update(scope, account.id, {"name": "Ada Martin"})
    sepa_accounts.delete(scope, account.id)
    cards.delete(scope, stored.id)
    customers.delete(scope, customer.id)
    web.post(URL, status=200)
    send_all(clock)
    for noun, expected in {
        "customer": ["created", "updated", "deleted"],
        "card": ["created", "updated", "deleted"],
        "sepa": ["created", "updated", "deleted"],
        "mandate": ["created", "signed", "updated", "revoked"],
    }.items():
        sent = bodies(web, noun)
        assert [(body["type"], body["version"]) for body in sent] == [
            (f"{noun}.{what}", number) for number, what in enumerate(expected, start=1)
        ]
        assert {body["data"]["id"] for body in sent} == {body["object"] for body in sent}
        assert sent[-1]["data"]["deleted"] is True
    assert "4000002500000003" not in json.dumps([body for noun in ("card", "customer") for body in bodies(web, noun)])


def test_two_changes_of_one_customer_at_once_take_two_versions(shop: Shop, core: Flask) -> None:
    customer = customers.create(shop.scope, CustomerInput(name="Ada", email="ada@example.com"))
    scope, customer_id = shop.scope, customer.id
    start = Barrier(2)

    def change(name: str) -> None:
        with core.app_context():
            customers.get(scope, customer_id)
            db.session.commit()
            start.wait(10)
            customers.update(scope, customer_id, {"name": name})

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(change, ["One", "Two"]))
    statement = select(Event.version).where(Event.object_id == customer_id).order_by(Event.version)
    assert list(db.session.scalars(statement)) == [1, 2, 3]


def test_every_type_the_code_names_is_in_the_table() -> None:
    known = {name for types in event_types.names().values() for name in types}
    named = set()
    for path in Path(payments_core.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            called = getattr(node, "func", None)
            if getattr(called, "id", getattr(called, "attr", "")) == "emit" and isinstance(node, ast.Call):
                named |= {part.value for part in ast.walk(node.args[1]) if isinstance(part, ast.Constant)}
    whole = {name for name in named if isinstance(name, str) and name.count(".") == 1 and not name.endswith(".")}
    assert len(whole) > 30
    assert whole - known == set()

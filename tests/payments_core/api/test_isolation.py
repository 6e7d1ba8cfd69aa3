"""A test key never sees live data, a merchant never sees another's: proven for every address, body and filter of the API.

One merchant has an object of every kind. Whoever else knows all their ids, be it with the same merchant's live key, gets 404 or an
empty list for each of them, and not a row of the database changes. A new kind of object needs one line in KINDS; a new body with
references one in BODIES; both are demanded by a test.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from marshmallow import Schema
from sqlalchemy import text
from werkzeug.routing import Rule

from payments_core import clocks
from payments_core.api.schemas.base import Body, ObjectId, ObjectOrId
from payments_core.api.schemas.lists import ListQuery
from payments_core.db import Base, db
from tests.payments_core.conftest import FrozenClock
from tests.payments_core.public_door import CARD, CUSTOMER, Caller, account

ACCOUNT = {"iban": "FR1420041010050500013M02606", "name": "Ada Martin"}
ADDRESS = {"line1": "1 rue de la Paix", "city": "Paris", "zip_code": "75002", "country": "FR"}
PAYMENT = {"amount": 5000, "currency": "eur"}
INSTALMENT = {"amount": 900, "interval": "month"}
DISPUTED, CAPTURED_AT_ONCE = "4000000000000259", "4000000000000077"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64) + b"IEND\xaeB`\x82"
READS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True)
class World:
    """Makes objects as one key's holder."""

    app: Flask
    clock: FrozenClock
    api: Caller

    def made(self, path: str, body: dict[str, Any]) -> str:
        return str(self.api.made(path, body)["id"])

    def payment(self, number: str = str(CARD["number"])) -> str:
        return self.made("/v2/payments", {**PAYMENT, "card": {**CARD, "number": number}})

    def payout(self) -> str:
        self.payment(CAPTURED_AT_ONCE)
        with self.app.app_context():
            clocks.ask_advance(self.api.merchant_id, self.clock(), to=self.clock() + timedelta(days=14))
            clocks.advance(self.api.merchant_id)
        return self.first("payouts")

    def dispute(self) -> str:
        self.payment(DISPUTED)
        return self.first("disputes")

    def sepa(self) -> str:
        """A SEPA account that was checked."""
        account_id = self.made("/v2/sepa", ACCOUNT)
        self.api.made("/v1/sepa/check", {"id": account_id})
        return account_id

    def check(self) -> str:
        claim = {"first_name": "Ada", "last_name": "Martin"}
        return self.made("/v2/sepa/check", {"iban": ACCOUNT["iban"], "person": claim})

    def subscription(self) -> str:
        method = {"customer": self.made("/v2/customers", CUSTOMER), "card": self.made("/v2/cards", CARD)}
        return self.made("/v2/subscriptions", {**INSTALMENT, **method, "start_at": "2027-06-01"})

    def evidence_file(self) -> str:
        """Of the dispute made just before."""
        address = f"/v2/disputes/{self.first('disputes')}/evidence/files?filename=receipt.png&kind=receipt"
        answer = self.api.post(address, data=PNG)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return str(answer.get_json()["id"])

    def first(self, kind: str) -> str:
        return str(self.api.get(f"/v2/{kind}").get_json()[kind][0]["id"])


# What stands for each parameter of an address. The payout comes first: it moves the merchant's clock.
KINDS: dict[str, Callable[[World], str]] = {
    "payout_id": World.payout,
    "part": lambda _: "payments",
    "address_id": lambda world: world.made("/v2/addresses", ADDRESS),
    "card_id": lambda world: world.made("/v2/cards", CARD),
    "check_id": World.check,
    "customer_id": lambda world: world.made("/v2/customers", CUSTOMER),
    "dispute_id": World.dispute,
    "file_id": World.evidence_file,
    "event_id": lambda world: world.first("events"),
    "mandate_id": lambda world: world.made("/v2/mandates", {"sepa": world.made("/v2/sepa", ACCOUNT)}),
    "payment_id": World.payment,
    "payment_intent_id": lambda world: world.made("/v2/payment_intents", PAYMENT),
    "payment_link_id": lambda world: world.made("/v2/payment_links", PAYMENT),
    "refund_id": lambda world: world.made("/v2/refunds", {"payment": world.payment()}),
    "sepa_id": World.sepa,
    "subscription_id": World.subscription,
    "webhook_endpoint_id": lambda world: world.made("/v2/webhooks", {"url": "https://shop.example/hook"}),
}
# Addresses without parameters that are no lists, and one that live keys are turned away from: see their views.
NO_LISTS = frozenset({"ping", "no_such_list"})
TEST_ONLY = frozenset({"read_script", "forget_script"})


@dataclass(frozen=True)
class Sent:
    """How a body reaches its view: the other fields it needs, and the field it is inside of. Names in the path are the caller's."""

    method: str
    path: str
    fields: dict[str, Any] = field(default_factory=dict)
    inside: str | None = None

    def body(self, reference: dict[str, str]) -> dict[str, Any]:
        whole = {**self.fields, **reference}
        return {**PAYMENT, self.inside: whole} if self.inside else whole


# Each schema with references to objects: where it is sent.
BODIES = {
    "CardV2": Sent("POST", "/v2/cards", CARD),
    "CustomerV2": Sent("POST", "/v2/customers", CUSTOMER),
    "IntentChanges": Sent("PATCH", "/v2/payment_intents/{payment_intent_id}"),
    "NestedCardV1": Sent("POST", "/v1/checkout", {"name": "Eve Martin"}, "card"),
    "NestedCustomerV1": Sent("POST", "/v1/checkout", {"name": "Eve Martin"}, "customer"),
    "NestedSepa": Sent("POST", "/v1/checkout", {"name": "Eve Martin"}, "sepa"),
    "NestedSepaV2": Sent("POST", "/v2/payments", ACCOUNT, "sepa"),
    "NewCheck": Sent("POST", "/v1/sepa/check"),
    "NewIntentBody": Sent("POST", "/v2/payment_intents", PAYMENT),
    "NewLinkBody": Sent("POST", "/v2/payment_links"),
    "NewMandate": Sent("POST", "/v2/mandates"),
    "NewPaymentV1": Sent("POST", "/v1/checkout", PAYMENT),
    "NewPaymentV2": Sent("POST", "/v2/payments", PAYMENT),
    "NewRefund": Sent("POST", "/v2/refunds"),
    "NewSepaV2": Sent("POST", "/v2/sepa", ACCOUNT),
    "NewSubscriptionBody": Sent("POST", "/v2/subscriptions", {**INSTALMENT, "customer": "{customer_id}"}),
    "PaymentChangesV1": Sent("PATCH", "/v1/checkout/{payment_id}"),
    "PaymentChangesV2": Sent("PATCH", "/v2/payments/{payment_id}"),
    "Redelivery": Sent("POST", "/v2/events/{event_id}/redeliver"),
    "SubscriptionChanges": Sent("PATCH", "/v2/subscriptions/{subscription_id}"),
}
# The object of the address, named again by some clients and not looked at.
NAMED_AGAIN = frozenset({("CaptureBody", "id"), ("IntentCapture", "id")})


def rules(app: Flask) -> Iterator[tuple[str, Rule]]:
    """Every method and address of both versions."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith(("api_v1.", "api_v2.")):
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield method, rule


def view_of(rule: Rule) -> str:
    return rule.endpoint.rpartition(".")[2]


def path_of(rule: Rule, ids: dict[str, str]) -> str:
    return re.sub(r"<(\w+)>", lambda found: ids[found[1]], rule.rule)


def subclasses(schema: type[Schema]) -> Iterator[type[Schema]]:
    for one in schema.__subclasses__():
        yield one
        yield from subclasses(one)


def references(schema: type[Schema]) -> dict[str, str]:
    """The schema's fields that hold an id, with the prefix of what it names."""
    found = {}
    for name, value in schema().fields.items():
        if isinstance(value, ObjectId):
            found[name] = value.prefix
        elif isinstance(value, ObjectOrId):
            found[name] = value.by_id.prefix
    return found


def everything(app: Flask) -> set[tuple[str, str]]:
    """Every row of the database as text; keys are left out, whose last use is written."""
    names = [table.name for table in Base.metadata.sorted_tables if table.name != "api_keys"]
    query = " UNION ALL ".join(f"SELECT '{name}', t::text FROM \"{name}\" t" for name in names)
    with app.app_context():
        return {(table, row) for table, row in db.session.execute(text(query))}


@pytest.fixture
def ids(public_app: Flask, clock: FrozenClock, api: Caller) -> dict[str, str]:
    """The merchant's objects in test mode, by parameter."""
    world = World(public_app, clock, api)
    made = {name: make(world) for name, make in KINDS.items()}
    api.made("/v2/test/acquirer_script", {"answers": [{"kind": "refund", "response": "51"}]})  # waits, as the last
    return made


@pytest.fixture(params=["the same merchant's live key", "another merchant's test key"])
def stranger(request: pytest.FixtureRequest, public_app: Flask, clock: FrozenClock, ids: dict[str, str]) -> Caller:
    """Somebody who knows every id."""
    own = "live key" in request.param
    return account(public_app, clock, "account-1" if own else "account-2", live=own)


def test_every_kind_of_id_has_a_sample(public_app: Flask) -> None:
    parameters = {name for _, rule in rules(public_app) for name in rule.arguments}
    assert parameters == KINDS.keys()


def test_every_body_with_references_is_sent() -> None:
    missing = {
        (schema.__name__, name)
        for schema in subclasses(Body)
        if schema.__module__.startswith("payments_core.")
        for name in references(schema)
        if schema.__name__ not in BODIES and (schema.__name__, name) not in NAMED_AGAIN
    }
    assert missing == set()


def test_the_owner_reaches_every_object(public_app: Flask, api: Caller, ids: dict[str, str]) -> None:
    """Otherwise a 404 would prove nothing."""
    for method, rule in rules(public_app):
        if method != "GET" or view_of(rule) in NO_LISTS:
            continue
        answer = api.get(path_of(rule, ids))
        assert answer.status_code == 200, rule
        if not rule.arguments:
            assert all(value for value in answer.get_json().values() if isinstance(value, list)), rule


def test_nobody_else_reaches_an_object_by_its_address(public_app: Flask, stranger: Caller, ids: dict[str, str]) -> None:
    before = everything(public_app)
    for method, rule in rules(public_app):
        if not rule.arguments:
            continue
        answer = stranger.call(method, path_of(rule, ids), None if method in ("GET", "DELETE") else {})
        assert answer.status_code == 404, (method, rule)
        if method not in READS:
            assert everything(public_app) == before, (method, rule)


def test_nobody_else_finds_an_object_in_a_list(public_app: Flask, stranger: Caller, ids: dict[str, str]) -> None:
    by_prefix = {value.partition("_")[0]: value for value in ids.values()}
    filters = {item for schema in subclasses(ListQuery) for item in references(schema).items()}
    assert len(filters) > 4
    filters.add(("object", "paym"))  # of any kind, so it has no field of its own
    queries = ["", *(f"?{name}={by_prefix[prefix]}" for name, prefix in sorted(filters))]
    for method, rule in rules(public_app):
        if method != "GET" or rule.arguments or view_of(rule) in NO_LISTS:
            continue
        for query in queries:
            answer = stranger.get(rule.rule + query)
            if view_of(rule) in TEST_ONLY and answer.status_code == 403:
                continue
            lists = [value for value in answer.get_json().values() if isinstance(value, list)]
            assert (answer.status_code, lists) == (200, [[]]), (rule, query)


def test_nobody_else_empties_a_list(public_app: Flask, stranger: Caller, ids: dict[str, str]) -> None:
    before = everything(public_app)
    asked = [rule for method, rule in rules(public_app) if method == "DELETE" and not rule.arguments]
    assert {view_of(rule) for rule in asked} <= TEST_ONLY
    for rule in asked:
        assert stranger.delete(rule.rule).status_code in (200, 403)
    assert everything(public_app) == before


def test_nobody_else_names_an_object_in_a_body(
    public_app: Flask, clock: FrozenClock, stranger: Caller, ids: dict[str, str]
) -> None:
    by_prefix = {value.partition("_")[0]: value for value in ids.values()}
    world = World(public_app, clock, stranger)
    own = {
        "customer_id": world.made("/v2/customers", CUSTOMER),
        "payment_id": world.made("/v2/payments", PAYMENT),
        "payment_intent_id": world.made("/v2/payment_intents", PAYMENT),
        "subscription_id": world.subscription(),
        "event_id": world.first("events"),
    }
    before = everything(public_app)
    for schema in subclasses(Body):
        sent = BODIES.get(schema.__name__)
        if sent is None:
            continue
        needed = {name: own.get(str(value).strip("{}"), value) for name, value in sent.fields.items()}
        for name, prefix in references(schema).items():
            body = Sent(sent.method, sent.path, needed, sent.inside).body({name: by_prefix[prefix]})
            answer = stranger.call(sent.method, sent.path.format(**own), body)
            assert answer.status_code == 404, (schema, name, answer.get_data(as_text=True))
            assert everything(public_app) == before, (schema, name)

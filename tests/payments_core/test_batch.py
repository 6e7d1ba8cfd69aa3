"""The path every sale takes: few statements, and the same rows as the long way with its locks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import bindparam, inspect, select
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm.exc import UnmappedInstanceError

from payments_core import authorizations, batch, cards, ledger, ledger_check, payments, webhooks
from payments_core.acquirer import Answer
from payments_core.customers import CustomerInput
from payments_core.db import Base, db, in_transaction
from payments_core.driver import Query
from payments_core.errors import Duplicate
from payments_core.models import Attempt, Balance, Customer, Delivery, Event, LedgerEntry, Payment, WebhookEndpoint
from payments_core.payments import NewPayment
from payments_core.runtime import runtime
from tests.payments_core.conftest import VISA_FR, VISA_US, FrozenClock, Shop, card, connections_in_use, own, statements
from tests.payments_core.public_door import account, public_app

__all__ = ["public_app"]

AT_ONCE = "4000000000000077"
OURS = {"id", "payment_id", "attempt_id", "open_attempt", "object_id", "reference", "authorization_code"}
DIFFERS = {"id", "created", "response_author", "date_paym", "order_id"}  # of a payment's v2 object
TIMES = {"response_author", "created_at", "asked_at", "answered_at", "paid_at", "captured_at", "due_at"}


def contents(model: type[Base], *conditions: Any) -> list[dict[str, Any]]:
    """Rows without what differs from one payment to the next."""
    rows = db.session.scalars(select(model).where(*conditions).order_by(*inspect(model).primary_key)).all()
    names = [column.key for column in inspect(model).column_attrs if column.key not in OURS | TIMES]
    return [{name: getattr(row, name) for name in names} for row in rows]


def everything(payment: Payment) -> dict[str, Any]:
    """All that was written about one payment, in comparable form."""
    references = [payment.id]
    events = contents(Event, Event.object_id.in_(references))
    for event in events:
        event["snapshot"] = {**event["snapshot"], **dict.fromkeys(DIFFERS)} if event["snapshot"] else None
    return {
        "payment": contents(Payment, Payment.id == payment.id),
        "attempts": contents(Attempt, Attempt.payment_id == payment.id),
        "events": sorted(events, key=lambda row: row["version"]),
        "entries": [{**row, "id": 0} for row in contents(LedgerEntry, LedgerEntry.reference.in_(references))],
        "deliveries": sorted(row["version"] for row in contents(Delivery, Delivery.object_id.in_(references))),
    }


def pay(shop: Shop, start: Callable[[], None], amount: int, number: str = VISA_FR, **more: Any) -> Payment:
    scope = shop.scope
    start()
    return own(payments.create(scope, NewPayment(amount=amount, card=card(number), **more)))


@pytest.fixture(params=["at once", "within the session's transaction"])
def start(request: pytest.FixtureRequest) -> Callable[[], None]:
    """To be called before something is written, to have it written one way or the other."""

    def begin() -> None:
        db.session.commit()
        assert not in_transaction()
        if request.param != "at once":
            db.session.execute(select(1))
            assert in_transaction()

    return begin


def test_a_sale_is_written_in_few_statements(public_app: Flask, clock: FrozenClock) -> None:
    api = account(public_app, clock, "account-1")
    body = {"amount": 2590, "card": {"number": AT_ONCE, "exp_month": 12, "exp_year": 2030, "cvc": "123"}}
    api.made("/v2/payments", body)  # the card is stored, the key's use noted, the policy read
    with statements() as seen:
        assert api.made("/v2/payments", body)["status"] == "captured"
    begun = [text.split()[0] for text in seen]
    # Key and whether anybody listens; card; payment, attempt and event; the acquirer; answer, money and event.
    # Each is a transaction of its own.
    assert begun == ["SELECT", "SELECT", "WITH", "INSERT", "WITH"]


@pytest.mark.parametrize("listening", [False, True])
@pytest.mark.parametrize(
    ("number", "capture"), [(AT_ONCE, True), ("4000002500000003", True), ("4000002500000003", False)]
)
def test_the_short_way_writes_what_the_long_one_does(
    shop: Shop,
    monkeypatch: pytest.MonkeyPatch,
    start: Callable[[], None],
    number: str,
    capture: bool,
    listening: bool,
) -> None:
    if listening:
        webhooks.put_endpoint(shop.scope, "atelier", "https://atelier.localhost:8443/hook")
    shop.pay(500, number, capture=capture)
    wanted = {"order_id": "1047", "description": "Panier", "methods_allowed": ["card"], "device": {"ip": "192.0.2.1"}}
    short = pay(shop, start, 1290, number, capture=capture, **wanted)
    monkeypatch.setattr(authorizations, "_record_at_once", lambda *_: None)
    long = shop.pay(1290, number, capture=capture, **wanted)
    db.session.expire_all()
    assert everything(short) == everything(long)
    assert len(everything(short)["deliveries"]) == (2 if listening else 0)
    assert short.open_attempt is None
    assert ledger_check.check().differences == []


def test_what_comes_back_looks_like_the_row_and_is_none_of_the_sessions(shop: Shop) -> None:
    shop.pay(500, AT_ONCE)
    scope = shop.scope
    db.session.expunge_all()
    made = payments.create(scope, NewPayment(amount=1290, card=card(AT_ONCE)))
    assert isinstance(made, batch.Draft)
    with statements() as seen:
        assert (made.description, made.customer, made.card.last4 if made.card else None) == (None, None, "0077")
        assert (made.status, made.refunded_amount) == ("captured", 0)
    assert (seen, list(db.session)) == ([], [])
    row = own(made)
    names = [column.key for column in inspect(Payment).column_attrs]
    assert [getattr(made, name) for name in names] == [getattr(row, name) for name in names]
    with pytest.raises(UnmappedInstanceError):
        db.session.add(made)


def test_a_payment_that_changed_meanwhile_is_looked_at_under_its_lock(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, start: Callable[[], None]
) -> None:
    """It was cancelled by somebody else while the acquirer was thinking: nothing of the short way may stay."""
    shop.pay(500, AT_ONCE)
    before = len(contents(LedgerEntry))
    authorize = runtime().acquirer.authorize

    def meanwhile(question: Any) -> Answer:
        answer = authorize(question)
        attempt = db.session.scalars(select(Attempt).where(Attempt.id == question.reference)).one()
        payment = db.session.get(Payment, attempt.payment_id)
        assert payment is not None
        payment.status, payment.open_attempt, payment.version = "expired", None, payment.version + 1
        db.session.commit()
        db.session.expunge_all()
        start()
        return answer

    monkeypatch.setattr(type(runtime().acquirer), "authorize", lambda _, question: meanwhile(question))
    made = shop.pay(1290, AT_ONCE)
    assert made.status == "expired"
    assert len(contents(LedgerEntry)) == before
    assert ledger_check.check().differences == []


def test_an_endpoint_made_while_the_acquirer_thinks_hears_the_answer(
    core: Flask, shop: Shop, monkeypatch: pytest.MonkeyPatch, start: Callable[[], None]
) -> None:
    shop.pay(500, AT_ONCE)
    scope, authorize = shop.scope, runtime().acquirer.authorize

    def meanwhile(question: Any) -> Answer:
        with core.app_context():  # a session of its own, as another process has
            webhooks.put_endpoint(scope, "atelier", "https://atelier.localhost:8443/hook")
        return authorize(question)

    monkeypatch.setattr(type(runtime().acquirer), "authorize", lambda _, question: meanwhile(question))
    made = pay(shop, start, 1290, AT_ONCE)
    heard = db.session.scalars(select(Delivery.version).where(Delivery.object_id == made.id)).all()
    assert heard == [made.version] == [2]


@pytest.mark.parametrize("new_card", [False, True])
@pytest.mark.parametrize("new_customer", [False, True])
def test_an_endpoint_made_since_the_request_began_hears_all_of_it(
    shop: Shop, start: Callable[[], None], new_card: bool, new_customer: bool
) -> None:
    """When the key was looked up nobody listened."""
    shop.pay(500, VISA_US if new_card else AT_ONCE)
    webhooks.put_endpoint(shop.scope, "atelier", "https://atelier.localhost:8443/hook")
    wanted = NewPayment(
        amount=1290,
        card=card(AT_ONCE),
        customer=CustomerInput(name="Ada Martin", email="ada@example.com") if new_customer else None,
    )
    start()
    made = payments.create(replace(shop.scope, no_listeners=True), wanted)
    assert (made.status, made.version) == ("captured", 2)
    heard = db.session.scalars(select(Delivery.version).where(Delivery.object_id == made.id).order_by(Delivery.version))
    assert list(heard) == [1, 2]
    db.session.expire_all()
    assert made.card is not None
    assert len(db.session.scalars(select(Customer)).all()) == int(new_customer)
    assert ledger_check.check().differences == []


def test_no_connection_is_held_while_the_acquirer_thinks(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, start: Callable[[], None]
) -> None:
    shop.pay(500, AT_ONCE)
    authorize, held = runtime().acquirer.authorize, []

    def looking(question: Any) -> Answer:
        held.append(connections_in_use())
        return authorize(question)

    monkeypatch.setattr(type(runtime().acquirer), "authorize", lambda _, question: looking(question))
    assert pay(shop, start, 1290, AT_ONCE).status == "captured"
    assert held == [0]


def test_the_first_money_of_a_merchant_makes_its_balance(shop: Shop) -> None:
    assert db.session.scalars(select(Balance)).all() == []
    first = shop.pay(1290, AT_ONCE)
    assert first.status == "captured"
    second = shop.pay(990, AT_ONCE)
    db.session.expire_all()
    assert db.session.scalars(select(Balance.pending)).one() == 1290 + 990 - first.fee - second.fee


def test_a_second_payment_of_the_same_unique_id_leaves_nothing(shop: Shop, start: Callable[[], None]) -> None:
    first = shop.pay(1290, unique_id="order-1")
    held = len(contents(Attempt)), len(contents(Event)), len(contents(Payment))
    with pytest.raises(Duplicate) as refused:
        pay(shop, start, 990, unique_id="order-1")
    assert refused.value.existing_id == first.id
    assert (len(contents(Attempt)), len(contents(Event)), len(contents(Payment))) == held


def test_a_row_that_is_not_as_expected_undoes_the_whole_batch(shop: Shop, start: Callable[[], None]) -> None:
    payment = shop.pay(1290)
    loose = Payment(**{column.key: getattr(payment, column.key) for column in inspect(Payment).column_attrs})
    for still in ({"version": payment.version + 1}, {"status": None}, {"open_attempt": "atpt_other"}):
        moves = ledger.moves(shop.scope, "eur")
        with batch.filling() as rows:
            rows.watch(loose, **still)
            loose.description = "Something else"
            ledger.post(moves, shop.scope.now, payment.id, ("capture", 100))
        start()
        assert not rows.write()
        loose.description = None
    db.session.expire_all()
    assert payment.description is None
    assert contents(LedgerEntry) == []


def test_a_broken_rule_is_raised_as_the_session_raises_it(shop: Shop, start: Callable[[], None]) -> None:
    row = payments.build(replace(shop.scope, merchant_id="mrch_nobody"), NewPayment(amount=1290))
    with batch.filling() as rows:
        rows.add(row)
    start()
    with pytest.raises(IntegrityError, match="fk_payments_merchant_id_merchants"):
        rows.write()
    db.session.rollback()
    assert contents(Payment) == []
    assert shop.pay(1290).status == "to_capture"


def test_a_condition_without_a_row_of_its_own_holds_or_undoes_the_batch(shop: Shop, start: Callable[[], None]) -> None:
    payment = shop.pay(1290)
    loose = Payment(**{column.key: getattr(payment, column.key) for column in inspect(Payment).column_attrs})
    columns = {"merchant_id": shop.scope.merchant_id, "live": False, "enabled": True, "deleted_at": None}
    for description, written in (("Nobody listens", True), ("Somebody does", False)):
        with batch.filling() as rows:
            rows.watch(loose, version=payment.version)
            loose.description = description
            rows.absent(WebhookEndpoint, **columns)
        start()
        assert rows.write() is written
        webhooks.put_endpoint(shop.scope, "atelier", "https://atelier.localhost:8443/hook")
    db.session.expire_all()
    assert payment.description == "Nobody listens"


def test_a_card_that_was_deleted_or_spent_is_not_at_hand(shop: Shop) -> None:
    wanted = card()
    scope = shop.scope
    stored, _ = cards.create(scope, wanted)
    spent, _ = cards.create(scope, replace(wanted, tokenize=False))
    spent.used_at = scope.now
    db.session.commit()
    db.session.expunge_all()
    found = cards.at_hand(scope, wanted), cards.at_hand(scope, stored.id)
    assert [one.id for one in found if one is not None] == [stored.id, stored.id]
    assert cards.at_hand(scope, spent.id) is None
    assert cards.at_hand(replace(scope, merchant_id="mrch_other"), wanted) is None
    assert cards.at_hand(replace(scope, live=True), stored.id) is None
    cards.delete(scope, stored.id)
    db.session.expunge_all()
    assert (cards.at_hand(scope, wanted), cards.at_hand(scope, stored.id)) == (None, None)


def test_a_text_that_is_too_long_is_refused_not_cut(shop: Shop, start: Callable[[], None]) -> None:
    row = payments.build(shop.scope, NewPayment(amount=1290, description="x" * 65))
    with batch.filling() as rows:
        rows.add(row)
    start()
    with pytest.raises(DataError):
        rows.write()
    db.session.rollback()
    assert contents(Payment) == []


def test_a_query_names_each_of_its_values(core: Flask) -> None:
    query = Query(select(Payment.id).where(Payment.id == bindparam("payment_id")))
    assert query.rows(payment_id="paym_1") == []
    for wrong in ({}, {"payment": "paym_1"}, {"payment_id": "paym_1", "live": True}):
        with pytest.raises(AssertionError):
            query.rows(**wrong)

"""The path every sale takes: few statements, and the same rows as the long way with its locks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import inspect, select
from sqlalchemy.exc import IntegrityError

from payments_core import authorizations, batch, ledger, ledger_check, payments, webhooks
from payments_core.acquirer import Answer
from payments_core.db import Base, db
from payments_core.errors import Duplicate
from payments_core.models import Attempt, Balance, Delivery, Event, LedgerEntry, Payment
from payments_core.payments import NewPayment
from payments_core.runtime import runtime
from tests.payments_core.conftest import FrozenClock, Shop, statements
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


def test_a_sale_is_written_in_few_statements(public_app: Flask, clock: FrozenClock) -> None:
    api = account(public_app, clock, "account-1")
    body = {"amount": 2590, "card": {"number": AT_ONCE, "exp_month": 12, "exp_year": 2030, "cvc": "123"}}
    api.made("/v2/payments", body)  # the card is stored, the key's use noted, the policy read
    with statements() as seen:
        assert api.made("/v2/payments", body)["status"] == "captured"
    begun = [text.split()[0] for text in seen]
    # Key; card; who listens; payment, attempt and event, committed; the acquirer; who listens by now; answer, money and event.
    assert begun == ["SELECT", "SELECT", "SELECT", "WITH", "COMMIT", "INSERT", "SELECT", "WITH"]


@pytest.mark.parametrize("listening", [False, True])
@pytest.mark.parametrize(
    ("number", "capture"), [(AT_ONCE, True), ("4000002500000003", True), ("4000002500000003", False)]
)
def test_the_short_way_writes_what_the_long_one_does(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, number: str, capture: bool, listening: bool
) -> None:
    if listening:
        webhooks.put_endpoint(shop.scope, "atelier", "https://atelier.localhost:8443/hook")
    shop.pay(500, number, capture=capture)
    wanted = {"order_id": "1047", "description": "Panier", "methods_allowed": ["card"], "device": {"ip": "192.0.2.1"}}
    short = shop.pay(1290, number, capture=capture, **wanted)
    monkeypatch.setattr(authorizations, "_record_at_once", lambda *_: None)
    long = shop.pay(1290, number, capture=capture, **wanted)
    db.session.expire_all()
    assert everything(short) == everything(long)
    assert len(everything(short)["deliveries"]) == (2 if listening else 0)
    assert short.open_attempt is None
    assert ledger_check.check().differences == []


def test_what_comes_back_is_the_sessions_own_row(shop: Shop) -> None:
    made = shop.pay(1290)
    assert made in db.session
    assert db.session.get(Payment, made.id) is made
    with statements() as seen:
        assert (made.description, made.customer, made.card.last4 if made.card else None) == (None, None, "0003")
    assert seen == []


def test_a_payment_that_changed_meanwhile_is_looked_at_under_its_lock(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
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
        return answer

    monkeypatch.setattr(type(runtime().acquirer), "authorize", lambda _, question: meanwhile(question))
    made = shop.pay(1290, AT_ONCE)
    assert made.status == "expired"
    assert len(contents(LedgerEntry)) == before
    assert ledger_check.check().differences == []


def test_an_endpoint_made_while_the_acquirer_thinks_hears_the_answer(
    core: Flask, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.pay(500, AT_ONCE)
    scope, authorize = shop.scope, runtime().acquirer.authorize

    def meanwhile(question: Any) -> Answer:
        with core.app_context():  # a session of its own, as another process has
            webhooks.put_endpoint(scope, "atelier", "https://atelier.localhost:8443/hook")
        return authorize(question)

    monkeypatch.setattr(type(runtime().acquirer), "authorize", lambda _, question: meanwhile(question))
    made = shop.pay(1290, AT_ONCE)
    heard = db.session.scalars(select(Delivery.version).where(Delivery.object_id == made.id)).all()
    assert heard == [made.version] == [2]


def test_the_first_money_of_a_merchant_makes_its_balance(shop: Shop) -> None:
    assert db.session.scalars(select(Balance)).all() == []
    first = shop.pay(1290, AT_ONCE)
    assert first.status == "captured"
    second = shop.pay(990, AT_ONCE)
    db.session.expire_all()
    assert db.session.scalars(select(Balance.pending)).one() == 1290 + 990 - first.fee - second.fee


def test_a_second_payment_of_the_same_unique_id_leaves_nothing(shop: Shop) -> None:
    first = shop.pay(1290, unique_id="order-1")
    held = len(contents(Attempt)), len(contents(Event)), len(contents(Payment))
    with pytest.raises(Duplicate) as refused:
        shop.pay(990, unique_id="order-1")
    assert refused.value.existing_id == first.id
    assert (len(contents(Attempt)), len(contents(Event)), len(contents(Payment))) == held


def test_a_row_that_is_not_as_expected_undoes_the_whole_batch(shop: Shop) -> None:
    payment = shop.pay(1290)
    loose = Payment(**{column.key: getattr(payment, column.key) for column in inspect(Payment).column_attrs})
    for still in ({"version": payment.version + 1}, {"status": None}, {"open_attempt": "atpt_other"}):
        moves = ledger.moves(shop.scope, "eur")
        with batch.filling() as rows:
            rows.watch(loose, **still)
            loose.description = "Something else"
            ledger.post(moves, shop.scope.now, payment.id, ("capture", 100))
        assert not rows.write()
        loose.description = None
    db.session.expire_all()
    assert payment.description is None
    assert contents(LedgerEntry) == []


def test_a_broken_rule_is_raised_as_the_session_raises_it(shop: Shop) -> None:
    row = payments.build(replace(shop.scope, merchant_id="mrch_nobody"), NewPayment(amount=1290))
    with batch.filling() as rows:
        rows.add(row)
    with pytest.raises(IntegrityError, match="fk_payments_merchant_id_merchants"):
        rows.write()
    db.session.rollback()
    assert contents(Payment) == []
    assert shop.pay(1290).status == "to_capture"

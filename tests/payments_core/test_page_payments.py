"""The payment page's domain: tries, declines that leave the payment payable, challenges, soft declines."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from payments_core import attempts, authentication, page_payments, payments, webhooks
from payments_core.db import db
from payments_core.errors import AttemptInProgress, Conflict
from payments_core.models import Event, Payment
from payments_core.page_payments import PageOutcome
from payments_core.payments import AuthRequest, NewPayment
from tests.payments_core.conftest import Shop, card

PAGE = "https://payment.localhost:8443/ptest_x/paym_x"
CHALLENGED = "4000000000003220"
DECLINED = "4000000000000002"


def created(shop: Shop, **more: Any) -> Payment:
    return payments.create(shop.scope, NewPayment(amount=2000, return_url="https://shop.example/back", **more))


def pay(shop: Shop, payment: Payment, number: str = "4242424242424242") -> PageOutcome:
    return page_payments.pay(shop.scope, payment.id, card(number), device=None, page_url=PAGE)


def test_a_card_accepted_on_the_page_pays_once(shop: Shop) -> None:
    payment = created(shop)
    assert page_payments.resume(shop.scope, payment.id, page_url=PAGE).kind == "form"
    assert pay(shop, payment).kind == "paid"
    assert payment.status == "to_capture"
    assert pay(shop, payment).kind == "paid"
    assert len(attempts.of_payment(payment.id)) == 1


def test_a_decline_leaves_the_payment_payable_until_the_fifth(shop: Shop) -> None:
    payment = created(shop)
    for left in (4, 3, 2, 1):
        outcome = pay(shop, payment, DECLINED)
        assert (outcome.kind, payment.status, payment.response, payment.attempts_left) == ("declined", None, None, left)
        assert outcome.attempt is not None
        assert outcome.attempt.response == "05"
    assert pay(shop, payment, DECLINED).kind == "closed"
    assert (payment.status, payment.response) == ("refused", "05")
    assert pay(shop, payment).kind == "closed"


def test_after_a_decline_another_card_pays(shop: Shop) -> None:
    payment = created(shop)
    pay(shop, payment, DECLINED)
    assert pay(shop, payment).kind == "paid"
    assert [attempt.result for attempt in attempts.of_payment(payment.id)] == ["declined", "accepted"]


def test_an_ordinary_card_is_authenticated_without_friction(shop: Shop) -> None:
    payment = created(shop, auth=AuthRequest())
    assert payment.authentication is not None
    assert payment.authentication.status == "requested"
    assert pay(shop, payment).kind == "paid"
    assert payment.authentication.status == "success"
    assert attempts.of_payment(payment.id)[0].auth_status == "success"


def test_a_challenge_leads_away_and_back(shop: Shop) -> None:
    payment = created(shop, auth=AuthRequest())
    outcome = pay(shop, payment, CHALLENGED)
    assert outcome.kind == "challenge"
    session = payment.authentication
    assert session is not None
    assert outcome.redirect_url == f"https://3ds.localhost:8443/v1/redirect/test_{session.id}"
    assert authentication.start(shop.scope, session.id).status == "attempted"
    assert page_payments.resume(shop.scope, payment.id, page_url=PAGE).kind == "challenge"
    assert authentication.answer(shop.scope, session.id, True).return_url == PAGE
    assert page_payments.resume(shop.scope, payment.id, page_url=PAGE).kind == "paid"
    assert page_payments.resume(shop.scope, payment.id, page_url=PAGE).kind == "paid"
    assert len(attempts.of_payment(payment.id)) == 1


def test_a_refused_challenge_costs_a_try_and_another_card_may_follow(shop: Shop) -> None:
    payment = created(shop, auth=AuthRequest())
    pay(shop, payment, CHALLENGED)
    session = payment.authentication
    assert session is not None
    authentication.answer(shop.scope, session.id, False)
    authentication.answer(shop.scope, session.id, True)  # its end stays its end
    outcome = page_payments.resume(shop.scope, payment.id, page_url=PAGE)
    assert (outcome.kind, payment.attempts_left, session.status) == ("declined", 4, "declined")
    assert pay(shop, payment).kind == "paid"
    assert payment.authentication is not session


def test_a_soft_decline_goes_on_with_a_challenge_and_is_no_decline(shop: Shop) -> None:
    payment = created(shop)  # nobody asked for 3-D Secure
    outcome = pay(shop, payment, CHALLENGED)
    assert outcome.kind == "challenge"
    assert payment.attempts_left == 5
    assert payment.authentication is not None
    authentication.answer(shop.scope, payment.authentication.id, True)
    assert page_payments.resume(shop.scope, payment.id, page_url=PAGE).kind == "paid"
    assert [attempt.result for attempt in attempts.of_payment(payment.id)] == ["soft_declined", "accepted"]


def test_a_challenge_not_answered_in_six_hours_expires(shop: Shop) -> None:
    payment = created(shop, auth=AuthRequest())
    pay(shop, payment, CHALLENGED)
    shop.advance(hours=6)
    assert payment.authentication is not None
    assert (payment.authentication.status, payment.status) == ("expired", None)
    assert page_payments.resume(shop.scope, payment.id, page_url=PAGE).kind == "declined"


def test_server_to_server_authentication_is_available_then_processed_by_the_merchant(shop: Shop) -> None:
    from payments_core.authorizations import process

    payment = created(shop, card=card(), auth=AuthRequest("https://shop.example/3ds", {"ip": "203.0.113.7"}))
    session = payment.authentication
    assert session is not None
    assert (payment.status, payment.method, session.status) == (None, "card", "available")
    with pytest.raises(Conflict, match="is not ready for authorization"):
        process(shop.scope, payment.id, capture=True)
    assert authentication.start(shop.scope, session.id).status == "success"  # no challenge wanted for this card
    assert session.return_url == "https://shop.example/3ds"
    assert process(shop.scope, payment.id, capture=True).status == "to_capture"


def test_a_second_click_while_the_first_is_asked_is_told_so(shop: Shop) -> None:
    payment = created(shop)
    payment.open_attempt = "atpt_someone_elses"
    db.session.commit()
    with pytest.raises(AttemptInProgress):
        pay(shop, payment)


def test_a_page_that_is_open_too_long_closes(shop: Shop) -> None:
    payment = created(shop)
    shop.advance(hours=24)
    assert pay(shop, payment).kind == "closed"
    assert payment.status == "expired"
    assert shop.scope.now - payment.created_at >= timedelta(hours=24)


def told(payment: Payment) -> list[tuple[str, list[str]]]:
    """The events of a payment and, of an update, its fields."""
    statement = select(Event).where(Event.object_id == payment.id).order_by(Event.version)
    return [(event.type.partition(".")[2], event.data.get("fields", [])) for event in db.session.scalars(statement)]


def test_every_step_of_a_challenge_is_told(shop: Shop) -> None:
    payment = created(shop, auth=AuthRequest())
    pay(shop, payment, CHALLENGED)
    session = payment.authentication
    assert session is not None
    authentication.start(shop.scope, session.id)
    authentication.answer(shop.scope, session.id, False)
    authentication.answer(shop.scope, session.id, False)  # again is no change
    assert told(payment) == [
        ("created", []),
        ("updated", ["card", "auth"]),
        ("updated", ["auth"]),
        ("updated", ["auth"]),
    ]
    pay(shop, payment, CHALLENGED)
    shop.advance(hours=6)
    assert told(payment)[4:] == [("updated", ["card", "auth"]), ("updated", ["auth"])]


def test_the_card_of_a_try_and_a_challenge_the_bank_wants_are_told(shop: Shop) -> None:
    payment = created(shop)
    pay(shop, payment, DECLINED)
    pay(shop, payment, CHALLENGED)  # declined softly
    assert told(payment) == [
        ("created", []),
        ("updated", ["card"]),
        ("updated", ["card"]),
        ("updated", ["auth"]),
    ]


def test_the_first_event_of_a_payment_shows_its_card_and_authentication(shop: Shop) -> None:
    webhooks.put_endpoint(shop.scope, "api:a", "https://a.example/hook")
    wish = AuthRequest("https://shop.example/3ds", {"ip": "203.0.113.7"})
    payment = created(shop, card=card(CHALLENGED), auth=wish)
    session = payment.authentication
    assert session is not None
    authentication.start(shop.scope, session.id)
    authentication.answer(shop.scope, session.id, True)
    statement = select(Event.snapshot).where(Event.object_id == payment.id).order_by(Event.version)
    shown = [snapshot or {} for snapshot in db.session.scalars(statement)]
    assert [one["auth"]["status"] for one in shown] == ["available", "attempted", "success"]
    assert {one["card"]["last4"] for one in shown} == {CHALLENGED[-4:]}


def test_a_session_that_was_left_for_another_card_ends_without_news(shop: Shop) -> None:
    payment = created(shop, auth=AuthRequest())
    pay(shop, payment, CHALLENGED)
    left = payment.authentication_id
    pay(shop, payment)
    assert (payment.status, payment.authentication_id != left) == ("to_capture", True)
    before = told(payment)
    shop.advance(hours=7)
    assert authentication.get(left or "").status == "expired"
    assert told(payment) == before

"""Sales that are answered in turns by one thread: each as if it were alone, whatever the others are."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from typing import Any, cast

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import Client, EnvironBuilder, TestResponse, run_wsgi_app

from payments_core import body_limits, group_commit, ledger_check
from payments_core.api.sales_lane import SMALL_BYTES, SalesLane
from payments_core.db import db
from payments_core.group_commit import Statement
from payments_core.models import Card, Delivery, Event, Payment
from payments_core.simulated_cards import CARDS
from tests.payments_core.conftest import FrozenClock, connections_in_use
from tests.payments_core.lane_steps import all_at_once
from tests.payments_core.public_door import API, CARD, Caller, account

AT_ONCE = {**CARD, "number": "4000000000000077"}
DECLINED = {**CARD, "number": "4000000000009995"}
SLOW = {**CARD, "number": next(card.number for card in CARDS if card.behaviour.line.delay_ms)}


@pytest.fixture
def lane_app(public_app: Flask) -> SalesLane:
    """As if another sale were under way all the time."""
    lane_app = SalesLane(public_app)
    lane_app._inside = 1
    return lane_app


@pytest.fixture
def callers(public_app: Flask, lane_app: SalesLane, clock: FrozenClock) -> list[Caller]:
    """Three merchants whose requests go through the lane."""
    client = cast(FlaskClient, Client(lane_app, use_cookies=False))
    return [replace(account(public_app, clock, f"account-{number}"), client=client) for number in range(3)]


@pytest.fixture
def groups(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The statements that were sent together, each time. A merchant's first sale, which finds no balance yet, sets nobody apart."""
    texts: list[list[str]] = []
    exchange = group_commit._exchange

    def noting(connection: Any, info: Any, group: Sequence[Statement]) -> Any:
        texts.append([statement.text.decode() for statement in group])
        return exchange(connection, info, group)

    monkeypatch.setattr(group_commit, "_exchange", noting)
    monkeypatch.setattr(group_commit, "_APART_SECONDS", 0)
    return texts


def sold(lane_app: SalesLane, calls: list[partial[TestResponse]]) -> list[TestResponse]:
    outcomes: list[Future[TestResponse]] = all_at_once(lane_app._lane, calls)
    return [outcome.result() for outcome in outcomes]


def sale(caller: Caller, card: dict[str, Any], **more: Any) -> partial[TestResponse]:
    return partial(caller.post, "/v2/payments", {"amount": 1000, "currency": "eur", "card": card, **more})


def test_sales_of_several_merchants_are_committed_together(
    public_app: Flask, lane_app: SalesLane, callers: list[Caller], groups: list[list[str]]
) -> None:
    for caller in callers:
        assert sale(caller, AT_ONCE)().status_code == 200
    groups.clear()
    answers = sold(lane_app, [sale(callers[number % 3], AT_ONCE, order_id=str(number)) for number in range(9)])
    assert [answer.status_code for answer in answers] == [200] * 9
    assert {answer.json["status"] for answer in answers if answer.json} == {"captured"}
    assert [answer.json["order_id"] for answer in answers if answer.json] == [str(number) for number in range(9)]
    assert [len(group) for group in groups] == [9] * 5, "key, card, attempt, acquirer's record, outcome"
    with public_app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Payment)) == 12
        assert ledger_check.check().differences == []
        db.session.rollback()
        assert connections_in_use() == 0


def test_a_sale_that_comes_alone_is_answered_by_its_own_thread(
    lane_app: SalesLane, callers: list[Caller], groups: list[list[str]]
) -> None:
    lane_app._inside = 0
    assert [sale(caller, AT_ONCE)().status_code for caller in callers] == [200] * 3
    assert groups == []
    assert lane_app._inside == 0


def test_each_sale_ends_as_its_own_card_says(lane_app: SalesLane, callers: list[Caller]) -> None:
    wanted = [AT_ONCE, DECLINED, CARD, {**CARD, "number": "4242424242424241"}]
    answers = sold(lane_app, [sale(caller, card) for caller in callers for card in wanted])
    statuses = [(answer.status_code, answer.json and answer.json.get("status")) for answer in answers]
    assert statuses == [(200, "captured"), (200, "refused"), (200, "to_capture"), (422, None)] * 3


def test_of_many_sales_with_one_unique_id_one_is_made(
    public_app: Flask, lane_app: SalesLane, callers: list[Caller]
) -> None:
    others = [sale(callers[1], AT_ONCE) for _ in range(3)]
    answers = sold(lane_app, [*(sale(callers[0], CARD, unique_id="order-1") for _ in range(5)), *others])
    assert Counter(answer.status_code for answer in answers[:5]) == {200: 1, 409: 4}
    assert [answer.status_code for answer in answers[5:]] == [200] * 3
    with public_app.app_context():
        assert db.session.scalar(select(func.count()).where(Payment.unique_id == "order-1")) == 1


def test_a_new_card_that_pays_several_times_at_once_is_stored_once(
    public_app: Flask, lane_app: SalesLane, callers: list[Caller]
) -> None:
    answers = sold(lane_app, [sale(callers[0], CARD) for _ in range(4)])
    assert [answer.status_code for answer in answers] == [200] * 4
    assert len({answer.json["card"]["id"] for answer in answers if answer.json}) == 1
    with public_app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Card)) == 1
        kinds = select(Event.type, func.count()).group_by(Event.type)
        assert {str(kind): count for kind, count in db.session.execute(kinds)} == {
            "card.created": 1,
            "payment.created": 4,
            "payment.to_capture": 4,
        }


def test_a_new_card_and_its_first_sale_are_one_statement(callers: list[Caller], groups: list[list[str]]) -> None:
    sale(callers[0], AT_ONCE)()  # the tariff in force is known from then on
    groups.clear()
    assert sale(callers[0], CARD)().status_code == 200
    (first,) = [text for (text,) in groups if "INSERT INTO payments" in text]
    assert "INSERT INTO cards" in first
    assert len(groups) == 5


def test_endpoints_that_listen_are_told(public_app: Flask, lane_app: SalesLane, callers: list[Caller]) -> None:
    body = {"url": "https://shop.example/hook", "events": ["card.created", "payment.captured"]}
    assert callers[0].post("/v2/webhooks", body).status_code == 200
    answers = sold(lane_app, [sale(caller, AT_ONCE) for caller in callers])
    assert [answer.status_code for answer in answers] == [200] * 3
    with public_app.app_context():
        heard = select(Event.type).join(Delivery, Delivery.event_id == Event.id).order_by(Event.created_at)
        assert list(db.session.scalars(heard)) == ["card.created", "payment.captured"]
        snapshots = list(db.session.scalars(select(Event.snapshot).where(Event.snapshot.is_not(None))))
        shown = answers[0].get_json()
        assert {snapshot["id"] for snapshot in snapshots if snapshot} == {shown["id"], shown["card"]["id"]}


def test_an_acquirer_that_takes_long_holds_up_nobody_else(lane_app: SalesLane, callers: list[Caller]) -> None:
    ended: list[str] = []

    def asked(caller: Caller, card: dict[str, Any], name: str) -> TestResponse:
        answer = sale(caller, card)()
        ended.append(name)
        return answer

    calls = [partial(asked, callers[0], SLOW, "slow"), *(partial(asked, caller, CARD, "quick") for caller in callers)]
    answers = sold(lane_app, calls)
    assert [answer.status_code for answer in answers] == [200] * 4
    assert ended == ["quick", "quick", "quick", "slow"]


def test_other_requests_and_bodies_that_may_take_long_do_not_come_here(
    lane_app: SalesLane, callers: list[Caller], monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody(work: Any) -> Any:
        raise AssertionError("in the lane")

    monkeypatch.setattr(lane_app._lane, "run", nobody)
    assert callers[0].get("/v2/payments").status_code == 200
    assert callers[0].post("/v2/customers", {"name": "Ada Martin", "email": "ada@example.com"}).status_code == 200
    for size, status in ((SMALL_BYTES, 422), (body_limits.DEFAULT_BYTES, 413)):
        assert callers[0].post("/v2/payments", {"description": "x" * size}).status_code == status
    chunked = EnvironBuilder(
        "/v2/payments", API, method="POST", input_stream=io.BytesIO(b"{}"), content_type="application/json"
    ).get_environ()
    chunked["HTTP_TRANSFER_ENCODING"] = "chunked"
    chunked["wsgi.input_terminated"] = True
    assert callers[0].client.open(chunked).status_code == 401


def test_a_body_that_broke_off_is_refused(lane_app: SalesLane, callers: list[Caller]) -> None:
    data, auth = b'{"amount":', (callers[0].secret, "")
    environ = EnvironBuilder("/v2/payments", API, method="POST", data=data, auth=auth).get_environ()
    environ["CONTENT_LENGTH"] = "100"
    _, status, _ = run_wsgi_app(lane_app, environ)
    assert status == "400 BAD REQUEST"

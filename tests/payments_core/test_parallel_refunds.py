"""A hundred at once over real connections to several processes: refunds, captures and disputes of one payment."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import pytest
import requests
from flask import Flask
from sqlalchemy import select

from payments_core import create_app, disputes, ledger, ledger_check, merchants
from payments_core.clock import utc_now
from payments_core.db import db
from payments_core.errors import Conflict
from payments_core.models import Dispute, Payment, Refund
from payments_core.scope import scope_of
from tests.payments_core import core_server
from tests.payments_core.conftest import _empty, config_for
from tests.payments_core.core_server import CoreServer
from tests.payments_core.public_door import CARD, Caller, account

MANY = 100
CAPTURED = 10_000
AMOUNTS = (37, 90, 150, 260, 410)
DOORS = ("/v1/refunds", "/v2/refunds", "/v2/payments/{}/refund")
T = TypeVar("T")


@dataclass
class Shop:
    """A merchant of the running server, and an application that looks at the same database."""

    server: CoreServer
    app: Flask
    caller: Caller

    def post(self, path: str, body: Any, **headers: str) -> requests.Response:
        return self.server.post(self.caller.secret, path, body, **headers)

    def pays(self, amount: int, *, capture: bool = True) -> str:
        """A payment whose money moves with the authorization, or that is only authorized."""
        body = {"amount": amount, "capture": capture, "card": {**CARD, "number": "4000000000000077"}}
        made = self.post("/v2/payments", body)
        assert made.status_code == 200, made.text
        return str(made.json()["id"])


@dataclass(frozen=True)
class Attempt:
    """A refund as one of the many asks for it; those with the same key are one request sent twice."""

    door: str
    amount: int
    key: str | None

    def on(self, shop: Shop, payment_id: str) -> requests.Response:
        body: dict[str, Any] = {"amount": self.amount}
        if not self.door.startswith("/v2/payments/"):
            body["payment"] = payment_id
        headers = {"Idempotency_Key": self.key} if self.key else {}
        return shop.post(self.door.format(payment_id), body, **headers)


@pytest.fixture(scope="module")
def server(core_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CoreServer]:
    with core_server.running(core_database, tmp_path_factory.mktemp("core") / "log") as started:
        yield started


@pytest.fixture
def shop(server: CoreServer, core_database: str) -> Iterator[Shop]:
    """With enough of other payments to cover whatever is refunded."""
    app = create_app(config_for(core_database), utc_now, doors=("public",))
    with app.app_context():
        _empty()
    shop = Shop(server, app, account(app, utc_now, "account-1"))
    shop.pays(10 * CAPTURED)
    with app.app_context():
        yield shop
        db.session.remove()
        db.engine.dispose()


def at_once(shop: Shop, work: Sequence[Callable[[], Any]]) -> list[Any]:
    """Each in a thread of its own, which waits for all the others before it begins; a Conflict counts as an answer."""
    barrier = threading.Barrier(len(work))

    def one(do: Callable[[], Any]) -> Any:
        barrier.wait(60)
        with shop.app.app_context():
            try:
                return do()
            except Conflict as error:
                db.session.rollback()
                return error

    with ThreadPoolExecutor(len(work)) as pool:
        return list(pool.map(one, work))


def attempts(number: int) -> list[Attempt]:
    """Half of them under a key, and of these each request twice."""
    single = [Attempt(DOORS[n % 3], AMOUNTS[n % 5], None) for n in range(number // 2)]
    keyed = [Attempt(DOORS[n % 3], AMOUNTS[n % 5], f"refund-{n}") for n in range(number // 4)]
    return [one for group in zip(single[::2], single[1::2], keyed, keyed, strict=True) for one in group]


def refused_properly(answer: requests.Response, codes: set[str]) -> bool:
    """A 409 in its version's envelope with one of these codes (wire contract 1.6)."""
    error = answer.json()["error"]
    text = error["message"] if answer.url.split("/")[3] == "v1" else error
    return answer.status_code == 409 and answer.headers["Error-Code"] in codes and isinstance(text, str)


def of_payment(model: type[T], payment_id: str) -> list[T]:
    return list(db.session.scalars(select(model).where(model.payment_id == payment_id)))  # type: ignore[attr-defined]


def test_a_hundred_parallel_refunds_never_exceed_the_captured_amount(shop: Shop) -> None:
    payment_id, asked = shop.pays(CAPTURED), attempts(MANY)
    answers = at_once(shop, [partial(one.on, shop, payment_id) for one in asked])
    given = {answer.json()["id"]: answer.json() for answer in answers if answer.status_code == 200}
    refused: list[tuple[Attempt, Any]] = [
        (one, answer) for one, answer in zip(asked, answers, strict=True) if answer.status_code != 200
    ]
    assert all(
        refused_properly(
            answer, {"refund_too_high", "nothing_left"} | ({"idempotency_in_progress"} if one.key else set())
        )
        for one, answer in refused
    ), [answer.text for _, answer in refused]
    payment = db.session.get_one(Payment, payment_id)
    rows = {refund.id: refund.amount for refund in of_payment(Refund, payment_id)}
    assert rows == {key: one["amount"] for key, one in given.items()}
    assert payment.refunded_amount == sum(rows.values()) <= CAPTURED
    # All together asked for more than there was, and nobody was refused what was left.
    too_much = [one.amount for one, answer in refused if answer.headers["Error-Code"] == "refund_too_high"]
    assert CAPTURED - payment.refunded_amount < max(too_much, default=1)
    assert ledger_check.check().differences == []


def test_a_request_sent_twice_at_the_same_time_refunds_once(shop: Shop) -> None:
    payment_id = shop.pays(CAPTURED)
    asked = [Attempt(DOORS[n % 3], AMOUNTS[n % 5], f"key-{n}") for n in range(10)]
    at_once(shop, [partial(one.on, shop, payment_id) for one in asked for _ in range(MANY // 10)])
    answers = [one.on(shop, payment_id) for one in asked]
    assert all(answer.headers["Idempotent-Replayed"] == "true" for answer in answers)
    rows = {refund.id: refund.amount for refund in of_payment(Refund, payment_id)}
    assert rows == {answer.json()["id"]: one.amount for one, answer in zip(asked, answers, strict=True)}
    assert ledger_check.check().differences == []


def test_captures_race_with_refunds_and_one_of_them_has_it(shop: Shop) -> None:
    payment_id = shop.pays(CAPTURED, capture=False)

    def capture(amount: int) -> requests.Response:
        return shop.post(f"/v2/payments/{payment_id}/capture", {"amount": amount})

    def refund(number: int) -> requests.Response:
        amount = (None, 60, CAPTURED)[number % 3]
        return shop.post(f"/v2/payments/{payment_id}/refund", {} if amount is None else {"amount": amount})

    work = [partial(refund, n) if n % 4 else partial(capture, 5000 + n) for n in range(MANY)]
    answers = at_once(shop, work)
    captured = [answer.json() for n, answer in enumerate(answers) if n % 4 == 0 and answer.status_code == 200]
    refunds = [answer.json() for n, answer in enumerate(answers) if n % 4 and answer.status_code == 200]
    codes = {"illegal_transition", "partial_before_capture", "refund_too_high", "not_refundable"}
    assert all(answer.status_code == 200 or refused_properly(answer, codes) for answer in answers)
    payment = db.session.get_one(Payment, payment_id)
    assert (len(captured) <= 1, payment.authorized_amount) == (True, CAPTURED)
    assert payment.amount == (captured[0]["amount"] if captured else CAPTURED)
    # Some refund asked for all there is, so the payment is cancelled, by exactly one of them and with its commission.
    assert (payment.status, payment.fee, payment.refunded_amount) == ("canceled", 0, 0)
    assert [(one["amount"], one["status"]) for one in refunds] == [(payment.amount, "payment_canceled")]
    assert ledger.entries_of([payment_id, refunds[0]["id"]]) == []
    assert ledger_check.check().differences == []


def test_disputes_race_with_refunds_and_nothing_is_given_back_twice(shop: Shop) -> None:
    payment_id, asked = shop.pays(CAPTURED), attempts(60)
    scope = scope_of(merchants.get(shop.caller.merchant_id), False, utc_now(), "issuer")
    db.session.commit()

    def contest(number: int) -> Dispute:
        return disputes.open_dispute(scope, payment_id, f"case-{number}", "4853", amount=500)

    work: list[Callable[[], Any]] = [partial(one.on, shop, payment_id) for one in asked]
    work += [partial(contest, n) for n in range(MANY - len(work))]
    answers = at_once(shop, work)
    codes = {"refund_too_high", "nothing_left", "idempotency_in_progress"}
    for answer in answers[: len(asked)]:
        assert answer.status_code == 200 or refused_properly(answer, codes), answer.text
    opened = [one for one in answers[len(asked) :] if isinstance(one, Dispute)]
    assert {one.code for one in answers[len(asked) :] if isinstance(one, Conflict)} <= {"dispute_too_high"}
    payment = db.session.get_one(Payment, payment_id)
    assert payment.disputed_amount == sum(one.amount for one in opened) == CAPTURED
    given = {answer.json()["id"] for answer in answers[: len(asked)] if answer.status_code == 200}
    refunds = of_payment(Refund, payment_id)
    assert {one.id for one in refunds} == given
    assert {(one.status, one.reason) for one in refunds} <= {("not_honored", "payment_disputed")}
    _replay([payment_id, *(one.id for one in refunds), *(one.id for one in opened)])
    assert ledger_check.check().differences == []


def _replay(references: list[str]) -> None:
    """In the order of the ledger no refund ever began beyond what was neither refunded nor disputed then."""
    refunded = disputed = 0
    for entry in ledger.entries_of(references):
        if entry.code == "refund":
            refunded += entry.amount
            assert refunded + disputed <= CAPTURED
        elif entry.code == "refund_back":
            refunded -= entry.amount
        elif entry.code == "dispute":
            disputed += entry.amount

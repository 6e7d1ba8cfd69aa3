"""Card numbers and security codes go in and never come out: not in answers, logs, hints or any table."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text
from werkzeug.test import TestResponse

from payments_core import sweep
from payments_core.db import db
from payments_core.hints import Hints
from payments_core.payment_page.test_cards import TEST_CARDS
from payments_core.runtime import EXTENSION
from tests.payments_core.conftest import FrozenClock
from tests.payments_core.payment_page.steps import Payer, payer_of
from tests.payments_core.public_door import CUSTOMER, DEVICE, Caller

VISA, MASTERCARD, AMEX = "4000002760000016", "5200828282828210", "378282246310005"
CHALLENGED, DECLINED, LOST = "4000000000003220", "4000000000000002", "4000009020000306"
MISTYPED = "4000002760000017"  # one digit off: still as good as the number
NUMBERS = (VISA, MASTERCARD, AMEX, CHALLENGED, DECLINED, LOST, MISTYPED)
# No part of a longer word or number, such as a random id or the fraction of a second.
CODE = re.compile(r"(?<![0-9A-Za-z.-])(?:739|7391)(?![0-9A-Za-z])")
TYPED_NUMBER = re.compile(r'<input id="number".*?>', re.DOTALL)


class NotedHints(Hints):
    """The hints, with a note of each."""

    def __init__(self) -> None:
        super().__init__("")
        self.sent: list[str] = []

    def send(self, task: str, argument: str) -> None:
        self.sent.append(f"{task} {argument}")
        super().send(task, argument)


@pytest.fixture
def everything_logged(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """Every logger of the process at its most talkative."""
    names = [name for name, known in logging.root.manager.loggerDict.items() if isinstance(known, logging.Logger)]
    before = {name: logging.getLogger(name).level for name in names}
    for name in names:
        logging.getLogger(name).setLevel(logging.DEBUG)
    with caplog.at_level(logging.DEBUG):
        yield caplog
    for name, level in before.items():
        logging.getLogger(name).setLevel(level)


@pytest.fixture
def hints(public_app: Flask) -> NotedHints:
    noted = NotedHints()
    public_app.extensions[EXTENSION] = replace(public_app.extensions[EXTENSION], hints=noted)
    return noted


def card(number: Any = VISA, **more: Any) -> dict[str, Any]:
    return {"number": number, "exp_month": 11, "exp_year": 2031, "cvc": "739", "name": "Ada Martin", **more}


def leaks(words: str) -> list[str]:
    """The numbers found in a text, however they are written, and codes that stand alone."""
    found = []
    for number in NUMBERS:
        spaced = "[ -]?".join(number)
        if re.search(rf"(?<!\d){spaced}(?!\d)", words) or number.encode().hex() in words.lower():
            found.append(number)
    return found + CODE.findall(words)


def seen(answer: TestResponse) -> str:
    headers = [f"{name}: {value}" for name, value in answer.headers if name != "Content-Length"]
    return "\n".join([answer.status, *headers, answer.get_data(as_text=True)])


def through_the_api(api: Caller) -> list[TestResponse]:
    """Every way a card can be given to the API."""
    answers = [
        api.post("/v1/cards", card()),
        api.post("/v1/cards", card()),  # 409
        api.post("/v1/cards", card(int(MASTERCARD))),
        api.post("/v2/cards", card(AMEX, cvc="7391"), headers={"Idempotency-Key": "card-1"}),
        api.post("/v2/cards", card(AMEX, cvc="7391"), headers={"Idempotency-Key": "card-1"}),
        api.post("/v2/cards", card(AMEX, cvc="739"), headers={"Idempotency-Key": "card-1"}),  # another body: 409
        api.post("/v2/cards", card(f"{VISA[:4]} {VISA[4:8]}-{VISA[8:12]} {VISA[12:]}", tokenize=False)),
        api.post("/v1/checkout", {"amount": 2590, "currency": "eur", "card": card(), "customer": CUSTOMER}),
        api.post("/v2/payments", {"amount": 2590, "card": card(MASTERCARD)}, headers={"Idempotency-Key": "pay-1"}),
        api.post("/v2/payments", {"amount": 2590, "card": card(DECLINED)}),
        api.post("/v2/payments", {"amount": 2590, "card": card(LOST)}),
        api.post("/v2/payments", {"amount": 0, "capture": False, "card": card()}),
        api.post(
            "/v2/payments",
            {
                "amount": 2590,
                "auth": {"return_url": "https://shop.example/"},
                "device": DEVICE,
                "card": card(CHALLENGED),
            },
        ),
    ]
    for version, path in (("v1", "/v1/checkout"), ("v2", "/v2/payments")):
        payment = api.made(path, {"amount": 2590, "currency": "eur"})
        answers.append(api.patch(f"{path}/{payment['id']}", {"card": card(AMEX, cvc="7391")}))
        if version == "v1":
            answers.append(api.patch(f"{path}/{payment['id']}", {"status": "capture"}))
        answers.append(api.get(f"{path}/{payment['id']}", json=card()))  # a client's stale body
    kept = answers[0].get_json()["id"]
    answers += [
        api.patch(f"/v1/cards/{kept}", {"exp_year": 2032, "number": VISA, "cvc": "739"}),
        api.patch(f"/v2/cards/{kept}", {"exp_year": 2032, "number": VISA}),
        api.get(f"/v2/cards/{kept}"),
        api.call("DELETE", f"/v2/cards/{kept}", card()),
        api.get("/v1/checkout"),
        api.get("/v2/payments"),
        api.get("/v2/cards"),
    ]
    return answers


def in_the_wrong_place(api: Caller) -> list[TestResponse]:
    """Wrong types, wrong fields, wrong addresses. Each is refused, or ignored by v1."""
    wrong_numbers: tuple[Any, ...] = (
        MISTYPED,
        [VISA],
        {"number": VISA},
        True,
        float(VISA),
        VISA + VISA,
        f"x{VISA}",
        f"{VISA}\x00",
    )
    answers = []
    for path in ("/v1/cards", "/v2/cards"):
        answers += [api.post(path, card(number)) for number in wrong_numbers]
        for name in (
            "exp_month",
            "exp_year",
            "cvc",
            "name",
            "zip_code",
            "tokenize",
            "preferred_network",
            "external_id",
        ):
            answers.append(api.post(path, card(**{name: VISA})))
        answers.append(api.post(path, card(name=f"Ada {VISA[:8]} {VISA[8:]}")))
        answers.append(api.post(path, VISA))
        answers.append(api.post(path, [card()]))
        answers.append(
            api.call("POST", path, data=f'{{"number": "{VISA}", "cvc": "739"', content_type="application/json")
        )
        answers.append(api.get(f"{path}/{VISA}"))
        answers.append(api.patch(f"{path}/{VISA}", {"exp_month": 1}))
        answers.append(api.delete(f"{path}/card_{VISA}"))
    answers.append(api.post("/v2/cards", {**card(), VISA: "739"}))
    for path in ("/v1/checkout", "/v2/payments"):
        for name in (
            "currency",
            "capture",
            "auth",
            "device",
            "return_url",
            "card",
            "customer",
            "sepa",
            "methods_allowed",
        ):
            answers.append(api.post(path, {"amount": 2590, "currency": "eur", name: VISA}))
        answers.append(api.post(path, {"amount": int(VISA), "currency": "eur", "card": card()}))
        answers.append(api.post(path, {"amount": 2590, "currency": "eur", "card": {"id": VISA}}))
        answers.append(api.post(path, {"amount": 2590, "currency": "eur", "methods_allowed": [VISA]}))
        answers.append(api.post(path, {"amount": 2590, "currency": "eur", "card": card(MISTYPED)}))
        answers.append(api.get(f"{path}/{VISA}"))
        answers.append(api.post(f"{path}/{VISA}/capture", VISA))
    answers.append(api.get(f"/v2/payments?card={VISA}"))
    answers.append(api.get(f"/v2/cards?customer={VISA}"))
    answers.append(api.post("/v1/refunds", {"payment": VISA}))
    return answers


def on_the_page(api: Caller) -> list[str]:
    """What the page answers; the payer finds a mistyped number again in the one field it was typed into."""
    payer, _ = payer_of(api)
    shown = [
        payer.send(payer.go(), number=number, expiry=expiry, cvc=cvc)
        for number, expiry, cvc in (
            (MISTYPED, "12 / 30", "739"),
            (VISA, "12 / 30", "73"),
            (VISA, "12 / 30", VISA),
            (VISA, "12 / 20", "739"),
            (AMEX, "12 / 30", "73a1"),
            (DECLINED, "12 / 30", "739"),
            (VISA, "12 / 30", "739"),
        )
    ]
    challenged, _ = payer_of(api, auth=True)
    to_bank = challenged.pay(CHALLENGED, cvc="739")
    shown += [to_bank, Payer(api.client, challenged.url).go(to_bank.headers["Location"]), payer.go()]
    return [TYPED_NUMBER.sub("", seen(answer)) for answer in shown]


def test_neither_number_nor_code_leaves_by_any_way(
    public_app: Flask,
    api: Caller,
    clock: FrozenClock,
    hints: NotedHints,
    everything_logged: pytest.LogCaptureFixture,
) -> None:
    api.made("/v2/webhooks", {"url": "https://shop.example/hook"})
    good, wrong = through_the_api(api), in_the_wrong_place(api)
    pages = on_the_page(api)
    assert {answer.status_code for answer in good} <= {200, 409, 422}
    assert all(answer.status_code < 500 for answer in wrong)
    for answer in (*good, *wrong):
        assert leaks(seen(answer)) == [], f"{answer.request.method} {answer.request.path}"
    offered = dict(TEST_CARDS)  # a test-mode page lists these for everybody
    for page in pages:
        assert [found for found in leaks(page) if found not in offered] == []
    with public_app.app_context():
        clock.tick(minutes=10)
        sweep.sweep()
        assert leaks(_every_row()) == []
        assert "400000" in _every_row()  # the first six digits: the search reads what is there
    assert hints.sent
    assert leaks("\n".join(hints.sent)) == []
    assert len(everything_logged.records) > 100
    formatter = logging.Formatter()
    for record in everything_logged.records:
        assert leaks(f"{formatter.format(record)} {record.args!r}") == [], record.name


def test_what_was_refused_has_left_nothing_behind(public_app: Flask, api: Caller) -> None:
    refused = [answer for answer in in_the_wrong_place(api) if answer.status_code >= 400]
    assert len(refused) > 40
    with public_app.app_context():
        assert leaks(_every_row()) == []


def _every_row() -> str:
    """Every table of the database as text."""
    names = db.session.scalars(
        text("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
    ).all()
    return "\n".join(str(row) for name in names for row in db.session.scalars(text(f'SELECT t::text FROM "{name}" t')))

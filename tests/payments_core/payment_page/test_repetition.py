"""Forms sent twice, altered, too old; clicks at the same moment; a process that dies half-way: never a second effect."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask

from payments_core import page_payments
from payments_core.db import db
from payments_core.errors import AttemptInProgress
from payments_core.models import Attempt, SimulatorRecord
from tests.payments_core.conftest import FrozenClock
from tests.payments_core.payment_page.steps import (
    DECLINED,
    GOOD,
    RETURN_URL,
    payer_of,
    status_of,
    token_of,
    tries,
)
from tests.payments_core.public_door import Caller


def test_a_form_sent_twice_has_one_effect(public_app: Flask, api: Caller) -> None:
    payer, payment = payer_of(api)
    page = payer.go()
    for _ in range(3):
        answer = payer.pay(DECLINED, page)
        assert answer.status_code == 303
    assert tries(public_app, payment) == 1
    assert "4 essais" in payer.go().get_data(as_text=True)


def test_an_accepted_form_sent_again_leads_back_to_the_shop(public_app: Flask, api: Caller) -> None:
    payer, payment = payer_of(api)
    page = payer.go()
    payer.pay(GOOD, page)
    again = payer.pay(GOOD, page)
    assert payer.go(again.headers["Location"]).headers["Location"] == RETURN_URL
    assert tries(public_app, payment) == 1


def test_two_clicks_at_the_same_moment_have_one_effect(public_app: Flask, api: Caller) -> None:
    payer, payment = payer_of(api)
    page = payer.go()

    def click(_: int) -> int:
        return payer.pay(DECLINED, page).status_code

    with ThreadPoolExecutor(4) as threads:
        assert set(threads.map(click, range(4))) == {303}
    assert tries(public_app, payment) == 1
    with public_app.app_context():
        assert db.session.query(SimulatorRecord).count() == 1


def test_while_a_try_is_unanswered_the_page_says_to_wait(api: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    payer, _ = payer_of(api)

    def busy(*_: Any, **__: Any) -> None:
        raise AttemptInProgress()

    monkeypatch.setattr(page_payments, "resume", busy)
    text = payer.go().get_data(as_text=True)
    assert "Ne payez pas une seconde fois" in text
    assert "from=wait" in text


def test_a_process_that_dies_after_the_acquirer_answered_charges_once(
    public_app: Flask, api: Caller, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer is lost with the process; whoever looks at the page afterwards finishes the same attempt."""
    payer, payment = payer_of(api)
    with monkeypatch.context() as dying:
        dying.setattr("payments_core.authorizations.record", lambda *_: 1 / 0)
        assert payer.pay().status_code == 500
    assert "Ne payez pas une seconde fois" in payer.go().get_data(as_text=True)
    clock.tick(minutes=1)
    assert payer.go(payer.url + "&from=wait").headers["Location"] == RETURN_URL
    assert status_of(api, payment) == "to_capture"
    with public_app.app_context():
        assert db.session.query(Attempt).count() == db.session.query(SimulatorRecord).count() == 1


@pytest.mark.parametrize("change", [lambda token: token[:-1] + "0", lambda token: "9" + token, lambda _: ""])
def test_an_altered_token_is_refused_and_nothing_is_tried(public_app: Flask, api: Caller, change: Any) -> None:
    payer, payment = payer_of(api)
    page = payer.go()
    altered = change(token_of(page))
    answer = payer.pay(GOOD, page, token=altered if altered != token_of(page) else altered[:-1] + "1")
    assert (answer.status_code, "n’a pas pu être vérifié" in answer.get_data(as_text=True)) == (400, True)
    assert tries(public_app, payment) == 0


def test_a_token_of_another_payment_is_refused(public_app: Flask, api: Caller) -> None:
    first, _ = payer_of(api)
    second, payment = payer_of(api)
    assert second.pay(GOOD, first.go()).status_code == 400
    assert tries(public_app, payment) == 0


def test_a_page_older_than_a_day_is_closed(api: Caller, clock: FrozenClock) -> None:
    payer, payment = payer_of(api)
    page = payer.go()
    clock.tick(hours=25)
    answer = payer.pay(GOOD, page)
    assert (answer.status_code, "trop longtemps" in answer.get_data(as_text=True)) == (400, True)
    text = payer.go().get_data(as_text=True)
    assert "a expiré" in text
    assert "https://shop.example/retour" in text
    assert status_of(api, payment) is None

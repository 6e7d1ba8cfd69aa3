"""Paying from a bank account on the page: the mandate in words, consent by the button, the day of the debit."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask

from payments_core.db import db
from payments_core.models import Mandate, Payment, SepaAccount
from tests.payments_core.payment_page.steps import DECLINED, RETURN_URL, payer_of, sign, status_of
from tests.payments_core.public_door import Caller

IBAN = "FR1420041010050500013M02606"


def fields(page: Any) -> set[str]:
    return set(re.findall(r'name="(\w+)"', page.get_data(as_text=True)))


def test_card_and_bank_account_are_offered_in_euros(api: Caller) -> None:
    page = payer_of(api)[0].go()
    text = page.get_data(as_text=True)
    assert {"method", "number", "iban", "holder"} <= fields(page)
    assert re.search(r'value="card" id="way-card" checked', text)
    for words in ("Mandat de prélèvement SEPA", "FR72ZZZ123456", "pour le compte de Librairie Martin", "8 semaines"):
        assert words in text
    # 14 days' notice from Tuesday 15 September
    assert "sera débité de 25,90\u00a0€ le mardi 29 septembre 2026" in text


def test_other_currencies_are_paid_by_card(api: Caller) -> None:
    assert "iban" not in fields(payer_of(api, currency="usd")[0].go())


def test_a_payment_by_debit_only_asks_for_no_card(api: Caller) -> None:
    page = payer_of(api, methods_allowed=["sepa"])[0].go()
    assert {"iban", "holder", "method"} <= fields(page)
    assert "number" not in fields(page)


def test_signing_pays_and_keeps_the_proof(public_app: Flask, api: Caller) -> None:
    payer, payment = payer_of(api, methods_allowed=["sepa"])
    answer = sign(payer, iban="fr14 2004 1010 0505 0001 3m02 606", headers={"User-Agent": "Mozilla/5.0 test"})
    assert (answer.status_code, answer.headers["Location"]) == (303, RETURN_URL)
    body = api.get(f"/v2/payments/{payment['id']}").get_json()
    assert (body["status"], body["method"], body["date_settlement"]) == ("to_capture", "sepa", "2026-09-29")
    assert (body["sepa"]["last4"], body["sepa"]["name"], body["card"]) == ("2606", "Ada Martin", None)
    with public_app.app_context():
        mandate = db.session.query(Mandate).one()
        assert not mandate.recurrent
        assert mandate.signed_at is not None
        assert mandate.proof == {
            "kind": "page",
            "ip": "127.0.0.1",
            "user_agent": "Mozilla/5.0 test",
            "language": "fr",
            "creditor_id": "FR72ZZZ123456",
        }


def test_without_a_return_address_the_end_says_when_and_by_which_mandate(public_app: Flask, api: Caller) -> None:
    payer, _ = payer_of(api, return_url=None)
    text = sign(payer).get_data(as_text=True)
    with public_app.app_context():
        rum = db.session.query(Mandate).one().rum
    for words in ("Mandat signé", "se terminant par 2606", "le mardi 29 septembre 2026", rum, "FR72ZZZ123456"):
        assert words in text
    assert payer.go().get_data(as_text=True).count(rum) == 1


def test_what_is_captured_later_has_no_day_yet(api: Caller) -> None:
    payer, payment = payer_of(api, capture=False, return_url=None)
    assert "vous annoncera la date du débit" in payer.go().get_data(as_text=True)
    assert "vous annoncera la date du débit" in sign(payer).get_data(as_text=True)
    assert status_of(api, payment) == "authorized"


@pytest.mark.parametrize(
    ("typed", "name", "words"),
    [
        ({"iban": ""}, "iban", "Saisissez votre IBAN"),
        ({"iban": "FR1420041010050500013M02607"}, "iban", "groupe par groupe"),
        ({"iban": "BR1800360305000010009795493C1"}, "iban", "zone SEPA"),
        ({"holder": " "}, "holder", "Saisissez le nom du titulaire"),
        ({"holder": "Al"}, "holder", "3 à 64"),
        ({"holder": "Ada\u0000Martin"}, "holder", "3 à 64"),
    ],
)
def test_wrong_fields_are_told_beside_them_and_what_was_typed_stays(
    public_app: Flask, api: Caller, typed: dict[str, str], name: str, words: str
) -> None:
    payer, payment = payer_of(api)
    answer = sign(payer, **typed)
    text = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert words in text.split(f'id="{name}-error"')[1].split("</p>")[0]
    assert re.search(r'value="sepa" id="way-sepa" checked', text)
    assert ('value="Ada Martin"' in text) == (name == "iban")
    assert status_of(api, payment) is None
    with public_app.app_context():
        assert db.session.query(SepaAccount).count() == 0


def test_a_form_sent_twice_signs_once(public_app: Flask, api: Caller) -> None:
    payer, _ = payer_of(api)
    page = payer.go()
    sign(payer, page)
    again = sign(payer, page)
    assert payer.go(again.headers["Location"]).headers["Location"] == RETURN_URL
    with public_app.app_context():
        assert db.session.query(Mandate).count() == 1


def test_after_a_declined_card_the_bank_account_pays(public_app: Flask, api: Caller) -> None:
    payer, payment = payer_of(api)
    payer.pay(DECLINED)
    assert sign(payer).headers["Location"] == RETURN_URL
    assert status_of(api, payment) == "to_capture"
    with public_app.app_context():
        paid = db.session.get(Payment, payment["id"])
        assert paid is not None
        assert (paid.card_id, paid.method) == (None, "sepa")


def test_the_holder_is_filled_in_when_the_customer_is_known(api: Caller) -> None:
    payer, _ = payer_of(api, customer={"name": "Ada Martin", "email": "ada.martin@example.com"})
    assert 'value="Ada Martin"' in payer.go().get_data(as_text=True)


def test_a_way_that_is_not_offered_is_refused(api: Caller) -> None:
    payer, payment = payer_of(api, methods_allowed=["card"])
    answer = sign(payer)
    assert (answer.status_code, "une autre façon de payer" in answer.get_data(as_text=True)) == (422, True)
    assert status_of(api, payment) is None

"""Payments in other currencies: what they are in euros, at which rate, and what the rate of another day made of their returns."""

from __future__ import annotations

import pytest

from . import fake_core
from .conftest import Browser
from .fake_core import FakeCore
from .fake_rows import NOW, dispute, payment, payout

SETTLED = {"amount": 3890, "fee": 41, "rate": "0.86450000"}
RETURNED = {"amount": 3930, "difference": 40, "rate": "0.87340000"}
LINE = {"at": NOW, "payment": payment()["id"], "order_id": "CMD-1", "fee": 0}
LINES = [
    {**LINE, "kind": "payment", "reference": payment()["id"], "gross": 3890, "fee": 41, "net": 3849,
     "original": {"amount": 4500, "currency": "usd"}, "rate": "0.86450000"},
    {**LINE, "kind": "refund_exchange", "reference": "refd_1", "gross": -40, "net": -40,
     "original": {"amount": 4500, "currency": "usd"}, "rate": "0.87340000"},
]  # fmt: skip


def plain(text: str) -> str:
    return text.replace("\xa0", " ").replace("\u202f", " ")


def test_a_payment_says_what_it_was_received_as(merchant: Browser, core: FakeCore) -> None:
    refund = {"id": "refd_1", "amount": 4500, "currency": "usd", "status": "refunded", "created_at": NOW}
    core.payments = [
        payment(1, currency="usd", settled=SETTLED, refunds=[{**refund, "settled": RETURNED}], refunded=4500)
    ]
    page = plain(merchant.get(f"/paiements/{payment()['id']}").text)
    assert "Reçu en euros : 38,90 €, moins 0,41 € de commission (1 USD = 0,8645 €)." in page
    assert "−39,30 € · 1 USD = 0,8734 €" in page


def test_before_that_it_says_what_will_come(merchant: Browser, core: FakeCore) -> None:
    core.payments = [payment(1, currency="usd")]
    assert "Vous serez payé en euros" in merchant.get(f"/paiements/{payment()['id']}").text
    core.payments = [payment(1)]
    assert "Vous serez payé en euros" not in merchant.get(f"/paiements/{payment()['id']}").text


def test_a_refund_is_offered_in_its_currency_and_counted_in_euros(merchant: Browser, core: FakeCore) -> None:
    core.payments = [payment(1, currency="usd")]
    page = plain(merchant.get(f"/paiements/{payment()['id']}/rembourser").text)
    assert "Le remboursement est compté en euros" in page
    assert "Votre solde" not in page  # its effect is known with the day's rate
    core.payments = [payment(1)]
    page = merchant.get(f"/paiements/{payment()['id']}/rembourser").text
    assert "compté en euros" not in page
    assert "Votre solde ensuite" in page


def test_a_dispute_shows_its_effect_in_euros(merchant: Browser, core: FakeCore) -> None:
    core.disputes = [dispute(currency="usd", settled=RETURNED)]
    page = plain(merchant.get(f"/contestations/{dispute()['id']}").text)
    for words in (
        "−45,00 $US",
        "−39,30 €",
        "1 USD = 0,8734 €",
        "dont écart de change",
        "−0,40 €",
        "−15,00 €",
        "−54,30 €",
    ):
        assert words in page, words
    core.disputes = [dispute("won", currency="usd", settled={**RETURNED, "difference": 0})]
    page = plain(merchant.get(f"/contestations/{dispute()['id']}").text)
    assert "54,30 €" in page
    assert "dont écart de change" not in page


def test_a_payout_shows_amount_and_rate_of_each_line(
    merchant: Browser, core: FakeCore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fake_core, "LINES", LINES)
    core.payouts = [payout()]
    page = plain(merchant.get(f"/reversements/{payout()['id']}").text)
    for words in ("45,00 $US ×&nbsp;0,8645", "Écart de change, remboursement", "45,00 $US ×&nbsp;0,8734", "−0,40 €"):
        assert words in page, words
    export = merchant.get(f"/reversements/{payout()['id']}/export.csv").text
    rows = [line.split(";") for line in export.lstrip("\ufeff").splitlines()]
    assert [row[6:] for row in rows[1:]] == [["38,49", "45,00", "USD", "0,8645"], ["-0,40", "45,00", "USD", "0,8734"]]


def test_what_is_still_to_come_in_another_currency_has_one_line(merchant: Browser, core: FakeCore) -> None:
    dollars = {"currency": "usd", "pending": 4950, "held": 0, "available": 0, "in_transit": 0}
    pounds = {"currency": "gbp", "pending": 0, "held": 100, "available": 0, "in_transit": 0}
    core.balances = [fake_core._BALANCE, pounds, dollars]
    for path in ("/reversements", "/"):
        page = plain(merchant.get(path).text)
        assert "À recevoir aussi : 49,50 $US" in page
        assert ("Solde en GBP" in page, "Solde en USD" in page) == (True, False)

"""Saved cards and networks: kept by an unticked consent only, offered to their customer only, chosen without typing."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask

from payments_core import merchants
from payments_core.db import db
from payments_core.models import Card, Payment
from tests.payments_core.payment_page.steps import (
    CHALLENGED,
    DECLINED,
    FRENCH,
    GOOD,
    RETURN_URL,
    Payer,
    payer_of,
    status_of,
)
from tests.payments_core.public_door import CARD, CUSTOMER, Caller


@pytest.fixture
def customer(api: Caller) -> str:
    return str(api.made("/v2/customers", CUSTOMER)["id"])


def offered(payer: Payer) -> list[str]:
    """The saved cards a page offers, by id."""
    return re.findall(r'value="(card_\w+)"', payer.go().get_data(as_text=True))


def cards_of(api: Caller, customer: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.get(f"/v2/cards?customer={customer}").get_json()["cards"]
    return found


def card_paid_with(app: Flask, payment: dict[str, Any]) -> Card:
    with app.app_context():
        paid = db.session.get(Payment, payment["id"])
        assert paid is not None
        assert paid.card is not None
        return paid.card


def test_consent_is_asked_unticked_and_only_of_a_customer(api: Caller, customer: str) -> None:
    text = payer_of(api, customer=customer)[0].go().get_data(as_text=True)
    box = re.search(r'<input type="checkbox" name="save"[^>]*>', text)
    assert box
    assert "checked" not in box[0]
    assert 'name="save"' not in payer_of(api)[0].go().get_data(as_text=True)


def test_without_consent_a_card_serves_once(public_app: Flask, api: Caller, customer: str) -> None:
    payer, payment = payer_of(api, customer=customer)
    payer.pay()
    card = card_paid_with(public_app, payment)
    assert (card.tokenize, card.used_at is not None, cards_of(api, customer)) == (False, True, [])
    assert offered(payer_of(api, customer=customer)[0]) == []
    again = api.post("/v2/payments", {"amount": 500, "card": card.id})
    assert again.status_code == 409


def test_with_consent_a_card_is_kept_and_pays_next_time_without_typing(
    public_app: Flask, api: Caller, customer: str
) -> None:
    payer, payment = payer_of(api, customer=customer)
    payer.pay(save="1")
    kept = cards_of(api, customer)
    assert [card["last4"] for card in kept] == ["4242"]
    assert card_paid_with(public_app, payment).id == kept[0]["id"]
    payer, payment = payer_of(api, customer=customer)
    assert offered(payer) == [kept[0]["id"]]
    answer = payer.send(payer.go(), method=kept[0]["id"])
    assert answer.headers["Location"] == RETURN_URL
    assert status_of(api, payment) == "to_capture"


def test_consent_on_a_card_known_already_keeps_one_card(api: Caller, customer: str) -> None:
    known = api.made("/v2/cards", {**CARD, "number": GOOD, "exp_month": 12, "exp_year": 2030, "cvc": "123"})
    payer_of(api, customer=customer)[0].pay(save="1")
    payer_of(api, customer=customer)[0].pay(save="1", method="card")
    assert [card["id"] for card in cards_of(api, customer)] == [known["id"]]


def test_a_declined_card_is_not_kept_and_the_next_one_is_by_its_own_consent(api: Caller, customer: str) -> None:
    payer, _ = payer_of(api, customer=customer)
    payer.pay(DECLINED, save="1")
    assert cards_of(api, customer) == []
    payer.pay(GOOD)
    assert cards_of(api, customer) == []


def test_consent_outlives_the_way_through_the_bank(api: Caller, customer: str) -> None:
    payer, payment = payer_of(api, customer=customer, auth=True)
    bank = payer.pay(CHALLENGED, save="1").headers["Location"]
    back = payer.send(payer.go(bank), bank, outcome="succeed").headers["Location"]
    assert payer.go(back).headers["Location"] == RETURN_URL
    assert status_of(api, payment) == "to_capture"
    assert [card["last4"] for card in cards_of(api, customer)] == ["3220"]


def test_a_saved_card_may_be_challenged_too(api: Caller, customer: str) -> None:
    card = api.made("/v2/cards", {**CARD, "number": CHALLENGED, "customer": customer})
    payer, payment = payer_of(api, customer=customer)
    bank = payer.send(payer.go(), method=card["id"]).headers["Location"]
    back = payer.send(payer.go(bank), bank, outcome="succeed").headers["Location"]
    assert payer.go(back).headers["Location"] == RETURN_URL
    assert status_of(api, payment) == "to_capture"


def test_after_a_declined_saved_card_another_card_is_preselected(api: Caller, customer: str) -> None:
    card = api.made("/v2/cards", {**CARD, "number": DECLINED, "customer": customer})
    payer, payment = payer_of(api, customer=customer)
    payer.send(payer.go(), method=card["id"])
    page = payer.go()
    assert re.search(r'id="way-card" checked', page.get_data(as_text=True))
    assert payer.pay(GOOD, page, method="card").headers["Location"] == RETURN_URL
    assert status_of(api, payment) == "to_capture"


def test_cards_of_others_and_cards_out_of_use_are_not_offered_nor_taken(
    public_app: Flask, api: Caller, customer: str
) -> None:
    stranger = api.made("/v2/customers", {**CUSTOMER, "email": "bob@example.com"})["id"]
    foreign = api.made("/v2/cards", {**CARD, "number": FRENCH, "customer": stranger})
    deleted = api.made("/v2/cards", {**CARD, "number": "5555555555554444", "customer": customer})
    api.delete(f"/v2/cards/{deleted['id']}")
    late = api.made("/v2/cards", {**CARD, "number": "4444333322221111", "customer": customer})
    with public_app.app_context():
        row = db.session.get(Card, late["id"])
        assert row is not None
        row.exp_year, row.exp_month = 2026, 8
        db.session.commit()
    payer, payment = payer_of(api, customer=customer)
    assert offered(payer) == []
    for card in (foreign, deleted, late):
        answer = payer.send(payer.go(), method=card["id"])
        assert (answer.status_code, "n’est plus disponible" in answer.get_data(as_text=True)) == (422, True)
    assert status_of(api, payment) is None


@pytest.mark.parametrize(
    ("number", "chosen", "network"),
    [
        (FRENCH, {}, "national"),
        (FRENCH, {"network": "national"}, "national"),
        (FRENCH, {"network": "brand"}, "visa"),
        ("5132830000000000", {"network": "brand"}, "mastercard"),
        (GOOD, {"network": "brand"}, None),
    ],
)
def test_the_payer_of_a_co_badged_card_chooses_its_network(
    api: Caller, number: str, chosen: dict[str, str], network: str | None
) -> None:
    payer, payment = payer_of(api)
    assert re.search(r'name="network" value="national" checked', payer.go().get_data(as_text=True))
    assert payer.pay(number, **chosen).headers["Location"] == RETURN_URL
    card = api.get(f"/v2/payments/{payment['id']}").get_json()["card"]
    assert card["preferred_network"] == network


def test_a_saved_co_badged_card_remembers_the_network_chosen_last(api: Caller, customer: str) -> None:
    card = api.made("/v2/cards", {**CARD, "number": FRENCH, "customer": customer})
    payer, _ = payer_of(api, customer=customer)
    name = f"network_{card['id']}"
    assert re.search(rf'name="{name}" value="national" checked', payer.go().get_data(as_text=True))
    payer.send(payer.go(), **{"method": card["id"], name: "visa"})
    assert api.get(f"/v2/cards/{card['id']}").get_json()["preferred_network"] == "visa"
    assert re.search(rf'name="{name}" value="visa" checked', payer_of(api, customer=customer)[0].go().text)


def test_the_merchants_network_is_marked_beforehand_and_the_payer_can_change_it(
    public_app: Flask, api: Caller, customer: str
) -> None:
    saved = api.made("/v2/cards", {**CARD, "number": FRENCH, "customer": customer, "preferred_network": None})
    with public_app.app_context():
        merchants.change(api.merchant_id, {"preferred_network": "brand"})
    payer, payment = payer_of(api)
    shown = payer.go().get_data(as_text=True)
    assert re.search(r'name="network" value="brand" checked', shown)
    assert 'name="network" value="national" checked' not in shown
    payer.pay(FRENCH)
    assert api.get(f"/v2/payments/{payment['id']}").get_json()["card"]["preferred_network"] == "visa"
    other, changed = payer_of(api)
    other.pay(FRENCH, network="national")
    assert api.get(f"/v2/payments/{changed['id']}").get_json()["card"]["preferred_network"] == "national"
    again = payer_of(api, customer=customer)[0].go().get_data(as_text=True)
    assert re.search(rf'name="network_{saved["id"]}" value="visa" checked', again)

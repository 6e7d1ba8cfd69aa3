"""The pages of payment intents and payment links: the payment page at another address."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from payments_core.db import db
from payments_core.models import Payment
from tests.payments_core.conftest import FrozenClock
from tests.payments_core.payment_page.steps import CHALLENGED, DECLINED, RETURN_URL, Payer, sign, status_of, token_of
from tests.payments_core.public_door import CARD, CUSTOMER, PAGE, Caller


def intent_of(api: Caller, **fields: Any) -> tuple[Payer, dict[str, Any]]:
    wanted = {"amount": 2590, "currency": "eur", "return_url": RETURN_URL, **fields}
    intent = api.made("/v2/payment_intents", wanted)
    return Payer(api.client, intent["url"] + "?lang=fr"), intent


def link_of(api: Caller, **fields: Any) -> tuple[Payer, dict[str, Any]]:
    link = api.made("/v2/payment_links", {"amount": 2590, "description": "Abonnement 2026", **fields})
    return Payer(api.client, link["url"] + "?lang=fr"), link


def payments_made(app: Flask) -> list[Payment]:
    with app.app_context():
        return list(db.session.query(Payment).order_by(Payment.created_at))


def test_an_intent_is_paid_at_its_own_address(public_app: Flask, api: Caller) -> None:
    payer, intent = intent_of(api)
    assert intent["url"] == f"{PAGE}/test_{intent['id']}"
    for _ in range(2):
        text = payer.go().get_data(as_text=True)
        assert "25,90\u00a0€" in text
    assert payer.pay().headers["Location"] == RETURN_URL
    assert "Paiement accepté" in payer.go().get_data(as_text=True)
    assert len(payments_made(public_app)) == 1
    paid = api.get(f"/v2/payment_intents/{intent['id']}").get_json()
    assert paid["payment"] == payments_made(public_app)[0].id


def test_a_challenge_leads_back_to_the_intents_address(api: Caller) -> None:
    payer, intent = intent_of(api)
    bank = payer.pay(CHALLENGED).headers["Location"]
    back = payer.send(payer.go(bank), bank, outcome="succeed").headers["Location"]
    assert back == payer.url + "&from=3ds"
    assert payer.go(back).headers["Location"] == RETURN_URL
    payment = api.get(f"/v2/payment_intents/{intent['id']}").get_json()["payment"]
    assert status_of(api, {"id": payment}) == "to_capture"


def test_the_card_of_an_intent_is_offered_without_typing(api: Caller) -> None:
    card = api.made("/v2/cards", CARD)
    payer, _ = intent_of(api, card=card["id"])
    page = payer.go()
    assert f'value="{card["id"]}"' in page.get_data(as_text=True)
    assert payer.send(page, method=card["id"]).headers["Location"] == RETURN_URL


def test_a_cancelled_intent_says_so_and_leads_back(api: Caller) -> None:
    payer, intent = intent_of(api)
    page = payer.go()
    api.delete(f"/v2/payment_intents/{intent['id']}")
    text = payer.go().get_data(as_text=True)
    assert "a été annulé" in text
    assert "https://shop.example/retour" in text
    assert 'name="number"' not in payer.pay(page=page).get_data(as_text=True)


@pytest.mark.parametrize("kind", ["intent", "link"])
def test_the_other_modes_address_is_no_page(api: Caller, kind: str) -> None:
    payer, _ = (intent_of if kind == "intent" else link_of)(api)
    assert payer.go(payer.url.replace("/test_", "/")).status_code == 404


@pytest.mark.parametrize(
    "name", ["test_pi_hT4kQ9sLw2VbXz7RcJm0NdEy", "plnk_hT4kQ9sLw2VbXz7RcJm0NdEy", "test_pi_x", "test_plnk_%00"]
)
def test_unknown_intents_and_links_are_a_page_that_tells_nothing(api: Caller, name: str) -> None:
    answer = Payer(api.client, "").go(f"{PAGE}/{name}?lang=fr")
    assert (answer.status_code, "n’existe pas" in answer.get_data(as_text=True)) == (404, True)


def test_a_link_for_one_payment_goes_straight_to_the_form(public_app: Flask, api: Caller) -> None:
    payer, link = link_of(api)
    for _ in range(2):
        text = payer.go().get_data(as_text=True)
        for words in (
            "Librairie Martin",
            "25,90\u00a0€",
            "Abonnement 2026",
            "Lien valable jusqu’au jeudi 15 octobre 2026",
        ):
            assert words in text
    payer.pay(DECLINED)
    assert "4 essais" in payer.go().get_data(as_text=True)
    assert "Paiement accepté" in payer.pay().get_data(as_text=True)
    assert "Paiement accepté" in payer.go().get_data(as_text=True)
    assert len(payments_made(public_app)) == 1
    assert api.get(f"/v2/payment_links/{link['id']}").get_json()["state"] == "paid"


def test_a_link_is_paid_by_mandate_too(public_app: Flask, api: Caller) -> None:
    payer, _ = link_of(api)
    assert "Mandat signé" in sign(payer).get_data(as_text=True)
    assert payments_made(public_app)[0].status == "to_capture"


def test_a_link_for_many_begins_a_payment_for_each_who_clicks(public_app: Flask, api: Caller) -> None:
    payer, link = link_of(api, multiple=True)
    text = payer.go().get_data(as_text=True)
    assert "25,90\u00a0€" in text
    assert "Abonnement 2026" in text
    assert payments_made(public_app) == []  # looking makes nothing
    for count in (1, 2):
        begun = payer.send(payer.go())
        assert begun.status_code == 303
        own = Payer(api.client, begun.headers["Location"])
        assert own.url.startswith(f"{PAGE}/test_{link['id']}/paym_")
        assert "Paiement accepté" in own.pay().get_data(as_text=True)
        assert [one.status for one in payments_made(public_app)] == ["to_capture"] * count
    assert "25,90\u00a0€" in payer.go().get_data(as_text=True)


def test_a_payment_of_elsewhere_has_no_address_below_a_link(api: Caller) -> None:
    _, link = link_of(api, multiple=True)
    payment = api.made("/v2/payments", {"amount": 500})
    for address in (f"test_{link['id']}/{payment['id']}", f"test_{link['id']}/paym_hT4kQ9sLw2VbXz7RcJm0NdEy"):
        assert Payer(api.client, "").go(f"{PAGE}/{address}").status_code == 404


def test_a_form_of_another_link_begins_nothing(public_app: Flask, api: Caller) -> None:
    first, _ = link_of(api, multiple=True)
    second, _ = link_of(api, multiple=True)
    assert second.send(second.go(), token=token_of(first.go())).headers["Location"] == second.url
    assert payments_made(public_app) == []


@pytest.mark.parametrize("multiple", [False, True])
def test_a_link_that_ended_says_why(api: Caller, clock: FrozenClock, multiple: bool) -> None:
    payer, _ = link_of(api, multiple=multiple)
    page = payer.go()
    clock.tick(days=31)
    assert "a expiré" in payer.go().get_data(as_text=True)
    assert "a expiré" in payer.send(page).get_data(as_text=True)
    payer, link = link_of(api, multiple=multiple)
    payer.go()
    api.delete(f"/v2/payment_links/{link['id']}")
    assert "n’est plus valable" in payer.go().get_data(as_text=True)


def test_a_payer_on_the_way_through_the_bank_comes_back_to_a_link_closed_meanwhile(
    public_app: Flask, api: Caller
) -> None:
    payer, link = link_of(api)
    bank = payer.pay(CHALLENGED).headers["Location"]
    api.delete(f"/v2/payment_links/{link['id']}")
    back = payer.send(payer.go(bank), bank, outcome="succeed").headers["Location"]
    assert "Paiement accepté" in payer.go(back).get_data(as_text=True)
    assert payments_made(public_app)[0].status == "to_capture"


def test_nobodys_saved_cards_are_offered_on_a_link(api: Caller) -> None:
    customer = api.made("/v2/customers", CUSTOMER)["id"]
    api.made("/v2/cards", {**CARD, "customer": customer})
    assert "card_" not in link_of(api)[0].go().get_data(as_text=True)

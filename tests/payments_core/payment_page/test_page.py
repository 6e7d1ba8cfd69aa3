"""The payment page as a payer without JavaScript and cookies meets it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask

from tests.payments_core.payment_page.steps import (
    CHALLENGED,
    DECLINED,
    GOOD,
    RETURN_URL,
    payer_of,
    status_of,
    tries,
)
from tests.payments_core.public_door import PAGE, Caller, account


def test_the_page_shows_amount_merchant_and_order(api: Caller) -> None:
    payer, _ = payer_of(api, description="Trois livres & <i>un</i>")
    page = payer.go()
    text = page.get_data(as_text=True)
    assert page.status_code == 200
    body = text.split("<body")[1]
    assert (
        body.index("Librairie Martin")
        < body.index("25,90\u00a0€")
        < body.index("Trois livres &amp; &lt;i&gt;un&lt;/i&gt;")
    )
    assert 'lang="fr"' in text
    for hint in ('autocomplete="cc-number"', 'autocomplete="cc-exp"', 'autocomplete="cc-csc"', 'inputmode="numeric"'):
        assert hint in text
    assert "Mode test" in text


@pytest.mark.parametrize(("lang", "word"), [("fr-FR", "Payer"), ("en-GB", "Pay"), ("it", "Paga"), ("xx", "Pay")])
def test_the_page_speaks_the_language_of_its_address(api: Caller, lang: str, word: str) -> None:
    payer, _ = payer_of(api, lang)
    assert f"<title>{word} " in payer.go().get_data(as_text=True)


def test_headers_keep_the_page_to_itself_and_let_shops_frame_it(api: Caller) -> None:
    page = payer_of(api)[0].go()
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "frame-ancestors https:" in policy
    assert "unsafe" not in policy
    assert "X-Frame-Options" not in page.headers
    assert "Set-Cookie" not in page.headers
    assert page.headers["Cache-Control"] == "no-store"
    text = page.get_data(as_text=True)
    assert " style=" not in text
    assert "onclick" not in text


def test_an_accepted_card_goes_back_to_the_shop_unchanged(api: Caller) -> None:
    payer, payment = payer_of(api)
    answer = payer.pay()
    assert (answer.status_code, answer.headers["Location"]) == (303, RETURN_URL)
    assert status_of(api, payment) == "to_capture"


def test_letters_beyond_ascii_in_the_return_address_are_encoded(api: Caller) -> None:
    payer, _ = payer_of(api, return_url="https://shop.example/merci?clé=été")
    assert payer.pay().headers["Location"] == "https://shop.example/merci?cl%C3%A9=%C3%A9t%C3%A9"


def test_a_payment_to_authorize_only_ends_authorized(api: Caller) -> None:
    payer, payment = payer_of(api, capture=False)
    payer.pay()
    assert status_of(api, payment) == "authorized"


def test_a_paid_page_shows_so_and_links_back(api: Caller) -> None:
    payer, payment = payer_of(api)
    payer.pay()
    text = payer.go().get_data(as_text=True)
    assert "Paiement accepté" in text
    assert 'data-payment-status="to_capture"' in text
    assert re.search(r"Sur votre relevé de compte : [A-Z0-9 ]{1,22}<", text)
    assert "https://shop.example/retour?panier=7&amp;" in text
    assert 'name="number"' not in text
    assert status_of(api, payment) == "to_capture"


def test_without_a_return_address_the_end_is_a_page(api: Caller) -> None:
    payer, _ = payer_of(api, return_url=None)
    answer = payer.pay()
    assert (answer.status_code, "Vous pouvez fermer cette page" in answer.get_data(as_text=True)) == (200, True)


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (DECLINED, "refusé ce paiement"),
        ("4000000000009995", "solde disponible"),
        ("4000000000000069", "expirée"),
        ("4000000000000127", "cryptogramme"),
        ("4000000000009979", "ne peut pas être utilisée"),
        ("4000000000000341", "pas répondu"),
    ],
)
def test_a_decline_says_why_and_what_to_do_and_another_card_pays(api: Caller, number: str, words: str) -> None:
    payer, payment = payer_of(api)
    answer = payer.pay(number)
    assert (answer.status_code, answer.headers["Location"]) == (303, payer.url)
    page = payer.go()
    text = page.get_data(as_text=True)
    assert words in text
    assert "Rien n’a été débité." in text
    assert "4 essais" in text
    assert number not in text.split("<form")[1]
    assert status_of(api, payment) is None
    assert payer.pay(GOOD, page).headers["Location"] == RETURN_URL
    assert status_of(api, payment) == "to_capture"


def test_after_the_last_try_there_is_a_way_back_to_the_shop(api: Caller) -> None:
    payer, payment = payer_of(api)
    for left in (4, 3, 2, 1):
        payer.pay(DECLINED)
        assert ("1 essai." if left == 1 else f"{left} essais") in payer.go().get_data(as_text=True)
    payer.pay(DECLINED)
    text = payer.go().get_data(as_text=True)
    assert "Trop d’essais refusés" in text
    assert "https://shop.example/retour" in text
    assert status_of(api, payment) == "refused"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"number": ""}, "Saisissez le numéro"),
        ({"number": "4242 4242 4242 4241"}, "chiffre par chiffre"),
        ({"number": "abcd"}, "chiffre par chiffre"),
        ({"expiry": ""}, "Saisissez la date"),
        ({"expiry": "13 / 30"}, "Saisissez le mois"),
        ({"expiry": "nope"}, "Saisissez le mois"),
        ({"expiry": "01 / 20"}, "expirée"),
        ({"cvc": ""}, "Saisissez le cryptogramme"),
        ({"cvc": "12"}, "3 chiffres"),
        ({"cvc": "1234"}, "3 chiffres"),
        ({"number": "4242424242424242\u0000"}, "chiffre par chiffre"),
    ],
)
def test_wrong_fields_are_told_beside_them_and_what_was_typed_stays(
    public_app: Flask, api: Caller, fields: dict[str, str], words: str
) -> None:
    payer, payment = payer_of(api)
    answer = payer.pay(**fields)
    form = answer.get_data(as_text=True).split("<form", 1)[1]
    name = next(iter(fields))
    assert answer.status_code == 422
    assert words in form.split(f'id="{name}-error"')[1].split("</p>")[0]
    assert 'aria-invalid="true"' in form
    if name != "expiry":
        assert 'value="12 / 30"' in form
    assert 'value="123"' not in form  # the security code is not shown again
    assert tries(public_app, payment) == 0


@pytest.mark.parametrize("expiry", ["12/30", "1230", "12 30", "12-2030", "12 / 2030"])
def test_expiry_dates_are_read_as_people_write_them(api: Caller, expiry: str) -> None:
    payer, _ = payer_of(api)
    assert payer.pay(expiry=expiry).status_code == 303


def test_a_cancelled_payment_says_so(api: Caller) -> None:
    payer, payment = payer_of(api)
    payer.pay()
    api.made("/v2/refunds", {"payment": payment["id"]})
    assert "a été annulé" in payer.go().get_data(as_text=True)


def test_a_card_verification_charges_nothing_and_keeps_the_card_by_consent_only(api: Caller) -> None:
    payer, payment = payer_of(api, amount=0, capture=False)
    text = payer.go().get_data(as_text=True)
    assert "Aucun montant ne sera débité" in text
    assert 'name="iban"' not in text
    refused = payer.pay()
    assert (refused.status_code, "Cochez la case" in refused.get_data(as_text=True)) == (422, True)
    payer.pay(save="1")
    assert status_of(api, payment) == "authorized"


def test_unknown_keys_and_payments_are_a_page_that_tells_nothing(
    public_app: Flask, api: Caller, other: Caller, clock: Any
) -> None:
    payer, payment = payer_of(api)
    live = account(public_app, clock, "account-1", live=True)
    for path in (
        f"/{api.public}/paym_hT4kQ9sLw2VbXz7RcJm0NdEy",
        f"/ptest_hT4kQ9sLw2VbXz7RcJm0NdEy/{payment['id']}",
        f"/{other.public}/{payment['id']}",
        f"/{live.public}/{payment['id']}",
        f"/{api.secret}/{payment['id']}",
        f"/{api.public}/paym_%00",
        "/",
        "/favicon.ico",
    ):
        answer = payer.go(PAGE + path + "?lang=fr")
        assert (answer.status_code, "n’existe pas" in answer.get_data(as_text=True)) == (404, True), path
        assert answer.headers["Content-Security-Policy"]


def test_the_page_answers_on_its_own_host_only(api: Caller) -> None:
    payer, _ = payer_of(api)
    for host in ("api.localhost", "3ds.localhost"):
        assert payer.go(payer.url.replace("payment.localhost", host)).status_code == 404


def test_a_test_card_asks_for_a_challenge_when_authentication_is_wanted(api: Caller) -> None:
    payer, payment = payer_of(api, auth=True)
    answer = payer.pay(CHALLENGED)
    assert answer.headers["Location"].startswith("https://3ds.localhost:8443/v1/redirect/test_")
    assert answer.headers["Location"].endswith("?lang=fr")
    text = payer.go().get_data(as_text=True)
    assert "Votre banque attend votre confirmation" in text
    assert 'name="number"' in text  # another card may be used all the same
    assert payer.pay(GOOD).headers["Location"] == RETURN_URL
    assert status_of(api, payment) == "to_capture"


FRAMED = {"Sec-Fetch-Dest": "iframe"}


def test_in_a_frame_the_end_is_a_page_that_tells_its_parent(api: Caller) -> None:
    payer, _ = payer_of(api)
    answer = payer.pay(headers=FRAMED)
    text = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert 'data-message="finished"' in text
    assert 'data-go="top"' in text
    assert 'data-payment-status="to_capture"' in text


def test_in_a_frame_the_way_to_the_bank_is_announced(api: Caller) -> None:
    payer, _ = payer_of(api, auth=True)
    text = payer.pay(CHALLENGED, headers=FRAMED).get_data(as_text=True)
    assert 'data-message="secure-auth-start"' in text
    assert 'data-url="https://3ds.localhost:8443/v1/redirect/test_' in text


def test_files_of_the_page_are_small_and_kept_for_good(api: Caller) -> None:
    payer, _ = payer_of(api)
    page = payer.go()
    text = page.get_data(as_text=True)
    total = len(page.data)
    for address in set(re.findall(r'(?:href|src)="(/assets/[^"]+)"', text)):
        answer = payer.go(PAGE + address)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["Cache-Control"]
        total += len(answer.data)
    assert total < 60_000
    assert "http://" not in text

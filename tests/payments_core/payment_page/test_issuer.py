"""The simulated issuer's page: a challenge answered once, and the way back."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.payments_core.payment_page.steps import CHALLENGED, GOOD, RETURN_URL, Payer, payer_of, status_of, token_of
from tests.payments_core.public_door import CARD, DEVICE, ISSUER, Caller


def challenged(api: Caller, **fields: Any) -> tuple[Payer, dict[str, Any], str]:
    """A payer in front of the bank's page: page, payment, the bank's address."""
    payer, payment = payer_of(api, auth=True, **fields)
    return payer, payment, payer.pay(CHALLENGED).headers["Location"]


def answered(payer: Payer, bank: str, **fields: str) -> Any:
    return payer.send(payer.go(bank), bank, **fields)


def test_the_page_says_that_it_is_a_simulator_and_what_is_paid(api: Caller) -> None:
    payer, _, bank = challenged(api)
    page = payer.go(bank)
    text = page.get_data(as_text=True)
    for words in ("Simulateur 3-D Secure", "Librairie Martin", "25,90\u00a0€", "se termine par 3220", "Code de test"):
        assert words in text
    assert "frame-ancestors https:" in page.headers["Content-Security-Policy"]


def test_the_code_confirms_and_the_payment_is_finished_on_the_way_back(api: Caller) -> None:
    payer, payment, bank = challenged(api)
    page = payer.go(bank)
    code = re.search(r"Code de test : (\d{6})", page.get_data(as_text=True))
    assert code
    wrong = payer.send(page, bank, code="12345x")
    assert (wrong.status_code, "pas le bon" in wrong.get_data(as_text=True)) == (422, True)
    assert "Saisissez les 6 chiffres" in payer.send(page, bank, code="").get_data(as_text=True)
    back = payer.send(wrong, bank, code=code[1])
    assert (back.status_code, back.headers["Location"]) == (303, payer.url + "&from=3ds")
    assert payer.go(back.headers["Location"]).headers["Location"] == RETURN_URL
    assert status_of(api, payment) == "to_capture"
    assert payer.go(back.headers["Location"]).headers["Location"] == RETURN_URL  # again, without another try


@pytest.mark.parametrize(
    ("outcome", "status", "words", "left"),
    [
        ("decline", "declined", "pas été confirmé", 4),
        ("abandon", "declined", "pas été confirmé", 4),
        ("unavailable", "unavailable", "ne peut pas confirmer", 5),
        ("fail", "failed", "n’a pas abouti", 5),
    ],
)
def test_other_ends_leave_the_payment_payable(api: Caller, outcome: str, status: str, words: str, left: int) -> None:
    payer, payment, bank = challenged(api)
    back = answered(payer, bank, outcome=outcome)
    page = payer.go(back.headers["Location"])
    text = page.get_data(as_text=True)
    assert words in text
    assert f"{left} essais" in text
    assert api.get(f"/v2/payments/{payment['id']}").get_json()["auth"]["status"] == status
    assert payer.pay(GOOD, page).headers["Location"] == RETURN_URL


def test_an_answer_is_recorded_once(api: Caller) -> None:
    payer, payment, bank = challenged(api)
    page = payer.go(bank)
    first = payer.send(page, bank, outcome="decline")
    second = payer.send(page, bank, outcome="succeed")
    assert first.headers["Location"] == second.headers["Location"] == payer.go(bank).headers["Location"]
    assert api.get(f"/v2/payments/{payment['id']}").get_json()["auth"]["status"] == "declined"
    assert status_of(api, payment) is None


def test_an_altered_token_records_nothing(api: Caller) -> None:
    payer, payment, bank = challenged(api)
    answer = answered(payer, bank, outcome="succeed", token="x")
    assert answer.status_code == 400
    assert api.get(f"/v2/payments/{payment['id']}").get_json()["auth"]["status"] == "attempted"


def test_server_to_server_the_payer_goes_back_to_the_merchants_address(api: Caller) -> None:
    card = {**CARD, "number": CHALLENGED}
    auth = {"return_url": "https://shop.example/3ds?x=1"}
    payment = api.made("/v2/payments", {"amount": 500, "card": card, "auth": auth, "device": DEVICE})
    payer, bank = Payer(api.client, ""), payment["auth"]["redirect_url"]
    assert answered(payer, bank, outcome="succeed").headers["Location"] == auth["return_url"]
    assert api.patch(f"/v2/payments/{payment['id']}", {"status": "capture"}).get_json()["status"] == "to_capture"


def test_without_friction_there_is_no_page(api: Caller) -> None:
    body = {"amount": 500, "card": CARD, "auth": True, "device": DEVICE, "return_url": "https://shop.example/r"}
    payment = api.made("/v2/payments", body)
    answer = Payer(api.client, payment["auth"]["redirect_url"]).go()
    assert (answer.status_code, answer.headers["Location"]) == (303, "https://shop.example/r")


def test_without_an_address_to_go_back_to_the_end_is_a_page(api: Caller) -> None:
    payment = api.made("/v2/payments", {"amount": 500, "card": CARD, "auth": True, "device": DEVICE})
    answer = Payer(api.client, payment["auth"]["redirect_url"] + "?lang=fr").go()
    assert "Cette confirmation est terminée" in answer.get_data(as_text=True)


@pytest.mark.parametrize("name", ["test_x", "live_{uuid}", "{uuid}", "test_00000000-0000-4000-8000-000000000000"])
def test_unknown_sessions_are_404(api: Caller, name: str) -> None:
    payer, _, bank = challenged(api)
    uuid = bank.rsplit("_", 1)[1].split("?")[0]
    assert payer.go(f"{ISSUER}/v1/redirect/{name.format(uuid=uuid)}").status_code == 404


def test_the_files_of_the_page_are_on_its_own_host(api: Caller) -> None:
    payer, _, bank = challenged(api)
    text = payer.go(bank).get_data(as_text=True)
    found = re.search(r'href="(/v1/assets/page\.css[^"]*)"', text)
    assert found
    assert payer.go(ISSUER + found[1]).status_code == 200
    assert token_of(payer.go(bank))

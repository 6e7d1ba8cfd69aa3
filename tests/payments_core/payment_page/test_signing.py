"""The page where a payer signs a mandate that a merchant prepared."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from payments_core.db import db
from payments_core.models import Mandate
from tests.payments_core.payment_page.steps import Payer, token_of
from tests.payments_core.public_door import PAGE, Caller


@pytest.fixture
def mandate(api: Caller) -> dict[str, Any]:
    """A mandate that waits for its signature."""
    account = api.made("/v2/sepa", {"iban": "FR1420041010050500013M02606", "name": "Ada Martin"})
    return api.made("/v2/mandates", {"sepa": account["id"], "rum": "MARTIN-2026-0042"})


@pytest.fixture
def payer(api: Caller, mandate: dict[str, Any]) -> Payer:
    return Payer(api.client, f"{mandate['sign_url']}?lang=fr")


def read(api: Caller, mandate: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = api.get(f"/v2/mandates/{mandate['id']}").get_json()
    return found


def test_the_page_shows_the_whole_mandate_and_no_whole_account_number(payer: Payer) -> None:
    page = payer.go()
    text = page.get_data(as_text=True)
    words = ("Librairie Martin", "FR72ZZZ123456", "Ada Martin", "2606", "MARTIN-2026-0042", "Récurrent", "8 semaines")
    for word in words:
        assert word in text
    assert "20041010050500013M" not in text
    assert "Set-Cookie" not in page.headers


def test_signing_is_once_and_proven(public_app: Flask, api: Caller, mandate: dict[str, Any], payer: Payer) -> None:
    page = payer.go()
    for _ in range(2):
        answer = payer.send(page, agree="1", headers={"User-Agent": "Mozilla/5.0 test"})
        assert (answer.status_code, answer.headers["Location"]) == (303, payer.url)
    text = payer.go().get_data(as_text=True)
    assert "Mandat signé" in text
    assert "mardi 15 septembre 2026" in text
    assert 'name="agree"' not in text
    signed = read(api, mandate)
    assert (signed["proof"], signed["sign_url"], signed["signed_at"] is not None) == ("signature", None, True)
    with public_app.app_context():
        kept = db.session.get(Mandate, mandate["id"])
        assert kept is not None
        assert kept.proof["user_agent"] == "Mozilla/5.0 test"


def test_without_the_tick_nothing_is_signed(api: Caller, mandate: dict[str, Any], payer: Payer) -> None:
    answer = payer.send(payer.go())
    assert (answer.status_code, "Cochez la case" in answer.get_data(as_text=True)) == (422, True)
    assert read(api, mandate)["signed_at"] is None


def test_an_altered_token_signs_nothing(api: Caller, mandate: dict[str, Any], payer: Payer) -> None:
    page = payer.go()
    assert payer.send(page, agree="1", token=token_of(page)[:-2] + "zz").status_code == 400
    assert read(api, mandate)["signed_at"] is None


def test_a_revoked_mandate_cannot_be_signed(api: Caller, mandate: dict[str, Any], payer: Payer) -> None:
    page = payer.go()
    api.delete(f"/v2/mandates/{mandate['id']}")
    assert payer.send(page, agree="1").status_code == 303
    text = payer.go().get_data(as_text=True)
    assert "n’est plus en vigueur" in text
    assert 'name="agree"' not in text
    assert read(api, mandate)["signed_at"] is None


@pytest.mark.parametrize("name", ["mndt_hT4kQ9sLw2VbXz7RcJm0NdEy", "paym_x", "mndt_%00"])
def test_unknown_mandates_are_a_page_that_tells_nothing(payer: Payer, name: str) -> None:
    answer = payer.go(f"{PAGE}/mandate/{name}?lang=fr")
    assert (answer.status_code, "n’existe pas" in answer.get_data(as_text=True)) == (404, True)

"""Cards (stancer-api.md 2.4 and 8)."""

from __future__ import annotations

from typing import Any

import pytest
import stancer
from stancer.exceptions import ConflictError, NotFoundError, StancerHTTPClientError

from tests.e2e.stancer_clients.objects import IMMEDIATE, Objects

COUNTRIES = {
    "AT": "4000000400000008", "BE": "4000000560000004", "DK": "4000002080000001", "FI": "4000002460000001",
    "DE": "4000002760000016", "IE": "4000003720000005", "IT": "4000003800000008", "LU": "4000004420000006",
    "NL": "4000005280000002", "NO": "4000005780000007", "PT": "4000006200000007", "RU": "4000006430000009",
    "ES": "4000007240000007", "SE": "4000007520000008", "CH": "4000007560000009", "GB": "4000008260000000",
    "AU": "4000000360000006", "CN": "4000001560000002", "HK": "4000003440000004", "JP": "4000003920000003",
    "NZ": "4000005540000008", "SG": "4000007020000003", "BR": "4000000760000002", "CA": "4000001240000000",
    "MX": "4000004840000008",
}  # fmt: skip
SCHEMES = {
    "4242424242424242": ("visa", "VISA"),
    "4444333322221111": ("visa", "VISA"),
    "5555555555554444": ("mastercard", "MasterCard"),
    "5200828282828210": ("mastercard", "MasterCard"),
    "5105105105105100": ("mastercard", "MasterCard"),
    "3530111333300000": ("jcb", "JCB"),
}
KNOWN = {  # number: brand, country, funding, network
    "4000000000000077": ("visa", "FR", "credit", "national"),
    "4000000000003055": ("visa", "US", "credit", "visa"),
    "4000002500000003": ("visa", "FR", "credit", "national"),
}


def test_a_card_is_created_and_read_without_its_secrets(objects: Objects, version: int) -> None:
    card = objects.card(zip_code="75011", tokenize=True).send()
    read = stancer.Card(card.id)
    assert card.id.startswith("card_")
    assert (read.exp_month, read.exp_year, read.name, read.zip_code) == (
        card.exp_month,
        card.exp_year,
        "Ada Martin",
        "75011",
    )
    assert (read.last4, read.number, read.cvc) == ("4242", None, None)
    assert read.nature == ("personnal" if version == 1 else "personal")
    assert "4242424242424242" not in repr(card)


@pytest.mark.parametrize(("country", "number"), COUNTRIES.items())
def test_the_issuers_country_is_in_the_number(objects: Objects, country: str, number: str) -> None:
    card = objects.card(number).send()
    assert stancer.Card(card.id).country == country
    assert objects.payment(card=card).send().status == "to_capture"


@pytest.mark.parametrize(("number", "names"), SCHEMES.items())
def test_schemes_are_told_by_code_and_name(objects: Objects, number: str, names: tuple[str, str]) -> None:
    read = stancer.Card(objects.card(number).send().id)
    assert (read.brand, read.brandname) == names


@pytest.mark.parametrize(("number", "facts"), KNOWN.items())
def test_details_of_the_contracts_cards(objects: Objects, number: str, facts: tuple[str, ...]) -> None:
    read = stancer.Card(objects.card(number).send().id)
    assert (read.brand, read.country, read.funding, read.network) == facts


def test_a_card_can_be_changed(objects: Objects, version: int) -> None:
    card = objects.card("4000000000003055").send()
    other = objects.card("4000000000003055")
    card.exp_month, card.exp_year, card.zip_code = other.exp_month, other.exp_year, "69001"
    if hasattr(card, "external_id"):
        card.external_id = "wallet-1"
    if version == 1:
        card.name = "Grace Hopper"
    card.send()
    read = stancer.Card(card.id)
    assert (read.exp_month, read.exp_year, read.zip_code) == (other.exp_month, other.exp_year, "69001")
    assert read.name == ("Grace Hopper" if version == 1 else "Ada Martin")
    assert getattr(read, "external_id", "wallet-1") == "wallet-1"


@pytest.mark.only(2)
def test_v2_does_not_rename_a_card(objects: Objects) -> None:
    card = objects.card().send()
    card.name = "Grace Hopper"
    with pytest.raises(StancerHTTPClientError) as refused:
        card.send()
    assert refused.value.status_code == 422
    assert str(refused.value) == refused.value.reason  # a list of details is no text to this client


def _twin(card: Any) -> Any:
    return stancer.Card(number="4242424242424242", exp_month=card.exp_month, exp_year=card.exp_year, cvc="456")


@pytest.mark.only(1)
def test_v1_knows_a_card_again(objects: Objects) -> None:
    card = objects.card().send()
    with pytest.raises(ConflictError) as refused:
        _twin(card).send()
    text = "Card already exists, you may want to update it instead creating a new one"
    assert str(refused.value) == f"{text} ({card.id})"
    assert (refused.value.reason, refused.value.type) == ("Conflict", "invalid_request_error")


@pytest.mark.only(2)
def test_v2_gives_the_same_card_again(objects: Objects) -> None:
    card = objects.card().send()
    assert _twin(card).send().id == card.id


def test_a_deleted_card_is_gone_and_can_be_made_again(objects: Objects, version: int) -> None:
    card = objects.card().send()
    key, twin = card.id, _twin(card)
    card.delete()
    if version == 1:
        assert card.id is None
        with pytest.raises(NotFoundError, match=f"No such card {key}"):
            stancer.Card(key).populate()
    else:
        assert (card.id, card.deleted, stancer.Card(key).deleted) == (key, True, True)
    with pytest.raises(NotFoundError) as refused:
        stancer.Card(key, zip_code="69001").send()
    assert str(refused.value) == (f"No such card {key}" if version == 1 else f"Card `{key}` not found")
    again = twin.send()
    assert objects.payment(card=stancer.Card(again.id)).send().status == "to_capture"


def test_a_card_that_is_not_to_be_kept_pays_once(objects: Objects) -> None:
    card = objects.card(IMMEDIATE, tokenize=False).send()
    assert objects.payment(card=stancer.Card(card.id)).send().status == "captured"
    with pytest.raises(StancerHTTPClientError):
        objects.payment(card=stancer.Card(card.id)).send()


def test_a_kept_card_pays_again_without_its_owner(objects: Objects) -> None:
    card = objects.card().send()
    statuses = [objects.payment(card=stancer.Card(card.id)).send().status for _ in range(2)]
    assert statuses == ["to_capture", "to_capture"]

"""Errors: keys, modes, and the client's class for each (stancer-api.md 1.4 and 1.6)."""

from __future__ import annotations

import base64
import hashlib
from importlib.metadata import distribution
from typing import Any

import pytest
import requests
import stancer
from stancer import exceptions
from stancer.exceptions import BadRequestError, NotFoundError, StancerHTTPClientError, UnauthorizedError

from tests.e2e.stancer_clients.conftest import TASK
from tests.e2e.stancer_clients.objects import Objects

TEXT = "You are not authorized to access that resource"


def test_the_client_is_as_it_was_published() -> None:
    checked = 0
    for file in distribution("stancer").files or ():
        if file.hash is not None:
            digest = hashlib.new(file.hash.mode, file.read_binary()).digest()
            assert base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == file.hash.value, file
            checked += file.suffix == ".py"
    assert checked > 20


def test_line_1_the_client_speaks_https_to_the_stacks_own_authority(config: Any, objects: Objects) -> None:
    assert stancer.Payment().uri.startswith(f"https://api.localhost:{config.port}/v{config.version}/")
    assert objects.payment(card=objects.card()).send().status == "to_capture"


def test_without_the_authority_there_is_no_connection(monkeypatch: pytest.MonkeyPatch, objects: Objects) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", requests.certs.where())
    with pytest.raises(requests.exceptions.SSLError):
        objects.payment().send()


@pytest.mark.parametrize("key", ["stest_" + "a" * 24, "stest_short"])
def test_an_unknown_key_is_not_let_in(config: Any, objects: Objects, key: str) -> None:
    config.keys = key
    for ask in (objects.payment().send, stancer.Payment("paym_hT4kQ9sLw2VbXz7RcJm0NdEy").populate):
        with pytest.raises(UnauthorizedError) as refused:
            ask()
        assert (str(refused.value), refused.value.reason, refused.value.status_code) == (TEXT, "Unauthorized", 401)


def test_a_public_key_opens_the_page_only(config: Any, objects: Objects) -> None:
    config._keys["stest"] = config.ptest
    with pytest.raises(UnauthorizedError, match=TEXT):
        objects.payment().send()


def test_a_live_key_sees_nothing_of_test_mode(config: Any, objects: Objects) -> None:
    payment = objects.payment(card=objects.card(), order_id="one-mode").send()
    config.mode = config.LIVE_MODE
    with pytest.raises(NotFoundError):
        stancer.Payment(payment.id).populate()
    with pytest.raises(NotFoundError):
        stancer.Card(payment.card.id).populate()
    assert list(stancer.Payment.list(order_id="one-mode")) == []


def test_another_merchant_sees_nothing(objects: Objects, config: Any, history: dict[str, str]) -> None:
    payment = objects.payment(card=objects.card()).send()  # with the keys of the merchant that has a history
    config.keys = tuple(TASK["keys"].values())
    for unseen in (payment, payment.card):
        with pytest.raises(NotFoundError):
            type(unseen)(unseen.id).populate()
    with pytest.raises(NotFoundError):
        stancer.Payment(history["settled"]).populate()


def test_values_out_of_bounds_are_refused_by_the_server_too(objects: Objects, version: int) -> None:
    payment = objects.payment()
    payment.hydrate(order_id="1047")
    payment._data["order_id"] = "x" * 37
    with pytest.raises(StancerHTTPClientError) as refused:
        payment.send()
    assert refused.value.status_code == (400 if version == 1 else 422)
    if version == 1:
        assert isinstance(refused.value, BadRequestError)
        assert (refused.value.reason, refused.value.type) == ("Bad Request", "invalid_request_error")
    else:
        assert str(refused.value) == refused.value.reason


@pytest.mark.only(1)
@pytest.mark.skipif(not hasattr(stancer, "PaymentIntent"), reason="since 2.0.0")
def test_intents_are_refused_by_the_client_in_v1() -> None:
    with pytest.raises(exceptions.StancerApiVersionError):
        stancer.PaymentIntent()

"""3-D Secure, server to server and on the payment page (stancer-api.md 2.9, 2.10 and 5).

The client reads `auth` and `device` into its own objects only where it made them itself; of a payment known by its id they are dicts.
"""

from __future__ import annotations

import json

import pytest
import stancer
from stancer.exceptions import InvalidIpAddressError
from stancer.status.payment import PaymentStatus

from tests.e2e.stancer_clients.objects import CHALLENGED, RETURN_URL, Objects
from tests.e2e.stancer_clients.payer import Payer
from tests.e2e.stancer_clients.wire import Wire

BROWSER = {
    "SERVER_ADDR": "203.0.113.7",
    "SERVER_PORT": "51422",
    "HTTP_ACCEPT": "text/html",
    "HTTP_ACCEPT_LANGUAGE": "fr-FR,fr;q=0.9",
    "HTTP_USER_AGENT": "Mozilla/5.0",
}


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The environment variables from which the client fills in the device."""
    for name, value in BROWSER.items():
        monkeypatch.setenv(name, value)
    return BROWSER


@pytest.mark.usefixtures("browser")
@pytest.mark.parametrize("number", ["4242424242424242", CHALLENGED])
def test_server_to_server_authentication_leads_to_a_capture(objects: Objects, payer: Payer, number: str) -> None:
    payment = objects.payment(card=objects.card(number), auth="https://shop.example/3ds", return_url=RETURN_URL).send()
    assert (payment.status, payment.auth.status) == (None, "available")
    assert payment.auth.redirect_url.startswith("https://3ds.")
    assert (payment.device.ip, payment.device.port) == ("203.0.113.7", 51422)
    assert payment.device.user_agent == "Mozilla/5.0"
    back = payer.confirm(payment.auth.redirect_url)
    read = stancer.Payment(payment.id)
    assert (read.auth["status"], read.status) == ("success", None)
    assert back.startswith("https://shop.example/")
    read.status = PaymentStatus.CAPTURE
    assert read.send().status == "to_capture"


@pytest.mark.only(1)
@pytest.mark.usefixtures("browser")
def test_v1_the_return_address_of_the_authentication_is_kept(objects: Objects, payer: Payer, wire: Wire) -> None:
    payment = objects.payment(card=objects.card(CHALLENGED), auth="https://shop.example/3ds").send()
    assert json.loads(wire.sent[-1].body)["auth"] == {"status": "request", "return_url": "https://shop.example/3ds"}
    assert payment.auth.return_url == "https://shop.example/3ds"
    assert payer.confirm(payment.auth.redirect_url) == "https://shop.example/3ds"


@pytest.mark.usefixtures("browser")
def test_a_declined_challenge_is_told(objects: Objects, payer: Payer) -> None:
    payment = objects.payment(card=objects.card(CHALLENGED), auth=True, return_url=RETURN_URL).send()
    payer.confirm(payment.auth.redirect_url, "decline")
    read = stancer.Payment(payment.id)
    assert read.auth["status"] == "declined"
    assert read.status in (None, "failed")


def test_a_device_given_by_hand_is_sent(objects: Objects) -> None:
    device = stancer.Device(
        ip="2001:db8::1", port=443, http_accept="text/html", languages="fr", user_agent="Mozilla/5.0"
    )
    payment = objects.payment(card=objects.card(), auth=True, device=device, return_url=RETURN_URL).send()
    read = stancer.Payment(payment.id).device
    said = {name: read[name] for name in ("ip", "port", "http_accept", "languages", "user_agent")}
    assert said == {
        "ip": "2001:db8::1",
        "port": 443,
        "http_accept": "text/html",
        "languages": "fr",
        "user_agent": "Mozilla/5.0",
    }
    assert payment.auth.status == "available"


def test_without_a_device_the_client_sends_nothing(objects: Objects, wire: Wire) -> None:
    mark = len(wire.sent)
    with pytest.raises(InvalidIpAddressError):
        objects.payment(card=objects.card(), auth="https://shop.example/3ds").send()
    assert wire.since(mark) == []


@pytest.mark.parametrize("number", ["4242424242424242", CHALLENGED])
@pytest.mark.parametrize(("capture", "status"), [(True, "to_capture"), (False, "authorized")])
def test_the_payment_page_authenticates(
    objects: Objects, payer: Payer, number: str, capture: bool, status: str
) -> None:
    payment = objects.payment(auth=True, return_url=RETURN_URL, capture=capture).send()
    assert (payment.auth.status, payment.auth.redirect_url, payment.auth.return_url) == ("requested", None, None)
    where = payer.pay(payment.payment_page_url(), number)
    while where.startswith(("https://3ds.", "https://payment.")):
        where = payer.confirm(where)
    assert where == RETURN_URL
    read = stancer.Payment(payment.id)
    assert (read.auth["status"], read.status) == ("success", status)

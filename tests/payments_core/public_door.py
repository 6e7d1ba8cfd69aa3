"""The public door for the tests of API, payment page and issuer page: an application, a merchant with keys, an API client."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from payments_core import create_app, keys, merchants, policy
from payments_core.clock import Clock
from payments_core.db import db
from payments_core.merchants import MerchantInput
from payments_core.models import Merchant
from tests.payments_core.conftest import FrozenClock, _empty, config_for

API = "https://api.localhost:8443"
PAGE = "https://payment.localhost:8443"
ISSUER = "https://3ds.localhost:8443"

CARD = {"number": "4242424242424242", "exp_month": 11, "exp_year": 2031, "cvc": "842", "name": "Ada Martin"}
DEVICE = {"ip": "203.0.113.7", "port": 51422, "user_agent": "Mozilla/5.0"}
CUSTOMER = {"name": "Ada Martin", "email": "ada.martin@example.com", "mobile": "+33612345678"}


@dataclass
class Caller:
    """Calls the API as one key's holder."""

    client: FlaskClient
    merchant_id: str
    secret: str
    public: str
    headers: dict[str, str] = field(default_factory=dict)

    def call(self, method: str, path: str, json: Any = None, **more: Any) -> TestResponse:
        headers = {**self.headers, **more.pop("headers", {})}
        if json is not None:
            more["json"] = json
        return self.client.open(path, API, method=method, auth=(self.secret, ""), headers=headers, **more)

    def get(self, path: str, **more: Any) -> TestResponse:
        return self.call("GET", path, **more)

    def post(self, path: str, json: Any = None, **more: Any) -> TestResponse:
        return self.call("POST", path, json, **more)

    def patch(self, path: str, json: Any = None, **more: Any) -> TestResponse:
        return self.call("PATCH", path, json, **more)

    def delete(self, path: str, **more: Any) -> TestResponse:
        return self.call("DELETE", path, **more)

    def made(self, path: str, json: Any) -> dict[str, Any]:
        """The object a POST creates; fails the test unless it answers 200."""
        response = self.post(path, json)
        assert response.status_code == 200, response.get_data(as_text=True)
        body: dict[str, Any] = response.get_json()
        return body


@pytest.fixture
def public_app(core_database: str, clock: FrozenClock) -> Iterator[Flask]:
    app = create_app(config_for(core_database), clock, doors=("public",))
    with app.app_context():
        _empty()
        policy.forget_cache()
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def account(app: Flask, clock: Clock, reference: str, *, live: bool = False) -> Caller:
    """A merchant (made once per reference) with a fresh key pair."""
    with app.app_context():
        wanted = MerchantInput(
            reference, "Librairie Martin", "martin@exemple.fr", "732829320", "FR1420041010050500013M02606"
        )
        merchant, _ = merchants.create(wanted, clock())
        if live:
            merchant.status = "active"
            db.session.commit()
        _, secret, public = keys.create_pair(merchant.id, live, "Clé", None, clock())
        assert public.value is not None
        return Caller(app.test_client(use_cookies=False), merchant.id, secret, public.value)


@pytest.fixture
def api(public_app: Flask, clock: FrozenClock) -> Caller:
    """The API as a test-mode merchant."""
    return account(public_app, clock, "account-1")


@pytest.fixture
def other(public_app: Flask, clock: FrozenClock) -> Caller:
    """The API as another test-mode merchant."""
    return account(public_app, clock, "account-2")


@pytest.fixture
def merchant(public_app: Flask, api: Caller) -> Merchant:
    with public_app.app_context():
        return merchants.get(api.merchant_id)

"""A service at the platform door, and a merchant it made."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.payments_core.conftest import FrozenClock, Shop
from tests.payments_core.platform.steps import ACCOUNT, Caller


@pytest.fixture
def client(core_app: Flask) -> FlaskClient:
    return core_app.test_client()


@pytest.fixture
def call(client: FlaskClient) -> Caller:
    return Caller(client)


@pytest.fixture
def merchant(call: Caller) -> str:
    return str(call("POST", "/merchants", ACCOUNT).json["id"])  # type: ignore[index]


@pytest.fixture
def shop_of(core_app: Flask, clock: FrozenClock) -> Callable[[str], Shop]:
    """The shop behind a merchant id; to be used inside an application context."""
    from payments_core import merchants

    return lambda merchant_id: Shop(merchants.get(merchant_id), clock)

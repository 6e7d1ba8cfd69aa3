"""Fixtures of the documentation's tests."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from payments_core import create_app
from tests.payments_core.conftest import config_for
from tests.payments_core.docs.conformity import Conformity
from tests.payments_core.public_door import API, api, merchant, public_app

__all__ = ["api", "merchant", "public_app"]


@pytest.fixture(scope="session")
def described_app() -> Flask:
    """An application that is only looked at: nothing in the documentation asks a database."""
    return create_app(config_for("postgresql+psycopg://nobody@127.0.0.1:1/nothing"), doors=("public",))


@pytest.fixture(scope="session")
def document(described_app: Flask) -> dict[str, Any]:
    """The document as anybody gets it, without a key."""
    answer = described_app.test_client().get("/openapi.json", base_url=API)
    assert answer.status_code == 200
    found: dict[str, Any] = answer.get_json()
    return found


@pytest.fixture(scope="session")
def conformity(document: dict[str, Any]) -> Conformity:
    return Conformity(document)

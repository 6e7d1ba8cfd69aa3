"""What the tests of the platform API share: a service that calls for a person, and what an error looks like."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.payments_core.conftest import TOKENS

ACCOUNT = {
    "reference": "account-1",
    "name": "Librairie Martin",
    "email": "martin@exemple.fr",
    "siren": "732 829 320",
    "iban": "FR14 2004 1010 0505 0001 3M02 606",
    "country": "FR",
    "language": "fr",
}


class Caller:
    """A service calling for a person."""

    def __init__(self, client: FlaskClient, service: str = "portal") -> None:
        self._client = client
        self.headers = {"Authorization": f"Bearer {TOKENS[service]}", "Comptoir-Acting-Person": "ada@exemple.fr"}

    def __call__(self, method: str, path: str, json: Any = None, **headers: str) -> TestResponse:
        sent = {**self.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
        return self._client.open(f"/platform/v1{path}", method=method, json=json, headers=sent)


def error(response: TestResponse) -> tuple[int, str]:
    assert response.json is not None
    assert set(response.json["error"]) == {"code", "message", "params"}
    return response.status_code, response.json["error"]["code"]

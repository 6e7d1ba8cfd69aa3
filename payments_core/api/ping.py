"""GET /v2/ping: whether the key is good; and the lists v1 has never had."""

from __future__ import annotations

from typing import Any

from flask import abort

from payments_core.api.versions import v1, v2


@v2.get("/ping")
def ping() -> dict[str, Any]:
    return {"ping": "pong"}


@v1.get("/customers")
@v1.get("/cards")
def no_such_list() -> dict[str, Any]:
    """A v1 list of customers or cards does not exist: 404 rather than the 405 their POST would make of it."""
    abort(404)

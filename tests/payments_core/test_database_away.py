"""While PostgreSQL is away every door says so in its own words, with 503 and when to come again."""

from __future__ import annotations

from unittest.mock import Mock

import psycopg
import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.pool import QueuePool

from payments_core import create_app
from payments_core.connections import LaneConnection
from payments_core.db import AT_ONCE, db
from payments_core.driver import at_once
from tests.payments_core.conftest import TOKENS, FrozenClock, config_for
from tests.payments_core.public_door import API, PAGE

NOBODY = "postgresql+psycopg://comptoir@127.0.0.1:1/core"  # port 1: nothing listens there


@pytest.mark.parametrize("path", ["/v1/checkout/", "/v2/payments/", "/health"])
def test_the_api_answers_503_and_when_to_come_again(clock: FrozenClock, path: str) -> None:
    client = create_app(config_for(NOBODY), clock, doors=("public",)).test_client()
    answer = client.get(path, base_url=API, auth=("stest_x", ""))
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert answer.get_json()["error"]


def test_a_post_with_a_key_is_503_as_well(clock: FrozenClock) -> None:
    client = create_app(config_for(NOBODY), clock, doors=("public",)).test_client()
    answer = client.post("/v2/payments", base_url=API, json={}, auth=("stest_x", ""), headers={"Idempotency-Key": "k"})
    assert answer.status_code == 503


def test_the_payment_page_is_a_page_for_people(clock: FrozenClock) -> None:
    client = create_app(config_for(NOBODY), clock, doors=("public",)).test_client()
    answer = client.get(f"/ptest_{24 * 'x'}/paym_{24 * 'x'}", base_url=PAGE)
    assert (answer.status_code, answer.mimetype) == (503, "text/html")


def test_the_platform_api_answers_503_with_its_error_code(clock: FrozenClock) -> None:
    client = create_app(config_for(NOBODY), clock, doors=("platform",)).test_client()
    headers = {"Authorization": f"Bearer {TOKENS['portal']}", "Comptoir-Acting-Person": "Ada", "Idempotency-Key": "k"}
    answer = client.post("/platform/v1/merchants", json={}, headers=headers)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert answer.get_json()["error"]["code"] == "service_unavailable"


def test_a_connection_that_the_server_ended_meanwhile_is_replaced(core: Flask, core_database: str) -> None:
    """As after a restart: what waits in the pool is no good any more, and the next request must not notice."""
    asked = text("SELECT pg_backend_pid()")
    ended = db.session.scalar(asked)
    db.session.commit()
    with psycopg.connect(core_database.replace("+psycopg", "")) as other:
        assert other.execute("SELECT pg_terminate_backend(%s, 10000)", [ended]).fetchone() == (True,)
    assert db.session.scalar(asked) != ended


def test_one_that_a_request_holds_is_replaced_between_two_statements(core: Flask, core_database: str) -> None:
    ended = _present()
    assert _present() == ended
    with psycopg.connect(core_database.replace("+psycopg", "")) as other:
        assert other.execute("SELECT pg_terminate_backend(%s, 10000)", [ended]).fetchone() == (True,)
    assert _present() != ended


def test_the_next_statement_says_that_the_server_is_still_away(
    core: Flask, core_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = _present()
    with psycopg.connect(core_database.replace("+psycopg", "")) as other:
        assert other.execute("SELECT pg_terminate_backend(%s, 10000)", [ended]).fetchone() == (True,)
    with monkeypatch.context() as patch:
        patch.setattr(LaneConnection, "connect", Mock(side_effect=psycopg.OperationalError("connection refused")))
        for _ in range(2):
            with pytest.raises(OperationalError):
                _present()
    assert _present() != ended


def test_one_that_breaks_within_a_statement_is_not_used_again(core: Flask) -> None:
    ended = _present()
    with pytest.raises(OperationalError):
        at_once(b"SELECT pg_terminate_backend(pg_backend_pid())", ())
    assert _present() != ended


def test_a_session_that_cannot_be_closed_gives_its_other_connection_back(
    core: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    _present()
    db.session.execute(text("SELECT 1"))
    session, pool = db.session(), db.engines[AT_ONCE].pool
    assert isinstance(pool, QueuePool)
    assert pool.checkedout() == 1
    with monkeypatch.context() as patch:
        patch.setattr(Session, "close", Mock(side_effect=OperationalError("ROLLBACK", None, Exception("gone"))))
        with pytest.raises(OperationalError):
            session.close()
    assert pool.checkedout() == 0


def _present() -> int:
    """The server's process behind the connection past the session."""
    return int(at_once(b"SELECT pg_backend_pid()", ())[0][0])

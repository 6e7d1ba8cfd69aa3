"""Settings, migrations, command line, worker's sweep, the core's client."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests
import responses
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import create_engine, inspect

from merchant_portal import cli, migrate, opening, sweep
from merchant_portal.config import Config, ConfigError
from merchant_portal.db import Base, db
from merchant_portal.errors import PaymentsRefused, PaymentsUnavailable, PortalError
from merchant_portal.models import Account
from merchant_portal.payments_client import PaymentsClient

from .conftest import START, Browser
from .fake_core import BASE, FakeCore

NAMES = [
    "DATABASE_URL",
    "PROVISIONER_VIEW_URL",
    "REDIS_URL",
    "SECRET_KEY",
    "PLATFORM_URL",
    "PLATFORM_TOKEN",
    "PORTAL_URL",
    "API_URL",
    "PAYMENT_URL",
    "BOUTIQUES_DOMAIN",
    "SMTP_URL",
    "MAIL_FROM",
]


def test_missing_settings_are_all_named() -> None:
    with pytest.raises(ConfigError, match=r"PORTAL_DATABASE_URL.*PORTAL_MAIL_FROM"):
        Config.from_environment({})
    given = {f"PORTAL_{name}": "ab" * 32 for name in NAMES}
    assert Config.from_environment(given).boutiques_port is None
    assert Config.from_environment({**given, "PORTAL_BOUTIQUES_PORT": "8443"}).boutiques_port == 8443
    with pytest.raises(ConfigError, match="hexadecimal"):
        Config.from_environment({**given, "PORTAL_SECRET_KEY": "zz"})
    with pytest.raises(ConfigError, match="32 bytes"):
        Config.from_environment({**given, "PORTAL_SECRET_KEY": "abcd"})


def test_migrations_go_up_down_and_up_and_match_the_models(postgres: Any) -> None:
    engine = create_engine(postgres.create_database("migrations"))
    migrate.upgrade(engine)
    migrate.upgrade(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    migrate.downgrade(engine)
    assert inspect(engine).get_table_names() == ["alembic_version"]
    migrate.upgrade(engine)
    engine.dispose()


def test_the_health_address_answers(browser: Browser) -> None:
    assert browser.get("/health").json == {"status": "ok"}


def test_an_account_from_the_command_line_is_made_once(app: Flask, core: FakeCore) -> None:
    with app.app_context():
        first = opening.open_or_find("You@Example.com", None, "Atelier Martin", START)
        assert opening.open_or_find("you@example.com", None, "Atelier Martin", START) == first
        assert db.session.query(Account).count() == 1
        with pytest.raises(PortalError, match="email_malformed"):
            opening.open_or_find("nonsense", None, "Atelier Martin", START)
        with pytest.raises(PortalError, match="password_short"):
            opening.open_or_find("other@example.com", "short", "Atelier Martin", START)


def test_create_account_prints_only_json(
    monkeypatch: pytest.MonkeyPatch, app: Flask, core: FakeCore, browser: Browser
) -> None:
    monkeypatch.setattr(cli, "_app", lambda: app)
    arguments = ["create-account", "--email", "you@example.com", "--password", "cheval batterie agrafe", "--json"]
    done = CliRunner().invoke(cli.cli, arguments)
    assert done.exit_code == 0, done.output
    assert json.loads(done.output) == {"merchant": f"mrch_{1:024d}"}
    signed = browser.post("/connexion", {"email": "you@example.com", "password": "cheval batterie agrafe"})
    assert signed.status_code == 303
    failed = CliRunner().invoke(cli.cli, ["create-account", "--email", "nonsense"])
    assert failed.exit_code == 1


def test_a_sweep_makes_the_merchants_a_crash_left_out(app: Flask, core: FakeCore) -> None:
    core.down = True
    with app.app_context(), pytest.raises(PaymentsUnavailable):
        opening.open_or_find("you@example.com", None, "Atelier Martin", START)
    sweep.sweep(app)
    assert core.merchants == {}
    core.down = False
    sweep.sweep(app)
    sweep.sweep(app)
    assert len(core.merchants) == 1
    with app.app_context():
        assert db.session.query(Account).one().merchant_id == f"mrch_{1:024d}"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (
            {"status": 409, "json": {"error": {"code": "nothing_left", "message": "no", "params": {"code": "x"}}}},
            PaymentsRefused,
        ),
        ({"status": 422, "json": {"error": {"code": "invalid_request"}}}, PaymentsRefused),
        ({"status": 404, "json": {}}, PaymentsRefused),
        ({"status": 500, "body": "oops"}, PaymentsUnavailable),
        ({"status": 401, "json": {}}, PaymentsUnavailable),
        ({"status": 200, "body": "not json"}, PaymentsUnavailable),
        ({"body": requests.ConnectTimeout()}, PaymentsUnavailable),
        ({"body": requests.ReadTimeout()}, PaymentsUnavailable),
    ],
)
@responses.activate
def test_the_client_tells_no_from_no_answer(answer: dict[str, Any], error: type[PortalError]) -> None:
    responses.add("GET", f"{BASE}/merchants/mrch_1", **answer)
    client = PaymentsClient("http://platform.test", "portal-token")
    with pytest.raises(error):
        client.merchant("marie@example.com", "mrch_1")


@responses.activate
def test_the_client_says_who_acts_and_reads_every_page() -> None:
    url = f"{BASE}/merchants/mrch_1/payments"
    matcher = responses.matchers.query_param_matcher
    responses.add(
        "GET", url, json={"payments": [{"id": 1}], "next": "c"}, match=[matcher({"live": "false", "limit": "100"})]
    )
    responses.add(
        "GET",
        url,
        json={"payments": [{"id": 2}], "next": None},
        match=[matcher({"live": "false", "limit": "100", "cursor": "c"})],
    )
    client = PaymentsClient("http://platform.test", "portal-token")
    assert [item["id"] for item in client.all_payments("léa@example.com", "mrch_1", {"q": ""})] == [1, 2]
    assert responses.calls[0].request.headers["Comptoir-Acting-Person"] == "l?a@example.com"

"""Fixtures of the portal's tests: one migrated database per run, emptied before each test; the provisioner's views as tables of
the same shape; the core behind `responses`; a clock that stands still."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import responses
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, create_engine, text

from merchant_portal import create_app, migrate, people
from merchant_portal.config import Config
from merchant_portal.db import Base, db
from merchant_portal.models import OutgoingMail, Person, SignUp

from .fake_core import FakeCore

START = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)
ORIGIN = "https://portal.localhost"
PASSWORD = "cheval batterie agrafe"
SIREN = "732829320"
IBAN = "FR7630006000011234567890189"

_VIEWS = """
CREATE TABLE portal_commands (command_id uuid, boutique_id text, action text, status text, reason_code text, reason_params jsonb,
  created_at timestamptz DEFAULT now());
CREATE TABLE portal_boutiques (id text, merchant_id text, domain text, url text, admin_url text, wanted text, state text,
  steps jsonb DEFAULT '[]', error_code text, error_params jsonb, prestashop_version text, created_at timestamptz, live_at timestamptz,
  archived_at timestamptz, archive_expires_at timestamptz);
CREATE TABLE portal_domains (domain text, boutique_id text, merchant_id text, until timestamptz);
CREATE TABLE portal_provisioning (available bool, missing_code text, missing_params jsonb, prestashop_version text, pool_ready int,
  checked_at timestamptz);
"""


class FrozenClock:
    """A clock that moves only when told to."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def tick(self, **duration: float) -> None:
        self.now += timedelta(**duration)


@pytest.fixture(scope="session")
def portal_url(postgres: Any) -> str:
    """A migrated database."""
    url: str = postgres.create_database("portal")
    engine = create_engine(url)
    migrate.upgrade(engine)
    engine.dispose()
    return url


@pytest.fixture(scope="session")
def views_engine(postgres: Any) -> Iterator[Engine]:
    """What the provisioner shows, in a database of its own."""
    engine = create_engine(postgres.create_database("provisioner"))
    with engine.begin() as connection:
        connection.execute(text(_VIEWS))
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def config(portal_url: str, views_engine: Engine) -> Config:
    """No broker: hints are not sent, as when Redis is away."""
    return Config(
        database_url=portal_url,
        provisioner_view_url=views_engine.url.render_as_string(hide_password=False),
        redis_url="",
        secret_key=bytes(range(32)),
        platform_url="http://platform.test",
        platform_token="portal-token",
        portal_url=ORIGIN,
        api_url="https://api.localhost:8443",
        payment_url="https://payment.localhost:8443",
        boutiques_domain="localhost",
        boutiques_port=8443,
        smtp_url="smtp://127.0.0.1:9",
        mail_from="Comptoir <ne-pas-repondre@localhost>",
        password_memory_kib=64,
    )


@pytest.fixture(scope="session")
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture(scope="session")
def session_app(config: Config, clock: FrozenClock) -> Iterator[Flask]:
    app = create_app(config, clock)
    app.config["TESTING"] = True
    yield app
    with app.app_context():
        db.engine.dispose()
    app.extensions["boutique_views"]._engine.dispose()


@pytest.fixture
def app(session_app: Flask, clock: FrozenClock, views_engine: Engine) -> Flask:
    """The application with empty tables at START."""
    clock.now = START
    tables = ", ".join(table.name for table in Base.metadata.sorted_tables)
    with session_app.app_context(), db.engine.begin() as connection:
        connection.execute(text(f"TRUNCATE {tables} RESTART IDENTITY"))
    with views_engine.begin() as connection:
        connection.execute(text("TRUNCATE portal_commands, portal_boutiques, portal_domains, portal_provisioning"))
        connection.execute(text("INSERT INTO portal_provisioning VALUES (true, NULL, NULL, '8.2.1', 1, now())"))
    return session_app


@pytest.fixture
def core() -> Iterator[FakeCore]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield FakeCore(mock)


@dataclass
class Browser:
    """A person's browser: keeps cookies, fills in hidden fields, sends what browsers send."""

    client: FlaskClient

    def get(self, path: str, **options: Any) -> Any:
        return self.client.get(path, base_url=ORIGIN, **options)

    def token(self, path: str = "/conditions") -> str:
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.get(path).text)
        assert found, path
        return found.group(1)

    def post(self, path: str, data: dict[str, Any] | None = None, **options: Any) -> Any:
        fields = {"csrf_token": self.token(), **(data or {})}
        headers = {"Referer": ORIGIN + path, **options.pop("headers", {})}
        return self.client.post(path, data=fields, base_url=ORIGIN, headers=headers, **options)


@pytest.fixture
def browser(app: Flask) -> Browser:
    return Browser(app.test_client())


@pytest.fixture
def other_browser(app: Flask) -> Browser:
    return Browser(app.test_client())


def application(**changes: Any) -> people.Application:
    """A sign-up form that passed its checks."""
    made = people.Application(
        id=uuid.uuid4(),
        email="marie@example.com",
        password=PASSWORD,
        company="Savons Martin",
        siren=SIREN,
        iban=IBAN,
        language="fr",
    )
    return replace(made, **changes)


FORM = {
    "email": "marie@example.com",
    "password": PASSWORD,
    "company": "Savons Martin",
    "siren": "732 829 320",
    "iban": "FR76 3000 6000 0112 3456 7890 189",
    "terms": "y",
}


def mailed_link(app: Flask, part: str) -> str:
    """The path of the newest mailed link that contains `part`."""
    with app.app_context():
        mails = db.session.query(OutgoingMail).order_by(OutgoingMail.created_at.desc(), OutgoingMail.id).all()
    for mail in mails:
        found = re.search(rf"https://\S+({re.escape(part)}\S+)", mail.text or "")
        if found:
            return found.group(1)
    raise AssertionError(f"no mail with {part}")


@pytest.fixture
def merchant(app: Flask, core: FakeCore, browser: Browser) -> Browser:
    """A signed-in owner of an account whose merchant exists."""
    sign_in_as(app, browser, "owner")
    return browser


def sign_in_as(app: Flask, browser: Browser, role: str, language: str = "fr") -> None:
    """Makes a person of that role (of an account of their own) and signs them in."""
    email = f"{role}.{language}@example.com"
    with app.app_context():
        if db.session.query(Person).filter_by(email=email).first() is None:
            row = SignUp(
                email=email,
                password_hash=app.extensions["hasher"].hash(PASSWORD),
                company="Savons Martin",
                siren=SIREN,
                iban=IBAN,
                language=language,
                terms_version=people.TERMS_VERSION,
                created_at=START,
            )
            membership = people.open_account(row, START)
            membership.role = role
            db.session.commit()
    answer = browser.post("/connexion", {"email": email, "password": PASSWORD})
    assert answer.status_code == 303, answer.text

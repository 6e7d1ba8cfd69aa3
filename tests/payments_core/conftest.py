"""Fixtures of the core's tests: one migrated database per run, emptied before each test, and a clock that stands still."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import psycopg
import pytest
from flask import Flask
from sqlalchemy import event, func, select, text
from sqlalchemy.pool import QueuePool

from payments_core import clocks, create_app, keys, merchants, migrating, payments, policy, sweep
from payments_core.card_rules import CardInput
from payments_core.config import Config
from payments_core.db import Base, db
from payments_core.merchants import MerchantInput
from payments_core.models import Merchant, Payment, Payout
from payments_core.payments import NewPayment
from payments_core.runtime import EXTENSION
from payments_core.scope import Scope, scope_of
from tests.payments_core.exchange_steps import Rates


@contextmanager
def statements() -> Iterator[list[str]]:
    """Every statement that is sent to the database meanwhile, whoever sends it."""
    seen: list[str] = []
    execute = psycopg.Cursor.execute

    def noting(cursor: Any, query: Any, *arguments: Any, **more: Any) -> Any:
        seen.append(query.decode() if isinstance(query, bytes) else str(query))
        return execute(cursor, query, *arguments, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(psycopg.Cursor, "execute", noting)
        yield seen


@contextmanager
def plans(*beginnings: str) -> Iterator[list[str]]:
    """How the database goes about each statement that begins so, as run meanwhile; by indexes, though a test has few rows."""
    seen: list[str] = []

    def explain(connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.startswith(beginnings):
            shown = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) {statement}", parameters)
            seen.append("\n".join(row[0] for row in shown))

    db.session.execute(text("SET enable_seqscan = off"))
    event.listen(db.engine, "before_cursor_execute", explain)
    try:
        yield seen
    finally:
        event.remove(db.engine, "before_cursor_execute", explain)
        db.session.execute(text("RESET enable_seqscan"))
        db.session.commit()


@contextmanager
def offsets() -> Iterator[list[int]]:
    """How many rows each statement of meanwhile passes over before those it shows."""
    seen: list[int] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        seen.extend(parameters[name] for name in re.findall(r"OFFSET %\((\w+)\)s", statement))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def connections_in_use() -> int:
    """Of the present application, in both pools."""
    return sum(cast(QueuePool, engine.pool).checkedout() for engine in db.engines.values())


# A Tuesday, 10:00 in Paris, with no holiday near.
START = datetime(2026, 9, 15, 8, 0, tzinfo=UTC)
TOKENS = {
    "portal": "portal-token-0123456789",
    "provisioner": "provisioner-token-012345",
    "stack": "stack-token-0123456789",
}
SECRET_KEY = bytes(range(32))
VISA_US = "4242424242424242"
VISA_FR = "4000002500000003"


class FrozenClock:
    """A clock that moves when told to, and by a microsecond at every look, so that no two rows are of the same moment."""

    def __init__(self, now: datetime = START) -> None:
        self.now = now

    def __call__(self) -> datetime:
        self.now += timedelta(microseconds=1)
        return self.now

    def tick(self, **duration: float) -> None:
        self.now += timedelta(**duration)


def config_for(url: str, **changes: Any) -> Config:
    """Settings of a test application: no broker, so no hints are sent; rates that no test meets unless it says so."""
    plain = Config(database_url=url, redis_url="", secret_key=SECRET_KEY, platform_tokens=TOKENS)
    return replace(plain, **{"rate_limit_live": "100000/second", "rate_limit_test": "100000/second", **changes})


@pytest.fixture(scope="session")
def core_database(postgres: Any) -> str:
    """A migrated database."""
    url: str = postgres.create_database("core")
    with create_app(config_for(url), doors=()).app_context():
        migrating.upgrade()
        db.engine.dispose()
    return url


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture
def core_app(core_database: str, clock: FrozenClock) -> Iterator[Flask]:
    """An application with the platform door on an empty database."""
    app = create_app(config_for(core_database), clock, doors=("platform",))
    with app.app_context():
        _empty()
        policy.forget_cache()
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def core(core_app: Flask) -> Iterator[Flask]:
    """The same with its context pushed, for domain tests."""
    with core_app.app_context():
        yield core_app


def _empty() -> None:
    """Empties every table but the policy; as superuser the append-only triggers can be passed by.

    Row by row: a test leaves few of them, and truncating gives each of the tables and indexes a new file.
    """
    names = [table.name for table in Base.metadata.sorted_tables if table.name != "policy_versions"]
    with db.engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.exec_driver_sql(f"DO $$ BEGIN {''.join(f'DELETE FROM {name};' for name in names)} END $$")


@dataclass
class Shop:
    """A merchant with a test clock, and short ways to do the usual things."""

    merchant: Merchant
    clock: FrozenClock

    @property
    def scope(self) -> Scope:
        db.session.refresh(self.merchant)
        db.session.commit()  # a request has begun no transaction either when its scope is known
        return scope_of(self.merchant, False, self.clock(), "key:test")

    def pay(self, amount: int = 1000, number: str = VISA_FR, **more: Any) -> Payment:
        return own(payments.create(self.scope, NewPayment(amount=amount, card=card(number), **more)))

    def advance(self, **duration: float) -> None:
        """Moves the test clock and does what falls due, as the worker would."""
        now = clocks.read(self.merchant, self.clock.now).now
        clocks.ask_advance(self.merchant.id, self.clock.now, to=now + timedelta(**duration))
        clocks.advance(self.merchant.id)

    def advance_to(self, moment: datetime) -> None:
        clocks.ask_advance(self.merchant.id, self.clock.now, to=moment)
        clocks.advance(self.merchant.id)

    def captured(self, amount: int = 1000, number: str = VISA_FR, **more: Any) -> Payment:
        """A payment taken through cut-off and settlement."""
        payment = self.pay(amount, number, **more)
        self.advance(days=1)
        assert payment.status == "captured", payment.status
        return payment

    def paid_out(self, currency: str = "eur") -> int:
        """What left for the merchant's bank account and did not come back, in minor units."""
        statement = select(func.coalesce(func.sum(Payout.amount), 0)).where(
            Payout.merchant_id == self.merchant.id, Payout.currency == currency, Payout.status != "failed"
        )
        return int(db.session.scalar(statement) or 0)


def own(made: Payment) -> Payment:
    """The session's own row of a payment, to be changed."""
    found = db.session.get(Payment, made.id)
    assert found is not None
    db.session.commit()  # nobody has begun anything
    return found


def card(number: str = VISA_FR, **more: Any) -> CardInput:
    return CardInput(number=number, exp_month=12, exp_year=2030, **{"cvc": "123", **more})


@pytest.fixture
def new_shop(core: Flask, clock: FrozenClock) -> Callable[[str], Shop]:
    def make(reference: str) -> Shop:
        wanted = MerchantInput(
            reference, "Librairie Martin", "martin@exemple.fr", "732829320", "FR1420041010050500013M02606"
        )
        merchant, _ = merchants.create(wanted, clock())
        return Shop(merchant, clock)

    return make


@pytest.fixture
def shop(new_shop: Callable[[str], Shop]) -> Shop:
    return new_shop("account-1")


@pytest.fixture
def rates(core: Flask, monkeypatch: pytest.MonkeyPatch) -> Rates:
    """The acquirer's exchange rates, replaced at its door: 0.90 for every currency until the test says otherwise."""
    found = Rates("0.90")
    monkeypatch.setattr(core.extensions[EXTENSION].acquirer, "exchange_rate", found)
    return found


@pytest.fixture
def key(shop: Shop) -> str:
    """A secret test key of the shop."""
    return keys.create_pair(shop.merchant.id, False, "Clé", None, shop.clock())[1]


@pytest.fixture
def do_sweep(core: Flask) -> Callable[[], dict[str, int]]:
    return sweep.sweep

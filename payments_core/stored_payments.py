"""A history of test payments made in SQL, for measuring what millions of stored payments do to the next one.

Only for merchants whose reference starts with `bench-`, in test mode. Each payment has what a real one has that was captured at once
or declined: its attempt, its events, the acquirer's record, its ledger entries up to where its money is by now, its part of the
running balances, and marks along its merchant's list. They spread over a year and over the merchants, a few of which have many, most
of which have few. Bank holidays are left out: a date may be a day early, an amount never differs from its entries.

Large fills go without indexes and foreign keys and make them again, all in one transaction: a failure leaves everything as it was.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, text

from payments_core import cards
from payments_core.card_rules import CardInput
from payments_core.db import db
from payments_core.list_marks import STRIDE
from payments_core.models import Merchant
from payments_core.policy import policy_at
from payments_core.scope import scope_of
from payments_core.stored_payments_sql import BALANCES, FILLED, MARKS, NEW_PAYMENTS, ROWS

REFERENCE = "bench-"
NUMBER = "4000000000000077"  # captured at once, so one payment writes to the ledger
_CHUNK = 250_000
_WITHOUT_INDEXES = 500_000  # from so many new payments on, making indexes again is faster than keeping them
_MEMORY = "512MB"  # for one index


class NoMerchants(Exception):
    """There is nobody whose payments could be made."""


def fill(total: int, real_now: datetime) -> dict[str, int]:
    """Adds what is missing to `total` test payments of all merchants together; {"added", "stored"}.

    Raises NoMerchants.
    """
    _make_cards(real_now)
    with db.engine.connect() as connection, connection.begin():
        missing = max(0, total - _count(connection))
        with _bulk(connection, missing >= _WITHOUT_INDEXES):
            for first in range(0, missing, _CHUNK):
                _add(connection, first, min(_CHUNK, missing - first), missing, real_now)
        for statement in MARKS:
            connection.execute(text(statement), {"stride": STRIDE, "now": real_now, "own": f"{REFERENCE}%"})
        stored = _count(connection)
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for table in FILLED:
            connection.execute(text(f"VACUUM (ANALYZE) {table}"))
    return {"added": missing, "stored": stored}


def _make_cards(real_now: datetime) -> None:
    """A card of each merchant, sealed by the vault as any card is."""
    found = db.session.scalars(select(Merchant).where(Merchant.reference.startswith(REFERENCE))).all()
    if not found:
        raise NoMerchants(f"No merchant has a reference that starts with {REFERENCE}")
    for merchant in found:
        scope = scope_of(merchant, False, real_now, "bench")
        cards.add(scope, CardInput(NUMBER, 12, scope.now.year + 3))
    db.session.commit()


def _add(connection: Connection, first: int, count: int, missing: int, real_now: datetime) -> None:
    policy = policy_at(real_now)
    values: dict[str, Any] = {
        "first": first,
        "count": count,
        "missing": missing,
        "now": real_now,
        "own": f"{REFERENCE}%",
        "basis_points": policy.card_eea_basis_points,
        "fixed": policy.card_eea_fixed,
        "policy_version": policy.version,
        "attempts": policy.page_attempts,
        "hold_days": policy.hold_days,
        "settlement_hour": policy.settlement_hour,
    }
    for statement in (NEW_PAYMENTS, *ROWS, BALANCES):
        connection.execute(text(statement), values)
    connection.execute(text("DROP TABLE new_payments"))


@contextmanager
def _bulk(connection: Connection, large: bool) -> Iterator[None]:
    """Takes indexes and foreign keys off the filled tables and puts them back exactly as they were defined."""
    if not large:
        yield
        return
    connection.execute(text(f"SET LOCAL maintenance_work_mem = '{_MEMORY}'"))
    constraints = connection.execute(text(_CONSTRAINTS), {"tables": list(FILLED)}).all()
    indexes = connection.execute(text(_INDEXES), {"tables": list(FILLED)}).all()
    for kind in ("f", "pu"):  # what a foreign key leans on goes after it
        for table, name, its_kind, _ in constraints:
            if its_kind in kind:
                connection.execute(text(f"ALTER TABLE {table} DROP CONSTRAINT {name}"))
    for name, _ in indexes:
        connection.execute(text(f"DROP INDEX {name}"))
    yield
    for kind in ("pu", "f"):
        for table, name, its_kind, definition in constraints:
            if its_kind in kind:
                connection.execute(text(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}"))
    for _, definition in indexes:
        connection.exec_driver_sql(definition)


# Those of the tables and those of others that refer to them.
_CONSTRAINTS = """
    SELECT conrelid::regclass::text, quote_ident(conname), contype::text, pg_get_constraintdef(oid)
    FROM pg_constraint
    WHERE (contype IN ('p', 'u', 'f') AND conrelid::regclass::text = ANY(:tables))
       OR (contype = 'f' AND confrelid::regclass::text = ANY(:tables))"""
_INDEXES = """
    SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
    WHERE indrelid::regclass::text = ANY(:tables)
      AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u'))"""


def _count(connection: Connection) -> int:
    return connection.scalar(text("SELECT count(*) FROM payments WHERE NOT live")) or 0

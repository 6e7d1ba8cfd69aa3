"""The terminal's memory: every sale from before its first message, durable before anything is sent.

SQLite with full synchronisation: what is written survives kill -9 and power loss. No card number is kept, only its last four digits.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

_TABLES = """
CREATE TABLE IF NOT EXISTS counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS sales (
    number TEXT PRIMARY KEY,           -- transaction number, field 37
    state TEXT NOT NULL,               -- sent, approved, declined, reversing, reversed, canceling, canceled, collected
    amount INTEGER NOT NULL,           -- minor units
    card TEXT NOT NULL, masked TEXT NOT NULL, aid TEXT NOT NULL, network TEXT NOT NULL,
    at TEXT NOT NULL,
    response TEXT, authorization TEXT, batch TEXT
);
CREATE TABLE IF NOT EXISTS batches (
    number TEXT PRIMARY KEY,
    state TEXT NOT NULL,               -- open, agreed, refused
    count INTEGER NOT NULL DEFAULT 0, total INTEGER NOT NULL DEFAULT 0,
    host_count INTEGER, host_total INTEGER
);
"""
UNFINISHED = ("sent", "reversing", "canceling")


@dataclass(frozen=True)
class Sale:
    """One sale; `amount` in minor units."""

    number: str
    state: str
    amount: int
    card: str
    masked: str
    aid: str
    network: str
    at: str
    response: str | None
    authorization: str | None
    batch: str | None


class Journal:
    """One terminal's journal. Every method is one durable transaction."""

    def __init__(self, folder: Path) -> None:
        self._connection = sqlite3.connect(folder / "journal.sqlite", isolation_level=None, timeout=30)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=FULL")
        self._connection.executescript(_TABLES)

    def close(self) -> None:
        self._connection.close()

    def next(self, counter: str, modulus: int = 1_000_000) -> int:
        """The next value of a counter ("trace", "sale", "batch", "chip:<card>"), from 1 on, never given twice within the modulus."""
        with self._transaction() as connection:
            row = connection.execute("SELECT value FROM counters WHERE name = ?", (counter,)).fetchone()
            value = (row[0] if row else 0) % (modulus - 1) + 1
            connection.execute("INSERT OR REPLACE INTO counters VALUES (?, ?)", (counter, value))
        return int(value)

    def begin(self, number: str, amount: int, card: str, masked: str, aid: str, network: str, at: datetime) -> None:
        """A sale that is about to be sent."""
        with self._transaction() as connection:
            connection.execute(
                "INSERT INTO sales VALUES (?, 'sent', ?, ?, ?, ?, ?, ?, NULL, NULL, NULL)",
                (number, amount, card, masked, aid, network, at.isoformat()),
            )

    def mark(self, number: str, state: str, response: str | None = None, authorization: str | None = None) -> Sale:
        """Moves a sale on; what is None stays as it was."""
        with self._transaction() as connection:
            connection.execute(
                "UPDATE sales SET state = ?, response = COALESCE(?, response), authorization = COALESCE(?, authorization)"
                " WHERE number = ?",
                (state, response, authorization, number),
            )
        found = self.sale(number)
        assert found is not None
        return found

    def sale(self, number: str) -> Sale | None:
        row = self._connection.execute("SELECT * FROM sales WHERE number = ?", (number,)).fetchone()
        return Sale(*row) if row else None

    def sales(self, *states: str) -> list[Sale]:
        """Sales in these states, oldest first; without a state all of them."""
        marks = ", ".join("?" * len(states))
        where = f"WHERE state IN ({marks})" if states else ""
        rows = self._connection.execute(f"SELECT * FROM sales {where} ORDER BY number", states)  # noqa: S608  only question marks
        return [Sale(*row) for row in rows]

    def open_batch(self) -> tuple[str, list[Sale]] | None:
        """The batch being collected with its sales: the one a crash left open, or a new one of all approved sales.

        None when there is nothing to collect.
        """
        with self._transaction() as connection:
            row = connection.execute("SELECT number FROM batches WHERE state = 'open'").fetchone()
            if row is None:
                count, total = connection.execute(
                    "SELECT COUNT(*), COALESCE(SUM(amount), 0) FROM sales WHERE state = 'approved'"
                ).fetchone()
                if not count:
                    return None
                last = connection.execute("SELECT COALESCE(MAX(number), '0') FROM batches").fetchone()[0]
                row = (f"{int(last) + 1:06d}",)
                connection.execute("INSERT INTO batches VALUES (?, 'open', ?, ?, NULL, NULL)", (row[0], count, total))
                connection.execute("UPDATE sales SET batch = ? WHERE state = 'approved'", row)
            rows = connection.execute(
                "SELECT * FROM sales WHERE batch = ? AND state = 'approved' ORDER BY number", row
            ).fetchall()
        return str(row[0]), [Sale(*sale) for sale in rows]

    def close_batch(self, number: str, agreed: bool, host_count: int, host_total: int) -> None:
        """The host's word on a batch. Agreed: its sales are collected. Refused: they wait for the next batch."""
        with self._transaction() as connection:
            connection.execute(
                "UPDATE batches SET state = ?, host_count = ?, host_total = ? WHERE number = ?",
                ("agreed" if agreed else "refused", host_count, host_total, number),
            )
            if agreed:
                connection.execute(
                    "UPDATE sales SET state = 'collected' WHERE batch = ? AND state = 'approved'", (number,)
                )
            else:
                connection.execute("UPDATE sales SET batch = NULL WHERE batch = ? AND state = 'approved'", (number,))

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield self._connection
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

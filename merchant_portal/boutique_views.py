"""The provisioner's views, read with a role that can do nothing else. Sole reader of that database."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import current_app
from sqlalchemy import Connection, RowMapping, create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from merchant_portal.errors import BoutiquesUnavailable

_BOUTIQUE = "SELECT * FROM portal_boutiques WHERE merchant_id = :merchant"


@dataclass(frozen=True)
class Boutique:
    """A row of portal_boutiques. `steps` are {name, started_at, finished_at, seconds}."""

    id: str
    merchant_id: str
    domain: str
    url: str
    admin_url: str
    wanted: str
    state: str
    steps: list[dict[str, Any]]
    error_code: str | None
    error_params: dict[str, Any]
    prestashop_version: str | None
    created_at: datetime
    live_at: datetime | None
    archived_at: datetime | None
    archive_expires_at: datetime | None

    @property
    def moving(self) -> bool:
        """Whether work is under way, so that the page should look again."""
        return self.state in ("queued", "creating", "changing")

    @property
    def name(self) -> str:
        """The address without the platform's part."""
        return self.domain.partition(".")[0]


@dataclass(frozen=True)
class CommandView:
    """A row of portal_commands; `status` is accepted, refused or done."""

    command_id: uuid.UUID
    boutique_id: str | None
    action: str
    status: str
    reason_code: str | None
    reason_params: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Provisioning:
    """Whether boutiques can be made now, and if not what is missing."""

    available: bool
    missing_code: str | None
    missing_params: dict[str, Any]
    prestashop_version: str | None


class BoutiqueViews:
    """Reads; every method raises BoutiquesUnavailable when the database or its views are not there."""

    def __init__(self, url: str) -> None:
        self._engine = create_engine(
            url,
            pool_size=3,
            max_overflow=5,
            pool_pre_ping=True,
            connect_args={"connect_timeout": 2, "options": "-c statement_timeout=5000"},
        )

    def provisioning(self) -> Provisioning:
        """What the provisioner last said about itself; no row yet means it has not started."""
        rows = self._rows("SELECT * FROM portal_provisioning LIMIT 1")
        if not rows:
            return Provisioning(False, "not_started", {}, None)
        row = rows[0]
        return Provisioning(
            row["available"], row["missing_code"], row["missing_params"] or {}, row["prestashop_version"]
        )

    def boutiques(self, merchant_id: str) -> list[Boutique]:
        """The merchant's, newest first, archived ones too."""
        rows = self._rows(_BOUTIQUE + " ORDER BY created_at DESC, id", merchant=merchant_id)
        return [_boutique(row) for row in rows]

    def boutique(self, merchant_id: str, boutique_id: str) -> Boutique | None:
        """One of the merchant's, or None."""
        rows = self._rows(_BOUTIQUE + " AND id = :id", merchant=merchant_id, id=boutique_id)
        return _boutique(rows[0]) if rows else None

    def commands(self, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, CommandView]:
        """What the provisioner made of these commands; those it has not seen are absent."""
        query = "SELECT * FROM portal_commands WHERE command_id = ANY(:ids)"
        return {view.command_id: view for view in map(_command, self._rows(query, ids=list(ids)))}

    def last_refusal(self, boutique_id: str) -> CommandView | None:
        """The boutique's newest command, if it was refused."""
        query = "SELECT * FROM portal_commands WHERE boutique_id = :id ORDER BY created_at DESC LIMIT 1"
        found = [_command(row) for row in self._rows(query, id=boutique_id)]
        return found[0] if found and found[0].status == "refused" else None

    def holder_of(self, domain: str) -> str | None:
        """The merchant id a name is taken by or kept for, or None when it is free."""
        rows = self._rows("SELECT merchant_id FROM portal_domains WHERE domain = :domain", domain=domain)
        return str(rows[0]["merchant_id"]) if rows else None

    def _rows(self, query: str, **values: Any) -> Sequence[RowMapping]:
        with self._connection() as connection:
            return connection.execute(text(query), values).mappings().all()

    @contextmanager
    def _connection(self) -> Iterator[Connection]:
        try:
            with self._engine.connect() as connection:
                yield connection
        except SQLAlchemyError as err:
            raise BoutiquesUnavailable() from err


def boutique_views() -> BoutiqueViews:
    """The current application's."""
    return current_app.extensions["boutique_views"]


def _boutique(row: RowMapping) -> Boutique:
    values = {name: row[name] for name in Boutique.__dataclass_fields__}
    values["steps"] = values["steps"] or []
    values["error_params"] = values["error_params"] or {}
    return Boutique(**values)


def _command(row: RowMapping) -> CommandView:
    values = {name: row[name] for name in CommandView.__dataclass_fields__}
    values["reason_params"] = values["reason_params"] or {}
    return CommandView(**values)

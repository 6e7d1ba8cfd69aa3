"""What the provisioner shows: its four read-only views, read fresh on every call. The portal writes nothing there."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, text
from sqlalchemy.exc import DBAPIError

from merchant_portal.runtime import runtime

log = logging.getLogger(__name__)


class ViewUnavailable(Exception):
    """The provisioner's database did not answer."""


@dataclass(frozen=True)
class Boutique:
    """A row of portal_boutiques."""

    id: str
    merchant_id: str
    domain: str
    url: str
    admin_url: str
    wanted: str
    state: str
    steps: list[dict[str, Any]]
    error_code: str | None
    error_params: dict[str, Any] | None
    prestashop_version: str | None
    created_at: datetime
    live_at: datetime | None
    archived_at: datetime | None
    archive_expires_at: datetime | None


@dataclass(frozen=True)
class Provisioning:
    """Whether boutiques can be made now, and what is missing when not."""

    available: bool
    missing_code: str | None = None
    missing_params: dict[str, Any] = field(default_factory=dict)
    prestashop_version: str | None = None
    pool_ready: int = 0


@dataclass(frozen=True)
class Answer:
    """What became of a command: accepted, refused or done."""

    command_id: UUID
    boutique_id: str | None
    action: str
    status: str
    reason_code: str | None
    reason_params: dict[str, Any] | None


_BOUTIQUE_COLUMNS = ", ".join(Boutique.__dataclass_fields__)
_ANSWER_COLUMNS = ", ".join(Answer.__dataclass_fields__)


def _rows(query: str, *expanding: str, **values: Any) -> list[dict[str, Any]]:
    statement = text(query)
    if expanding:
        statement = statement.bindparams(*(bindparam(name, expanding=True) for name in expanding))
    try:
        with runtime().views.connect() as connection:
            return [dict(row) for row in connection.execute(statement, values).mappings()]
    except DBAPIError as error:
        log.warning("the provisioner's views cannot be read: %s", error.orig)
        raise ViewUnavailable from error


def boutiques(merchant_id: str) -> list[Boutique]:
    """The merchant's boutiques, newest first. Raises ViewUnavailable."""
    query = f"SELECT {_BOUTIQUE_COLUMNS} FROM portal_boutiques WHERE merchant_id = :m ORDER BY created_at DESC, id"  # noqa: S608
    return [Boutique(**row) for row in _rows(query, m=merchant_id)]


def boutique(merchant_id: str, boutique_id: str) -> Boutique | None:
    """One of the merchant's boutiques. Raises ViewUnavailable."""
    query = f"SELECT {_BOUTIQUE_COLUMNS} FROM portal_boutiques WHERE merchant_id = :m AND id = :b"  # noqa: S608  constants
    rows = _rows(query, m=merchant_id, b=boutique_id)
    return Boutique(**rows[0]) if rows else None


def answers(command_ids: list[UUID]) -> dict[UUID, Answer]:
    """What the provisioner says of these commands; the ones it has not seen are absent. Raises ViewUnavailable."""
    if not command_ids:
        return {}
    query = f"SELECT {_ANSWER_COLUMNS} FROM portal_commands WHERE command_id IN :ids"  # noqa: S608  constants
    return {row["command_id"]: Answer(**row) for row in _rows(query, "ids", ids=command_ids)}


def taken(domain: str) -> str | None:
    """The merchant who holds the name, or None when it is free. Raises ViewUnavailable."""
    rows = _rows("SELECT merchant_id FROM portal_domains WHERE domain = :d", d=domain)
    return str(rows[0]["merchant_id"]) if rows else None


def provisioning() -> Provisioning:
    """Whether boutiques can be made. A provisioner that never reported cannot make any. Raises ViewUnavailable."""
    columns = "available, missing_code, missing_params, prestashop_version, pool_ready"
    rows = _rows(f"SELECT {columns} FROM portal_provisioning")  # noqa: S608  constants
    if not rows:
        return Provisioning(False, "not_reported")
    row = rows[0]
    return Provisioning(**{**row, "missing_params": row["missing_params"] or {}})

"""Writes and reads the journal of an account."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from merchant_portal.db import db
from merchant_portal.models import AuditEntry

PAGE = 50


def record(
    account_id: uuid.UUID,
    actor: str,
    action: str,
    now: datetime,
    *,
    person_id: uuid.UUID | None = None,
    target: str | None = None,
    address: str | None = None,
    **params: Any,
) -> None:
    """One more line, within the caller's transaction."""
    db.session.add(
        AuditEntry(
            account_id=account_id,
            person_id=person_id,
            actor=actor,
            action=action,
            target=target,
            address=address,
            params=params,
            at=now,
        )
    )


def page(account_id: uuid.UUID, before: int | None = None) -> tuple[Sequence[AuditEntry], int | None]:
    """Newest first; the second value is where the next page starts, or None."""
    statement = select(AuditEntry).where(AuditEntry.account_id == account_id)
    if before is not None:
        statement = statement.where(AuditEntry.id < before)
    rows = db.session.scalars(statement.order_by(AuditEntry.id.desc()).limit(PAGE + 1)).all()
    return rows[:PAGE], rows[PAGE - 1].id if len(rows) > PAGE else None


def known(account_id: uuid.UUID, action: str, key: str) -> bool:
    """Whether the action of this form is in the journal already."""
    statement = select(AuditEntry.id).where(
        AuditEntry.account_id == account_id, AuditEntry.action == action, AuditEntry.params["key"].astext == key
    )
    return db.session.scalar(statement.limit(1)) is not None

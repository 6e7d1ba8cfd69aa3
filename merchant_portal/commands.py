"""Boutique commands: written as rows, sent as hints, sent again until the provisioner's view shows them."""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from merchant_portal import audit
from merchant_portal.boutique_views import BoutiqueViews
from merchant_portal.db import db
from merchant_portal.errors import NotFound
from merchant_portal.hints import Hints
from merchant_portal.models import BoutiqueCommand
from merchant_portal.sessions import Visitor

ACCEPTANCE_SECONDS = 0.5
RESEND_AFTER = timedelta(seconds=4)  # just under the sweep's own 5 s, so that each sweep sends again


@dataclass(frozen=True)
class Wish:
    """What a form asked for; `command_id` was in the form, so that a double click is one wish."""

    command_id: uuid.UUID
    action: str
    boutique_id: str | None = None
    domain: str | None = None  # create only; also names the boutique in the journal


def request(
    visitor: Visitor, merchant_id: str, wish: Wish, label: str, address: str | None, now: datetime
) -> BoutiqueCommand:
    """Writes the command and its line of the journal, once. Raises NotFound when another account holds that command id."""
    values = {
        "id": wish.command_id,
        "account_id": visitor.account.id,
        "merchant_id": merchant_id,
        "action": wish.action,
        "boutique_id": wish.boutique_id,
        "domain": wish.domain if wish.action == "create" else None,
        "person": visitor.person.email,
        "created_at": now,
        "sends": 0,
    }
    statement = insert(BoutiqueCommand).values(**values).on_conflict_do_nothing().returning(BoutiqueCommand.id)
    if db.session.scalar(statement) is not None:
        audit.record(
            visitor.account.id,
            visitor.person.email,
            f"boutique.{wish.action}",
            now,
            person_id=visitor.person_id,
            target=label,
            address=address,
        )
    db.session.commit()
    return of_account(visitor.account.id, wish.command_id)


def known(account_id: uuid.UUID, command_id: uuid.UUID) -> BoutiqueCommand | None:
    """The account's command with this id, or None."""
    row = db.session.get(BoutiqueCommand, command_id)
    return row if row is not None and row.account_id == account_id else None


def of_account(account_id: uuid.UUID, command_id: uuid.UUID) -> BoutiqueCommand:
    """One of the account's own commands. Raises NotFound."""
    row = db.session.get(BoutiqueCommand, command_id, populate_existing=True)
    if row is None or row.account_id != account_id:
        raise NotFound()
    return row


def unseen(account_id: uuid.UUID) -> Sequence[BoutiqueCommand]:
    """The account's commands the provisioner has not shown yet, oldest first."""
    statement = select(BoutiqueCommand).where(
        BoutiqueCommand.account_id == account_id, BoutiqueCommand.seen_at.is_(None)
    )
    return db.session.scalars(statement.order_by(BoutiqueCommand.created_at)).all()


def send(hints: Hints, row: BoutiqueCommand, now: datetime) -> bool:
    """Passes the command on; returns whether the broker took it. Whether it arrived is told by the view alone."""
    taken = hints.command(_arguments(row))
    row.sent_at, row.sends = now, row.sends + 1
    db.session.commit()
    return taken


def wait_for_boutique(views: BoutiqueViews, command_id: uuid.UUID) -> str | None:
    """The id the provisioner gave, if it answers at once, as it does unless it is busy: the merchant then lands on the
    boutique's own page. Gives up after half a second; the command's page goes on waiting.
    """
    deadline = time.monotonic() + ACCEPTANCE_SECONDS
    while time.monotonic() < deadline:
        view = views.commands([command_id]).get(command_id)
        if view is not None:
            return view.boutique_id
        time.sleep(0.03)
    return None


def resend_unseen(hints: Hints, views: BoutiqueViews, now: datetime, limit: int = 200) -> int:
    """Marks what the view shows and sends the rest again; returns how many were sent. Raises BoutiquesUnavailable."""
    statement = select(BoutiqueCommand).where(BoutiqueCommand.seen_at.is_(None)).order_by(BoutiqueCommand.created_at)
    rows = db.session.scalars(statement.limit(limit).with_for_update(skip_locked=True)).all()
    shown = views.commands([row.id for row in rows]) if rows else {}
    sent = 0
    for row in rows:
        if row.id in shown:
            row.seen_at, row.boutique_id = now, row.boutique_id or shown[row.id].boutique_id
        elif row.sent_at is None or now - row.sent_at >= RESEND_AFTER:
            hints.command(_arguments(row))
            row.sent_at, row.sends, sent = now, row.sends + 1, sent + 1
    db.session.commit()
    return sent


def _arguments(row: BoutiqueCommand) -> dict[str, Any]:
    return {
        "command_id": str(row.id),
        "action": row.action,
        "merchant_id": row.merchant_id,
        "boutique_id": row.boutique_id,
        "domain": row.domain,
        "person": row.person,
    }

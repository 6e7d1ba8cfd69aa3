"""Orders to the provisioner. An order is a row first and a Celery task after; the row is sent again until the provisioner shows it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update

from merchant_portal import audit, provisioner_view
from merchant_portal.db import db, first
from merchant_portal.hints import PROVISIONER_QUEUE
from merchant_portal.models import BoutiqueCommand, Person
from merchant_portal.provisioner_view import Boutique
from merchant_portal.runtime import runtime
from shop_provisioner.domains import normalise

TASK = "provisioner.command"
RESEND_AFTER = timedelta(seconds=5)


class DomainTaken(Exception):
    """Someone holds the name; `own` says whether it is this merchant."""

    def __init__(self, domain: str, own: bool) -> None:
        super().__init__(domain)
        self.domain = domain
        self.own = own


@dataclass(frozen=True)
class Caller:
    """Who asks, from where."""

    person: Person
    merchant_id: str
    address: str | None


def free_domain(name: str, merchant_id: str) -> str:
    """The host name for a label, when nobody holds it.

    Raises DomainError (malformed, reserved), DomainTaken, ViewUnavailable. The provisioner decides again under its own lock.
    """
    domain = normalise(name, runtime().config.boutiques_domain)
    holder = provisioner_view.taken(domain)
    if holder is not None:
        raise DomainTaken(domain, holder == merchant_id)
    waiting = first(BoutiqueCommand, BoutiqueCommand.domain == domain, BoutiqueCommand.seen_at.is_(None))
    if waiting is not None:
        raise DomainTaken(domain, waiting.merchant_id == merchant_id)
    return domain


def ask(
    caller: Caller,
    action: str,
    now: datetime,
    *,
    command_id: uuid.UUID | None = None,
    boutique: Boutique | None = None,
    domain: str | None = None,
) -> BoutiqueCommand:
    """Writes the order and sends it. The same `command_id` again (a double click) gives the first order."""
    command_id = command_id or uuid.uuid4()
    known = db.session.get(BoutiqueCommand, command_id)
    if known is not None and known.merchant_id == caller.merchant_id:
        return known
    command = BoutiqueCommand(
        id=command_id,
        merchant_id=caller.merchant_id,
        action=action,
        boutique_id=boutique.id if boutique else None,
        domain=boutique.domain if boutique else domain,
        person=caller.person.email,
        created_at=now,
    )
    db.session.add(command)
    audit.record(
        caller.person.account_id,
        caller.person.email,
        f"boutique.{action}",
        now,
        subject=command.domain,
        address=caller.address,
    )
    db.session.commit()
    _send(command, now)
    return command


def _send(command: BoutiqueCommand, now: datetime) -> None:
    sent = runtime().hints.send(
        TASK,
        PROVISIONER_QUEUE,
        command_id=str(command.id),
        action=command.action,
        merchant_id=command.merchant_id,
        boutique_id=command.boutique_id,
        domain=command.domain,
        person=command.person,
    )
    if sent:
        command.sent_at = now
        db.session.commit()


def pending(merchant_id: str) -> list[BoutiqueCommand]:
    """The merchant's orders the provisioner has not shown yet, newest first."""
    statement = select(BoutiqueCommand).where(
        BoutiqueCommand.merchant_id == merchant_id, BoutiqueCommand.seen_at.is_(None)
    )
    return list(db.session.scalars(statement.order_by(BoutiqueCommand.created_at.desc())))


def find(merchant_id: str, command_id: uuid.UUID) -> BoutiqueCommand | None:
    """One of the merchant's orders."""
    return first(BoutiqueCommand, BoutiqueCommand.id == command_id, BoutiqueCommand.merchant_id == merchant_id)


def unseen_of(boutique_id: str) -> BoutiqueCommand | None:
    """The newest order about a boutique that its row does not show yet. Raises ViewUnavailable."""
    statement = select(BoutiqueCommand).where(
        BoutiqueCommand.boutique_id == boutique_id, BoutiqueCommand.seen_at.is_(None)
    )
    commands = list(db.session.scalars(statement.order_by(BoutiqueCommand.created_at.desc())))
    seen = provisioner_view.answers([command.id for command in commands])
    return next((command for command in commands if command.id not in seen), None)


def last_refusal(boutique_id: str) -> provisioner_view.Answer | None:
    """Why the newest order about a boutique was refused, when it was. Raises ViewUnavailable."""
    statement = select(BoutiqueCommand).where(BoutiqueCommand.boutique_id == boutique_id)
    newest = db.session.scalars(statement.order_by(BoutiqueCommand.created_at.desc()).limit(1)).first()
    if newest is None:
        return None
    answer = provisioner_view.answers([newest.id]).get(newest.id)
    return answer if answer is not None and answer.status == "refused" else None


def sweep(now: datetime) -> int:
    """Marks orders the provisioner shows and sends the others again; returns how many were sent."""
    unseen = list(db.session.scalars(select(BoutiqueCommand).where(BoutiqueCommand.seen_at.is_(None)).limit(200)))
    seen = provisioner_view.answers([command.id for command in unseen])
    if seen:
        statement = update(BoutiqueCommand).where(BoutiqueCommand.id.in_(list(seen))).values(seen_at=now)
        db.session.execute(statement)
    db.session.commit()
    late = [c for c in unseen if c.id not in seen and (c.sent_at is None or c.sent_at <= now - RESEND_AFTER)]
    for command in late:
        _send(command, now)
    return len(late)

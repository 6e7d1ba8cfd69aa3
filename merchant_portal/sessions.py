"""Signed-in browsers: a row per session, looked up at each request together with person, account and role."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_login import UserMixin
from sqlalchemy import delete, select, update

from merchant_portal import audit
from merchant_portal.db import db
from merchant_portal.models import Account, Membership, Person, WebSession
from merchant_portal.people import token_hash
from merchant_portal.permissions import allows

IDLE = timedelta(hours=12)
LONGEST = timedelta(days=14)


@dataclass(eq=False)
class Visitor(UserMixin):
    """Who is signed in, for which account, as what. `token` is the cookie's."""

    token: str
    person: Person
    account: Account
    role: str

    def get_id(self) -> str:
        """What Flask-Login keeps in the signed cookie."""
        return self.token

    @property
    def person_id(self) -> uuid.UUID:
        """The person's id."""
        return self.person.id

    def may(self, permission: str) -> bool:
        """Whether the role allows it."""
        return allows(self.role, permission)


def begin(person: Person, now: datetime, address: str | None) -> Visitor:
    """A new session of the person, written to the journal of the account. The person belongs to at least one account."""
    token = secrets.token_urlsafe(32)
    db.session.add(WebSession(token_hash=token_hash(token), person_id=person.id, created_at=now, seen_at=now))
    membership = _membership(person.id)
    audit.record(membership.account_id, person.email, "signed_in", now, person_id=person.id, address=address)
    db.session.commit()
    return Visitor(token, person, membership.account, membership.role)


def load(token: str, now: datetime) -> Visitor | None:
    """The visitor of a cookie, or None when the session has ended."""
    statement = (
        select(WebSession, Membership, Person, Account)
        .join(Person, Person.id == WebSession.person_id)
        .join(Membership, Membership.person_id == Person.id)
        .join(Account, Account.id == Membership.account_id)
        .where(
            WebSession.token_hash == token_hash(token),
            WebSession.seen_at > now - IDLE,
            WebSession.created_at > now - LONGEST,
        )
        .order_by(Membership.created_at)
        .limit(1)
    )
    row = db.session.execute(statement).first()
    if row is None:
        return None
    session, membership, person, account = row
    if now - session.seen_at > timedelta(minutes=1):
        db.session.execute(update(WebSession).where(WebSession.token_hash == session.token_hash).values(seen_at=now))
        db.session.commit()
    return Visitor(token, person, account, membership.role)


def end(token: str) -> None:
    """The cookie's session is over, wherever a copy of it may be."""
    db.session.execute(delete(WebSession).where(WebSession.token_hash == token_hash(token)))
    db.session.commit()


def forget_old(now: datetime) -> None:
    """Removes sessions that can no longer be used."""
    over = (WebSession.seen_at <= now - IDLE) | (WebSession.created_at <= now - LONGEST)
    db.session.execute(delete(WebSession).where(over))
    db.session.commit()


def _membership(person_id: uuid.UUID) -> Membership:
    statement = select(Membership).where(Membership.person_id == person_id).order_by(Membership.created_at).limit(1)
    return db.session.scalars(statement).one()

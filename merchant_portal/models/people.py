"""People, the accounts they belong to, and the short-lived proofs they are mailed.

A sign-up is a row of its own until its link is opened: only then person, account and membership exist. Whoever signs up with
somebody else's address therefore gets nothing, and the true owner's own sign-up carries the true owner's password.
"""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from merchant_portal.db import Base, UuidKey

ROLES = ("owner", "manager", "accountant", "developer", "support")


class Person(Base):
    """Somebody who signs in."""

    __tablename__ = "person"

    id: Mapped[UuidKey]
    email: Mapped[str] = mapped_column(String(254), comment="lower case")
    password_hash: Mapped[str | None] = mapped_column(comment="argon2id; null: no password chosen yet")
    language: Mapped[str] = mapped_column(String(2))
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime] = mapped_column(comment="when the address was proven")

    __table_args__ = (UniqueConstraint("email"),)


class Account(Base):
    """A business; it is one merchant in the core."""

    __tablename__ = "account"

    id: Mapped[UuidKey]
    company: Mapped[str] = mapped_column(String(64))
    siren: Mapped[str] = mapped_column(String(9))
    iban: Mapped[str | None] = mapped_column(String(34), comment="kept only until the core has it")
    country: Mapped[str] = mapped_column(String(2))
    email: Mapped[str] = mapped_column(String(254))
    language: Mapped[str] = mapped_column(String(2))
    merchant_id: Mapped[str | None] = mapped_column(String(32), comment="null until the core made it")
    terms_version: Mapped[str] = mapped_column(String(16))
    terms_accepted_at: Mapped[datetime]
    created_at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("merchant_id"),)


class Membership(Base):
    """What a person may do in an account."""

    __tablename__ = "membership"

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"), primary_key=True, index=True)
    role: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime]
    person: Mapped[Person] = relationship()
    account: Mapped[Account] = relationship()

    __table_args__ = (CheckConstraint(f"role IN {ROLES}", name="role"),)


class SignUp(Base):
    """A form sent, waiting for its mailed link. Password and bank details are wiped once it is used."""

    __tablename__ = "sign_up"

    id: Mapped[UuidKey]
    token_hash: Mapped[str] = mapped_column(String(64), comment="SHA-256 of the mailed token")
    email: Mapped[str] = mapped_column(String(254), index=True)
    password_hash: Mapped[str | None]
    company: Mapped[str] = mapped_column(String(64))
    siren: Mapped[str] = mapped_column(String(9))
    iban: Mapped[str | None] = mapped_column(String(34))
    language: Mapped[str] = mapped_column(String(2))
    terms_version: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    __table_args__ = (UniqueConstraint("token_hash"),)


class PasswordReset(Base):
    """A mailed link to choose a new password."""

    __tablename__ = "password_reset"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True, comment="SHA-256 of the mailed token")
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    person: Mapped[Person] = relationship()


class WebSession(Base):
    """A browser that is signed in; signing out removes the row, so a copied cookie is worth nothing afterwards."""

    __tablename__ = "web_session"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True, comment="SHA-256 of the cookie's token")
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), index=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime] = mapped_column(comment="to the minute")
    person: Mapped[Person] = relationship()

"""Tables of the provisioner. Times are UTC; the portal reads the views of the migrations, never these tables."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    MetaData,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from shop_provisioner import states


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: DateTime(timezone=True), dict[str, Any]: JSONB, str: Text}


def _one_of(column: str, values: frozenset[str]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in sorted(values))})"


class Boutique(Base):
    """One boutique, or a member of the warm pool (no merchant yet)."""

    __tablename__ = "boutique"
    __table_args__ = (
        CheckConstraint(_one_of("wanted", states.WANTED), name="wanted"),
        CheckConstraint(_one_of("state", states.STATES), name="state"),
        CheckConstraint("(wanted = 'pooled') = (merchant_id IS NULL)", name="owner"),
        Index(None, "merchant_id"),
        Index(None, "wanted", "state"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    merchant_id: Mapped[str | None]
    domain: Mapped[str | None] = mapped_column(comment="bare host name in ASCII, lower case")
    wanted: Mapped[str]
    state: Mapped[str]
    template: Mapped[str] = mapped_column(comment="digest of the template below its overlay")
    prestashop_version: Mapped[str]
    nonce: Mapped[str] = mapped_column(comment="input of the first admin password's derivation")
    owner_name: Mapped[str | None]
    owner_email: Mapped[str | None]
    language: Mapped[str] = mapped_column(server_default="fr", comment="ISO 639-1, of mails and back office")
    # What is done already; a step whose mark is set is not done again.
    database_ready: Mapped[bool] = mapped_column(server_default=text("false"))
    files_ready: Mapped[bool] = mapped_column(server_default=text("false"))
    payments_ready: Mapped[bool] = mapped_column(server_default=text("false"))
    identity_host: Mapped[str | None] = mapped_column(comment="host and port that domain, admin and name were set for")
    announced: Mapped[bool] = mapped_column(server_default=text("false"), comment="credentials mail is in the outbox")
    durable: Mapped[bool] = mapped_column(server_default=text("false"), comment="restored definitions are flushed")
    archived: Mapped[bool] = mapped_column(server_default=text("false"), comment="a verified archive exists")
    # Failure of the present run
    error_code: Mapped[str | None]
    error_params: Mapped[dict[str, Any] | None]
    attempts: Mapped[int] = mapped_column(server_default="0")
    next_try_at: Mapped[datetime | None] = mapped_column(comment="null: as soon as a sweep sees it")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    claimed_at: Mapped[datetime | None] = mapped_column(comment="when its create command was accepted")
    live_at: Mapped[datetime | None]
    archived_at: Mapped[datetime | None]
    archive_expires_at: Mapped[datetime | None]


class Command(Base):
    """One order of the portal, answered once."""

    __tablename__ = "command"
    __table_args__ = (
        CheckConstraint(_one_of("action", states.ACTIONS), name="action"),
        CheckConstraint("status IN ('accepted', 'done', 'refused')", name="status"),
        Index(None, "boutique_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    boutique_id: Mapped[str | None] = mapped_column(ForeignKey("boutique.id"))
    action: Mapped[str]
    merchant_id: Mapped[str]
    domain: Mapped[str | None]
    person: Mapped[str] = mapped_column(comment="who asked, for the audit log")
    status: Mapped[str]
    reason_code: Mapped[str | None]
    reason_params: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    done_at: Mapped[datetime | None]


class Step(Base):
    """One step of a boutique's present or last run, for the progress view."""

    __tablename__ = "step"
    __table_args__ = (UniqueConstraint("boutique_id", "name"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    boutique_id: Mapped[str] = mapped_column(ForeignKey("boutique.id", ondelete="CASCADE"))
    name: Mapped[str]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class Mail(Base):
    """The outbox: a mail to send at least once, always with the same Message-ID. No secret is stored here."""

    __tablename__ = "mail"
    __table_args__ = (UniqueConstraint("boutique_id", "kind", "key"), Index(None, "sent_at", "next_try_at"))

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    boutique_id: Mapped[str] = mapped_column(ForeignKey("boutique.id", ondelete="CASCADE"))
    kind: Mapped[str]
    key: Mapped[str] = mapped_column(comment="what makes a second mail of a kind another mail")
    recipient: Mapped[str]
    language: Mapped[str]
    message_id: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    sent_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(server_default="0")
    next_try_at: Mapped[datetime] = mapped_column(server_default=func.now())
    last_error: Mapped[str | None]


class ReservedDomain(Base):
    """A name that is taken, kept for its merchant, or closed to others."""

    __tablename__ = "reserved_domain"

    domain: Mapped[str] = mapped_column(primary_key=True)
    boutique_id: Mapped[str]
    merchant_id: Mapped[str]
    kept_until: Mapped[datetime | None] = mapped_column(comment="null: in use; until then only a restore may use it")
    closed_until: Mapped[datetime | None] = mapped_column(comment="until then closed to other merchants")


class Provisioning(Base):
    """Whether boutiques can be created, as the last sweep saw it. One row."""

    __tablename__ = "provisioning"
    __table_args__ = (CheckConstraint("id = 1", name="single"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    available: Mapped[bool]
    missing_code: Mapped[str | None]
    missing_params: Mapped[dict[str, Any] | None]
    template: Mapped[str | None]
    prestashop_version: Mapped[str | None]
    boutiques_port: Mapped[int | None] = mapped_column(comment="of the addresses shown; null: 443")
    checked_at: Mapped[datetime]

"""Marks along long lists, and the changes that make what they say of their rows stale."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Identity, Index, String, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from payments_core.db import Base


class ListMark(Base):
    """The row at one position of a list, oldest first (list_marks.py)."""

    __tablename__ = "list_marks"
    __table_args__ = (
        Index(
            "ix_list_marks_name_merchant_id_live_created_at_row_id",
            "name",
            "merchant_id",
            "live",
            "created_at",
            "row_id",
        ),
    )

    # The list's (WholeList.name): the table, and the column it lies along unless that is created_at.
    name: Mapped[str] = mapped_column(String(32), primary_key=True, comment="the table the list is of")
    # The merchant, or the object whose list it is; the column is named after the first kind.
    owner_id: Mapped[str] = mapped_column("merchant_id", String(32), primary_key=True)
    live: Mapped[bool] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(
        BigInteger, primary_key=True, comment="rows up to and with this one when it was made"
    )
    moment: Mapped[datetime] = mapped_column("created_at")  # of the row, in the column the list lies along
    row_id: Mapped[str] = mapped_column(String(32))
    counts: Mapped[dict[str, Any]] = mapped_column(
        JSONB,
        default=dict,
        server_default=text("'{}'"),
        comment="rows by part (list_counts.py) between the mark before and this one, of parts somebody has asked for",
    )
    # Of the release before parts, which may run beside; nobody else reads it.
    kinds: Mapped[dict[str, int] | None] = mapped_column(
        JSONB, comment="rows by kind between the mark before and this one; null: nobody has asked for a kind yet"
    )
    gone: Mapped[int] = mapped_column(
        default=0, server_default=text("0"), comment="rows between the mark before and this one that were deleted since"
    )


class ListChange(Base):
    """A row changed what parts of a list it is in. Written by triggers (migration 0020), forgotten by readers (list_counts.py)."""

    __tablename__ = "list_changes"
    __table_args__ = (Index("ix_list_changes_name_owner_id_live", "name", "owner_id", "live"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    name: Mapped[str] = mapped_column(String(32), comment="as in list_marks")
    owner_id: Mapped[str] = mapped_column(String(32))
    live: Mapped[bool]
    moment: Mapped[datetime] = mapped_column(comment="of the row, in the column the list lies along")
    row_id: Mapped[str] = mapped_column(String(32))
    noted_at: Mapped[datetime] = mapped_column(server_default=text("now()"), comment="real time")

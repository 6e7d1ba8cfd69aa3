"""Marks along long lists."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, String, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from payments_core.db import Base


class ListMark(Base):
    """The row at one position of a list, oldest first (list_marks.py)."""

    __tablename__ = "list_marks"

    name: Mapped[str] = mapped_column(String(32), primary_key=True, comment="the table the list is of")
    # The merchant, or the object whose list it is; the column is named after the first kind.
    owner_id: Mapped[str] = mapped_column("merchant_id", String(32), primary_key=True)
    live: Mapped[bool] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(
        BigInteger, primary_key=True, comment="rows up to and with this one when it was made"
    )
    created_at: Mapped[datetime]
    row_id: Mapped[str] = mapped_column(String(32))
    kinds: Mapped[dict[str, int] | None] = mapped_column(
        JSONB, comment="rows by kind between the mark before and this one; null: nobody has asked for a kind yet"
    )
    gone: Mapped[int] = mapped_column(
        default=0, server_default=text("0"), comment="rows between the mark before and this one that were deleted since"
    )

"""Counters of failed or costly tries, by hashed key."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from merchant_portal.db import Base


class Throttle(Base):
    """Tries of one key in the present window."""

    __tablename__ = "throttle"

    key: Mapped[str] = mapped_column(String(80), primary_key=True, comment="kind and SHA-256 of what is counted")
    tries: Mapped[int]
    window_started_at: Mapped[datetime]

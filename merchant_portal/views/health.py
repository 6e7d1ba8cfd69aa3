"""Whether this process can serve."""

from __future__ import annotations

from flask import Blueprint
from sqlalchemy import text

from merchant_portal.db import db

bp = Blueprint("health", __name__)


@bp.get("/health")
def health() -> tuple[dict[str, str], int]:
    """200 when the database answers. The core and the provisioner may be away: pages say so themselves."""
    try:
        db.session.execute(text("SELECT 1"))
    except Exception:  # whatever the driver raises, the answer is the same
        return {"status": "no database"}, 503
    return {"status": "ok"}, 200

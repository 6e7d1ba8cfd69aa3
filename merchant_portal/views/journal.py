"""Journal: who did what in this account."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from merchant_portal import audit, permissions
from merchant_portal.views.common import requires, visitor

bp = Blueprint("journal", __name__, url_prefix="/journal")


@bp.get("")
@requires(permissions.JOURNAL)
def index() -> ResponseReturnValue:
    """Newest first."""
    before = request.args.get("avant", type=int)
    entries, older = audit.page(visitor().account.id, before)
    return render_template("journal/index.html", entries=entries, older=older, paged=before is not None)

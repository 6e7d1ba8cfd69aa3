"""Mes Contestations: the payments payers contest with their bank."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from merchant_portal import payment_lists, permissions, runtime
from merchant_portal.views.common import acting, merchant, requires

bp = Blueprint("disputes", __name__, url_prefix="/contestations")


@bp.get("")
@requires(permissions.READ)
def index() -> ResponseReturnValue:
    """Disputed payments; an empty list explains what would be here and how to try it."""
    page = runtime.payments().payments(acting(), merchant(), {"status": "disputed", "limit": 100})
    return render_template("disputes/index.html", items=page["payments"], lists=payment_lists)

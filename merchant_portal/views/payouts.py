"""Mes Reversements: where the money is on its way to the bank."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from merchant_portal import permissions, runtime
from merchant_portal.views.common import acting, merchant, requires

bp = Blueprint("payouts", __name__, url_prefix="/reversements")


@bp.get("")
@requires(permissions.READ)
def index() -> ResponseReturnValue:
    """The balance by bucket and currency, and the account it will go to."""
    merchant_id = merchant()
    balances = runtime.payments().balances(acting(), merchant_id)
    return render_template(
        "payouts/index.html", balances=balances, merchant=runtime.payments().merchant(acting(), merchant_id)
    )

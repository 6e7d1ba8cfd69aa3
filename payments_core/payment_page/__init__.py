"""The payment page: one address per payment, intent or link, three languages, no cookie, and no script needed.

State lives in the database and in the address; forms carry signed tokens. Whatever happens in between, opening the address again
shows the true state of the payment and the way on from there.
"""

from __future__ import annotations

from flask import Flask

from payments_core.payment_page import mandate_views, views
from payments_core.payment_page.blueprint import bp
from payments_core.payment_page.visits import PayableName

__all__ = ["mandate_views", "register", "views"]


def register(app: Flask) -> None:
    """Mounts the page on the payment host."""
    app.url_map.converters["payable"] = PayableName
    app.register_blueprint(bp)

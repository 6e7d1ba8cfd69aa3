"""The blueprint of the payment host, which every view of the page joins."""

from __future__ import annotations

from flask import Blueprint
from werkzeug.wrappers import Response

from payments_core.errors import NotFound
from payments_core.payment_page import pages
from payments_core.payment_page.errors import missing_page
from payments_core.payment_page.headers import add_page_headers
from payments_core.payment_page.visits import Closed

bp = Blueprint("payment_page", __name__, template_folder="templates", static_folder="static", static_url_path="/assets")
bp.after_request(add_page_headers)
bp.register_error_handler(NotFound, missing_page)


@bp.errorhandler(Closed)
def nothing_to_pay(closed: Closed) -> Response:
    """For a link or an intent that is over."""
    return pages.closed(closed.guest, closed.why)

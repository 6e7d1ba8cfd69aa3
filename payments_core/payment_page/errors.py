"""Pages for people where no payment can be shown: an address that does not exist, a defect of ours."""

from __future__ import annotations

from flask import Response, make_response, render_template, request
from werkzeug.exceptions import HTTPException

from payments_core.db import db
from payments_core.errors import PaymentsError
from payments_core.payment_page import languages
from payments_core.payment_page.headers import add_page_headers, asset


def missing_page(error: PaymentsError) -> Response:
    """For an unknown key or payment: nothing tells which of them is unknown."""
    db.session.rollback()
    return _simple("missing", 404)


def page_of(error: HTTPException) -> Response:
    """For everything that went wrong outside the views."""
    status = error.code or 500
    response = _simple("trouble" if status >= 500 else "missing", status)
    return add_page_headers(response)


def _simple(kind: str, status: int) -> Response:
    language = languages.choose(request.args.get("lang"), request.accept_languages)
    blueprint = "threeds" if request.path.startswith("/v1/") else "payment_page"
    page = render_template(
        "payment_page/simple.html",
        kind=kind,
        t=language.text,
        language=language,
        choices=[],
        test_mode=False,
        message="error" if status >= 500 else "",
        asset=lambda name: asset(blueprint, name),
        reload_url=request.url if status >= 500 and request.method == "GET" else None,
    )
    return make_response(page, status)

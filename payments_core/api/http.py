"""What every answer of the public door carries, and JSON for what goes wrong outside the views of the API.

Clients parse error bodies unconditionally, so on the API's host even an unknown address, a wrong method, an oversized body or a
defect of ours is JSON. On the two other hosts the same moments are pages for people (payment_page.errors).
"""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, Response, g, jsonify, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from payments_core.api.problems import envelope
from payments_core.api.versions import version
from payments_core.db import db, new_suffix
from payments_core.runtime import runtime

_TEXTS = {
    404: "Nothing matches the given URI",
    405: "This method is not allowed for the requested URI",
    413: "The request body is too large",
    500: "Something went wrong on our side, please try again",
    503: "The service is not available at the moment, please try again",
}
_CODES = {
    404: "unknown_address",
    405: "method_not_allowed",
    413: "body_too_large",
    500: "internal_error",
    503: "unavailable",
}


def install(app: Flask) -> None:
    """Request ids and error answers for the whole public door."""
    app.before_request(_name_request)
    app.after_request(_finish)
    app.register_error_handler(HTTPException, _answer_http_error)


def _name_request() -> None:
    g.request_id = f"req_{new_suffix()}"


def _finish(response: Response) -> Response:
    response.headers["Request-Id"] = g.get("request_id") or f"req_{new_suffix()}"
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def _answer_http_error(error: HTTPException) -> AnyResponse:
    if error.code != 503:
        db.session.rollback()
    if _for_the_api():
        status = error.code or 500
        response = jsonify(envelope(version(), status, _TEXTS.get(status, error.name)))
        response.status_code = status
        response.headers["Error-Code"] = _CODES.get(status, "bad_request")
        for name, value in error.get_headers():
            if name in ("Allow", "Retry-After"):
                response.headers[name] = value
        return response
    from payments_core.payment_page.errors import page_of

    return page_of(error)


def _for_the_api() -> bool:
    """By host name; where all hosts are one, by path."""
    config = runtime().config
    host = request.host.rsplit(":", 1)[0]
    pages = {urlsplit(config.payment_url).hostname, urlsplit(config.threeds_url).hostname}
    if host not in pages:
        return True
    is_api_host = host == urlsplit(config.api_url).hostname
    return is_api_host and request.path.startswith(("/v1/", "/v2/")) and not request.path.startswith("/v1/redirect/")

"""Sending a browser to the address a merchant gave, exactly as it was given (wire contract 5.2).

The framework rewrites characters of a Location it finds unusual; shops compare and sign their addresses, so nothing may touch them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response
from werkzeug.datastructures import Headers
from werkzeug.urls import iri_to_uri

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


class _Unchanged(Response):
    """Keeps its Location; only what no header can carry, letters beyond ASCII, is percent-encoded."""

    target = ""

    def get_wsgi_headers(self, environ: WSGIEnvironment) -> Headers:
        headers = super().get_wsgi_headers(environ)
        headers["Location"] = self.target
        return headers


def redirect_unchanged(url: str) -> Response:
    """303 See Other to this address."""
    response = _Unchanged(status=303)
    response.target = url if url.isascii() else iri_to_uri(url)
    response.headers["Location"] = response.target
    return response

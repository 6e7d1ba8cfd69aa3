"""WSGI: requests that make payments are answered in a lane, all others by the thread they came to."""

from __future__ import annotations

import io
from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from payments_core import body_limits
from payments_core.lanes import Lane

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
    from flask import Flask

AT_ONCE = 16  # fewer than the connections in each of the application's pools (db.py)
SALES = frozenset({"/v1/checkout", "/v2/checkout", "/v2/payments"})


class _Answer(NamedTuple):
    head: tuple[Any, ...]  # what start_response was called with
    body: bytes


class SalesLane:
    """Around an application. Each process has its own lane."""

    def __init__(self, app: Flask) -> None:
        self._app: WSGIApplication = app
        self._lane = Lane(AT_ONCE)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        length = _length(environ)
        if environ["REQUEST_METHOD"] != "POST" or environ["PATH_INFO"] not in SALES or length is None:
            return self._app(environ, start_response)
        # A body may come slowly, and the lane waits for nobody.
        environ["wsgi.input"] = io.BytesIO(environ["wsgi.input"].read(length))
        answer = self._lane.run(partial(_whole, self._app, environ))
        start_response(*answer.head)
        return [answer.body]


def _length(environ: WSGIEnvironment) -> int | None:
    """Of a body that says it and is not too large; what is wrong with others the application says."""
    said = environ.get("CONTENT_LENGTH") or ""
    if not said.isdecimal() or "HTTP_TRANSFER_ENCODING" in environ:
        return None
    return int(said) if int(said) <= body_limits.DEFAULT_BYTES else None


def _whole(app: WSGIApplication, environ: WSGIEnvironment) -> _Answer:
    head: tuple[Any, ...] = ()

    def start_response(*given: Any) -> Any:
        nonlocal head
        head = given

    parts = app(environ, start_response)
    try:
        return _Answer(head, b"".join(parts))
    finally:
        if hasattr(parts, "close"):
            parts.close()

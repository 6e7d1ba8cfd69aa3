"""WSGI: requests that make payments are answered in a lane, all others by the thread they came to."""

from __future__ import annotations

import io
import math
import time
from collections.abc import Iterable
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

from payments_core.lanes import Lane

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
    from flask import Flask

AT_ONCE = 16  # fewer than the connections in each of the application's pools (db.py)
SMALL_BYTES = 4096  # a sale has some hundred; what is wrong with a large body takes long to say
ALONE_SECONDS = 0.1
SALES = frozenset({"/v1/checkout", "/v2/checkout", "/v2/payments"})


class _Answer(NamedTuple):
    head: tuple[Any, ...]  # what start_response was called with
    body: bytes


class SalesLane:
    """Around an application. Each process has its own lane.

    A sale that has been alone for a while, with nobody to share anything with, is answered by its own thread, a little quicker.
    """

    def __init__(self, app: Flask) -> None:
        self._app: WSGIApplication = app
        self._door = Lock()
        self._inside = 0
        self._company = -math.inf  # when there was another one
        self._lane = Lane(AT_ONCE)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        length = _length(environ)
        if environ["REQUEST_METHOD"] != "POST" or environ["PATH_INFO"] not in SALES or length is None:
            return self._app(environ, start_response)
        # A body may come slowly, and the lane waits for nobody.
        environ["wsgi.input"] = io.BytesIO(environ["wsgi.input"].read(length))
        with self._door:
            now = time.monotonic()
            self._company = now if self._inside else self._company
            alone = now - self._company > ALONE_SECONDS
            self._inside += 1
        work = partial(_whole, self._app, environ)
        try:
            answer = work() if alone else self._lane.run(work)
        finally:
            with self._door:
                self._inside -= 1
        start_response(*answer.head)
        return [answer.body]


def _length(environ: WSGIEnvironment) -> int | None:
    """Of a small body that says it."""
    said = environ.get("CONTENT_LENGTH") or ""
    if not said.isdecimal() or "HTTP_TRANSFER_ENCODING" in environ:
        return None
    return int(said) if int(said) <= SMALL_BYTES else None


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

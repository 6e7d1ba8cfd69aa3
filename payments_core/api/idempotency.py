"""`Idempotency-Key` on every POST of the API, without any view having to think of it.

Before the view the key is taken (or the stored answer given back); after it the answer is kept. Views that create pass `suffix()`
on, so that a request that died half-way finds what it had begun; views that change something and ask nobody outside are marked
`whole`. The stored hash is keyed: the body may hold a card number.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import Response, current_app, g, jsonify, request
from sqlalchemy.exc import OperationalError

from payments_core import idempotency
from payments_core.api.access import current_scope
from payments_core.db import db, one_commit
from payments_core.errors import InvalidRequest
from payments_core.runtime import runtime

_LONGEST_KEY = 255

View = TypeVar("View", bound=Callable[..., Any])


def take() -> Response | None:
    """Before the view. Raises InvalidRequest, IdempotencyMismatch, IdempotencyInProgress."""
    key = request.headers.get("Idempotency-Key")
    if request.method != "POST" or key is None:
        return None
    if not (0 < len(key) <= _LONGEST_KEY and key.isprintable()):
        raise InvalidRequest("Idempotency-Key", f"An Idempotency-Key has 1 to {_LONGEST_KEY} printable characters")
    scope = current_scope()
    owner = f"{scope.merchant_id}:{'live' if scope.live else 'test'}"
    asked = f"POST {request.path.rstrip('/')}?{request.query_string.decode('latin-1')}\n".encode() + request.get_data()
    slot = idempotency.begin(owner, key, asked, runtime().clock())
    if slot.answer is None:
        g.slot = slot
        return None
    return _replayed(slot.answer)


def _replayed(answer: tuple[int, Any]) -> Response:
    status, body = answer
    response = jsonify(body)
    response.status_code = status
    response.headers["Idempotent-Replayed"] = "true"
    return response


def keep(response: Response) -> Response:
    """After the view, or after the error it raised: stores the answer under the key."""
    slot = g.pop("slot", None)
    if slot is not None:
        try:
            db.session.rollback()
            idempotency.finish(slot, response.status_code, response.get_json(silent=True))
        except OperationalError:  # the answer stands; a repetition finds the same objects once the lease is over
            current_app.logger.error("no database to keep the answer under its key")
    return response


def suffix() -> str | None:
    """The part of an id that belongs to this request's key, or None without a key."""
    slot: idempotency.Slot | None = g.get("slot")
    return slot.suffix if slot else None


def whole(view: View) -> View:
    """Of a view: the change and its answer are one transaction, so that a process can only die before both or after both."""

    @wraps(view)
    def answering(**arguments: Any) -> Any:
        slot: idempotency.Slot | None = g.get("slot")
        if slot is None:
            return view(**arguments)
        with one_commit():
            kept = idempotency.hold(slot)
            if kept is None:
                response = current_app.make_response(view(**arguments))
                idempotency.answer(slot, response.status_code, response.get_json())
            else:
                response = _replayed(kept)
        g.pop("slot")
        return response

    return answering  # type: ignore[return-value]

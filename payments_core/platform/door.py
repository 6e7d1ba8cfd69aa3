"""Who may come in through the platform door: services by bearer token, each with what it may use; persons are named and audited."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import Any, TypeVar

from flask import Blueprint, g, request
from sqlalchemy.exc import OperationalError

from payments_core import idempotency, merchants
from payments_core.db import db, one_commit
from payments_core.errors import Forbidden, InvalidRequest, NotFound, PaymentsError, Unauthorized
from payments_core.http_errors import status_of
from payments_core.idempotency import Slot
from payments_core.models import AuditEntry, Merchant
from payments_core.payments import get as get_payment
from payments_core.platform.answers import Answer, error_body
from payments_core.runtime import runtime
from payments_core.scope import Scope, scope_of

bp = Blueprint("platform", __name__, url_prefix="/platform/v1")

# What a service may use: "*" or names of endpoints. A service that is not listed may use nothing.
ROLES: dict[str, frozenset[str]] = {
    "portal": frozenset("*"),
    "stack": frozenset("*"),
    "provisioner": frozenset(
        {
            "get_merchant",
            "list_keys",
            "create_keys",
            "revoke_key",
            "revoke_label",
            "put_webhook_endpoint",
            "delete_webhook_endpoint",
        }
    ),
}
_PERSON_LENGTH = 200

View = TypeVar("View", bound=Callable[..., Answer])


@bp.before_request
def let_in() -> None:
    """Authenticates the service, checks its role, and writes down who asks for a change."""
    g.service = _service(request.headers.get("Authorization", ""))
    endpoint = (request.endpoint or "").removeprefix("platform.")
    allowed = ROLES.get(g.service, frozenset())
    if "*" not in allowed and endpoint not in allowed:
        raise Forbidden(f"{g.service} may not use this", service=g.service)
    g.person = request.headers.get("Comptoir-Acting-Person", "").strip()[:_PERSON_LENGTH]
    if request.method != "GET":
        _audit(endpoint)


def _service(header: str) -> str:
    """Compares with every token, so the time taken says nothing about which ones exist."""
    presented = header.removeprefix("Bearer ").encode()
    found = None
    for service, token in runtime().config.platform_tokens.items():
        if hmac.compare_digest(token.encode(), presented):
            found = service
    if found is None or not header.startswith("Bearer "):
        raise Unauthorized()
    return found


def _audit(endpoint: str) -> None:
    if not g.person:
        raise InvalidRequest("Comptoir-Acting-Person", "Name the acting person", code="acting_person_missing")
    arguments = dict(request.view_args or {})
    merchant_id = arguments.pop("merchant_id", None)
    db.session.add(
        AuditEntry(
            at=runtime().clock(),
            service=g.service,
            person=g.person,
            merchant_id=merchant_id,
            action=endpoint,
            object_id=next(iter(arguments.values()), None),
            data={"query": request.args.to_dict()},
        )
    )
    db.session.commit()


def once(view: View) -> View:
    """Gives a POST that creates with `g.suffix`, or may be repeated, its idempotency: the same key and body get the stored answer.

    Without a key the view just runs.
    """
    return _once(view, _run)


def once_whole(view: View) -> View:
    """`once` for a POST that asks nobody outside: its change and its answer are one transaction."""
    return _once(view, _run_whole)


def _once(view: View, run: Callable[[View, dict[str, Any], Slot], Answer]) -> View:
    @wraps(view)
    def answering(**arguments: Any) -> Answer:
        key = request.headers.get("Idempotency-Key")
        g.suffix = None
        if key is None:
            return view(**arguments)
        if not 0 < len(key) <= 255:
            raise InvalidRequest("Idempotency-Key", "An Idempotency-Key has 1 to 255 characters")
        asked = b"\n".join((request.method.encode(), request.full_path.encode(), request.get_data()))
        slot = idempotency.begin(f"platform:{g.service}", key, asked, runtime().clock())
        if slot.answer is not None:
            return slot.answer[1], slot.answer[0]
        g.suffix = slot.suffix
        try:
            return run(view, arguments, slot)
        except Exception:
            with suppress(OperationalError):  # without a database the lease runs out instead
                db.session.rollback()
                idempotency.release(slot)
            raise

    return answering  # type: ignore[return-value]


def _run(view: Callable[..., Answer], arguments: dict[str, Any], slot: Slot) -> Answer:
    try:
        body, status = view(**arguments)
    except PaymentsError as error:
        db.session.rollback()
        body, status = error_body(error), status_of(error)
    idempotency.finish(slot, status, body)
    return body, status


def _run_whole(view: Callable[..., Answer], arguments: dict[str, Any], slot: Slot) -> Answer:
    try:
        with one_commit():
            kept = idempotency.hold(slot)
            if kept is not None:
                return kept[1], kept[0]
            body, status = view(**arguments)
            idempotency.answer(slot, status, body)
    except PaymentsError as error:
        body, status = error_body(error), status_of(error)
        idempotency.finish(slot, status, body)
    return body, status


def merchant_or_404(merchant_id: str) -> Merchant:
    """Raises NotFound."""
    return merchants.get(merchant_id)


def scope(merchant_id: str, live: bool) -> Scope:
    """The acting person's scope on a merchant. Raises NotFound."""
    actor = f"person:{g.person}" if g.person else f"service:{g.service}"
    return scope_of(merchant_or_404(merchant_id), live, runtime().clock(), actor, g.service)


def payment_scope(merchant_id: str, payment_id: str) -> Scope:
    """The scope of a payment's own mode. Raises NotFound."""
    for live in (False, True):
        found = scope(merchant_id, live)
        try:
            get_payment(found, payment_id)
        except NotFound:
            continue
        return found
    raise NotFound("payment", payment_id)

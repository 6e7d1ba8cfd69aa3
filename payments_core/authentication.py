"""3-D Secure sessions (EMV 3-D Secure): begun with a card, answered by the payer, over after six hours.

On the payment page a card whose issuer wants no challenge is authenticated, or refused, at once (frictionless). A session begun
server to server always offers its `redirect_url`; there the ones without a challenge end as soon as the payer arrives.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy.orm.attributes import set_committed_value

from payments_core import attempts, cards
from payments_core.acquirer import ABANDONED, CHALLENGE, DECLINED, FAILED, FRICTIONLESS, UNAVAILABLE
from payments_core.db import db, locked
from payments_core.errors import NotFound
from payments_core.events import emit
from payments_core.models import Authentication, Card, Payment
from payments_core.policy import policy_at
from payments_core.runtime import runtime
from payments_core.scope import Scope
from payments_core.states import next_status
from payments_core.step import Step

# What the issuer decides without a challenge: the event (states.py).
_AT_ONCE = {
    FRICTIONLESS: "succeed",
    DECLINED: "decline",
    FAILED: "fail",
    ABANDONED: "expire",
    UNAVAILABLE: "refuse_card",
}
ENDED = frozenset({"success", "declined", "failed", "expired", "unavailable"})


def get(authentication_id: str) -> Authentication:
    """By the uuid of its page. Raises NotFound."""
    authentication = db.session.get(Authentication, authentication_id)
    if authentication is None:
        raise NotFound("authentication", authentication_id)
    return authentication


def request(scope: Scope, payment: Payment, return_url: str | None, device: dict[str, Any] | None) -> Authentication:
    """A session that waits for a card, within the caller's transaction."""
    authentication = Authentication(
        id=str(uuid.uuid4()),
        payment=payment,
        payment_id=payment.id,
        merchant_id=payment.merchant_id,
        live=payment.live,
        status=next_status("authentication", None, "request"),
        return_url=return_url,
        device=device,
        created_at=scope.now,
    )
    db.session.add(authentication)
    payment.auth_requested = True
    payment.authentication_id = authentication.id
    set_committed_value(payment, "authentication", authentication)
    return authentication


def begin(
    scope: Scope,
    payment: Payment,
    card: Card,
    *,
    on_page: bool,
    return_url: str | None,
    device: dict[str, Any] | None = None,
    changed: Sequence[str] | None = None,
) -> Authentication:
    """Starts authenticating a card, within the caller's transaction: `available`, or an end where the issuer decides at once.

    A session still waiting for its card is used; after any other one a new session is begun. `changed` are the payment's fields that
    are told of with it; None: the caller's own event tells of it.
    """
    authentication = payment.authentication
    if authentication is None or authentication.status != "requested":
        authentication = request(scope, payment, return_url, device)
    authentication.card = card
    authentication.on_page = on_page
    authentication.return_url = return_url or authentication.return_url
    authentication.device = device or authentication.device
    wanted = _issuers_word(card)
    authentication.challenge = wanted == CHALLENGE
    at_once = wanted == UNAVAILABLE or (on_page and wanted != CHALLENGE)
    if at_once:
        _end(scope, authentication, _AT_ONCE[wanted])
    else:
        authentication.status = next_status("authentication", authentication.status, "open")
        authentication.redirect_url = _page_url(authentication)
        authentication.due_at = scope.now + timedelta(hours=policy_at(scope.now).authentication_hours)
    if changed is not None:
        _tell(scope, payment, authentication, *changed)
    if at_once and wanted not in (UNAVAILABLE, FRICTIONLESS):
        _note_failed_try(scope, authentication, payment, spent=wanted == DECLINED)
    return authentication


def start(scope: Scope, authentication_id: str) -> Authentication:
    """The payer arrived at the session's page: `attempted`, or an end when no challenge is wanted. Again is no error."""
    authentication, payment = _locked(authentication_id)
    if authentication.status == "available":
        if authentication.challenge:
            authentication.status = next_status("authentication", authentication.status, "start")
        else:
            _end(scope, authentication, _AT_ONCE[_issuers_word(authentication.card)])
        _tell(scope, payment, authentication)
    db.session.commit()
    return authentication


def answer(scope: Scope, authentication_id: str, approved: bool) -> Authentication:
    """What the payer answered to the challenge. A session that has ended keeps its end. Raises NotFound."""
    return conclude(scope, authentication_id, "succeed" if approved else "decline")


def conclude(scope: Scope, authentication_id: str, event: str) -> Authentication:
    """How the challenge ended: `succeed`, `decline` (the payer's doing), `fail` (technical) or `break_off` (unavailable).

    A session that has ended keeps its end. Raises NotFound.
    """
    authentication, payment = _locked(authentication_id)
    if authentication.status not in ENDED:
        _conclude(scope, authentication, payment, event)
    db.session.commit()
    return authentication


def on_due(step: Step, authentication: Authentication) -> None:
    """Six hours without an end, within the caller's transaction."""
    _end(step.scope, authentication, "expire")
    _tell(step.scope, authentication.payment, authentication)


def _locked(authentication_id: str) -> tuple[Authentication, Payment]:
    """The session and its payment under lock; the payment first, as everywhere."""
    payment = locked(Payment, get(authentication_id).payment_id)
    authentication = locked(Authentication, authentication_id)
    assert payment is not None
    assert authentication is not None
    return authentication, payment


def _tell(scope: Scope, payment: Payment, authentication: Authentication, *fields: str) -> None:
    """The event that a locked payment's authentication moved, and which other fields changed; one left for another is no news."""
    if payment.authentication_id == authentication.id:
        emit(scope, "payment.updated", payment, fields=[*fields, "auth"])


def _end(scope: Scope, authentication: Authentication, event: str) -> None:
    authentication.status = next_status("authentication", authentication.status, event)
    authentication.ended_at, authentication.due_at = scope.now, None


def _conclude(scope: Scope, authentication: Authentication, payment: Payment, event: str) -> None:
    _end(scope, authentication, event)
    _tell(scope, payment, authentication)
    if event != "succeed" and authentication.on_page:
        _note_failed_try(scope, authentication, payment, spent=event == "decline")


def _issuers_word(card: Card | None) -> str:
    assert card is not None
    return runtime().acquirer.authentication(cards.number_of(card))


def _note_failed_try(scope: Scope, authentication: Authentication, payment: Payment, *, spent: bool) -> None:
    """A challenge without success is a try of its own on the page, with its own row; only the payer's refusal counts."""
    if payment.status is not None or authentication.card is None:
        return
    attempt = attempts.new(scope, payment, authentication.card, page_url=authentication.return_url)
    attempt.result, attempt.answered_at = "declined" if spent else "failed", scope.real_now
    if spent:
        attempts.spend_try(scope, payment, None)


def _page_url(authentication: Authentication) -> str:
    mode = "live" if authentication.live else "test"
    return f"{runtime().config.threeds_url}/v1/redirect/{mode}_{authentication.id}"

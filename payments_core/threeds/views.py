"""The challenge page: look at it, answer it once, go back to where the payer came from.

An answer is recorded once: a second one, a reload or the back button finds the session ended and leads back the same way.
"""

from __future__ import annotations

import hashlib
import hmac
import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Blueprint, make_response, render_template, request
from werkzeug.wrappers import Response

from payments_core import authentication, merchants
from payments_core.authentication import ENDED
from payments_core.db import db
from payments_core.errors import NotFound
from payments_core.models import Authentication, Merchant, Payment
from payments_core.payment_page import form_tokens, languages
from payments_core.payment_page.errors import missing_page
from payments_core.payment_page.form_tokens import TokenRefused
from payments_core.payment_page.headers import STATIC, add_page_headers, asset
from payments_core.payment_page.languages import Language
from payments_core.payment_page.redirects import redirect_unchanged
from payments_core.runtime import runtime
from payments_core.scope import Scope, scope_of

bp = Blueprint(
    "threeds", __name__, template_folder="templates", static_folder=str(STATIC), static_url_path="/v1/assets"
)
bp.after_request(add_page_headers)
bp.register_error_handler(NotFound, missing_page)

_FORM_LIFE = timedelta(hours=6)  # as long as the session itself
# What each button of the simulator makes of the session (states.py, AUTHENTICATION).
OUTCOMES = {
    "succeed": "succeed",
    "decline": "decline",
    "abandon": "decline",  # a payer who gives up is a refusal to the merchant (EMV 3-D Secure, transStatus N)
    "unavailable": "break_off",
    "fail": "fail",
}
_MODES = {"test": False, "live": True}


@dataclass(frozen=True)
class Challenge:
    """One session as its page needs it."""

    session: Authentication
    payment: Payment
    merchant: Merchant
    scope: Scope
    language: Language

    @property
    def code(self) -> str:
        """The one-time code, six digits that follow from the session; a real issuer would send it by telephone."""
        mac = hmac.new(runtime().vault.key("challenge code"), self.session.id.encode(), hashlib.sha256).digest()
        return f"{int.from_bytes(mac[:8]) % 1_000_000:06}"

    @property
    def subject(self) -> str:
        return f"challenge|{self.session.id}"


@bp.get("/v1/redirect/<session_name>")
def look(session_name: str) -> Response:
    """The challenge, or straight back when there is nothing to answer: no challenge wanted, or already over."""
    challenge = _challenge(session_name)
    authentication.start(challenge.scope, challenge.session.id)
    if challenge.session.status in ENDED:
        return _go_back(challenge)
    return _page(challenge)


@bp.post("/v1/redirect/<session_name>")
def answer(session_name: str) -> Response:
    """Records how the challenge ended; a wrong code may be typed again."""
    challenge = _challenge(session_name)
    if challenge.session.status in ENDED:
        return _go_back(challenge)
    try:
        form_tokens.state_of(request.form.get("token", ""), challenge.subject, challenge.scope.real_now)
    except TokenRefused:
        return _page(challenge, problem="old", status=400)
    event = OUTCOMES.get(request.form.get("outcome", ""))
    if event is None:
        typed = "".join(request.form.get("code", "").split())
        if not hmac.compare_digest(typed.encode(), challenge.code.encode()):
            return _page(challenge, problem="wrong" if typed else "missing", status=422)
        event = "succeed"
    authentication.conclude(challenge.scope, challenge.session.id, event)
    return _go_back(challenge)


def _challenge(session_name: str) -> Challenge:
    """The session of an address such as test_<uuid>. Raises NotFound, also for the other mode's name."""
    mode, _, session_id = session_name.partition("_")
    try:
        session = authentication.get(str(uuid.UUID(session_id)))
    except ValueError as error:
        raise NotFound("authentication", session_name) from error
    if _MODES.get(mode) is not session.live:
        raise NotFound("authentication", session_name)
    payment = db.session.get(Payment, session.payment_id)
    assert payment is not None
    merchant = merchants.get(session.merchant_id)
    scope = scope_of(merchant, session.live, runtime().clock(), "payer", "page")
    return Challenge(
        session, payment, merchant, scope, languages.choose(request.args.get("lang"), request.accept_languages)
    )


def _go_back(challenge: Challenge) -> Response:
    """To the payment page or the merchant's own address; without one a page says that this is over."""
    db.session.commit()
    if challenge.session.return_url:
        return redirect_unchanged(challenge.session.return_url)
    return _page(challenge, "ended.html")


def _page(
    challenge: Challenge, template: str = "challenge.html", problem: str | None = None, status: int = 200
) -> Response:
    language, session = challenge.language, challenge.session
    path = f"{runtime().config.threeds_url}{request.path}"
    page = render_template(
        f"threeds/{template}",
        t=language.text,
        language=language,
        choices=[(code, name, f"{path}?lang={code}") for code, name in languages.NAMES.items()],
        asset=lambda name: asset("threeds", name),
        test_mode=True,
        message="",
        problem=problem,
        action=f"{path}?lang={language.code}",
        token=form_tokens.issue(challenge.subject, "", challenge.scope.real_now, _FORM_LIFE),
        **_facts(challenge),
        last4=session.card.last4 if session.card else None,
    )
    return make_response(page, status)


def _facts(challenge: Challenge) -> dict[str, Any]:
    payment = challenge.payment
    return {
        "merchant": challenge.merchant.name,
        "amount": challenge.language.amount(payment.amount, payment.currency),
        "code": challenge.code,
        "outcomes": list(OUTCOMES),
    }

"""The page where a payer signs a SEPA mandate (`sign_url` of the wire contract 2.5), or reads the one they signed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

from flask import redirect, request
from werkzeug.wrappers import Response

from payments_core import mandates, merchants
from payments_core.business_days import paris_day
from payments_core.db import db
from payments_core.errors import Conflict, NotFound
from payments_core.models import Mandate
from payments_core.payment_page import form_tokens, pages, payers
from payments_core.payment_page.blueprint import bp
from payments_core.payment_page.form_tokens import TokenRefused
from payments_core.payment_page.visits import Guest, guest

_FORM_LIFE = timedelta(hours=24)
_MANDATE_ID = re.compile(r"mndt_[A-Za-z0-9]{24}", re.ASCII)


@dataclass(frozen=True)
class _Signing:
    """A look at one mandate."""

    guest: Guest
    mandate: Mandate

    @property
    def subject(self) -> str:
        return f"sign|{self.mandate.id}"

    @property
    def in_force(self) -> bool:
        return self.mandate.revoked_at is None and not mandates.lapsed(self.mandate, self.guest.scope.now)


@bp.get("/mandate/<mandate_id>")
def read_mandate(mandate_id: str) -> Response:
    """The mandate, with its form as long as it waits for a signature."""
    return _page(_signing(mandate_id))


@bp.post("/mandate/<mandate_id>")
def sign_mandate(mandate_id: str) -> Response:
    """Signs it. Again, or after it was signed elsewhere, the page only shows how it stands."""
    signing = _signing(mandate_id)
    scope = signing.guest.scope
    try:
        form_tokens.state_of(request.form.get("token", ""), signing.subject, scope.real_now)
    except TokenRefused as refused:
        return _page(signing, problem="error.form_old" if refused.old else "error.form_bad", status=400)
    if not signing.in_force:
        return redirect(signing.guest.url(), 303)
    if not request.form.get("agree"):
        return _page(signing, problem="mandate.agree_missing", status=422)
    try:
        mandates.sign(scope, mandate_id, payers.proof(signing.guest.language))
    except Conflict:  # revoked at this moment
        db.session.rollback()
    return redirect(signing.guest.url(), 303)


def _signing(mandate_id: str) -> _Signing:
    """Raises NotFound."""
    mandate = db.session.get(Mandate, mandate_id) if _MANDATE_ID.fullmatch(mandate_id) else None
    if mandate is None:
        raise NotFound("mandate", mandate_id)
    return _Signing(guest(f"mandate/{mandate.id}", merchants.get(mandate.merchant_id), mandate.live), mandate)


def _page(signing: _Signing, problem: str | None = None, status: int = 200) -> Response:
    mandate, language = signing.mandate, signing.guest.language
    state = "revoked" if not signing.in_force else "signed" if mandate.signed_at else "waiting"
    return pages.page(
        signing.guest,
        "mandate.html",
        status,
        message="",
        mandate=mandate,
        account=mandate.sepa_account,
        state=state,
        problem=problem,
        signed_on=language.day(paris_day(mandate.signed_at)) if mandate.signed_at else None,
        token=form_tokens.issue(signing.subject, "", signing.guest.scope.real_now, _FORM_LIFE),
    )

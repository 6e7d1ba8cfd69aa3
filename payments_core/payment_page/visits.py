"""One look at a payment's page: whose payment, in which language, and what the addresses around it are."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from flask import request

from payments_core import attempts, keys, payments
from payments_core.errors import NotFound
from payments_core.keys import HeldKey
from payments_core.models import Merchant, Payment
from payments_core.payment_page import languages
from payments_core.payment_page.languages import Language
from payments_core.runtime import runtime
from payments_core.scope import Scope, scope_of

BACK_FROM_ISSUER = "3ds"
WAITED = "wait"
_PAYMENT_ID = re.compile(r"paym_[A-Za-z0-9]{24}", re.ASCII)


@dataclass(frozen=True)
class Visit:
    """Who looks at which payment. `came_from` is "3ds", "wait" or empty."""

    public_key: str
    payment: Payment
    merchant: Merchant
    scope: Scope
    language: Language
    asked_language: str | None
    came_from: str

    @property
    def subject(self) -> str:
        """What the page's form tokens are good for."""
        return f"pay|{self.payment.id}"

    def url(self, came_from: str = "", language: str | None = None) -> str:
        """The page's own address."""
        query = {"lang": language or self.asked_language, "from": came_from}
        parts = urlencode({name: value for name, value in query.items() if value})
        base = f"{runtime().config.payment_url}/{self.public_key}/{self.payment.id}"
        return f"{base}?{parts}" if parts else base

    @property
    def amount(self) -> str:
        return self.language.amount(self.payment.amount, self.payment.currency)

    @property
    def takes_cards(self) -> bool:
        return not self.payment.methods_allowed or "card" in self.payment.methods_allowed

    @property
    def out_of_time(self) -> bool:
        """The page's time is over, even if the clock has not come round to write it down."""
        due = self.payment.due_at
        return (
            self.payment.status is None
            and self.payment.open_attempt is None
            and due is not None
            and due <= self.scope.now
        )

    def text(self, key: str, **values: Any) -> str:
        """A text of the page, with merchant and amount at hand."""
        return self.language.text(key, **{"merchant": self.merchant.name, "amount": self.amount, **values})


def visit(public_key: str, payment_id: str) -> Visit:
    """Raises NotFound unless the key is public and the payment is of its merchant and mode."""
    if not _PAYMENT_ID.fullmatch(payment_id):
        raise NotFound("payment", payment_id)
    now = runtime().clock()
    held = keys.find_public(public_key, now)
    scope = _payer_of(held, now)
    asked = request.args.get("lang")
    return Visit(
        public_key=public_key,
        payment=payments.get(scope, payment_id),
        merchant=held.merchant,
        scope=scope,
        language=languages.choose(asked, request.accept_languages),
        asked_language=asked[:16] if asked else None,
        came_from=request.args.get("from", ""),
    )


def stamp(payment: Payment) -> str:
    """Changes with everything that makes a form already sent out of date: a try, a challenge, its end."""
    session = payment.authentication
    parts = [str(len(attempts.of_payment(payment.id))), payment.status or ""]
    if session is not None:
        parts += [session.id, session.status]
    return "-".join(parts)


def _payer_of(held: HeldKey, now: datetime) -> Scope:
    return scope_of(held.merchant, held.key.live, now, "payer", "page", held.key.label)

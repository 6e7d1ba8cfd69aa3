"""One look at an address of the payment host: whose it is, what can be paid there, in which language.

A payment has the address made of a public key and its id (wire contract 5.1). An intent's address shows the payment the intent
makes. A link's does too, unless the link may be paid again and again: then each payer begins a payment, at an address below it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from flask import request
from werkzeug.routing import BaseConverter

from payments_core import attempts, intents, keys, links, merchants, page_payments, payment_rows
from payments_core.db import db
from payments_core.errors import AttemptInProgress, Conflict, Forbidden, NotFound
from payments_core.models import Card, Merchant, Payment, PaymentLink
from payments_core.payment_page import languages
from payments_core.payment_page.languages import Language
from payments_core.runtime import runtime
from payments_core.scope import Scope, scope_of

BACK_FROM_ISSUER = "3ds"
WAITED = "wait"
_PAYMENT_ID = re.compile(r"paym_[A-Za-z0-9]{24}", re.ASCII)
_NAMED = re.compile(r"(?P<test>test_)?(?P<id>(?P<kind>pi|plnk)_[A-Za-z0-9]{24})", re.ASCII)


class PayableName(BaseConverter):
    """What the first word of an address looks like where something can be paid: a public key, an intent, a link.

    Without it a form could be sent to any address of two words, the API's among them: POST /v1/disputes would be a page that
    does not exist instead of a method that is not allowed.
    """

    regex = r"[a-z]+_\w+"


@dataclass(frozen=True)
class Guest:
    """Who looks at which address of a merchant. `came_from` is "3ds", "wait" or empty; `until` is when a link ends."""

    path: str
    merchant: Merchant
    scope: Scope
    language: Language
    asked_language: str | None
    came_from: str
    return_url: str | None = None
    until: datetime | None = None

    def url(self, came_from: str = "", language: str | None = None, below: str = "") -> str:
        """The page's own address, or the one of a payment `below` it."""
        query = {"lang": language or self.asked_language, "from": came_from}
        parts = urlencode({name: value for name, value in query.items() if value})
        base = "/".join((runtime().config.payment_url, self.path, *([below] if below else [])))
        return f"{base}?{parts}" if parts else base

    def text(self, key: str, **values: Any) -> str:
        """A text of the page, with the merchant at hand."""
        return self.language.text(key, **{"merchant": self.merchant.name, **values})


@dataclass(frozen=True, kw_only=True)
class Offer(Guest):
    """A look at a link that may be paid again and again, before this payer's payment exists."""

    link: PaymentLink

    @property
    def amount(self) -> str:
        return self.language.amount(self.link.amount, self.link.currency)

    @property
    def subject(self) -> str:
        """What the page's form tokens are good for."""
        return f"begin|{self.path}"

    def text(self, key: str, **values: Any) -> str:
        return super().text(key, **{"amount": self.amount, **values})


@dataclass(frozen=True, kw_only=True)
class Visit(Guest):
    """A look at one payment."""

    payment: Payment

    @property
    def subject(self) -> str:
        """What the page's form tokens are good for."""
        return f"pay|{self.payment.id}"

    @property
    def amount(self) -> str:
        return self.language.amount(self.payment.amount, self.payment.currency)

    @property
    def verifies(self) -> bool:
        """No money is taken: the card is given to be kept (wire contract 2.11)."""
        return self.payment.amount == 0

    @property
    def methods(self) -> tuple[str, ...]:
        return page_payments.methods(self.payment)

    @cached_property
    def saved_cards(self) -> list[Card]:
        """The cards the payer may choose without typing."""
        return page_payments.saved_cards(self.scope, self.payment)

    @property
    def ways(self) -> tuple[str, ...]:
        """What the payer chooses from, in the order shown: saved cards by id, another card, a bank account."""
        return (*(card.id for card in self.saved_cards), *self.methods)

    @property
    def wallets(self) -> tuple[str, ...]:
        """Wallets that can pay this payment; the acquirer offers none yet. Their place is above the form."""
        return ()

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
        return super().text(key, **{"amount": self.amount, **values})


class Closed(Exception):
    """Nothing can be paid at this address; the text closed.<why> says so."""

    def __init__(self, guest: Guest, why: str) -> None:
        super().__init__(why)
        self.guest = guest
        self.why = why


def visit(name: str, payment_id: str | None = None) -> Guest:
    """A Visit, or an Offer at the address of a link that may be paid again. Raises NotFound, Closed."""
    named = _NAMED.fullmatch(name)
    if named is None:
        return _by_key(name, payment_id or "")
    if named["kind"] == "plnk":
        return _of_link(named, payment_id)
    if payment_id is not None:
        raise NotFound("payment", payment_id)
    return _of_intent(named)


def guest(path: str, merchant: Merchant, live: bool, source: str = "page", label: str | None = None) -> Guest:
    """Whoever looks at an address of this merchant."""
    asked = request.args.get("lang")
    return Guest(
        path=path,
        merchant=merchant,
        scope=scope_of(merchant, live, runtime().clock(), "payer", source, label),
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


def _by_key(public_key: str, payment_id: str) -> Visit:
    """Raises NotFound unless the key is public and the payment is of its merchant and mode."""
    if not _PAYMENT_ID.fullmatch(payment_id):
        raise NotFound("payment", payment_id)
    held = keys.find_public(public_key, runtime().clock())
    looking = guest(f"{public_key}/{payment_id}", merchants.get(held.merchant.id), held.key.live, label=held.key.label)
    return _on(looking, payment_rows.get(looking.scope, payment_id))


def _of_intent(named: re.Match[str]) -> Visit:
    """Raises NotFound, also in the other mode's name; Closed when the intent is over and nothing was paid."""
    intent = intents.find(named["id"])
    looking = _owner(named, intent.merchant_id, intent.live, "page", intent.boutique)
    looking = replace(looking, return_url=intent.return_url)
    found = _payment(looking, lambda: intents.page_payment(looking.scope, intent), intent.payment_id)
    if intent.canceled_at is not None and (found is None or found.status not in page_payments.PAID):
        raise Closed(looking, "canceled")
    if found is None:
        raise Closed(looking, "expired")
    return _on(looking, found)


def _of_link(named: re.Match[str], payment_id: str | None) -> Guest:
    """Raises NotFound, also in the other mode's name; Closed when the link is over, except for a payer on the way."""
    link = links.find(named["id"])
    looking = _owner(named, link.merchant_id, link.live, "link", None)
    looking = replace(looking, return_url=link.return_url, until=link.expires_at)
    state = links.state(link, looking.scope.now)
    if link.multiple and payment_id is None:
        if state != "open":
            raise Closed(looking, f"link_{state}")
        return Offer(**vars(looking), link=link)
    if payment_id is not None:
        looking = replace(looking, path=f"{looking.path}/{payment_id}")
        found = _begun_at(looking.scope, link, payment_id)
    elif state == "open":
        made = _payment(looking, lambda: links.page_payment(looking.scope, link), link.payment_id)
        if made is None:
            raise Closed(looking, "unavailable")
        found = made
    else:
        begun = db.session.get(Payment, link.payment_id) if link.payment_id else None
        if begun is None:
            raise Closed(looking, f"link_{state}")
        found = begun
    if state != "open" and found.status not in page_payments.PAID and not looking.came_from:
        raise Closed(looking, f"link_{state}")
    return _on(looking, found)


def _begun_at(scope: Scope, link: PaymentLink, payment_id: str) -> Payment:
    found = payment_rows.get(scope, payment_id)
    if found.parent_id != link.id:
        raise NotFound("payment", payment_id)
    return found


def _payment(looking: Guest, make: Callable[[], Payment], present_id: str | None) -> Payment | None:
    """The payment being paid; when none can be begun the one that was paid, else None."""
    try:
        return make()
    except (Conflict, Forbidden) as error:
        db.session.rollback()
        present = db.session.get(Payment, present_id) if present_id else None
        waits = present is not None and present.status is None
        return None if waits and not isinstance(error, AttemptInProgress) else present


def _owner(named: re.Match[str], merchant_id: str, live: bool, source: str, label: str | None) -> Guest:
    """Raises NotFound in the other mode's name."""
    if live is not (named["test"] is None):
        raise NotFound(named["kind"], named["id"])
    return guest(named[0], merchants.get(merchant_id), live, source, label)


def _on(looking: Guest, payment: Payment) -> Visit:
    return Visit(**{**vars(looking), "return_url": payment.return_url}, payment=payment)

"""Payments: create, read, change, drive by `status`, capture, list; refunds and disputes of one (wire contract 2.2)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from payments_core import (
    authorizations,
    captures,
    card_rules,
    cards,
    debit_days,
    disputes,
    payment_lists,
    payment_rules,
    payments,
    payouts,
    refunds,
    sepa_payments,
)
from payments_core.api import objects
from payments_core.api.access import current_scope
from payments_core.api.bodies import json_body, load_body, load_query
from payments_core.api.idempotency import suffix, whole
from payments_core.api.lists import NOTHING, envelope
from payments_core.api.payment_bodies import card_of, changes, check_device, new_payment, sepa_of
from payments_core.api.schemas.lists import PaymentsQuery, moment
from payments_core.api.schemas.payments import (
    CaptureBody,
    NewPaymentV1,
    NewPaymentV2,
    PaymentChangesV1,
    PaymentChangesV2,
)
from payments_core.api.schemas.refunds import RefundAmount
from payments_core.api.versions import v1, v2, version
from payments_core.card_rules import CardInput
from payments_core.errors import InvalidRequest
from payments_core.models import Payment
from payments_core.paging import Page
from payments_core.payment_lists import Filters
from payments_core.scope import Scope
from payments_core.sepa_accounts import SepaAccountInput
from payments_core.states import next_status


@v1.post("/checkout")
@v2.post("/payments")
@v2.post("/checkout")
def create_payment() -> dict[str, Any]:
    fields = load_body(NewPaymentV1 if version() == 1 else NewPaymentV2)
    payment = payments.create(current_scope(), new_payment(fields), suffix=suffix())
    # Under an idempotency key it may be one that an earlier request made and that was refunded since.
    return objects.payment(payment) if suffix() is not None else objects.new_payment(payment)


@v1.get("/checkout/<payment_id>")
@v2.get("/payments/<payment_id>")
@v2.get("/checkout/<payment_id>")
def read_payment(payment_id: str) -> dict[str, Any]:
    return objects.payment(payments.get(current_scope(), payment_id))


@v1.patch("/checkout/<payment_id>")
@v2.patch("/payments/<payment_id>")
@v2.patch("/checkout/<payment_id>")
def change_payment(payment_id: str) -> dict[str, Any]:
    """Fields first, then the card, then what `status` asks; answers with the whole payment.

    Everything that can be refused beforehand is, so that a refused request changes nothing.
    """
    scope = current_scope()
    payment = payments.get(scope, payment_id)
    fields = load_body(PaymentChangesV1 if version() == 1 else PaymentChangesV2)
    changed, card, sepa, status = changes(fields), card_of(fields), sepa_of(fields), fields.get("status")
    _check_beforehand(scope, payment, card, sepa, status)
    _check_sepa_beforehand(scope, payment, changed, sepa, status)
    _check_device_beforehand(payment, changed, card is not None)
    if changed:
        payment = payments.update(scope, payment_id, changed)
    if card is not None:
        payment = _give_card(scope, payment_id, card, status)
    if sepa is not None:
        payment = _give_sepa(scope, payment_id, sepa, status)
    if status is not None and not ((card or sepa) is not None and payment.status is not None):
        payment = _drive(scope, payment, status, card)
    return objects.payment(payment)


@v1.post("/checkout/<payment_id>/capture")
@v2.post("/payments/<payment_id>/capture")
@v2.post("/checkout/<payment_id>/capture")
@whole
def capture_payment(payment_id: str) -> dict[str, Any]:
    """The body may name the payment again, as an object or as a bare JSON string (wire contract 0.1, line 16)."""
    body = json_body()
    amount = None if isinstance(body, str) else load_body(CaptureBody, body).get("amount")
    return objects.payment(captures.capture(current_scope(), payment_id, amount))


@v1.get("/checkout")
@v2.get("/payments")
@v2.get("/checkout")
def list_payments() -> dict[str, Any]:
    """v1 lists are oldest first, v2 lists newest first unless `order=asc`."""
    query = load_query(PaymentsQuery)
    page = _page(query)
    return envelope("payments", objects.payments(page.items), page, query)


@v2.post("/payments/<payment_id>/refund")
@v2.post("/checkout/<payment_id>/refund")
def refund_payment(payment_id: str) -> dict[str, Any]:
    """The shortcut: refunds the amount of the body, or all that remains; answers with the refund."""
    payments.get(current_scope(), payment_id)
    amount = load_body(RefundAmount).get("amount")
    return objects.refund(refunds.create(current_scope(), payment_id, amount, suffix=suffix()))


@v2.get("/payments/<payment_id>/refunds")
@v2.get("/checkout/<payment_id>/refunds")
def refunds_of_payment(payment_id: str) -> list[dict[str, Any]]:
    """A plain array, which PHP asks for before it reads a payment."""
    payment = payments.get(current_scope(), payment_id)
    return [objects.refund(refund) for refund in refunds.of_payment(payment.id)]


@v2.get("/payments/<payment_id>/disputes")
@v2.get("/checkout/<payment_id>/disputes")
def disputes_of_payment(payment_id: str) -> list[dict[str, Any]]:
    """A plain array."""
    payment = payments.get(current_scope(), payment_id)
    return objects.disputes(disputes.of_payment(payment.id))


def _page(query: dict[str, Any]) -> Page[Payment]:
    filters = Filters(
        created=moment(query.get("created")), order_id=query.get("order_id"), unique_id=query.get("unique_id")
    )
    newest_first = False
    if version() == 2:
        newest_first = query.get("order") != "asc"
        filters = replace(
            filters, paid=moment(query.get("paid")), card_id=query.get("card"), sepa_account_id=query.get("sepa")
        )
        if query.get("payout"):
            inside = payouts.find(current_scope(), query["payout"])
            if inside is None or inside.gathered_at is None:
                return NOTHING
            filters = replace(filters, payout=inside)
    return payment_lists.page(
        current_scope(),
        filters,
        start=query["start"],
        limit=query["limit"],
        newest_first=newest_first,
        count=version() == 2,
        by_processing=version() == 2 and query.get("field") == "paid",
    )


def _check_beforehand(
    scope: Scope,
    payment: Payment,
    card: CardInput | str | None,
    sepa: SepaAccountInput | str | None,
    status: str | None,
) -> None:
    """Raises what the later steps would raise after an earlier one had been written."""
    if card is not None and sepa is not None:
        raise InvalidRequest("sepa", "A payment has one method: a card or a SEPA account", code="two_methods")
    if isinstance(card, CardInput):
        card_rules.checked_number(card.number)
        card_rules.check_expiry(scope, card.exp_month, card.exp_year)
    elif isinstance(card, str):
        cards.get(scope, card)
    if status == "capture" and payment.status != "authorized":
        next_status("payment", payment.status, "accept")
    elif status == "authorize":
        next_status("payment", payment.status, "authorize")


def _check_device_beforehand(payment: Payment, changed: dict[str, Any], card_given: bool) -> None:
    """Where an authentication begins with this request: of a card given now, or of the one that is there."""
    auth = changed.get("auth") if not payment.auth_requested else None
    begins = (card_given and (payment.auth_requested or auth is not None)) or (
        auth is not None and payment.card is not None
    )
    if not begins or payment.status is not None:
        return
    session = payment.authentication
    known = (changed.get("device"), auth.device if auth else None, payment.device, session.device if session else None)
    check_device(next((device for device in known if device), None))


def _check_sepa_beforehand(
    scope: Scope, payment: Payment, changed: dict[str, Any], sepa: SepaAccountInput | str | None, status: str | None
) -> None:
    """The same for a direct debit: the account, its mandate, and what the payment will be once it is changed."""
    charged = status is not None and (sepa is not None or payment.method == "sepa")
    if sepa is None and not (charged and payment.status is None):
        return
    if sepa is not None:
        payment_rules.check_payable(payment)
    charged = charged or version() == 2
    final = {name: changed.get(name, getattr(payment, name)) for name in ("currency", "methods_allowed", "amount")}
    payment_rules.check_sepa(**final)
    sepa_payments.check(scope, payment, sepa, charged=charged)
    if charged:
        debit_days.collection_day(scope.now, changed.get("date_settlement", payment.date_settlement))


def _give_card(scope: Scope, payment_id: str, card: CardInput | str, status: str | None) -> Payment:
    """v1 only notes the card; v2 processes it at once, unless an authentication has to come first."""
    payment = payments.attach_card(scope, payment_id, card)
    if version() == 1 or status is not None or payment.auth_requested:
        return payment
    return authorizations.process(scope, payment_id, cvc=_code(card))


def _give_sepa(scope: Scope, payment_id: str, account: SepaAccountInput | str, status: str | None) -> Payment:
    """v1 only notes the account; v2 accepts the payment at once."""
    payment = payments.attach_sepa(scope, payment_id, account)
    if version() == 1 or status is not None:
        return payment
    return sepa_payments.process(scope, payment_id)


def _drive(scope: Scope, payment: Payment, status: str, card: CardInput | str | None) -> Payment:
    if status == "capture" and payment.status == "authorized":
        return captures.capture(scope, payment.id)
    if payment.method == "sepa":
        return sepa_payments.process(scope, payment.id, capture=status == "capture")
    return authorizations.process(scope, payment.id, capture=status == "capture", cvc=_code(card))


def _code(card: CardInput | str | None) -> str | None:
    return card.cvc if isinstance(card, CardInput) else None

"""A merchant's disputes: read, prove, accept; in test mode also opened."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import g, request
from flask.typing import ResponseReturnValue
from marshmallow import Schema, fields, validate
from sqlalchemy import select

from payments_core import dispute_reasons, disputes, events, evidence, ledger, merchant_debits, responses
from payments_core.errors import Forbidden, InvalidRequest, NotFound
from payments_core.models import Dispute, EvidenceFile, Payment
from payments_core.paging import by_keyset
from payments_core.platform.answers import Answer, body, limit, live, no_fields, time
from payments_core.platform.door import bp, merchant_or_404, once, once_whole, payment_scope, scope
from payments_core.platform.payment_views import card_item, entry_item, event_item, returned
from payments_core.scope import Scope


class TextSchema(Schema):
    text = fields.String(required=True)


class SimulateSchema(Schema):
    amount = fields.Integer(strict=True, load_default=None, allow_none=True, validate=validate.Range(1, 2**32 - 1))
    response = fields.String(load_default="4853", validate=validate.OneOf(list(dispute_reasons.MEANINGS)))
    contestable = fields.Boolean(load_default=True)


@bp.get("/merchants/<merchant_id>/disputes")
def list_disputes(merchant_id: str) -> Answer:
    """Newest first; `q` is an id or the order reference."""
    where = scope(merchant_id, live())
    statement = select(Dispute).where(Dispute.merchant_id == where.merchant_id, Dispute.live.is_(where.live))
    if statuses := [name for name in request.args.get("status", "").split(",") if name]:
        statement = statement.where(Dispute.status.in_(statuses))
    if q := request.args.get("q", "").strip():
        statement = statement.join(Payment, Payment.id == Dispute.payment_id).where(
            (Dispute.id == q) | (Payment.id == q) | (Payment.order_id == q)
        )
    found = by_keyset(Dispute, statement, request.args.get("cursor") or None, limit())
    language = _language(merchant_id)
    return {"disputes": [item(one, where.now, language) for one in found.items], "next": found.next}, 200


@bp.get("/merchants/<merchant_id>/disputes/<dispute_id>")
def get_dispute(merchant_id: str, dispute_id: str) -> Answer:
    where = _dispute_scope(merchant_id, dispute_id)
    return _detail(merchant_id, where, disputes.get(where, dispute_id)), 200


@bp.put("/merchants/<merchant_id>/disputes/<dispute_id>/evidence")
def write_evidence(merchant_id: str, dispute_id: str) -> Answer:
    where = _dispute_scope(merchant_id, dispute_id)
    return _detail(merchant_id, where, evidence.write(where, dispute_id, body(TextSchema())["text"])), 200


@bp.post("/merchants/<merchant_id>/disputes/<dispute_id>/evidence/files")
@once
def add_evidence_file(merchant_id: str, dispute_id: str) -> Answer:
    """The body is the file itself; `name` and `kind` are parameters."""
    where = _dispute_scope(merchant_id, dispute_id)
    if (request.content_length or 0) > evidence.MAXIMUM_BYTES:
        raise InvalidRequest(
            "file", "The file is too large", code="file_too_large", maximum_bytes=evidence.MAXIMUM_BYTES
        )
    name, kind = request.args.get("name", ""), request.args.get("kind", "other")
    return _file(evidence.add_file(where, dispute_id, name, kind, request.get_data(), g.suffix)), 201


@bp.get("/merchants/<merchant_id>/disputes/<dispute_id>/evidence/files/<file_id>")
def get_evidence_file(merchant_id: str, dispute_id: str, file_id: str) -> ResponseReturnValue:
    file = evidence.get_file(_dispute_scope(merchant_id, dispute_id), dispute_id, file_id)
    return file.content, 200, {"Content-Type": file.type, "X-Content-Type-Options": "nosniff"}


@bp.delete("/merchants/<merchant_id>/disputes/<dispute_id>/evidence/files/<file_id>")
def remove_evidence_file(merchant_id: str, dispute_id: str, file_id: str) -> Answer:
    evidence.remove_file(_dispute_scope(merchant_id, dispute_id), dispute_id, file_id)
    return {}, 200


@bp.post("/merchants/<merchant_id>/disputes/<dispute_id>/evidence/send")
@once_whole
def send_evidence(merchant_id: str, dispute_id: str) -> Answer:
    no_fields()
    where = _dispute_scope(merchant_id, dispute_id)
    return _detail(merchant_id, where, evidence.send(where, dispute_id)), 200


@bp.post("/merchants/<merchant_id>/disputes/<dispute_id>/accept")
@once_whole
def accept_dispute(merchant_id: str, dispute_id: str) -> Answer:
    no_fields()
    where = _dispute_scope(merchant_id, dispute_id)
    return _detail(merchant_id, where, disputes.accept(where, dispute_id)), 200


@bp.post("/merchants/<merchant_id>/payments/<payment_id>/simulate/dispute")
@once
def simulate_dispute(merchant_id: str, payment_id: str) -> Answer:
    """What the payer's bank would send. With an Idempotency-Key a repetition gives the same dispute."""
    where = payment_scope(merchant_id, payment_id)
    if where.live:
        raise Forbidden("Only test payments can be disputed at will")
    wanted = body(SimulateSchema())
    issuer = where.acting("issuer")
    reference = f"simulated-{g.suffix or payment_id}"
    dispute = disputes.open_dispute(
        issuer,
        payment_id,
        reference,
        wanted["response"],
        amount=wanted["amount"],
        contestable=wanted["contestable"],
    )
    return item(dispute, where.now, _language(merchant_id)), 201


def item(dispute: Dispute, now: datetime, language: str) -> dict[str, Any]:
    """One dispute as lists and payments show it."""
    payment = dispute.payment
    customer = payment.customer
    return {
        "id": dispute.id,
        "payment": dispute.payment_id,
        "order_id": payment.order_id,
        "amount": dispute.amount,
        "currency": dispute.currency,
        "fee": dispute.fee,
        "settled": returned(dispute),
        "status": dispute.status,
        "type": "chargeback",
        "response": dispute.response,
        "meaning": dispute_reasons.meaning(dispute.response, language),
        "contestable": dispute.contestable,
        "created_at": time(dispute.created_at),
        "deadline_at": time(dispute.deadline_at) if dispute.status in disputes.WAITING else None,
        "days_left": disputes.days_left(dispute, now),
        "sent_at": time(dispute.sent_at),
        "decided_at": time(dispute.decided_at),
        "date_bank": dispute.date_bank.isoformat(),
        "shortfall": dispute.shortfall,
        "collection": _collection(dispute, language),
        "live": dispute.live,
        "payment_amount": payment.amount,
        "card": card_item(payment.card),
        "customer": {"id": customer.id, "name": customer.name, "email": customer.email} if customer else None,
    }


def _collection(dispute: Dispute, language: str) -> dict[str, Any] | None:
    """How the shortfall is collected from the merchant's own account."""
    debit = merchant_debits.of_dispute(dispute)
    if debit is None:
        return None
    return {
        "id": debit.id,
        "amount": debit.amount,
        "status": debit.status,
        "account": debit.iban_masked,
        "collection_on": debit.collection_on.isoformat(),
        "date_bank": debit.date_bank.isoformat() if debit.date_bank else None,
        "reason": debit.reason,
        "meaning": responses.meaning(debit.reason, language) if debit.reason else None,
    }


def _detail(merchant_id: str, where: Scope, dispute: Dispute) -> dict[str, Any]:
    return {
        **item(dispute, where.now, _language(merchant_id)),
        "evidence": {
            "text": dispute.evidence_text,
            "kit": evidence.kit(dispute),
            "files": [_file(file) for file in evidence.files(dispute)],
            "sent_at": time(dispute.sent_at),
        },
        "timeline": [event_item(event) for event in events.timeline([dispute.id])],
        "ledger": [entry_item(entry) for entry in ledger.entries_of([dispute.id])],
    }


def _file(file: EvidenceFile) -> dict[str, Any]:
    return {
        "id": file.id,
        "name": file.name,
        "type": file.type,
        "size": file.size,
        "kind": file.kind,
        "created_at": time(file.created_at),
    }


def _dispute_scope(merchant_id: str, dispute_id: str) -> Scope:
    """The scope of a dispute's own mode. Raises NotFound."""
    for mode in (False, True):
        found = scope(merchant_id, mode)
        try:
            disputes.get(found, dispute_id)
        except NotFound:
            continue
        return found
    raise NotFound("dispute", dispute_id)


def _language(merchant_id: str) -> str:
    return request.accept_languages.best_match(("fr", "en", "it")) or merchant_or_404(merchant_id).language

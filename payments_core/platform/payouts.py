"""A merchant's payouts, their lines, and starting them again after a transfer came back."""

from __future__ import annotations

from typing import Any

from flask import request
from sqlalchemy import func, select

from payments_core import banking, events, ledger, payout_lines, payouts
from payments_core.errors import InvalidRequest, NotFound
from payments_core.models import BankMessage, Payout
from payments_core.paging import by_keyset
from payments_core.payout_lines import Line, Sums
from payments_core.platform.answers import Answer, limit, live, no_fields, time
from payments_core.platform.door import bp, once_whole, scope
from payments_core.platform.payment_views import entry_item, event_item
from payments_core.scope import Scope

_DOCUMENTS = {"transfer": ("pain.001", "pain.002"), "statement": (None, "camt.053")}


@bp.get("/merchants/<merchant_id>/payouts")
def list_payouts(merchant_id: str) -> Answer:
    """Newest first; `q` is part of the reference."""
    where = scope(merchant_id, live())
    statement = select(Payout).where(Payout.merchant_id == where.merchant_id, Payout.live.is_(where.live))
    if statuses := [name for name in request.args.get("status", "").split(",") if name]:
        statement = statement.where(Payout.status.in_(statuses))
    if q := request.args.get("q", "").strip():
        statement = statement.where(func.upper(Payout.reference).contains(q.upper(), autoescape=True))
    found = by_keyset(Payout, statement, request.args.get("cursor") or None, limit())
    sums = payout_lines.sums_of(found.items)
    return {"payouts": [_item(payout, sums[payout.id]) for payout in found.items], "next": found.next}, 200


@bp.get("/merchants/<merchant_id>/payouts/<payout_id>")
def get_payout(merchant_id: str, payout_id: str) -> Answer:
    payout = payouts.get(_payout_scope(merchant_id, payout_id), payout_id)
    shown = {
        **_item(payout, payout_lines.sums(payout)),
        "timeline": [event_item(event) for event in events.timeline([payout.id])],
        "ledger": [entry_item(entry) for entry in ledger.entries_of([payout.id])],
        "files": [document for message in banking.of_payout(payout) for document in _documents(message)],
    }
    return shown, 200


@bp.get("/merchants/<merchant_id>/payouts/<payout_id>/lines")
def list_payout_lines(merchant_id: str, payout_id: str) -> Answer:
    payout = payouts.get(_payout_scope(merchant_id, payout_id), payout_id)
    cursor = request.args.get("cursor") or "0"
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 19):
        raise InvalidRequest("cursor", "This cursor was not given by this service", code="bad_cursor")
    lines, following = payout_lines.page(payout, after=int(cursor), limit=limit())
    return {"lines": [_line(line) for line in lines], "next": str(following) if following else None}, 200


@bp.post("/merchants/<merchant_id>/payouts/resume")
@once_whole
def resume_payouts(merchant_id: str) -> Answer:
    """The owner confirmed the IBAN. Repeating it changes nothing."""
    no_fields()
    payouts.resume(scope(merchant_id, live()))
    return {}, 200


def _payout_scope(merchant_id: str, payout_id: str) -> Scope:
    """The scope of a payout's own mode. Raises NotFound."""
    for mode in (False, True):
        found = scope(merchant_id, mode)
        try:
            payouts.get(found, payout_id)
        except NotFound:
            continue
        return found
    raise NotFound("payout", payout_id)


def _item(payout: Payout, sums: Sums) -> dict[str, Any]:
    expected = payouts.expected_on(payout)
    gathering = payout.gathered_at is None
    return {
        "id": payout.id,
        "amount": sums.total if gathering else payout.amount,
        "currency": payout.currency,
        "status": payout.status,
        "reference": payout.reference,
        "expected_on": expected.isoformat() if expected else None,
        "run_at": time(payout.due_at) if gathering else None,
        "created_at": time(payout.created_at),
        "gathered_at": time(payout.gathered_at),
        "sent_at": time(payout.sent_at),
        "paid_at": time(payout.paid_at),
        "date_bank": payout.date_bank.isoformat() if payout.date_bank else None,
        "iban_masked": payout.iban_masked,
        "reason": payout.reason,
        "live": payout.live,
        "sums": sums.as_json(),
    }


def _line(line: Line) -> dict[str, Any]:
    return {
        "at": time(line.at),
        "kind": line.kind,
        "reference": line.reference,
        "payment": line.payment,
        "order_id": line.order_id,
        "gross": line.gross,
        "fee": line.fee,
        "net": line.net,
        "original": {"amount": line.original[0], "currency": line.original[1]} if line.original else None,
        "rate": str(line.rate) if line.rate is not None else None,
    }


def _documents(message: BankMessage) -> list[dict[str, Any]]:
    """What was said about a payout: our document, and the bank's once it came."""
    ours, theirs = _DOCUMENTS[message.kind]
    found = []
    if ours is not None:
        found.append({"kind": ours, "at": time(message.created_at), "status": "validated", "problem": None})
    status = "accepted" if message.answered_at else "refused" if message.answer_sealed else "awaited"
    found.append({"kind": theirs, "at": time(message.answered_at), "status": status, "problem": message.problem})
    return found

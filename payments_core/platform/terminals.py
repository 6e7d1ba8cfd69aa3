"""A merchant's terminals and their telecollections."""

from __future__ import annotations

from typing import Any

from flask import g, request
from marshmallow import Schema, fields
from sqlalchemy import select

from payments_core import terminals
from payments_core.models import Terminal, TerminalBatch
from payments_core.paging import by_keyset
from payments_core.platform.answers import Answer, body, limit, live, time
from payments_core.platform.door import bp, once, scope


class TerminalSchema(Schema):
    name = fields.String(required=True)
    place = fields.String(required=True)


class TerminalChangeSchema(Schema):
    name = fields.String()
    state = fields.String()


@bp.get("/merchants/<merchant_id>/terminals")
def list_terminals(merchant_id: str) -> Answer:
    where = scope(merchant_id, live())
    statement = select(Terminal).where(Terminal.merchant_id == where.merchant_id, Terminal.live.is_(where.live))
    found = by_keyset(Terminal, statement, request.args.get("cursor") or None, limit())
    counts = terminals.month_counts(where, [terminal.id for terminal in found.items])
    items = [_item(terminal, counts.get(terminal.id, 0)) for terminal in found.items]
    return {"terminals": items, "next": found.next}, 200


@bp.post("/merchants/<merchant_id>/terminals")
@once
def enrol_terminal(merchant_id: str) -> Answer:
    """Test mode. The enrolment with its keys is shown once, in this answer."""
    given = body(TerminalSchema())
    terminal, enrolment = terminals.enrol(scope(merchant_id, live()), given["name"], given["place"], g.suffix)
    return {"terminal": _item(terminal, 0), "enrolment": enrolment}, 201


@bp.patch("/merchants/<merchant_id>/terminals/<terminal_id>")
def change_terminal(merchant_id: str, terminal_id: str) -> Answer:
    where = scope(merchant_id, live())
    terminal = terminals.update(where, terminal_id, **body(TerminalChangeSchema()))
    return _item(terminal, terminals.month_counts(where, [terminal.id]).get(terminal.id, 0)), 200


@bp.get("/merchants/<merchant_id>/terminals/<terminal_id>/batches")
def list_batches(merchant_id: str, terminal_id: str) -> Answer:
    terminal = terminals.get(scope(merchant_id, live()), terminal_id)
    statement = select(TerminalBatch).where(TerminalBatch.terminal_id == terminal.id)
    found = by_keyset(TerminalBatch, statement, request.args.get("cursor") or None, limit())
    return {"batches": [_batch(batch) for batch in found.items], "next": found.next}, 200


def _item(terminal: Terminal, month_count: int) -> dict[str, Any]:
    return {
        "id": terminal.id,
        "serial": terminal.code,
        "name": terminal.name,
        "place": terminal.place,
        "state": terminal.state,
        "created_at": time(terminal.created_at),
        "last_contact_at": time(terminal.last_contact_at),
        "last_collected_at": time(terminal.last_collected_at),
        "month_count": month_count,
        "live": terminal.live,
    }


def _batch(batch: TerminalBatch) -> dict[str, Any]:
    return {
        "id": batch.id,
        "number": batch.number,
        "state": batch.state,
        "currency": terminals.CURRENCY,
        "count": batch.count,
        "total": batch.total,
        "claimed_count": batch.claimed_count,
        "claimed_total": batch.claimed_total,
        "problem": batch.problem,
        "created_at": time(batch.created_at),
        "closed_at": time(batch.closed_at),
    }

"""What we owe the bank in words and what it answers: files (bank_orders.py) and questions for statements.

A message is committed before it is sent and sent again under the same id until a valid answer came, by whoever sweeps. Only a valid
answer changes anything; a malformed one is kept beside its message with what is wrong about it, and the question is asked again
later. In test mode every merchant has a clock, so its files and statements are its own; live orders share a file.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import select

from payments_core import bank_files, bank_orders
from payments_core.bank_files import Entry
from payments_core.bank_orders import ORDERS, Order, our_account
from payments_core.db import db, new_id
from payments_core.errors import BankAnswerRefused, BankFileRefused, BankUnavailable, IllegalTransition
from payments_core.models import BankMessage, Merchant, Payout
from payments_core.runtime import runtime
from payments_core.scope import Scope, scope_of

log = logging.getLogger(__name__)

VAULT_PURPOSE = "bank"
ANSWER_PURPOSE = "bank answer"
IN_ONE_FILE = 1000
_AT_ONCE = 20
_WHAT = "transfer or collection"
_RETRY = timedelta(seconds=30)
_SLOWEST_RETRY = timedelta(hours=1)


def exchange(real_now: datetime, merchant_id: str | None = None) -> int:
    """Puts what waits in files and sends what is owed; returns how many messages were made or answered."""
    return assemble(real_now, merchant_id) + send_unanswered(real_now, merchant_id)


def assemble(real_now: datetime, merchant_id: str | None = None) -> int:
    """Files of what waits for one, each a transaction of its own; returns the number of files."""
    return sum(_assemble(order, real_now, merchant_id) for order in ORDERS)


def _assemble(order: Order, real_now: datetime, merchant_id: str | None) -> int:
    waiting = order.take_waiting(merchant_id, IN_ONE_FILE)
    files = 0
    for (live, _owner), group in groupby(waiting, key=lambda one: (one.live, None if one.live else one.merchant_id)):
        files += _put_in_file(order, live, list(group), real_now)
    db.session.commit()
    return files


def send_unanswered(real_now: datetime, merchant_id: str | None = None) -> int:
    """Sends what is owed and due, oldest first; returns how many got a valid answer."""
    statement = select(BankMessage.id).where(BankMessage.answered_at.is_(None), BankMessage.next_attempt_at <= real_now)
    if merchant_id is not None:
        statement = statement.where(BankMessage.merchant_id == merchant_id)
    ids = db.session.scalars(statement.order_by(BankMessage.next_attempt_at).limit(_AT_ONCE)).all()
    db.session.commit()
    return sum(_send(message_id, real_now) for message_id in ids)


def owes_answer(merchant_id: str) -> bool:
    """Whether the merchant's test clock must wait for the bank."""
    unanswered = select(BankMessage.id).where(
        BankMessage.answered_at.is_(None), BankMessage.merchant_id == merchant_id, BankMessage.live.is_(False)
    )
    waiting = [
        order.waiting().where(order.model.merchant_id == merchant_id, order.model.live.is_(False)) for order in ORDERS
    ]
    return any(db.session.scalar(statement.limit(1)) is not None for statement in (unanswered, *waiting))


def of_payout(payout: Payout) -> list[BankMessage]:
    """The payout's file and the statements asked for since it left, oldest first."""
    statement = select(BankMessage).where(
        BankMessage.live == payout.live,
        (BankMessage.id == payout.transfer_id)
        | (
            (BankMessage.kind == "statement")
            & (BankMessage.since == payout.business_day)
            & (BankMessage.merchant_id == (None if payout.live else payout.merchant_id))
        ),
    )
    return list(db.session.scalars(statement.order_by(BankMessage.created_at, BankMessage.id)))


def _put_in_file(order: Order, live: bool, group: Sequence[Any], real_now: datetime) -> int:
    """One file and its rows. A file that its schema refuses stops its own rows, not the others'."""
    message_id = order.file_prefix + new_id("f").rpartition("_")[2]
    for row in group:
        order.before_file(_scope(row, real_now), row)
    try:
        document = order.document(message_id, group, real_now)
    except BankFileRefused as error:
        if len(group) > 1:
            return sum(_put_in_file(order, live, [row], real_now) for row in group)
        log.error("%s %s: %s", order.kind, group[0].id, error.message)
        order.refused(_scope(group[0], real_now), group[0], "FF01")
        return 1
    days = [order.day(row) for row in group]
    db.session.add(
        BankMessage(
            id=message_id,
            kind=order.kind,
            merchant_id=None if live else group[0].merchant_id,
            live=live,
            since=min(days),
            until=max(days),
            sealed=runtime().vault.seal(VAULT_PURPOSE, document, message_id),
            attempts=0,
            created_at=real_now,
            next_attempt_at=real_now,
        )
    )
    db.session.flush()
    for row in group:
        setattr(row, order.file, message_id)
        order.into_file(_scope(row, real_now), row)
    return 1


def _send(message_id: str, real_now: datetime) -> int:
    """Asks about one message and applies the answer in the transaction that marks it answered."""
    message = db.session.scalars(
        select(BankMessage)
        .where(BankMessage.id == message_id, BankMessage.answered_at.is_(None))
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).first()
    if message is None:
        db.session.commit()
        return 0
    answer = b""
    try:
        answer = _ask(message)
        with db.session.begin_nested():
            _apply(message, answer, real_now)
            message.answered_at, message.problem = real_now, None
            message.answer_sealed = runtime().vault.seal(ANSWER_PURPOSE, answer, message.id)
    except BankUnavailable as error:
        _try_later(message, real_now, error.message)
    except (BankAnswerRefused, IllegalTransition) as error:  # the latter: it speaks against what is known already
        log.error("bank message %s: %s", message.id, error.message)
        _try_later(message, real_now, error.message)
        message.answer_sealed = runtime().vault.seal(ANSWER_PURPOSE, answer, message.id)
    db.session.commit()
    return int(message.answered_at is not None)


def _try_later(message: BankMessage, real_now: datetime, problem: str) -> None:
    message.attempts += 1
    message.problem = problem[:500]
    message.next_attempt_at = real_now + min(_RETRY * 2 ** min(message.attempts - 1, 10), _SLOWEST_RETRY)


def _ask(message: BankMessage) -> bytes:
    bank, account = runtime().bank, message.merchant_id or our_account().iban
    if message.kind == "statement":
        return bank.statement(message.id, account, message.since, message.until)
    assert message.sealed is not None
    document = runtime().vault.open(VAULT_PURPOSE, message.sealed, message.id)
    send = bank.collect if _order_of(message).credit else bank.transfer
    return send(message.id, account, document)


def _order_of(message: BankMessage) -> Order:
    """By its kind and, where two share one, by the beginning of its id: what the bank is asked is the same."""
    return next(one for one in ORDERS if one.kind == message.kind and message.id.startswith(one.file_prefix))


def _apply(message: BankMessage, answer: bytes, real_now: datetime) -> None:
    if message.kind == "statement":
        _apply_statement(message, bank_files.read_statement(answer, message.since, message.until), real_now)
        return
    order = _order_of(message)
    rows = order.of_file(message.id)
    outcomes = bank_files.read_report(answer, message.id, [order.reference(row) for row in rows])
    for row in rows:
        scope, reason = _scope(row, real_now), outcomes[order.reference(row)]
        if reason is None:
            order.sent(scope, row)
        else:
            order.refused(scope, row, reason)


def _apply_statement(message: BankMessage, entries: Sequence[Entry], real_now: datetime) -> None:
    """A line seen before changes nothing; one that does not fit what we sent refuses the whole statement."""
    rows = bank_orders.named(entry.reference for entry in entries)
    checked = [(entry, *_what_it_is_about(entry, message, rows)) for entry in entries]
    # Balances are locked merchant by merchant; a booking comes before what undoes it.
    checked.sort(key=lambda one: (one[2].merchant_id, one[0].reference, one[0].returned is not None))
    for entry, order, row in checked:
        scope = _scope(row, real_now)
        if entry.returned is None and order.may_book(row):
            order.booked(scope, row, entry.booked_on)
        elif entry.returned is not None and order.may_return(row):
            order.came_back(scope, row, entry.returned, entry.booked_on)


def _what_it_is_about(entry: Entry, message: BankMessage, rows: Mapping[str, tuple[Order, Any]]) -> tuple[Order, Any]:
    order, row = rows.get(entry.reference, (None, None))
    if order is None or row is None or row.live != message.live or message.merchant_id not in (None, row.merchant_id):
        raise BankAnswerRefused(f"camt.053 names {entry.reference!r}, which is no {_WHAT} of ours")
    if row.amount != entry.amount:
        raise BankAnswerRefused(f"camt.053 books {entry.amount} for {entry.reference}, we sent {row.amount} cents")
    if entry.credit != (order.credit is (entry.returned is None)):
        raise BankAnswerRefused(f"camt.053 books {entry.reference} the wrong way for {entry.returned or 'no return'}")
    return order, row


def _scope(row: Any, real_now: datetime) -> Scope:
    merchant = db.session.get(Merchant, row.merchant_id)
    assert merchant is not None
    return scope_of(merchant, row.live, real_now, "bank")

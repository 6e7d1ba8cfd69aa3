"""What we owe the bank in words and what it answers: files of payouts, questions for statements.

A message is committed before it is sent and sent again under the same id until a valid answer came, by whoever sweeps. Only a valid
answer changes anything; a malformed one is kept beside its message with what is wrong about it, and the question is asked again
later. In test mode every merchant has a clock, so its files and statements are its own; live payouts share a file.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby

from sqlalchemy import select

from payments_core import bank_files, merchants, payouts
from payments_core.bank_files import Account, Entry, Transfer
from payments_core.db import db, locked, new_id
from payments_core.errors import BankAnswerRefused, BankFileRefused, BankUnavailable
from payments_core.events import emit
from payments_core.models import BankMessage, Merchant, Payout
from payments_core.runtime import runtime
from payments_core.scope import Scope, scope_of
from payments_core.states import next_status

log = logging.getLogger(__name__)

VAULT_PURPOSE = "bank"
ANSWER_PURPOSE = "bank answer"
IN_ONE_FILE = 1000
_AT_ONCE = 20
_RETRY = timedelta(seconds=30)
_SLOWEST_RETRY = timedelta(hours=1)


def exchange(real_now: datetime, merchant_id: str | None = None) -> int:
    """Puts gathered payouts in files and sends what is owed; returns how many messages were made or answered."""
    return assemble(real_now, merchant_id) + send_unanswered(real_now, merchant_id)


def assemble(real_now: datetime, merchant_id: str | None = None) -> int:
    """Files of payouts whose lines are closed, each a transaction of its own; returns the number of files."""
    statement = select(Payout).where(Payout.status == "pending", Payout.gathered_at.is_not(None))
    if merchant_id is not None:
        statement = statement.where(Payout.merchant_id == merchant_id, Payout.live.is_(False))
    ordered = statement.order_by(Payout.live, Payout.merchant_id, Payout.id).limit(IN_ONE_FILE)
    waiting = db.session.scalars(ordered.with_for_update(skip_locked=True)).all()
    files = 0
    for (live, _owner), group in groupby(waiting, key=lambda one: (one.live, None if one.live else one.merchant_id)):
        files += _put_in_file(live, list(group), real_now)
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
    gathered = select(Payout.id).where(
        Payout.merchant_id == merchant_id,
        Payout.live.is_(False),
        Payout.status == "pending",
        Payout.gathered_at.is_not(None),
    )
    return any(db.session.scalar(statement.limit(1)) is not None for statement in (unanswered, gathered))


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


def _put_in_file(live: bool, group: Sequence[Payout], real_now: datetime) -> int:
    """One pain.001 and its payouts to `to_pay`. A file that its schema refuses stops its payouts, not the others'."""
    message_id = "CPT-" + new_id("f").rpartition("_")[2]
    try:
        document = bank_files.transfer_document(_our_account(), message_id, [_transfer(payout) for payout in group])
    except BankFileRefused as error:
        if len(group) > 1:
            return sum(_put_in_file(live, [payout], real_now) for payout in group)
        log.error("payout %s: %s", group[0].id, error.message)
        _fail(group[0], "FF01", real_now)
        return 1
    first = group[0]
    assert first.business_day is not None
    db.session.add(
        BankMessage(
            id=message_id,
            kind="transfer",
            merchant_id=None if live else first.merchant_id,
            live=live,
            since=first.business_day,
            until=first.business_day,
            sealed=runtime().vault.seal(VAULT_PURPOSE, document, message_id),
            attempts=0,
            created_at=real_now,
            next_attempt_at=real_now,
        )
    )
    db.session.flush()
    for payout in group:
        payout.transfer_id, payout.status = message_id, next_status("payout", payout.status, "validate")
        emit(_scope(payout, real_now), "payout.to_pay", payout, amount=payout.amount)
    return 1


def _transfer(payout: Payout) -> Transfer:
    merchant = merchants.get(payout.merchant_id)
    assert payout.business_day is not None
    return Transfer(payout.reference, payout.amount, merchant.name, merchants.iban(merchant), payout.business_day)


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
    try:
        answer = _ask(message)
        with db.session.begin_nested():
            _apply(message, answer, real_now)
            message.answered_at, message.problem = real_now, None
            message.answer_sealed = runtime().vault.seal(ANSWER_PURPOSE, answer, message.id)
    except BankUnavailable as error:
        _try_later(message, real_now, error.message)
    except BankAnswerRefused as error:
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
    bank, account = runtime().bank, message.merchant_id or _our_account().iban
    if message.kind == "statement":
        return bank.statement(message.id, account, message.since, message.until)
    assert message.sealed is not None
    return bank.transfer(message.id, account, runtime().vault.open(VAULT_PURPOSE, message.sealed, message.id))


def _apply(message: BankMessage, answer: bytes, real_now: datetime) -> None:
    if message.kind == "statement":
        entries = bank_files.read_statement(answer, message.since, message.until)
        for entry in sorted(entries, key=lambda one: one.reference):  # payouts are locked in this order
            _apply_entry(entry, message, real_now)
        return
    ids = db.session.scalars(select(Payout.id).where(Payout.transfer_id == message.id).order_by(Payout.reference)).all()
    group = [payout for one in ids if (payout := locked(Payout, one)) is not None]
    outcomes = bank_files.read_report(answer, message.id, [payout.reference for payout in group])
    for payout in group:
        reason = outcomes[payout.reference]
        if reason is not None:
            _fail(payout, reason, real_now)
            continue
        scope = _scope(payout, real_now)
        payout.status, payout.sent_at = next_status("payout", payout.status, "send"), scope.now
        payout.due_at = payouts.next_statement(scope)
        emit(scope, "payout.sent", payout, amount=payout.amount)


def _apply_entry(entry: Entry, message: BankMessage, real_now: datetime) -> None:
    """A line seen before changes nothing; one that does not fit what we sent refuses the whole statement."""
    payout = payouts.locked_by_reference(entry.reference)
    if payout is None or payout.live != message.live or (not payout.live and payout.merchant_id != message.merchant_id):
        raise BankAnswerRefused(f"camt.053 names {entry.reference!r}, which is no transfer of ours")
    if payout.amount != entry.amount:
        raise BankAnswerRefused(f"camt.053 books {entry.amount} for {entry.reference}, we sent {payout.amount} cents")
    scope = _scope(payout, real_now)
    if payout.status == "sent" and entry.returned is None:
        payouts.booked(scope, payout, entry.booked_on)
    elif payout.status in ("sent", "paid") and entry.returned is not None:
        payouts.failed(scope, payout, "return" if payout.status == "paid" else "fail", entry.returned)


def _fail(payout: Payout, reason: str, real_now: datetime) -> None:
    payouts.failed(_scope(payout, real_now), payout, "fail", reason)


def _scope(payout: Payout, real_now: datetime) -> Scope:
    merchant = db.session.get(Merchant, payout.merchant_id)
    assert merchant is not None
    return scope_of(merchant, payout.live, real_now, "bank")


def _our_account() -> Account:
    config = runtime().config
    return Account(config.payout_account_name, config.payout_account_iban)

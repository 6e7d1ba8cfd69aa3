"""Answers of the bank that are spoilt, late or lost, and crashes on the way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask import Flask

from payments_core import (
    banking,
    ledger,
)
from payments_core.bank_simulator import BankSimulator
from payments_core.db import db
from payments_core.errors import BankUnavailable
from payments_core.models import BankMessage
from payments_core.runtime import runtime
from tests.payments_core.conftest import Shop
from tests.payments_core.sepa.steps import (
    FILE_LEFT,
    RETURN_READ,
    STATEMENT_READ,
    check_ledger,
    debit_of,
    iban_of,
    messages,
    moved_at_the_bank,
    pay,
)


class Broken(BankSimulator):
    """A bank whose answers are spoilt on their way back."""

    def __init__(self, clock: Any, spoil: Callable[[bytes], bytes]) -> None:
        super().__init__(clock)
        self.spoil = spoil

    def collect(self, message_id: str, account: str, document: bytes) -> bytes:
        return self.spoil(super().collect(message_id, account, document))

    def statement(self, message_id: str, account: str, since: date, until: date) -> bytes:
        return self.spoil(super().statement(message_id, account, since, until))


def silence(_answer: bytes) -> bytes:
    raise BankUnavailable("no connection")


def with_bank(bank: Any) -> Any:
    """Puts another bank behind the door; gives back the one before."""
    before = runtime().bank
    object.__setattr__(runtime(), "bank", bank)
    return before


SPOILT_REPORTS: dict[str, Callable[[bytes], bytes]] = {
    "cut short": lambda answer: answer[: len(answer) // 2],
    "another file's": lambda answer: answer.replace(b"<OrgnlMsgId>", b"<OrgnlMsgId>X"),
    "unknown collection": lambda answer: answer.replace(b"DDBT-", b"ELSE-"),
    "unknown status": lambda answer: answer.replace(b"ACSP", b"PDNG"),
    "silence": silence,
}


@pytest.mark.parametrize("how", SPOILT_REPORTS)
def test_a_malformed_report_changes_nothing_and_is_asked_again(core: Flask, shop: Shop, how: str) -> None:
    payment = pay(shop)
    good = with_bank(Broken(shop.clock, SPOILT_REPORTS[how]))
    shop.advance_to(STATEMENT_READ)
    (message,) = messages("collection")
    assert (payment.status, message.answered_at) == ("capture_sent", None)
    assert message.problem
    with_bank(good)
    shop.clock.tick(hours=2)
    shop.advance_to(RETURN_READ)
    assert (payment.status, moved_at_the_bank()) == ("captured", 1)
    check_ledger()


SPOILT_STATEMENTS: dict[str, Callable[[bytes], bytes]] = {
    "amount": lambda answer: answer.replace(b">10<", b">10.01<").replace(b">10.00<", b">10.01<"),
    "currency": lambda answer: answer.replace(b'Ccy="EUR"', b'Ccy="USD"'),
    "direction": lambda answer: answer.replace(b"CRDT", b"DBIT"),
    "reference": lambda answer: answer.replace(b"DDBT-", b"ELSE-"),
    "cut": lambda answer: answer[:-20],
}


@pytest.mark.parametrize("how", SPOILT_STATEMENTS)
def test_a_statement_that_does_not_fit_is_refused_whole(core: Flask, shop: Shop, how: str) -> None:
    payment = pay(shop)
    shop.advance_to(FILE_LEFT)
    good = with_bank(Broken(shop.clock, SPOILT_STATEMENTS[how]))
    shop.advance_to(STATEMENT_READ)
    (message,) = messages("statement")
    assert (payment.status, message.answered_at) == ("capture_sent", None)
    assert message.problem
    with_bank(good)
    shop.clock.tick(hours=2)
    shop.advance_to(RETURN_READ)
    assert payment.status == "captured"
    check_ledger()


def test_a_crash_between_sending_and_recording_collects_once(core: Flask, shop: Shop, do_sweep: Any) -> None:
    payment = pay(shop)

    def die(_answer: bytes) -> bytes:
        raise KeyboardInterrupt

    good = with_bank(Broken(shop.clock, die))
    with pytest.raises(KeyboardInterrupt):
        shop.advance_to(FILE_LEFT)
    db.session.rollback()
    assert moved_at_the_bank() == 1
    with_bank(good)
    for _ in range(2):
        do_sweep()
    assert (len(messages("collection")), moved_at_the_bank()) == (1, 1)
    shop.advance_to(STATEMENT_READ)
    for _ in range(2):
        do_sweep()
        banking.exchange(shop.clock())
    assert payment.status == "captured"
    assert [entry.code for entry in ledger.entries_of([payment.id])].count("capture") == 1
    check_ledger()


def test_a_return_read_before_its_booking_is_not_lost(core: Flask, shop: Shop) -> None:
    payment = pay(shop, 2000, iban_of("AC04"))
    shop.advance_to(FILE_LEFT)
    good = with_bank(Broken(shop.clock, silence))
    shop.advance_to(STATEMENT_READ)  # the statement of the 29th stays owed
    with_bank(good)
    (owed,) = messages("statement")
    answer = good.statement("STMT-OTHER", owed.merchant_id, date(2026, 9, 30), date(2026, 9, 30))
    later = BankMessage(
        id="STMT-OTHER",
        kind="statement",
        merchant_id=owed.merchant_id,
        live=False,
        since=date(2026, 9, 30),
        until=date(2026, 9, 30),
        attempts=0,
        created_at=shop.clock(),
        next_attempt_at=shop.clock(),
    )
    db.session.add(later)
    db.session.commit()
    assert b"AC04" in answer
    banking.send_unanswered(shop.clock())  # the other one waits for its next attempt
    assert (payment.status, debit_of(payment).status) == ("failed", "returned")
    shop.clock.tick(hours=2)
    shop.advance(days=3)
    assert payment.status == "failed"
    codes = [entry.code for entry in ledger.entries_of([payment.id, debit_of(payment).id])]
    assert (codes.count("capture"), codes.count("return")) == (1, 1)
    check_ledger()

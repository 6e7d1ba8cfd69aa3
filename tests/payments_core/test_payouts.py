"""Payouts: lines to the cent, the bank's documents, what comes back, and crashes on the way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from payments_core import bank_files, banking, ledger, ledger_check, merchants, payout_lines, payouts, refunds
from payments_core.bank_simulator import BankSimulator
from payments_core.bank_test_accounts import TEST_ACCOUNTS, Fate
from payments_core.db import db
from payments_core.errors import BankAnswerRefused, BankFileRefused, BankUnavailable
from payments_core.merchants import MerchantInput
from payments_core.models import BankMessage, Event, Payout, SimulatorTransfer
from payments_core.runtime import runtime
from tests.payments_core.conftest import Shop

AFTER_HOLD = datetime(2026, 9, 24, 6, 59, tzinfo=UTC)  # Thursday, one minute before the run at 9:00 in Paris


def the_payouts(shop: Shop) -> list[Payout]:
    statement = select(Payout).where(Payout.merchant_id == shop.merchant.id).order_by(Payout.created_at, Payout.id)
    return list(db.session.scalars(statement.execution_options(populate_existing=True)))


def shop_with_iban(core: Flask, clock: Any, fate: Fate) -> Shop:
    """A merchant whose account is a documented one with this outcome of transfers."""
    iban = next(account.iban for account in TEST_ACCOUNTS if account.transfer == fate)
    merchant, _ = merchants.create(MerchantInput("account-9", "Chez Léa", "lea@exemple.fr", "732829320", iban), clock())
    return Shop(merchant, clock)


def test_a_payment_reaches_the_bank_after_its_hold(shop: Shop) -> None:
    payment = shop.captured(2590)  # captured and received on Wednesday the 16th, held to the end of the 23rd
    shop.advance_to(AFTER_HOLD)
    (payout,) = the_payouts(shop)
    assert (payout.status, payout.due_at) == ("pending", datetime(2026, 9, 24, 7, 0, tzinfo=UTC))
    assert payout_lines.sums(payout).total == 2557
    shop.advance_to(datetime(2026, 9, 24, 8, 0, tzinfo=UTC))
    (payout,) = the_payouts(shop)
    assert (payout.status, payout.amount, payout.business_day) == ("sent", 2557, date(2026, 9, 24))
    (balance,) = ledger.balances(shop.merchant.id, False)
    assert (balance.available, balance.in_transit) == (0, 2557)
    shop.advance_to(datetime(2026, 9, 25, 6, 0, tzinfo=UTC))
    (payout,) = the_payouts(shop)
    assert (payout.status, payout.date_bank) == ("paid", date(2026, 9, 24))
    (balance,) = ledger.balances(shop.merchant.id, False)
    assert (balance.available, balance.in_transit) == (0, 0)
    assert payout_lines.payout_ids([payment.id]) == {payment.id: payout.id}
    kinds = [
        event.type
        for event in db.session.scalars(select(Event).where(Event.object_id == payout.id).order_by(Event.version))
    ]
    assert kinds == ["payout.pending", "payout.to_pay", "payout.sent", "payout.paid"]
    assert ledger_check.check().differences == []
    shop.advance(days=30)
    assert [one.status for one in the_payouts(shop)] == ["paid"]
    assert the_payouts(shop)[0].due_at is None


def test_lines_add_up_to_the_cent_and_debits_lower_the_next_payout(shop: Shop) -> None:
    first, second = shop.captured(2590, order_id="A-1"), shop.captured(10_000, order_id="A-2")
    refunds.create(shop.scope, first.id, 590)
    shop.advance(days=14)
    third = shop.captured(5000)
    refund = refunds.create(shop.scope, second.id, 700)
    shop.advance(days=14)
    made = the_payouts(shop)
    assert all(one.status == "paid" for one in made)
    for payout in made:
        lines, more = payout_lines.page(payout)
        assert more is None
        assert sum(line.net for line in lines) == payout.amount == payout_lines.sums(payout).total
        assert all(line.gross - line.fee == line.net for line in lines)
    last = [(line.kind, line.gross, line.net) for line in payout_lines.page(made[-1])[0]]
    assert last == [("refund", -700, -700), ("payment", 5000, 5000 - third.fee)]
    assert payout_lines.payout_ids([refund.id, third.id]) == {refund.id: made[-1].id, third.id: made[-1].id}
    assert sum(one.amount for one in made) == sum(p.amount - p.fee for p in (first, second, third)) - 590 - 700
    assert ledger_check.check().differences == []


def test_lines_come_in_pages(shop: Shop) -> None:
    for _ in range(5):
        shop.pay(1000, "4000000000000077")
    shop.advance(days=14)
    (payout,) = the_payouts(shop)
    seen, after = [], 0
    while after is not None:
        lines, after = payout_lines.page(payout, after=after, limit=2)  # type: ignore[assignment]
        seen += lines
    assert len({line.reference for line in seen}) == 5


def test_a_negative_or_too_small_balance_carries_over(shop: Shop) -> None:
    payment = shop.captured(1000)
    refunds.create(shop.scope, payment.id)  # the commission stays owed
    shop.advance(days=20)
    (payout,) = the_payouts(shop)
    assert payout.gathered_at is None
    assert ledger.balances(shop.merchant.id, False)[0].available == -22
    shop.captured(1000)
    shop.advance(days=20)
    (payout,) = the_payouts(shop)
    assert (payout.status, payout.amount) == ("paid", 956)


def test_payouts_leave_on_business_days_only(shop: Shop) -> None:
    shop.advance_to(datetime(2026, 12, 15, 12, 0, tzinfo=UTC))
    shop.captured(1000)  # received Wednesday the 16th, released on the 24th; the 25th is no TARGET day
    shop.advance_to(datetime(2026, 12, 24, 12, 0, tzinfo=UTC))
    assert the_payouts(shop)[0].business_day == date(2026, 12, 24)
    shop.pay(1000)  # received on Monday the 28th: the 25th is no TARGET day
    shop.advance_to(datetime(2027, 1, 20, 12, 0, tzinfo=UTC))
    assert [one.business_day for one in the_payouts(shop)] == [date(2026, 12, 24), date(2027, 1, 5)]


def test_a_rejected_transfer_gives_the_money_back_and_stops_payouts(core: Flask, clock: Any) -> None:
    shop = shop_with_iban(core, clock, Fate("AC04", rejected=True))
    shop.captured(1000)
    shop.advance(days=14)
    failed, waiting = the_payouts(shop)
    assert (failed.status, failed.reason, waiting.status, waiting.gathered_at) == ("failed", "AC04", "pending", None)
    (balance,) = ledger.balances(shop.merchant.id, False)
    assert (balance.available, balance.in_transit, balance.payouts_stopped) == (978, 0, "iban_unconfirmed")
    assert [line.kind for line in payout_lines.page(waiting)[0]] == ["payout_failed"]
    payouts.resume(shop.scope)
    payouts.resume(shop.scope)
    shop.advance(days=3)
    assert [one.status for one in the_payouts(shop)][:2] == ["failed", "failed"]
    assert ledger_check.check().differences == []


def test_a_booked_transfer_may_come_back(core: Flask, clock: Any) -> None:
    shop = shop_with_iban(core, clock, Fate("AC01"))
    shop.captured(1000)
    shop.advance(days=14)
    returned, waiting = the_payouts(shop)
    assert (returned.status, returned.reason) == ("failed", "AC01")
    assert returned.paid_at is not None
    assert waiting.gathered_at is None
    assert ledger.balances(shop.merchant.id, False)[0].available == 978
    codes = [entry.code for entry in ledger.entries_of([returned.id])]
    assert codes == ["payout", "payout_paid", "payout_returned"]
    assert ledger_check.check().differences == []


class Broken(BankSimulator):
    """A bank that answers like the simulator until its answer is spoilt."""

    def __init__(self, clock: Any, spoil: Callable[[bytes], bytes]) -> None:
        super().__init__(clock)
        self.spoil = spoil

    def transfer(self, message_id: str, account: str, document: bytes) -> bytes:
        return self.spoil(super().transfer(message_id, account, document))

    def statement(self, message_id: str, account: str, since: date, until: date) -> bytes:
        return self.spoil(super().statement(message_id, account, since, until))


def unavailable(_answer: bytes) -> bytes:
    raise BankUnavailable("no connection")


SPOILT: dict[str, Callable[[bytes], bytes]] = {
    "cut short": lambda answer: answer[: len(answer) // 2],
    "not XML": lambda _: b"\x00\xff OK",
    "unknown element": lambda answer: answer.replace(b"<GrpHdr>", b"<GrpHdr><Extra>1</Extra>"),
    "document type": lambda answer: b'<!DOCTYPE x [<!ENTITY a "b">]>' + answer.split(b"?>", 1)[1],
    "another file's answer": lambda answer: answer.replace(b"<OrgnlMsgId>", b"<OrgnlMsgId>X"),
    "unknown transfer": lambda answer: answer.replace(b"COMPTOIR-", b"ELSEWHERE"),
    "unknown status": lambda answer: answer.replace(b"ACSP", b"PDNG"),
    "silence": unavailable,
}


@pytest.mark.parametrize("how", SPOILT)
def test_a_malformed_report_changes_nothing_and_is_asked_again(core: Flask, shop: Shop, how: str) -> None:
    shop.captured(1000)
    shop.advance_to(AFTER_HOLD)
    good = runtime().bank
    object.__setattr__(runtime(), "bank", Broken(shop.clock, SPOILT[how]))
    shop.advance_to(datetime(2026, 9, 24, 12, 0, tzinfo=UTC))
    (payout,) = the_payouts(shop)
    (message,) = db.session.scalars(select(BankMessage))
    assert (payout.status, message.answered_at) == ("to_pay", None)
    assert message.problem
    object.__setattr__(runtime(), "bank", good)
    shop.clock.tick(hours=2)
    shop.advance_to(datetime(2026, 9, 26, 12, 0, tzinfo=UTC))
    assert the_payouts(shop)[0].status == "paid"
    assert db.session.scalar(select(func.count()).select_from(SimulatorTransfer)) == 1
    assert ledger_check.check().differences == []


@pytest.mark.parametrize(
    "spoil",
    [
        lambda answer: answer.replace(b">9.78<", b">9.79<"),
        lambda answer: answer.replace(b'Ccy="EUR"', b'Ccy="USD"'),
        lambda answer: answer.replace(b"2026-09-24", b"2026-09-23"),
        lambda answer: answer.replace(b"DBIT", b"CRDT"),
        lambda answer: answer.replace(b"COMPTOIR-", b"ELSEWHERE"),
        lambda answer: answer[:-20],
    ],
    ids=["amount", "currency", "day", "direction", "reference", "cut"],
)
def test_a_statement_that_does_not_fit_is_refused_whole(
    core: Flask, shop: Shop, spoil: Callable[[bytes], bytes]
) -> None:
    shop.captured(1000)
    shop.advance_to(datetime(2026, 9, 24, 12, 0, tzinfo=UTC))
    good = runtime().bank
    object.__setattr__(runtime(), "bank", Broken(shop.clock, spoil))
    shop.advance_to(datetime(2026, 9, 25, 12, 0, tzinfo=UTC))
    assert the_payouts(shop)[0].status == "sent"
    message = db.session.scalars(select(BankMessage).where(BankMessage.kind == "statement")).one()
    assert message.answered_at is None
    assert message.problem
    object.__setattr__(runtime(), "bank", good)
    shop.clock.tick(hours=2)
    shop.advance(days=2)
    assert the_payouts(shop)[0].status == "paid"


def test_a_crash_between_sending_and_recording_moves_the_money_once(core: Flask, shop: Shop) -> None:
    shop.captured(1000)
    shop.advance_to(AFTER_HOLD)

    def die(_answer: bytes) -> bytes:
        raise KeyboardInterrupt

    good = runtime().bank
    object.__setattr__(runtime(), "bank", Broken(shop.clock, die))
    with pytest.raises(KeyboardInterrupt):
        shop.advance_to(datetime(2026, 9, 24, 12, 0, tzinfo=UTC))
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(SimulatorTransfer)) == 1
    object.__setattr__(runtime(), "bank", good)
    banking.exchange(shop.clock())
    assert the_payouts(shop)[0].status == "sent"
    assert db.session.scalar(select(func.count()).select_from(SimulatorTransfer)) == 1


def test_a_document_that_breaks_its_schema_does_not_leave() -> None:
    account = bank_files.Account("Comptoir", "FR7630004008310000000004273")
    wrong = bank_files.Transfer("R-1", 100, "Léa", "not an IBAN", date(2026, 9, 24))
    with pytest.raises(BankFileRefused):
        bank_files.transfer_document(account, "M-1", [wrong])


def test_a_report_must_speak_of_every_transfer(shop: Shop) -> None:
    shop.captured(1000)
    shop.advance_to(datetime(2026, 9, 24, 12, 0, tzinfo=UTC))
    message = db.session.scalars(select(BankMessage).where(BankMessage.kind == "transfer")).one()
    assert message.answer_sealed is not None
    answer = runtime().vault.open(banking.ANSWER_PURPOSE, message.answer_sealed, message.id)
    with pytest.raises(BankAnswerRefused, match="no status for COMPTOIR-B"):
        bank_files.read_report(answer, message.id, [the_payouts(shop)[0].reference, "COMPTOIR-B"])


def test_the_iban_is_nowhere_in_clear(shop: Shop) -> None:
    shop.captured(1000)
    shop.advance(days=14)
    for message in db.session.scalars(select(BankMessage)):
        assert b"FR14" not in (message.sealed or b"") + (message.answer_sealed or b"")

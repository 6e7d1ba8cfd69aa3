"""Direct debits and refunds by transfer: from acceptance to money, what comes back, and crashes on the way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from payments_core import (
    bank_collections,
    banking,
    disputes,
    ledger,
    ledger_check,
    mandates,
    payments,
    payout_lines,
    refunds,
    representation,
    sepa_accounts,
)
from payments_core.bank_simulator import BankSimulator
from payments_core.bank_test_accounts import TEST_ACCOUNTS
from payments_core.db import db
from payments_core.errors import BankUnavailable, Conflict, InvalidRequest, RefundRefused
from payments_core.models import BankMessage, DirectDebit, Event, Payment, Payout, SepaAccount, SimulatorTransfer
from payments_core.payments import NewPayment
from payments_core.runtime import runtime
from payments_core.sepa_accounts import SepaAccountInput
from tests.payments_core.conftest import Shop

GOOD = "FR1420041010050500013M02606"
# Accepted on Tuesday 15 September; 14 days' notice end on Tuesday the 29th, so the file leaves on Monday the 28th at 23:00 in Paris.
BEFORE_FILE = datetime(2026, 9, 28, 20, 59, tzinfo=UTC)
FILE_LEFT = datetime(2026, 9, 28, 21, 30, tzinfo=UTC)
STATEMENT_READ = datetime(2026, 9, 30, 5, 30, tzinfo=UTC)  # of the 29th, Wednesday at 7:00 in Paris
RETURN_READ = datetime(2026, 10, 1, 5, 30, tzinfo=UTC)


def iban_of(reason: str, direction: str = "collection", *, rejected: bool = False) -> str:
    """The documented account with this outcome."""
    for account in TEST_ACCOUNTS:
        fate = getattr(account, direction)
        fits = fate is not None and (fate.reason, fate.rejected) == (reason, rejected)
        if fits and (direction == "collection" or account.collection is None):
            return account.iban
    raise LookupError(reason)


def account_of(shop: Shop, iban: str = GOOD, **more: Any) -> SepaAccount:
    return sepa_accounts.create(shop.scope, SepaAccountInput(iban=iban, name="Ada Martin", **more))


def pay(shop: Shop, amount: int = 1000, iban: str = GOOD, **more: Any) -> Payment:
    more.setdefault("sepa", SepaAccountInput(iban=iban, name="Ada Martin"))
    return payments.create(shop.scope, NewPayment(amount=amount, **more))


def collected(shop: Shop, amount: int = 1000, iban: str = GOOD, **more: Any) -> Payment:
    payment = pay(shop, amount, iban, **more)
    shop.advance_to(STATEMENT_READ)
    assert payment.status == "captured", payment.status
    return payment


def debit_of(payment: Payment) -> DirectDebit:
    return db.session.scalars(select(DirectDebit).where(DirectDebit.payment_id == payment.id)).one()


def events_of(object_id: str) -> list[str]:
    return list(db.session.scalars(select(Event.type).where(Event.object_id == object_id).order_by(Event.version)))


def messages(kind: str) -> list[BankMessage]:
    return list(db.session.scalars(select(BankMessage).where(BankMessage.kind == kind).order_by(BankMessage.id)))


def moved_at_the_bank() -> int:
    return db.session.scalar(select(func.count()).select_from(SimulatorTransfer)) or 0


def check_ledger() -> None:
    assert ledger_check.check().differences == []


def test_a_direct_debit_goes_from_acceptance_to_a_payout(shop: Shop) -> None:
    payment = pay(shop, 2000)
    assert (payment.status, payment.method, payment.response, payment.fee) == ("to_capture", "sepa", "00", 30)
    assert payment.date_settlement == date(2026, 9, 29)
    shop.advance_to(BEFORE_FILE)
    assert (payment.status, messages("collection")) == ("to_capture", [])
    shop.advance_to(FILE_LEFT)
    assert (payment.status, debit_of(payment).status, len(messages("collection"))) == ("capture_sent", "sent", 1)
    shop.advance_to(STATEMENT_READ)
    assert (payment.status, payment.date_bank, payment.funds) == ("captured", date(2026, 9, 29), "held")
    (balance,) = ledger.balances(shop.merchant.id, False)
    assert (balance.pending, balance.held, balance.available) == (0, 1970, 0)
    check_ledger()
    shop.advance_to(datetime(2026, 10, 9, 12, 0, tzinfo=UTC))
    assert shop.paid_out() == 1970
    assert events_of(payment.id) == [
        "payment.created",
        "payment.to_capture",
        "payment.collection_scheduled",
        "payment.capture_sent",
        "payment.captured",
    ]
    check_ledger()


def test_the_collection_is_announced_with_its_day_amount_and_mandate(shop: Shop) -> None:
    payment = pay(shop, 2000)
    event = db.session.scalars(select(Event).where(Event.type == "payment.collection_scheduled")).one()
    assert payment.mandate is not None
    assert event.data == {
        "amount": 2000,
        "collection_on": "2026-09-29",
        "mandate": payment.mandate.rum,
        "creditor": runtime().config.sepa_creditor_id,
    }


def test_the_file_says_who_collects_from_whom_by_which_mandate(shop: Shop) -> None:
    signed = datetime(2026, 9, 1, 9, 30, tzinfo=UTC)
    account = account_of(shop, mandate="RUM-2026/7", date_mandate=signed)
    once = account_of(shop)
    mandates.create(shop.scope, once, rum=None, signed_at=signed, recurrent=False)
    first = pay(shop, 2050, sepa=account.id, description="Abonnement n°7 & café")
    single = pay(shop, 999, sepa=once.id)
    shop.advance_to(FILE_LEFT)
    (message,) = messages("collection")
    assert message.sealed is not None
    assert GOOD.encode() not in message.sealed
    document = runtime().vault.open(banking.VAULT_PURPOSE, message.sealed, message.id)
    found = {}
    for block in bank_collections.read_collections(document):
        assert block.cdtr_schme_id.id.prvt_id.othr[0].id == runtime().config.sepa_creditor_id
        assert block.reqd_colltn_dt.to_date() == date(2026, 9, 29)
        for one in block.drct_dbt_tx_inf:
            found[int(one.instd_amt.value * 100)] = (block.pmt_tp_inf.seq_tp.value, one)
    assert {amount: sequence for amount, (sequence, _) in found.items()} == {2050: "FRST", 999: "OOFF"}
    _, one = found[2050]
    assert one.drct_dbt_tx.mndt_rltd_inf.mndt_id == "RUM-2026/7"
    assert one.drct_dbt_tx.mndt_rltd_inf.dt_of_sgntr.to_date() == date(2026, 9, 1)
    assert (one.ultmt_cdtr.nm, one.dbtr.nm, one.dbtr_acct.id.iban) == ("Librairie Martin", "Ada Martin", GOOD)
    assert one.rmt_inf.ustrd == ["Abonnement ndeg7   cafe"]
    shop.advance_to(STATEMENT_READ)
    assert (first.status, single.status) == ("captured", "captured")
    again = pay(shop, 2050, sepa=account.id)
    shop.advance(days=20)
    assert (again.status, debit_of(again).sequence) == ("captured", "RCUR")
    check_ledger()


def test_a_wished_day_is_kept_or_moved_to_the_first_target_day(shop: Shop) -> None:
    assert pay(shop, date_settlement=date(2026, 9, 18)).date_settlement == date(2026, 9, 18)
    assert pay(shop, date_settlement=date(2026, 9, 19)).date_settlement == date(2026, 9, 21)  # a Saturday
    assert pay(shop, date_settlement=date(2026, 9, 1)).date_settlement == date(
        2026, 9, 16
    )  # tomorrow's file leaves today
    with pytest.raises(InvalidRequest, match="at most 365 days"):
        pay(shop, date_settlement=date(9999, 12, 31))
    shop.advance_to(datetime(2026, 9, 15, 21, 30, tzinfo=UTC))  # today's file has left
    assert pay(shop, date_settlement=date(2026, 9, 16)).date_settlement == date(2026, 9, 17)


def test_a_later_capture_schedules_the_collection(shop: Shop) -> None:
    from payments_core import captures

    payment = pay(shop, 2000, capture=False)
    assert (payment.status, payment.date_settlement) == ("authorized", None)
    captures.capture(shop.scope, payment.id, 1500)
    assert (payment.status, payment.amount, payment.date_settlement) == ("to_capture", 1500, date(2026, 9, 29))
    assert "payment.collection_scheduled" in events_of(payment.id)
    shop.advance_to(STATEMENT_READ)
    assert payment.status == "captured"
    check_ledger()


@pytest.mark.parametrize("reason", ["AC04", "AM04", "MS03"])
def test_a_reject_before_settlement_fails_the_payment_and_costs_nothing(shop: Shop, reason: str) -> None:
    payment = pay(shop, iban=iban_of(reason, rejected=True))
    shop.advance_to(STATEMENT_READ)
    assert (payment.status, payment.response, payment.fee) == ("failed", reason, 0)
    assert (debit_of(payment).status, debit_of(payment).due_at) == ("rejected", None)
    assert ledger.entries_of([payment.id, debit_of(payment).id]) == []
    check_ledger()


def test_a_return_takes_amount_and_fee_from_the_next_payout(shop: Shop) -> None:
    payment = collected(shop, 2000, iban_of("AM04"))
    shop.advance_to(RETURN_READ)
    debit = debit_of(payment)
    assert (payment.status, payment.response, debit.status) == ("failed", "AM04", "returned")
    lines = [(entry.code, entry.amount) for entry in ledger.entries_of([debit.id])]
    assert lines == [("return", 2000), ("return_fee", 500)]
    assert refunds.refundable(payment) == 0
    with pytest.raises(RefundRefused):
        refunds.create(shop.scope, payment.id)
    check_ledger()
    card = shop.captured(5000)
    shop.advance(days=14)
    payout = db.session.scalars(select(Payout).where(Payout.gathered_at.is_not(None))).one()
    kinds = [(line.kind, line.net) for line in payout_lines.page(payout)[0]]
    assert kinds == [("return", -2000), ("return_fee", -500), ("payment", 1970), ("payment", 5000 - card.fee)]
    assert payout.amount == 4950 + 1970 - 2500
    check_ledger()


def test_a_payout_is_shown_by_method(shop: Shop) -> None:
    collected(shop, 2000, iban_of("AM04"))
    shop.advance_to(RETURN_READ)
    shop.captured(5000)
    shop.advance(days=14)
    payout = db.session.scalars(select(Payout).where(Payout.gathered_at.is_not(None))).one()
    shown = representation.payout_v2(payout, payout_lines.sums(payout))
    assert shown["payments"] == {
        "amount": 7000,
        "method": {
            "card": {"amount": 5000, "count": 1, "fees": 50},
            "sepa": {"amount": 2000, "count": 1, "fees": 30},
        },
    }
    nothing = {"amount": 0, "count": 0, "fees": 0}
    assert shown["disputes"] == {
        "amount": 2000,
        "method": {"card": nothing, "sepa": {"amount": 2000, "count": 1, "fees": 500}},
    }
    assert shown["refunds"] == {"amount": 0, "method": {"card": nothing, "sepa": nothing}}
    assert shown["amount"] == 7000 - 2000 - shown["fees"] == 4420


def test_a_return_stops_refunds_that_did_not_leave(shop: Shop) -> None:
    payment = collected(shop, 2000, iban_of("AC04"))
    refund = refunds.create(shop.scope, payment.id, 700)
    shop.advance_to(RETURN_READ)
    assert (payment.status, refund.status, refund.reason) == ("failed", "failed", "payment_returned")
    assert payment.refunded_amount == 0
    shop.advance(days=30)
    assert messages("refund") == []
    check_ledger()


@pytest.mark.parametrize(
    ("reason", "read", "status"),
    [
        ("MD06", datetime(2026, 10, 21, 6, 0, tzinfo=UTC), "not_contestable"),
        ("MD01", datetime(2026, 12, 28, 7, 0, tzinfo=UTC), "open"),
    ],
)
def test_a_payers_claim_is_a_dispute(shop: Shop, reason: str, read: datetime, status: str) -> None:
    payment = collected(shop, 2000, iban_of(reason))
    shop.advance_to(read)
    (dispute,) = disputes.of_payment(payment.id)
    assert (payment.status, debit_of(payment).status) == ("disputed", "claimed")
    assert (dispute.status, dispute.response, dispute.amount) == (status, reason, 2000)
    assert dispute.contestable is (reason == "MD01")
    assert ledger.entries_of([debit_of(payment).id]) == []
    check_ledger()
    shop.advance(days=40)
    assert dispute.status == ("accepted" if reason == "MD06" else "out_of_time")
    check_ledger()


def test_nothing_is_asked_of_the_bank_after_thirteen_months(shop: Shop) -> None:
    payment = collected(shop)
    shop.advance_to(datetime(2027, 10, 28, 12, 0, tzinfo=UTC))
    assert debit_of(payment).due_at is not None
    shop.advance_to(datetime(2027, 11, 3, 12, 0, tzinfo=UTC))
    assert debit_of(payment).due_at is None
    asked = len(messages("statement"))
    shop.advance(days=60)
    assert len(messages("statement")) == asked


def test_every_day_from_the_collection_on_is_asked_about(shop: Shop) -> None:
    collected(shop)
    shop.advance_to(datetime(2026, 12, 31, 12, 0, tzinfo=UTC))
    asked = sorted((message.since, message.until) for message in messages("statement"))
    covered = date(2026, 9, 28)
    for since, until in asked:
        assert since.toordinal() <= covered.toordinal() + 1
        covered = max(covered, until)
    assert covered > date(2026, 12, 20)


def test_a_mandate_revoked_before_the_file_fails_the_payment(shop: Shop) -> None:
    payment = pay(shop)
    assert payment.mandate_id is not None
    mandates.revoke(shop.scope, payment.mandate_id)
    shop.advance_to(FILE_LEFT)
    assert (payment.status, payment.response) == ("failed", "MD01")
    assert messages("collection") == []
    with pytest.raises(Conflict) as refused:
        pay(shop, sepa=payment.sepa_account_id)
    assert refused.value.code == "mandate_revoked"
    check_ledger()


def test_a_mandate_lapses_after_36_months_without_use(shop: Shop) -> None:
    old = account_of(shop, mandate="OLD-1", date_mandate=datetime(2023, 9, 14, 10, 0, tzinfo=UTC))
    with pytest.raises(Conflict) as refused:
        pay(shop, sepa=old.id)
    assert refused.value.code == "mandate_lapsed"
    young = account_of(shop, mandate="OLD-2", date_mandate=datetime(2023, 9, 15, 10, 0, tzinfo=UTC))
    assert pay(shop, sepa=young.id).status == "to_capture"


def test_a_one_off_mandate_is_good_for_one_collection(shop: Shop) -> None:
    account = account_of(shop)
    mandates.create(shop.scope, account, rum="ONCE", signed_at=shop.scope.now, recurrent=False)
    both = [pay(shop, sepa=account.id), pay(shop, sepa=account.id)]
    shop.advance_to(STATEMENT_READ)
    assert sorted(str(payment.status) for payment in both) == ["captured", "failed"]
    assert len(messages("collection")) == moved_at_the_bank() == 1
    with pytest.raises(Conflict) as refused:
        pay(shop, sepa=account.id)
    assert refused.value.code == "mandate_spent"
    check_ledger()


def test_an_unsigned_mandate_does_not_replace_the_signed_one(shop: Shop) -> None:
    account = account_of(shop, mandate="FIRST", date_mandate=shop.scope.now)
    waiting = mandates.create(shop.scope, account, rum="SECOND", signed_at=None)
    payment = pay(shop, sepa=account.id)
    assert payment.mandate is not None
    assert payment.mandate.rum == "FIRST"
    mandates.sign(shop.scope, waiting.id, {"ip": "203.0.113.7"})
    after = pay(shop, sepa=account.id)
    assert after.mandate_id == waiting.id
    shop.advance_to(STATEMENT_READ)
    assert (payment.status, after.status) == (
        "captured",
        "captured",
    )  # the first stays in force for what it was used for


def test_a_sepa_refund_leaves_by_transfer_after_the_return_window(shop: Shop) -> None:
    payment = collected(shop, 2000)
    refund = refunds.create(shop.scope, payment.id, 700)
    assert refund.by_transfer
    # Returns are possible until Tuesday 6 October; the statement of that day is read on the 7th.
    assert refund.due_at == datetime(2026, 10, 7, 21, 0, tzinfo=UTC)
    shop.advance_to(datetime(2026, 10, 7, 20, 0, tzinfo=UTC))
    assert (refund.status, messages("refund")) == ("to_refund", [])
    shop.advance_to(datetime(2026, 10, 9, 6, 0, tzinfo=UTC))
    assert (refund.status, refund.date_bank, len(messages("refund"))) == ("refund_sent", date(2026, 10, 8), 1)
    shop.advance_to(datetime(2026, 10, 16, 6, 0, tzinfo=UTC))
    assert refund.status == "refunded"
    moved = db.session.scalars(select(SimulatorTransfer).where(SimulatorTransfer.collection.is_(False))).all()
    assert [(row.iban, row.amount) for row in moved if row.end_to_end_id.startswith("REFD-")] == [(GOOD, 700)]
    check_ledger()


@pytest.mark.parametrize(("rejected", "status"), [(True, "failed"), (False, "not_honored")])
def test_a_transfer_that_does_not_arrive_gives_the_money_back(shop: Shop, rejected: bool, status: str) -> None:
    payment = collected(shop, 2000, iban_of("AC04", "transfer", rejected=rejected))
    refund = refunds.create(shop.scope, payment.id, 700)
    shop.advance_to(datetime(2026, 10, 13, 6, 0, tzinfo=UTC))
    assert (refund.status, refund.reason) == (status, "AC04")
    assert (payment.refunded_amount, refunds.refundable(payment)) == (0, 2000)
    shop.advance(days=10)
    assert refund.status == status
    check_ledger()


def test_a_full_refund_before_the_file_cancels_and_nothing_is_collected(shop: Shop) -> None:
    payment = pay(shop)
    refund = refunds.create(shop.scope, payment.id)
    assert (payment.status, refund.status) == ("canceled", "payment_canceled")
    shop.advance_to(STATEMENT_READ)
    assert (payment.status, moved_at_the_bank()) == ("canceled", 0)


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


def test_a_return_of_a_disputed_payment_is_not_taken_twice(shop: Shop) -> None:
    payment = collected(shop, 2000, iban_of("AC04"))
    disputes.open_dispute(shop.scope, payment.id, "by-hand", "MD01")
    shop.advance_to(RETURN_READ)
    assert (payment.status, debit_of(payment).status, payment.disputed_amount) == ("disputed", "claimed", 2000)
    assert "payment.claim_refused" in events_of(payment.id)
    check_ledger()


def test_iban_rules(shop: Shop) -> None:
    for wrong, code in (
        ("FR1420041010050500013M02607", "bad_iban"),
        ("BR1800360305000010009795493C1", "iban_outside_sepa"),
    ):
        with pytest.raises(InvalidRequest) as refused:
            account_of(shop, wrong)
        assert refused.value.code == code


@pytest.mark.parametrize("account", TEST_ACCOUNTS, ids=lambda account: account.iban)
def test_every_documented_account_is_a_valid_iban(account: Any) -> None:
    assert sepa_accounts.checked_iban(account.iban) == account.iban


def test_every_documented_account_has_an_outcome_of_its_own() -> None:
    assert len({(account.collection, account.transfer) for account in TEST_ACCOUNTS}) == len(TEST_ACCOUNTS)
    assert len({account.iban for account in TEST_ACCOUNTS}) == len(TEST_ACCOUNTS)

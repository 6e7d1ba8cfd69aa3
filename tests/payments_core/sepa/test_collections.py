"""Direct debits from acceptance to money, and what comes back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from payments_core import (
    bank_collections,
    bank_simulator,
    bank_test_accounts,
    banking,
    dispute_reasons,
    disputes,
    ledger,
    mandates,
    payout_lines,
    refunds,
    representation,
    responses,
)
from payments_core.bank_test_accounts import Fate
from payments_core.db import db
from payments_core.errors import InvalidRequest, WrongState
from payments_core.models import Event, Payout
from payments_core.platform import payment_views
from payments_core.runtime import runtime
from tests.payments_core.conftest import Shop
from tests.payments_core.sepa.steps import (
    BEFORE_FILE,
    FILE_LEFT,
    GOOD,
    RETURN_READ,
    STATEMENT_READ,
    account_of,
    check_ledger,
    collected,
    debit_of,
    events_of,
    iban_of,
    messages,
    pay,
)


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
    with pytest.raises(WrongState):
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


def test_a_return_of_a_disputed_payment_is_not_taken_twice(shop: Shop) -> None:
    payment = collected(shop, 2000, iban_of("AC04"))
    disputes.open_dispute(shop.scope, payment.id, "by-hand", "MD01")
    shop.advance_to(RETURN_READ)
    assert (payment.status, debit_of(payment).status, payment.disputed_amount) == ("disputed", "claimed", 2000)
    assert "payment.claim_refused" in events_of(payment.id)
    check_ledger()


@pytest.mark.parametrize(
    ("reason", "days", "refused"),
    [("MD06", 50, False), ("MD06", 56, False), ("MD06", 61, True), ("MD01", 61, False), ("MD01", 392, False)],
)
def test_a_claim_without_a_reason_has_eight_weeks_and_any_other_thirteen_months(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, reason: str, days: int, refused: bool
) -> None:
    """By the day it was booked, whenever the statement is read. A later one is the bank's fault, for a person to look at."""
    late = replace(bank_simulator.FATES[GOOD], collection=Fate(reason, after_days=days))
    monkeypatch.setitem(bank_simulator.FATES, GOOD, late)
    payment = collected(shop, 2000, GOOD)
    shop.advance(days=days + 45)
    assert ("payment.claim_refused" in events_of(payment.id)) is refused
    assert (payment.status, len(disputes.of_payment(payment.id))) == (("captured", 0) if refused else ("disputed", 1))
    check_ledger()


def test_every_reason_of_a_bank_has_words_and_advice() -> None:
    reasons = {fate.reason for one in bank_test_accounts.TEST_ACCOUNTS if (fate := one.collection or one.transfer)}
    assert len(reasons) > 9
    for reason in reasons:
        said = [responses.meaning(reason, language) for language in ("fr", "en", "it")]
        assert len({*said, *(responses.meaning("nothing", language) for language in ("fr", "en", "it"))}) == 6, reason
        assert responses.advice(reason, "fr") != responses.advice("nothing", "fr")
        assert len({responses.advice(reason, language) for language in ("fr", "en", "it")}) == 3
    assert dispute_reasons.meaning("MD06", "en") == responses.meaning("MD06", "en") == "Refund requested by the payer"


def test_a_collection_is_shown_as_a_try(shop: Shop) -> None:
    rejected, good = pay(shop, 2000, iban_of("AM04", rejected=True)), pay(shop, 900)
    shop.advance(days=20)
    (shown,) = payment_views.detail(rejected, "en")["attempts"]
    assert (shown["result"], shown["response"], shown["meaning"]) == ("declined", "AM04", "Insufficient funds")
    assert shown["advice"] == "Tell your customer, then collect once more."
    (shown,) = payment_views.detail(good, "en")["attempts"]
    assert (shown["result"], shown["response"], shown["account"]["last4"]) == ("accepted", None, GOOD[-4:])

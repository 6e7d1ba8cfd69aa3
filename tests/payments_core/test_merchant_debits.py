"""What a dispute lacks is collected from the merchant's own account, once, and what comes of that."""

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
    merchant_debits,
    merchants,
    payouts,
    refunds,
)
from payments_core.bank_test_accounts import TEST_ACCOUNTS, Fate
from payments_core.db import db
from payments_core.errors import RefundRefused
from payments_core.merchants import MerchantInput
from payments_core.models import BankMessage, MerchantDebit, Payout
from payments_core.runtime import runtime
from tests.payments_core.conftest import FrozenClock, Shop

SHORT = 2590 + 1500 - 2557  # what is held of the payment covers the rest


@pytest.fixture
def shop_at(core: Flask, clock: FrozenClock) -> Callable[[Fate], Shop]:
    """A merchant whose account is a documented one with this outcome of collections."""

    def make(fate: Fate) -> Shop:
        iban = next(account.iban for account in TEST_ACCOUNTS if account.collection == fate)
        wanted = MerchantInput("account-9", "Chez Léa", "lea@exemple.fr", "732829320", iban)
        return Shop(merchants.create(wanted, clock())[0], clock)

    return make


def contested(shop: Shop, amount: int = 2590) -> MerchantDebit:
    """Of a payment that is held, on Wednesday 16 September."""
    payment = shop.captured(amount)
    dispute = disputes.open_dispute(shop.scope, payment.id, "case-1", "4853")
    found = merchant_debits.of_dispute(dispute)
    assert found is not None
    return found


def balance(shop: Shop) -> tuple[int, int]:
    (row,) = ledger.balances(shop.merchant.id, False)
    return row.available, row.held


def check() -> None:
    assert ledger_check.check().differences == []


def test_it_is_collected_on_the_next_day_there_can_be_a_file_for(shop: Shop) -> None:
    debit = contested(shop)
    assert (debit.amount, debit.status, debit.collection_on) == (SHORT, "announced", date(2026, 9, 18))
    assert debit.iban_masked == shop.merchant.iban_masked
    assert balance(shop) == (-4090, 2557)
    shop.advance(minutes=1)
    assert debit.status == "sent"
    shop.advance(days=5)  # the statement of Friday is read on Monday
    assert (debit.status, debit.date_bank) == ("collected", date(2026, 9, 18))
    assert balance(shop) == (-4090 + SHORT, 2557)
    check()
    shop.advance(days=20)
    assert balance(shop) == (0, 0)
    assert db.session.scalar(select(func.count()).select_from(Payout).where(Payout.amount > 0)) == 0
    check()


def test_the_bank_is_told_whom_and_why(shop: Shop) -> None:
    debit = contested(shop)
    shop.advance(minutes=1)
    message = db.session.scalars(select(BankMessage).where(BankMessage.kind == "collection")).one()
    assert (message.id, message.since) == (debit.file_id, debit.collection_on)
    assert message.sealed is not None
    document = runtime().vault.open(banking.VAULT_PURPOSE, message.sealed, message.id)
    ((block,),) = [bank_collections.read_collections(document)]
    (one,) = block.drct_dbt_tx_inf
    assert one.dbtr_acct.id.iban == "FR1420041010050500013M02606"
    assert (one.instd_amt.value * 100, one.instd_amt.ccy) == (SHORT, "EUR")
    assert one.rmt_inf.ustrd == [f"Contestation {debit.dispute_id}".replace("_", " ")]
    assert one.drct_dbt_tx.mndt_rltd_inf.dt_of_sgntr.to_date() == date(2026, 9, 15)


@pytest.mark.parametrize(("fate", "status"), [(Fate("AC04", rejected=True), "rejected"), (Fate("AC04"), "returned")])
def test_what_the_merchants_bank_refuses_stays_short(shop_at: Any, fate: Fate, status: str) -> None:
    shop = shop_at(fate)
    debit = contested(shop)
    shop.advance(days=7)
    assert (debit.status, debit.reason) == (status, "AC04")
    assert sum(balance(shop)) == -SHORT
    (row,) = ledger.balances(shop.merchant.id, False)
    assert row.payouts_stopped == payouts.STOPPED_BY_BANK
    assert merchant_debits.in_flight(shop.scope) == 0
    check()
    payouts.resume(shop.scope)
    shop.advance_to(datetime(2026, 9, 28, 8, 0, tzinfo=UTC))
    shop.captured(10_000)
    shop.advance(days=20)  # what comes in makes up for it
    assert (
        sum(payout.amount for payout in db.session.scalars(select(Payout).where(Payout.gathered_at.is_not(None)))) > 0
    )
    check()


@pytest.mark.parametrize("refused", [False, True])
def test_what_is_on_its_way_covers_a_refund_and_what_was_refused_does_not(shop: Shop, refused: bool) -> None:
    debit = contested(shop)
    other = shop.captured(1000)
    assert (debit.status, merchant_debits.in_flight(shop.scope)) == ("sent", SHORT)
    if not refused:
        assert refunds.create(shop.scope, other.id).amount == 1000
        check()
        return
    merchant_debits.rejected(shop.scope, debit, "AC04")
    db.session.commit()
    with pytest.raises(RefundRefused) as refusal:
        refunds.create(shop.scope, other.id)
    assert refusal.value.code == "insufficient_funds"


def test_a_dispute_that_funds_cover_debits_nobody(shop: Shop) -> None:
    shop.captured(20_000)
    payment = shop.captured(2590)
    dispute = disputes.open_dispute(shop.scope, payment.id, "case-1", "4853")
    assert (dispute.shortfall, merchant_debits.of_dispute(dispute)) == (0, None)
    shop.advance(days=3)
    assert db.session.scalar(select(func.count()).select_from(MerchantDebit)) == 0


def test_opened_again_it_is_not_debited_again(shop: Shop) -> None:
    debit = contested(shop)
    dispute = disputes.get(shop.scope, debit.dispute_id)
    again = disputes.open_dispute(shop.scope, dispute.payment_id, "case-1", "4853")
    assert again.id == dispute.id
    shop.advance(days=30)
    for _ in range(3):
        banking.exchange(shop.clock())
    assert db.session.scalars(select(MerchantDebit.amount)).all() == [SHORT]
    assert sum(balance(shop)) + shop.paid_out() == 0


def test_a_won_dispute_gives_the_merchant_back_what_was_collected(shop: Shop) -> None:
    debit = contested(shop)
    shop.advance(days=5)
    dispute = disputes.get(shop.scope, debit.dispute_id)
    dispute.evidence_text = "winning_evidence"
    disputes.send_evidence(shop.scope, dispute)
    db.session.commit()
    shop.advance(days=45)
    assert dispute.status == "won"
    assert shop.paid_out() == SHORT + 2557
    assert payouts.page(shop.scope, start=0, limit=5, count=True).count == 1
    check()

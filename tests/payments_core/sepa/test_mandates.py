"""Mandates and accounts: revoked, lapsed, used up, checked."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from payments_core import (
    mandates,
    sepa_accounts,
)
from payments_core.bank_test_accounts import TEST_ACCOUNTS
from payments_core.errors import Conflict, InvalidRequest
from tests.payments_core.conftest import Shop
from tests.payments_core.sepa.steps import (
    FILE_LEFT,
    STATEMENT_READ,
    account_of,
    check_ledger,
    messages,
    moved_at_the_bank,
    pay,
)


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

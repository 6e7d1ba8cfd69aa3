"""Does this person or company hold that account? Asked of our bank, answered in scores, kept for 30 days."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from payments_core import sepa_accounts
from payments_core.bank import HolderClaim
from payments_core.db import db, new_id
from payments_core.errors import Gone, NotFound
from payments_core.models import AccountCheck, SepaAccount
from payments_core.policy import policy_at
from payments_core.runtime import runtime
from payments_core.scope import Scope

# Lowest score of each class, best first (wire contract 2.5).
CLASSES = ((80, "HIGH"), (60, "MEDIUM"), (30, "LOW"), (0, "NO"))


def of_account(scope: Scope, account: SepaAccount, *, suffix: str | None = None) -> AccountCheck:
    """Checks a stored account against its own name and birth date. Raises BankUnavailable."""
    claim = HolderClaim("person", account.name, account.date_birth)
    return _ask(scope, sepa_accounts.iban_of(account), claim, account.id, suffix)


def of_iban(scope: Scope, iban: str, claim: HolderClaim, *, suffix: str | None = None) -> AccountCheck:
    """Checks an account that is not stored. Raises InvalidRequest, BankUnavailable."""
    return _ask(scope, sepa_accounts.checked_iban(iban), claim, None, suffix)


def get(scope: Scope, check_id: str) -> AccountCheck:
    """Raises NotFound, and Gone once its 30 days are over."""
    check = db.session.get(AccountCheck, check_id)
    if check is None or check.merchant_id != scope.merchant_id or check.live != scope.live:
        raise NotFound("sepa_check", check_id)
    if check.created_at + timedelta(days=policy_at(scope.now).account_check_days) < scope.now:
        raise Gone("This check is over: ask again")
    return check


def latest(scope: Scope, account_id: str) -> AccountCheck:
    """The newest check of a stored account. Raises NotFound when there is none, Gone when it is over."""
    account = sepa_accounts.get(scope, account_id)
    statement = select(AccountCheck.id).where(AccountCheck.sepa_account_id == account.id)
    newest = db.session.scalar(statement.order_by(AccountCheck.created_at.desc(), AccountCheck.id.desc()).limit(1))
    if newest is None:
        raise NotFound("sepa", account_id)
    return get(scope, newest)


def classification(score: int) -> str:
    """HIGH, MEDIUM, LOW or NO."""
    return next(name for lowest, name in CLASSES if score >= lowest)


def _ask(scope: Scope, iban: str, claim: HolderClaim, account_id: str | None, suffix: str | None) -> AccountCheck:
    check_id = new_id("chck", suffix)
    if suffix is not None and (known := db.session.get(AccountCheck, check_id)) is not None:
        return known
    found = runtime().bank.verify(iban, claim)
    check = AccountCheck(
        id=check_id,
        merchant_id=scope.merchant_id,
        live=scope.live,
        sepa_account_id=account_id,
        kind=claim.kind,
        status="succeeded",
        score=found.score,
        score_name=found.score_name,
        birth_date_valid=found.birth_date_valid,
        existing_account=found.existing_account,
        correct_holder_type=found.correct_holder_type,
        valid_identifier=found.valid_identifier,
        created_at=scope.now,
    )
    db.session.add(check)
    db.session.commit()
    return check

"""SEPA mandates: the payer's permission, named by its reference (RUM), revocable, lapsed after 36 months without use.

The creditor is Comptoir, with the merchant as the ultimate one. Who keeps the proof of signature is written in `proof.kind`:
"merchant" (they say so by API), "page" (given on our payment page), "signature" (signed on the mandate's own page).
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from datetime import datetime
from typing import Any

from dateutil.relativedelta import relativedelta
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.attributes import set_committed_value

from payments_core.business_days import paris_day
from payments_core.db import db, first, lock_rows, locked, new_id
from payments_core.errors import Conflict, NotFound
from payments_core.events import emit
from payments_core.list_marks import of_merchant
from payments_core.models import Mandate, SepaAccount
from payments_core.paging import Page, by_position
from payments_core.policy import policy_at
from payments_core.scope import Scope

RUM_INDEX = "uq_mandates_rum"
_WHY_NOT = {
    "mandate_revoked": "This mandate was revoked",
    "mandate_unsigned": "This mandate is not signed yet",
    "mandate_lapsed": "This mandate lapsed: nothing was collected by it for 36 months",
    "mandate_spent": "This mandate was good for one collection",
}
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # read aloud without mistakes; all in the SEPA character set


def create(
    scope: Scope,
    account: SepaAccount,
    *,
    rum: str | None,
    signed_at: datetime | None,
    recurrent: bool = True,
    suffix: str | None = None,
) -> Mandate:
    """A mandate on an account, from its signature on the one its payments use; without `signed_at` it waits for that.

    Raises Conflict `mandate_in_use` when the reference names another mandate in force.
    """
    if suffix is not None and (known := db.session.get(Mandate, new_id("mndt", suffix))) is not None:
        return known
    proof = {"kind": "merchant"} if signed_at is not None else {"kind": "awaited"}
    mandate = add(scope, account, rum=rum, signed_at=signed_at, proof=proof, recurrent=recurrent, suffix=suffix)
    db.session.commit()
    return mandate


def add(
    scope: Scope,
    account: SepaAccount,
    *,
    rum: str | None = None,
    signed_at: datetime | None,
    proof: dict[str, Any],
    recurrent: bool = True,
    suffix: str | None = None,
) -> Mandate:
    """The same within the caller's transaction. Without `rum` a reference is drawn."""
    mandate = Mandate(
        id=new_id("mndt", suffix),
        merchant_id=scope.merchant_id,
        live=scope.live,
        sepa_account=account,
        sepa_account_id=account.id,
        rum=rum or "CPT" + "".join(secrets.choice(_ALPHABET) for _ in range(15)),
        recurrent=recurrent,
        signed_at=signed_at,
        proof=proof,
        created_at=scope.now,
        version=0,
    )
    db.session.add(mandate)
    try:
        db.session.flush()
    except IntegrityError as error:
        if RUM_INDEX not in str(error.orig):
            raise
        db.session.rollback()
        raise _in_use(mandate.rum) from error
    if signed_at is not None or account.mandate is None:
        use(account, mandate)
    emit(scope, "mandate.created", mandate)
    return mandate


def use(account: SepaAccount, mandate: Mandate) -> None:
    """The account's payments use this mandate from now on; those accepted before keep theirs."""
    account.mandate_id = mandate.id
    set_committed_value(account, "mandate", mandate)


def named(account: SepaAccount, rum: str) -> Mandate | None:
    """The account's mandate in force of that reference, or None."""
    return next((mandate for mandate in in_force(account) if mandate.rum == rum), None)


def check_free(scope: Scope, rum: str) -> None:
    """Raises Conflict `mandate_in_use` when the reference names a mandate in force."""
    same = (Mandate.merchant_id == scope.merchant_id, Mandate.live == scope.live, Mandate.rum == rum)
    if first(Mandate, *same, Mandate.revoked_at.is_(None)) is not None:
        raise _in_use(rum)


def get(scope: Scope, mandate_id: str) -> Mandate:
    """Raises NotFound."""
    mandate = db.session.get(Mandate, mandate_id)
    if mandate is None or mandate.merchant_id != scope.merchant_id or mandate.live != scope.live:
        raise NotFound("mandate", mandate_id)
    return mandate


def update(scope: Scope, mandate_id: str, changes: dict[str, Any]) -> Mandate:
    """`rum` and `signed_at`, as long as nothing was collected by it. Raises NotFound, Conflict."""
    mandate = _locked(scope, mandate_id)
    if mandate.last_used_at is not None:
        raise Conflict("This mandate was used: a changed one is a new one", code="mandate_fixed")
    check_usable(scope, mandate, signed=False)
    if changes.get("rum") is not None:
        mandate.rum = changes["rum"]
    first_signed = mandate.signed_at is None and changes.get("signed_at") is not None
    if changes.get("signed_at") is not None:
        mandate.signed_at, mandate.proof = changes["signed_at"], {"kind": "merchant"}
    modified = db.session.is_modified(mandate)
    if changes.get("signed_at") is not None:
        use(mandate.sepa_account, mandate)
    try:
        db.session.flush()
        if modified:
            emit(scope, "mandate.signed" if first_signed else "mandate.updated", mandate)
        db.session.commit()
    except IntegrityError as error:
        if RUM_INDEX not in str(error.orig):
            raise
        db.session.rollback()
        raise _in_use(changes["rum"]) from error
    return mandate


def sign(scope: Scope, mandate_id: str, proof: dict[str, Any]) -> Mandate:
    """The payer signs on the mandate's own page; again is no error. Raises NotFound, Conflict when revoked."""
    mandate = _locked(scope, mandate_id)
    if mandate.revoked_at is not None:
        raise _unusable("mandate_revoked")
    if mandate.signed_at is None:
        mandate.signed_at, mandate.proof = scope.now, {"kind": "signature", **proof}
        use(mandate.sepa_account, mandate)
        emit(scope, "mandate.signed", mandate)
    db.session.commit()
    return mandate


def revoke(scope: Scope, mandate_id: str) -> Mandate:
    """Nothing more is collected by it; what the bank already has goes on. Again is no error. Raises NotFound."""
    mandate = _locked(scope, mandate_id)
    if mandate.revoked_at is None:
        _revoke(scope, mandate)
    db.session.commit()
    return mandate


def revoke_all(scope: Scope, account: SepaAccount) -> None:
    """Revokes whatever mandate of the account is in force, within the caller's transaction."""
    for mandate in in_force(account):
        locked(Mandate, mandate.id)
        if mandate.revoked_at is None:
            _revoke(scope, mandate)


def date(scope: Scope, mandate: Mandate, signed_at: datetime | None) -> bool:
    """Dates the signature, within the caller's transaction; true when that changed anything."""
    locked(Mandate, mandate.id)
    if signed_at is None or signed_at == mandate.signed_at:
        return False
    first_signed = mandate.signed_at is None
    mandate.signed_at = signed_at
    emit(scope, "mandate.signed" if first_signed else "mandate.updated", mandate)
    return True


def for_payment(scope: Scope, account: SepaAccount) -> Mandate:
    """The mandate a payment by this account uses, within the caller's transaction.

    An account that never had one gets one: who charges it by API states that the payer agreed, and keeps the proof.
    Raises Conflict mandate_revoked, mandate_unsigned, mandate_lapsed, mandate_spent.
    """
    mandate = account.mandate
    if mandate is None:
        return add(scope, account, signed_at=scope.now, proof={"kind": "merchant"})
    check_usable(scope, mandate)
    return mandate


def check_usable(scope: Scope, mandate: Mandate, *, signed: bool = True) -> None:
    """Raises Conflict naming why nothing can be collected by this mandate; `signed` false leaves the signature out."""
    code = why_unusable(mandate, scope.now)
    if code is not None and (signed or code != "mandate_unsigned"):
        raise _unusable(code)


def why_unusable(mandate: Mandate, now: datetime) -> str | None:
    """The code of what is in the way of a collection, or None."""
    if mandate.revoked_at is not None:
        return "mandate_revoked"
    if mandate.signed_at is None:
        return "mandate_unsigned"
    if not mandate.recurrent and mandate.last_used_at is not None:
        return "mandate_spent"
    return "mandate_lapsed" if lapsed(mandate, now) else None


def lock_all(mandate_ids: Collection[str]) -> None:
    """Locks many mandates in the one order, for who uses them one by one, within the caller's transaction."""
    if mandate_ids:
        lock_rows(select(Mandate).where(Mandate.id.in_(mandate_ids)).order_by(Mandate.id))


def lapsed(mandate: Mandate, now: datetime) -> bool:
    """Whether it was not used for 36 months (rulebook 4.1)."""
    last = mandate.last_used_at or mandate.signed_at or mandate.created_at
    return bool(paris_day(now) > paris_day(last) + relativedelta(months=policy_at(now).mandate_months))


def in_force(account: SepaAccount) -> list[Mandate]:
    """The account's mandates that were not revoked."""
    statement = select(Mandate).where(Mandate.sepa_account_id == account.id, Mandate.revoked_at.is_(None))
    return list(db.session.scalars(statement.order_by(Mandate.created_at, Mandate.id)))


def page(scope: Scope, *, start: int, limit: int) -> Page[Mandate]:
    """Newest first, revoked ones included."""
    return by_position(of_merchant(Mandate, scope), select(Mandate), start=start, limit=limit)


def _revoke(scope: Scope, mandate: Mandate) -> None:
    mandate.revoked_at = scope.now
    emit(scope, "mandate.revoked", mandate)


def _locked(scope: Scope, mandate_id: str) -> Mandate:
    """Under lock until the end of the transaction, so that its events count without gaps. Raises NotFound."""
    get(scope, mandate_id)
    mandate = locked(Mandate, mandate_id)
    assert mandate is not None
    return mandate


def _unusable(code: str) -> Conflict:
    return Conflict(_WHY_NOT[code], code=code)


def _in_use(rum: str) -> Conflict:
    return Conflict(f"The mandate reference {rum} is in use", code="mandate_in_use", rum=rum)

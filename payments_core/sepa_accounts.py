"""Payers' bank accounts: checked, sealed, and the mandate each carries."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import schwifty
from sqlalchemy import select

from payments_core import list_marks, mandates
from payments_core.db import db, locked, new_id
from payments_core.errors import InvalidRequest, NotFound
from payments_core.events import emit
from payments_core.list_parts import Part, chosen
from payments_core.models import SepaAccount
from payments_core.paging import Page, by_position
from payments_core.runtime import runtime
from payments_core.scope import Scope

VAULT_PURPOSE = "sepa"
FINGERPRINT_PURPOSE = "iban fingerprint"
CHANGEABLE = ("name", "bic", "date_birth")


@dataclass(frozen=True)
class SepaAccountInput:
    """An account as a request describes it. `mandate` is a reference the payer signed with the merchant, if any."""

    iban: str = field(repr=False)
    name: str
    bic: str | None = None
    mandate: str | None = None
    date_mandate: datetime | None = None
    date_birth: date | None = None
    customer_id: str | None = None


def create(scope: Scope, wanted: SepaAccountInput, *, suffix: str | None = None) -> SepaAccount:
    """A new account, with its mandate when one is named. Raises InvalidRequest, Conflict for a reference in use."""
    account = add(scope, wanted, suffix=suffix)
    db.session.commit()
    return account


def add(scope: Scope, wanted: SepaAccountInput, *, suffix: str | None = None) -> SepaAccount:
    """The same within the caller's transaction."""
    account_id = new_id("sepa", suffix)
    if suffix is not None and (known := db.session.get(SepaAccount, account_id)) is not None:
        return known
    iban = checked_iban(wanted.iban)
    account = SepaAccount(
        id=account_id,
        merchant_id=scope.merchant_id,
        live=scope.live,
        iban_sealed=runtime().vault.seal(VAULT_PURPOSE, iban.encode(), account_id),
        fingerprint=runtime().vault.fingerprint(FINGERPRINT_PURPOSE, iban),
        last4=iban[-4:],
        country=iban[:2],
        bic=_bic(scope, iban, wanted.bic),
        name=wanted.name,
        date_birth=wanted.date_birth,
        customer_id=wanted.customer_id,
        created_at=scope.now,
        version=0,
    )
    db.session.add(account)
    db.session.flush()
    _name_mandate(scope, account, wanted.mandate, wanted.date_mandate)
    emit(scope, "sepa.created", account)
    return account


def get(scope: Scope, account_id: str) -> SepaAccount:
    """A usable account. Raises NotFound, also for a deleted one."""
    account = get_any(scope, account_id)
    if account.deleted_at is not None:
        raise NotFound("sepa", account_id)
    return account


def get_any(scope: Scope, account_id: str) -> SepaAccount:
    """An account, deleted or not. Raises NotFound."""
    account = db.session.get(SepaAccount, account_id)
    if account is None or account.merchant_id != scope.merchant_id or account.live != scope.live:
        raise NotFound("sepa", account_id)
    return account


def update(scope: Scope, account_id: str, changes: dict[str, Any]) -> SepaAccount:
    """Changes name, BIC, birth date, or the mandate (`mandate`, `date_mandate`): another reference replaces the old one.

    Raises NotFound, InvalidRequest, Conflict for a reference in use.
    """
    account = _locked(scope, account_id)
    if changes.get("mandate") is not None and mandates.named(account, changes["mandate"]) is None:
        mandates.check_free(scope, changes["mandate"])
    for name in CHANGEABLE:
        if name in changes:
            setattr(account, name, changes[name])
    if "bic" in changes:
        account.bic = _bic(scope, iban_of(account), changes["bic"])
    modified = db.session.is_modified(account)
    modified |= _name_mandate(scope, account, changes.get("mandate"), changes.get("date_mandate"))
    if modified:
        emit(scope, "sepa.updated", account, fields=sorted(changes))
    db.session.commit()
    return account


def delete(scope: Scope, account_id: str) -> SepaAccount:
    """Takes the account out of use and revokes its mandate; collections on their way go on. Raises NotFound."""
    account = _locked(scope, account_id)
    list_marks.take_off(account, scope.now)
    mandates.revoke_all(scope, account)
    emit(scope, "sepa.deleted", account)
    db.session.commit()
    return account


def _locked(scope: Scope, account_id: str) -> SepaAccount:
    """One that nobody else changes until the transaction ends: its events count without gaps. Raises NotFound."""
    get(scope, account_id)
    locked(SepaAccount, account_id)
    return get(scope, account_id)


def page(scope: Scope, customer_id: str | None = None, *, start: int, limit: int) -> Page[SepaAccount]:
    """Newest first, without deleted ones."""
    whole, part = list_marks.of_merchant(SepaAccount, scope), Part(chosen(SepaAccount, {"customer_id": customer_id}))
    return by_position(whole, select(SepaAccount), part, start=start, limit=limit)


def iban_of(account: SepaAccount) -> str:
    """The whole number, for the bank only."""
    return runtime().vault.open(VAULT_PURPOSE, account.iban_sealed, account.id).decode()


def checked_iban(text: str) -> str:
    """Without spaces, upper case, mod 97 = 1 and the length of its country (ISO 13616-1). Raises InvalidRequest."""
    compact = "".join(text.split()).upper()
    try:
        iban = schwifty.IBAN(compact)
    except (ValueError, schwifty.exceptions.SchwiftyException) as error:
        raise InvalidRequest("iban", "This is not a valid IBAN", code="bad_iban") from error
    if not iban.in_sepa_zone:
        raise InvalidRequest("iban", "This country is not in the SEPA area", code="iban_outside_sepa")
    return str(iban.compact)


def check(scope: Scope, wanted: SepaAccountInput) -> None:
    """What `add` would refuse, before anything is written. Raises InvalidRequest, Conflict for a reference in use."""
    _bic(scope, checked_iban(wanted.iban), wanted.bic)
    if wanted.mandate is None:
        return
    if wanted.date_mandate is None:
        raise _undated()
    mandates.check_free(scope, wanted.mandate)


def _bic(scope: Scope, iban: str, given: str | None) -> str | None:
    """The bank's code: in test mode a recognisable one (wire contract 2.5), else the one given or the bank register's."""
    if given is not None:
        try:
            given = str(schwifty.BIC(given.strip().upper()).compact)
        except (ValueError, schwifty.exceptions.SchwiftyException) as error:
            raise InvalidRequest("bic", "This is not a valid BIC", code="bad_bic") from error
    if not scope.live:
        return f"TEST{iban[:2]}PP"
    if given is not None:
        return given
    found = schwifty.IBAN(iban).bic
    return str(found.compact) if found else None


def _name_mandate(scope: Scope, account: SepaAccount, rum: str | None, signed_at: datetime | None) -> bool:
    """The account's mandate becomes the named one; a new date alone dates the present one. True when anything changed.

    The mandate before stays in force for the payments accepted under it.
    """
    before = account.mandate_id
    known = account.mandate if rum is None else mandates.named(account, rum)
    changed = False
    if known is not None:
        changed = mandates.date(scope, known, signed_at)
        mandates.use(account, known)
    elif rum is not None:
        if signed_at is None:
            raise _undated()
        mandates.add(scope, account, rum=rum, signed_at=signed_at, proof={"kind": "merchant"})
    return changed or account.mandate_id != before


def _undated() -> InvalidRequest:
    return InvalidRequest("date_mandate", "A mandate needs the date it was signed on", code="mandate_undated")

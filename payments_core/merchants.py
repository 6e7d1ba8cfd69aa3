"""Merchants as the portal's accounts see them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from schwifty import IBAN
from schwifty.exceptions import SchwiftyException
from sqlalchemy.dialects.postgresql import insert
from stdnum.exceptions import ValidationError
from stdnum.fr import siren as siren_numbers

from payments_core import text
from payments_core.db import db, first, locked, new_id
from payments_core.errors import InvalidRequest, NotFound
from payments_core.models import Merchant
from payments_core.runtime import runtime

VAULT_PURPOSE = "iban"


@dataclass(frozen=True)
class MerchantInput:
    """`reference` is the account's id at the caller and makes creation repeatable."""

    reference: str
    name: str
    email: str
    siren: str
    iban: str
    country: str = "FR"
    language: str = "fr"


def create(wanted: MerchantInput, real_now: datetime, suffix: str | None = None) -> tuple[Merchant, bool]:
    """The merchant of this reference and whether it is new. Raises InvalidRequest for a wrong SIREN or IBAN."""
    siren, iban = _siren(wanted.siren), _iban(wanted.iban)
    merchant_id = new_id("mrch", suffix)
    values = {
        "id": merchant_id,
        "reference": wanted.reference,
        "name": wanted.name,
        "email": wanted.email,
        "siren": siren,
        "iban_sealed": runtime().vault.seal(VAULT_PURPOSE, iban.compact.encode(), merchant_id),
        "iban_masked": f"{iban.compact[:4]} … {iban.compact[-4:]}",
        "country": wanted.country,
        "language": wanted.language,
        "status": "test_only",
        "created_at": real_now,
        "clock_offset_seconds": 0,
    }
    statement = insert(Merchant).values(**values).on_conflict_do_nothing(index_elements=["reference"])
    new = db.session.scalar(statement.returning(Merchant.id)) is not None
    db.session.commit()
    merchant = first(Merchant, Merchant.reference == wanted.reference)
    assert merchant is not None
    return merchant, new


def get(merchant_id: str) -> Merchant:
    """Raises NotFound."""
    merchant = db.session.get(Merchant, merchant_id)
    if merchant is None:
        raise NotFound("merchant", merchant_id)
    return merchant


def change(merchant_id: str, changes: dict[str, Any]) -> Merchant:
    """Sets what payers see of the merchant; the door checked the values. Raises NotFound.

    `preferred_network`, bins.NATIONAL or bins.BRAND, is marked beforehand where the payer of a co-badged card chooses
    (Regulation (EU) 2015/751, article 8(6)); `statement_label` of up to 22 characters stands on their bank statement, None for
    one made from the name.
    """
    merchant = locked(Merchant, merchant_id)
    if merchant is None:
        raise NotFound("merchant", merchant_id)
    for name, value in changes.items():
        setattr(merchant, name, value)
    db.session.commit()
    return merchant


def statement_label(merchant: Merchant) -> str:
    """What payers read on their bank statement."""
    return merchant.statement_label or text.statement_label(merchant.name)


def iban(merchant: Merchant) -> str:
    """The account payouts go to, in clear. It must not reach a log or an answer."""
    return runtime().vault.open(VAULT_PURPOSE, merchant.iban_sealed, merchant.id).decode()


def _siren(number: str) -> str:
    try:
        return str(siren_numbers.validate(number))
    except ValidationError as error:
        raise InvalidRequest("siren", "This is not a valid SIREN", code="bad_siren") from error


def _iban(number: str) -> IBAN:
    try:
        return IBAN(number)
    except SchwiftyException as error:
        raise InvalidRequest("iban", "This is not a valid IBAN", code="bad_iban") from error

"""What a card must be like: number, expiry, security code, and no number where it could be read."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from stdnum import luhn

from payments_core import bins
from payments_core.business_days import paris_day
from payments_core.errors import InvalidRequest
from payments_core.scope import Scope
from payments_core.text import masked

_LAST_YEAR = 2100
_NOT_DIGITS = re.compile(r"[^0-9]+")


@dataclass(frozen=True)
class CardInput:
    """A card as typed; number and code pass through memory only."""

    number: str = field(repr=False)
    exp_month: int
    exp_year: int
    cvc: str | None = field(default=None, repr=False)
    name: str | None = None
    zip_code: str | None = None
    external_id: str | None = None
    preferred_network: str | None = None
    tokenize: bool = True
    customer_id: str | None = None


def checked(scope: Scope, wanted: CardInput) -> str:
    """The number of a card that may be stored. Raises InvalidRequest."""
    number = checked_number(wanted.number)
    check_expiry(scope, wanted.exp_month, wanted.exp_year)
    _check_cvc(number, wanted.cvc)
    check_no_number_in(number, {"name": wanted.name, "external_id": wanted.external_id})
    return number


def checked_number(text: str) -> str:
    """13 to 19 digits that pass Luhn (ISO/IEC 7812-1 annex B); spaces and dashes are ignored. Raises InvalidRequest."""
    number = text.replace(" ", "").replace("-", "")
    if not (number.isascii() and number.isdigit() and 13 <= len(number) <= 19 and luhn.is_valid(number)):
        raise InvalidRequest("number", "This is not a valid card number", code="bad_card_number")
    return number


def check_expiry(scope: Scope, month: int, year: int) -> None:
    """A card serves to the end of its month. Raises InvalidRequest."""
    today = paris_day(scope.now)
    if not 1 <= month <= 12:
        raise InvalidRequest("exp_month", "The expiry month is between 1 and 12", code="bad_expiry")
    if (year, month) < (today.year, today.month) or year > _LAST_YEAR:
        raise InvalidRequest("exp_year", "This card is expired", code="card_expired")


def _check_cvc(number: str, cvc: str | None) -> None:
    if cvc is None:
        return
    lengths = (3, 4) if bins.details(number).brand in ("amex", "unknown") else (3,)
    if not (cvc.isascii() and cvc.isdigit() and len(cvc) in lengths):
        raise InvalidRequest("cvc", "The security code has three digits (American Express: four)", code="bad_cvc")


def check_no_number_in(number: str, fields: dict[str, Any]) -> None:
    """A number typed into the wrong field must not be kept there, readable. Raises InvalidRequest.

    Nobody is called by a card number, so a name may hold none; an identifier only must not be this very number.
    """
    name, external_id = fields.get("name"), fields.get("external_id")
    if name is not None and masked(name) != name:
        raise InvalidRequest("name", "A card number does not belong here", code="number_in_wrong_field")
    if external_id is not None and number in _NOT_DIGITS.sub("", external_id):
        raise InvalidRequest("external_id", "A card number does not belong here", code="number_in_wrong_field")

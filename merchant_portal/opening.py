"""Accounts made on the command line: confirmed at once, with company and bank identifiers that pass every check."""

from __future__ import annotations

import random
from datetime import datetime

from email_validator import EmailNotValidError, validate_email
from schwifty import IBAN
from stdnum import luhn

from merchant_portal import accounts, passwords, people, runtime
from merchant_portal.db import db
from merchant_portal.errors import PortalError
from merchant_portal.models import Account, SignUp


def open_or_find(email: str, password: str | None, company: str, now: datetime) -> str:
    """The merchant id of this address's account, made if there is none. Raises PortalError.

    Identifiers are derived from the address, so that a repeated call after a crash describes the same company.
    """
    address = _address(email)
    account = accounts.account_of(address) or _open(address, password, company, now)
    return accounts.ensure_merchant(runtime.payments(), account, now)


def _open(address: str, password: str | None, company: str, now: datetime) -> Account:
    weakness = passwords.weakness(password, address, company) if password else None
    if weakness:
        raise PortalError(weakness)
    details = SignUp(
        email=address,
        password_hash=runtime.hasher().hash(password) if password else None,
        company=company,
        siren=_siren(address),
        iban=_iban(address),
        language="fr",
        terms_version=people.TERMS_VERSION,
        created_at=now,
    )
    membership = people.open_account(details, now)
    db.session.commit()
    return membership.account


def _address(email: str) -> str:
    try:
        return validate_email(email, check_deliverability=False).normalized.lower()
    except EmailNotValidError as err:
        raise PortalError("email_malformed", email=email) from err


def _digits(seed: str, count: int) -> str:
    source = random.Random(seed)  # noqa: S311  an identifier for tests, not a secret
    return "".join(str(source.randrange(10)) for _ in range(count))


def _siren(seed: str) -> str:
    digits = _digits(seed, 8)
    return digits + luhn.calc_check_digit(digits)


def _iban(seed: str) -> str:
    account, bank, branch = _digits(seed, 11), "20041", "01005"
    key = 97 - (89 * int(bank) + 15 * int(branch) + 3 * int(account)) % 97
    return str(IBAN.from_bban("FR", f"{bank}{branch}{account}{key:02d}"))

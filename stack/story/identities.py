"""Valid company and bank identifiers for the people of the story, made with the libraries that check them."""

from __future__ import annotations

import random

from schwifty import IBAN
from stdnum import luhn


def siren(seed: str) -> str:
    """Nine digits whose Luhn check holds (INSEE's rule for a SIREN)."""
    digits = _digits(seed, 8)
    return digits + luhn.calc_check_digit(digits)


def iban(seed: str) -> str:
    """A French IBAN with right check digits (ISO 13616) and a right national key."""
    account = _digits(seed, 11)
    bank, branch = "20041", "01005"
    key = 97 - (89 * int(bank) + 15 * int(branch) + 3 * int(account)) % 97
    return str(IBAN.from_bban("FR", f"{bank}{branch}{account}{key:02d}"))


def _digits(seed: str, count: int) -> str:
    """The same digits for the same seed: a repeated story has the same people."""
    source = random.Random(seed)  # noqa: S311 - a story, not a secret
    return "".join(str(source.randrange(10)) for _ in range(count))

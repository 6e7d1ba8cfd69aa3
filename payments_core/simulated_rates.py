"""The simulated acquirer's exchange rates: euros for one unit of a currency, other ones each day, the same for everybody.

The rate of a day lies within one percent of the one listed here, as a hash of currency and day says.
"""

from __future__ import annotations

import hashlib
from datetime import date
from decimal import Decimal

AROUND: dict[str, Decimal] = {
    "aud": Decimal("0.5650"),
    "cad": Decimal("0.6180"),
    "chf": Decimal("1.0700"),
    "dkk": Decimal("0.1340"),
    "gbp": Decimal("1.1450"),
    "jpy": Decimal("0.0056"),
    "nok": Decimal("0.0850"),
    "pln": Decimal("0.2350"),
    "sek": Decimal("0.0910"),
    "usd": Decimal("0.8650"),
}
_MOST = 100  # a hundredth of a percent each
_DECIMALS = Decimal("0.000001")


def of_day(currency: str, day: date) -> Decimal:
    """Euros for one unit, to six decimals. Raises KeyError for the euro and for a currency nobody takes."""
    drawn = int.from_bytes(hashlib.sha256(f"{currency} {day.isoformat()}".encode()).digest()[:4])
    return (AROUND[currency] * (10_000 + drawn % (2 * _MOST + 1) - _MOST) / 10_000).quantize(_DECIMALS)

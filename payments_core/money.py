"""Amounts are integers of the currency's smallest unit; text appears only at the edges."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from functools import cache

import pycountry
from babel.numbers import format_currency, get_currency_precision

# The wire contract's ten currencies and jpy; lower case as on the wire.
CURRENCIES = ("eur", "aud", "cad", "chf", "dkk", "gbp", "jpy", "nok", "pln", "sek", "usd")

SETTLED_IN = "eur"  # what merchants are paid out in: transfers are SEPA credit transfers


@cache
def numeric(currency: str) -> str:
    """The three digits of ISO 4217, such as "978"."""
    found = pycountry.currencies.get(alpha_3=currency.upper())
    assert found is not None, f"{currency} is in CURRENCIES and so in ISO 4217"
    return str(found.numeric)


def exponent(currency: str) -> int:
    """Number of decimals of the currency: JPY 0, EUR 2, KWD 3 (Unicode CLDR)."""
    return get_currency_precision(currency.upper())


def commission(amount: int, basis_points: int, fixed: int) -> int:
    """Percentage plus fixed part, summed, then rounded half-up once; everything in minor units."""
    return (amount * basis_points + fixed * 10_000 + 5_000) // 10_000


def converted(amount: int, currency: str, rate: Decimal) -> int:
    """Minor units of a currency in euro cents, rounded half-up; `rate` is euros for one whole unit of it."""
    euros = Decimal(amount).scaleb(-exponent(currency)) * rate
    return int(euros.scaleb(exponent(SETTLED_IN)).quantize(Decimal(1), ROUND_HALF_UP))


def display(amount: int, currency: str, locale: str = "fr") -> str:
    """The amount as a person reads it, such as "12,50 €"."""
    value = Decimal(amount).scaleb(-exponent(currency))
    return format_currency(value, currency.upper(), locale=locale.replace("-", "_"))

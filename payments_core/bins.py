"""What the first digits of a card number tell: brand, issuer's country, funding, nature, network. A table, longest prefix wins.

Ranges are those of ISO/IEC 7812 issuers as the schemes publish them. Prefix 400000 is the contract's test range: digits 7 to 9
are the issuer's ISO 3166-1 numeric country.
"""

from __future__ import annotations

from dataclasses import dataclass

from babel.core import get_global

# (first, last) prefix of equal length: brand
_BRANDS: tuple[tuple[str, str, str], ...] = (
    ("4", "4", "visa"),
    ("51", "55", "mastercard"),
    ("2221", "2720", "mastercard"),
    ("34", "34", "amex"),
    ("37", "37", "amex"),
    ("3528", "3589", "jcb"),
    ("6011", "6011", "discover"),
    ("644", "649", "discover"),
    ("65", "65", "discover"),
    ("622126", "622925", "discover"),
    ("5019", "5019", "dankort"),
    ("5018", "5018", "maestro"),
    ("5020", "5020", "maestro"),
    ("5038", "5038", "maestro"),
    ("5893", "5893", "maestro"),
    ("6304", "6304", "maestro"),
    ("6759", "6759", "maestro"),
    ("6761", "6763", "maestro"),
)

# prefix: (country, funding, nature, network)
_ISSUERS: dict[str, tuple[str, str, str, str | None]] = {
    "424242": ("US", "credit", "personal", "visa"),
    "444433": ("US", "credit", "personal", "visa"),
    "555555": ("US", "credit", "personal", "mastercard"),
    "520082": ("US", "debit", "personal", "mastercard"),
    "510510": ("US", "prepaid", "personal", "mastercard"),
    "353011": ("JP", "credit", "personal", None),
    "4000000000000077": ("FR", "credit", "personal", "national"),
    "4000000000": ("US", "credit", "personal", "visa"),
    "410000": ("US", "credit", "personal", "visa"),
    # Our own test cards (simulated_cards.py); 400000903 has one of each kind of card.
    "400000900": ("FR", "credit", "personal", "visa"),
    "400000901": ("FR", "credit", "personal", "visa"),
    "400000902": ("FR", "credit", "personal", "visa"),
    "40000090300001": ("FR", "debit", "personal", "national"),
    "40000090300002": ("FR", "prepaid", "personal", "visa"),
    "40000090300003": ("FR", "deferred", "personal", "national"),
    "40000090300004": ("DE", "universal", "personal", "visa"),
    "40000090300005": ("US", "charge", "personal", "visa"),
    "40000090300006": ("FR", "credit", "corporate", "visa"),
}

# French issuers whose cards carry CB beside the brand: the payer may choose between the two networks (Regulation (EU) 2015/751,
# article 8). Visa's and Mastercard's French ranges, and the French cards of the contract's test range.
CO_BADGED = ("4000000000000077", "400000250", "497", "5131", "5132", "5133", "5134", "5135", "5136")

_TEST_RANGE = "400000"
_NETWORKS = ("visa", "mastercard")

# European Economic Area: the European Union, Iceland, Liechtenstein, Norway; with France's departments overseas.
_EEA = "AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE IS LI NO GP MQ GF RE YT MF"
EEA = frozenset(_EEA.split(" "))


@dataclass(frozen=True)
class CardDetails:
    """Public facts of a card; None where the table does not know."""

    brand: str
    country: str | None
    funding: str | None
    nature: str | None
    network: str | None


def details(number: str) -> CardDetails:
    """What is known of a card number."""
    brand = _brand(number)
    for length in range(len(number), 0, -1):
        if number[:length] in _ISSUERS:
            return CardDetails(brand, *_ISSUERS[number[:length]])
    network = brand if brand in _NETWORKS else None
    if number.startswith(_TEST_RANGE):
        country = _numeric_country(number[6:9])
        return CardDetails(brand, country, "credit", "personal", "national" if country == "FR" else network)
    if number.startswith(CO_BADGED):
        return CardDetails(brand, "FR", None, None, "national")
    return CardDetails(brand, None, None, None, network)


# What a merchant, or a payer before their card is known, chooses on a co-badged card: CB, or the other network, whichever it is.
NATIONAL, BRAND = "national", "brand"


def networks(brand: str, network: str | None) -> tuple[str, ...]:
    """What the payer of a co-badged card chooses from: NATIONAL, then the brand's own; empty for any other card."""
    return (NATIONAL, brand) if network == NATIONAL and brand in _NETWORKS else ()


def _brand(number: str) -> str:
    for first, last, brand in _BRANDS:
        if first <= number[: len(first)] <= last:
            return brand
    return "unknown"


def _numeric_country(digits: str) -> str | None:
    """ISO 3166-1 numeric to alpha-2, from the aliases of Unicode CLDR."""
    aliases = get_global("territory_aliases").get(digits)
    return aliases[0] if aliases else None

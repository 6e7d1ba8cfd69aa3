"""The chip of a test card: makes cryptograms and checks the issuer's answer, as EMV book 2 and 3 say.

A card is personalisation data given at enrolment: number, expiry, application key, PIN known to its holder. The transaction counter
(ATC) is the journal's, so that a card used again after a crash never repeats one.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from pyemv import ac, kd, tlv

from terminal_sim.errors import CardError

# Tags covered by the application cryptogram, in this order (docs/terminal-protocol.md).
CRYPTOGRAM_TAGS = ("9F02", "9F03", "9F1A", "95", "5F2A", "9A", "9C", "9F37", "82", "9F36", "9F10")
_AIP = bytes.fromhex("1800")  # cardholder verification and terminal risk management supported
_FRANCE = bytes.fromhex("0250")
_ARQC = b"\x80"


@dataclass(frozen=True)
class Card:
    """One chip card. `expiry` is YYMM."""

    name: str
    number: str = field(repr=False)
    expiry: str
    sequence: str
    aid: str
    label: str
    network: str
    key: bytes = field(repr=False)

    @classmethod
    def from_json(cls, data: Mapping[str, str]) -> Card:
        """Personalisation data. Raises CardError for what cannot be read."""
        try:
            return cls(
                name=data["name"],
                number=data["number"],
                expiry=data["expiry"],
                sequence=data["sequence"],
                aid=data["aid"],
                label=data["label"],
                network=data["network"],
                key=bytes.fromhex(data["key"]),
            )
        except (KeyError, ValueError) as error:
            raise CardError(f"Carte illisible : {error}") from error

    @property
    def masked(self) -> str:
        """The number as receipts show it."""
        return "•" * (len(self.number) - 4) + self.number[-4:]

    def expired(self, today: date) -> bool:
        """Whether its last month is over."""
        return self.expiry < f"{today:%y%m}"


@dataclass(frozen=True)
class Cryptogram:
    """A request cryptogram and the data it was made of, as field 55 carries them."""

    icc_data: str
    session_key: bytes = field(repr=False)
    arqc: bytes


def generate(card: Card, amount: int, currency: str, day: date, counter: int) -> Cryptogram:
    """The card's request cryptogram (ARQC) over a purchase. `amount` in minor units, `currency` ISO 4217 numeric."""
    atc = counter.to_bytes(2, "big")
    data: dict[str, bytes] = {
        "82": _AIP,
        "84": bytes.fromhex(card.aid),
        "95": bytes(5),  # terminal verification results: nothing found wrong
        "9A": bytes.fromhex(f"{day:%y%m%d}"),
        "9C": b"\x00",  # purchase
        "5F2A": bytes.fromhex(f"0{currency}"),
        "9F02": bytes.fromhex(f"{amount:012d}"),
        "9F03": bytes(6),
        "9F10": bytes.fromhex("06010A03A0A000"),  # issuer application data: key 1, cryptogram version 10, card results
        "9F1A": _FRANCE,
        "9F27": _ARQC,
        "9F36": atc,
        "9F37": secrets.token_bytes(4),
    }
    session_key = kd.derive_common_sk(card.key, atc + bytes(6))
    arqc = ac.generate_ac(session_key, b"".join(data[tag] for tag in CRYPTOGRAM_TAGS), ac.PaddingType.EMV)
    return Cryptogram(tlv.encode({**data, "9F26": arqc}).hex().upper(), session_key, arqc)


def issuer_authentic(cryptogram: Cryptogram, icc_data: str) -> bool:
    """Whether tag 91 of an answer was made by the card's issuer for this very cryptogram (EMV book 2, 8.2.1, method 1)."""
    try:
        answered = tlv.decode(bytes.fromhex(icc_data)).get("91", b"")
    except (ValueError, tlv.DecodeError):
        return False
    if len(answered) != 10:
        return False
    expected = ac.generate_arpc_1(cryptogram.session_key, cryptogram.arqc, answered[8:])
    return secrets.compare_digest(bytes(answered[:8]), expected)

"""The issuer side of test chip cards: personalises them, checks cryptogram and PIN, answers with a cryptogram of its own.

Keys derive from the service's secret, so every installation has its own cards. EMV book 2: A1.4.1 option A for the card's key,
A1.3.1 for the session key, 8.1 for the request cryptogram, 8.2.1 (method 1) for the answer.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass

from pyemv import ac, kd, tlv
from pyemv.tools import adjust_key_parity
from sqlalchemy import Connection, delete
from sqlalchemy.dialects.postgresql import insert

from payments_core import bins
from payments_core.acquirer import CardPresent
from payments_core.models import SimulatorCard, SimulatorCryptogram
from payments_core.runtime import runtime

PURPOSE = "simulated issuer"
# Tags covered by the request cryptogram, in this order (docs/terminal-protocol.md).
_CRYPTOGRAM_TAGS = ("9F02", "9F03", "9F1A", "95", "5F2A", "9A", "9C", "9F37", "82", "9F36", "9F10")
_MOST_WRONG_PINS = 3
_WRONG_PIN, _TOO_MANY_PINS, _BAD_CRYPTOGRAM = "55", "75", "82"

# name: number, application of the chip, its label
TEST_CARDS: dict[str, tuple[str, str, str]] = {
    "cb": ("4000002500000003", "A0000000421010", "CB"),
    "visa": ("4242424242424242", "A0000000031010", "VISA"),
    "mastercard": ("5555555555554444", "A0000000041010", "MASTERCARD"),
    "no-funds": ("4000000000009995", "A0000000031010", "VISA"),
    "stolen": ("4000000000009979", "A0000000031010", "VISA"),
}
_EXPIRY, _SEQUENCE = "3112", "01"


@dataclass(frozen=True)
class Verdict:
    """What the chip's data say: a refusal, or None with the way to make tag 91 for the final response."""

    refusal: str | None
    issuer_data: Callable[[str], str]


def personalised() -> list[dict[str, str]]:
    """The drawer of test cards: what is on the chip, and the PIN its holder knows."""
    cards = []
    for name, (number, aid, label) in TEST_CARDS.items():
        cards.append(
            {
                "name": name,
                "number": number,
                "expiry": _EXPIRY,
                "sequence": _SEQUENCE,
                "aid": aid,
                "label": label,
                "network": (bins.details(number).network or label).upper(),
                "key": _card_key(number).hex().upper(),
                "pin": pin_of(number),
            }
        )
    return cards


def pin_of(number: str) -> str:
    """The four digits of a test card."""
    digest = hmac.digest(runtime().vault.key(PURPOSE), b"pin" + number.encode(), "sha256")
    return f"{int.from_bytes(digest[:8], 'big') % 10_000:04d}"


def verify(
    connection: Connection, reference: str, number: str, amount: int, currency: str, present: CardPresent
) -> Verdict:
    """Cryptogram, amount and PIN of a card-present question. `currency` is ISO 4217 numeric."""
    try:
        data = tlv.decode(bytes.fromhex(present.icc_data), flatten=True)
        covered = b"".join(bytes(data[tag]) for tag in _CRYPTOGRAM_TAGS)
        arqc, counter = bytes(data["9F26"]), bytes(data["9F36"])
    except (ValueError, KeyError, tlv.DecodeError):
        return Verdict(_BAD_CRYPTOGRAM, lambda _: "")
    session_key = kd.derive_common_sk(_card_key(number), counter + bytes(6))
    expected = ac.generate_ac(session_key, covered, ac.PaddingType.EMV)
    agrees = data["9F02"].hex() == f"{amount:012d}" and data["5F2A"].hex() == f"0{currency}"
    if not (hmac.compare_digest(expected, arqc) and agrees and _is_new(connection, arqc, reference)):
        return Verdict(_BAD_CRYPTOGRAM, lambda _: "")

    def issuer_data(response: str) -> str:
        code = response.encode()
        return tlv.encode({"91": ac.generate_arpc_1(session_key, arqc, code) + code}).hex().upper()

    return Verdict(_check_pin(connection, number, present.pin), issuer_data)


def _is_new(connection: Connection, arqc: bytes, reference: str) -> bool:
    """Whether this question is the first that shows this cryptogram."""
    statement = (
        insert(SimulatorCryptogram)
        .values(arqc=arqc, reference=reference)
        .on_conflict_do_update(index_elements=["arqc"], set_={"arqc": arqc})
        .returning(SimulatorCryptogram.reference)
    )
    return bool(connection.scalar(statement) == reference)


def _check_pin(connection: Connection, number: str, pin: str) -> str | None:
    """Counts wrong PINs in a row; a right one forgets them unless there were too many."""
    fingerprint = runtime().vault.fingerprint(PURPOSE, number)
    right = hmac.compare_digest(pin_of(number).encode(), pin.encode())
    statement = (
        insert(SimulatorCard)
        .values(fingerprint=fingerprint, wrong_pins=0 if right else 1)
        .on_conflict_do_update(
            index_elements=["fingerprint"], set_={"wrong_pins": SimulatorCard.wrong_pins + (0 if right else 1)}
        )
        .returning(SimulatorCard.wrong_pins)
    )
    wrong = connection.scalar(statement) or 0
    if wrong >= _MOST_WRONG_PINS:
        return _TOO_MANY_PINS
    if right:
        connection.execute(delete(SimulatorCard).where(SimulatorCard.fingerprint == fingerprint))
        return None
    return _WRONG_PIN


def _card_key(number: str) -> bytes:
    issuer_key = adjust_key_parity(runtime().vault.key(PURPOSE)[:16])
    return kd.derive_icc_mk_a(issuer_key, number, _SEQUENCE)

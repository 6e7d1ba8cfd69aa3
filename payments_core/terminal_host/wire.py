"""Reading and writing the messages of docs/terminal-protocol.md: format, required fields, MAC, PIN block.

What is wrong with a message is a Refusal with the response code of field 39 and words for field 44.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass

import iso8583
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.cmac import CMAC
from iso8583.specs import default_ascii as SPEC
from psec import des, pinblock

MAC_CHARACTERS = 16
ANSWERS = {"0800": "0810", "0100": "0110", "0400": "0410", "0320": "0330", "0500": "0510"}
_ALWAYS = ("7", "11", "41")
# Question: fields it must hold beside those of every message.
_REQUIRED: dict[str, tuple[str, ...]] = {
    "0800": ("70",),
    "0100": ("2", "3", "4", "14", "22", "37", "42", "49", "52", "55"),
    "0400": ("3", "4", "37", "42", "49"),
    "0320": ("4", "37", "42", "49", "60"),
    "0500": ("42", "49", "60", "76", "88"),
}
# Fields of an answer taken over from its question.
_ECHOED = ("3", "4", "7", "11", "37", "41", "49", "60", "70")
_DIGITS = re.compile(r"[0-9]+")
_NUMERIC = frozenset({"2", "3", "4", "7", "11", "14", "22", "37", "49", "60", "70", "76", "88"})
_HEXADECIMAL = frozenset({"52", "55", "64", "128"})
_EXACT = {"4": 12, "14": 4, "37": 12, "52": 16, "60": 6, "76": 10, "88": 16}


class Unreadable(Exception):
    """Not even the type of the message can be told: nothing can be answered."""


@dataclass
class Refusal(Exception):
    """A message that is refused: `code` for field 39, `text` for field 44."""

    code: str
    text: str = ""

    def __str__(self) -> str:
        return f"{self.code} {self.text}"


@dataclass(frozen=True)
class Question:
    """A message as it came. `problem` says what the decoder stumbled over; the fields before that are there."""

    kind: str
    fields: Mapping[str, str]
    raw: bytes
    problem: str | None = None


def read(raw: bytes) -> Question:
    """The message's fields. Raises Unreadable."""
    try:
        fields, _ = iso8583.decode(raw, SPEC)
        problem = None
    except iso8583.DecodeError as error:
        fields, problem = error.doc_dec, f"field {error.field} at byte {error.pos}"
    kind = fields.get("t", "")
    if kind not in ANSWERS:
        raise Unreadable(f"message type {kind!r}" if kind else "no message type")
    return Question(kind, fields, raw, problem)


def check_mac(question: Question, key: bytes) -> None:
    """Raises Refusal 63."""
    given, body = question.raw[-MAC_CHARACTERS:], question.raw[:-MAC_CHARACTERS]
    if not hmac.compare_digest(given, mac(body, key).encode()):
        raise Refusal("63", "wrong MAC")


def check_format(question: Question) -> None:
    """Every field the question needs, each with the characters and length it must have. Raises Refusal 30 naming one."""
    if question.problem:
        raise Refusal("30", question.problem)
    for field in (*_ALWAYS, *_REQUIRED[question.kind]):
        if field not in question.fields:
            raise Refusal("30", f"field {field} missing")
    for field, value in question.fields.items():
        if field in _NUMERIC and not _DIGITS.fullmatch(value):
            raise Refusal("30", f"field {field} not numeric")
        if field in _HEXADECIMAL and not _is_hexadecimal(value):
            raise Refusal("30", f"field {field} not hexadecimal")
        if field in _EXACT and len(value) != _EXACT[field]:
            raise Refusal("30", f"field {field} length")


def answer(question: Question, code: str, key: bytes | None, **more: str | None) -> bytes:
    """The answer with code in field 39 and further fields given as `f55="…"`; signed when the terminal's key is known."""
    fields = {name: question.fields[name] for name in _ECHOED if name in question.fields}
    fields |= {"39": code, **{name[1:]: value for name, value in more.items() if value}}
    place = "128" if any(int(name) > 64 for name in fields) else "64"
    if key is None:
        return _encoded(question, fields)
    body = _encoded(question, {**fields, place: "0" * MAC_CHARACTERS})[:-MAC_CHARACTERS]
    return body + mac(body, key).encode()


def mac(body: bytes, key: bytes) -> str:
    """AES-CMAC (NIST SP 800-38B) cut to 8 bytes, in upper-case hexadecimal."""
    computed = CMAC(AES(key))
    computed.update(body)
    return computed.finalize()[:8].hex().upper()


def pin(question: Question, key: bytes) -> str:
    """The PIN of field 52, ISO 9564-1 format 3. Raises Refusal 81 for a block that does not open."""
    try:
        block = des.decrypt_tdes_ecb(key, bytes.fromhex(question.fields["52"]))
        return pinblock.decode_pinblock_iso_3(block, question.fields["2"])
    except ValueError as error:
        raise Refusal("81", "PIN block") from error


def _encoded(question: Question, fields: Mapping[str, str]) -> bytes:
    """What the question said badly cannot be said back: such fields are left out of a refusal."""
    try:
        raw, _ = iso8583.encode({"t": ANSWERS[question.kind], **fields}, SPEC)
    except iso8583.EncodeError as error:
        return _encoded(question, {name: value for name, value in fields.items() if name != error.field})
    return bytes(raw)


def _is_hexadecimal(value: str) -> bool:
    try:
        bytes.fromhex(value)
    except ValueError:
        return False
    return True

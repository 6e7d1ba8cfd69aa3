"""Messages of docs/terminal-protocol.md: building with a MAC, and reading what is authentic.

The format is pyiso8583's ASCII specification of ISO 8583:1987; this module adds the MAC and the fields each answer must hold.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping

import iso8583
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.cmac import CMAC
from iso8583.specs import default_ascii as SPEC

from terminal_sim.errors import HostFault

MAC_CHARACTERS = 16
_ANSWERS = {"0800": "0810", "0100": "0110", "0400": "0410", "0320": "0330", "0500": "0510"}


def build(kind: str, fields: Mapping[str, str], mac_key: bytes) -> bytes:
    """The message of type `kind` with these fields (keys are field numbers) and its MAC.

    >>> build("0800", {"7": "1123101500", "11": "000001", "41": "00000001", "70": "301"}, bytes(16))[:4]
    b'0800'
    """
    place = "128" if any(int(field) > 64 for field in fields) else "64"
    raw, _ = iso8583.encode({"t": kind, **fields, place: "0" * MAC_CHARACTERS}, SPEC)
    body = bytes(raw[:-MAC_CHARACTERS])
    return body + mac(body, mac_key).encode()


def read(raw: bytes, question: str, asked: Mapping[str, str], mac_key: bytes) -> dict[str, str]:
    """The fields of the answer to a question of type `question`. Raises HostFault, naming field and position."""
    try:
        fields, _ = iso8583.decode(raw, SPEC)
    except iso8583.DecodeError as error:
        raise HostFault(f"Réponse illisible : champ {error.field}, position {error.pos}") from error
    if fields["t"] != _ANSWERS[question]:
        raise HostFault(f"Réponse {fields['t']} à une question {question}")
    for field in ("11", "41"):
        if fields.get(field) != asked.get(field):
            raise HostFault(f"La réponse porte un autre champ {field}")
    unsigned_refusal = fields.get("39") in ("03", "63") and "64" not in fields and "128" not in fields
    if not unsigned_refusal and not hmac.compare_digest(
        raw[-MAC_CHARACTERS:], mac(raw[:-MAC_CHARACTERS], mac_key).encode()
    ):
        raise HostFault("Le sceau (MAC) de la réponse est faux")
    if not (len(fields.get("39", "")) == 2):
        raise HostFault("La réponse n'a pas de code réponse (champ 39)")
    return dict(fields)


def mac(body: bytes, key: bytes) -> str:
    """AES-CMAC (NIST SP 800-38B) cut to 8 bytes, in upper-case hexadecimal."""
    computed = CMAC(AES(key))
    computed.update(body)
    return computed.finalize()[:8].hex().upper()

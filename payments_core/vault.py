"""Secrets at rest: AES-256-GCM with derived keys, and keyed hashes.

Every key is derived from a master secret by HKDF-SHA256 (RFC 5869) under its own purpose, so no key serves two ends. A sealed
value starts with the id of the master that sealed it: after CORE_SECRET_KEY changed, the former one given in
CORE_PREVIOUS_SECRET_KEYS still opens what `cli rotate-vault` has not sealed again. The row's identity is authenticated with
the value (associated data), so a sealed value moved to another row does not open.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_ID_BYTES = 4
_NONCE_BYTES = 12  # NIST SP 800-38D, 8.2.2: random 96-bit nonces


class VaultError(Exception):
    """A sealed value cannot be opened: unknown key id, or altered."""


class Vault:
    """Seals, opens and fingerprints with keys derived from the current and the former master secrets."""

    def __init__(self, current: bytes, previous: Sequence[bytes] = ()) -> None:
        self._masters = {_derive(master, "key id", _ID_BYTES): master for master in (*previous, current)}
        self._current = current
        self._keys: dict[tuple[bytes, str], bytes] = {}
        self._ciphers: dict[tuple[bytes, str], AESGCM] = {}
        self.key_id = _derive(current, "key id", _ID_BYTES)

    def key(self, purpose: str, master: bytes | None = None) -> bytes:
        """The 32-byte key of a purpose, derived once."""
        place = (master or self._current, purpose)
        if place not in self._keys:
            self._keys[place] = _derive(place[0], purpose, 32)
        return self._keys[place]

    def _cipher(self, purpose: str, master: bytes) -> AESGCM:
        cipher = self._ciphers.get((master, purpose))
        if cipher is None:
            cipher = self._ciphers[master, purpose] = AESGCM(self.key(purpose, master))
        return cipher

    def seal(self, purpose: str, plain: bytes, identity: str) -> bytes:
        """Key id + nonce + ciphertext; opens only with the same purpose and identity."""
        nonce = os.urandom(_NONCE_BYTES)
        return self.key_id + nonce + self._cipher(purpose, self._current).encrypt(nonce, plain, identity.encode())

    def open(self, purpose: str, sealed: bytes, identity: str) -> bytes:
        """The plain value. Raises VaultError."""
        key_id, nonce, body = sealed[:_ID_BYTES], sealed[_ID_BYTES : _ID_BYTES + _NONCE_BYTES], sealed[16:]
        master = self._masters.get(key_id)
        if master is None:
            raise VaultError("sealed with a key this process does not hold")
        try:
            return self._cipher(purpose, master).decrypt(nonce, body, identity.encode())
        except InvalidTag as error:
            raise VaultError("the sealed value was altered or belongs elsewhere") from error

    def fingerprint(self, purpose: str, text: str) -> bytes:
        """HMAC-SHA256 under the purpose's key: equal inputs are found without keeping them readable."""
        return hmac.digest(self.key(purpose), text.encode(), "sha256")

    def fingerprints(self, purpose: str, text: str) -> list[bytes]:
        """The same under every master secret at hand: what was stored under a former one is found until it is renewed."""
        keys = (self.key(purpose, master) for master in self._masters.values())
        return [hmac.digest(key, text.encode(), "sha256") for key in keys]

    def is_current(self, sealed: bytes) -> bool:
        """Whether the value is sealed with the current master secret."""
        return sealed[:_ID_BYTES] == self.key_id


def _derive(master: bytes, purpose: str, length: int) -> bytes:
    info = b"comptoir core/" + purpose.encode()
    return HKDF(algorithm=SHA256(), length=length, salt=None, info=info).derive(master)

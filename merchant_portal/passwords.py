"""Passwords: what may be one, and how it is kept (argon2id).

Length is what counts (NIST SP 800-63B 5.1.1): at least 12 characters, anything goes, nothing must be mixed in. Refused are those
that guessing programs try first: repeated or running characters, a common word with digits around it, or the person's own data.
"""

from __future__ import annotations

import re
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MIN_LENGTH = 12
MAX_LENGTH = 128
_RUNS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890123456789",
    "azertyuiopqsdfghjklmwxcvbn",
    "qwertyuiopasdfghjklzxcvbnm",
)
_COMMON_WORDS = """
password motdepasse passwd passe admin administrateur administrator bonjour azerty qwerty soleil doudou loulou
chouchou princesse jetaime iloveyou welcome bienvenue benvenuto letmein monkey dragon football baseball superman
batman marseille master secret changeme changezmoi changer default login connexion accesso ciao juventus napoli amore
pass sunshine princess shadow michael charlie pokemon starwars comptoir stancer prestashop boutique commerce marchand
vendeur france paris italia roma london test testtest demo
"""
_COMMON = frozenset(_COMMON_WORDS.split())
_LEET = str.maketrans({"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s", "!": "i"})


def weakness(password: str, *personal: str) -> str | None:
    """Why this password is refused (a code for wordings.py), or None. `personal` is what the person's data offer to a guesser."""
    if len(password) < MIN_LENGTH:
        return "password_short"
    if len(password) > MAX_LENGTH:
        return "password_long"
    plain = _plain(password)
    if len(set(plain)) < 5 or _running(plain):
        return "password_repeated"
    if _words_left(plain, _COMMON) < 4 or _words_left(plain.translate(_LEET), _COMMON) < 4:
        return "password_common"
    own = {part for text in personal for part in re.split(r"\W+", _plain(text)) if len(part) >= 4}
    if own and _words_left(plain, own) < 4:
        return "password_personal"
    return None


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def _running(plain: str) -> bool:
    """Whether taking out every run of four or more neighbours (abcd, 4321, azer) leaves almost nothing."""
    left = plain
    for row in _RUNS:
        for direction in (row, row[::-1]):
            for size in range(len(plain), 3, -1):
                for start in range(len(direction) - size + 1):
                    left = left.replace(direction[start : start + size], "")
    return len(left) < 4


def _words_left(plain: str, words: frozenset[str] | set[str]) -> int:
    """How many letters remain without those words; digits and signs around a word add nothing a guesser would not try."""
    left = plain
    for word in sorted(words, key=len, reverse=True):
        left = left.replace(word, "")
    return len(re.sub(r"[\W\d_]", "", left)) if left != plain else len(left)


class Hasher:
    """argon2id with this process's cost. `verify` takes as long for an unknown person as for a known one."""

    def __init__(self, memory_kib: int) -> None:
        self._hasher = PasswordHasher(time_cost=1, memory_cost=memory_kib, parallelism=1)
        self._nobody = self._hasher.hash("nobody has this password")

    def hash(self, password: str) -> str:
        """The text to store."""
        return self._hasher.hash(password)

    def verify(self, stored: str | None, password: str) -> bool:
        """Whether the password is the stored one; a missing hash is never right, but costs the same."""
        try:
            self._hasher.verify(stored or self._nobody, password[: MAX_LENGTH * 4])
        except (VerificationError, InvalidHashError):
            return False
        return stored is not None

    def is_old(self, stored: str) -> bool:
        """Whether the stored hash was made with another cost and should be made again at sign-in."""
        return self._hasher.check_needs_rehash(stored)

"""Folding of text for searches: no accents, no case, no punctuation."""

from __future__ import annotations

import re
import unicodedata

_NOT_WORD = re.compile(r"[^0-9a-z]+")


def fold(text: str) -> str:
    """ "Élodie.Martin@Exemple.fr" → "elodie martin exemple fr"."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(character for character in decomposed if not unicodedata.combining(character))
    return _NOT_WORD.sub(" ", plain).strip()


def prefix_query(text: str) -> str | None:
    """A PostgreSQL tsquery matching every word as a prefix, or None when no word is left."""
    words = fold(text).split()
    return " & ".join(f"{word}:*" for word in words) if words else None

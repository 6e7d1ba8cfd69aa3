"""Folding of text for searches (no accents, no case, no punctuation), and hiding of card numbers in text that goes out."""

from __future__ import annotations

import re
import unicodedata

from text_unidecode import unidecode

LABEL_LENGTH = 22
_NOT_WORD = re.compile(r"[^0-9a-z]+")
# As long as a card number (ISO/IEC 7812-1), perhaps in groups, and no part of a longer run of digits.
_CARD_NUMBER = re.compile(r"(?<!\d)\d(?:[ -]?\d){12,18}(?!\d)", re.ASCII)


def fold(text: str) -> str:
    """ "Élodie.Martin@Exemple.fr" → "elodie martin exemple fr"."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(character for character in decomposed if not unicodedata.combining(character))
    return _NOT_WORD.sub(" ", plain).strip()


def statement_label(text: str) -> str:
    """A name as bank statements can show it: at most 22 capitals, digits and spaces, a letter among them.

    "Élodie & Cie" → "ELODIE CIE"; other scripts are written in Latin letters.
    """
    plain = fold(unidecode(text)).upper()
    if not any(character.isalpha() for character in plain):
        plain = f"BOUTIQUE {plain}"
    return plain[:LABEL_LENGTH].strip()


def prefix_query(text: str) -> str | None:
    """A PostgreSQL tsquery matching every word as a prefix, or None when no word is left."""
    words = fold(text).split()
    return " & ".join(f"{word}:*" for word in words) if words else None


def masked(text: str) -> str:
    """The text with everything that could be a card number reduced to its last four digits."""
    return _CARD_NUMBER.sub(lambda found: f"…{found[0][-4:]}", text)

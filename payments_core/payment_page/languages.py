"""The page's languages: which one a payer reads, its texts, and amounts as its readers write them.

One JSON table per language; a text missing in one of them fails the tests, so no page falls back in the middle of a sentence.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from werkzeug.datastructures import LanguageAccept

from payments_core import money

NAMES = {"fr": "Français", "en": "English", "it": "Italiano"}
FALLBACK = "en"
_FOLDER = Path(__file__).parent / "texts"


@cache
def texts(code: str) -> dict[str, str]:
    """Every text of a language."""
    table: dict[str, str] = json.loads((_FOLDER / f"{code}.json").read_text(encoding="utf-8"))
    return table


@dataclass(frozen=True)
class Language:
    """`code` is one of NAMES; `locale` is for numbers and may carry a region, such as fr_CH."""

    code: str
    locale: str

    def text(self, key: str, **values: Any) -> str:
        """A text with its values filled in. Raises KeyError for a key that does not exist."""
        return texts(self.code)[key].format(**values)

    def amount(self, amount: int, currency: str) -> str:
        """Minor units as the reader writes them."""
        return money.display(amount, currency, self.locale)

    def day(self, day: date) -> str:
        """A date in full, such as "mardi 29 septembre 2026"."""
        return str(format_date(day, "full", locale=self.locale))


def choose(asked: str | None, accepted: LanguageAccept) -> Language:
    """The language of `?lang=` (a locale such as fr-FR), else of the browser; unknown ones become English."""
    if asked:
        return _language(asked)
    best = accepted.best_match(list(NAMES))
    return _language(best or FALLBACK)


def _language(tag: str) -> Language:
    parts = tag.replace("-", "_").split("_")
    code = parts[0].lower()
    if code not in NAMES:
        return Language(FALLBACK, FALLBACK)
    has_region = len(parts) > 1 and len(parts[1]) == 2 and parts[1].isascii() and parts[1].isalpha()
    locale = f"{code}_{parts[1].upper()}" if has_region else code
    try:
        Locale.parse(locale)
    except (UnknownLocaleError, ValueError):
        locale = code
    return Language(code, locale)

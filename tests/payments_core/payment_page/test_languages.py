"""Three languages, complete and equal; amounts as their readers write them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from werkzeug.datastructures import LanguageAccept

from payments_core import payment_page, threeds
from payments_core.payment_page import languages, reasons
from payments_core.payment_page.test_cards import TEST_CARDS
from payments_core.threeds.views import OUTCOMES

FOLDERS = [Path(next(iter(package.__path__))) for package in (payment_page, threeds)]
NOBODY = LanguageAccept([])


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"{(\w+)}", text))


@pytest.mark.parametrize("code", ["en", "it"])
def test_every_text_exists_in_every_language_with_the_same_values(code: str) -> None:
    french, other = languages.texts("fr"), languages.texts(code)
    assert french.keys() == other.keys()
    for key, text in french.items():
        assert placeholders(text) == placeholders(other[key]), key
        assert other[key].strip() == other[key] != "", key


def test_few_texts_are_the_same_in_two_languages() -> None:
    """A text that was not translated would be the same: only words that are really alike may be."""
    tables = {code: languages.texts(code) for code in languages.NAMES}
    same = {key for key in tables["fr"] if len({table[key] for table in tables.values()}) < len(tables)}
    assert same <= {"form.expiry_hint", "mandate.iban", "mandate.bic"}


def test_every_key_that_pages_use_exists() -> None:
    used: set[str] = set()
    for folder in FOLDERS:
        for file in [*folder.rglob("*.html"), *folder.rglob("*.py")]:
            used |= set(re.findall(r"""["']([a-z]+\.[a-z_]+)["']""", file.read_text()))
    families = {key.split(".")[0] for key in languages.texts("fr")}
    keys = {key for key in used if key.split(".")[0] in families and not key.endswith((".html", ".css", ".js", ".svg"))}
    assert keys <= languages.texts("fr").keys()


def test_texts_that_are_put_together_exist() -> None:
    table = languages.texts("fr")
    for reason in {*reasons._BY_CODE.values(), *reasons._AUTHENTICATIONS.values(), "refused"}:
        assert {f"reason.{reason}", f"reason.{reason}.advice"} <= table.keys()
    assert {f"test.{case}" for _, case in TEST_CARDS} <= table.keys()
    assert {f"issuer.{outcome}" for outcome in OUTCOMES} <= table.keys()


@pytest.mark.parametrize(
    ("asked", "code", "locale"),
    [
        ("fr-FR", "fr", "fr_FR"),
        ("fr_CH", "fr", "fr_CH"),
        ("FR", "fr", "fr"),
        ("it-IT", "it", "it_IT"),
        ("en", "en", "en"),
        ("de-DE", "en", "en"),
        ("fr-<x>", "fr", "fr"),
        ("fr-ZZZZ", "fr", "fr"),
        ("", "en", "en"),
    ],
)
def test_the_language_of_the_address(asked: str, code: str, locale: str) -> None:
    language = languages.choose(asked, NOBODY)
    assert (language.code, language.locale) == (code, locale)


def test_without_one_in_the_address_the_browser_decides() -> None:
    assert languages.choose(None, LanguageAccept([("it", 0.9), ("de", 1)])).code == "it"
    assert languages.choose("fr", LanguageAccept([("it", 1)])).code == "fr"


@pytest.mark.parametrize(
    ("asked", "amount", "currency", "text"),
    [
        ("fr", 1234567, "eur", "12\u202f345,67\u00a0€"),
        ("en-GB", 1234567, "eur", "€12,345.67"),
        ("it", 1234567, "eur", "12.345,67\u00a0€"),
        ("en", 500, "jpy", "¥500"),
        ("fr", 500, "jpy", "500\u00a0JPY"),
    ],
)
def test_amounts_are_written_as_readers_write_them(asked: str, amount: int, currency: str, text: str) -> None:
    assert languages.choose(asked, NOBODY).amount(amount, currency).replace("JP¥", "¥") == text


def test_a_lost_or_stolen_card_is_not_called_so() -> None:
    assert {reasons.of_code(code) for code in ("41", "42", "43", "04", "07", "59", "7840")} == {"blocked"}
    for code in languages.NAMES:
        text = languages.texts(code)["reason.blocked"] + languages.texts(code)["reason.blocked.advice"]
        assert not re.search(r"perdu|vol|lost|stolen|smarr|rub", text, re.IGNORECASE)

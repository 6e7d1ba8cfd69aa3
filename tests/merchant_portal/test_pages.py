"""Every page renders in three languages, within its size, with landmarks and a title; catalogues are complete."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from flask import Flask

import merchant_portal
from merchant_portal import i18n

from .conftest import Browser, sign_in_as
from .fake_core import FakeCore
from .fake_rows import TERMINAL, dispute, payment, payout
from .fake_webhooks import EVENT, delivery, webhook

PACKAGE = Path(merchant_portal.__file__).parent
PUBLIC = ["/inscription", "/connexion", "/mot-de-passe", "/conditions", "/design", "/confirmation/x"]
SIGNED_IN = [
    "/",
    "/paiements",
    "/paiements?q=zzz",
    f"/paiements/{payment()['id']}",
    f"/paiements/{payment()['id']}/rembourser",
    "/remboursements",
    "/contestations",
    f"/contestations/{dispute()['id']}",
    "/contestations?statut=a_traiter&q=CMD-1",
    "/reversements",
    f"/reversements/{payout()['id']}",
    "/terminal",
    "/statistiques",
    "/statistiques?jours=7",
    "/horloge",
    "/boutiques",
    "/boutiques/creer",
    "/cles",
    "/webhooks",
    f"/webhooks/{webhook()['id']}",
    f"/webhooks/{webhook()['id']}/evenements/{EVENT['id']}",
    "/journal",
    "/parametres",
    "/aide",
    "/nothing",
]
LARGEST_PAGE = 150 * 1024


def assets(page: str) -> Iterator[Path]:
    for name in set(re.findall(r'/static/([^"?]+)', page)):
        yield PACKAGE / "static" / name


def check(page: str, language: str) -> None:
    assert f'<html lang="{language}">' in page
    assert page.count("<main") == page.count("<h1") == 1
    assert re.search(r"<title>[^<]+ · Comptoir</title>", page)
    assert len(page.encode()) + sum(path.stat().st_size for path in assets(page)) < LARGEST_PAGE
    for name, identifier in re.findall(
        r'<input type="(?:text|email|password|search)" id="([^"]+)" name="([^"]+)"', page
    ):
        assert f'for="{name}"' in page, f"{identifier} has no label"
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids)), [name for name in ids if ids.count(name) > 1]


@pytest.mark.parametrize("language", ["fr", "en", "it"])
def test_public_pages_render(app: Flask, browser: Browser, language: str) -> None:
    for path in PUBLIC:
        answer = browser.get(path, headers={"Accept-Language": language})
        assert answer.status_code in (200, 410), path
        check(answer.text, language)


@pytest.mark.parametrize("language", ["fr", "en", "it"])
def test_signed_in_pages_render(app: Flask, browser: Browser, core: FakeCore, language: str) -> None:
    core.disputes, core.payouts, core.terminals = [dispute()], [payout()], [TERMINAL]
    core.webhooks.endpoints, core.webhooks.deliveries = [webhook()], [delivery("pending"), delivery("abandoned")]
    statuses = (
        None,
        "authorized",
        "to_capture",
        "capture_sent",
        "captured",
        "canceled",
        "refused",
        "failed",
        "expired",
        "disputed",
    )
    core.payments = [payment(number, status=status) for number, status in enumerate(statuses, start=1)]
    core.refunds = [
        {
            "id": "refd_1",
            "payment": payment()["id"],
            "amount": 500,
            "currency": "eur",
            "status": status,
            "created_at": "2026-11-23T10:00:00Z",
        }
        for status in ("payment_canceled", "to_refund", "refund_sent", "refunded", "failed", "not_honored")
    ]
    sign_in_as(app, browser, "owner", language)
    for path in SIGNED_IN:
        answer = browser.get(path)
        assert answer.status_code == (404 if path == "/nothing" else 200), path
        check(answer.text, language)
    for status in statuses:
        identifier = core.payments[statuses.index(status)]["id"]
        check(browser.get(f"/paiements/{identifier}").text, language)


def test_the_language_is_the_persons_choice(app: Flask, merchant: Browser) -> None:
    assert '<html lang="fr">' in merchant.get("/parametres", headers={"Accept-Language": "en"}).text
    merchant.post("/parametres/langue", {"language": "it", "next": "/aide"})
    assert '<html lang="it">' in merchant.get("/aide").text
    merchant.post("/parametres/langue", {"language": "xx"})
    assert '<html lang="it">' in merchant.get("/aide").text


def test_a_visitor_may_choose_too_and_french_is_the_default(app: Flask, browser: Browser) -> None:
    assert '<html lang="fr">' in browser.get("/connexion", headers={"Accept-Language": "de"}).text
    assert '<html lang="en">' in browser.get("/connexion", headers={"Accept-Language": "en-GB,fr;q=0.5"}).text
    browser.post("/parametres/langue", {"language": "it", "next": "/connexion"})
    assert '<html lang="it">' in browser.get("/connexion").text


def extracted() -> Catalog:
    """Every msgid of code and templates."""
    catalogue = Catalog()
    methods = [("**.py", "python"), ("templates/**.html", "jinja2"), ("templates/**.txt", "jinja2")]
    keywords = {"_": None, "gettext": None, "ngettext": (1, 2), "lazy_gettext": None}
    for _, _, message, _, context in extract_from_dir(str(PACKAGE), method_map=methods, keywords=keywords):
        catalogue.add(message, None, context=context)
    return catalogue


@pytest.mark.parametrize("language", ["en", "it"])
def test_catalogues_are_complete_and_hold_nothing_stale(language: str) -> None:
    with (PACKAGE / "translations" / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    wanted = {message.id for message in extracted() if message.id}
    assert len(wanted) > 400
    translated = {message.id: message for message in catalogue if message.id}
    assert wanted - translated.keys() == set()
    assert translated.keys() - wanted == set()
    for message in translated.values():
        texts = [message.string] if isinstance(message.string, str) else list(message.string)
        assert all(texts), message.id
        assert not message.fuzzy
        sources = [message.id] if isinstance(message.id, str) else list(message.id)
        marks = {mark for source in sources for mark in re.findall(r"%\(\w+\)s|%%", source)}
        for text in texts:
            assert set(re.findall(r"%\(\w+\)s|%%", text)) <= marks, message.id
            assert marks <= set(re.findall(r"%\(\w+\)s|%%", " ".join(texts))), message.id


def test_catalogues_are_compiled_when_stale(tmp_path: Path) -> None:
    folder = tmp_path / "en" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    source = folder / "messages.po"
    source.write_text('msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\nmsgid "Aide"\nmsgstr "Help"\n')
    assert i18n.compile_stale(tmp_path) == [folder / "messages.mo"]
    assert i18n.compile_stale(tmp_path) == []
    assert [path.name for path in folder.iterdir() if path.suffix == ".tmp"] == []
    assert i18n.usable_folder(tmp_path) == tmp_path


def test_a_process_that_may_not_write_compiles_for_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "it" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "messages.po").write_text('msgid ""\nmsgstr ""\n\nmsgid "Aide"\nmsgstr "Aiuto"\n')
    monkeypatch.setattr("merchant_portal.i18n.os.access", lambda *_: False)
    elsewhere = i18n.usable_folder(tmp_path)
    assert elsewhere != tmp_path
    assert (elsewhere / "it" / "LC_MESSAGES" / "messages.mo").exists()
    assert not (folder / "messages.mo").exists()

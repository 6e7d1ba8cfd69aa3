"""Sign-up and confirmation: clear errors beside fields, nothing told to strangers, links that work once."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from merchant_portal.db import db
from merchant_portal.models import Account, OutgoingMail, Person, SignUp

from .conftest import FORM, PASSWORD, Browser, FrozenClock, mailed_link
from .fake_core import FakeCore


def test_a_merchant_signs_up_confirms_and_lands_on_their_keys(app: Flask, browser: Browser, core: FakeCore) -> None:
    answer = browser.post("/inscription", FORM)
    assert answer.status_code == 303
    assert "marie@example.com" in browser.get("/inscription/envoyee").text
    answer = browser.get(mailed_link(app, "/confirmation/"))
    assert answer.status_code == 302
    assert answer.location == "/cles"
    page = browser.get("/cles")
    assert page.status_code == 200
    assert re.search(r"stest_\w{24}", page.text)
    assert re.search(r"ptest_\w{24}", page.text)
    assert "stest_" + "0" * 24 not in browser.get("/cles").text, "the secret is shown once"
    with app.app_context():
        account = db.session.query(Account).one()
        assert account.merchant_id in {row["id"] for row in core.merchants.values()}
        assert account.iban is None, "the bank account is the core's from then on"


def test_another_browser_must_sign_in_after_confirming(
    app: Flask, browser: Browser, other_browser: Browser, core: FakeCore
) -> None:
    browser.post("/inscription", FORM)
    answer = other_browser.get(mailed_link(app, "/confirmation/"))
    assert answer.location.startswith("/connexion")
    assert other_browser.get("/cles").status_code == 302


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("email", "", "Indiquez votre adresse"),
        ("email", "marie", "adresse complète"),
        ("email", "marie@localhost", "adresse complète"),
        ("password", "", "Indiquez un mot de passe"),
        ("password", "court", "au moins 12"),
        ("password", "x" * 129, "128"),
        ("password", "aaaaaaaaaaaaaaa", "répète ou aligne"),
        ("password", "azertyuiopqs", "répète ou aligne"),
        ("password", "motdepasse2026", "mot très courant"),
        ("password", "M0tDePasse!!!", "mot très courant"),
        ("password", "savonsmartin75", "nom de votre entreprise"),
        ("company", "", "nom de votre entreprise"),
        ("company", "x" * 65, "entre 2 et 64"),
        ("siren", "", "Indiquez le SIREN"),
        ("siren", "732829321", "relisez le SIREN"),
        ("siren", "73282932", "9 chiffres"),
        ("siren", "73282932000074", "9 premiers chiffres"),
        ("iban", "", "Indiquez l’IBAN"),
        ("iban", "FR7630006000011234567890188", "recopiez l’IBAN"),
        ("iban", "FR76300060000112345678901", "Il manque des caractères"),
        ("iban", "7630006000011234567890189", "deux lettres de pays"),
        ("iban", "SA0380000000608010167519", "zone SEPA"),
        ("terms", None, "Cochez la case"),
    ],
)
def test_a_wrong_field_is_explained_beside_it_and_nothing_typed_is_lost(
    app: Flask, browser: Browser, field: str, value: str | None, expected: str
) -> None:
    fields = {name: text for name, text in {**FORM, field: value}.items() if text is not None}
    answer = browser.post("/inscription", fields)
    assert answer.status_code == 422
    page = answer.text
    assert expected in page
    assert f'id="{field}-error"' in page
    for name, text in fields.items():
        if name not in ("password", "terms"):
            kept = re.findall(rf'name="{name}" value="([^"]*)"', page)[0]
            assert kept.replace(" ", "") == text.replace(" ", ""), name
    if field != "password":
        assert f'value="{PASSWORD}"' in page
    with app.app_context():
        assert db.session.query(SignUp).count() == 0


def test_a_known_address_gets_the_same_page_and_only_the_mail_says_so(
    app: Flask, browser: Browser, other_browser: Browser, core: FakeCore
) -> None:
    browser.post("/inscription", FORM)
    browser.get(mailed_link(app, "/confirmation/"))
    known = other_browser.post("/inscription", {**FORM, "password": "autre phrase de passe"})
    assert known.status_code == 303
    known_page = other_browser.get("/inscription/envoyee").text
    other_browser.post("/inscription", {**FORM, "email": "new@example.com"})
    new_page = other_browser.get("/inscription/envoyee").text.replace("new@example.com", "marie@example.com")
    strip = lambda page: re.sub(r'value="[^"]+"', "", page)  # noqa: E731  form tokens differ at every look
    assert strip(known_page) == strip(new_page)
    with app.app_context():
        assert db.session.query(Person).count() == 1
        assert db.session.query(OutgoingMail).filter_by(kind="known").count() == 1


def test_a_link_works_once(app: Flask, browser: Browser, other_browser: Browser, core: FakeCore) -> None:
    browser.post("/inscription", FORM)
    link = mailed_link(app, "/confirmation/")
    assert other_browser.get(link).status_code == 302
    again = other_browser.get(link)
    assert again.status_code == 410
    assert "déjà servi" in again.text
    with app.app_context():
        assert db.session.query(Account).count() == 1
        row = db.session.query(SignUp).one()
        assert (row.password_hash, row.iban) == (None, None)
        assert link.rsplit("/", 1)[-1] not in (row.token_hash, row.email), "only the hash is kept"


def test_a_link_expires(app: Flask, browser: Browser, clock: FrozenClock) -> None:
    browser.post("/inscription", FORM)
    link = mailed_link(app, "/confirmation/")
    clock.tick(hours=48, seconds=1)
    assert browser.get(link).status_code == 410
    with app.app_context():
        assert db.session.query(Person).count() == 0


def test_an_invented_link_is_refused(browser: Browser, app: Flask) -> None:
    assert browser.get("/confirmation/abc").status_code == 410


def test_sending_the_mail_again_replaces_the_link(
    app: Flask, browser: Browser, core: FakeCore, clock: FrozenClock
) -> None:
    browser.post("/inscription", FORM)
    first = mailed_link(app, "/confirmation/")
    clock.tick(seconds=30)
    browser.post("/inscription/renvoyer")
    second = mailed_link(app, "/confirmation/")
    assert first != second
    assert browser.get(first).status_code == 410
    assert browser.get(second).status_code == 302


def test_the_last_sign_up_of_an_address_does_not_inherit_an_earlier_ones_password(
    app: Flask, browser: Browser, other_browser: Browser, core: FakeCore, clock: FrozenClock
) -> None:
    other_browser.post("/inscription", {**FORM, "password": "phrase de quelqu un d autre"})
    clock.tick(seconds=5)
    browser.post("/inscription", FORM)
    browser.get(mailed_link(app, "/confirmation/"))
    wrong = other_browser.post("/connexion", {"email": FORM["email"], "password": "phrase de quelqu un d autre"})
    assert wrong.status_code == 422
    right = other_browser.post("/connexion", {"email": FORM["email"], "password": PASSWORD})
    assert right.status_code == 303


def test_an_absent_core_does_not_stop_the_confirmation(app: Flask, browser: Browser, core: FakeCore) -> None:
    core.down = True
    browser.post("/inscription", FORM)
    assert browser.get(mailed_link(app, "/confirmation/")).status_code == 302
    page = browser.get("/cles")
    assert page.status_code == 503
    assert page.headers["Retry-After"]
    core.down = False
    assert browser.get("/cles").status_code == 200
    assert len(core.merchants) == 1

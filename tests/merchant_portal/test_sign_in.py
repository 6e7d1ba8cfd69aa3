"""Sign-in, sign-out, limits, new passwords."""

from __future__ import annotations

import re

from flask import Flask

from merchant_portal.db import db
from merchant_portal.models import PasswordReset, WebSession

from .conftest import FORM, PASSWORD, Browser, FrozenClock, mailed_link, sign_in_as
from .fake_core import FakeCore

OWNER = "owner.fr@example.com"


def test_wrong_password_and_unknown_address_get_the_same_answer(app: Flask, browser: Browser, core: FakeCore) -> None:
    sign_in_as(app, Browser(app.test_client()), "owner")
    wrong = browser.post("/connexion", {"email": OWNER, "password": "pas le bon mot"})
    unknown = browser.post("/connexion", {"email": "x" + OWNER[1:], "password": "pas le bon mot"})
    assert wrong.status_code == unknown.status_code == 422
    assert "ne vont pas ensemble" in wrong.text
    assert "ne vont pas ensemble" in unknown.text


def test_an_unconfirmed_person_is_told_so_only_with_the_right_password(browser: Browser, app: Flask) -> None:
    browser.post("/inscription", FORM)
    right = browser.post("/connexion", {"email": FORM["email"], "password": PASSWORD})
    assert "pas encore confirmée" in right.text
    wrong = browser.post("/connexion", {"email": FORM["email"], "password": "autre chose ici"})
    assert "ne vont pas ensemble" in wrong.text


def test_five_wrong_passwords_make_this_browser_wait_but_nobody_else(
    app: Flask, browser: Browser, other_browser: Browser, core: FakeCore, clock: FrozenClock
) -> None:
    sign_in_as(app, other_browser, "owner")
    for _ in range(5):
        browser.post("/connexion", {"email": OWNER, "password": "pas le bon mot"})
    blocked = browser.post("/connexion", {"email": OWNER, "password": PASSWORD})
    assert blocked.status_code == 429
    assert int(blocked.headers["Retry-After"]) > 0
    assert OWNER in blocked.text, "what was typed stays"
    elsewhere = other_browser.post(
        "/connexion", {"email": OWNER, "password": PASSWORD}, headers={"X-Forwarded-For": "192.0.2.7"}
    )
    assert elsewhere.status_code == 303
    clock.tick(minutes=6)
    assert browser.post("/connexion", {"email": OWNER, "password": PASSWORD}).status_code == 303


def test_signing_in_leads_to_where_one_wanted_to_go_but_never_elsewhere(
    app: Flask, browser: Browser, core: FakeCore
) -> None:
    sign_in_as(app, Browser(app.test_client()), "owner")
    assert browser.get("/paiements?q=1").location == "/connexion?next=/paiements?q%3D1"
    fields = {"email": OWNER, "password": PASSWORD}
    assert browser.post("/connexion", {**fields, "next": "/paiements?q=1"}).location == "/paiements?q=1"
    for trap in ("https://evil.example", "//evil.example", "/\\evil.example", "javascript:1"):
        assert browser.post("/connexion", {**fields, "next": trap}).location == "/"


def test_signing_out_ends_the_session_even_for_a_copied_cookie(app: Flask, merchant: Browser) -> None:
    copied = Browser(app.test_client())
    cookie = merchant.client.get_cookie("__Host-comptoir", domain="portal.localhost")
    assert cookie is not None
    copied.client.set_cookie(
        "__Host-comptoir", cookie.value, domain="portal.localhost", secure=True, httponly=True, samesite="Lax"
    )
    assert copied.get("/parametres").status_code == 200
    assert merchant.post("/deconnexion").status_code == 303
    assert copied.get("/parametres").status_code == 302
    with app.app_context():
        assert db.session.query(WebSession).count() == 0


def test_a_session_ends_after_half_a_day_without_use(merchant: Browser, clock: FrozenClock) -> None:
    clock.tick(hours=11)
    assert merchant.get("/parametres").status_code == 200
    clock.tick(hours=11)
    assert merchant.get("/parametres").status_code == 200
    clock.tick(hours=12, seconds=1)
    assert merchant.get("/parametres").status_code == 302


def _without(email: str, text: str) -> str:
    """The page without the address it was asked with, nor its CSRF token, which has the second it was made in."""
    return re.sub(r'(name="csrf_token" value=)"[^"]+"', r"\1", text).replace(email, "")


def test_a_forgotten_password_is_changed_by_a_link_that_works_once(
    app: Flask, browser: Browser, other_browser: Browser, core: FakeCore
) -> None:
    sign_in_as(app, other_browser, "owner")
    known = browser.post("/mot-de-passe", {"email": OWNER})
    unknown = browser.post("/mot-de-passe", {"email": "nobody@example.com"})
    assert known.status_code == unknown.status_code == 200
    assert _without(OWNER, known.text) == _without("nobody@example.com", unknown.text)
    link = mailed_link(app, "/mot-de-passe/")
    assert browser.get(link).status_code == browser.get(link).status_code == 200, "looking spends nothing"
    assert browser.post(link, {"password": "court"}).status_code == 422
    assert browser.post(link, {"password": "une nouvelle phrase"}).status_code == 303
    assert browser.post(link, {"password": "encore une phrase"}).status_code == 410
    assert other_browser.get("/parametres").status_code == 302, "every session ended"
    assert browser.post("/connexion", {"email": OWNER, "password": "une nouvelle phrase"}).status_code == 303


def test_a_reset_link_expires(app: Flask, browser: Browser, core: FakeCore, clock: FrozenClock) -> None:
    sign_in_as(app, Browser(app.test_client()), "owner")
    browser.post("/mot-de-passe", {"email": OWNER})
    link = mailed_link(app, "/mot-de-passe/")
    clock.tick(hours=1, seconds=1)
    assert browser.get(link).status_code == 410


def test_an_address_is_mailed_only_a_few_times_an_hour(app: Flask, browser: Browser, core: FakeCore) -> None:
    sign_in_as(app, Browser(app.test_client()), "owner")
    for _ in range(8):
        assert browser.post("/mot-de-passe", {"email": OWNER}).status_code == 200
    with app.app_context():
        assert db.session.query(PasswordReset).count() == 5

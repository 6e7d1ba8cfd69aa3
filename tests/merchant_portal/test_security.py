"""CSRF, cookies, headers, roles."""

from __future__ import annotations

import pytest
from flask import Flask

from merchant_portal.signing_in import PUBLIC

from .conftest import ORIGIN, Browser, sign_in_as
from .fake_core import FakeCore
from .fake_rows import payment

UUID = "0b7f6c1e-2d0a-4c68-9f7e-000000000001"


def test_every_page_has_the_security_headers(browser: Browser, app: Flask) -> None:
    for path in ("/connexion", "/design", "/nothing-here", "/health"):
        headers = browser.get(path).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Cache-Control"] == "no-store"
        assert "max-age" in headers["Strict-Transport-Security"]


def test_pages_hold_no_inline_script_or_style(merchant: Browser, core: FakeCore) -> None:
    core.payments = [payment()]
    for path in (
        "/",
        "/paiements",
        f"/paiements/{payment()['id']}",
        "/boutiques/creer",
        "/cles",
        "/design",
        "/statistiques",
    ):
        page = merchant.get(path).text
        assert " style=" not in page
        assert "<style" not in page
        assert " onclick=" not in page
        assert page.count("<script") == page.count("<script src="), path


def test_the_session_cookie_is_locked_down(browser: Browser, app: Flask) -> None:
    cookie = browser.get("/connexion").headers["Set-Cookie"]
    assert cookie.startswith("__Host-comptoir=")
    for word in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert word in cookie
    assert "Domain=" not in cookie


def test_static_files_may_be_kept_and_carry_a_digest(browser: Browser, app: Flask) -> None:
    page = browser.get("/connexion").text
    assert "/static/css/tokens.css?v=" in page
    answer = browser.get("/static/css/tokens.css")
    assert "max-age=31536000" in answer.headers["Cache-Control"]


@pytest.mark.parametrize(
    "path",
    [
        "/inscription",
        "/connexion",
        "/mot-de-passe",
        "/deconnexion",
        "/parametres/langue",
        "/cles",
        "/horloge",
        f"/paiements/{payment()['id']}/rembourser",
        "/boutiques/creer",
        "/boutiques/btq_1/supprimer",
    ],
)
def test_a_post_without_its_token_is_refused_and_changes_nothing(merchant: Browser, core: FakeCore, path: str) -> None:
    core.payments = [payment()]
    answer = merchant.client.post(path, data={}, base_url=ORIGIN, headers={"Referer": ORIGIN + path})
    assert answer.status_code == 400
    assert "plus valable" in answer.text
    assert not core.calls_of("POST", "/keys")
    assert not core.calls_of("POST", "/clock")
    assert not core.calls_of("POST", "/refunds")


def test_a_post_from_another_site_is_refused(merchant: Browser) -> None:
    answer = merchant.post("/horloge", {"to": "day"}, headers={"Referer": "https://evil.example/"})
    assert answer.status_code == 400


def test_every_address_is_closed_unless_listed(app: Flask, browser: Browser) -> None:
    for rule in app.url_map.iter_rules():
        if rule.endpoint in PUBLIC or "GET" not in (rule.methods or set()):
            continue
        values = {name: UUID if name == "command_id" else "x" for name in rule.arguments}
        with app.test_request_context(base_url=ORIGIN):
            path = app.url_for(rule.endpoint, **values)
        answer = browser.get(path)
        assert answer.status_code == 302, path
        assert "/connexion" in answer.location


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        ("owner", {"refund", "keys", "clock", "boutique", "delete", "export", "journal", "network"}),
        ("manager", {"refund", "clock", "boutique", "export", "journal", "network"}),
        ("accountant", {"export"}),
        ("developer", {"keys", "clock"}),
        ("support", set()),
    ],
)
def test_each_role_may_do_what_the_domain_says(
    app: Flask, browser: Browser, core: FakeCore, role: str, allowed: set[str]
) -> None:
    core.payments = [payment()]
    sign_in_as(app, browser, role)
    identifier = payment()["id"]
    tries = {
        "refund": browser.get(f"/paiements/{identifier}/rembourser"),
        "keys": browser.get("/cles"),
        "clock": browser.post("/horloge", {"to": "day"}),
        "boutique": browser.get("/boutiques/creer"),
        "delete": browser.post("/boutiques/btq_1/supprimer"),
        "export": browser.get("/paiements/export.csv"),
        "journal": browser.get("/journal"),
        "network": browser.post("/parametres/reseau", {"network": "brand"}),
    }
    for name, answer in tries.items():
        assert (answer.status_code != 403) == (name in allowed), (role, name, answer.status_code)
    page = browser.get(f"/paiements/{identifier}")
    assert page.status_code == 200
    assert ("/rembourser" in page.text) == ("refund" in allowed), "no button that leads to a refusal"
    assert ('href="/cles"' in page.text) == ("keys" in allowed)

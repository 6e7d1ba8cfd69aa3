"""Paramètres."""

from __future__ import annotations

import json
import re

from flask import Flask

from merchant_portal.db import db
from merchant_portal.models import AuditEntry

from .conftest import Browser
from .fake_core import FakeCore
from .test_security import sign_in_as


def chosen(page: str) -> list[str]:
    return re.findall(r'name="network" value="(\w+)" aria-current="true"', page)


def test_the_network_preferred_on_co_badged_cards_is_chosen(app: Flask, merchant: Browser, core: FakeCore) -> None:
    assert chosen(merchant.get("/parametres").text) == ["national"]
    assert merchant.post("/parametres/reseau", {"network": "brand"}).status_code == 303
    assert chosen(merchant.get("/parametres").text) == ["brand"]
    merchant.post("/parametres/reseau", {"network": "visa"})
    (asked,) = core.calls_of("PATCH", "")
    assert json.loads(asked.body) == {"preferred_network": "brand"}
    with app.app_context():
        entries = db.session.query(AuditEntry).filter_by(action="network.changed").all()
    assert [entry.target for entry in entries] == ["brand"]


def label(page: str) -> str:
    (shown,) = re.findall(r'name="label"[^>]* value="([^"]*)"', page)
    return str(shown)


def test_the_label_on_bank_statements_is_chosen(app: Flask, merchant: Browser, core: FakeCore) -> None:
    page = merchant.get("/parametres").text
    assert (label(page), 'placeholder="LIBRAIRIE MARTIN"' in page) == ("", True)
    assert merchant.post("/parametres/libelle", {"label": " chez lea*livres "}).status_code == 303
    assert label(merchant.get("/parametres").text) == "CHEZ LEA*LIVRES"
    for wrong in ("X" * 23, "CAFÉ", "123", "-A"):
        answer = merchant.post("/parametres/libelle", {"label": wrong})
        assert (answer.status_code, len(core.calls_of("PATCH", ""))) == (422, 1), wrong
    merchant.post("/parametres/libelle", {"label": ""})
    bodies = [json.loads(asked.body) for asked in core.calls_of("PATCH", "")]
    assert bodies == [{"statement_label": "CHEZ LEA*LIVRES"}, {"statement_label": None}]
    with app.app_context():
        entries = db.session.query(AuditEntry).filter_by(action="label.changed").order_by(AuditEntry.id).all()
    assert [entry.target for entry in entries] == ["CHEZ LEA*LIVRES", "—"]


def test_who_only_reads_sees_the_network_and_cannot_choose(app: Flask, browser: Browser, core: FakeCore) -> None:
    sign_in_as(app, browser, "support")
    page = browser.get("/parametres").text
    assert 'id="network"' in page
    assert 'name="network"' not in page
    assert browser.post("/parametres/reseau", {"network": "brand"}).status_code == 403
    assert core.calls_of("PATCH", "") == []

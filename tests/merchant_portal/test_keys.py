"""Clés d’API."""

from __future__ import annotations

import uuid

from flask import Flask

from merchant_portal import key_access
from merchant_portal.db import db
from merchant_portal.models import AuditEntry
from payments_core.key_scopes import SCOPES

from .conftest import Browser
from .fake_core import FakeCore
from .fake_rows import NOW


def test_a_new_pair_is_shown_once_and_a_double_click_makes_one(merchant: Browser, core: FakeCore) -> None:
    merchant.get("/cles")
    fields = {"name": "Site", "key": str(uuid.uuid4())}
    first, second = merchant.post("/cles", fields), merchant.post("/cles", fields)
    assert first.status_code == second.status_code == 201
    assert len(core.keys) == 4, "the first pair and one more"
    secret = "stest_" + f"{2:024d}"
    assert secret in first.text
    assert secret not in merchant.get("/cles").text


def test_a_pair_needs_a_name(merchant: Browser, core: FakeCore) -> None:
    answer = merchant.post("/cles", {"name": " ", "key": str(uuid.uuid4())})
    assert answer.status_code == 422
    assert "Donnez un nom" in answer.text


def test_a_replaced_pair_goes_on_for_a_day(app: Flask, merchant: Browser, core: FakeCore) -> None:
    merchant.get("/cles")
    answer = merchant.post("/cles/key_0/renouveler", {"key": str(uuid.uuid4())})
    assert answer.status_code == 201
    assert "marche encore jusqu’au 24 nov. 2026 17:00" in answer.text
    assert "stest_" + f"{2:024d}" in answer.text
    assert [key["revoked_at"] for key in core.keys] == [None] * 4
    page = merchant.get("/cles").text
    assert page.count("remplacée</span>") == 2
    assert ("/cles/key_0/renouveler" in page, "/cles/key_2/renouveler" in page) == (False, True)
    assert "Clés révoquées ou remplacées" not in page
    again = merchant.post("/cles/key_0/renouveler", {"key": str(uuid.uuid4())})
    assert again.status_code == 303
    assert "a déjà été remplacée" in merchant.get("/cles").text
    assert len(core.keys) == 4
    for key in core.keys[:2]:
        key["expires_at"] = NOW
    assert "Clés révoquées ou remplacées (2)" in merchant.get("/cles").text
    assert merchant.post("/cles/key_2/revoquer").status_code == 303
    assert core.keys[2]["revoked_at"]
    with app.app_context():
        actions = [entry.action for entry in db.session.query(AuditEntry).order_by(AuditEntry.id)]
    assert actions[-3:] == ["keys.created", "keys.rotated", "keys.revoked"]


SHOWN = {
    "everything": "Tous les droits",
    "take": "Encaisser, sans rembourser",
    "take_and_refund": "Encaisser et rembourser",
    "read": "Lecture seule",
    "accounting": "Comptabilité",
}


def test_a_secret_key_gets_the_rights_that_were_chosen(merchant: Browser, core: FakeCore) -> None:
    merchant.get("/cles")
    for choice in key_access.SCOPES:
        fields = {"name": choice, "access": choice, "key": str(uuid.uuid4())}
        assert merchant.post("/cles", fields).status_code == 201
    page = merchant.get("/cles").text
    made = {key["name"]: key["scopes"] for key in core.keys if key["kind"] == "secret"}
    for choice, scopes in key_access.SCOPES.items():
        assert made[choice] == (None if scopes is None else list(scopes))
        assert f"{SHOWN[choice]}</span>" in page
    refused = merchant.post("/cles", {"name": "x", "access": "x", "key": str(uuid.uuid4())})
    assert refused.status_code == 422
    core.keys[0]["scopes"] = ["payouts:read"]
    assert "payouts:read" in merchant.get("/cles").text


def test_every_right_is_one_the_core_knows() -> None:
    for scopes in key_access.SCOPES.values():
        assert set(scopes or ()) <= SCOPES.keys()


def test_a_boutiques_keys_are_not_the_merchants_to_revoke(merchant: Browser, core: FakeCore) -> None:
    merchant.get("/cles")
    core.keys[0]["label"] = "btq_1"
    assert merchant.post("/cles/key_0/revoquer").status_code == 404
    assert core.keys[0]["revoked_at"] is None


def test_a_browser_that_looks_ahead_gets_no_secret(merchant: Browser, core: FakeCore) -> None:
    merchant.get("/cles", headers={"Sec-Purpose": "prefetch"})
    assert core.keys == []

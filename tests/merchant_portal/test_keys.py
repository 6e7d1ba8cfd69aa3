"""Clés d’API."""

from __future__ import annotations

import uuid

from flask import Flask

from merchant_portal.db import db
from merchant_portal.models import AuditEntry

from .conftest import Browser
from .fake_core import FakeCore


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


def test_rotation_keeps_the_old_key_until_it_is_revoked(app: Flask, merchant: Browser, core: FakeCore) -> None:
    merchant.get("/cles")
    answer = merchant.post("/cles/key_0/renouveler", {"key": str(uuid.uuid4())})
    assert answer.status_code == 201
    assert "marche encore" in answer.text
    assert core.keys[0]["revoked_at"] is None
    assert merchant.post("/cles/key_0/revoquer").status_code == 303
    assert core.keys[0]["revoked_at"]
    with app.app_context():
        actions = [entry.action for entry in db.session.query(AuditEntry).order_by(AuditEntry.id)]
    assert actions[-3:] == ["keys.created", "keys.rotated", "keys.revoked"]


def test_a_boutiques_keys_are_not_the_merchants_to_revoke(merchant: Browser, core: FakeCore) -> None:
    merchant.get("/cles")
    core.keys[0]["label"] = "btq_1"
    assert merchant.post("/cles/key_0/revoquer").status_code == 404
    assert core.keys[0]["revoked_at"] is None


def test_a_browser_that_looks_ahead_gets_no_secret(merchant: Browser, core: FakeCore) -> None:
    merchant.get("/cles", headers={"Sec-Purpose": "prefetch"})
    assert core.keys == []

"""Webhooks."""

from __future__ import annotations

import json
import uuid

import pytest
from flask import Flask

from merchant_portal.db import db
from merchant_portal.models import AuditEntry

from .conftest import Browser, sign_in_as
from .fake_core import FakeCore
from .fake_webhooks import EVENT, delivery, webhook

ONE = f"/webhooks/{webhook()['id']}"


def key() -> dict[str, str]:
    return {"key": str(uuid.uuid4())}


def test_a_new_webhooks_secret_is_shown_once_and_a_double_click_makes_one(merchant: Browser, core: FakeCore) -> None:
    fields = {"url": "https://exemple.fr/hook", "events": ["payment.*", "payment.created", "refund.created"], **key()}
    first, second = merchant.post("/webhooks", fields), merchant.post("/webhooks", fields)
    assert first.status_code == second.status_code == 201
    assert [item["events"] for item in core.webhooks.endpoints] == [["payment.*", "refund.created"]]
    assert f"{1:064x}" in first.text
    assert "whsec_1=" in first.text
    assert f"{1:064x}" not in merchant.get(ONE).text + merchant.get("/webhooks").text


def test_no_event_ticked_means_all_of_them(merchant: Browser, core: FakeCore) -> None:
    merchant.post("/webhooks", {"url": "https://exemple.fr/hook", **key()})
    assert core.webhooks.endpoints[0]["events"] is None
    assert "tous les événements" in merchant.get("/webhooks").text


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "Indiquez l’adresse de votre serveur"),
        ("http://exemple.fr/hook", "commencer par https://"),
        ("https://moi:secret@exemple.fr/", "commencer par https://"),
    ],
)
def test_a_wrong_address_is_explained_beside_the_field(merchant: Browser, core: FakeCore, url: str, words: str) -> None:
    answer = merchant.post("/webhooks", {"url": url, **key()})
    assert answer.status_code == 422
    assert words in answer.text
    assert core.webhooks.endpoints == []


@pytest.mark.parametrize(
    ("refusal", "words"),
    [
        ((422, "bad_url", {"field": "url", "why": "own_host"}), "celle de Comptoir"),
        ((422, "bad_url", {"field": "url", "why": "address_refused"}), "adresse publique"),
        ((422, "bad_url", {"field": "url", "why": "bad_address"}), "sans identifiant ni mot de passe"),
        ((422, "unknown_event_type", {"field": "events", "type": "payment.eaten"}), "payment.eaten n’existe pas"),
        ((409, "too_many_webhooks", {"most": 20}), "déjà 20 webhooks"),
    ],
)
def test_the_cores_no_is_said_beside_the_field_and_nothing_typed_is_lost(
    merchant: Browser, core: FakeCore, refusal: tuple[int, str, dict[str, object]], words: str
) -> None:
    core.webhooks.refusal = refusal
    answer = merchant.post("/webhooks", {"url": "https://exemple.fr/hook", "events": ["refund.*"], **key()})
    assert answer.status_code == refusal[0]
    assert words in answer.text
    assert 'value="https://exemple.fr/hook"' in answer.text
    assert 'value="refund.*" checked' in answer.text


def test_a_webhook_is_changed_and_turned_off(merchant: Browser, core: FakeCore) -> None:
    core.webhooks.endpoints = [webhook()]
    assert 'value="payment.*" checked' in merchant.get(ONE).text
    assert merchant.post(ONE, {"url": "https://exemple.fr/autre", "events": ["refund.*"], **key()}).status_code == 303
    changed = core.webhooks.endpoints[0]
    assert (changed["url"], changed["events"], changed["enabled"]) == ("https://exemple.fr/autre", ["refund.*"], False)
    assert "Désactivé" in merchant.get(ONE).text
    merchant.post(ONE, {"url": "https://exemple.fr/autre", "enabled": "y", **key()})
    assert (changed["events"], changed["enabled"]) == (None, True)


def test_a_server_that_answered_410_is_said_to_be_gone(merchant: Browser, core: FakeCore) -> None:
    core.webhooks.endpoints = [webhook(enabled=False, disabled_reason="gone")]
    assert "votre serveur a répondu 410" in merchant.get("/webhooks").text


def test_a_renewed_secret_is_shown_once_with_the_end_of_the_old_one(merchant: Browser, core: FakeCore) -> None:
    core.webhooks.endpoints = [webhook()]
    answer = merchant.post(f"{ONE}/renouveler", {"overlap": "3600", **key()})
    assert answer.status_code == 201
    assert f"{9:064x}" in answer.text
    assert "signe encore jusqu’au" in answer.text
    later = merchant.get(ONE).text
    assert f"{9:064x}" not in later
    assert "deux signatures jusqu’au" in later
    (asked,) = core.calls_of("POST", "/rotate")
    assert json.loads(asked.body) == {"expires_in": 3600}
    assert merchant.post(f"{ONE}/renouveler", {"overlap": "12", **key()}).status_code == 303
    core.webhooks.refusal = (409, "rotation_in_progress", {})
    merchant.post(f"{ONE}/renouveler", {"overlap": "3600", **key()})
    assert "L’ancien secret est encore valable" in merchant.get(ONE).text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "statut 204 en 0,12 s"),
        ({"accepted": False, "status": None, "problem": "dns"}, "nom introuvable (DNS)"),
        ({"accepted": False, "status": 302, "problem": "redirect"}, "redirection, jamais suivie (302)"),
        ({"accepted": False, "status": None, "problem": "tls", "detail": "certificate has expired"}, "has expired"),
        ({"accepted": False, "status": None, "problem": "timeout"}, "10 secondes"),
        ({"accepted": False, "status": None, "problem": "address_refused"}, "adresse non publique"),
    ],
)
def test_the_tester_says_what_came_back(
    merchant: Browser, core: FakeCore, changes: dict[str, object], words: str
) -> None:
    core.webhooks.endpoints = [webhook()]
    core.webhooks.trial |= changes
    fields = key()
    assert merchant.post(f"{ONE}/essayer", fields).status_code == 303
    assert words in merchant.get(ONE).text


def test_deliveries_show_their_state_and_are_sent_again_once_per_click(merchant: Browser, core: FakeCore) -> None:
    core.webhooks.endpoints = [webhook()]
    core.webhooks.deliveries = [
        delivery("pending", attempts=2, status=503, problem="status"),
        delivery("delivered"),
        delivery("abandoned", status=None, problem="timeout"),
    ]
    page = merchant.get(ONE).text
    for words in ("Nouvel essai prévu", "réponse en erreur (503)", "Livré", "Abandonné", "10 secondes", "2 essais"):
        assert words in page
    only = merchant.get(f"{ONE}?etat=abandoned").text
    assert "Nouvel essai prévu" not in only
    fields, path = key(), f"{ONE}/evenements/{EVENT['id']}/renvoyer"
    assert [merchant.post(path, fields).status_code for _ in range(2)] == [303, 303]
    assert core.webhooks.redelivered == [webhook()["id"]]
    merchant.post(path, key())
    assert len(core.webhooks.redelivered) == 2


def test_an_events_body_is_shown_as_text(merchant: Browser, core: FakeCore) -> None:
    core.webhooks.endpoints = [webhook()]
    page = merchant.get(f"{ONE}/evenements/{EVENT['id']}").text
    assert "payment.captured" in page
    assert "&lt;script&gt;" in page
    assert "<script>alert" not in page


def test_a_boutiques_webhook_is_shown_but_neither_changed_nor_deleted(merchant: Browser, core: FakeCore) -> None:
    core.webhooks.endpoints = [webhook(managed=True)]
    page = merchant.get(ONE).text
    assert "géré par votre boutique" in page
    assert "Enregistrer" not in page
    assert merchant.post(f"{ONE}/supprimer").status_code == 303
    assert len(core.webhooks.endpoints) == 1


def test_deleting_is_written_in_the_journal(app: Flask, merchant: Browser, core: FakeCore) -> None:
    core.webhooks.endpoints = [webhook()]
    assert merchant.post(f"{ONE}/supprimer").status_code == 303
    assert core.webhooks.endpoints == []
    assert merchant.get(ONE).status_code == 404
    with app.app_context():
        entry = db.session.query(AuditEntry).order_by(AuditEntry.id.desc()).first()
    assert entry is not None
    assert (entry.action, entry.target) == ("webhooks.deleted", webhook()["url"])


def test_who_may_not_handle_keys_sees_no_webhooks(app: Flask, browser: Browser, core: FakeCore) -> None:
    sign_in_as(app, browser, "accountant")
    assert browser.get("/webhooks").status_code == 403
    assert browser.post("/webhooks", {"url": "https://exemple.fr/hook", **key()}).status_code == 403
    assert core.webhooks.endpoints == []

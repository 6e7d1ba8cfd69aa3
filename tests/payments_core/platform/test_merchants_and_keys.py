"""Merchants and their keys at the platform door."""

from __future__ import annotations

import re
from typing import Any

import pytest

from payments_core.text import statement_label
from tests.payments_core.platform.steps import ACCOUNT, Caller, error


def test_a_merchant_is_created_once_per_reference(call: Caller, merchant: str) -> None:
    again = call("POST", "/merchants", {**ACCOUNT, "name": "Other"})
    assert (again.status_code, again.json and again.json["id"]) == (200, merchant)
    found = call("GET", f"/merchants/{merchant}").json
    assert found is not None
    assert {name: found[name] for name in ("name", "siren", "iban_masked", "status", "language")} == {
        "name": "Librairie Martin",
        "siren": "732829320",
        "iban_masked": "FR14 … 2606",
        "status": "test_only",
        "language": "fr",
    }
    assert found["created_at"].endswith("Z")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"siren": "123456789"}, "bad_siren"),
        ({"iban": "FR1420041010050500013M02607"}, "bad_iban"),
        ({"email": "nobody"}, "invalid_request"),
        ({"country": "France"}, "invalid_request"),
        ({"surprise": 1}, "invalid_request"),
        ({"reference": None}, "invalid_request"),
    ],
)
def test_a_wrong_account_is_refused(call: Caller, changes: dict[str, Any], code: str) -> None:
    assert error(call("POST", "/merchants", {**ACCOUNT, **changes})) == (422, code)


def test_the_network_a_merchant_prefers_is_changed(call: Caller, merchant: str) -> None:
    path = f"/merchants/{merchant}"
    assert call("GET", path).json["preferred_network"] == "national"  # type: ignore[index]
    assert call("PATCH", path, {"preferred_network": "brand"}).json["preferred_network"] == "brand"  # type: ignore[index]
    for wrong in ({"preferred_network": "visa"}, {"preferred_network": None}, {}, {"name": "Other"}):
        assert error(call("PATCH", path, wrong)) == (422, "invalid_request")
    assert call("GET", path).json["preferred_network"] == "brand"  # type: ignore[index]


def test_the_label_on_payers_bank_statements_is_the_name_until_it_is_chosen(call: Caller, merchant: str) -> None:
    path = f"/merchants/{merchant}"
    made = call("GET", path).json["statement_label"]  # type: ignore[index]
    assert re.fullmatch(r"[A-Z0-9 ]{1,22}", made)
    assert call("GET", path).json["statement_label_chosen"] is None  # type: ignore[index]
    assert call("PATCH", path, {"statement_label": "LEA*LIVRES 75"}).json["statement_label"] == "LEA*LIVRES 75"  # type: ignore[index]
    for wrong in ("", "lea", "É", "123", " LEA", "LEA ", "X" * 23, "LEA\n"):
        assert error(call("PATCH", path, {"statement_label": wrong})) == (422, "invalid_request"), wrong
    assert call("PATCH", path, {"statement_label": None}).json["statement_label"] == made  # type: ignore[index]


def test_keys_are_shown_once_listed_without_secrets_and_revoked(call: Caller, merchant: str) -> None:
    made = call("POST", f"/merchants/{merchant}/keys", {"name": "Caisse", "label": "btq_1"}).json
    assert made is not None
    assert made["secret"]["value"].startswith("stest_")
    assert made["public"]["value"].startswith("ptest_")
    again = call("POST", f"/merchants/{merchant}/keys", {"name": "Caisse", "label": "btq_1"}).json
    listed = call("GET", f"/merchants/{merchant}/keys").json
    assert again is not None
    assert listed is not None
    assert len(listed["keys"]) == 4
    assert {key["value"] for key in listed["keys"] if key["kind"] == "secret"} == {None}
    assert sum(key["revoked_at"] is None for key in listed["keys"]) == 2
    assert call("GET", f"/merchants/{merchant}/keys?live=true").json == {"keys": []}
    live = call("POST", f"/merchants/{merchant}/keys", {"name": "Live", "live": True}).json
    assert live is not None
    assert live["secret"]["value"].startswith("sprod_")
    assert call("DELETE", f"/merchants/{merchant}/keys/{live['secret']['id']}").status_code == 200
    assert call("DELETE", f"/merchants/{merchant}/keys?label=btq_1").json == {"revoked": 2}
    assert error(call("DELETE", f"/merchants/{merchant}/keys")) == (422, "invalid_request")


def test_a_key_is_restricted_and_replaced(call: Caller, merchant: str) -> None:
    path = f"/merchants/{merchant}/keys"
    assert error(call("POST", path, {"name": "x", "scopes": ["payments:sing"]})) == (422, "unknown_scope")
    made = call("POST", path, {"name": "Site", "scopes": ["refunds:write", "payments:read"]}).json
    assert made is not None
    assert (made["secret"]["scopes"], made["public"]["scopes"]) == (["payments:read", "refunds:write"], None)
    address = f"{path}/{made['secret']['id']}/rotate"
    assert error(call("POST", address, {"overlap_hours": 721})) == (422, "bad_overlap")
    assert error(call("POST", address, {"overlap_hours": "24"})) == (422, "invalid_request")
    first = call("POST", address, {"overlap_hours": 48}, Idempotency_Key="k-1")
    again = call("POST", address, {"overlap_hours": 48}, Idempotency_Key="k-1")
    assert (first.status_code, first.json) == (201, again.json)
    assert error(call("POST", address)) == (409, "key_replaced")
    listed = {key["id"]: key for key in call("GET", path).json["keys"]}  # type: ignore[index]
    assert len(listed) == 4
    assert listed[made["public"]["id"]]["expires_at"] == "2026-09-17T08:00:00.000Z"
    replaced, successor = listed[made["secret"]["id"]], first.json["secret"]  # type: ignore[index]
    assert replaced["expires_at"] == "2026-09-17T08:00:00.000Z"
    assert (successor["name"], successor["scopes"], successor["expires_at"]) == ("Site", replaced["scopes"], None)
    assert successor["value"].startswith("stest_")
    assert error(call("POST", f"{path}/key_1/rotate")) == (404, "not_found")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Élodie & Cie", "ELODIE CIE"),
        ("Librairie des Grands Boulevards", "LIBRAIRIE DES GRANDS B"),
        ("Кафе Пушкин", "KAFE PUSHKIN"),
        ("1664", "BOUTIQUE 1664"),
        ("!!!", "BOUTIQUE"),
    ],
)
def test_every_name_has_a_label(name: str, shown: str) -> None:
    assert statement_label(name) == shown

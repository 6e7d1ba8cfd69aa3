"""The platform door: who may come in, what is written down, what every body and answer has in common."""

from __future__ import annotations

import re

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from payments_core.db import db
from payments_core.models import AuditEntry
from tests.payments_core.conftest import TOKENS
from tests.payments_core.platform.steps import Caller, error


def test_health_needs_no_token(client: FlaskClient) -> None:
    assert client.get("/health").status_code == 200


def test_without_a_token_of_ours_nothing_is_answered(client: FlaskClient, call: Caller) -> None:
    for authorization in ("", "Bearer ", "Bearer nobody", f"Basic {TOKENS['portal']}", TOKENS["portal"]):
        call.headers["Authorization"] = authorization
        assert error(call("GET", "/ledger/check")) == (401, "unauthorized")


def test_the_provisioner_may_use_only_what_it_needs(client: FlaskClient, merchant: str) -> None:
    call = Caller(client, "provisioner")
    assert call("GET", f"/merchants/{merchant}").status_code == 200
    assert call("GET", f"/merchants/{merchant}/keys").status_code == 200
    assert call("POST", f"/merchants/{merchant}/keys", {"name": "x"}).status_code == 201
    url = {"url": "https://atelier.localhost/module/comptoir/webhook"}
    assert call("PUT", f"/merchants/{merchant}/webhook_endpoints/btq_1", url).status_code == 200
    for method, path in [
        ("POST", "/merchants"),
        ("GET", f"/merchants/{merchant}/payments"),
        ("GET", f"/merchants/{merchant}/balance"),
        ("POST", f"/merchants/{merchant}/clock"),
        ("GET", "/ledger/check"),
    ]:
        assert error(call(method, path, {} if method == "POST" else None)) == (403, "forbidden")


def test_a_change_names_the_acting_person_and_is_audited(core_app: Flask, call: Caller, merchant: str) -> None:
    del call.headers["Comptoir-Acting-Person"]
    assert error(call("POST", f"/merchants/{merchant}/keys", {"name": "x"})) == (422, "acting_person_missing")
    assert call("GET", f"/merchants/{merchant}").status_code == 200
    with core_app.app_context():
        entries = db.session.scalars(select(AuditEntry)).all()
        assert [(one.service, one.person, one.action) for one in entries] == [
            ("portal", "ada@exemple.fr", "create_merchant")
        ]


def test_unknown_things_are_404_everywhere(call: Caller, merchant: str) -> None:
    nobody = "/merchants/mrch_" + "x" * 24
    for method, path in [
        ("GET", nobody),
        ("PATCH", nobody),
        ("GET", f"{nobody}/keys"),
        ("POST", f"{nobody}/keys"),
        ("POST", f"{nobody}/keys/key_1/rotate"),
        ("DELETE", f"{nobody}/keys/key_1"),
        ("DELETE", f"{nobody}/keys?label=x"),
        ("PUT", f"{nobody}/webhook_endpoints/x"),
        ("DELETE", f"{nobody}/webhook_endpoints/x"),
        ("GET", f"{nobody}/payments"),
        ("GET", f"{nobody}/payments/paym_1"),
        ("POST", f"{nobody}/payments/paym_1/refunds"),
        ("POST", f"{nobody}/payments/paym_1/capture"),
        ("GET", f"{nobody}/refunds"),
        ("GET", f"{nobody}/balance"),
        ("GET", f"{nobody}/dashboard"),
        ("GET", f"{nobody}/clock"),
        ("POST", f"{nobody}/clock"),
    ]:
        sent = {"name": "x"} if path.endswith("/keys") else {"days": 1} if path.endswith("clock") else None
        sent = {"url": "https://x.localhost/"} if method == "PUT" else sent
        sent = {"preferred_network": "brand"} if method == "PATCH" else sent
        assert error(call(method, path, sent)) == (404, "not_found"), path
    assert error(call("GET", f"/merchants/{merchant}/payments/paym_1")) == (404, "not_found")
    assert error(call("DELETE", f"/merchants/{merchant}/keys/key_1")) == (404, "not_found")
    assert call("GET", "/nothing").status_code == 404
    assert call("DELETE", f"/merchants/{merchant}").status_code == 405


def test_unknown_fields_are_refused_by_name(core_app: Flask, call: Caller, merchant: str) -> None:
    """Every address of the platform API that takes a body, proof itself excepted: its body is the file."""
    arguments = {"merchant_id": merchant}
    asked = []
    for rule in core_app.url_map.iter_rules():
        for method in rule.methods & {"POST", "PUT", "PATCH"}:  # type: ignore[operator]
            if not rule.endpoint.startswith("platform.") or rule.endpoint == "platform.add_evidence_file":
                continue
            path = re.sub(r"<(\w+)>", lambda found: arguments.get(found[1], "none_1"), rule.rule)
            answer = call(method, path.removeprefix("/platform/v1"), {"colour": "red"})
            if answer.status_code == 404:  # what it is about is looked for first
                continue
            asked.append(rule.endpoint)
            assert error(answer) == (422, "invalid_request"), rule
            assert "colour" in answer.json["error"]["params"]["fields"], rule  # type: ignore[index]
    assert len(asked) > 6


def test_a_body_is_as_large_as_its_route_allows(call: Caller, merchant: str) -> None:
    path = f"/merchants/{merchant}/keys"
    assert error(call("POST", path, {"name": "x" * 256 * 1024}))[0] == 413
    assert error(call("PUT", f"/merchants/{merchant}/disputes/dspt_1/evidence", {"text": "x" * 256 * 1024}))[0] == 404


def test_a_webhook_endpoint_is_put_and_deleted_by_label(call: Caller, merchant: str) -> None:
    path = f"/merchants/{merchant}/webhook_endpoints/btq_1"
    first = call("PUT", path, {"url": "https://a.localhost/hook"}).json
    second = call("PUT", path, {"url": "https://b.localhost/hook"}).json
    assert first is not None
    assert second is not None
    assert (first["id"], first["secret"]) == (second["id"], second["secret"])
    assert len(bytes.fromhex(first["secret"])) == 32
    assert call("DELETE", path).json == {"deleted": True}
    assert call("DELETE", path).json == {"deleted": False}
    assert error(call("PUT", path, {"url": "http://a.example/"})) == (422, "bad_url")


def test_an_idempotency_key_answers_the_same_and_creates_once(call: Caller, merchant: str) -> None:
    path, wanted = f"/merchants/{merchant}/keys", {"name": "Caisse"}
    first = call("POST", path, wanted, Idempotency_Key="k-1")
    again = call("POST", path, wanted, Idempotency_Key="k-1")
    assert (again.status_code, again.json) == (first.status_code, first.json)
    assert len(call("GET", path).json["keys"]) == 2  # type: ignore[index]
    assert error(call("POST", path, {"name": "Other"}, Idempotency_Key="k-1")) == (409, "idempotency_mismatch")
    wrong = call("POST", path, {}, Idempotency_Key="k-2")
    assert error(wrong) == (422, "invalid_request")
    assert error(call("POST", path, {}, Idempotency_Key="k-2")) == (422, "invalid_request")


def test_a_body_that_is_no_json_object_is_told_so(client: FlaskClient, call: Caller, merchant: str) -> None:
    path = f"/platform/v1/merchants/{merchant}/keys"
    broken = client.post(path, data="{", headers={**call.headers, "Content-Type": "application/json"})
    assert error(broken) == (400, "bad_request")
    assert error(call("POST", f"/merchants/{merchant}/keys", ["name"])) == (422, "bad_json")

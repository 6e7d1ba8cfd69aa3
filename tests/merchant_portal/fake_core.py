"""The core as the portal sees it over HTTP: a small table of answers behind the `responses` library, for unit tests only."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

import requests
import responses

from .fake_rows import BATCHES, LINES, NOW, detail, dispute
from .fake_webhooks import FakeWebhooks

BASE = "http://platform.test/platform/v1"


Answer = tuple[int, dict[str, str], str]


@dataclass
class FakeCore:
    """Registers itself in a `responses` mock; `calls_of` tells what was asked."""

    mock: responses.RequestsMock
    payments: list[dict[str, Any]] = field(default_factory=list)
    keys: list[dict[str, Any]] = field(default_factory=list)
    refunds: list[dict[str, Any]] = field(default_factory=list)
    merchants: dict[str, dict[str, Any]] = field(default_factory=dict)
    clock: dict[str, Any] = field(default_factory=lambda: {"now": NOW, "offset_seconds": 0, "advancing_to": None})
    disputes: list[dict[str, Any]] = field(default_factory=list)
    payouts: list[dict[str, Any]] = field(default_factory=list)
    balances: list[dict[str, Any]] = field(default_factory=lambda: [_BALANCE])
    terminals: list[dict[str, Any]] = field(default_factory=list)
    webhooks: FakeWebhooks = field(default_factory=FakeWebhooks)
    dispute_error: tuple[int, str, dict[str, Any]] | None = None
    refund_error: tuple[int, str, dict[str, Any]] | None = None
    down: bool = False
    answers: dict[str, Answer] = field(default_factory=dict)

    def __post_init__(self) -> None:
        merchant = rf"{re.escape(BASE)}/merchants/mrch_\w+"
        routes = {
            ("POST", rf"{re.escape(BASE)}/merchants$"): self._create_merchant,
            ("GET", rf"{merchant}$"): lambda r: _json(200, next(iter(self.merchants.values()))),
            ("PATCH", rf"{merchant}$"): self._change_merchant,
            ("GET", rf"{merchant}/keys\?"): lambda r: _json(200, {"keys": self.keys}),
            ("POST", rf"{merchant}/keys$"): self._create_keys,
            ("POST", rf"{merchant}/keys/\w+/rotate$"): self._rotate,
            ("DELETE", rf"{merchant}/keys/\w+$"): self._revoke,
            ("GET", rf"{merchant}/payments\?"): self._list,
            ("GET", rf"{merchant}/payments/paym_\w+$"): self._one,
            ("POST", rf"{merchant}/payments/paym_\w+/refunds$"): self._refund,
            ("GET", rf"{merchant}/refunds\?"): lambda r: _json(200, {"refunds": self.refunds, "next": None}),
            ("GET", rf"{merchant}/balance\?"): lambda r: _json(200, {"balances": self.balances}),
            ("GET", rf"{merchant}/dashboard\?"): lambda r: _json(200, _DASHBOARD),
            ("GET", rf"{merchant}/clock$"): lambda r: _json(200, self.clock),
            ("POST", rf"{merchant}/clock$"): self._advance,
            ("GET", rf"{merchant}/disputes\?"): lambda r: _json(200, {"disputes": self.disputes, "next": None}),
            ("GET", rf"{merchant}/disputes/dspt_\w+$"): lambda r: self._first(self.disputes),
            ("PUT", rf"{merchant}/disputes/dspt_\w+/evidence$"): lambda r: self._first(self.disputes),
            ("POST", rf"{merchant}/disputes/dspt_\w+/evidence/files"): self._disputed,
            ("POST", rf"{merchant}/disputes/dspt_\w+/(evidence/send|accept)$"): self._disputed,
            ("DELETE", rf"{merchant}/disputes/dspt_\w+/evidence/files/\w+$"): self._disputed,
            ("POST", rf"{merchant}/payments/paym_\w+/simulate/dispute$"): self._disputed,
            ("GET", rf"{merchant}/payouts\?"): lambda r: _json(200, {"payouts": self.payouts, "next": None}),
            ("GET", rf"{merchant}/payouts/pout_\w+$"): lambda r: self._first(self.payouts),
            ("GET", rf"{merchant}/payouts/pout_\w+/lines"): lambda r: _json(200, {"lines": LINES, "next": None}),
            ("POST", rf"{merchant}/payouts/resume"): lambda r: _json(200, {}),
            ("GET", rf"{merchant}/terminals\?"): lambda r: _json(200, {"terminals": self.terminals, "next": None}),
            ("PATCH", rf"{merchant}/terminals/term_\w+"): lambda r: self._first(self.terminals),
            ("GET", rf"{merchant}/terminals/term_\w+/batches"): lambda r: _json(200, {"batches": BATCHES}),
            **self.webhooks.routes(merchant),
        }
        for (method, url), answer in routes.items():
            self.mock.add_callback(method, re.compile(url), self._guarded(answer))

    def calls_of(self, method: str, ending: str) -> list[Any]:
        """Requests whose path ends so."""
        return [
            call.request
            for call in self.mock.calls
            if call.request.method == method and str(call.request.url).partition("?")[0].endswith(ending)
        ]

    def _guarded(self, answer: Any) -> Any:
        def checked(request: Any) -> Answer:
            if self.down:
                raise requests.ConnectionError("core is down")
            assert request.headers["Authorization"] == "Bearer portal-token"
            assert request.headers["Comptoir-Acting-Person"]
            key = request.headers.get("Idempotency-Key")
            if request.method == "POST":
                assert key
                if key in self.answers:
                    return self.answers[key]
            made: Answer = answer(request)
            if key:
                self.answers[key] = made
            return made

        return checked

    def _first(self, items: list[dict[str, Any]]) -> Answer:
        return _json(200, items[0]) if items else _error(404, "not_found", {})

    def _disputed(self, request: Any) -> Answer:
        if self.dispute_error:
            return _error(*self.dispute_error)
        return self._first(self.disputes or [dispute()])

    def _create_merchant(self, request: Any) -> Answer:
        body = json.loads(request.body)
        known = body["reference"] in self.merchants
        row = {
            **body,
            "id": f"mrch_{len(self.merchants) + 1:024d}",
            "iban_masked": "FR76 •••• 189",
            "status": "test_only",
            "preferred_network": "national",
            "statement_label": "LIBRAIRIE MARTIN",
            "statement_label_chosen": None,
            "created_at": NOW,
        }
        merchant = self.merchants.setdefault(body["reference"], row)
        return _json(200 if known else 201, merchant)

    def _change_merchant(self, request: Any) -> Answer:
        merchant = next(iter(self.merchants.values()))
        changes = json.loads(request.body)
        merchant.update(changes)
        if "statement_label" in changes:
            merchant["statement_label_chosen"] = changes["statement_label"]
            merchant["statement_label"] = changes["statement_label"] or "LIBRAIRIE MARTIN"
        return _json(200, merchant)

    def _create_keys(self, request: Any) -> Answer:
        body = json.loads(request.body)
        return self._pair(body["name"], body.get("scopes"))

    def _rotate(self, request: Any) -> Answer:
        """The pair of a secret key follows it in the list, as it was made."""
        key_id = request.url.split("/keys/")[1].split("/")[0]
        place = next(place for place, key in enumerate(self.keys) if key["id"] == key_id)
        if self.keys[place]["expires_at"]:
            return _error(409, "key_replaced", {})
        for key in self.keys[place : place + 2]:
            key["expires_at"] = "2026-11-24T16:00:00.000Z"
        return self._pair(self.keys[place]["name"], self.keys[place]["scopes"])

    def _pair(self, name: str, scopes: list[str] | None) -> Answer:
        made = {}
        for kind in ("secret", "public"):
            number, value = len(self.keys), f"{kind[0]}test_{len(self.keys):024d}"
            key = {
                "id": f"key_{number}",
                "kind": kind,
                "live": False,
                "name": name,
                "label": None,
                "scopes": scopes if kind == "secret" else None,
                "prefix": f"{kind[0]}test_",
                "last4": value[-4:],
                "value": value if kind == "public" else None,
                "created_at": NOW,
                "last_used_at": None,
                "revoked_at": None,
                "expires_at": None,
            }
            self.keys.append(key)
            made[kind] = {**key, "value": value}
        return _json(201, made)

    def _revoke(self, request: Any) -> Answer:
        for key in self.keys:
            if request.url.endswith("/" + key["id"]):
                key["revoked_at"] = NOW
        return _json(200, {})

    def _list(self, request: Any) -> Answer:
        query = request.params
        status = set(filter(None, query.get("status", "").split(",")))
        found = [
            item
            for item in self.payments
            if (not status or str(item["status"]) in status) and query.get("q", "") in str(item["order_id"])
        ]
        start, limit = int(query.get("cursor") or 0), int(query.get("limit") or 50)
        more = start + limit < len(found)
        return _json(200, {"payments": found[start : start + limit], "next": str(start + limit) if more else None})

    def _one(self, request: Any) -> Answer:
        wanted = request.url.rsplit("/", 1)[-1]
        found = next((item for item in self.payments if item["id"] == wanted), None)
        if found is None:
            return _json(
                404, {"error": {"code": "not_found", "message": "", "params": {"kind": "payment", "id": wanted}}}
            )
        return _json(200, detail(found))

    def _refund(self, request: Any) -> Answer:
        if self.refund_error:
            status, code, params = self.refund_error
            return _error(status, code, params)
        asked = json.loads(request.body)
        amount = asked["amount"]
        wanted = request.url.split("/payments/")[1].split("/")[0]
        item = next(item for item in self.payments if item["id"] == wanted)
        if asked["seen"] != item["refundable"]:
            return _error(409, "changed_meanwhile", {"refundable": item["refundable"]})
        item["refunded"] += amount
        item["refundable"] -= amount
        made = {
            "id": f"refd_{len(self.refunds)}",
            "payment": wanted,
            "amount": amount,
            "currency": "eur",
            "status": "to_refund",
            "created_at": NOW,
        }
        self.refunds.append(made)
        return _json(201, made)

    def _advance(self, request: Any) -> Answer:
        self.clock["advancing_to"] = json.loads(request.body)["to"]
        return _json(202, self.clock)


_BALANCE = {"currency": "eur", "pending": 1000, "held": 2000, "available": 3000, "in_transit": 400}


_DASHBOARD = {
    "days": [{"date": "2026-11-23", "count": 2, "amount": 9000, "currency": "eur"}],
    "efficiency": {"accepted": 9, "failed": 1, "by_response": [{"response": "51", "count": 1}]},
}


def _error(status: int, code: str, params: dict[str, Any]) -> Answer:
    return _json(status, {"error": {"code": code, "message": "no", "params": params}})


def _json(status: int, content: dict[str, Any]) -> Answer:
    return status, {"Content-Type": "application/json"}, json.dumps(content)

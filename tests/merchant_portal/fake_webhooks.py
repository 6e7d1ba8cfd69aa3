"""The core's answers about webhooks: endpoints that are kept, changed and deleted; a fixed page of deliveries."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

NOW = "2026-11-23T16:00:00.000Z"
TYPES = {"payment": ["payment.created", "payment.captured"], "refund": ["refund.created"]}
EVENT = {
    "id": "evt_" + "1" * 24,
    "type": "payment.captured",
    "created": 1_795_449_600,
    "live_mode": False,
    "api_version": "v2",
    "version": 4,
    "object": "paym_" + "1" * 24,
    "data": {"id": "paym_" + "1" * 24, "description": "<script>alert(1)</script>"},
}
Answer = tuple[int, dict[str, str], str]


def webhook(number: int = 1, **changes: Any) -> dict[str, Any]:
    """A merchant's own endpoint as the platform API shows it."""
    return {
        "id": f"we_{number:024d}",
        "url": f"https://exemple.fr/webhook/{number}",
        "live": False,
        "managed": False,
        "enabled": True,
        "disabled_reason": None,
        "events": ["payment.*"],
        "previous_expires_at": None,
        "created_at": NOW,
        **changes,
    }


def delivery(state: str = "delivered", **changes: Any) -> dict[str, Any]:
    """The event above on its way to an endpoint."""
    return {
        "id": f"dlvr_{state}",
        "webhook": webhook()["id"],
        "event": EVENT["id"],
        "type": EVENT["type"],
        "object": EVENT["object"],
        "version": 4,
        "state": state,
        "attempts": 1,
        "status": 200,
        "problem": None,
        "created_at": NOW,
        "next_attempt_at": NOW if state == "pending" else None,
        "delivered_at": NOW if state == "delivered" else None,
        **changes,
    }


@dataclass
class FakeWebhooks:
    """`trial` is what the tester answers; `refusal` (status, code, params) is the answer to every change."""

    endpoints: list[dict[str, Any]] = field(default_factory=list)
    deliveries: list[dict[str, Any]] = field(default_factory=list)
    redelivered: list[str] = field(default_factory=list)
    refusal: tuple[int, str, dict[str, Any]] | None = None
    trial: dict[str, Any] = field(
        default_factory=lambda: {
            "event": EVENT["id"],
            "accepted": True,
            "status": 204,
            "duration_ms": 120,
            "problem": None,
            "detail": None,
        }
    )

    def routes(self, merchant: str) -> dict[tuple[str, str], Any]:
        """Method and address, and what answers."""
        one = rf"{merchant}/webhooks/we_\w+"
        return {
            ("GET", rf"{merchant}/webhooks\?"): lambda r: _json(200, {"webhooks": self.endpoints, "types": TYPES}),
            ("POST", rf"{merchant}/webhooks\?"): self._create,
            ("GET", rf"{one}\?"): self._read,
            ("PATCH", rf"{one}\?"): self._change,
            ("DELETE", rf"{one}\?"): self._delete,
            ("POST", rf"{one}/rotate\?"): self._rotate,
            ("POST", rf"{one}/test\?"): lambda r: _json(200, self.trial),
            ("GET", rf"{one}/deliveries\?"): self._list,
            ("GET", rf"{merchant}/events/evt_\w+\?"): lambda r: _json(200, EVENT),
            ("POST", rf"{merchant}/events/evt_\w+/redeliver\?"): self._redeliver,
        }

    def _create(self, request: Any) -> Answer:
        if self.refusal:
            return _error(*self.refusal)
        body = json.loads(request.body)
        made = webhook(len(self.endpoints) + 1, url=body["url"], events=body["events"])
        self.endpoints.insert(0, made)
        return _json(201, made | _secret(len(self.endpoints)))

    def _read(self, request: Any) -> Answer:
        found = self._found(request)
        return _json(200, found | {"types": TYPES}) if found else _missing()

    def _change(self, request: Any) -> Answer:
        found = self._found(request)
        if self.refusal:
            return _error(*self.refusal)
        if found is None:
            return _missing()
        found.update(json.loads(request.body))
        return _json(200, found)

    def _delete(self, request: Any) -> Answer:
        self.endpoints.remove(self._found(request))
        return _json(200, {"deleted": True})

    def _rotate(self, request: Any) -> Answer:
        found = self._found(request)
        if self.refusal:
            return _error(*self.refusal)
        assert found is not None
        found["previous_expires_at"] = NOW if json.loads(request.body)["expires_in"] else None
        return _json(200, found | _secret(9))

    def _list(self, request: Any) -> Answer:
        wanted = request.params.get("state")
        shown = [item for item in self.deliveries if not wanted or item["state"] == wanted]
        return _json(200, {"deliveries": shown, "next": None})

    def _redeliver(self, request: Any) -> Answer:
        if self.refusal:
            return _error(*self.refusal)
        self.redelivered.append(json.loads(request.body)["webhook"])
        return _json(200, delivery("pending", attempts=0))

    def _found(self, request: Any) -> dict[str, Any] | None:
        path = request.url.partition("?")[0].split("/webhooks/")[1].split("/")[0]
        return next((item for item in self.endpoints if item["id"] == path), None)


def _secret(number: int) -> dict[str, str]:
    return {"secret": f"{number:064x}", "standard_secret": f"whsec_{number}="}


def _missing() -> Answer:
    return _error(404, "not_found", {"kind": "webhook_endpoint"})


def _error(status: int, code: str, params: dict[str, Any]) -> Answer:
    return _json(status, {"error": {"code": code, "message": "no", "params": params}})


def _json(status: int, content: dict[str, Any]) -> Answer:
    return status, {"Content-Type": "application/json"}, json.dumps(content)

"""All HTTP to the core's platform API: one session, one time-out, one error for "no" and one for "no answer"."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from merchant_portal.errors import PaymentsRefused, PaymentsUnavailable

TIMEOUT_SECONDS = (1.0, 10.0)  # connect, read
PATIENT_SECONDS = (1.0, 20.0)  # where the core itself waits up to ten seconds for somebody else
Json = dict[str, Any]


class PaymentsClient:
    """Speaks for one person at a time: `acting` names who is audited by the core."""

    def __init__(
        self, platform_url: str, token: str, live: bool = False, language: Callable[[], str] = lambda: "fr"
    ) -> None:
        self._base = f"{platform_url}/platform/v1"
        self._live = live
        self._language = language
        self._session = requests.Session()
        self._session.trust_env = False  # a proxy of the environment has no business between two of our services
        # Only a failed connection is tried again: nothing has been asked yet, so nothing can happen twice.
        self._session.mount("http://", HTTPAdapter(max_retries=Retry(connect=2, read=0, status=0, backoff_factor=0.1)))
        self._session.headers["Authorization"] = f"Bearer {token}"

    # Merchants

    def create_merchant(self, acting: str, body: Json) -> Json:
        """Makes the merchant of an account; the same `reference` again gives the same merchant."""
        return self._call("POST", "/merchants", acting, body=body, key=body["reference"])

    def merchant(self, acting: str, merchant: str) -> Json:
        """Name, masked IBAN, status …"""
        return self._call("GET", f"/merchants/{quote(merchant)}", acting)

    def label_statements(self, acting: str, merchant: str, label: str | None) -> Json:
        """What payers read on their bank statement; None: made from the merchant's name."""
        return self._call("PATCH", f"/merchants/{quote(merchant)}", acting, body={"statement_label": label})

    def prefer_network(self, acting: str, merchant: str, network: str) -> Json:
        """`national` or `brand`: marked beforehand where the payer of a co-badged card chooses."""
        return self._call("PATCH", f"/merchants/{quote(merchant)}", acting, body={"preferred_network": network})

    # Keys

    def keys(self, acting: str, merchant: str) -> list[Json]:
        """Every key of this mode, revoked ones too."""
        return list(self._call("GET", f"/merchants/{quote(merchant)}/keys", acting, query=self._mode())["keys"])

    def create_keys(self, acting: str, merchant: str, name: str, scopes: list[str] | None, key: str) -> Json:
        """A new pair {secret, public}; `secret.value` is told only this once. `scopes` restricts it, None opens everything."""
        body = {"name": name, "live": self._live, **({"scopes": scopes} if scopes is not None else {})}
        return self._call("POST", f"/merchants/{quote(merchant)}/keys", acting, body=body, key=key)

    def rotate_key(self, acting: str, merchant: str, key_id: str, key: str) -> Json:
        """A new pair {secret, public} like that of a secret key, whose own pair goes on for a day."""
        path = f"/merchants/{quote(merchant)}/keys/{quote(key_id)}/rotate"
        return self._call("POST", path, acting, body={}, key=key)

    def revoke_key(self, acting: str, merchant: str, key_id: str) -> None:
        """The key opens nothing any more."""
        self._call("DELETE", f"/merchants/{quote(merchant)}/keys/{quote(key_id)}", acting)

    # Webhooks

    def webhooks(self, acting: str, merchant: str) -> Json:
        """{webhooks, types}: every endpoint, and the event types by noun."""
        return self._call("GET", self._webhook(merchant), acting, query=self._mode())

    def webhook(self, acting: str, merchant: str, webhook: str) -> Json:
        """One endpoint, without its secret, and the event types."""
        return self._call("GET", self._webhook(merchant, webhook), acting, query=self._mode())

    def create_webhook(self, acting: str, merchant: str, body: Json, key: str) -> Json:
        """A new endpoint; `secret` and `standard_secret` are told only this once."""
        return self._call("POST", self._webhook(merchant), acting, query=self._mode(), body=body, key=key)

    def change_webhook(self, acting: str, merchant: str, webhook: str, body: Json) -> Json:
        """Changes url, events or enabled."""
        return self._call("PATCH", self._webhook(merchant, webhook), acting, query=self._mode(), body=body)

    def delete_webhook(self, acting: str, merchant: str, webhook: str) -> None:
        """Nothing more is sent to it."""
        self._call("DELETE", self._webhook(merchant, webhook), acting, query=self._mode())

    def rotate_webhook(self, acting: str, merchant: str, webhook: str, seconds: int, key: str) -> Json:
        """A new secret, told only this once; the former one signs beside it for so many seconds."""
        path, body = f"{self._webhook(merchant, webhook)}/rotate", {"expires_in": seconds}
        return self._call("POST", path, acting, query=self._mode(), body=body, key=key)

    def test_webhook(self, acting: str, merchant: str, webhook: str, key: str) -> Json:
        """What came back: {accepted, status, duration_ms, problem, detail}."""
        path = f"{self._webhook(merchant, webhook)}/test"
        return self._call("POST", path, acting, query=self._mode(), body={}, key=key, timeout=PATIENT_SECONDS)

    def deliveries(self, acting: str, merchant: str, webhook: str, query: Mapping[str, Any]) -> Json:
        """One page {deliveries, next}; `query` takes state, limit, cursor."""
        wanted = {**self._mode(), **{name: value for name, value in query.items() if value}}
        return self._call("GET", f"{self._webhook(merchant, webhook)}/deliveries", acting, query=wanted)

    def event(self, acting: str, merchant: str, event: str) -> Json:
        """Exactly what is sent."""
        path = f"/merchants/{quote(merchant)}/events/{quote(event)}"
        return self._call("GET", path, acting, query=self._mode())

    def redeliver(self, acting: str, merchant: str, webhook: str, event: str, key: str) -> Json:
        """Sends an event to an endpoint again."""
        path = f"/merchants/{quote(merchant)}/events/{quote(event)}/redeliver"
        return self._call("POST", path, acting, query=self._mode(), body={"webhook": webhook}, key=key)

    # Payments

    def payments(self, acting: str, merchant: str, query: Mapping[str, Any]) -> Json:
        """One page {payments, next}; `query` takes q, status, from, to, limit, cursor."""
        wanted = {**self._mode(), **{name: value for name, value in query.items() if value}}
        return self._call("GET", f"/merchants/{quote(merchant)}/payments", acting, query=wanted)

    def all_payments(self, acting: str, merchant: str, query: Mapping[str, Any]) -> Iterator[Json]:
        """Every payment of the query, page after page."""
        cursor: str | None = None
        while True:
            page = self.payments(acting, merchant, {**query, "limit": 100, "cursor": cursor})
            yield from page["payments"]
            cursor = page["next"]
            if not cursor:
                return

    def payment(self, acting: str, merchant: str, payment: str) -> Json:
        """One payment with attempts, refunds, timeline and ledger lines."""
        return self._call("GET", f"/merchants/{quote(merchant)}/payments/{quote(payment)}", acting)

    def refund(self, acting: str, merchant: str, payment: str, amount: int, seen: int, key: str) -> Json:
        """Gives back `amount` (minor units) if still `seen` is refundable; the same key again gives the same refund."""
        path = f"/merchants/{quote(merchant)}/payments/{quote(payment)}/refunds"
        return self._call("POST", path, acting, body={"amount": amount, "seen": seen}, key=key)

    def capture(self, acting: str, merchant: str, payment: str, amount: int, key: str) -> Json:
        """Takes an authorized payment's money; a smaller amount releases the rest at once."""
        path = f"/merchants/{quote(merchant)}/payments/{quote(payment)}/capture"
        return self._call("POST", path, acting, body={"amount": amount}, key=key)

    def refunds(self, acting: str, merchant: str, query: Mapping[str, Any]) -> Json:
        """One page {refunds, next}."""
        wanted = {**self._mode(), **{name: value for name, value in query.items() if value}}
        return self._call("GET", f"/merchants/{quote(merchant)}/refunds", acting, query=wanted)

    def balances(self, acting: str, merchant: str) -> list[Json]:
        """One line per currency: pending, held, available, in_transit."""
        return list(self._call("GET", f"/merchants/{quote(merchant)}/balance", acting, query=self._mode())["balances"])

    # Disputes

    def disputes(self, acting: str, merchant: str, query: Mapping[str, Any]) -> Json:
        """One page {disputes, next}; `query` takes q, status, limit, cursor."""
        return self._page("disputes", acting, merchant, query)

    def dispute(self, acting: str, merchant: str, dispute: str) -> Json:
        """One dispute with its proof, timeline and ledger lines."""
        return self._call("GET", self._dispute(merchant, dispute), acting)

    def write_evidence(self, acting: str, merchant: str, dispute: str, text: str) -> Json:
        """Replaces the words of the draft."""
        return self._call("PUT", f"{self._dispute(merchant, dispute)}/evidence", acting, body={"text": text})

    def add_evidence_file(
        self, acting: str, merchant: str, dispute: str, name: str, kind: str, content: bytes, key: str
    ) -> Json:
        """Adds a piece of proof to the draft; the same key again gives the same file."""
        path = f"{self._dispute(merchant, dispute)}/evidence/files"
        return self._call("POST", path, acting, query={"name": name, "kind": kind}, raw=content, key=key)

    def remove_evidence_file(self, acting: str, merchant: str, dispute: str, file: str) -> None:
        """Takes a piece out of the draft."""
        self._call("DELETE", f"{self._dispute(merchant, dispute)}/evidence/files/{quote(file)}", acting)

    def send_evidence(self, acting: str, merchant: str, dispute: str) -> Json:
        """Sends the draft; nothing can be added afterwards."""
        path = f"{self._dispute(merchant, dispute)}/evidence/send"
        return self._call("POST", path, acting, key=f"send-{dispute}-{uuid.uuid4()}")

    def accept_dispute(self, acting: str, merchant: str, dispute: str) -> Json:
        """Gives in."""
        path = f"{self._dispute(merchant, dispute)}/accept"
        return self._call("POST", path, acting, key=f"accept-{dispute}-{uuid.uuid4()}")

    def simulate_dispute(self, acting: str, merchant: str, payment: str, key: str) -> Json:
        """Test mode: the payer's bank contests a captured payment."""
        path = f"/merchants/{quote(merchant)}/payments/{quote(payment)}/simulate/dispute"
        return self._call("POST", path, acting, body={}, key=key)

    # Payouts

    def payouts(self, acting: str, merchant: str, query: Mapping[str, Any]) -> Json:
        """One page {payouts, next}, newest first."""
        return self._page("payouts", acting, merchant, query)

    def payout(self, acting: str, merchant: str, payout: str) -> Json:
        """One payout with its sums, timeline and files."""
        return self._call("GET", f"/merchants/{quote(merchant)}/payouts/{quote(payout)}", acting)

    def payout_lines(self, acting: str, merchant: str, payout: str) -> Iterator[Json]:
        """Every line of a payout, page after page."""
        path, cursor = f"/merchants/{quote(merchant)}/payouts/{quote(payout)}/lines", ""
        while True:
            page = self._call("GET", path, acting, query={"limit": 100, "cursor": cursor})
            yield from page["lines"]
            cursor = page["next"] or ""
            if not cursor:
                return

    def resume_payouts(self, acting: str, merchant: str) -> None:
        """The owner confirmed the bank account after a transfer came back."""
        path = f"/merchants/{quote(merchant)}/payouts/resume"
        self._call("POST", path, acting, query=self._mode(), key=str(uuid.uuid4()))

    # Terminals

    def terminals(self, acting: str, merchant: str, query: Mapping[str, Any]) -> Json:
        """One page {terminals, next}."""
        return self._page("terminals", acting, merchant, query)

    def rename_terminal(self, acting: str, merchant: str, terminal: str, name: str) -> Json:
        """Gives a terminal another name."""
        path = f"/merchants/{quote(merchant)}/terminals/{quote(terminal)}"
        return self._call("PATCH", path, acting, query=self._mode(), body={"name": name})

    def batches(self, acting: str, merchant: str, terminal: str) -> list[Json]:
        """A terminal's latest telecollections, newest first."""
        path = f"/merchants/{quote(merchant)}/terminals/{quote(terminal)}/batches"
        return list(self._call("GET", path, acting, query={**self._mode(), "limit": 20})["batches"])

    def dashboard(self, acting: str, merchant: str, first_day: str, last_day: str) -> Json:
        """Days and efficiency of a period of ISO dates, both included."""
        query = {**self._mode(), "from": first_day, "to": last_day}
        return self._call("GET", f"/merchants/{quote(merchant)}/dashboard", acting, query=query)

    # Test clock

    def clock(self, acting: str, merchant: str) -> Json:
        """{now, offset_seconds, advancing_to}."""
        return self._call("GET", f"/merchants/{quote(merchant)}/clock", acting)

    def advance_clock(self, acting: str, merchant: str, to: str) -> Json:
        """Starts moving the merchant's test time to an ISO moment; the core works through what falls due."""
        return self._call("POST", f"/merchants/{quote(merchant)}/clock", acting, body={"to": to}, key=str(uuid.uuid4()))

    def _page(self, kind: str, acting: str, merchant: str, query: Mapping[str, Any]) -> Json:
        wanted = {**self._mode(), **{name: value for name, value in query.items() if value}}
        return self._call("GET", f"/merchants/{quote(merchant)}/{kind}", acting, query=wanted)

    @staticmethod
    def _dispute(merchant: str, dispute: str) -> str:
        return f"/merchants/{quote(merchant)}/disputes/{quote(dispute)}"

    @staticmethod
    def _webhook(merchant: str, webhook: str | None = None) -> str:
        path = f"/merchants/{quote(merchant)}/webhooks"
        return f"{path}/{quote(webhook)}" if webhook else path

    def _mode(self) -> dict[str, str]:
        return {"live": "true" if self._live else "false"}

    def _call(
        self,
        method: str,
        path: str,
        acting: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Json | None = None,
        raw: bytes | None = None,
        key: str | None = None,
        timeout: tuple[float, float] = TIMEOUT_SECONDS,
    ) -> Json:
        person = acting.encode("ascii", "replace").decode()
        headers = {"Comptoir-Acting-Person": person, "Accept-Language": self._language()}
        if key:
            headers["Idempotency-Key"] = key
        try:
            answer = self._session.request(
                method, self._base + path, params=query, json=body, data=raw, headers=headers, timeout=timeout
            )
        except requests.RequestException as err:
            raise PaymentsUnavailable() from err
        return _read(answer)


def _read(answer: requests.Response) -> Json:
    if answer.status_code >= 500 or answer.status_code in (401, 403):
        raise PaymentsUnavailable(status=answer.status_code)
    try:
        content = answer.json() if answer.content else {}
    except ValueError as err:
        raise PaymentsUnavailable(status=answer.status_code) from err
    if answer.ok:
        return dict(content)
    error = content.get("error") if isinstance(content, dict) else None
    error = error if isinstance(error, dict) else {}
    params = {name: value for name, value in (error.get("params") or {}).items() if name not in ("code", "message")}
    raise PaymentsRefused(
        str(error.get("code", "refused")), str(error.get("message", "")), http_status=answer.status_code, **params
    )

"""The other side of the model of histories: one merchant as its API, the platform and the bank's statements show it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from payments_core import clocks, create_app, keys, merchants
from payments_core.db import db
from payments_core.merchants import MerchantInput
from tests.payments_core.conftest import START, FrozenClock, _empty, config_for
from tests.payments_core.platform.steps import Caller as PlatformCaller
from tests.payments_core.public_door import Caller

Json = dict[str, Any]
_WHOLE = 100  # a page holds every object of a history


@dataclass
class Seen:
    """Everything shown of the merchant, by id, the payouts and events in their order."""

    payments: dict[str, Json]
    refunds: dict[str, Json]
    disputes: dict[str, Json]
    payouts: list[Json]
    events: dict[str, list[str]]
    balance: Json  # in euros
    foreign: dict[str, Json]  # in other currencies
    ledger: list[Json]


@dataclass
class HistoryShop:
    """Calls and looks. `api` and `platform` are applications on one database with one clock."""

    api: Flask
    platform_app: Flask
    clock: FrozenClock
    iban: str
    client: Caller = field(init=False)
    platform: PlatformCaller = field(init=False)
    _events: list[Json] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        """An empty database with one new merchant, who has a pair of test keys."""
        with self.api.app_context():
            _empty()
            wanted = MerchantInput("account-1", "Librairie Martin", "martin@exemple.fr", "732829320", self.iban)
            merchant, _ = merchants.create(wanted, self.clock())
            _, secret, public = keys.create_pair(merchant.id, False, "Clé", None, self.clock())
            assert public.value is not None
            self.client = Caller(self.api.test_client(use_cookies=False), merchant.id, secret, public.value)
        self.platform = PlatformCaller(self.platform_app.test_client())

    def ask_platform(self, method: str, path: str, json: Any = None, **headers: str) -> TestResponse:
        return self.platform(method, f"/merchants/{self.client.merchant_id}{path}", json, **headers)

    def advance(self, goal: datetime) -> None:
        """Asks for the goal and does what the worker does about it."""
        asked = self.ask_platform("POST", "/clock", {"to": goal.isoformat()})
        assert asked.status_code == 202, asked.get_data(as_text=True)
        with self.platform_app.app_context():
            clocks.advance(self.client.merchant_id)
            db.session.remove()
        clock = self.ask_platform("GET", "/clock").get_json()
        assert clock["advancing_to"] is None, clock

    def look(self) -> Seen:
        found = {
            name: {one["id"]: one for one in self._list(f"/v2/{name}?limit={_WHOLE}", name)}
            for name in ("payments", "refunds", "disputes")
        }
        shown = self.ask_platform("GET", f"/payments?limit={_WHOLE}").get_json()
        for one in shown["payments"]:
            found["payments"][one["id"]]["platform"] = one
            if one["currency"] != "eur":
                self._look_at_returns(one["id"], found)
        for one in self.ask_platform("GET", f"/disputes?limit={_WHOLE}").get_json()["disputes"]:
            found["disputes"][one["id"]]["platform"] = one
        payouts = self._list(f"/v2/payouts?limit={_WHOLE}", "payouts")
        balances = {one["currency"]: one for one in self.ask_platform("GET", "/balance").get_json()["balances"]}
        checked = self.platform("GET", "/ledger/check").get_json()
        return Seen(
            **found,
            payouts=sorted(payouts, key=lambda one: one["date"]),
            events=self._all_events(),
            balance=balances.pop("eur"),
            foreign=balances,
            ledger=checked["differences"],
        )

    def _look_at_returns(self, payment_id: str, found: dict[str, dict[str, Json]]) -> None:
        """What refunds and disputes of a payment in another currency cost in euros."""
        shown = self.ask_platform("GET", f"/payments/{payment_id}").get_json()
        for name in ("refunds", "disputes"):
            for one in shown[name]:
                found[name][one["id"]]["platform"] = one

    def inside(self, payout: Json, part: str) -> set[str]:
        """The ids of what a payout is made of."""
        return {one["id"] for one in self._list(f"/v2/payouts/{payout['id']}/{part}?limit={_WHOLE}", part)}

    def claims(self, reasons: dict[str, str]) -> dict[str, datetime]:
        """When payers' claims became disputes, or were found to be about nothing; `reasons` by payment."""
        self._read_events()
        found = {
            one["object"]: one["created"]
            for one in self._events
            if one["type"] == "payment.claim_refused" and one["object"] in reasons
        }
        for dispute in self._list(f"/v2/disputes?limit={_WHOLE}", "disputes"):
            if reasons.get(dispute["payment"]) == dispute["response"]:
                found[dispute["payment"]] = dispute["created"]
        return {payment: datetime.fromtimestamp(moment, UTC) for payment, moment in found.items()}

    def _list(self, path: str, name: str) -> list[Json]:
        body = self.client.get(path).get_json()
        assert not body["range"]["has_more"], f"more {name} than one page holds"
        found: list[Json] = body[name]
        return found

    def _all_events(self) -> dict[str, list[str]]:
        """Types by object in the order of their versions, which must count from 1 without gaps."""
        self._read_events()
        found: dict[str, list[str]] = {}
        for one in sorted(self._events, key=lambda one: (one["object"], one["version"])):
            types = found.setdefault(one["object"], [])
            types.append(one["type"])
            assert one["version"] == len(types), f"event {one['version']} of {one['object']} is its {len(types)}th"
        return found

    def _read_events(self) -> None:
        """The newest first, until all are known."""
        known = {one["id"] for one in self._events}
        start, count = 0, len(known) + 1
        while len(self._events) < count:
            body = self.client.get(f"/v2/events?limit={_WHOLE}&start={start}").get_json()
            self._events += [one for one in body["events"] if one["id"] not in known]
            start, count = start + _WHOLE, body["range"]["count"]


def opening(database_url: str, clock: FrozenClock) -> Callable[[str], HistoryShop]:
    """Opens a new merchant with this account, in an empty database and at the beginning of time."""
    api, platform = (create_app(config_for(database_url), clock, doors=(door,)) for door in ("public", "platform"))

    def start(iban: str) -> HistoryShop:
        clock.now = START
        return HistoryShop(api, platform, clock, iban)

    return start

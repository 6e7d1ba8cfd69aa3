"""kill -9 of core and its worker while merchants' code pays, captures and refunds: the same end as without."""

from __future__ import annotations

import contextlib
import itertools
import os
import random
import signal
import threading
from typing import Any

import pytest
import requests

from stack import health, supervision
from stack.state import State
from stack.story.platform import Platform, wait_for
from stack.web import Session

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e"), pytest.mark.timeout(600)]

CARD = {"number": "4000000000000077", "exp_month": 12, "exp_year": 2031, "cvc": "123"}  # captured at once


class Killer(threading.Thread):
    """Kills the named programs in turn, at seeded moments after the API and all of them answer again; a context manager.

    A worker that is killed before it ever worked would prove nothing, and on a slow machine nothing would ever be done.
    """

    def __init__(self, state: State, names: list[str], seed: int) -> None:
        super().__init__(daemon=True)
        self.state, self.names, self.random = state, names, random.Random(seed)
        self.over, self.kills = threading.Event(), 0

    def run(self) -> None:
        for name in itertools.cycle(self.names):
            wait_for(lambda: self.over.is_set() or self._answers(), "the API and what was killed answer again", 120)
            if self.over.wait(self.random.uniform(0.8, 3.0)):
                return
            for process in supervision.leftovers(self.state.instance, name):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process.pid, signal.SIGKILL)
            self.kills += 1

    def _answers(self) -> bool:
        try:
            well = Session(self.state).get(f"{self.state.url('api')}/health").ok
        except requests.RequestException:
            return False
        return well and all(
            one["state"] == health.HEALTHY for one in health.report(self.state) if one["name"] in self.names
        )

    def __enter__(self) -> Killer:
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.over.set()
        self.join()


def insist(web: Session, method: str, url: str, **options: Any) -> requests.Response:
    """What a careful client does: the same request, with the same key, until an answer that is not a failure of the road."""

    def attempt() -> list[requests.Response]:
        try:
            answer = web.request(method, url, **options)
        except requests.RequestException:
            return []
        return [answer] if answer.status_code < 500 else []  # an answer of 4xx is false by itself

    found: list[requests.Response] = wait_for(attempt, f"{method} {url}", 60)
    return found[0]


def pay_and_refund(web: Session, merchant: dict[str, Any], number: int) -> str:
    """One payment and one partial refund, each with keys of its own; returns the payment's id.

    A request that died under its key is answered 409 until its lease of 30 s is over, then finished by the next try.
    """
    auth, api = (merchant["keys"]["stest"], ""), merchant["api"]

    def post(path: str, key: str, body: dict[str, Any]) -> Any:
        def attempt() -> Any:
            answer = insist(web, "POST", api + path, json=body, auth=auth, headers={"Idempotency-Key": key})
            if answer.status_code == 200:
                return answer.json()
            assert answer.headers.get("Error-Code") == "idempotency_in_progress", (
                f"{path} {key}: {answer.status_code} {answer.text}"
            )
            return None

        return wait_for(attempt, f"{path} {key}", 150)

    body = {"amount": 1000 + number, "currency": "eur", "unique_id": f"kill-{number}", "card": CARD}
    identity = str(post("/v1/checkout", f"pay-{number}", body)["id"])
    post("/v1/refunds", f"refund-{number}", {"payment": identity, "amount": 100})
    return identity


def test_payments_and_refunds_through_kills_end_once(stack: State, web: Session, merchant: dict[str, Any]) -> None:
    platform, owner = Platform(stack), merchant["merchant"]
    with Killer(stack, ["core", "core-worker", "edge", "core"], seed=7) as killer:
        paid = []
        while killer.kills < 6 or len(paid) < 15:
            paid.append(pay_and_refund(web, merchant, len(paid)))
    assert len(set(paid)) == len(paid)
    for number, identity in enumerate(paid):
        payment = platform.payment(owner, identity)
        assert (payment["amount"], payment["status"]) == (1000 + number, "captured")
        assert [refund["amount"] for refund in payment["refunds"]] == [100]
        assert [attempt["result"] for attempt in payment["attempts"]].count("accepted") == 1
    every = platform.call("GET", f"/merchants/{owner}/dashboard?live=false")
    assert sum(day["count"] for day in every["days"]) == len(paid)

    with Killer(stack, ["core-worker", "platform"], seed=11):
        platform.advance(owner, 12)
    for identity in paid:
        assert [refund["status"] for refund in platform.payment(owner, identity)["refunds"]] == ["refunded"]
    assert platform.check_ledger() > 0

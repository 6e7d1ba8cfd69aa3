"""kill -9 of core and its worker while merchants' code pays, captures and refunds: the same end as without."""

from __future__ import annotations

import itertools
import os
import random
import signal
import threading
from typing import Any

import pytest
import requests

from stack import supervision
from stack.state import State
from stack.story.platform import Platform, wait_for
from stack.web import Session

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]

CARD = {"number": "4000000000000077", "exp_month": 12, "exp_year": 2031, "cvc": "123"}  # captured at once


class Killer(threading.Thread):
    """Kills the named programs, one after the other at seeded moments, until told to stop."""

    def __init__(self, state: State, names: list[str], seed: int) -> None:
        super().__init__(daemon=True)
        self.state, self.names, self.random = state, names, random.Random(seed)
        self.over, self.kills = threading.Event(), 0

    def run(self) -> None:
        for name in itertools.cycle(self.names):
            if self.over.wait(self.random.uniform(0.2, 1.2)):
                return
            for process in supervision.leftovers(self.state.instance, name):
                try:
                    os.kill(process.pid, signal.SIGKILL)
                except ProcessLookupError:
                    continue
                self.kills += 1

    def stop(self) -> None:
        self.over.set()
        self.join()


def insist(web: Session, method: str, url: str, **options: Any) -> requests.Response:
    """What a careful client does: the same request, with the same key, until an answer that is not a failure of the road."""

    def attempt() -> requests.Response | None:
        try:
            answer = web.request(method, url, **options)
        except requests.RequestException:
            return None
        return answer if answer.status_code < 500 else None

    found: requests.Response = wait_for(attempt, f"{method} {url}", 60)
    return found


def test_payments_and_refunds_through_kills_end_once(stack: State, web: Session, merchant: dict[str, Any]) -> None:
    auth, api, platform = (merchant["keys"]["stest"], ""), merchant["api"], Platform(stack)
    killer = Killer(stack, ["core", "core-worker", "edge", "core"], seed=7)
    killer.start()
    paid = []
    for number in range(25):
        body = {"amount": 1000 + number, "currency": "eur", "unique_id": f"kill-{number}", "card": CARD}
        options = {"json": body, "auth": auth, "headers": {"Idempotency-Key": f"pay-{number}"}}
        answer = insist(web, "POST", f"{api}/v1/checkout", **options)
        identity = answer.json()["id"] if answer.status_code == 200 else answer.json()["error"]["message"]["id"]
        paid.append(identity)
        refund = {
            "json": {"payment": identity, "amount": 100},
            "auth": auth,
            "headers": {"Idempotency-Key": f"refund-{number}"},
        }
        wait_for(
            lambda refund=refund: insist(web, "POST", f"{api}/v1/refunds", **refund).status_code == 200,
            f"refund {number}",
            60,
        )
    killer.stop()
    assert killer.kills > 10

    assert len(set(paid)) == 25
    for number, identity in enumerate(paid):
        payment = wait_for(
            lambda identity=identity: (
                (found := platform.payment(merchant["merchant"], identity))["status"] == "captured" and found
            ),
            f"{identity} captured",
        )
        assert payment["amount"] == 1000 + number
        assert [refund["amount"] for refund in payment["refunds"]] == [100]
        assert len([attempt for attempt in payment["attempts"] if attempt["result"] == "accepted"]) == 1
    assert len(platform.payments(merchant["merchant"])) == 25

    killer = Killer(stack, ["core-worker", "platform"], seed=11)
    killer.start()
    platform.advance(merchant["merchant"], 12)
    killer.stop()
    for identity in paid:
        payment = platform.payment(merchant["merchant"], identity)
        assert [refund["status"] for refund in payment["refunds"]] == ["refunded"]
    assert platform.check_ledger() > 0

"""What the story checks behind the scenes, through core's platform API."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from stack import settings
from stack.state import State
from stack.web import Session


class NotHeld(AssertionError):
    """A check of the story failed; the text says what was expected and what was found."""


def require(condition: bool, text: str) -> None:
    """Raises NotHeld with the text unless the condition holds."""
    if not condition:
        raise NotHeld(text)


def wait_for(find: Callable[[], Any], what: str, timeout_seconds: float = 60) -> Any:
    """Calls `find` until it returns something true; raises NotHeld naming `what` after the time-out.

    A road that fails meanwhile (OSError, which every error of requests is) counts as not yet.
    """
    deadline = time.monotonic() + timeout_seconds
    while True:
        try:
            found = find()
        except OSError as error:
            found = None
            last: object = error
        else:
            last = found
        if found:
            return found
        if time.monotonic() > deadline:
            raise NotHeld(f"{what}: not within {timeout_seconds:.0f} s (last: {last!r})")
        time.sleep(0.2)


@dataclass
class Platform:
    """The launcher's own access to core."""

    state: State

    def call(self, method: str, path: str, body: dict[str, Any] | None = None, key: str | None = None) -> Any:
        """JSON of a platform API call that succeeds; raises NotHeld otherwise. Retries while the process restarts."""
        headers = {
            "Authorization": f"Bearer {self.state.secret('platform-stack')}",
            "Comptoir-Acting-Person": "comptoir demo",
            "Idempotency-Key": key or str(uuid.uuid4()),
        }
        url = f"{settings.platform_url(self.state)}/platform/v1{path}"
        deadline = time.monotonic() + 60
        while True:
            try:
                answer = Session(self.state).request(method, url, json=body, headers=headers)
            except OSError:
                if time.monotonic() > deadline:
                    raise
            else:  # 409: the same question is still being answered, or its process died and its lease is not over
                if (
                    answer.status_code < 500 and "idempotency_in_progress" not in answer.text
                ) or time.monotonic() > deadline:
                    break
            time.sleep(0.2)
        require(answer.ok, f"{method} {path} answered {answer.status_code}: {answer.text[:300]}")
        return answer.json() if answer.content else None

    def payment(self, merchant: str, payment: str) -> dict[str, Any]:
        """One payment with its attempts, refunds, timeline and ledger lines."""
        return dict(self.call("GET", f"/merchants/{merchant}/payments/{payment}"))

    def payments(self, merchant: str, query: str = "") -> list[dict[str, Any]]:
        """The merchant's test payments, newest first."""
        return list(self.call("GET", f"/merchants/{merchant}/payments?live=false&limit=100&q={query}")["payments"])

    def payouts(self, merchant: str) -> list[dict[str, Any]]:
        """The merchant's test payouts, newest first."""
        return list(self.call("GET", f"/merchants/{merchant}/payouts?live=false&limit=100")["payouts"])

    def payout_lines(self, merchant: str, payout: str) -> list[dict[str, Any]]:
        """What a payout is made of."""
        return list(self.call("GET", f"/merchants/{merchant}/payouts/{payout}/lines?limit=100")["lines"])

    def advance(self, merchant: str, days: int) -> str:
        """Moves the merchant's test clock and waits until everything due on the way is done; returns its new time."""
        self.call("POST", f"/merchants/{merchant}/clock", {"days": days})
        wait_for(lambda: self._clock(merchant)["advancing_to"] is None, "the test clock arrives", 120)
        return str(self._clock(merchant)["now"])

    def _clock(self, merchant: str) -> dict[str, Any]:
        return dict(self.call("GET", f"/merchants/{merchant}/clock"))

    def check_ledger(self) -> int:
        """Number of ledger entries; raises NotHeld when a balance differs from the business records."""
        report = self.call("GET", "/ledger/check")
        require(report["balanced"], f"the ledger does not balance: {report['differences'][:5]}")
        return int(report["entries"])

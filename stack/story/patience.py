"""What a patient person does when a server is away for a moment: tries the same thing again."""

from __future__ import annotations

import time
from collections.abc import Callable

from playwright.sync_api import Error, Page

from stack.story.platform import NotHeld

PATIENCE_SECONDS = 120  # ten tries of the longest wait in a browser (browser.py)


def reach(page: Page, url: str) -> None:
    """Opens an address, again and again while the road to it fails (no connection, 502, 503, 504)."""

    def attempt() -> bool:
        response = page.goto(url)
        return response is None or response.status not in (500, 502, 503, 504)

    _insist(attempt, f"{url} stays out of reach")


def until(goal: Callable[[], bool], attempt: Callable[[], None], what: str) -> None:
    """Does `attempt` until `goal` holds. Each attempt is one a person would make: repeating it must be safe."""

    def once() -> bool:
        if goal():
            return True
        attempt()
        return goal()

    _insist(once, what)


def _insist(attempt: Callable[[], bool], what: str) -> None:
    deadline, last = time.monotonic() + PATIENCE_SECONDS, ""
    while time.monotonic() < deadline:
        try:
            if attempt():
                return
        except (Error, NotHeld, OSError) as error:  # refused, reset, timed out, element gone with its page, not yet so
            last = str(error).splitlines()[0]
        time.sleep(0.25)
    raise AssertionError(f"{what} ({last})")

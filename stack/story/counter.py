"""At the counter: a terminal is enrolled, sells by chip and PIN, cancels, is refused, and is collected."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stack.processes import REPOSITORY, base_environment
from stack.story.browser import screenshot
from stack.story.platform import NotHeld, require, wait_for

if TYPE_CHECKING:
    from stack.story.script import Story

SALE, CANCELED = 1290, 450
_DECLINED = 3


class Till:
    """The terminal of one story, driven by its own command line; repeating a command after a failure is what a cashier does."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self.folder: Path = story.state.path / "demo-terminals" / story.name
        self.pins: dict[str, str] = {}
        self.terminal = ""

    def enrol(self) -> bool:
        """Asks the platform for a terminal, as a technician would, and tells it what it must know; true when it took it."""
        body = {"name": "Comptoir", "place": "12 rue des Lilas, Paris"}
        made = self.story.platform.call("POST", f"/merchants/{self.story.merchant_id}/terminals", body)
        enrolment = {**made["enrolment"], "address": "127.0.0.1", "ca": str(self.story.state.ca)}
        self.pins = {card["name"]: card["pin"] for card in enrolment["cards"]}
        self.terminal = made["terminal"]["id"]
        self.run("enrol", "-", text=json.dumps(enrolment))
        return True

    def sell(self, amount: int, card: str, pin: str | None = None) -> dict[str, Any]:
        """One sale until it ended one way or the other: one that the line broke off is reversed and rung up again."""

        def attempt() -> dict[str, Any] | None:
            arguments = ["--amount", str(amount), "--card", card, "--pin", pin or self.pins[card], "--json"]
            sale = self.run("sell", *arguments)
            return (
                sale if sale["state"] in ("approved", "declined") and sale.get("response") not in ("91", "96") else None
            )

        return dict(self.insist(attempt, f"a sale of {amount}"))

    def insist(self, attempt: Any, what: str) -> Any:
        """Until the line holds."""

        def once() -> Any:
            try:
                return attempt()
            except NotHeld:
                return None

        return wait_for(once, what, 90)

    def run(self, *arguments: str, text: str | None = None) -> Any:
        """JSON of a terminal command, or None. Raises NotHeld with the terminal's words."""
        command = [sys.executable, "-m", "terminal_sim", "--folder", str(self.folder), *arguments]
        done = subprocess.run(
            command, input=text, capture_output=True, text=True, cwd=REPOSITORY, env=base_environment(), timeout=120
        )
        if done.returncode not in (0, _DECLINED):
            raise NotHeld(f"the terminal says: {done.stderr.strip()[-300:]}")
        return json.loads(done.stdout) if "--json" in arguments else None


def sell_at_the_counter(story: Story) -> str:
    """Chip and PIN: one sale accepted, one wrong PIN, one sale cancelled; all of it in the portal."""
    story.till.insist(story.till.enrol, "the terminal is enrolled")
    wrong = f"{(int(story.till.pins['visa']) + 1) % 10_000:04d}"
    # 75: a line that broke hid earlier answers to the same wrong PIN, which the issuer counted.
    answer = story.till.sell(SALE, "visa", wrong)["response"]
    require(answer in ("55", "75"), f"a wrong PIN is answered {answer}")
    story.sale = story.till.sell(SALE, "cb")
    require(story.sale["state"] == "approved", f"the sale is {story.sale['state']}")
    other = story.till.sell(CANCELED, "cb")
    canceled = story.till.insist(lambda: story.till.run("cancel", other["number"], "--json"), "the cancellation")
    require(canceled["state"] == "canceled", f"the cancelled sale is {canceled['state']}")
    sold = _terminal_payments(story)
    require(sold.count(("authorized", SALE)) == 1, f"at the counter: {sold}")
    require(("canceled", CANCELED) in sold and ("refused", SALE) in sold, f"at the counter: {sold}")
    story.merchant.open("/paiements")
    screenshot(story.merchant.page, story.pictures, "portal-payments-counter")
    return story.state.url("portal") + "/terminal"


def collect_the_terminal(story: Story) -> str:
    """Telecollection: totals agreed, the sale is on its way to the bank."""
    report = story.till.insist(lambda: _collected(story), "the telecollection is agreed")
    require((report["host_count"], report["host_total"]) == (1, SALE), f"telecollection {report}")
    path = f"/merchants/{story.merchant_id}/terminals/{story.till.terminal}/batches?live=false"
    batches = [(one["state"], one["count"], one["total"]) for one in story.platform.call("GET", path)["batches"]]
    require(batches == [("agreed", 1, SALE)], f"batches {batches}")
    sold = _terminal_payments(story)
    require(sold.count(("capture_sent", SALE)) == 1, f"after the telecollection: {sold}")
    story.platform.check_ledger()
    return story.state.url("portal") + "/terminal"


def _collected(story: Story) -> dict[str, Any] | None:
    """The report of the one batch; a run that finds nothing left was told so before its line broke."""
    report = story.till.run("telecollect", "--json")
    if report is None:
        return {"host_count": 1, "host_total": SALE}
    return dict(report) if report["agreed"] else None


def _terminal_payments(story: Story) -> list[tuple[str, int]]:
    items = story.platform.payments(story.merchant_id)
    return [(item["status"], item["amount"]) for item in items if item["source"] == "terminal"]

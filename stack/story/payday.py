"""The money reaches the merchant's bank: payouts, their lines to the cent, and what the portal says of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stack.story.browser import screenshot
from stack.story.platform import require

if TYPE_CHECKING:
    from stack.story.script import Story

AT_MOST_DAYS = 20


def be_paid_out(story: Story) -> str:
    """Day by day, until every captured payment of the story is in a payout that the bank has booked."""
    for _day in range(AT_MOST_DAYS):
        if not _missing(story):
            break
        story.platform.advance(story.merchant_id, 1)
    require(not _missing(story), f"not paid out {AT_MOST_DAYS} days later: {sorted(_missing(story))}")
    paid = [payout for payout in story.platform.payouts(story.merchant_id) if payout["status"] == "paid"]
    for payout in paid:
        _check_lines(story, payout)
    story.platform.check_ledger()
    story.merchant.open("/reversements")
    screenshot(story.merchant.page, story.pictures, "portal-payouts")
    newest = paid[0]["id"]
    story.merchant.open(f"/reversements/{newest}")
    screenshot(story.merchant.page, story.pictures, "portal-payout")
    return f"{story.state.url('portal')}/reversements/{newest}"


def _missing(story: Story) -> set[str]:
    """Payments whose money was captured and is in no payout that was paid."""
    inside = {
        line["reference"]
        for payout in story.platform.payouts(story.merchant_id)
        if payout["status"] == "paid"
        for line in story.platform.payout_lines(story.merchant_id, payout["id"])
    }
    captured = {
        item["id"]
        for item in story.platform.payments(story.merchant_id)
        if item["status"] in ("to_capture", "capture_sent", "captured", "disputed")
    }
    return captured - inside


def _check_lines(story: Story, payout: dict[str, Any]) -> None:
    """The lines add up to the transfer, and the groups shown to the merchant do too."""
    lines = story.platform.payout_lines(story.merchant_id, payout["id"])
    total = sum(line["net"] for line in lines)
    require(total == payout["amount"], f"the lines of {payout['id']} make {total}, not {payout['amount']}")
    groups = sum(group["amount"] + group.get("fees", 0) for group in payout["sums"].values())
    require(groups == payout["amount"], f"the groups of {payout['id']} make {groups}, not {payout['amount']}")

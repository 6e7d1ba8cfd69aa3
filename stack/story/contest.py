"""A payer's bank contests a shop payment: it is shown, proof is sent, the outcome is decided, the money follows.

It does so while the payment's money is still held, whatever day the story begins on: what it takes is then a line of the payout that
brings the other payments, and what it gives back one of the next.
"""

from __future__ import annotations

import tempfile
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stack.story.browser import screenshot
from stack.story.platform import require, wait_for

if TYPE_CHECKING:
    from stack.story.script import Story

_PROOF = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"
_AFTER_PROOF = ("evidence_pending", "evidence_sent", "evidence_verification")


def dispute_and_prove(story: Story) -> str:
    """Opened by the issuer after capture; in Mes Contestations with fee and days left; the merchant sends a proof."""
    story.contested = story.merchant.find_payment(story.orders[1])
    path = f"/merchants/{story.merchant_id}/payments/{story.contested}/simulate/dispute"
    opened = story.platform.call("POST", path, {}, key=str(uuid.uuid5(uuid.NAMESPACE_URL, story.contested)))
    story.dispute = opened["id"]
    require(opened["fee"] == 1500 and opened["days_left"] == 30, f"the dispute says {opened}")
    story.merchant.open("/contestations")
    wait_for(
        lambda: story.merchant.page.locator(f"a[href$='{story.dispute}']").count() > 0 or _reload(story), "it is listed"
    )
    screenshot(story.merchant.page, story.pictures, "portal-disputes")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "bon-de-livraison.pdf"
        file.write_bytes(_PROOF)
        story.merchant.contest(
            story.dispute, "Colis remis contre signature.", file, lambda: _status(story) in _AFTER_PROOF
        )
    files = _dispute(story)["evidence"]["files"]
    require(len(files) >= 1, "the file is not with the proof")
    story.platform.check_ledger()
    return f"{story.state.url('portal')}/contestations/{story.dispute}"


def hear_the_outcome(story: Story) -> str:
    """The scheme decides after about thirty days; amount and fee come back and reach the bank."""
    for _ in range(4):
        if _status(story) == "won":
            break
        story.platform.advance(story.merchant_id, 12)
    require(_status(story) == "won", f"the dispute is {_status(story)}")
    payment = story.platform.payment(story.merchant_id, story.contested)
    require(payment["status"] == "captured", f"the payment is {payment['status']} after the dispute was won")
    for _ in range(12):
        if _kinds(story) >= {"dispute", "dispute_fee", "dispute_won", "dispute_fee_back"}:
            break
        story.platform.advance(story.merchant_id, 1)
    kinds = _kinds(story)
    require({"dispute", "dispute_won", "dispute_fee", "dispute_fee_back"} <= kinds, f"payouts hold {sorted(kinds)}")
    story.platform.check_ledger()
    story.merchant.open(f"/contestations/{story.dispute}")
    screenshot(story.merchant.page, story.pictures, "portal-dispute-won")
    return f"{story.state.url('portal')}/contestations/{story.dispute}"


def _kinds(story: Story) -> set[str]:
    """Kinds of lines in payouts that were paid."""
    return {
        line["kind"]
        for payout in story.platform.payouts(story.merchant_id)
        if payout["status"] == "paid"
        for line in story.platform.payout_lines(story.merchant_id, payout["id"])
    }


def _reload(story: Story) -> bool:
    story.merchant.open("/contestations")
    return False


def _dispute(story: Story) -> dict[str, Any]:
    return dict(story.platform.call("GET", f"/merchants/{story.merchant_id}/disputes/{story.dispute}"))


def _status(story: Story) -> str:
    return str(_dispute(story)["status"])

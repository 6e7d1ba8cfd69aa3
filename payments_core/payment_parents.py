"""What made a payment follows it: an intent its status, a payment link its siblings, a subscription its instalment.

Called with the payment's lock held, from the one place every change of a payment passes (events.emit), so none of them can be
forgotten. Which noun it was is told by the prefix of `parent_id`.
"""

from __future__ import annotations

from payments_core import intents, links, subscriptions
from payments_core.db import locked
from payments_core.models import Payment, PaymentIntent
from payments_core.scope import Scope
from payments_core.states import PAYMENT_INTENT

_ENDS = {"refused": "fail", "failed": "fail", "expired": "fail", "canceled": "cancel"}
_CARD = {"authorized": "authorize", "to_capture": "capture", "capture_sent": "capture", "captured": "capture"}
_SEPA = {"captured": "capture"}  # until then it may be rejected


def follow(scope: Scope, payment: Payment) -> None:
    """Within the caller's transaction, after an event of a payment that something made."""
    prefix = (payment.parent_id or "").partition("_")[0]
    if prefix == "pi":
        _follow_intent(scope, payment)
    elif prefix == "plnk":
        links.follow(scope, payment)
    elif prefix == "sub":
        subscriptions.follow(scope, payment)


def _follow_intent(scope: Scope, payment: Payment) -> None:
    events = _ENDS | (_SEPA if payment.method == "sepa" else _CARD)
    event = events.get(payment.status or "")
    if event is None:
        return
    intent = locked(PaymentIntent, payment.parent_id)
    assert intent is not None
    after = PAYMENT_INTENT.get((intent.status, event))
    if intent.payment_id == payment.id and after is not None and after != intent.status:
        intents.move(scope, intent, event, payment)

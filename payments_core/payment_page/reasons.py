"""Why a try failed, in words a payer understands: from the response code (wire contract 3.7) to a text of the page.

A payer is never told that a card counts as lost, stolen or suspicious: whoever holds it may not be its owner.
"""

from __future__ import annotations

from payments_core.models import Attempt, Authentication, Payment

_CODES = {
    "funds": ("16", "51"),
    "limit": ("61", "65", "7811"),
    "expired": ("54",),
    "cvc": ("82", "N7"),
    "number": ("14", "15"),
    "blocked": ("04", "07", "41", "42", "43", "59", "62", "63", "7840", "R0", "R1", "R3"),
    "not_allowed": ("03", "12", "57", "58", "93", "B1"),
    "too_many": ("75", "7810"),
    "unreachable": ("06", "09", "19", "20", "22", "28", "30", "68", "80", "91", "92", "94", "95", "96", "98", "7898"),
    "chip": ("A0",),
    "auth_declined": ("A1",),
}
_BY_CODE = {code: reason for reason, codes in _CODES.items() for code in codes}
_AUTHENTICATIONS = {
    "declined": "auth_declined",
    "failed": "auth_failed",
    "expired": "auth_expired",
    "unavailable": "auth_unavailable",
}


def of_code(response: str | None) -> str:
    """The reason of a response code; the plain refusal for any other."""
    return _BY_CODE.get(response or "", "refused")


def of_last_try(payment: Payment, last: Attempt | None) -> str | None:
    """Why the latest try of a payment failed, or None when there was none.

    A challenge that ended badly is the latest event unless an attempt was asked of the acquirer after it began.
    """
    session = payment.authentication
    ended_badly = session is not None and session.card_id is not None and session.status in _AUTHENTICATIONS
    if session is not None and ended_badly and not _asked_since(last, session):
        return _AUTHENTICATIONS[session.status]
    return of_code(last.response) if last is not None and last.result != "accepted" else None


def _asked_since(last: Attempt | None, session: Authentication) -> bool:
    """Whether the acquirer answered an attempt made after the session began."""
    return last is not None and last.response is not None and last.created_at > session.created_at

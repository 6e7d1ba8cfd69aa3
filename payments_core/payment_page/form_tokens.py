"""Signed form tokens: they replace the cookie that a framed page does not get.

A token says for what and until when a form may be sent, and in which state the payment was when it was shown. A form sent again
after that state has changed (a double click, a reload, the back button) is recognised and has no second effect.
Life times are real time: a merchant's test clock never makes a form old.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta

from payments_core.runtime import runtime

_PURPOSE = "form token"


class TokenRefused(Exception):
    """Altered, of another form, or too old (`old`)."""

    def __init__(self, *, old: bool) -> None:
        super().__init__("old" if old else "altered")
        self.old = old


def issue(subject: str, state: str, real_now: datetime, life: timedelta) -> str:
    """A token for the form of `subject` shown in `state`."""
    payload = f"{int((real_now + life).timestamp())}.{state}"
    return f"{payload}.{_mac(subject, payload)}"


def state_of(token: str, subject: str, real_now: datetime) -> str:
    """The state the form was shown in. Raises TokenRefused."""
    payload, _, mac = token.rpartition(".")
    if not hmac.compare_digest(mac.encode(), _mac(subject, payload).encode()):
        raise TokenRefused(old=False)
    until, _, state = payload.partition(".")
    if int(until) < real_now.timestamp():
        raise TokenRefused(old=True)
    return state


def _mac(subject: str, payload: str) -> str:
    return hmac.new(runtime().vault.key(_PURPOSE), f"{subject}|{payload}".encode(), hashlib.sha256).hexdigest()

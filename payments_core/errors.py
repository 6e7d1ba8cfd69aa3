"""The tree of domain errors. Each class has a stable `code`; `params` fills the reader's own wording in any language.

HTTP statuses are no business of the domain: http_errors.py maps classes to them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from payments_core.text import masked


class PaymentsError(Exception):
    """Base: `code` is stable, `message` is English for developers, `params` are JSON values."""

    code = "error"

    def __init__(self, message: str, **params: Any) -> None:
        super().__init__(message)
        self.message = message
        self.params = params


class InvalidRequest(PaymentsError):
    """A value is malformed or breaks a rule that does not depend on state. `params["field"]` names it."""

    code = "invalid_request"

    def __init__(self, field: str, message: str, code: str = "invalid_request", **params: Any) -> None:
        super().__init__(message, field=field, **params)
        self.code = code


class Unauthorized(PaymentsError):
    """No key, an unknown, revoked, expired or public one."""

    code = "unauthorized"

    def __init__(self) -> None:
        super().__init__("You are not authorized to access that resource")


class Forbidden(PaymentsError):
    """Known caller, not allowed to do this."""

    code = "forbidden"


class MissingScope(Forbidden):
    """The key is restricted to other things. `params["scope"]` is the word it lacks (key_scopes.py)."""

    code = "missing_scope"

    def __init__(self, scope: str) -> None:
        super().__init__(f"This key needs the scope {scope}", scope=scope)


class RateLimited(PaymentsError):
    """Too many requests with this key. `params["retry_after"]` says in how many seconds there is room again."""

    code = "rate_limited"

    def __init__(self, retry_after: int) -> None:
        super().__init__("Too many requests with this key, try again in a moment", retry_after=retry_after)


class NotFound(PaymentsError):
    """`kind` is payment, card, customer, refund, merchant, key …; another merchant's or mode's object counts as absent."""

    code = "not_found"

    def __init__(self, kind: str, key: str) -> None:
        key = masked(key)  # what stands in an id's place may be anything, and messages are shown and logged
        super().__init__(f"No such {kind} {key}", kind=kind, id=key)
        self.kind = kind
        self.key = key


class Gone(PaymentsError):
    """It was there and is kept no longer."""

    code = "gone"


class Conflict(PaymentsError):
    """The request is well formed but the present state forbids it."""

    code = "conflict"

    def __init__(self, message: str, code: str | None = None, **params: Any) -> None:
        super().__init__(message, **params)
        self.code = code or type(self).code


class WrongState(Conflict):
    """What is asked cannot be done in this status. The message and the params name it and those it could be done in."""

    def __init__(
        self, code: str, kind: str, status: str | None, done: str, wanted: Iterable[str | None], **params: Any
    ) -> None:
        allowed = sorted(one or "null" for one in wanted)
        article = "An" if kind[0] in "aeiou" else "A"
        message = (
            f"{article} {kind} in status {status or 'null'} cannot {done}, only one in status {' or '.join(allowed)}"
        )
        super().__init__(message, code, status=status, wanted=allowed, **params)


class IllegalTransition(Conflict):
    """The event is not in the transition table for this status."""

    code = "illegal_transition"

    def __init__(self, kind: str, status: str | None, event: str, wanted: str) -> None:
        super().__init__(
            f"A {kind} in status {status or 'null'} cannot become {wanted}",
            kind=kind,
            status=status,
            event=event,
            wanted=wanted,
        )


class Duplicate(Conflict):
    """The object exists already; `existing_id` names it. `kind` is payment, payment_intent, card or customer."""

    code = "duplicate"

    def __init__(self, kind: str, existing_id: str) -> None:
        name = kind.replace("_", " ").capitalize()
        by_unique_id = kind in ("payment", "payment_intent")
        hint = "duplicate unique_id" if by_unique_id else "you may want to update it instead creating a new one"
        message = f"{name} already exists, {hint}"
        super().__init__(message, kind=kind, existing_id=existing_id)
        self.kind = kind
        self.existing_id = existing_id


class AttemptInProgress(Conflict):
    """Another attempt to pay the same payment has not been answered yet."""

    code = "attempt_in_progress"

    def __init__(self) -> None:
        super().__init__("Another attempt on this payment is in progress")


class RefundRefused(Conflict):
    """A refund the rules forbid; `code` and `params` say which rule, see refunds.py."""

    def __init__(self, code: str, message: str, **params: Any) -> None:
        super().__init__(message, code, **params)


class IdempotencyMismatch(Conflict):
    """The idempotency key was used with another body."""

    code = "idempotency_mismatch"

    def __init__(self) -> None:
        super().__init__("This Idempotency-Key was used with a different request")


class IdempotencyInProgress(Conflict):
    """The first request with this key is still being answered."""

    code = "idempotency_in_progress"

    def __init__(self) -> None:
        super().__init__("A request with this Idempotency-Key is still in progress")


class AcquirerUnavailable(PaymentsError):
    """The acquirer gave no usable answer. An attempt that was asked stays open and the sweep finishes it; else nothing was kept."""

    code = "acquirer_unavailable"


class BankUnavailable(PaymentsError):
    """The bank gave no answer; the message stays owed and is sent again under the same id."""

    code = "bank_unavailable"


class BankFileRefused(PaymentsError):
    """A document of ours does not meet its schema; it does not leave."""

    code = "bank_file_refused"


class BankAnswerRefused(PaymentsError):
    """The bank's answer is malformed or about something else. Nothing changes; the message says what is wrong with it."""

    code = "bank_answer_refused"

"""The tree of the portal's own errors. Each has a stable `code`; wordings.py turns codes into sentences of the reader's language."""

from __future__ import annotations

from typing import Any


class PortalError(Exception):
    """Base: `code` is stable, `params` fill the sentence, `status` is the HTTP status a view answers with."""

    code = "error"
    status = 422

    def __init__(self, code: str | None = None, **params: Any) -> None:
        self.code = code or self.code
        self.params = params
        super().__init__(f"{self.code} {params}" if params else self.code)


class NotFound(PortalError):
    """No such thing for this account; another account's counts as absent."""

    code = "not_found"
    status = 404


class Forbidden(PortalError):
    """The person's role does not allow it. `params["permission"]` names what was asked."""

    code = "forbidden"
    status = 403


class Throttled(PortalError):
    """Too many tries; `params["seconds"]` says how long to wait."""

    code = "throttled"
    status = 429


class PaymentsRefused(PortalError):
    """The core understood and said no; code and params are its own."""

    def __init__(self, code: str, message: str, http_status: int, **params: Any) -> None:
        super().__init__(code, **params)
        self.message = message
        self.status = http_status if http_status in (400, 404, 409, 422) else 409


class PaymentsUnavailable(PortalError):
    """The core did not answer, or with a failure of its own."""

    code = "payments_unavailable"
    status = 503


class BoutiquesUnavailable(PortalError):
    """The provisioner's views cannot be read now."""

    code = "boutiques_unavailable"
    status = 503


class MerchantPending(PortalError):
    """The account has no merchant in the core yet; a sweep or the next visit makes it."""

    code = "merchant_pending"
    status = 503

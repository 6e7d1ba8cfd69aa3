"""Which HTTP status each domain error has: one table for the wire API and the platform API."""

from __future__ import annotations

from payments_core import errors

STATUSES: dict[type[errors.PaymentsError], int] = {
    errors.InvalidRequest: 422,
    errors.Unauthorized: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.Gone: 410,
    errors.RateLimited: 429,
    errors.AcquirerUnavailable: 503,
    errors.BankUnavailable: 503,
    errors.PaymentsError: 400,
}


def status_of(error: errors.PaymentsError) -> int:
    """The status of the nearest class of the error's ancestry that has one."""
    return next(STATUSES[cls] for cls in type(error).__mro__ if cls in STATUSES)

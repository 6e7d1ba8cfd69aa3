"""Each key's rate limit on the wire: a count before the view, the standing in the headers of every answer.

The headers are those of draft-ietf-httpapi-ratelimit-headers-03, which clients know; `RateLimit-Reset` and `Retry-After`
are seconds from now.
"""

from __future__ import annotations

from datetime import datetime

from flask import Response, g

from payments_core.errors import RateLimited
from payments_core.rate_limits import Standing
from payments_core.runtime import runtime


def count(key_id: str, live: bool, real_now: datetime) -> None:
    """Raises RateLimited."""
    standing = runtime().limiter.take(key_id, live, real_now)
    g.standing = standing
    if standing is not None and standing.refused:
        raise RateLimited(standing.reset_seconds)


def tell(response: Response) -> Response:
    """After the view, or after the error it raised."""
    standing: Standing | None = g.pop("standing", None)
    if standing is not None:
        response.headers["RateLimit-Limit"] = str(standing.limit)
        response.headers["RateLimit-Remaining"] = str(standing.remaining)
        response.headers["RateLimit-Reset"] = str(standing.reset_seconds)
        if standing.refused:
            response.headers["Retry-After"] = str(standing.reset_seconds)
    return response

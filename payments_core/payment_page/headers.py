"""Response headers of the pages people see, and the addresses of their files.

Shops frame the page (wire contract 5.3), so any https page may; everything else comes from our own host. `form-action` has to
name https as a whole: browsers apply it to every redirect that follows a form, up to the shop's return address.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from flask import Response, request, url_for

STATIC = Path(__file__).parent / "static"
_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "form-action 'self' https:",
        "frame-ancestors https:",
        "base-uri 'none'",
    )
)
_FRAMES = frozenset({"iframe", "frame", "embed", "object"})
_ONE_YEAR = "public, max-age=31536000, immutable"


def add_page_headers(response: Response) -> Response:
    """After every request of a page's blueprint. Files are addressed by their content, so they may be kept for good."""
    if (request.endpoint or "").endswith(".static"):
        if request.args.get("v"):
            response.headers["Cache-Control"] = _ONE_YEAR
        return response
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
    response.headers["Cache-Control"] = "no-store"
    return response


def asset(blueprint: str, name: str) -> str:
    """The address of a file of the design system on the host of this blueprint."""
    return url_for(f"{blueprint}.static", filename=name, v=_digest(name))


def is_framed() -> bool:
    """Whether the browser says that it loads this page inside another one (Fetch Metadata, Sec-Fetch-Dest)."""
    return request.headers.get("Sec-Fetch-Dest") in _FRAMES


@cache
def _digest(name: str) -> str:
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]

"""The two versions of the wire API, as blueprints, and which one the present request speaks."""

from __future__ import annotations

from flask import Blueprint, request

v1 = Blueprint("api_v1", __name__, url_prefix="/v1")
v2 = Blueprint("api_v2", __name__, url_prefix="/v2")


def version() -> int:
    """1 or 2; for an address nothing matches, what its path says."""
    return 1 if request.path.startswith("/v1") else 2

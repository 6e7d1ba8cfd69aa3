"""What a running core holds besides the database: settings, clock, ciphers, acquirer, outbound HTTP, hints, rate limits.

The one bridge between domain files and the application: `runtime()` reads the current app, so domain code needs no HTTP.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from flask import current_app

from payments_core.acquirer import Acquirer
from payments_core.bank import Bank
from payments_core.clock import Clock
from payments_core.config import Config
from payments_core.hints import Hints
from payments_core.rate_limits import RateLimiter
from payments_core.vault import Vault

EXTENSION = "payments_core"


@dataclass(frozen=True)
class Runtime:
    """One per application."""

    config: Config
    clock: Clock
    vault: Vault
    acquirer: Acquirer
    bank: Bank
    hints: Hints
    limiter: RateLimiter


def runtime() -> Runtime:
    """The runtime of the current application context."""
    return cast(Runtime, current_app.extensions[EXTENSION])
